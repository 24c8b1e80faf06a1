"""Help lines in a report: whom to call or write to, each service once, and never more than may be found by others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from engine.content.steps import Notice
from engine.loading.help_services import EMERGENCY
from engine.report.help_lines import MOST_OPEN, Choice, HelpGroup, HelpLine, HelpLines


@dataclass(frozen=True, slots=True)
class HelpGroupInReport:
    """The lines of one kind."""

    kind: str
    title: str
    text: str | None
    above: tuple[Choice, ...]
    """Lines of this kind that stand further up already, by name."""
    first: tuple[HelpLine, ...]
    """The lines to show at once."""
    more: tuple[HelpLine, ...]
    """The lines to fold away."""
    stand_in: bool
    """True if there is no line of this kind, and these are lines for anyone of the nearest kind."""
    otherwise: str | None
    """What to do where these lines leave people of the country out."""


@dataclass(frozen=True, slots=True)
class HelpInReport:
    """The help section. Nothing in it depends on the answers, but for what stands in a notice already."""

    place: str | None
    """The country; none if none was chosen."""
    intro: str | None
    above: tuple[Choice, ...]
    """Emergency lines and directories that stand in a notice, by name."""
    emergency: tuple[HelpLine, ...]
    calls: str | None
    changed: str | None
    groups: tuple[HelpGroupInReport, ...]
    directories: tuple[HelpLine, ...]
    elsewhere: tuple[str, ...]
    """Other kinds of help that the help page has, by title; never a kind that could give someone away."""
    about: str | None


class HelpSectionBuilder:
    """Gives each service once. Notices ask first, the help section takes what is left."""

    def __init__(self, lines: HelpLines | None) -> None:
        self._lines = lines
        self._placed: dict[str, str] = {}
        self._titles = {}
        if lines is not None:
            self._titles = {group.kind: group.title for group in lines.groups}
            self._titles |= {kind.id: kind.title for kind in lines.not_shown}

    def for_notice(self, notice: Notice, *, folded: bool) -> tuple[tuple[HelpLine, ...], tuple[str, ...]]:
        """The lines that stand in a notice, and the kinds of help it refers to, by title."""
        lines = tuple(self._once(self._first(notice.help))) if notice.with_lines and not folded else ()
        if lines:
            return lines, ()
        return (), tuple(self._titles[kind] for kind in notice.help if kind in self._titles)

    def _first(self, kinds: Iterable[str]) -> Iterator[HelpLine]:
        """The first line of each kind, in the order of the kinds. Without a country: the first directory."""
        if self._lines is None:
            return
        by_kind = {group.kind: group.first[:1] for group in self._lines.groups}
        for kind in kinds:
            yield from self._lines.emergency if kind == EMERGENCY else by_kind.get(kind, ())
        if self._lines.place is None:
            yield from self._lines.directories[:1]

    def _once(self, lines: Iterable[HelpLine]) -> Iterator[HelpLine]:
        for line in lines:
            if line.id not in self._placed:
                self._placed[line.id] = line.name
                yield line

    def section(self) -> HelpInReport | None:
        """What is left for the end of the report; None without any lines."""
        lines = self._lines
        if lines is None:
            return None
        return HelpInReport(
            place=lines.place.title if lines.place else None,
            intro=lines.no_country or lines.intro,
            above=self._above([*lines.emergency, *lines.directories]),
            emergency=tuple(self._once(lines.emergency)),
            calls=lines.calls,
            changed=lines.changed,
            groups=tuple(self._group(group) for group in lines.groups),
            directories=tuple(self._once(lines.directories)),
            elsewhere=tuple(kind.title for kind in lines.not_shown),
            about=lines.about,
        )

    def _above(self, lines: Iterable[HelpLine]) -> tuple[Choice, ...]:
        return tuple(Choice(line.id, line.name) for line in lines if line.id in self._placed)

    def _group(self, group: HelpGroup) -> HelpGroupInReport:
        lines = (*group.first, *group.more)
        above = self._above(lines)
        remaining = tuple(self._once(lines))
        return HelpGroupInReport(
            kind=group.kind,
            title=group.title,
            text=group.text,
            above=above,
            first=remaining[:MOST_OPEN],
            more=remaining[MOST_OPEN:],
            stand_in=group.stand_in,
            otherwise=group.otherwise,
        )
