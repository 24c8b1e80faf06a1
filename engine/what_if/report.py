"""What would change a plan, with every text resolved: the context of the what-if templates.

It names only the person's own answers and steps that the pack allows, and promises nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

from engine.assessment.pipeline import Assessment
from engine.assessment.plan import Placement, Plan
from engine.report.wording import Wording
from engine.what_if.better_answers import SupposedChange
from engine.what_if.search import MoveKind, WhatIf, WhatIfs

MOST_WHAT_IFS: Final = 3
"""The number of what-ifs in a report."""
MOST_MOVES: Final = 3
"""The number of moves in one sentence: those at the first positions."""


Would = Literal["ease", "come_later", "come_first", "move_up", "get_room"]


@dataclass(frozen=True, slots=True)
class SupposedAnswer:
    """Another answer to a question."""

    item: str
    said: str | None
    """As a clause after "If", if the content has one."""
    question: str
    answer: tuple[str, ...]
    """The words of the other answer; "yes" or "no" for a boolean, which the template translates."""


@dataclass(frozen=True, slots=True)
class MoveInWhatIf:
    """A step that would move."""

    step: str
    title: str
    before: Placement
    after: Placement
    way: MoveKind
    """``shifts``: only its position changes, because others pass it."""


@dataclass(frozen=True, slots=True)
class GroupedMoves:
    """Steps with the same change, for the sentence."""

    would: Would
    """The change: it eases, comes later, comes first, moves up, or gets more attention."""
    titles: tuple[str, ...]
    """In the order of the plan."""


@dataclass(frozen=True, slots=True)
class WhatIfInReport:
    """One sentence: if these answers were given, these steps would move."""

    changes: tuple[SupposedAnswer, ...]
    """One or two answers."""
    told: tuple[GroupedMoves, ...]
    """The moves in the sentence: at most three steps that do more than shift, first those that ease, then those that
    rise."""
    moves: tuple[MoveInWhatIf, ...]
    """All steps that would have another position, in the order of the plan."""


@dataclass(frozen=True, slots=True)
class WhatIfReport:
    """What would change a plan, in words."""

    title: str
    offered: bool
    """False if this kind of plan has no what-ifs, or the report is short. Then nothing is shown."""
    text: str | None
    """The text before them."""
    what_ifs: tuple[WhatIfInReport, ...]
    more: int
    """The number of further what-ifs."""
    everything: bool
    """True if all are shown, each with the positions of steps."""


def build_what_if_report(what_ifs: WhatIfs, assessment: Assessment) -> WhatIfReport:
    """Build the report of what would change a plan."""
    words = Wording(assessment)
    allowed = words.pack.content.what_if
    return WhatIfReport(
        title=words.say(words.pack.content.title),
        offered=what_ifs.offered,
        text=words.say_optional(allowed.text) if what_ifs.offered and allowed else None,
        what_ifs=tuple(_what_if(words, what_ifs.plan, what_if) for what_if in what_ifs.what_ifs if what_ifs.plan),
        more=what_ifs.more,
        everything=what_ifs.everything,
    )


def _what_if(words: Wording, plan: Plan, what_if: WhatIf) -> WhatIfInReport:
    moves = [
        MoveInWhatIf(move.step, words.step_title(move.step, plan), move.before, move.after, move.way)
        for move in what_if.moves
    ]
    more_than_shifts = [move for move in moves if move.way != "shifts"]
    foremost = sorted(more_than_shifts, key=lambda move: min(move.before.position, move.after.position))[:MOST_MOVES]
    titles_by_would: dict[Would, list[str]] = {would: [] for would in get_args(Would)}
    for move in moves:
        if move in foremost:
            titles_by_would[_would(move)].append(move.title)
    return WhatIfInReport(
        changes=tuple(_supposed(words, change) for change in what_if.changes),
        told=tuple(GroupedMoves(would, tuple(titles)) for would, titles in titles_by_would.items() if titles),
        moves=tuple(moves),
    )


def _supposed(words: Wording, change: SupposedChange) -> SupposedAnswer:
    item = words.pack.items[change.item]
    answered = words.answered(item, change.after)
    return SupposedAnswer(change.item, words.supposed(item, change.after), answered.question, answered.answer)


def _would(move: MoveInWhatIf) -> Would:
    before, after = move.before, move.after
    if move.way == "eases":
        return "come_later" if before.emphasis == after.emphasis else "ease"
    if after.emphasis == "start_here":
        return "come_first"
    return "move_up" if after.position < before.position else "get_room"
