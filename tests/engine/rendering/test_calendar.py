"""Calendar entries: a person's own week, neutral, silent, the same each time, and none where a plan is better hidden."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
import vobject
from click.testing import CliRunner

from engine.assessment.pipeline import Assessment, assess
from engine.assessment.plan import is_short
from engine.cli.report import report as report_command
from engine.content.pack import Pack
from engine.errors import ContentError
from engine.loading.library import load_library
from engine.rendering.calendar import DAYS, CalendarEntry, calendar_entries, calendar_file
from engine.rendering.render import headings
from engine.report.plan import build_report
from engine.simulation.population_checks import population_path, read_population
from engine.simulation.sampling import sample_person
from tests.breakup.expected_gates import CALM, CONTACT, DAY
from tests.factories.small_pack import Folder
from tests.paths import EXAMPLES

PERSONS: Final = 150


@pytest.fixture(scope="module")
def breakup() -> Pack:
    return load_library().packs["breakup"]


@pytest.fixture(scope="module")
def persons(breakup: Pack) -> list[Assessment]:
    population, _ = read_population(population_path("breakup"), load_library())
    answer_sets = (sample_person(population, 8, number) for number in range(PERSONS))
    return [assess(breakup, "breakup", answers, DAY, complete=False, plain=True) for answers in answer_sets]


def somebody(pack: Pack, day: date = DAY, **answers: Any) -> Assessment:
    return assess(pack, "breakup", {**CALM, **answers}, day, complete=False, plain=True)


def events(content: bytes) -> list[Any]:
    """What another program reads in the file."""
    file = vobject.readOne(content.decode())
    assert file.name == "VCALENDAR"
    file.validate(raiseException=True)
    return list(file.vevent_list)


def has_calendar(assessment: Assessment) -> bool:
    """True if the plan has weeks: not if it is about safety or short."""
    assert assessment.plan is not None
    return assessment.plan.kind.id != "safety_first" and not is_short(assessment.pack, assessment.plan)


def test_another_program_reads_the_same(persons: list[Assessment]) -> None:
    """All-day, one day each, no alarm, nothing but a neutral title."""
    seen = 0
    for assessment in persons:
        content = calendar_file(assessment)
        assert (content is not None) == has_calendar(assessment)
        if content is None:
            assert calendar_entries(assessment) == ()
            continue
        seen += 1
        events_read = events(content)
        assert [
            CalendarEntry(event.uid.value, event.dtstart.value, event.summary.value) for event in events_read
        ] == list(calendar_entries(assessment))
        for event in events_read:
            assert type(event.dtstart.value) is date
            assert event.dtend.value - event.dtstart.value == timedelta(days=1)
            assert event.dtstamp.value == datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC)
            assert {child.name for child in event.getChildren()} == {
                "UID",
                "DTSTAMP",
                "DTSTART",
                "DTEND",
                "SUMMARY",
                "CLASS",
                "TRANSP",
            }
            assert "contents" in vars(event)
            assert not hasattr(event, "valarm")
    assert seen > PERSONS / 4


def test_one_thing_a_day_and_the_days_to_look_again(persons: list[Assessment]) -> None:
    """A week from the day of the sitting, then the days that the report names."""
    for assessment in persons:
        days = [entry.on for entry in calendar_entries(assessment)]
        come_back = build_report(assessment).come_back
        if not days:
            continue
        assert come_back is not None
        final_days = [day for day in (come_back.check_in_on, come_back.on) if day]
        assert days[-len(final_days) :] == final_days
        week_days = days[: -len(final_days)]
        assert week_days == [DAY + timedelta(days=number) for number in range(len(week_days))]
        assert len(week_days) <= DAYS


def test_titles_are_the_contents_own(breakup: Pack, persons: list[Assessment]) -> None:
    """Every title is one that the content declares for calendars; the commonest word is not the other one's name."""
    titles = breakup.content.calendar
    assert titles is not None
    declared = {action.calendar for step in breakup.steps for action in step.actions if action.calendar}
    declared |= {titles.action, titles.look_again}
    assert {entry.title for person in persons for entry in calendar_entries(person)} <= declared
    assert all(len(title) <= 20 for title in declared)
    assert not any(
        word in title.lower().split() for title in declared for word in ("contact", "ex", "breakup", "space")
    )


def test_no_step_that_takes_two(breakup: Pack) -> None:
    """Where such steps come first, nothing of them is in the calendar: their actions have no title there either."""
    assessment = somebody(breakup, in_touch="wants_to_talk", wish="try_again")
    report = build_report(assessment)
    assert CONTACT & {step.id for step in report.this_week}
    own_actions = [
        action for step in report.this_week if step.id not in CONTACT | {"apologise"} for action in step.actions
    ]
    today_counts = report.today is not None and report.today.step not in CONTACT | {"apologise"}
    assert len(calendar_entries(assessment)) <= len(own_actions) + today_counts + 2
    for step in breakup.steps:
        if step.id in CONTACT | {"apologise"}:
            assert not [action.id for action in step.actions if action.calendar and step.id != "memories"], step.id


def test_uids_are_the_same_each_time(breakup: Pack) -> None:
    """They follow from content and day, so that a second copy takes the place of the first; each entry has its own."""
    named_entries = calendar_entries(somebody(breakup, partner_name="Sam"))
    assert named_entries == calendar_entries(somebody(breakup, partner_name="Kim"))
    assert calendar_file(somebody(breakup)) == calendar_file(somebody(breakup))
    assert len({entry.uid for entry in named_entries}) == len(named_entries)
    later_entries = calendar_entries(somebody(breakup, DAY + timedelta(days=60)))
    assert not {entry.uid for entry in named_entries} & {entry.uid for entry in later_entries}


def test_a_check_in_begins_another_week(breakup: Pack) -> None:
    """Days count from the check-in; one that tells of danger leaves no calendar."""
    day = DAY + timedelta(days=7)
    full = somebody(breakup)
    calm = assess(
        breakup,
        "check-in",
        {"since_last_time": ["nothing"], "self_harm_thoughts": "no"},
        day,
        complete=False,
        plain=True,
    )
    week = calendar_entries(full, calm)
    assert week[0].on == day
    afraid = assess(breakup, "check-in", {"since_last_time": ["frightened"]}, day, complete=False, plain=True)
    assert calendar_entries(full, afraid) == ()
    assert calendar_file(full, afraid) is None


def test_a_pack_without_titles_has_none(breakup: Pack) -> None:
    """What the content does not declare is not made up."""
    content = breakup.content.model_copy(update={"calendar": None})
    assert (
        calendar_entries(assess(replace(breakup, content=content), "breakup", CALM, DAY, complete=False, plain=True))
        == ()
    )


@pytest.mark.parametrize("title", ["For {them}", "Two\\nlines", "x" * 41, " "])
def test_titles_speak_of_nobody(folder: Folder, title: str) -> None:
    """A title is short, on one line, and without placeholders."""
    folder.small()
    path = folder.path / "rules" / "small" / "steps.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(f'{text}\ncalendar: {{action: "{title}", look_again: Plan}}\n', encoding="utf-8")
    with pytest.raises(ContentError, match="HW206"):
        folder.pack("small")


def test_the_command(tmp_path: Path) -> None:
    """It writes the file or shows it, warns of shared calendars, and refuses where a plan has none."""
    target = tmp_path / "plan.ics"
    answers = str(EXAMPLES / "first-weeks.yaml")
    result = CliRunner().invoke(report_command, [answers, "--format", "ics", "-o", str(target)])
    assert (result.exit_code, result.stdout, result.stderr.strip()) == (0, "", headings()["shared_calendar"])
    assert events(target.read_bytes())
    refused = CliRunner().invoke(report_command, [str(EXAMPLES / "afraid.yaml"), "--format", "ics"])
    assert refused.exit_code == 1
    assert "HW615" in refused.stderr
