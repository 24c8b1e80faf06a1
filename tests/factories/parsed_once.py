"""Caches for loading content, as tests load the same files and the shipped packs hundreds of times."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final

from engine.content.pack import Pack
from engine.errors import Problem
from engine.loading import library, yaml

SHORTEST: Final = 1000
"""The least length of a text to cache, in characters; the files that tests write are shorter."""
SHORTEST_SNAPSHOT: Final = 100_000
"""The least length of a snapshot to cache, in characters; only those of the shipped packs are longer."""
FileVersions = tuple[tuple[str, int, int], ...]
"""The files of a content folder by path, each with its modification time and size."""


def keep_what_is_parsed() -> None:
    """Cache parsed YAML by its text. The loader does not modify parsed values."""
    parse = yaml.parse
    parse_once = lru_cache(maxsize=200)(parse)

    def remembering(text: str, name: str) -> tuple[yaml.Source | None, list[Problem]]:
        source, problems = (parse_once if len(text) > SHORTEST else parse)(text, name)
        return source, list(problems)

    yaml.parse = remembering


def keep_the_shipped_packs() -> None:
    """Cache the shipped content until one of its files changes. Loaded content is immutable."""
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


def keep_snapshots() -> None:
    """Cache the packs of long snapshots by their text, so that their rules are compiled once. Packs are immutable.

    Short ones are those of packs that tests write, which must not share an instance of the rules engine.
    """
    load = library.load_snapshot
    load_once = lru_cache(maxsize=2)(load)

    def remembering(text: str, *, checked: bool = False) -> Pack:
        return (load_once if len(text) > SHORTEST_SNAPSHOT else load)(text, checked=checked)

    library.load_snapshot = remembering


def _file_versions(root: Path) -> FileVersions:
    paths = [path for folder in ("questionnaires", "rules") for path in sorted((root / folder).rglob("*"))]
    return tuple((str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in paths)
