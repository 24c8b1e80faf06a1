"""Where two captures differ: all files, JSON by its values and everything else line by line.

Digests of content are compared by where they come again and not by their figures, as they change with every key that is
renamed in a content pack.
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

# Keys of JSON that have another name after the refactoring: the old name, and the new one. The old one may be preceded by
# the key of the object it stands in, as in "what_ifs.told": then it is renamed only there.
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
    """One file that is not the same in both captures."""

    file: str
    lines: tuple[str, ...]
    """The lines of a unified diff, or which side lacks the file."""


def compare_folders(before: Path, after: Path, renamed: Mapping[str, str] = RENAMED_KEYS) -> list[Difference]:
    """All files that differ, by name.

    Args:
        renamed: the keys that may be called otherwise on the second side.

    Raises:
        FileNotFoundError: one of the folders is not there, or is empty.
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
    """A summary to read: how many files differ in each part, and the first of them."""
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
    """The same JSON value with the new names of its keys; ``parent`` is the key it stands under."""
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
    """A JSON text with its keys sorted, one value a line; what is no JSON stays as it is."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return json.dumps(rename_keys(value, renamed), ensure_ascii=False, indent=1, sort_keys=True)


def _plain_digests(text: str) -> str:
    """The text with each SHA-256 as a number, in the order of coming first."""
    numbers: dict[str, int] = {}
    return _DIGEST.sub(lambda match: f"<digest {numbers.setdefault(match[0], len(numbers) + 1)}>", text)
