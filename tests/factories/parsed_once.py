"""Content that is loaded once a process, as tests load the same packs some hundred times: files, and the shipped packs."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final

from engine.content.pack import Pack
from engine.errors import Problem
from engine.loading import library, yaml

SHORTEST: Final = 1000
"""Characters of a text that is worth keeping; what tests write is shorter."""
FileVersions = tuple[tuple[str, int, int], ...]
"""The files of a content folder by path, each with the time of its last change and its size."""


def keep_what_is_parsed() -> None:
    """From now on the loader, which changes nothing of what it reads, gets the same value for the same text."""
    parse = yaml.parse
    parse_once = lru_cache(maxsize=200)(parse)

    def remembering(text: str, name: str) -> tuple[yaml.Source | None, list[Problem]]:
        source, problems = (parse_once if len(text) > SHORTEST else parse)(text, name)
        return source, list(problems)

    yaml.parse = remembering


def keep_the_shipped_packs() -> None:
    """From now on the shipped content, which nothing changes once it is loaded, is loaded again only if a file changed."""
    load = library.load_with_problems

    @lru_cache(maxsize=2)
    def load_version(root: Path, files: FileVersions) -> tuple[dict[str, Pack], list[Problem]]:
        return load()

    def remembering(root: Path | None = None) -> tuple[dict[str, Pack], list[Problem]]:
        if root is not None:
            return load(root)
        packs, problems = load_version(library.content_root(), _file_versions(library.content_root()))
        return dict(packs), list(problems)

    library.load_with_problems = remembering


def _file_versions(root: Path) -> FileVersions:
    paths = [path for folder in ("questionnaires", "rules") for path in sorted((root / folder).rglob("*"))]
    return tuple((str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in paths)
