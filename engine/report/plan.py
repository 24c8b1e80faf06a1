"""A plan in words: the context of the templates, with every text resolved.

Templates decide nothing. No report contains answers to sensitive items: a reason that rests on one is omitted. Notices
and remarks are texts of the pack. A sensitive answer may cause them, but they never quote it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from engine.assessment.pipeline import Assessment, effective_plan
from engine.assessment.plan import Plan, is_short
from engine.content.steps import Kind
from engine.report.actions import NO_PREFERENCES, ActionPreferences, Today, ToDo
from engine.report.help_lines import HelpLines
from engine.report.help_section import (
    HelpInReport,
    HelpSectionBuilder,
    NoticeInReport,
    raised_notices,
    report_notices,
)
from engine.report.path import PathStep
from engine.report.remarks import ContingencyInReport, RepetitionFilter, contingencies
from engine.report.scales import ScaleInReport, report_scales
from engine.report.steps import StepInReport, StepReporter
from engine.report.wording import Wording

MOST_SENTENCES: Final = 3
"""The number of sentences about the situation: one less beside an open notice, and one in a short report."""


@dataclass(frozen=True, slots=True)
class KindInReport:
    """The kind of plan: its name, and a sentence about it."""

    id: str
    title: str
    text: str | None
    before_file: str | None
    """The question to confirm before this report becomes a file; None if there is none."""


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """An unanswered question."""

    item: str
    question: str


@dataclass(frozen=True, slots=True)
class OpenSection:
    """The unanswered questions of one section."""

    title: str
    questions: tuple[OpenQuestion, ...]
    whole: bool
    """True if the whole section is unanswered. Then its title is shown instead of the questions."""


@dataclass(frozen=True, slots=True)
class ComeBack:
    """The dates on which a person is invited to return."""

    on: date
    check_in_on: date | None
    """The date of an earlier check-in; None if the pack has none or it would not be earlier."""
    text: str | None


@dataclass(frozen=True, slots=True)
class Report:
    """A plan in words. The fields are in the order of reading."""

    title: str
    questionnaire: str
    taken_on: date
    content_digest: str
    short: bool
    """True if the kind of plan or a notice requires a short report: one step, no scales, no open questions."""
    notices: tuple[NoticeInReport, ...]
    kind: KindInReport
    heading: str
    """A short line in plain words; the title of the kind if the content has none."""
    wish: str | None
    """What the person wants; None in a short report of an allowlist-only kind, which must not reveal it."""
    situation: tuple[str, ...]
    """At most three sentences about different subjects, two beside an open notice, one in a short report."""
    opening: str | None
    """What this plan does about the wish."""
    today: Today | None
    leave_alone: str | None
    """What to leave alone today."""
    path: tuple[PathStep, ...]
    """The steps in order, each with a line that explains its place. Held steps without a title are left out."""
    held_heading: str | None
    """The text above the held steps; None if there are none or the content has no text."""
    not_now_because: str | None
    """One reason for all held steps; None if there are none or it was shown earlier."""
    steps: tuple[StepInReport, ...]
    """Every step of the plan once, in order."""
    contingencies: tuple[ContingencyInReport, ...]
    """What to do if something happens: as many as ``limits`` allows, with different subjects."""
    strength: str | None
    """Something the person does well; None in a short report, like the next field."""
    tension: str | None
    """Two of the person's answers that contradict each other."""
    scales: tuple[ScaleInReport, ...]
    """How the person is doing now."""
    left_open: tuple[OpenSection, ...]
    """Unanswered questions that could change the plan, except sensitive ones."""
    come_back: ComeBack | None
    help_kinds: tuple[str, ...]
    """The kinds of help of the notices, in order."""
    help: HelpInReport | None
    """Help lines, if the report was given any."""

    @property
    def researched(self) -> tuple[tuple[str | None, ToDo], ...]:
        """The actions with research, in the order of reading, each with its step's title. Today's action is first,
        with None.

        Text, Markdown and paper list them at the end. Actions of light steps and of short reports are left out.
        """
        offered: list[tuple[str | None, ToDo]] = [(None, self.today.action)] if self.today else []
        offered += [(step.title, action) for step in self.steps if step.emphasis != "light" for action in step.actions]
        return () if self.short else tuple((title, action) for title, action in offered if action.evidence is not None)

    @property
    def this_week(self) -> tuple[StepInReport, ...]:
        """The steps of this week: the first, and at most two more."""
        return tuple(step for step in self.steps if step.place == "this_week")

    @property
    def later(self) -> tuple[StepInReport, ...]:
        """The other free steps."""
        return tuple(step for step in self.steps if step.place == "later")

    @property
    def not_now(self) -> tuple[StepInReport, ...]:
        """The held steps, in the order of their numbers."""
        return tuple(sorted((step for step in self.steps if step.place == "not_now"), key=lambda step: step.number))

    @property
    def names_held(self) -> bool:
        """False if held steps have no titles. Then one line says that some steps are set aside."""
        return all(step.title is not None for step in self.not_now)

    @property
    def leading_notices(self) -> tuple[NoticeInReport, ...]:
        """The open notices before everything else: those with help lines; in a short report all of them."""
        return tuple(notice for notice in self.notices if notice.open and (self.short or notice.leads_to_help))

    @property
    def further_notices(self) -> tuple[NoticeInReport, ...]:
        """The other open notices, below the heading."""
        return tuple(notice for notice in self.notices if notice.open and notice not in self.leading_notices)

    @property
    def shown_steps(self) -> frozenset[str]:
        """The free steps with more than a row of the path: this week's, and later ones that have further texts."""
        return frozenset(step.id for step in (*self.this_week, *(later for later in self.later if later.has_more)))

    @property
    def introduction(self) -> str:
        """The paragraph below the heading: wish, situation and opening."""
        return " ".join(text for text in (self.wish, *self.situation, self.opening) if text)


def build_report(
    assessment: Assessment,
    check_in: Assessment | None = None,
    help_lines: HelpLines | None = None,
    preferences: ActionPreferences = NO_PREFERENCES,
    *,
    up_to_steps: bool = False,
) -> Report:
    """Build the report of a full sitting.

    Args:
        assessment: the full sitting.
        check_in: a later check-in; what its gates say and find is added to the plan.
        help_lines: the lines of a country, from :func:`engine.report.help_lines.report_lines`; each is shown once.
        preferences: actions that the person declined, or began in an earlier plan.
        up_to_steps: True leaves out what follows the steps, and the lines of the path; the weeks need neither.

    Raises:
        ValueError: the sitting is a check-in, which has no plan.
        HeartworkError: the second sitting is not a check-in of the first.
    """
    plan = effective_plan(assessment, check_in)
    if plan is None:
        message = "a check-in has no plan of its own"
        raise ValueError(message)
    return _report_of_plan(assessment, plan, check_in, help_lines, preferences, up_to_steps=up_to_steps)


def _report_of_plan(
    assessment: Assessment,
    plan: Plan,
    check_in: Assessment | None,
    help_lines: HelpLines | None,
    preferences: ActionPreferences,
    *,
    up_to_steps: bool,
) -> Report:
    words, help_section = Wording(assessment, check_in), HelpSectionBuilder(help_lines)
    kind, short = words.kind(plan.kind.id), is_short(words.pack, plan)
    raised = raised_notices(words.pack, plan)
    notices = tuple(report_notices(raised, kind, words, help_section))
    repetition = RepetitionFilter(words, plan)
    repetition.note(*(text for notice in raised for text in (notice.title, notice.text)), kind.title, kind.text)
    step_reporter = StepReporter(words, plan, repetition, short, preferences, with_lines=not up_to_steps)
    if today := step_reporter.today:
        repetition.suit(today.step, today.action.id)  # before the remarks, which are about the same subject
    holds_steps = any(step.held for step in plan.steps)
    most_sentences = 1 if short else MOST_SENTENCES - any(notice.open for notice in notices)
    ends_at_steps = short or up_to_steps
    # From here on in the order of reading, so that no text is repeated.
    return Report(
        title=words.say(assessment.pack.content.title),
        questionnaire=words.say(assessment.form.questionnaire.title),
        taken_on=assessment.provenance.as_of,
        content_digest=assessment.provenance.content_digest,
        short=short,
        notices=notices,
        kind=_kind_in_report(words, kind),
        heading=repetition.remark("heading") or words.say(kind.title),
        wish=None if short and kind.allowlist_only else repetition.remark("wish"),
        situation=repetition.remarks("situation", most_sentences),
        opening=repetition.remark("opening"),
        leave_alone=repetition.remark("leave_alone"),
        today=today,
        held_heading=repetition.remark("held_heading") if holds_steps else None,
        not_now_because=repetition.remark("not_now") if holds_steps else None,
        steps=(steps := tuple(step_reporter.steps())),
        path=_path(steps),
        contingencies=() if ends_at_steps else tuple(contingencies(words, plan)),
        strength=None if ends_at_steps else repetition.remark("strength"),
        tension=None if ends_at_steps else repetition.remark("tension"),
        scales=() if ends_at_steps else tuple(report_scales(words, assessment, repetition)),
        left_open=() if ends_at_steps else tuple(_left_open(words, assessment)),
        come_back=_come_back(assessment, check_in or assessment, repetition),
        help_kinds=tuple(dict.fromkeys(help_kind for notice in raised for help_kind in notice.help)),
        help=help_section.section(),
    )


def before_file(assessment: Assessment, check_in: Assessment | None = None) -> str | None:
    """The question to confirm before the report of a full sitting becomes a file; None if there is none.

    It equals ``kind.before_file`` of the report, for callers that need it before they build one.

    Raises:
        HeartworkError: the second sitting is not a check-in of the first.
    """
    plan, words = effective_plan(assessment, check_in), Wording(assessment, check_in)
    return None if plan is None else _kind_in_report(words, words.kind(plan.kind.id)).before_file


def _kind_in_report(words: Wording, kind: Kind) -> KindInReport:
    text, before = words.say_optional(kind.text), words.say_optional(kind.before_file)
    return KindInReport(kind.id, words.say(kind.title), text, before)


def _path(steps: Sequence[StepInReport]) -> tuple[PathStep, ...]:
    named_steps = [(step, step.title) for step in steps if step.title is not None]
    return tuple(
        PathStep(step.id, step.number, title, step.emphasis, step.place, step.line) for step, title in named_steps
    )


def _come_back(assessment: Assessment, latest: Assessment, repetition: RepetitionFilter) -> ComeBack | None:
    look_again = assessment.pack.content.look_again
    if look_again is None:
        return None
    on = assessment.provenance.as_of + timedelta(days=look_again.days)
    check_in_on = latest.provenance.as_of + timedelta(days=look_again.check_in_days)
    offered = check_in_on < on and any(not form.has_plan for form in assessment.pack.forms.values())
    return ComeBack(on, check_in_on if offered else None, repetition.remark("come_back"))


def _left_open(words: Wording, assessment: Assessment) -> Iterator[OpenSection]:
    """By section, the unanswered visible questions that a rule or scale reads."""
    pack = words.pack
    effective_items = pack.read_by_conditions.union(
        *(scale.items for scale in pack.scales.values() if pack.score_display(scale))
    )
    listed_items = effective_items & set(assessment.responses.visible) - pack.sensitive
    for section in assessment.form.questionnaire.sections:
        items = [pack.items[name] for name in section.item_ids if name in listed_items]
        unanswered = tuple(
            OpenQuestion(item.id, words.say(item.text)) for item in items if words.answers.get(item.id) is None
        )
        if unanswered:
            yield OpenSection(words.say(section.title), unanswered, whole=len(unanswered) == len(items))
