"""Caches loaded packs on the disk: unpickling takes a tenth of the time of reading and checking the YAML files.

The cache is a file beside the compiled Python files of this package and is as trusted as they are: who can write there
can also change the code. It is used only if no byte of the content, the engine, Python or pydantic has changed since.
"""

from __future__ import annotations

import hashlib
import os
import pickle  # nosec B403
import sys
from collections.abc import Callable
from importlib.util import cache_from_source
from pathlib import Path
from typing import Final

import pydantic

from engine.content.pack import Pack
from engine.errors import Problem

Loaded = tuple[dict[str, Pack], list[Problem]]
ENGINE: Final = Path(__file__).parents[1]
DIGEST_BYTES: Final = 32


def cached(load: Callable[[], Loaded], root: Path) -> Loaded:
    """The packs and problems that ``load`` reads from the content folder ``root``; from the cache if nothing changed.

    Where the cache cannot be written, the content is loaded each time.
    """
    try:
        path = Path(cache_from_source(__file__)).with_suffix(".pickle")
        version = _version(root)
        stored = path.read_bytes() if path.exists() else b""
    except (OSError, NotImplementedError):
        return load()
    digest, data = stored[:DIGEST_BYTES], stored[DIGEST_BYTES:]
    if digest == hashlib.sha256(version + data).digest():
        cached_packs: Loaded = pickle.loads(data)  # noqa: S301 - as trusted as the code beside it # nosec B301
        return cached_packs
    packs, problems = load()
    if packs and _version(root) == version:
        for pack in packs.values():
            _ = pack.content_digest, pack.meaning_digest  # the pack keeps them; every assessment needs both
        data = pickle.dumps((packs, problems), pickle.HIGHEST_PROTOCOL)
        _write(path, hashlib.sha256(version + data).digest() + data)
    return packs, problems


def _version(root: Path) -> bytes:
    """A digest of everything that loaded packs depend on: the names and bytes of all files, and the versions.

    Raises:
        OSError: a file or folder cannot be read, or a folder is a link, whose target is not known to be unchanged.
    """
    digest = hashlib.sha256(f"{sys.version} {pydantic.VERSION}".encode())
    for folder in (root / "questionnaires", root / "rules", ENGINE):
        for parent, folders, names in os.walk(folder, onerror=_fail):
            folders.sort()
            if any(Path(parent, name).is_symlink() for name in folders):
                raise OSError(parent)
            digest.update(os.fsencode(os.path.relpath(parent, folder)) + b"\0")
            for name in sorted(names):
                if folder != ENGINE or name.endswith((".py", ".toml")):
                    content = hashlib.sha256(Path(parent, name).read_bytes()).digest()
                    digest.update(os.fsencode(name) + b"\0" + content)
    return digest.digest()


def _fail(error: OSError) -> None:
    raise error


def _write(path: Path, content: bytes) -> None:
    """Replace the file in one step, so that no process reads a part of it; does nothing without permission."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(path)
    except OSError:
        return
