"""Collects the problems that the checks of a pack find, with their places in the files."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from engine.content.pack import ContentKey, Pack
from engine.errors import Location, Problem, no_such, problem
from engine.loading.checks.ids import FileField
from engine.loading.yaml import Source, ValuePath

SourcePosition = tuple[Source, ValuePath]


@dataclass
class ProblemCollector:
    """Collects the problems of one pack."""

    pack: Pack
    positions: Mapping[ContentKey, SourcePosition]
    """The file of each part of the pack, and its path in the file."""
    fields: Sequence[FileField] = ()
    """The fields of the pack's files with a mark that a check reads."""
    problems: list[Problem] = field(default_factory=list)

    @cached_property
    def ids(self) -> Mapping[str, Collection[str]]:
        """The ids that exist in the pack, by kind."""
        content = self.pack.content
        return {
            "item": self.pack.items,
            "scale": self.pack.scales,
            "finding": self.pack.recorders,
            "step": [step.id for step in content.steps],
            "tag": list(dict.fromkeys(tag for step in content.steps for tag in step.tags)),
            "kind": [kind.id for kind in content.kinds],
            "notice": [notice.id for notice in content.notices],
            "contingency": [contingency.id for contingency in content.contingencies],
            "form": list(content.voice.forms) if content.voice is not None else [],
        }

    def where(self, key: ContentKey, path: ValuePath = (), *, at_key: bool = False) -> Location:
        """The place of a path inside a part; for a part from a snapshot, its kind and id instead of a file."""
        if key not in self.positions:
            return Location(f"<{key[0]} {key[1]}>")
        source, base = self.positions[key]
        return source.where((*base, *path), key=at_key)

    def report(
        self, code: str, key: ContentKey, path: ValuePath = (), *, at_key: bool = False, **facts: object
    ) -> None:
        """Add the problem ``code`` at a path inside a part, or at the key there; ``facts`` fill its message."""
        self.problems.append(problem(code, self.where(key, path, at_key=at_key), **facts))

    def check_exists(
        self, kind: str, name: str, ids: Iterable[str], key: ContentKey, path: ValuePath = (), *, at_key: bool = False
    ) -> bool:
        """True if ``name`` is one of the ids; otherwise False, and it is reported."""
        id_list = list(ids)
        if name not in id_list:
            self.problems.append(no_such(kind, name, id_list, self.where(key, path, at_key=at_key)))
        return name in id_list
