"""What can be taken along: paper, a calendar, and what is asked before."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pikepdf
import pytest
from icalendar import Calendar

from tests.clients.site import Site, example
from tests.web.views.test_history import take_check_in
from tests.web.views.test_plan import with_plan


def response_to(site: Site, name: str, path: str) -> Any:
    """What a person with these answers gets."""
    return with_plan(site, example(name)).client.get(path)


def test_the_plan_as_a_tagged_pdf(site: Site) -> None:
    """The plan is a tagged PDF with a neutral name that nothing keeps on the way."""
    reply = response_to(site, "first-weeks", "/plan/1/plan.pdf?paper=letter")
    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/pdf")
    assert reply.headers["Content-Disposition"] == 'attachment; filename="plan.pdf"'
    assert reply.headers["Cache-Control"] == "no-store"
    with pikepdf.open(BytesIO(reply.response.get_data())) as file:
        assert bool(file.Root.MarkInfo.Marked)
        assert [float(side) for side in file.pages[0].mediabox[2:]] == [612, 792]
        assert len(file.pages) <= 5


@pytest.mark.parametrize(("sure", "status"), [("", 303), ("&sure=no", 303), ("&sure=yes", 200)])
def test_safety_first_is_asked_before_a_file(site: Site, sure: str, status: int) -> None:
    """In safety first a file is made only after it was said that it may be."""
    reply = response_to(site, "afraid", f"/plan/1/plan.pdf?paper=a4{sure}")
    assert reply.status == status
    if status == 303:
        assert reply.headers["Location"].endswith("/plan/1/file?sure=no")


@pytest.mark.parametrize("name", ["plan/1/answers.json", "everything.json"])
@pytest.mark.parametrize("who", ["afraid", "first-weeks"])
def test_answers_are_asked_about_too(site: Site, who: str, name: str) -> None:
    """Whatever the plan is, answers become a file only after it was said that they may; the page says what is in it."""
    person = with_plan(site, example(who))
    reply = person.client.get(f"/{name}")
    assert (reply.status, reply.headers["Location"].rpartition("/plan")[2]) == (303, "/1/file?sure=answers")
    page = person.get("/plan/1/file?sure=answers")
    assert "including the ones about feeling safe" in page.main.text
    assert page.main.text.count("stays in Downloads") == 1
    assert not page.main.find("a", href=f"/{name}")
    assert person.client.get(f"/{name}?sure=yes").status == 200


def test_answers_of_a_short_look_are_asked_about(site: Site) -> None:
    """The answers of a short look are asked about at the plan that it belongs to."""
    person = with_plan(site, example("first-weeks"))
    take_check_in(person)
    reply = person.client.get("/plan/2/answers.json")
    assert reply.headers["Location"].endswith("/plan/1/file?sure=answers")


def test_the_week_in_a_calendar(site: Site) -> None:
    """The calendar holds whole days with neutral titles, and none of them rings."""
    reply = response_to(site, "first-weeks", "/plan/1/week.ics")
    assert reply.status == 200
    events = Calendar.from_ical(reply.response.get_data()).walk("VEVENT")
    assert len(events) >= 3
    assert all(len(str(event["SUMMARY"])) < 30 and not event.walk("VALARM") for event in events)


def test_safety_first_has_no_calendar(site: Site) -> None:
    """In safety first there is no calendar, and the page with files does not offer one."""
    person = with_plan(site, example("afraid"))
    assert person.client.get("/plan/1/week.ics").status == 404
    page = person.get("/plan/1/file")
    assert not page.main.find("a", href="/plan/1/week.ics")
    assert page.main.find("input", name="sure")


def test_other_kinds_of_help_only_if_asked_for(site: Site) -> None:
    """Revealing kinds of help can be chosen one by one, and none is chosen by default."""
    page = with_plan(site, example("first-weeks")).get("/plan/1/file")
    boxes = page.main.find("input", name="with")
    assert {"domestic_abuse", "own_behaviour"} <= {box.attributes["value"] for box in boxes}
    assert not [box for box in boxes if "checked" in box.attributes]


def test_nobody_else_takes_files(site: Site) -> None:
    """Without a journey, or with the number of none, there is no file."""
    assert with_plan(site, example("first-weeks")).client.get("/plan/7/plan.pdf").status == 404
    assert site.person().client.get("/plan/1/plan.pdf").status in {303, 401, 403, 404}
