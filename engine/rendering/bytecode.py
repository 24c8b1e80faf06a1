"""Caches compiled templates on the disk, beside the compiled Python files: a third of a command is their compilation.

Jinja checks each file against the source of its template and the versions of Jinja and Python. The files are as trusted
as the compiled Python files beside them.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from importlib.util import cache_from_source
from pathlib import Path

from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket


class TemplateCache(FileSystemBytecodeCache):
    """A cache that does without what it cannot write, such as on a full disk."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):
            super().dump_bytecode(bucket)


def template_cache(module: str, name: str) -> TemplateCache | None:
    """The cache of an environment's templates; None if the folder of compiled files is missing or not writable.

    Args:
        module: the file of the module that configures the environment. Other code gets other cache files, because Jinja
            does not compare the options of an environment and evaluates constant filters when it compiles.
        name: distinguishes environments that one module configures.
    """
    try:
        folder = Path(cache_from_source(module)).parent
        digest = hashlib.sha256(Path(module).read_bytes()).hexdigest()[:16]
    except (OSError, NotImplementedError):
        return None
    return TemplateCache(str(folder), f"{name}-{digest}-%s.jinja") if os.access(folder, os.W_OK) else None
