"""A database that commit ba1fecb wrote, before keys of the dialect were renamed: same plans, same comparisons, same files.

Today's content is the content of that commit under today's keys, so that later changes of the shipped content do not matter
here.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from engine.comparison.changes import compare
from engine.comparison.report import build_comparison_report
from engine.comparison.timeline import build_timeline_report
from engine.report.plan import build_report
from engine.report.weeks import build_weeks
from engine.what_if.report import MOST_WHAT_IFS, build_what_if_report
from engine.what_if.search import find_what_ifs
from tests.clients.person import Person
from tests.clients.site import FlaskTestClient, SettableClock, Site
from tests.factories.stored_before_renaming import (
    STORED,
    common_fields,
    expected,
    fields_of,
    todays_content,
    without_text,
)
from tests.web.views.test_history import CHECK_IN_ANSWERS, come_back, finish_again, take_again, take_check_in
from web.crypto.private_link import Secret
from web.journeys import action_notes
from web.journeys.history import History
from web.journeys.sitting import Sitting

LINKS: Final = ("ICEiIyQlJicoKSorLC0uLw", "MDEyMzQ1Njc4OTo7PD0-Pw")
"""Of the first journey and of the second one."""
every_journey = pytest.mark.parametrize("journey_index", range(len(LINKS)), ids=["first", "second"])
OF_A_PLAN: Final = ("alone", "as_shown", "check_in_is_in_it", "weeks", "what_ifs")
"""What ``expected.json`` has of each sitting with a plan."""
LAST_SEEN: Final = datetime(2026, 11, 20, 20, tzinfo=UTC)


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Today's content."""
    return todays_content(tmp_path_factory.mktemp("content"))


@pytest.fixture
def stored(content: Path, tmp_path: Path) -> Iterator[Site]:
    """A site of today with a copy of what is stored, on the day it was last used."""
    for name in ("heartwork.sqlite", "tombstones"):
        shutil.copyfile(STORED / name, tmp_path / name)
    site = Site(tmp_path, SettableClock(LAST_SEEN), {"content": content})
    yield site
    site.storage.close()


def history_of(site: Site, link: str) -> History:
    journey = site.journey(Secret.of_code(link))
    assert journey is not None
    return History(journey, site.state.content.content_versions)


def sitting_of(site: Site, link: str, number: int) -> Sitting:
    sitting = history_of(site, link).journey.sitting(number)
    assert sitting is not None
    return sitting


def download(person: Person, path: str) -> str:
    assert isinstance(person.client, FlaskTestClient)
    return person.client.get(path).response.get_data(as_text=True)


# What was stored


def plans_of(history: History, sitting: Sitting) -> dict[str, Any]:
    """A finished full sitting in all its reports, as ``expected.json`` has them."""
    assessment, shown = history.assess(sitting), history.shown_plan(sitting)
    assert shown is not None
    preferences = action_notes.action_preferences(history.journey.action_notes, sitting.number)
    what_ifs = find_what_ifs(assessment, shown.check_in, most=MOST_WHAT_IFS)
    return {
        "alone": fields_of(build_report(assessment)),
        "as_shown": fields_of(build_report(assessment, shown.check_in, None, preferences)),
        "check_in_is_in_it": shown.moved_by_check_in,
        "weeks": fields_of(build_weeks(assessment, shown.check_in, preferences)),
        "what_ifs": fields_of(build_what_if_report(what_ifs, assessment)),
    }


def assert_same(now: Any, then: Any) -> None:
    """Every field that a report had is as it was; held steps are no longer named where their plan names none."""
    fields = without_unnamed(now, without_text(then))
    assert common_fields(now, fields) == fields


def without_answers(then: Any) -> Any:
    """The fields of a comparison that is kept short without its answers: these are not shown any more if one asks."""
    kept = {**then["json"], "answers": [], "seen_differently": [], "hidden_causes": None}
    for name in ("moves", "small_shifts"):
        without_causes = {"causes": None, "more": 0, "time": False, "hidden": False, "note": None}
        kept[name] = [{key: without_causes.get(key, value) for key, value in move.items()} for move in kept[name]]
    return {**then, "json": kept}


def without_unnamed(now: Any, then: Any) -> Any:
    """The fields of a comparison without moves of held steps, if the later plan names none of these; all else as it is."""
    if not isinstance(now, dict) or not isinstance(then, dict):
        return then
    if isinstance(now.get("held"), dict) and not now["held"]["named"]:
        moves = {name: then[name] for name in ("moves", "small_shifts")}
        named = {
            name: [move for move in values if not move["after"] or move["after"]["emphasis"] != "not_now"]
            for name, values in moves.items()
        }
        return then | named
    return {name: without_unnamed(now.get(name), value) for name, value in then.items()}


@every_journey
def test_every_sitting(stored: Site, journey_index: int) -> None:
    """Every sitting keeps its digest and its answers, and gives the plan, weeks and what-ifs it gave."""
    history = history_of(stored, LINKS[journey_index])
    for expected_values in expected()["journeys"][journey_index]["sittings"]:
        sitting = history.journey.sitting(expected_values["number"])
        assert sitting is not None
        pack = history.content_versions.pack_of(sitting.content_digest)
        assert sitting.content_digest == pack.content_digest == expected_values["content"]
        assert json.loads(json.dumps(dict(sitting.answers))) == expected_values["answers"]
        if "alone" in expected_values:
            assert_same(plans_of(history, sitting), {name: expected_values[name] for name in OF_A_PLAN})


@every_journey
def test_every_comparison(stored: Site, journey_index: int) -> None:
    """Every two sittings compare as they did, and so do all in a row."""
    history = history_of(stored, LINKS[journey_index])
    for expected_values in expected()["journeys"][journey_index]["comparisons"]:
        pair = [sitting_of(stored, LINKS[journey_index], expected_values[name]) for name in ("before", "after")]
        before, after = (history.assess(sitting) for sitting in pair)
        shown = [history.shown_plan(sitting) for sitting in pair]
        plans = (shown[0].plan if shown[0] else None, shown[1].plan if shown[1] else None)
        comparison = compare(before, after)
        reports = {
            "alone": build_comparison_report(comparison, before, after),
            "everything": build_comparison_report(comparison, before, after, everything=True),
            "as_shown": build_comparison_report(comparison, before, after, plans=plans),
        }
        for name, report in reports.items():
            fields = expected_values[name]
            assert_same(fields_of(report), without_answers(fields) if reports["alone"].short else fields)
    timeline = build_timeline_report(history.scored_sittings())
    assert_same(fields_of(timeline), expected()["journeys"][journey_index]["timeline"])


def test_exports_are_what_they_were(stored: Site) -> None:
    """Both files that a person may take along are byte for byte those of that commit: content as stored, old digest."""
    person = come_back(stored, Secret.of_code(LINKS[0]))
    assert download(person, "/everything.json?sure=yes") == (STORED / "export.json").read_text(encoding="utf-8")
    assert download(person, "/plan/1/answers.json?sure=yes") == (STORED / "answers.json").read_text(encoding="utf-8")


def test_every_page(stored: Site) -> None:
    """The pages of old plans, of their comparisons and of the draft are shown."""
    person = come_back(stored, Secret.of_code(LINKS[0]))
    plans = ("/plans", "/plan/1", "/plan/3", "/plan/3/weeks", "/plan/3/what-if", "/compare/1/3", "/timeline")
    for path in (*plans, "/quiz/4/you_two"):
        person.get(path)


# Beside what is taken today


def test_a_new_sitting_beside_old_ones(stored: Site) -> None:
    """It is taken under today's content and compares with old ones as two under the same content do: with what moved it."""
    person = come_back(stored, Secret.of_code(LINKS[0]), weeks=3)
    person.send(person.get("/sitting/4/delete").form("/sitting/4/delete"))
    take_again(person, dict(sitting_of(stored, LINKS[0], 1).answers))
    assert person.path == "/plan/5"
    history = history_of(stored, LINKS[0])
    first, third, new = (sitting_of(stored, LINKS[0], number) for number in (1, 3, 5))
    assert new.content_digest == stored.state.content.library.packs["breakup"].content_digest != third.content_digest
    expected_values = expected()["journeys"][0]["sittings"][2]
    assert_same(plans_of(history, third), {name: expected_values[name] for name in OF_A_PLAN})
    before, after = history.assess(third), history.assess(new)
    comparison = compare(before, after)
    assert comparison.no_attribution is None
    assert any(move.causes for move in comparison.moves)
    under_old_content = history.assess(replace(new, content_digest=third.content_digest))
    assert comparison == compare(before, under_old_content)
    assert compare(history.assess(first), after).answers == ()
    text = person.get("/compare/3/5").main.text
    assert "rules have changed since then" not in text
    assert "because" in text.lower()
    assert "cannot be compared" not in person.get("/timeline").main.text


def test_a_check_in_to_an_old_plan(stored: Site) -> None:
    """A check-in that is taken today is taken under the content of the old plan, as stored, and becomes part of it."""
    secret = Secret.of_code(LINKS[0])
    person = come_back(stored, secret, weeks=3)
    take_check_in(person, {**CHECK_IN_ANSWERS, "since_last_time": ["told_to_stop"]})
    assert person.path == "/plan/3"
    assert "is part of this plan" in person.page.text
    old, check_in = (sitting_of(stored, LINKS[0], number) for number in (3, 5))
    assert check_in.content_digest == old.content_digest
    everything = json.loads(download(person, "/everything.json?sure=yes"))
    expected_values = json.loads((STORED / "export.json").read_text(encoding="utf-8"))
    assert everything["contents"] == expected_values["contents"]


def test_the_old_draft_goes_on(stored: Site) -> None:
    """A draft that was begun under the old content is finished under it."""
    person = come_back(stored, Secret.of_code(LINKS[0]), days=1)
    person.get("/quiz/4")
    person.walk({**sitting_of(stored, LINKS[0], 3).answers, "partner_name": "Robin"})
    finish_again(person)
    assert person.path == "/plan/4"
    assert sitting_of(stored, LINKS[0], 4).content_digest == sitting_of(stored, LINKS[0], 3).content_digest
