"""The path of a plan: all its steps in order, each free step with one line that explains its place."""

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
    """One step of the path. Held steps are included only if the kind of plan names them."""

    id: str
    number: int
    """The position in the plan for a free step, the position in the content for a held one."""
    title: str
    emphasis: Emphasis
    place: StepGroup
    line: str | None
    """The reason for its place in at most 60 characters, different from all other lines of the plan; None if it is
    held."""


@dataclass(frozen=True, slots=True)
class PathLine:
    """The line of one step."""

    text: str
    rule: str | None
    """The rule that has the line; None for a general line of the content."""
    items: tuple[str, ...] = ()
    """The answers that made the rule fire, or those that the line refers to."""


class _Candidates:
    """The possible lines of a step, the best first, by normalised text. They are computed on demand."""

    def __init__(self, lines: Iterator[tuple[str, PathLine]]) -> None:
        self._lines = lines
        self._order: list[str] = []
        self.by_text: dict[str, PathLine] = {}
        """The candidates computed so far."""

    def __iter__(self) -> Iterator[str]:
        yield from self._order
        for compared, line in self._lines:
            self.by_text[compared] = line
            self._order.append(compared)
            yield compared


def path_lines(plan_reasons: PlanReasons) -> Mapping[str, PathLine]:
    """The line of each free step that has one.

    In a short report, steps after the first have no line, unless the kind is allowlist-only and has its own words: in
    a crisis the report does not mention blame, a refusal, or what is between two people. The first step's line comes
    from a rule that also adds something to do there.
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
    """The lines of rules that match a step's place, the strongest first, without lines that a name makes too long."""
    for rule, line in plan_reasons.path_lines(planned):
        firing = plan_reasons.plan.firings[rule]
        text = plan_reasons.words.sentence(line, firing)
        if text is not None and len(text) <= LONGEST_LINE:
            yield PathLine(text, rule, clause_items(line) or firing.items)


def _general_line(words: Wording, plan: Plan, planned: PlannedStep, taken: set[str]) -> PathLine | None:
    """A general line for a step that no other step has: the kind of plan's, or else the step's own.

    An allowlist-only kind uses only its own lines.
    """
    kind, step = words.kind(plan.kind.id), words.steps[planned.id]
    lines = (*(words.variant(step.id, kind.id).lines or ()), *(() if kind.allowlist_only else step.lines))
    texts = [text for text in map(words.say, lines) if _compared(text) not in taken]
    short_first = sorted(texts, key=lambda text: len(text) > LONGEST_LINE)
    return PathLine(short_first[0], None) if short_first else None


def _assigned(lines: Mapping[str, Iterator[PathLine]]) -> dict[str, PathLine]:
    """Assigns a line to as many steps as possible, none twice. Earlier steps choose first.

    A step yields its line to a later one that would have none, if it has another. Lines about an answer that two of
    them already refer to come last.
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
    """The lines by normalised text, which is unique. Lines about answers that were not used often come first."""
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
    """The normalised text of a line: capitals, white space and quotation marks do not distinguish lines."""
    return " ".join(text.replace("’", "'").split()).casefold().rstrip(".")
