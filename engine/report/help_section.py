"""Help lines in a report: whom to call or write to, each service once, and never more than may be found by others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from engine.content.remarks import Notice
from engine.loading.help_services import EMERGENCY
from engine.report.help_lines import MOST_OPEN, Choice, HelpGroup, HelpLine, HelpLines


@dataclass(frozen=True, slots=True)
class HelpInReport:
    """The help section. Nothing in it depends on the answers, but for what stands in a notice already."""

    place: str | None
    """The country; none if none was chosen."""
    intro: str | None
    """What to do in danger."""
    calls: str | None
    """Above the lines."""
    above: tuple[Choice, ...]
    """Emergency lines and directories that stand in a notice, by name."""
    emergency: tuple[HelpLine, ...]
    groups: tuple[HelpGroup, ...]
    no_answer: str | None
    """Beneath the lines."""
    directories: tuple[HelpLine, ...]
    elsewhere: tuple[str, ...]
    """Other kinds of help that the help page has, by title; never a kind that could give someone away."""
    page: str | None
    """The address of the help page, if the caller has one."""


@dataclass(frozen=True, slots=True)
class HelpInNotice:
    """What stands in a notice."""

    lines: tuple[HelpLine, ...] = ()
    see: tuple[str, ...] = ()
    """The kinds of help it refers to, by title, if it is not one that has lines."""
    in_danger: str | None = None
    """What to do in danger, in a notice that has lines but no emergency number, as no country was chosen."""
    danger_first: bool = False
    """True if danger comes before its lines, and not below them."""


class HelpSectionBuilder:
    """Gives each service once. Notices ask first, the help section takes what is left."""

    def __init__(self, lines: HelpLines | None) -> None:
        self._lines = lines
        self._placed: set[str] = set()

    def for_notice(self, notice: Notice, *, folded: bool) -> HelpInNotice:
        """The lines that stand in a notice, in the order of its kinds, or the kinds it refers to."""
        if self._lines is None:
            return HelpInNotice()
        if notice.with_lines and not folded:
            needs_number = EMERGENCY in notice.help and not self._lines.emergency
            return HelpInNotice(
                self._once(self._first(self._lines, notice.help)),
                in_danger=self._lines.intro if needs_number else None,
                danger_first=notice.help[:1] == (EMERGENCY,),
            )
        titles = {group.kind: group.title for group in self._lines.groups}
        titles |= {kind.id: kind.title for kind in self._lines.not_shown}
        return HelpInNotice(see=tuple(titles[kind] for kind in notice.help if kind in titles))

    def section(self) -> HelpInReport | None:
        """What is left for the end of the report; None without any lines."""
        lines = self._lines
        if lines is None:
            return None
        return HelpInReport(
            place=lines.place.title if lines.place else None,
            intro=lines.intro,
            calls=lines.calls,
            above=self._above((*lines.emergency, *lines.directories)),
            emergency=self._once(lines.emergency),
            groups=tuple(self._group(group) for group in lines.groups),
            no_answer=lines.no_answer,
            directories=self._once(lines.directories),
            elsewhere=tuple(kind.title for kind in lines.not_shown),
            page=lines.page,
        )

    def _first(self, lines: HelpLines, kinds: Iterable[str]) -> Iterator[HelpLine]:
        """The first line of each kind, in the order of the kinds. Without an emergency line: the first directory."""
        by_kind = {group.kind: group.first[:1] for group in lines.groups} | {EMERGENCY: lines.emergency}
        for kind in kinds:
            yield from by_kind.get(kind, ())
        if not lines.emergency:
            yield from lines.directories[:1]

    def _group(self, group: HelpGroup) -> HelpGroup:
        lines = (*group.first, *group.more)
        above, remaining = self._above(lines), self._once(lines)
        return replace(group, above=above, first=remaining[:MOST_OPEN], more=remaining[MOST_OPEN:])

    def _once(self, lines: Iterable[HelpLine]) -> tuple[HelpLine, ...]:
        remaining = {line.id: line for line in lines if line.id not in self._placed}
        self._placed |= remaining.keys()
        return tuple(remaining.values())

    def _above(self, lines: Iterable[HelpLine]) -> tuple[Choice, ...]:
        return tuple(Choice(line.id, line.name) for line in lines if line.id in self._placed)
