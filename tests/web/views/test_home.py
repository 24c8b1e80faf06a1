"""The doors: what may be begun, opened and left, and what is never replaced unasked."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.clients.page import Form, read_page
from tests.clients.site import Site
from tests.web.http.test_session import begin_journey, is_open, secret_in
from web.app import register_views
from web.crypto.private_link import Secret
from web.journeys.sitting import mark_seen
from web.storage import UnavailableError
from web.views.request import safe_next_path


def post(client: FlaskClient, page: str, action: str, **fields: str) -> TestResponse:
    """Open a page and send its form."""
    return client.post(action, data={**form_of(client, page, action).initial_fields, **fields})


def form_of(client: FlaskClient, page: str, action: str) -> Form:
    return read_page(client.get(page).text).form(action)


def journey_count(site: Site) -> int:
    with site.storage.database.reading() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM journey").scalar_one())


# Beginning


def test_nothing_is_stored_before_the_start(site: Site) -> None:
    """Looking around, being too young, and forgetting to say so, leave no trace in the database."""
    client = site.app.test_client()
    for path in ("/", "/young", "/young?country=uk", "/have", "/help", "/privacy", "/lost"):
        assert client.get(path).status_code == 200
    assert post(client, "/start", "/start", adult="no").headers["Location"] == "/young"
    assert post(client, "/start", "/start").headers["Location"] == "/start"
    assert post(client, "/start", "/start", adult="maybe").headers["Location"] == "/start"
    assert client.get("/start").status_code == 200
    assert journey_count(site) == 0
    begin_journey(site, client)
    assert journey_count(site) == 1


def test_a_double_click_begins_once(site: Site) -> None:
    """The second press of the button leads to the same first page."""
    client = site.app.test_client()
    form = form_of(client, "/start", "/start")
    responses = [client.post("/start", data={**form.initial_fields, "adult": "yes"}) for _ in range(2)]
    assert [response.headers["Location"] for response in responses] == ["/quiz/1", "/quiz/1"]
    assert journey_count(site) == 1


def test_an_open_journey_is_not_replaced(site: Site) -> None:
    """Who has begun already is asked whether to go on; only saying so begins another one."""
    client = site.app.test_client()
    secret = begin_journey(site, client)
    sitting = site.sitting(secret)
    site.state.journeys.change(secret, sitting.id, lambda latest: mark_seen(latest, "keep"))
    assert post(client, "/start", "/start", adult="yes").headers["Location"] == "/start?open=1"
    page = read_page(client.get("/start?open=1").text)
    assert "/continue" in page.links
    assert secret_in(site, client) == secret
    assert (
        client.post("/start", data={**page.form("/start").initial_fields, "adult": "yes"}).headers["Location"]
        == "/quiz/1"
    )
    assert secret_in(site, client) != secret
    assert site.journey(secret) is not None, "the other one is not deleted"


def test_going_on_is_only_offered_where_it_was_chosen(site: Site) -> None:
    """The first page says nothing of a plan, unless the person keeps the place on this device."""
    client = site.app.test_client()
    begin_journey(site, client)
    assert "/continue" not in read_page(client.get("/").text).links
    post(client, "/link", "/keep", keep="yes")
    assert "/continue" in read_page(client.get("/").text).links
    assert "/continue" not in read_page(site.app.test_client().get("/start?open=1").text).links


def test_a_journey_that_died_meanwhile_can_be_followed_by_another(site: Site) -> None:
    """A device with a dead link may begin again."""
    client = site.app.test_client()
    secret = begin_journey(site, client)
    site.storage.delete_journey(secret, site.clock.today())
    assert post(client, "/start", "/start", adult="yes").headers["Location"] == "/quiz/1"


# Opening


def test_looking_at_a_link_does_nothing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A chat program that follows a link consumes nothing, and nothing is looked up for it."""
    secret = begin_journey(site, site.app.test_client())

    def refuse(*_: object) -> None:
        raise AssertionError

    with monkeypatch.context() as patch:
        for name in ("read_journey", "read_sitting", "read_content"):
            patch.setattr(site.storage, name, refuse)
        responses = [site.app.test_client().get(f"/open/{code}") for code in (secret.code, Secret.mint().code)]
    assert [response.status_code for response in responses] == [200, 200]
    assert responses[0].headers["Referrer-Policy"] == "no-referrer"
    assert secret.code not in str(responses[0].headers)


@pytest.mark.parametrize("how", ["link", "code", "words", "address", "shouted words"])
def test_every_way_in(site: Site, how: str) -> None:
    """The link, its code, the whole address and the words all open the journey on another device."""
    secret = begin_journey(site, site.app.test_client())
    words = " ".join(secret.words)
    text = {
        "link": "",
        "code": secret.code,
        "words": words,
        "address": f" https://example.org/open/{secret.code}\n",
        "shouted words": words.upper().replace(" ", ", "),
    }[how]
    other = site.app.test_client()
    if how == "link":
        response = post(other, f"/open/{secret.code}", "/open")
    else:
        response = post(other, "/have", "/have", text=text)
    assert response.headers["Location"] == "/continue"
    assert other.get("/continue").headers["Location"] == "/quiz/1"
    assert secret_in(site, other) == secret


@pytest.mark.parametrize(
    ("text", "leads"),
    [
        ("", "/have?e=empty"),
        ("   \n", "/have?e=empty"),
        ("nothing", "/have?e=malformed"),
        ("one two three", "/have?e=word_count&positions=&count=3"),
        ("abandon " * 11 + "xylophon", "/have?e=unknown_word&positions=12&count=12"),
        ("abandon " * 12, "/have?e=checksum&positions=&count=12"),
        ("x" * 100_000, "/have?e=too_long"),
    ],
)
def test_what_is_wrong_is_said_without_repeating_it(site: Site, text: str, leads: str) -> None:
    """An address holds the kind of mistake and its place, never what was typed."""
    client = site.app.test_client()
    response = post(client, "/have", "/have", text=text)
    assert response.status_code == 303
    assert response.headers["Location"].startswith(leads)
    assert client.get(response.headers["Location"]).status_code == 200


def test_positions_of_any_length(site: Site) -> None:
    """Positions and counts that no list of words has are shown as far as they are numbers, and break nothing."""
    path = f"/have?e=unknown_word&positions={'9' * 5000}.x.3&count={'9' * 5000}"
    assert "Words 9999, 3 aren’t on the list." in site.app.test_client().get(path).text


@pytest.mark.parametrize(
    "query", ["e=%3Cb%3E", "e=checksum&positions=1.x.-2.99999999999", "count=%C2%B2", "positions=" + "1." * 999]
)
def test_nobody_puts_words_on_our_page(site: Site, query: str) -> None:
    """What stands in an address is shown only if it is a mistake that is known."""
    response = site.app.test_client().get(f"/have?{query}")
    assert response.status_code == 200
    assert "<b>" not in response.text


def test_dead_links_and_links_that_never_were(site: Site) -> None:
    """Both get the same answer, by every door."""
    client = site.app.test_client()
    dead, never = begin_journey(site, client), Secret.mint()
    site.storage.delete_journey(dead, site.clock.today())
    outcomes = []
    for secret in (dead, never):
        visitor = site.app.test_client()
        opened = post(visitor, f"/open/{secret.code}", "/open")
        typed = post(visitor, "/have", "/have", text=" ".join(secret.words))
        form = form_of(visitor, "/have", "/have")
        reopened = visitor.post("/quiz/1/you_two", data={**form.initial_fields, "reopen": secret.code, "x": "y"})
        assert "name=reopen" in reopened.text.replace('"', "")
        outcomes.append(
            [(response.status_code, response.headers.get("Location")) for response in (opened, typed, reopened)]
        )
    assert outcomes[0] == outcomes[1] == [(303, "/lost"), (303, "/lost"), (403, None)]
    assert client.get("/continue").headers["Location"] == "/lost"
    assert client.get("/continue").headers["Location"] == "/have?e=closed", "the device has forgotten it"


def test_nobody_plants_their_plan(site: Site) -> None:
    """A link that is opened where another journey is open takes its place only if the person says so."""
    client, other = site.app.test_client(), site.app.test_client()
    mine, theirs = begin_journey(site, client), begin_journey(site, other)
    form = form_of(client, f"/open/{theirs.code}", "/open")
    assert form.values("replace") == ["yes"], "the page says it"
    plain = form.initial_fields
    assert "replace" not in plain, "and it is a choice"
    assert client.post("/open", data=plain).headers["Location"] == f"/open/{theirs.code}"
    assert secret_in(site, client) == mine
    words = {**plain, "text": " ".join(theirs.words)}
    assert client.post("/have", data=words).headers["Location"] == "/have?e=other"
    assert secret_in(site, client) == mine
    assert client.post("/open", data={**plain, "replace": "yes"}).headers["Location"] == "/continue"
    assert secret_in(site, client) == theirs
    assert site.journey(mine) is not None


def test_the_own_link_again(site: Site) -> None:
    """Whoever opens their own link where it is open goes on, and the choice for the device stays."""
    client = site.app.test_client()
    secret = begin_journey(site, client)
    post(client, "/link", "/keep", keep="yes")
    form = form_of(client, f"/open/{secret.code}", "/open")
    assert not form.values("replace")
    assert client.post("/open", data=form.initial_fields).headers["Location"] == "/continue"
    cookie = client.get_cookie("s")
    assert cookie is not None
    assert cookie.max_age is not None


@pytest.mark.parametrize("code", ["abc", "A" * 21, "A" * 23, "A" * 21 + "B", "%3Cb%3E", "x" * 300, "é" * 22])
def test_a_link_that_is_none(site: Site, code: str) -> None:
    """What cannot be a link leads to where one can be typed in."""
    client = site.app.test_client()
    assert client.get(f"/open/{code}").headers["Location"] == "/have?e=malformed"
    form = form_of(client, "/have", "/have")
    assert client.post("/open", data={**form.initial_fields, "code": code}).headers["Location"] == "/have?e=malformed"


def test_an_open_form_from_elsewhere_begins_again(site: Site) -> None:
    """The button of a link's page without a token leads to the page, and never to a button that another site filled."""
    client = site.app.test_client()
    code = Secret.mint().code
    assert client.post("/open", data={"code": code, "replace": "yes"}).headers["Location"] == f"/open/{code}?cookie=1"
    for odd in ("", "//evil.example", "é", "a b", "../x"):
        location = client.post("/open", data={"code": odd}).headers["Location"]
        assert location in {"/have?e=malformed", "/have?e=malformed&cookie=1"}


# The link in hand


def test_the_link_and_its_words(site: Site) -> None:
    """The page shows both, and they open the journey; the picture is drawn without a style."""
    client = site.app.test_client()
    secret = begin_journey(site, client)
    page = client.get("/link").text
    assert f"/open/{secret.code}" in page
    assert all(word in page for word in secret.words)
    picture = client.get("/link/qr.svg")
    assert picture.mimetype == "image/svg+xml"
    assert "style" not in picture.text
    assert picture.headers["Cache-Control"] == "no-store"


def test_a_new_link(site: Site) -> None:
    """It is shown first, and nothing happens; then it takes the place of the old one, which is dead."""
    client, other = site.app.test_client(), site.app.test_client()
    old = begin_journey(site, client)
    post(other, f"/open/{old.code}", "/open")
    page = client.get("/link/new")
    assert site.journey(old) is not None
    new = Secret.of_code(re.findall(r"/open/(\w{30})", page.text)[0])
    form = read_page(page.text).form("/link/new")
    assert client.post("/link/new", data={**form.initial_fields, "confirm": ""}).headers["Location"] == "/link/new", (
        "nobody confirmed it"
    )
    for _ in range(2):  # a double click
        response = client.post("/link/new", data={**form.initial_fields, "confirm": "yes"})
        assert response.headers["Location"] == "/link"
    assert site.journey(old) is None
    assert site.journey(new) is not None
    assert secret_in(site, client) == new
    assert other.get("/continue").headers["Location"] == "/lost"


def test_a_new_link_whose_answer_was_lost(site: Site) -> None:
    """The device never heard that it was done, and sends the same form again with its old cookie."""
    client = site.app.test_client()
    begin_journey(site, client)
    cookie = client.get_cookie("s")
    assert cookie is not None
    form = form_of(client, "/link/new", "/link/new")
    client.post("/link/new", data={**form.initial_fields, "confirm": "yes"})
    client.set_cookie("s", cookie.value)
    assert client.post("/link/new", data={**form.initial_fields, "confirm": "yes"}).headers["Location"] == "/link"
    assert is_open(client)
    assert client.get("/continue").headers["Location"] == "/quiz/1"


def test_a_new_link_of_another_journey(site: Site) -> None:
    """What was sealed for one journey does nothing for another; nor does what was not sealed here."""
    client, other = site.app.test_client(), site.app.test_client()
    mine = begin_journey(site, client)
    begin_journey(site, other)
    sealed = form_of(other, "/link/new", "/link/new").initial_fields["sealed"][0]
    for value in (sealed, "", "x", "A" * 200):
        response = post(client, "/link/new", "/link/new", sealed=value, confirm="yes")
        assert response.headers["Location"] == "/link/new"
    assert site.journey(mine) is not None


def test_the_choice_for_the_device_moves_along(site: Site) -> None:
    """A new link leaves "Keep my place on this device" as it is."""
    client = site.app.test_client()
    begin_journey(site, client)
    post(client, "/link", "/keep", keep="yes")
    post(client, "/link/new", "/link/new", confirm="yes")
    cookie = client.get_cookie("s")
    assert cookie is not None
    assert cookie.max_age is not None


@pytest.mark.parametrize(
    ("path", "leads"),
    [
        ("/quiz/1", "/quiz/1"),
        ("/quiz/12/you_two-2", "/quiz/12/you_two-2"),
        ("/plan/1", "/plan/1"),
        ("/link", "/link"),
        ("", "/continue"),
        ("//evil.example", "/continue"),
        ("https://evil.example", "/continue"),
        ("/\\evil.example", "/continue"),
        ("/quiz/1/../../x", "/continue"),
        ("/open/x", "/continue"),
        ("/quiz/1\n", "/continue"),
        ("/quiz/1?x=//evil.example", "/continue"),
    ],
)
def test_ways_back_stay_here(path: str, leads: str) -> None:
    """Where a form leads afterwards is always a page of this site."""
    app = Flask("links")
    register_views(app)
    with app.test_request_context():
        assert safe_next_path(path) == leads


def test_private_pages_of_a_closed_device(site: Site) -> None:
    """They lead to the door, and a form is kept."""
    client = site.app.test_client()
    for path in ("/link", "/link/qr.svg", "/link/new", "/continue", "/quiz/1", "/quiz/1/you_two", "/plan/1", "/delete"):
        assert client.get(path).headers["Location"] == "/have?e=closed", path


# Browsers that keep no cookie, and drafts whose link was never shown


def test_start_without_cookies(site: Site) -> None:
    """Without cookies the first press leads to a page that says so and what to do; nothing was begun."""
    client = site.app.test_client(use_cookies=False)
    reply = post(client, "/start", "/start", adult="yes")
    assert (reply.status_code, reply.headers["Location"]) == (303, "/start?cookie=1")
    page = read_page(client.get(reply.headers["Location"]).text)
    assert "cookie" in page.heading
    assert page.main.find("a", href="/start")
    assert journey_count(site) == 0


def test_a_stale_start_page_is_asked_for_again(site: Site) -> None:
    """A page from before the browser was closed has no cookie either: that browser keeps the next one, and goes on."""
    form = form_of(site.app.test_client(), "/start", "/start")
    client = site.app.test_client()
    reply = client.post("/start", data={**form.initial_fields, "adult": "yes"})
    page = read_page(client.get(reply.headers["Location"]).text)
    assert client.post("/start", data={**page.form("/start").initial_fields, "adult": "yes"}).status_code == 303
    assert is_open(client)


def test_a_link_without_cookies(site: Site) -> None:
    """The button of a link leads to what to do, and back to the link."""
    secret = begin_journey(site, site.app.test_client())
    client = site.app.test_client(use_cookies=False)
    reply = post(client, f"/open/{secret.code}", "/open")
    page = read_page(client.get(reply.headers["Location"]).text)
    assert "cookie" in page.heading
    assert page.main.find("a", href=f"/open/{secret.code}")


def test_words_without_cookies(site: Site) -> None:
    """Typed words are offered once more, in case the page was old, and then it is said what to do; they stay typed."""
    secret = begin_journey(site, site.app.test_client())
    client = site.app.test_client(use_cookies=False)
    reply = post(client, "/have", "/have", text=" ".join(secret.words))
    assert reply.status_code == 403
    assert "cookie" not in read_page(reply.text).heading
    again = read_page(reply.text).form("/have").initial_fields
    reply = client.post("/have", data=again)
    assert "cookie" in read_page(reply.text).heading
    assert read_page(reply.text).form("/have").initial_fields["text"] == [" ".join(secret.words)]


def test_a_draft_that_ended_before_its_link_was_shown(site: Site) -> None:
    """A link that was never shown is not asked for: neither at a page, nor where something was sent."""
    client = site.app.test_client()
    begin_journey(site, client)
    site.clock.advance(hours=25)
    for reply in (client.get("/quiz/1"), post_anything(client, "/quiz/1/you_two")):
        assert (reply.status_code, reply.headers["Location"]) == (303, "/start?e=ended")
    page = read_page(client.get("/start?e=ended").text)
    assert page.main.find("p", role="status")
    assert client.post("/start", data={**page.form("/start").initial_fields, "adult": "yes"}).status_code == 303
    assert is_open(client)


def post_anything(client: FlaskClient, path: str) -> TestResponse:
    """Send a form of this device that was on its page for long."""
    token = form_of(client, "/start", "/start").initial_fields["csrf_token"]
    return client.post(path, data={"csrf_token": token, "x": "y"})


# Out


def test_out_at_once(site: Site) -> None:
    """A form without a token: the device forgets, the answer has the browser forget, a dull page opens. The draft stays."""
    client = site.app.test_client()
    secret = begin_journey(site, client)
    response = client.post("/exit")
    assert response.status_code == 200
    assert response.headers["Refresh"] == "0; url=https://www.bbc.com/weather"
    assert response.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert response.headers["Cache-Control"] == "no-store"
    assert client.get_cookie("s") is None
    assert not is_open(client)
    assert site.journey(secret) is not None


OWN_NAVIGATION: Final = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "document"}


def test_out_by_the_address(site: Site) -> None:
    """A navigation of this person from a page of this site acts at once, as the script asks for it."""
    client = site.app.test_client()
    begin_journey(site, client)
    response = client.get("/exit", headers=OWN_NAVIGATION)
    assert (response.status_code, response.headers["Location"]) == (303, "https://www.bbc.com/weather")
    assert "Clear-Site-Data" in response.headers
    assert not is_open(client)


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("GET", {}),
        ("HEAD", OWN_NAVIGATION),
        ("GET", {"Sec-Fetch-Mode": "navigate"}),
        ("GET", OWN_NAVIGATION | {"Sec-Purpose": "prefetch"}),
        ("GET", OWN_NAVIGATION | {"Sec-Purpose": "prefetch;prerender"}),
        ("GET", OWN_NAVIGATION | {"Purpose": "prefetch"}),
        ("GET", OWN_NAVIGATION | {"X-Moz": "prefetch"}),
        ("GET", OWN_NAVIGATION | {"Sec-Fetch-Site": "cross-site"}),
        ("GET", OWN_NAVIGATION | {"Sec-Fetch-Site": "same-site"}),
        ("GET", OWN_NAVIGATION | {"Sec-Fetch-Site": "none"}),
        ("GET", OWN_NAVIGATION | {"Sec-Fetch-Dest": "iframe"}),
        ("GET", {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "image"}),
        ("GET", {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "empty"}),
        ("POST", {"Sec-Fetch-Site": "cross-site"}),
        ("POST", {"Origin": "https://other.example"}),
        ("OPTIONS", {}),
    ],
)
def test_only_the_person_leaves(site: Site, method: str, headers: dict[str, str]) -> None:
    """What is fetched ahead, an image, a script and another site's link or form close nothing and clear nothing."""
    client = site.app.test_client()
    begin_journey(site, client)
    response = client.open("/exit", method=method, headers=headers)
    assert response.status_code in {200, 403}
    assert not {"Clear-Site-Data", "Set-Cookie", "Location", "Refresh"} & set(response.headers.keys())
    assert is_open(client)


def test_a_browser_that_says_nothing_gets_the_button(site: Site) -> None:
    """Where the address alone cannot act, its page has a form that does; a script sends it where the browser is old."""
    client = site.app.test_client()
    begin_journey(site, client)
    for headers, attributes in (({}, {"data-leaving": ""}), ({"Sec-Fetch-Mode": "no-cors"}, {})):
        page = read_page(client.get("/exit", headers=headers).get_data(as_text=True))
        form = page.main.find("form", action="/exit")[0]
        assert {name: value for name, value in form.attributes.items() if name == "data-leaving"} == attributes
    assert client.post("/exit").status_code == 200
    assert not is_open(client)


def test_out_with_a_cookie_nobody_can_read(tmp_path: Path) -> None:
    """It is deleted all the same, over https as well, and to the page of the operator's choice."""
    options = {"base_url": "https://example.org", "exit_url": "https://dull.example/"}
    site = Site(tmp_path / "kept", options=options)
    client = site.app.test_client(use_cookies=False)
    response = client.post("/exit", base_url="https://example.org", headers={"Cookie": "__Host-s=junk"})
    assert response.headers["Refresh"] == "0; url=https://dull.example/"
    deleted = response.headers["Set-Cookie"]
    assert deleted.startswith("__Host-s=;")
    assert "Max-Age=0" in deleted
    assert "Secure" in deleted
    site.storage.close()


def test_words_that_met_a_database_that_rests(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the link cannot be looked up just now, it is sent again together with what was typed, by one button."""
    secret = begin_journey(site, site.app.test_client())
    visitor = site.app.test_client()
    form = form_of(visitor, "/have", "/have")
    typed = {**form.initial_fields, "reopen": secret.code, "partner_name": "x"}

    def fail(*_: object) -> None:
        raise UnavailableError

    with monkeypatch.context() as patch:
        patch.setattr(site.state.journeys, "load", fail)
        response = visitor.post("/quiz/1/you_two", data=typed)
        assert response.status_code == 503
    again = read_page(response.text).form("/quiz/1/you_two").initial_fields
    assert again["reopen"] == [secret.code]
    assert again["partner_name"] == ["x"]
    visitor.post("/quiz/1/you_two", data=again)
    assert secret_in(site, visitor) == secret
