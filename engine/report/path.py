"""The path of a plan: all its steps in order, each free one with one line that says why it stands there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from engine.assessment.ordering import Emphasis
from engine.assessment.plan import Plan, PlannedStep, is_short
from engine.content.placeholders import clause_items
from engine.content.steps import LONGEST_LINE
from engine.report.reasons import FactCounter, behind_place, may_be_told, rules_behind, tells_reasons
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


Candidates = dict[str, PathLine]
"""What a step's line may be, the best first, by the text as it is compared."""


def path_lines(words: Wording, plan: Plan) -> Mapping[str, PathLine]:
    """The line of each free step; without those that the content has none for.

    A short report names the steps after the first, and has no line for them, unless the kind is allowlist-only and has
    words of its own: in a crisis nothing is said of blame, of a no, or of what stands between two people. The first has
    a line from a rule that also adds something to do there.
    """
    free_steps = [planned for planned in plan.steps if not planned.held]
    short = is_short(words.pack, plan)
    if short and not words.kind(plan.kind.id).allowlist_only:
        free_steps = free_steps[:1]
    from_rules = {planned.id: _lines_of_rules(words, plan, planned) for planned in free_steps}
    if short and free_steps:
        first = free_steps[0]
        with_tasks = rules_behind(first.actions)
        lines = from_rules[first.id].items()
        from_rules[first.id] = {compared: line for compared, line in lines if line.rule in with_tasks}
    chosen = _assigned(from_rules)
    taken = {_compared(line.text) for line in chosen.values()}
    for planned in free_steps:
        if planned.id not in chosen and (line := _general_line(words, plan, planned, taken)) is not None:
            chosen[planned.id] = line
            taken.add(_compared(line.text))
    return chosen


def _lines_of_rules(words: Wording, plan: Plan, planned: PlannedStep) -> Candidates:
    """The lines of the rules that fit a step's place, the strongest first; without those that a name makes too long."""
    candidates: Candidates = {}
    if not tells_reasons(words, plan, planned):
        return candidates
    for rule_id, change in behind_place(plan, planned):
        rule, firing = words.rules[rule_id], plan.firings[rule_id]
        for effect in rule.then:
            line = effect.path_line(change) if planned.id in words.pack.targets(effect.target) else None
            if line is None or not may_be_told(words, plan, rule, line):
                continue
            text = words.sentence(line, firing)
            if text is not None and len(text) <= LONGEST_LINE:
                items = tuple(clause_items(line)) or firing.items
                candidates.setdefault(_compared(text), PathLine(text, rule_id, items))
    return candidates


def _general_line(words: Wording, plan: Plan, planned: PlannedStep, taken: set[str]) -> PathLine | None:
    """What the step is for, in a line that no other step has: as the kind of plan words it, or else as the step does.

    An allowlist-only kind has its own alone.
    """
    kind, step = words.kind(plan.kind.id), words.steps[planned.id]
    lines = (*(words.variant(step.id, kind.id).lines or ()), *(() if kind.allowlist_only else step.lines))
    texts = [text for text in map(words.say, lines) if _compared(text) not in taken]
    short_first = sorted(texts, key=lambda text: len(text) > LONGEST_LINE)
    return PathLine(short_first[0], None) if short_first else None


def _assigned(candidates: Mapping[str, Candidates]) -> dict[str, PathLine]:
    """A line for as many steps as possible, none twice: the first steps choose first.

    A step gives way to a later one that would have none, if it has another itself. Lines about an answer that two of
    them speak of already come after all others.
    """
    holders: dict[str, str] = {}
    ordered: dict[str, list[str]] = {}

    def has_found_line(step: str, tried: set[str]) -> bool:
        untried = [compared for compared in ordered[step] if compared not in tried]
        for compared in untried:
            if compared not in holders:
                holders[compared] = step
                return True
        for compared in untried:
            tried.add(compared)
            if has_found_line(holders[compared], tried):
                holders[compared] = step
                return True
        return False

    for step in candidates:
        facts = FactCounter()
        for compared, holder in holders.items():
            facts.note(candidates[holder][compared].items)
        ordered[step] = sorted(candidates[step], key=lambda text: facts.is_worn(candidates[step][text].items))
        has_found_line(step, set())
    return {step: candidates[step][compared] for compared, step in holders.items()}


def _compared(text: str) -> str:
    """The text as lines are compared: those that differ in capitals, white space or quotation marks alone are one."""
    return " ".join(text.replace("’", "'").split()).casefold().rstrip(".")
