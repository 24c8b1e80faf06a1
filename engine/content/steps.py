"""Models of ``rules/<pack>/steps.yaml``: kinds of plan, steps with their actions, and settings of reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from engine.content.base import (
    WORDS,
    Id,
    ItemId,
    KindId,
    LinkWords,
    Model,
    NeutralText,
    RefersTo,
    StepId,
    TagId,
    Text,
    Unique,
    VersionOne,
    check_text,
)
from engine.content.conditions import Condition
from engine.content.remarks import AfterDone, Contingency, Notice, Remark, RemarkSlot

CappedAt = Literal["focus", "steady", "light"]
LONGEST_LINE: Final = 60
"""The largest number of characters of a path line with its placeholders filled."""
PathLine = Annotated[str, StringConstraints(max_length=2 * LONGEST_LINE), AfterValidator(check_text), WORDS]
"""One line that explains the position of a step in a plan."""


class Target(Model):
    """A selection of steps by exactly one of: one id, several ids, or a tag."""

    step: StepId | None = None
    steps: Annotated[tuple[StepId, ...], Field(min_length=1)] | None = None
    tag: TagId | None = None

    @model_validator(mode="after")
    def _one_selector(self) -> Target:
        if sum(selector is not None for selector in (self.step, self.steps, self.tag)) != 1:
            message = "name the steps in one way: `step`, `steps` or `tag`"
            raise ValueError(message)
        return self


class KindCap(Target):
    """The highest emphasis of some steps in one kind of plan."""

    at: CappedAt


class Kind(Model):
    """A kind of plan. Kinds are listed strongest first; ``default`` marks the one that applies without a proposal."""

    id: Id
    title: Text
    text: Text | None = None
    default: bool = False
    caps: tuple[KindCap, ...] = ()
    allowlist_only: bool = False
    """True: a report of this kind includes only the actions, cautions and remarks that name it, or that its variants
    name, so that an author has to allow each of them. Notices that do not name it are folded."""
    short: bool = False
    """True: reports of this kind are short; see ``Report.short``."""
    before_file: Text | None = None
    """The question to confirm before a report of this kind is saved as a file; None: no question."""
    names_held: bool = True
    """False: a report shows the held steps in one line without titles."""


class Message(Model):
    """A title and a text."""

    title: Text
    text: Text


class HiddenCauses(Target):
    """Steps whose moves a comparison lists last, with these texts in place of the answers that caused them.

    For steps that one person cannot decide alone: no report says that the person brought such a step forward.
    If a gate fired in one of the two sittings, neither causes nor these texts are shown.
    """

    text: Text | None = None
    """Shown once, after the moves."""
    finding: Annotated[Id, RefersTo("finding")] | None = None
    gained: Text | None = None
    """For a step that moved up, if only the later sitting recorded the finding."""
    lost: Text | None = None
    """For a step that moved down, if only the earlier sitting recorded the finding."""
    otherwise: Text | None = None
    """For all other moves of these steps."""


class NotEased(Target):
    """Steps that no what-if may ease while ``when`` is true, so that it does not show which answers would do so."""

    when: Condition
    """Evaluated with the real answers, not the supposed ones."""
    unless: tuple[ItemId, ...] = ()
    """Exceptions: a what-if that changes only these items may ease the steps."""


class WhatIfSteps(Target):
    """The steps that a what-if may move. It never raises the weight, emphasis or position of another step."""

    kinds: Annotated[tuple[KindId, ...], Field(min_length=1)]
    """The kinds of plan that have what-ifs."""
    text: Text | None = None
    """The text before the what-ifs."""
    farthest: Annotated[int, Field(ge=1)] | None = None
    """The largest distance of a supposed answer from the given one, in answers; None: no limit."""
    not_eased: NotEased | None = None


class UnscheduledSteps(Target):
    """Steps that are not assigned to a week, and the heading above them."""

    title: Text
    text: Text | None = None
    kinds: tuple[KindId, ...] = ()
    """The kinds of plan that show them; empty: all."""


class Weeks(Model):
    """The kinds of plan that can be shown week by week."""

    kinds: Annotated[tuple[KindId, ...], Field(min_length=1)]
    text: Text | None = None
    unscheduled: UnscheduledSteps | None = None


DaysAhead = Annotated[int, Field(ge=1, le=36_500)]
"""Days after a sitting: at most a hundred years, so that the date exists for every day of a sitting."""


class LookAgain(Model):
    """When to invite a person to answer again, and to check in, in days after the sitting."""

    days: DaysAhead
    check_in_days: DaysAhead


class Calendar(Model):
    """Titles of calendar entries, which other people may see. A pack without it offers no calendar."""

    action: NeutralText
    """For an action without ``calendar``."""
    look_again: NeutralText


class Evidence(Model):
    """What research says about the effect of one action on one outcome."""

    label: Literal["supported", "some_support", "common_advice", "research_cautions"]
    outcome: Text
    reference: Text | None = None


class Action(Model):
    """Something to do. With ``base: false`` a plan has it only if a rule adds it."""

    id: Id
    text: Text
    base: bool = True
    today: bool = False
    """True: it takes ten minutes or less, so a report may show it as the action for today."""
    kinds: tuple[KindId, ...] = ()
    """The kinds of plan that may show it; empty: all kinds that are not ``allowlist_only``."""
    evidence: Evidence | None = None
    calendar: NeutralText | None = None
    """The neutral title of its calendar entry; None: the title in the pack's ``calendar``."""
    done_when: Text | None = None
    """How a person notices that it is done; shown if this is the first action that a report lists for the step."""
    advice: Id | None = None
    """A name for the advice, if other texts of the pack give the same advice in other words; None: its own id."""


class Caution(Model):
    """Something to be careful about. With ``base: false`` a plan has it only if a rule adds it."""

    id: Id
    text: Text
    base: bool = True
    kinds: tuple[KindId, ...] = ()
    advice: Id | None = None
    """See :attr:`Action.advice`."""


class Summary(Model):
    """Replaces the ``summary`` of a step if a rule selects it."""

    id: Id
    text: Text
    title: Text | None = None
    """The step's title beside this summary; None: its usual title."""
    kinds: tuple[KindId, ...] = ()
    advice: Id | None = None
    """See :attr:`Action.advice`."""


class Variant(Model):
    """Texts of a step for one kind of plan. ``actions`` and ``cautions`` replace the step's base ones."""

    title: Text | None = None
    summary: Text | None = None
    actions: tuple[Id, ...] | None = None
    cautions: tuple[Id, ...] | None = None
    done_when: Text | None = None
    default_reason: Text | None = None
    lines: tuple[PathLine, ...] | None = None
    held_title: Text | None = None
    reasons: bool = True
    """False: only ``default_reason`` explains its position, because the rules' reasons do not suit this wording."""


class Step(Model):
    """One step of the plan. ``weight`` is its initial weight, to which rules add."""

    id: Id
    title: Text
    summary: Text | None = None
    done_when: Text | None = None
    """How a person notices that the step is done, by what they do themselves."""
    default_reason: Text | None = None
    """Why it has its position, if no reason can be shown."""
    lines: tuple[PathLine, ...] = ()
    """Its path line if no rule gives one: the first of these that no other step of the plan uses."""
    held_title: Text | None = None
    """Its title while it is held; None: its usual title."""
    tags: tuple[Id, ...] = ()
    weight: int = 0
    actions: Annotated[tuple[Action, ...], Unique("action")] = ()
    cautions: Annotated[tuple[Caution, ...], Unique("caution")] = ()
    summaries: Annotated[tuple[Summary, ...], Unique("summary")] = ()
    """A report shows the first one that a rule selects."""
    for_kind: Mapping[KindId, Variant] = Field(default_factory=dict)


class Thresholds(Model):
    """The least effective weight of a free step for each emphasis; below ``steady`` a step is light."""

    focus: int
    steady: int
    most_focus: Annotated[int, Field(ge=0)] = 2


class StepLimits(Model):
    """The largest number of entries that a report shows for one step."""

    actions: Annotated[int, Field(ge=0, le=3)] = 3
    reasons: Annotated[int, Field(ge=0)] = 2
    cautions: Annotated[int, Field(ge=0)] = 2


class Limits(Model):
    """The limits of a report, for each free step by emphasis and in all. The first step has those of ``focus``."""

    focus: StepLimits = StepLimits()
    steady: StepLimits = StepLimits()
    light: StepLimits = StepLimits()
    actions: Annotated[int, Field(ge=1)] | None = None
    """The largest number of actions in a report, including today's. Each free step keeps one. None: no limit."""
    actions_this_week: Annotated[int, Field(ge=1)] | None = None
    """The largest number of them for today and this week."""
    contingencies: Annotated[int, Field(ge=0)] = 2


class PlaceholderWords(Model):
    """The words for the other person in texts.

    ``forms`` maps the id of a form to its words by placeholder (``they``, ``them`` …). ``pronoun_item`` is a single
    choice whose option ids are forms; ``name_item`` is a short text that fills the placeholder ``name``.
    """

    pronoun_item: ItemId | None = None
    name_item: ItemId | None = None
    name: Id
    no_name: Text
    """Replaces the name if none was given. It takes the singular verb, as a name does."""
    default: Annotated[Id, RefersTo("form")]
    forms: Annotated[Mapping[Id, Mapping[Id, str]], Field(min_length=1), WORDS]
    plural: tuple[Annotated[Id, RefersTo("form")], ...] = ()
    """The forms that take the plural verb, which is the second of a pair like ``{has/have}``."""


class StepsFile(Model):
    """``rules/<pack>/steps.yaml``."""

    dialect: VersionOne
    pack: Id
    title: Text
    emphasis: Thresholds = Thresholds(focus=20, steady=5)
    limits: Limits = Limits()
    voice: PlaceholderWords | None = None
    kinds: Annotated[tuple[Kind, ...], Field(min_length=1), Unique("kind")]
    notices: Annotated[tuple[Notice, ...], Unique("notice")] = ()
    remarks: Annotated[Mapping[RemarkSlot, tuple[Remark, ...]], Unique("remark")] = Field(default_factory=dict)
    contingencies: Annotated[tuple[Contingency, ...], Unique("contingency")] = ()
    changed: Message | None = None
    """Shown before a comparison if the later sitting no longer raises a ``lasting`` notice."""
    hide_own_causes: HiddenCauses | None = None
    sober_when: Condition | None = None
    """A comparison has no encouraging texts if this is true of the later answers."""
    what_if: WhatIfSteps | None = None
    weeks: Weeks | None = None
    look_again: LookAgain | None = None
    calendar: Calendar | None = None
    avoid_in_links: LinkWords = ()
    """Words that could hurt; new private links do not contain them."""
    after_done: Annotated[tuple[AfterDone, ...], WORDS] = ()
    steps: Annotated[tuple[Step, ...], Unique("step")] = ()
