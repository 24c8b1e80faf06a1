"""The words of one sitting: texts with its name and pronoun, questions and answers as they were asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal, Protocol

from engine.assessment.pipeline import Assessment
from engine.assessment.plan import Plan
from engine.assessment.responses import ResponseSet
from engine.assessment.scoring import ScaleScore, ScaleScores
from engine.assessment.trace import Firing
from engine.content.items.base import Item
from engine.content.pack import Pack
from engine.content.placeholders import PlaceholderFiller, clause_items, placeholder_filler
from engine.content.steps import Kind, Variant
from engine.content.values import Value

StepText = Literal["title", "summary", "done_when", "default_reason", "held_title"]
"""The texts that a kind of plan may replace."""
_NO_VARIANT: Final = Variant()


@dataclass(frozen=True, slots=True)
class Answered:
    """A question with its answer. ``answer`` is empty if it is unanswered."""

    item: str
    question: str
    answer: tuple[str, ...]
    """The words of the chosen options; "yes" or "no" for a boolean, which the template translates."""


@dataclass(frozen=True, slots=True)
class BandInReport:
    """A named range of a scale."""

    id: str
    title: str
    words: str | None


class Sitting(Protocol):
    """A sitting with its scores. It need not be assessed."""

    @property
    def pack(self) -> Pack: ...
    @property
    def responses(self) -> ResponseSet: ...
    @property
    def scales(self) -> ScaleScores: ...


class Wording:
    """Resolves the texts of one sitting, and of a check-in that was added to it.

    ``named`` is the full sitting of a check-in. It provides name and pronoun, which a check-in does not ask for.
    """

    def __init__(self, sitting: Sitting, check_in: Assessment | None = None, named: Sitting | None = None) -> None:
        self._check_in = check_in
        self.pack, self.answers = sitting.pack, sitting.responses.answers
        named_answers = named.responses.answers if named is not None else {}
        self._filler: PlaceholderFiller = placeholder_filler(self.pack.content.voice, {**named_answers, **self.answers})
        self._nameless = replace(self._filler, name="\N{OBJECT REPLACEMENT CHARACTER}", typed=True)
        self.steps = {step.id: step for step in self.pack.steps}
        self.rules = self.pack.rules_by_id

    def say(self, text: str) -> str:
        """The text with its placeholders filled."""
        return self._filler.fill(text)

    def sentence(self, text: str, firing: Firing | None = None) -> str | None:
        """The same for a reason or remark, with clauses of answers; None if one of these is missing."""
        return self._sentence(self._filler, text, firing)

    def nameless(self, text: str, firing: Firing | None = None) -> str | None:
        """The same, independent of the typed name, for comparing texts."""
        return self._sentence(self._nameless, text, firing)

    def _sentence(self, filler: PlaceholderFiller, text: str, firing: Firing | None) -> str | None:
        items = clause_items(text)
        if not items:
            return filler.fill(text)
        answers = self.answers if firing is None else self._answers_of(firing)
        clauses: dict[str, str] = {}
        for name in items:
            clause = _clause(filler, self.pack.items[name], answers.get(name))
            if clause is None:
                return None
            clauses[name] = clause
        return filler.fill(text, clauses=clauses)

    def say_optional(self, text: str | None) -> str | None:
        """The same for an optional text."""
        return None if text is None else self.say(text)

    def kind(self, name: str) -> Kind:
        """The kind of plan by its id."""
        return next(kind for kind in self.pack.content.kinds if kind.id == name)

    def clause(self, item: Item, value: Value | None) -> str | None:
        """An answer as a clause in the second person, for use inside a sentence; None if the content has none."""
        return _clause(self._filler, item, value)

    def supposed(self, item: Item, value: Value) -> str | None:
        """An answer as a supposition of a what-if, after "If"; else its clause for reasons."""
        chosen = item.chosen(value)
        clause = chosen[0].supposed if len(chosen) == 1 else None
        return self.clause(item, value) if clause is None else self._filler.fill(clause, inside=True)

    def step_text(self, step_id: str, kind: str, name: StepText, *, own: bool = False) -> str | None:
        """A text of a step as this kind of plan words it, or else the step's own; with ``own`` only the kind's."""
        text: str | None = getattr(self.variant(step_id, kind), name)
        return text if own else text or getattr(self.steps[step_id], name)

    def variant(self, step_id: str, kind: str) -> Variant:
        """The kind of plan's own texts for a step; an empty variant if it has none."""
        return self.steps[step_id].for_kind.get(kind, _NO_VARIANT)

    def step_title(self, step_id: str, plan: Plan) -> str:
        """A step's title: that of the first summary of a rule, or else the kind of plan's."""
        added = next((entry.id for entry in plan.step(step_id).summaries), None)
        titles = {summary.id: summary.title for summary in self.steps[step_id].summaries}
        return self.say((added and titles[added]) or self.step_text(step_id, plan.kind.id, "title") or "")

    def answers_behind(self, firing: Firing, items: Iterable[str] = ()) -> tuple[Answered, ...]:
        """The answers to these items in the sitting in which a rule fired; without items, those that made it fire."""
        answers = self._answers_of(firing)
        names = tuple(dict.fromkeys(items)) or firing.items
        return tuple(self.answered(self.pack.items[name], answers.get(name)) for name in names)

    def evidence_behind(self, firing: Firing, items: Iterable[str] = ()) -> tuple[Answered, ...]:
        """The same without answers that are no evidence and without unanswered questions."""
        answers = self._answers_of(firing)
        return tuple(
            answered
            for answered in self.answers_behind(firing, items)
            if self.pack.items[answered.item].may_be_quoted(answers.get(answered.item))
        )

    def rests_on_evidence(self, firing: Firing) -> bool:
        """True if one of the answers that made a rule fire is evidence, or if it fires without any answer."""
        answers = self._answers_of(firing)
        return not firing.items or any(self.pack.items[name].is_evidence(answers.get(name)) for name in firing.items)

    def are_evidence(self, firing: Firing, items: Iterable[str]) -> bool:
        """True if every answer to these items is evidence, in the sitting in which a rule fired."""
        answers = self._answers_of(firing)
        return all(self.pack.items[name].is_evidence(answers.get(name)) for name in items)

    def _answers_of(self, firing: Firing) -> Mapping[str, Value | None]:
        later = self._check_in
        if later is None:
            return self.answers
        fired_later = any(firing is later_firing for later_firing in later.trace.firings)
        return later.responses.answers if fired_later else self.answers

    def answered(self, item: Item, value: Value | None) -> Answered:
        """The question and the answer in words."""
        return Answered(item.id, self.say(item.text), filled_words(self._filler, item, value))

    def band(self, score: ScaleScore) -> BandInReport | None:
        """The band a score lies in."""
        bands = {band.id: band for band in self.pack.scales[score.scale].bands}
        band = bands.get(score.band or "")
        return BandInReport(band.id, self.say(band.title), self.say_optional(band.words)) if band else None

    def band_title(self, score: ScaleScore) -> str | None:
        """The title of the band of a score."""
        band = self.band(score)
        return band.title if band else None


def filled_words(filler: PlaceholderFiller, item: Item, value: Value | None) -> tuple[str, ...]:
    """The words of an answer as a spoken list; typed words stay unchanged."""
    words = item.words(value)
    return (
        words if item.is_free_text else tuple(filler.fill(text, inside=index > 0) for index, text in enumerate(words))
    )


def _clause(filler: PlaceholderFiller, item: Item, value: Value | None) -> str | None:
    """An answer as a clause; None if the content has none for it."""
    clause = item.clause(value)
    words = ", ".join(filled_words(filler, item, value))
    return None if clause is None else filler.fill(clause, answer=words, inside=True)
