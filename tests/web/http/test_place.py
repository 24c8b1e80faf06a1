"""Where people are, as far as the operator says: whose help lines come first, and when it becomes tomorrow."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Self

import pytest

from tests.clients.site import Site, example, secret_of
from web import clock
from web.app import create_app
from web.app_state import load_content
from web.http.state import STATE_KEY
from web.settings import Settings, SettingsError

ANSWERS = example("first-weeks")
SELECTED = re.compile(r'<option value="(\w{2})" selected>')


@pytest.fixture
def house_with(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """A site whose operator has said something."""
    houses: list[Site] = []

    def make(**options: Any) -> Site:
        houses.append(Site(tmp_path / "kept", options=options))
        return houses[-1]

    yield make
    for site in houses:
        site.storage.close()


def with_plan(site: Site) -> Any:
    person = site.person()
    person.start()
    person.walk(ANSWERS)
    person.finish()
    return person


@pytest.mark.parametrize("path", ["/help", "/young"])
def test_lines_of_the_country_that_the_operator_named(house_with: Callable[..., Site], path: str) -> None:
    """Pages of help show its lines, with the country selected and a word that it can be changed."""
    client = house_with(default_country="ie").app.test_client()
    page = client.get(path).text
    assert SELECTED.findall(page) == ["ie"]
    assert "You haven’t chosen a country yet" in page
    assert 'href="tel:116123"' in page


def test_a_choice_holds(house_with: Callable[..., Site]) -> None:
    """Whoever chooses a country, or none, sees that; only who chose nothing sees the operator's."""
    client = house_with(default_country="ie").app.test_client()
    for query, chosen in (
        ("?country=uk", ["uk"]),
        ("?country=", []),
        ("?country=atlantis", []),
        ("?for=women", ["ie"]),
    ):
        page = client.get(f"/help{query}").text
        assert SELECTED.findall(page) == chosen, query
        assert ("You haven’t chosen a country yet" in page) is (query == "?for=women")


def test_nobodys_country_is_guessed(house_with: Callable[..., Site]) -> None:
    """Without a word of the operator no country is selected, whatever a browser says of its language."""
    client = house_with().app.test_client()
    page = client.get("/help", headers={"Accept-Language": "en-IE"}).text
    assert SELECTED.findall(page) == []
    assert "You haven’t chosen a country yet" not in page


def test_the_country_in_a_plan(house_with: Callable[..., Site]) -> None:
    """A plan and its paper have the operator's lines until the person chooses; choosing none is a choice as well."""
    site = house_with(default_country="ie")
    person = with_plan(site)
    assert "Help and support: Ireland" in person.page.text
    assert "You haven’t chosen a country yet" in person.page.text
    form = person.page.form("/country")
    person.send(form, {**form.initial_fields, "country": [""]})
    assert "Ireland" not in person.page.main.find("section", class_="help")[0].find("h2")[0].text
    assert SELECTED.findall(person.page.html) == []
    assert "You haven’t chosen a country yet" not in person.page.text
    form = person.page.form("/country")
    person.send(form, {**form.initial_fields, "country": ["uk"]})
    assert "Help and support: United Kingdom" in person.page.text
    journey = site.journey(secret_of(person))
    assert journey is not None
    assert journey.settings["country"] == "uk"


def test_a_country_that_the_content_has_not(tmp_path: Path) -> None:
    """It is said with those it has, before anything starts."""
    with pytest.raises(SettingsError) as caught:
        load_content(Settings(data_dir=tmp_path, default_country="atlantis"))
    assert ": ar, au, " in str(caught.value)


class Midnight(datetime):
    """The moment at which it is still the 25th in New York, and the 26th in London and Auckland."""

    @classmethod
    def now(cls, tz: Any = None) -> Self:
        return cls(2026, 11, 26, 0, 30, tzinfo=UTC).astimezone(tz)


@pytest.mark.parametrize(
    ("zone", "day"),
    [("America/New_York", 25), ("Europe/London", 26), ("UTC", 26), ("Pacific/Auckland", 26)],
)
def test_today(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zone: str, day: int) -> None:
    """The day is that of the time zone; the instant is the same everywhere, in UTC."""
    monkeypatch.setattr(clock, "datetime", Midnight)
    app = create_app(Settings(data_dir=tmp_path, timezone=zone))
    state = app.extensions[STATE_KEY]
    try:
        assert state.today() == date(2026, 11, day)
        assert state.clock.now() == datetime(2026, 11, 26, 0, 30, tzinfo=UTC)
    finally:
        state.storage.close()


def test_today_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a time zone the day is that of the machine."""
    monkeypatch.setattr(clock, "datetime", Midnight)
    assert clock.today() == Midnight.now(UTC).astimezone().date()
