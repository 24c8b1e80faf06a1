"""Notices and help lines of a report. Each service appears once, and discreet ones only if requested."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from engine.assessment.additions import may_be_said
from engine.assessment.plan import Plan
from engine.content.pack import Pack
from engine.content.remarks import Notice
from engine.content.steps import Kind
from engine.loading.help_services import EMERGENCY
from engine.report.help_lines import MOST_OPEN, Choice, HelpGroup, HelpLine, HelpLines
from engine.report.wording import Wording


@dataclass(frozen=True, slots=True)
class HelpInReport:
    """The help section. It does not depend on the answers, except for lines that a notice already shows."""

    place: str | None
    """The country, or None."""
    intro: str | None
    """What to do in an emergency."""
    calls: str | None
    """The text above the lines."""
    above: tuple[Choice, ...]
    """Names of emergency lines and directories that a notice shows."""
    emergency: tuple[HelpLine, ...]
    groups: tuple[HelpGroup, ...]
    no_answer: str | None
    """The text below the lines."""
    directories: tuple[HelpLine, ...]
    elsewhere: tuple[str, ...]
    """Titles of other kinds of help on the help page, without discreet kinds."""
    page: str | None
    """The URL of the help page, if the caller has one."""


@dataclass(frozen=True, slots=True)
class HelpInNotice:
    """The help in a notice."""

    lines: tuple[HelpLine, ...] = ()
    see: tuple[str, ...] = ()
    """Titles of the kinds of help it refers to, if it shows no lines."""
    in_danger: str | None = None
    """What to do in an emergency, if its lines have no emergency number because no country was chosen."""
    danger_first: bool = False
    """True if the emergency text precedes the lines."""


@dataclass(frozen=True, slots=True)
class NoticeInReport:
    """A notice before the plan."""

    id: str
    title: str
    text: str
    on_paper: str
    """The text that replaces it in print, PDF, text and Markdown."""
    open: bool
    """True for the first notice that need not be folded. Of the others, the title is shown and opens to the text."""
    folded: bool
    """True if it is shown only where it can be closed: not in text, Markdown or print. The content requires it, or the
    kind of plan is allowlist-only and not among the notice's kinds."""
    lines: tuple[HelpLine, ...]
    """Help lines inside the notice."""
    see: tuple[str, ...]
    """Titles of the kinds of help it refers to; discreet kinds only if requested."""
    in_danger: str | None
    """What to do in an emergency, if its lines have no emergency number because no country was chosen."""
    danger_first: bool
    """True if that text precedes the lines."""

    @property
    def leads_to_help(self) -> bool:
        """Whether it shows help lines or refers to them. Nothing may precede such a notice."""
        return bool(self.lines or self.see or self.in_danger)


class HelpSectionBuilder:
    """Assigns each service to one place: notices first, then the help section."""

    def __init__(self, lines: HelpLines | None) -> None:
        self._lines = lines
        self._placed: set[str] = set()

    def for_notice(self, notice: Notice, *, folded: bool) -> HelpInNotice:
        """The lines inside a notice, in the order of its kinds, or the kinds it refers to."""
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
        """The remaining lines for the end of the report; None if there are none."""
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
        """The first line of each kind, in the order of kinds. Without an emergency line, the first directory."""
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


def raised_notices(pack: Pack, plan: Plan) -> list[Notice]:
    """The notices that the plan raises, in the pack's order."""
    raised_ids = {notice.id for notice in plan.notices}
    return [notice for notice in pack.content.notices if notice.id in raised_ids]


def report_notices(
    raised: Sequence[Notice], kind: Kind, words: Wording, help_section: HelpSectionBuilder
) -> Iterator[NoticeInReport]:
    """The notices in words, with their help lines. The first that need not be folded is open."""
    folded = {notice.id for notice in raised if notice.folded or not may_be_said(notice, kind)}
    first = next((notice for notice in raised if notice.id not in folded), None)
    for notice in raised:
        help_in_notice = help_section.for_notice(notice, folded=notice.id in folded)
        yield NoticeInReport(
            id=notice.id,
            title=words.say(notice.title),
            text=words.say(notice.text),
            on_paper=words.say(notice.on_paper or notice.text),
            open=notice is first,
            folded=notice.id in folded,
            lines=help_in_notice.lines,
            see=help_in_notice.see,
            in_danger=help_in_notice.in_danger,
            danger_first=help_in_notice.danger_first,
        )
