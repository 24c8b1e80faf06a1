"""Keeping a plan, the pages after a gate answer, and the help page: what they show, and to whom."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest

from tests.clients.person import Person
from tests.clients.site import Site, example
from tests.web.views.test_plan import with_plan

AFRAID = {**example("first-weeks"), "afraid": "often"}
DARK = {**example("first-weeks"), "self_harm_thoughts": "ending_earlier"}


def at_notice(site: Site, answers: dict[str, object]) -> Person:
    person = site.person()
    person.start()
    person.walk(answers, lambda person: person.page_name.startswith("next-"))
    return person


def test_words_come_before_the_link(site: Site) -> None:
    """The words, then the link, then other ways; the device comes last, and nothing is chosen for it."""
    page = with_plan(site, example("first-weeks")).get("/link")
    headings = [node.text for node in page.main.find("h2")]
    assert headings[:2] == ["Twelve words", "Your link"]
    order = [page.html.index(part) for part in ('id="words"', 'id="address"', "mailto:", "/link/qr.svg", 'name="keep"')]
    assert order == sorted(order)
    assert page.form("/keep").initial_fields["keep"] == ["no"]


def test_mail_is_written_by_the_person(site: Site) -> None:
    """The address of the mail has no recipient; its subject says nothing, its body is the link and nothing else."""
    page = with_plan(site, example("first-weeks")).get("/link")
    address = page.main.find("p", id="address")[0].text
    (mail,) = (link for link in page.links if link.startswith("mailto:"))
    match = re.fullmatch(r"mailto:\?subject=([^&]*)&body=([^&]*)", mail)
    assert match is not None
    assert unquote(match[2]) == address
    assert not {"plan", "heartwork", "breakup"} & set(unquote(match[1]).lower().split())


def test_what_only_a_script_can_do_is_hidden(site: Site) -> None:
    """Copying, sharing and printing show only with a script; the title that is shared is neutral."""
    page = with_plan(site, example("first-weeks")).get("/link")
    for node in page.main.find("button", type="button"):
        assert "hidden" in node.attributes or "data-copy" in node.attributes
    (script_only,) = (node for node in page.main.find("div") if "data-script" in node.attributes)
    assert "hidden" in script_only.attributes
    (share,) = (node for node in page.main.find("button") if "data-share" in node.attributes)
    assert share.attributes["data-title"] == "A page I want to keep"


def is_discreet(person: Person, path: str) -> bool:
    """Whether a page has the words, the link as text and a way to delete, and nothing that leaves a trace."""
    page = person.get(path)
    assert page.main.find("ol", id="words")
    assert page.main.find("p", id="address")
    traces = [link for link in page.links if link.startswith("mailto:") or "/link/new" in link]
    traces += [node.attributes["src"] for node in page.main.find("img")]
    traces += [node.text for node in page.main.find("button")]
    assert bool(traces) is not bool(list(page.main.find("a", href="/delete")))
    return not traces


def test_safety_first_keeps_words_link_and_delete(site: Site) -> None:
    """Such a plan, and a draft that leads to one, offer nothing that could be found on the device."""
    assert is_discreet(with_plan(site, example("afraid")), "/link")
    assert not is_discreet(with_plan(site, example("first-weeks")), "/link")
    assert is_discreet(at_notice(site, AFRAID), "/quiz/1/later")
    assert not is_discreet(at_notice(site, DARK), "/quiz/1/later")


def test_a_crisis_has_lines_and_two_equal_ways_on(site: Site) -> None:
    """Rows to press, a choice of country, and then back or later, as buttons of one weight; nothing to delete."""
    person = at_notice(site, DARK)
    assert person.page.heading == "You don’t have to carry this alone"
    buttons = [node for node in person.page.main.walk() if "button" in node.attributes.get("class", "").split()]
    in_form = [node for node in buttons if node.text != "Show"]
    assert [node.text for node in in_form] == ["Back to where you were", "Finish later"]
    assert {node.attributes["class"] for node in in_form} == {"button second"}
    assert not person.page.main.find("a", href="/delete")
    page = person.get(f"{person.path}?country=ie")
    assert "tel:116123" in page.links
    assert "tel:112" in page.links
    page = person.get(person.path.split("?")[0])
    assert "tel:112" in page.links  # without a country


def test_what_is_asked_after_fear_is_no_accusation(site: Site) -> None:
    """The page after such an answer has a neutral title, several equal ways, and no number."""
    person = at_notice(site, AFRAID)
    assert person.page.title == "Before you go on – Your plan"
    assert not [link for link in person.page.links if link.startswith(("tel:", "sms:"))]
    weights = {
        node.attributes["class"] for node in person.page.main.find("a") if "button" in node.attributes.get("class", "")
    }
    assert weights == {"button second"}


@pytest.mark.parametrize(
    ("back", "shown"),
    [
        ("/quiz/1/next-5", True),
        ("/plan/1", True),
        ("", False),
        ("https://example.org/", False),
        ("//example.org/plan/1", False),
        ("/open/AAECAwQFBgcICQoLDA0ODw", False),
        ("javascript:alert(1)", False),
        ("/plan/1?x=1", False),
    ],
)
def test_help_leads_back_to_own_pages_only(site: Site, back: str, shown: bool) -> None:
    """Whatever stands in the address, the button leads to a page of this site or is not there."""
    page = site.person().get(f"/help?country=uk&back={back}")
    buttons = [node.attributes["href"] for node in page.main.find("a") if node.text == "Back to where you were"]
    assert buttons == ([back] if shown else [])


def test_without_a_country_112(site: Site) -> None:
    """Where no country is known, the number that works in many stands first; with one it is that country's."""
    page = site.person().get("/help")
    assert next(link for link in page.links if link.startswith("tel:")) == "tel:112"
    assert next(link for link in site.person().get("/help?country=uk").links if link.startswith("tel:")) == "tel:999"


def test_titles_differ(site: Site) -> None:
    """Pages can be distinguished in a list of tabs, by words that say nothing."""
    person = with_plan(site, example("afraid"))
    paths = ("/link", "/link/new", "/plans", "/plan/1/file", "/delete", "/help", "/privacy", "/accessibility", "/lost")
    titles = [person.get(path).title for path in paths]
    assert len(set(titles)) == len(paths)
    assert not {"safe", "safety", "crisis", "afraid", "breakup"} & {
        word.strip("–").lower() for title in titles for word in title.split()
    }
