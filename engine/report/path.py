"""The path of a plan: all its steps in order, each free one with one line that says why it stands there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from engine.assessment.ordering import Emphasis
from engine.assessment.plan import Plan, PlannedStep, is_short
from engine.content.placeholders import clause_items
from engine.content.steps import LONGEST_LINE
from engine.report.reasons import FactCounter, PlanReasons, rules_behind
from engine.report.wording import Wording

StepGroup = Literal["this_week", "later", "not_now"]


@dataclass(frozen=True, slots=True)
class PathStep:
    """One step of the path. Held steps are in it only where they are named."""

    id: str
    number: int
    """Of a free step its place in the plan, of a held one its place in the content."""
    title: str
    emphasis: Emphasis
    place: StepGroup
    line: str | None
    """Why it stands here, in at most 60 characters. No other step of the plan has the same; None for a held step."""


@dataclass(frozen=True, slots=True)
class PathLine:
    """The line of one step."""

    text: str
    rule: str | None
    """The rule it comes from; None if the content says it of the step in general."""
    items: tuple[str, ...] = ()
    """The answers that made the rule fire, or those that the line speaks of."""


class _Candidates:
    """What a step's line may be, the best first, by the text as it is compared: found as far as it is asked for."""

    def __init__(self, lines: Iterator[tuple[str, PathLine]]) -> None:
        self._lines = lines
        self._order: list[str] = []
        self.by_text: dict[str, PathLine] = {}
        """Those that were asked for."""

    def __iter__(self) -> Iterator[str]:
        yield from self._order
        for compared, line in self._lines:
            self.by_text[compared] = line
            self._order.append(compared)
            yield compared


def path_lines(plan_reasons: PlanReasons) -> Mapping[str, PathLine]:
    """The line of each free step; without those that the content has none for.

    A short report names the steps after the first, and has no line for them, unless the kind is allowlist-only and has
    words of its own: in a crisis nothing is said of blame, of a no, or of what stands between two people. The first has
    a line from a rule that also adds something to do there.
    """
    words, plan = plan_reasons.words, plan_reasons.plan
    free_steps = [planned for planned in plan.steps if not planned.held]
    short = is_short(words.pack, plan)
    if short and not words.kind(plan.kind.id).allowlist_only:
        free_steps = free_steps[:1]
    from_rules = {planned.id: _lines_of_rules(plan_reasons, planned) for planned in free_steps}
    if short and free_steps:
        first = free_steps[0]
        with_tasks = rules_behind(first.actions)
        from_rules[first.id] = (line for line in _lines_of_rules(plan_reasons, first) if line.rule in with_tasks)
    chosen = _assigned(from_rules)
    taken = {_compared(line.text) for line in chosen.values()}
    for planned in free_steps:
        if planned.id not in chosen and (line := _general_line(words, plan, planned, taken)) is not None:
            chosen[planned.id] = line
            taken.add(_compared(line.text))
    return chosen


def _lines_of_rules(plan_reasons: PlanReasons, planned: PlannedStep) -> Iterator[PathLine]:
    """The lines of the rules that fit a step's place, the strongest first; without those that a name makes too long."""
    for rule, line in plan_reasons.path_lines(planned):
        firing = plan_reasons.plan.firings[rule]
        text = plan_reasons.words.sentence(line, firing)
        if text is not None and len(text) <= LONGEST_LINE:
            yield PathLine(text, rule, clause_items(line) or firing.items)


def _general_line(words: Wording, plan: Plan, planned: PlannedStep, taken: set[str]) -> PathLine | None:
    """What the step is for, in a line that no other step has: as the kind of plan words it, or else as the step does.

    An allowlist-only kind has its own alone.
    """
    kind, step = words.kind(plan.kind.id), words.steps[planned.id]
    lines = (*(words.variant(step.id, kind.id).lines or ()), *(() if kind.allowlist_only else step.lines))
    texts = [text for text in map(words.say, lines) if _compared(text) not in taken]
    short_first = sorted(texts, key=lambda text: len(text) > LONGEST_LINE)
    return PathLine(short_first[0], None) if short_first else None


def _assigned(lines: Mapping[str, Iterator[PathLine]]) -> dict[str, PathLine]:
    """A line for as many steps as possible, none twice: the first steps choose first.

    A step gives way to a later one that would have none, if it has another itself. Lines about an answer that two of
    them speak of already come after all others.
    """
    holders: dict[str, str] = {}
    candidates: dict[str, _Candidates] = {}

    def has_found_line(step: str, tried: set[str]) -> bool:
        for compared in candidates[step]:
            if compared not in tried and compared not in holders:
                holders[compared] = step
                return True
        for compared in [compared for compared in candidates[step] if compared not in tried]:
            tried.add(compared)
            if has_found_line(holders[compared], tried):
                holders[compared] = step
                return True
        return False

    for step, step_lines in lines.items():
        facts = FactCounter()
        for compared, holder in holders.items():
            facts.note(candidates[holder].by_text[compared].items)
        candidates[step] = _Candidates(_worn_last(step_lines, facts))
        has_found_line(step, set())
    return {step: candidates[step].by_text[compared] for compared, step in holders.items()}


def _worn_last(lines: Iterator[PathLine], facts: FactCounter) -> Iterator[tuple[str, PathLine]]:
    """The lines by the text as it is compared, which no two have: first those that speak of no worn answer."""
    worn: list[tuple[str, PathLine]] = []
    seen_texts: set[str] = set()
    for line in lines:
        compared = _compared(line.text)
        if compared not in seen_texts:
            seen_texts.add(compared)
            if facts.is_worn(line.items):
                worn.append((compared, line))
            else:
                yield compared, line
    yield from worn


def _compared(text: str) -> str:
    """The text as lines are compared: those that differ in capitals, white space or quotation marks alone are one."""
    return " ".join(text.replace("’", "'").split()).casefold().rstrip(".")
