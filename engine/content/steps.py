"""What a plan is made of, in ``rules/<pack>/steps.yaml``: kinds, notices, steps with their actions, and the voice."""

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
"""Characters of a path line in words."""
PathLine = Annotated[str, StringConstraints(max_length=2 * LONGEST_LINE), AfterValidator(check_text), WORDS]
"""One line of a plan's path: why a step stands where it does."""


class Target(Model):
    """Which steps an effect or a cap is about: exactly one of a step, some steps, or all steps with a tag."""

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
    """In this kind of plan these steps have at most this emphasis."""

    at: CappedAt


class Kind(Model):
    """A kind of plan. Kinds are listed strongest first; ``default`` marks the one that needs no proposal."""

    id: Id
    title: Text
    text: Text | None = None
    default: bool = False
    caps: tuple[KindCap, ...] = ()
    allowlist_only: bool = False
    """True: an action, caution or remark is said in this kind only if it names the kind, so nothing slips in; a notice
    that does not is folded."""
    short: bool = False
    """True: reports of this kind are short, see ``Report.short``."""
    before_file: Text | None = None
    """Said and asked before a report of this kind becomes a file; None: nothing need be asked."""
    names_held: bool = True
    """False: held steps are one line without titles, as in a short report."""


class Message(Model):
    """A title and a text."""

    title: Text
    text: Text


class HiddenCauses(Target):
    """Steps whose moves a comparison tells last and without the answers that moved them, and what it says instead.

    For steps that are not in one person's hands: no report says that a person brought such a step forward. Where a gate
    fired in one of the two sittings, nothing is said in place of causes.
    """

    text: Text | None = None
    """Said once, after the moves."""
    finding: Annotated[Id, RefersTo("finding")] | None = None
    gained: Text | None = None
    """Said of a step that moved up where the later sitting alone recorded the finding."""
    lost: Text | None = None
    """Said of a step that moved down where the earlier sitting alone recorded the finding."""
    otherwise: Text | None = None
    """Said of all other moves of these steps."""


class NotEased(Target):
    """Steps that no what-if eases while ``when`` holds: nobody learns which other answers would ask less of them."""

    when: Condition
    """Asked of the answers as they are, never of those that are supposed."""
    unless: tuple[ItemId, ...] = ()
    """Items whose other answers may ease them all the same, if a what-if supposes nothing else."""


class WhatIfSteps(Target):
    """Which steps a what-if may move. It gives no other step more weight or emphasis, and none an earlier place."""

    kinds: Annotated[tuple[KindId, ...], Field(min_length=1)]
    """The kinds of plan that have what-ifs."""
    text: Text | None = None
    """Said before them."""
    farthest: Annotated[int, Field(ge=1)] | None = None
    """How many answers away from the given one a supposed one may be; None: any number."""
    not_eased: NotEased | None = None


class UnscheduledSteps(Target):
    """Steps that have no week, and what stands above them."""

    title: Text
    text: Text | None = None
    kinds: tuple[KindId, ...] = ()
    """The kinds of plan in which they are shown at all; empty: in all."""


class Weeks(Model):
    """Plans that may be told week by week."""

    kinds: Annotated[tuple[KindId, ...], Field(min_length=1)]
    text: Text | None = None
    unscheduled: UnscheduledSteps | None = None


DaysAhead = Annotated[int, Field(ge=1, le=36_500)]
"""Days from a sitting on, at most a hundred years: so the day exists, whenever the sitting was."""


class LookAgain(Model):
    """When a person is invited to look again, in days after the sitting."""

    days: DaysAhead
    check_in_days: DaysAhead


class Calendar(Model):
    """Titles of entries in a calendar, which others may share. A pack without it has no calendar."""

    action: NeutralText
    """For an action without a title of its own."""
    look_again: NeutralText


class Evidence(Model):
    """What research says about one action and one outcome."""

    label: Literal["supported", "some_support", "common_advice", "research_cautions"]
    outcome: Text
    reference: Text | None = None


class Action(Model):
    """Something to do. ``base: false`` says that only a rule adds it."""

    id: Id
    text: Text
    base: bool = True
    today: bool = False
    """True: it takes ten minutes or less, so a report may offer it as the one thing for today."""
    kinds: tuple[KindId, ...] = ()
    """The kinds of plan it may be said in; empty: in all that are not ``allowlist_only``."""
    evidence: Evidence | None = None
    calendar: NeutralText | None = None
    """A title in a calendar that says nothing to whoever else sees it; without it that of the pack's ``calendar``."""
    done_when: Text | None = None
    """How a person notices that it is done, where this is the first action that a report tells of the step."""
    advice: Id | None = None
    """What it advises, where other texts of the pack advise the same in other words; None: its own id."""


class Caution(Model):
    """Something to mind. ``base: false`` says that only a rule adds it."""

    id: Id
    text: Text
    base: bool = True
    kinds: tuple[KindId, ...] = ()
    advice: Id | None = None
    """See :attr:`Action.advice`."""


class Summary(Model):
    """What a step is about, for people of whom a rule says so: it stands in place of the step's own ``summary``."""

    id: Id
    text: Text
    title: Text | None = None
    """The step's title beside it; None: its usual one."""
    kinds: tuple[KindId, ...] = ()
    advice: Id | None = None
    """See :attr:`Action.advice`."""


class Variant(Model):
    """A step as one kind of plan words it. ``actions`` and ``cautions`` replace the step's base ones by these."""

    title: Text | None = None
    summary: Text | None = None
    actions: tuple[Id, ...] | None = None
    cautions: tuple[Id, ...] | None = None
    done_when: Text | None = None
    default_reason: Text | None = None
    lines: tuple[PathLine, ...] | None = None
    held_title: Text | None = None
    reasons: bool = True
    """False: ``default_reason`` alone says why it stands where it does, as the rules' reasons speak of another step."""


class Step(Model):
    """One step of the plan. ``weight`` is where it starts; rules add to it."""

    id: Id
    title: Text
    summary: Text | None = None
    done_when: Text | None = None
    """How a person notices that the step is done: by their own doing."""
    default_reason: Text | None = None
    """Why it stands where it does, if no reason can be told."""
    lines: tuple[PathLine, ...] = ()
    """What its path line may say where no rule has one: the first that no other step of the plan has."""
    held_title: Text | None = None
    """Its title where it is held; None: the same as where it is free."""
    tags: tuple[Id, ...] = ()
    weight: int = 0
    actions: Annotated[tuple[Action, ...], Unique("action")] = ()
    cautions: Annotated[tuple[Caution, ...], Unique("caution")] = ()
    summaries: Annotated[tuple[Summary, ...], Unique("summary")] = ()
    """Of those that rules add, a report shows the first."""
    for_kind: Mapping[KindId, Variant] = Field(default_factory=dict)


class Thresholds(Model):
    """The effective weight from which a free step has at least this emphasis; below ``steady`` it is light."""

    focus: int
    steady: int
    most_focus: Annotated[int, Field(ge=0)] = 2


class StepLimits(Model):
    """How much of a step a report tells at most."""

    actions: Annotated[int, Field(ge=0, le=3)] = 3
    reasons: Annotated[int, Field(ge=0)] = 2
    cautions: Annotated[int, Field(ge=0)] = 2


class Limits(Model):
    """How much a report tells of a free step, by its emphasis. The first step is told like one in focus."""

    focus: StepLimits = StepLimits()
    steady: StepLimits = StepLimits()
    light: StepLimits = StepLimits()
    actions: Annotated[int, Field(ge=1)] | None = None
    """How many actions a report tells of at most, today's among them; each free step has one. None: any number."""
    actions_this_week: Annotated[int, Field(ge=1)] | None = None
    """How many of them at most are for today and this week."""
    contingencies: Annotated[int, Field(ge=0)] = 2


class PlaceholderWords(Model):
    """How texts speak of the other person.

    ``forms`` maps a form's id to its words by placeholder (``they``, ``them`` …). ``pronoun_item`` is a single choice
    whose option ids are forms, ``name_item`` a short text for the placeholder ``name``.
    """

    pronoun_item: ItemId | None = None
    name_item: ItemId | None = None
    name: Id
    no_name: Text
    """What stands for the name where none was given. It takes the singular verb, as a name does."""
    default: Annotated[Id, RefersTo("form")]
    forms: Annotated[Mapping[Id, Mapping[Id, str]], Field(min_length=1), WORDS]
    plural: tuple[Annotated[Id, RefersTo("form")], ...] = ()
    """The forms that take the plural verb, the second of a pair like ``{has/have}``."""


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
    """Said before a comparison if a ``lasting`` notice is gone."""
    hide_own_causes: HiddenCauses | None = None
    sober_when: Condition | None = None
    """A comparison says nothing encouraging while this holds for the later answers."""
    what_if: WhatIfSteps | None = None
    weeks: Weeks | None = None
    look_again: LookAgain | None = None
    calendar: Calendar | None = None
    avoid_in_links: LinkWords = ()
    """Words that could hurt: no new private link is written with one of them."""
    after_done: Annotated[tuple[AfterDone, ...], WORDS] = ()
    steps: Annotated[tuple[Step, ...], Unique("step")] = ()
