"""Old plans stay while the content is edited under them: items added, removed, reworded, counted otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from tests.clients.person import Person
from tests.clients.site import ByClient, House
from tests.factories.content_versions import SECOND, THIRD, edited
from tests.web.views.test_history import ANSWERS, LATER, LOOK, again, back, begin, look, taken

AGAIN: Final = {**LATER, "daylight": True}


@pytest.fixture(scope="module")
def contents(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The second and the third version of the content."""
    folder = tmp_path_factory.mktemp("contents")
    return edited(folder / "second", SECOND), edited(folder / "third", THIRD)


def moved(house: House, content: Path) -> House:
    """The same site after its operator has put other content in."""
    house.storage.close()
    return House(house.folder, house.clock, {"content": content})


def test_three_versions(house: House, contents: tuple[Path, Path]) -> None:
    """Every old plan is byte for byte what it was, every link lives, and what cannot be compared says why."""
    person, secret = taken(house)
    first = person.get("/plan/1").main.text, download(person, 1)
    house = moved(house, contents[0])
    person = back(house, secret, weeks=5)
    assert (person.page.main.text, download(person, 1)) == first
    again(person, AGAIN)
    assert person.path == "/plan/2"
    second = person.page.main.text, download(person, 2)
    page = person.get("/quiz/2/check")
    assert "Last time: Sam" in page.text
    slept = next(one for one in page.main.find("div") if one.find("dt") and "I slept as I need it" in one.text)
    assert "Last time" not in slept.text
    house = moved(house, contents[1])
    person = back(house, secret, weeks=5)
    assert (person.page.main.text, download(person, 2)) == second
    again(person, AGAIN)
    assert person.path == "/plan/3"
    plain = [person.get(f"/plan/{number}").main.text for number in (1, 2, 3)]
    assert (plain[0], plain[1]) == (first[0], second[0])
    told = {path: person.get(path).main.text for path in ("/compare/1/2", "/compare/2/3", "/compare/1/3", "/timeline")}
    assert "Own life: it asked other questions then" in told["/compare/1/2"]
    assert "rules have changed since then" in told["/compare/1/2"]
    assert "steadier by more than usual wobble" in told["/compare/1/2"]
    assert "Steadiness: it was calculated differently then" in told["/compare/2/3"]
    assert "Space kept: its answers counted differently then" in told["/compare/2/3"]
    assert "Own life" in told["/compare/1/3"]
    assert "What is before 4 February 2027 cannot be compared" in told["/timeline"]
    assert "What is before 31 December 2026 cannot be compared" in told["/timeline"]
    house.storage.close()


def download(person: Person, number: int) -> str:
    """The file behind a plan."""
    assert isinstance(person.caller, ByClient)
    return person.caller.get(f"/plan/{number}/answers.json?sure=yes").response.get_data(as_text=True)


def test_a_short_look_under_old_content(house: House, contents: tuple[Path, Path]) -> None:
    """It asks what the plan it belongs to was made of, and still changes that plan."""
    _, secret = taken(house, ANSWERS)
    house = moved(house, contents[1])
    person = back(house, secret, weeks=1)
    look(person, {**LOOK, "since_last_time": ["frightened"]})
    assert person.path == "/plan/1"
    assert "is part of this plan" in person.page.text
    one, two = house.sitting(secret, 1), house.sitting(secret, 2)
    assert one.content == two.content
    house.storage.close()


def test_a_short_look_between_two_contents(house: House, contents: tuple[Path, Path]) -> None:
    """Begun before the content changed and finished after a new plan, it holds what it has to hold in the new plan."""
    _, secret = taken(house)
    person = back(house, secret, weeks=1)
    begin(person, "check-in")
    house = moved(house, contents[1])
    person = back(house, secret)
    again(person, AGAIN)
    person = back(house, secret, days=1)
    person.get("/quiz/2")
    person.walk({**LOOK, "since_last_time": ["frightened"]})
    person.finish()
    assert person.path == "/plan/3"
    assert "is part of this plan" in person.page.text
    house.storage.close()
