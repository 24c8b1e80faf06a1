"""From the plan back to the answers behind it: where each one can be changed, and what a change has moved."""

from __future__ import annotations

from collections.abc import Mapping

from engine.assessment.pipeline import Assessment, assess
from engine.comparison.changes import compare
from engine.comparison.report import ComparisonReport, build_comparison_report
from engine.report.plan import Report
from web.forms import page_of_item
from web.forms.progress import PLAN, Taking
from web.journeys.sitting import Version


def assessed(taking: Taking, version: Version) -> Assessment:
    """A version of a sitting, by the content it was taken under."""
    return assess(taking.pack, taking.sitting.questionnaire, version.answers, version.taken_on)


def to_change(taking: Taking, report: Report) -> Mapping[str, str]:
    """By item: where an answer can be changed that the report shows as a reason. Never a sensitive one."""
    reasons = (reason for step in report.steps for reason in step.reasons)
    items = {one.item for reason in reasons for one in reason.answers}
    return {item: _address(taking, item) for item in sorted(items & taking.form.asked - taking.pack.sensitive)}


def to_answer(taking: Taking, report: Report) -> Mapping[str, str]:
    """By item: where a question can be answered that was left open."""
    items = {one.item for section in report.left_open for one in section.questions}
    return {item: _address(taking, item) for item in sorted(items & taking.form.asked)}


def _address(taking: Taking, item: str) -> str:
    page = page_of_item(taking.form, item).name
    return f"/quiz/{taking.sitting.number}/{page}?back={PLAN}#q-{item}"


def moved(taking: Taking) -> ComparisonReport | None:
    """What the last change moved in a plan; None if it was never changed, or is being changed."""
    sitting = taking.sitting
    if sitting.finished is None or sitting.state != "finished" or not sitting.versions:
        return None
    before, after = assessed(taking, sitting.versions[-1]), assessed(taking, sitting.finished)
    return build_comparison_report(compare(before, after), before, after)
