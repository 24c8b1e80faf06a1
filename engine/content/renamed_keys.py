"""Keys of the dialect that have another name since: the table by which snapshots stored earlier are read.

Only snapshots are translated. In a file that authors write, an old key is an unknown key.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

EACH: Final = "*"
"""Every entry of a list, and every value of a mapping whose keys are ids."""

RENAMED_KEYS: Final[Mapping[tuple[str, ...], str]] = {
    ("told",): "limits",
    ("causes_untold",): "hide_own_causes",
    ("kinds", EACH, "closed"): "allowlist_only",
    ("kinds", EACH, "brief"): "short",
    ("notices", EACH, "brief"): "short",
    ("weeks", "apart"): "unscheduled",
    ("steps", EACH, "unmoved"): "default_reason",
    ("steps", EACH, "for_kind", EACH, "unmoved"): "default_reason",
    ("rules", EACH, "told_in"): "reasons_shown_in",
}
"""The new name of a key by the path to the old one, so that an id or a text of the same spelling stays as it is."""


def with_new_keys(snapshot: Any) -> Any:
    """A snapshot as JSON types with every renamed key under its new name.

    Raises:
        ValueError: a mapping has a key under both names.
    """
    for path, name in RENAMED_KEYS.items():
        snapshot = _renamed(snapshot, path, name)
    return snapshot


def with_old_keys(snapshot: Any) -> Any:
    """The inverse of :func:`with_new_keys`: how the same snapshot was written before the renaming.

    Raises:
        ValueError: a mapping has a key under both names.
    """
    for (*path, old_name), name in RENAMED_KEYS.items():
        snapshot = _renamed(snapshot, (*path, name), old_name)
    return snapshot


def _renamed(value: Any, path: tuple[str, ...], name: str) -> Any:
    """A copy of the value in which the key at the end of the path is called ``name``."""
    key, rest = path[0], path[1:]
    if key == EACH and isinstance(value, list):
        return [_renamed(entry, rest, name) for entry in value]
    if key == EACH and isinstance(value, dict):
        return {entry_id: _renamed(entry, rest, name) for entry_id, entry in value.items()}
    if not isinstance(value, dict) or key not in value:
        return value
    if rest:
        return {**value, key: _renamed(value[key], rest, name)}
    if name in value:
        raise ValueError(name)
    return {name if entry_key == key else entry_key: entry for entry_key, entry in value.items()}
