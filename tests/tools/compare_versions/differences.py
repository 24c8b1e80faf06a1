"""Find the differences of two captures: JSON by its values, all other files by line.

Digests of content are replaced by numbers, because they change if a key of the content pack is renamed.
"""

from __future__ import annotations

import difflib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

# JSON keys that the refactoring renames, as the old and the new name. If the old name includes the key of the object
# around it, as in "what_ifs.told", it is renamed only there.
RENAMED_KEYS: Final[dict[str, str]] = {
    "brief": "short",
    "unmoved": "default_reason",
    "apart": "unscheduled",
    "untold": "hidden_causes",
    "told": "limits",
    "what_ifs.told": "told",
    "told_in": "reasons_shown_in",
    "closed": "allowlist_only",
    "causes_untold": "hide_own_causes",
}

_DIGEST: Final = re.compile(r"\b[0-9a-f]{64}\b")


@dataclass(frozen=True)
class Difference:
    """One file that differs between the captures."""

    file: str
    lines: tuple[str, ...]
    """The lines of a unified diff, or the side that lacks the file."""


def compare_folders(before: Path, after: Path, renamed: Mapping[str, str] = RENAMED_KEYS) -> list[Difference]:
    """The files that differ, sorted by name.

    Args:
        renamed: the keys that may have other names in the second capture.

    Raises:
        FileNotFoundError: one of the folders does not exist, or is empty.
    """
    files_before, files_after = _files(before), _files(after)
    differences = []
    for name in sorted(files_before.keys() | files_after.keys()):
        if name not in files_after:
            differences.append(Difference(name, ("it is only in the first capture",)))
        elif name not in files_before:
            differences.append(Difference(name, ("it is only in the second capture",)))
        elif lines := tuple(_changed_lines(files_before[name], files_after[name], renamed)):
            differences.append(Difference(name, lines))
    return differences


def render_differences(differences: list[Difference], *, files: int, lines: int) -> str:
    """A readable summary: the number of files that differ in each part, and the first of them."""
    if not differences:
        return "Both captures are the same."
    summary = [f"{len(differences)} files differ:"]
    counts = Counter("/".join(Path(difference.file).parts[:1]) for difference in differences)
    summary += [f"  {count:5} in {part}" for part, count in counts.items()]
    kinds = Counter(Path(difference.file).name for difference in differences if difference.file.startswith("people/"))
    summary += [f"  {count:5} of them {name} of a person" for name, count in kinds.most_common(8)]
    for difference in differences[:files]:
        summary += ["", f"== {difference.file}", *difference.lines[:lines]]
        if len(difference.lines) > lines:
            summary.append(f"… and {len(difference.lines) - lines} lines more")
    if len(differences) > files:
        summary += ["", f"… and {len(differences) - files} files more"]
    return "\n".join(summary)


def rename_keys(value: Any, renamed: Mapping[str, str], parent: str = "") -> Any:
    """The same JSON value with the new names of its keys; ``parent`` is the key of the value."""
    if isinstance(value, list):
        return [rename_keys(element, renamed, parent) for element in value]
    if not isinstance(value, dict):
        return value
    return {
        renamed.get(f"{parent}.{key}", renamed.get(key, key)): rename_keys(element, renamed, key)
        for key, element in value.items()
    }


def _files(folder: Path) -> dict[str, Path]:
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    if not files:
        message = f"there is no capture in {folder}"
        raise FileNotFoundError(message)
    return files


def _changed_lines(before: Path, after: Path, renamed: Mapping[str, str]) -> Iterator[str]:
    if before.read_bytes() == after.read_bytes():
        return
    first, second = (path.read_bytes().decode(errors="backslashreplace") for path in (before, after))
    if before.suffix == ".json":
        first, second = _json_lines(first, renamed), _json_lines(second, {})
    lines_before, lines_after = (_plain_digests(text).splitlines() for text in (first, second))
    yield from list(difflib.unified_diff(lines_before, lines_after, lineterm="", n=1))[2:]


def _json_lines(text: str, renamed: Mapping[str, str]) -> str:
    """A JSON text with sorted keys and one value on each line; other text is not changed."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return json.dumps(rename_keys(value, renamed), ensure_ascii=False, indent=1, sort_keys=True)


def _plain_digests(text: str) -> str:
    """The text with each SHA-256 digest replaced by a number, in order of appearance."""
    numbers: dict[str, int] = {}
    return _DIGEST.sub(lambda match: f"<digest {numbers.setdefault(match[0], len(numbers) + 1)}>", text)
