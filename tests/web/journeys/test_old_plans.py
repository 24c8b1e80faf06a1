"""Old plans stay while the content is edited under them: items added, removed, reworded, counted otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from tests.clients.person import Person
from tests.clients.site import FlaskTestClient, Site
from tests.factories.content_versions import SECOND_VERSION, THIRD_VERSION, edited_content
from tests.web.views.test_history import (
    ANSWERS,
    CHECK_IN_ANSWERS,
    LATER,
    begin_sitting,
    come_back,
    take_again,
    take_check_in,
    with_first_plan,
)

AGAIN: Final = {**LATER, "daylight": True}


@pytest.fixture(scope="module")
def contents(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The second and the third version of the content."""
    folder = tmp_path_factory.mktemp("contents")
    return edited_content(folder / "second", SECOND_VERSION), edited_content(folder / "third", THIRD_VERSION)


def with_content(site: Site, content: Path) -> Site:
    """The same site after its operator has put other content in."""
    site.storage.close()
    return Site(site.folder, site.clock, {"content": content})


def test_three_versions(site: Site, contents: tuple[Path, Path]) -> None:
    """Every old plan is byte for byte what it was, every link lives, and what cannot be compared says why."""
    person, secret = with_first_plan(site, {**ANSWERS, "hopes": "big", "hopes_about": ["place"]})
    first = person.get("/plan/1").main.text, download(person, 1)
    site = with_content(site, contents[0])
    person = come_back(site, secret, weeks=5)
    assert (person.page.main.text, download(person, 1)) == first
    take_again(person, AGAIN)
    assert person.path == "/plan/2"
    second = person.page.main.text, download(person, 2)
    page = person.get("/quiz/2/check")
    assert "Last time: Sam" in page.text
    sleep_row = next(row for row in page.main.find("a", class_="go") if "I slept as I need it" in row.text)
    assert "Last time" not in sleep_row.text
    site = with_content(site, contents[1])
    person = come_back(site, secret, weeks=5)
    assert (person.page.main.text, download(person, 2)) == second
    take_again(person, AGAIN)
    assert person.path == "/plan/3"
    plain = [person.get(f"/plan/{number}").main.text for number in (1, 2, 3)]
    assert (plain[0], plain[1]) == (first[0], second[0])
    pages = {path: person.get(path).main.text for path in ("/compare/1/2", "/compare/2/3", "/compare/1/3", "/timeline")}
    assert "Your own life: it asked other questions then" in pages["/compare/1/2"]
    assert "rules have changed since then" in pages["/compare/1/2"]
    assert "Clearly steadier" in pages["/compare/1/2"]
    assert "Steadiness: it was calculated differently then" in pages["/compare/2/3"]
    assert "Giving space: its answers counted differently then" in pages["/compare/2/3"]
    assert "Your own life" in pages["/compare/1/3"]
    assert "What is before 4 February 2027 cannot be compared" in pages["/timeline"]
    assert "What is before 31 December 2026 cannot be compared" in pages["/timeline"]
    site.storage.close()


def download(person: Person, number: int) -> str:
    """The file behind a plan."""
    assert isinstance(person.client, FlaskTestClient)
    return person.client.get(f"/plan/{number}/answers.json?sure=yes").response.get_data(as_text=True)


def test_a_short_look_under_old_content(site: Site, contents: tuple[Path, Path]) -> None:
    """It asks what the plan it belongs to was made of, and still changes that plan."""
    _, secret = with_first_plan(site, ANSWERS)
    site = with_content(site, contents[1])
    person = come_back(site, secret, weeks=1)
    take_check_in(person, {**CHECK_IN_ANSWERS, "since_last_time": ["frightened"]})
    assert person.path == "/plan/1"
    assert "is part of this plan" in person.page.text
    full, check_in = site.sitting(secret, 1), site.sitting(secret, 2)
    assert full.content_digest == check_in.content_digest
    site.storage.close()


def test_a_short_look_between_two_contents(site: Site, contents: tuple[Path, Path]) -> None:
    """Begun before the content changed and finished after a new plan, it holds what it has to hold in the new plan."""
    _, secret = with_first_plan(site)
    person = come_back(site, secret, weeks=1)
    begin_sitting(person, "check-in")
    site = with_content(site, contents[1])
    person = come_back(site, secret)
    take_again(person, AGAIN)
    person = come_back(site, secret, days=1)
    person.get("/quiz/2")
    person.walk({**CHECK_IN_ANSWERS, "since_last_time": ["frightened"]})
    person.finish()
    assert person.path == "/plan/3"
    assert "is part of this plan" in person.page.text
    site.storage.close()
