"""A private link as it comes back from messages, mails and address bars, over the site."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pytest

from tests.clients.page import read_page
from tests.clients.site import Site
from tests.web.crypto.test_link_reader import AROUND_LINKS, address, old_address, words, wrong
from tests.web.http.test_session import begin_journey, secret_in
from tests.web.views.test_home import form_of, post
from web.app import create_app
from web.crypto.link_reader import MAX_CANDIDATES
from web.crypto.private_link import Secret
from web.journeys.journey import Journey
from web.settings import Settings

ADDRESSES: Final = [
    "/open/{}",
    "/open/{}/",
    "/open/{}).",
    "/open/{},",
    "/open/{}%20",
    "/open/%20{}%0A",
    "/open/%3C{}%3E",
    "/open/<{}>",
    "/open/%E2%80%9C{}%E2%80%9D",
    "/open/{}%E2%80%8B",
    "/open/{}%253E",
    "/open/{}&amp;utm_source=x",
    "/open/{}?utm_source=mail&fbclid=IwAR0abcdefghijklmnopqrst",
    "/open/{}/quiz/1",
    "/open/{}%3Futm_source=x",
    "/open/%22{}%22",
    "/open/*{}*",
    "/open/?{}",
    "/open/?c={}&x=1",
    "/open?c={}",
    "/OPEN/{}",
    "/Open/{}.",
    "/below/open/{}",
    "/open%2F{}",
    "/open//{}",
    "/open/open/{}",
    "/open/https://plan.example/open/{}",
    "/https://plan.example/open/{}",
    "/open/CODE={}",
]


@contextmanager
def lookups(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Secret]]:
    """The secrets that are looked up, in their order."""
    seen: list[Secret] = []
    load = site.state.journeys.load

    def counted(secret: Secret, today: object) -> Journey | None:
        seen.append(secret)
        return load(secret, today)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(site.state.journeys, "load", counted)
        yield seen


def paste(site: Site, text: str) -> str:
    """Where a device is led that pastes a text."""
    return post(site.app.test_client(), "/have", "/have", text=text).headers["Location"]


@pytest.mark.parametrize("code", ["code", "old_code", "lower"])
def test_addresses_with_something_around_the_code(site: Site, code: str) -> None:
    """What came along into the address bar is passed over; a GET changes nothing, and the button opens the plan."""
    secret = begin_journey(site, site.app.test_client())
    spelling = secret.code.lower() if code == "lower" else getattr(secret, code)
    for around in ADDRESSES:
        visitor = site.app.test_client()
        response = visitor.get(around.format(spelling), follow_redirects=True)
        assert response.status_code == 200, around
        form = read_page(response.text).form("/open")
        assert form.initial_fields["code"][0].split()[0] == secret.code, around
        assert visitor.get("/continue").headers["Location"] == "/have?e=closed", "looking opens nothing"
        assert visitor.post("/open", data=form.initial_fields).headers["Location"] == "/continue", around
        assert secret_in(site, visitor) == secret


@pytest.mark.parametrize(
    ("path", "leads"),
    [
        ("/open/", "/have?e=malformed"),
        ("/OPEN/nothing", "/have?e=malformed"),
        ("/open/abandon-amount-liar", "/have?e=malformed"),
        (f"/open/{wrong(Secret(bytes(16)).code, 3)}", "/have?e=code_typo&positions=4&count=30"),
        ("/open", "/have?e=malformed"),
        ("/Open?x=1", "/have?e=malformed"),
        (f"/open/{Secret(b'z' * 16).code[:-1]}).", "/have?e=code_length&positions=&count=29"),
    ],
)
def test_addresses_without_a_link(site: Site, path: str, leads: str) -> None:
    """They lead to the form, which says what is likely; nothing of them is on it."""
    client = site.app.test_client()
    assert client.get(path).headers["Location"] == leads
    assert client.get(leads).status_code == 200


@pytest.mark.parametrize("path", ["//open//", "///OPEN//", "/open///"])
def test_slashes_too_many(site: Site, path: str) -> None:
    """An address that was put together from pieces with slashes of their own leads to the page as well."""
    code = Secret.mint().code
    response = site.app.test_client().get("/", environ_overrides={"PATH_INFO": path + code})
    assert response.headers["Location"].removeprefix("http://localhost") == f"/open/{code}"


def test_other_addresses_stay_unknown(site: Site) -> None:
    """An address that is no page and has no link in it is a page that is not there, for everyone."""
    client = site.app.test_client()
    for path in ("/wp-login.php", "/AAECAwQFBgcICQoLDA0ODw", "/plan/" + "x" * 22, "/reopen/x", "/nowhere?open/x"):
        assert client.get(path).status_code == 404, path
    assert client.post("/OPEN/x").status_code in {403, 404}
    assert client.get(f"/{Secret(bytes(16)).code}").headers["Location"] == f"/open/{Secret(bytes(16)).code}"


@pytest.mark.parametrize("around", sorted(AROUND_LINKS))
def test_pasted_links_open(site: Site, around: str) -> None:
    """What the reader finds opens the plan from the form, also beside a link that is dead."""
    secret, dead = begin_journey(site, site.app.test_client()), Secret.mint()
    for link in (address(secret), old_address(secret)):
        assert paste(site, AROUND_LINKS[around](link)) == "/continue"
    assert paste(site, f"{address(dead)}\n{AROUND_LINKS[around](address(secret))}") == "/continue"


def test_a_page_of_answers_takes_whole_messages(site: Site) -> None:
    """The link that is asked for beside answers may have a message around it as well."""
    client = site.app.test_client()
    secret = begin_journey(site, client)
    for text in (f"“{address(secret)}”.", f"> {words(secret)}\n> xx"):
        visitor = site.app.test_client()
        form = form_of(visitor, "/have", "/have")
        typed = {**form.initial_fields, "reopen": text, "partner_name": "x"}
        assert visitor.post("/quiz/1/you_two", data=typed).status_code != 403
        assert secret_in(site, visitor) == secret


def test_two_plans_in_one_text(site: Site) -> None:
    """Two links that both work are not chosen from; link and words of one plan are one."""
    first, second = (begin_journey(site, site.app.test_client()) for _ in range(2))
    assert paste(site, f"{address(first)} {address(second)}") == "/have?e=several"
    assert paste(site, f"{old_address(first)}\n{words(second)}") == "/have?e=several"
    assert paste(site, f"{address(first)}\n{words(first)}\n{old_address(first)}") == "/continue"
    both = f"/open/{first.code} {second.code}"
    assert post(site.app.test_client(), both, "/open").headers["Location"] == "/have?e=several"
    client = site.app.test_client()
    form = form_of(client, "/have", "/have")
    reopened = client.post("/quiz/1/you_two", data={**form.initial_fields, "reopen": f"{first.code} {second.code}"})
    assert reopened.status_code == 403
    assert "more than one" in reopened.text


def test_at_most_eight_are_looked_up(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them, whichever of them lead somewhere, so that time does not tell; the ninth is not."""
    secret = begin_journey(site, site.app.test_client())
    others = [Secret.mint() for _ in range(MAX_CANDIDATES)]
    for place, leads in ((0, "/continue"), (7, "/continue"), (8, "/have?e=several")):
        links = [*others[:place], secret, *others[place:]][: MAX_CANDIDATES + (place == 8)]
        with lookups(site, monkeypatch) as looked_up:
            assert paste(site, "\n".join(map(address, links))) == leads
        assert looked_up[:MAX_CANDIDATES] == links[:MAX_CANDIDATES]
        assert len(looked_up) == MAX_CANDIDATES


def test_a_text_with_many_links_is_one_try(tmp_path: Path) -> None:
    """A text that leads nowhere is counted once, however many candidates it has; then one more press is asked for."""
    site = Site(tmp_path / "kept")
    settings = Settings(data_dir=site.folder, open_limit="3 per hour")
    client = create_app(settings, storage=site.storage, clock=site.clock).test_client()
    form = form_of(client, "/have", "/have")
    text = "\n".join(address(Secret.mint()) for _ in range(MAX_CANDIDATES))
    statuses = [client.post("/have", data={**form.initial_fields, "text": text}).status_code for _ in range(4)]
    assert statuses == [303, 303, 303, 200]
    site.storage.close()


def test_a_typo_is_not_taken_for_a_dead_link(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong checksum is a typo and is not looked up; a right one that leads nowhere is a plan that is gone."""
    secret = begin_journey(site, site.app.test_client())
    with lookups(site, monkeypatch) as looked_up:
        assert paste(site, wrong(secret.code, 11)) == "/have?e=code_typo&positions=12&count=30"
    assert looked_up == []
    site.storage.delete_journey(secret, site.clock.today())
    assert paste(site, address(secret)) == "/lost"
    assert paste(site, old_address(secret)) == paste(site, words(secret)) == "/lost"


@pytest.mark.parametrize("fault", ["several", "too_long", "code_typo", "code_length", "dead_or_slip", "not_yet"])
def test_every_fault_has_its_words(site: Site, fault: str) -> None:
    """No two faults read the same, in the form and where answers are kept beside it."""
    client = site.app.test_client()
    texts = {
        code: read_page(client.get(f"/have?e={code}&positions=3&count=29").text).text
        for code in ("malformed", "checksum", "word_count", "unknown_word", "empty", fault)
    }
    if fault == "not_yet":  # only beside answers
        assert texts.pop(fault) not in texts.values()
        return
    assert len(set(texts.values())) == len(texts)


def test_what_was_pasted_is_not_on_the_page(site: Site) -> None:
    """The page that is shown for an address has the code and nothing else of what stood there."""
    secret = Secret.mint()
    page = site.app.test_client().get(f"/open/{quote('<b>letmein</b>')}{secret.code}letmein?letmein=1")
    assert page.status_code == 200
    assert secret.code in page.text
    assert "letmein" not in page.text + str(page.headers)
