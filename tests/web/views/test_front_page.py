"""The pages before a journey: the first page, the example plan, the question about age, with one pack and another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from engine.errors import ContentError
from tests.clients.page import Page, read_page
from tests.clients.site import Site
from tests.factories.tutorial_pack import FRONT_PAGE, write_tutorial_pack
from tests.web.http.test_session import begin_journey
from web.app_state import load_content
from web.settings import Settings

TO_FILL_IN: Final = ("form", "input", "button", "select", "textarea")


def page_of(site: Site, path: str) -> Page:
    """A page as a person sees it who comes for the first time."""
    return read_page(site.app.test_client().get(path).text)


@pytest.fixture
def tea(tmp_path: Path) -> Iterator[Site]:
    """A site with the pack of the tutorial."""
    site = Site(tmp_path / "kept", options={"content": write_tutorial_pack(tmp_path / "tea")})
    yield site
    site.storage.close()


# The first page


def test_the_first_page_is_the_same_for_everyone(site: Site) -> None:
    """An open plan leaves no trace on it, unless the person chose to keep their place on this device."""
    visitor, stranger = site.app.test_client(), site.app.test_client()
    begin_journey(site, visitor)
    assert visitor.get("/").text == stranger.get("/").text
    form = read_page(visitor.get("/link").text).form("/keep")
    visitor.post("/keep", data={**form.initial_fields, "keep": "yes"})
    links = read_page(visitor.get("/").text).links
    assert {"/continue", "/plans"} <= set(links)
    assert "/continue" not in read_page(stranger.get("/").text).links


def test_the_first_page_sets_no_cookie(site: Site) -> None:
    """Its start is a link, so nothing has to be kept for a form."""
    response = site.app.test_client().get("/")
    assert "Set-Cookie" not in response.headers
    assert read_page(response.text).forms == []


def test_link_previews_are_neutral(site: Site) -> None:
    """A card in a chat shows the neutral name and the description, and loads no picture; the name is in the top bar."""
    page = page_of(site, "/")
    described = {
        node.attributes.get("property") or node.attributes.get("name"): node.attributes.get("content")
        for node in page.root.find("meta")
    }
    front_page = site.state.content.front_page.page
    assert page.title == described["og:title"] == front_page.neutral_name
    assert [node.text for node in page.root.find("p", class_="brand")] == [front_page.name]
    assert described["description"] == described["og:description"] == front_page.description
    assert not [name for name in described if name and "image" in name]
    (brand,) = page_of(site, "/start").root.find("p", class_="brand")
    assert brand.text == front_page.neutral_name


def test_who_runs_it(tmp_path: Path) -> None:
    """The operator's name stands on the first page, if there is one, beside the way to what they can see."""
    for name in ("Anna’s practice", None):
        site = Site(tmp_path / (name or "none"), options={"operator_name": name})
        page = page_of(site, "/")
        assert ("Anna’s practice" in page.text) == (name is not None)
        assert (page.links.count("/privacy") == 2) == (name is not None)
        site.storage.close()


def test_the_first_steps_are_those_of_the_example(site: Site) -> None:
    """The card shows the first rows of the path that /example shows, and says how many more there are."""
    report = site.state.content.front_page_view.report
    assert report is not None
    (path,) = page_of(site, "/").main.find("ol", class_="path")
    rows = path.find("li")
    assert len(rows) == 3
    for row, step in zip(rows, report.path, strict=False):
        assert row.has(class_=step.emphasis)
        assert step.title in row.text
        assert (step.line or "") in row.text
    assert "eight more" in page_of(site, "/").text


# Age


def test_age_is_asked_before_the_start(site: Site) -> None:
    """Both answers are buttons of one form; without an answer the question comes again, and a no leads to help."""
    client = site.app.test_client()
    form = read_page(client.get("/start").text).form("/start")
    assert form.buttons == [("adult", "yes"), ("adult", "no")]
    assert not form.has_plain_button
    leads = {"": "/start", "maybe": "/start", "no": "/young", "yes": "/quiz/1"}
    for answer, path in leads.items():
        response = client.post("/start", data={**form.initial_fields, "adult": answer})
        assert (response.status_code, response.headers["Location"]) == (303, path)


# The example


def test_the_example_is_a_plan_and_nothing_to_fill_in(site: Site) -> None:
    """It reads no cookie and sets none, for everyone; its label stands above it, and nothing can be ticked."""
    client = site.app.test_client()
    begin_journey(site, client)
    responses = [client.get("/example"), site.app.test_client().get("/example")]
    assert responses[0].text == responses[1].text
    for response in responses:
        assert "Set-Cookie" not in response.headers
        assert "Cookie" not in response.headers["Vary"]
    page = read_page(responses[0].text)
    assert [tag for tag in TO_FILL_IN if page.main.find(tag)] == []
    label = site.state.content.front_page.page.example
    assert label is not None
    assert [node.text for node in page.main.find("div", class_="example-bar")] == [label.label]
    assert len(page.root.find("h1")) == 1
    assert {"/start", "/"} <= set(page.links)


def test_the_example_changes_with_the_content(tea: Site, tmp_path: Path) -> None:
    """It is made by the code of plans: another text of a step is another text of the example, after a reload."""
    before = page_of(tea, "/example").text
    steps = tmp_path / "tea" / "rules" / "tea" / "steps.yaml"
    steps.write_text(steps.read_text().replace("Boil the water and wait beside it.", "Boil it, and look outside."))
    assert tea.state.reload()
    after = page_of(tea, "/example").text
    assert "Boil the water and wait beside it." in before
    assert "Boil it, and look outside." in after


# Another pack


def test_another_pack_has_its_own_first_page(tea: Site) -> None:
    """Name, texts and minutes are the pack's; without a question about age the start is a button, and no one is too young."""
    page = page_of(tea, "/")
    assert [node.text for node in page.root.find("p", class_="brand")] == ["Teatime"]
    assert page.heading == "When did you last stop for tea?"
    assert re.search(r"About \w+ minutes?\.", page.text)
    client = tea.app.test_client()
    form = read_page(client.get("/").text).form("/start")
    assert client.post("/start", data=form.initial_fields).headers["Location"] == "/quiz/1"
    assert tea.app.test_client().get("/young").status_code == 404
    assert "/young" not in page.links


def test_a_pack_without_a_front_page(tmp_path: Path) -> None:
    """Title and introduction of the questionnaire are the first page; there is no example to show."""
    folder = write_tutorial_pack(tmp_path / "tea")
    (folder / FRONT_PAGE).unlink()
    site = Site(tmp_path / "kept", options={"content": folder})
    page = page_of(site, "/")
    questionnaire = load_content(Settings(data_dir=tmp_path, content=folder)).library.forms["tea"][1].questionnaire
    assert page.heading == questionnaire.title
    assert questionnaire.intro is not None
    assert questionnaire.intro in page.text
    assert site.app.test_client().get("/example").status_code == 404
    assert "/example" not in page.links
    person = site.person()
    person.start()
    assert person.page_name == "you"
    site.storage.close()


def test_a_reload_takes_a_new_front_page(tea: Site, tmp_path: Path) -> None:
    """A changed front page is a change; one with a fault leaves everything as it was."""
    file, before = tmp_path / "tea" / FRONT_PAGE, page_of(tea, "/").heading
    text = file.read_text()
    file.write_text(text.replace("answers: anna", "answers: nobody"))
    with pytest.raises(ContentError):
        tea.state.reload()
    assert page_of(tea, "/").heading == before
    file.write_text(text.replace(before, "Tea?"))
    assert tea.state.reload()
    assert page_of(tea, "/").heading == "Tea?"
    assert not tea.state.reload()


def test_help_without_help_lines(tea: Site) -> None:
    """Where the content has no help lines the page says what holds everywhere, and has no country to choose."""
    page = page_of(tea, "/help")
    assert "112" in page.text
    assert not page.main.find("form")
