"""A new link that is made in two tabs or on two devices: the later one shows a key that works, or says which does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.cookies import SimpleCookie
from itertools import combinations
from typing import Final, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from tests.checks.examples import examples
from tests.clients.page import Form, read_page
from tests.clients.site import LINK_CODE, Site
from tests.web.http.test_session import begin_journey, is_open, secret_in
from tests.web.views.test_home import form_of, post
from web.crypto.private_link import Secret
from web.http.session import OFFER_MINUTES, EncryptedCookies

COOKIE: Final = "s"
Step = Literal["show", "send", "arrive"]
STEPS: Final[tuple[Step, ...]] = ("show", "send", "arrive")


@dataclass
class Browser:
    """A device whose answers arrive later than they are sent: its cookie is that of the last answer that arrived."""

    site: Site
    cookies: dict[str, str]

    def send(self, path: str, form: Form | None = None) -> TestResponse:
        client = self.site.app.test_client(use_cookies=False)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if form is None:
            return client.get(path, headers=headers)
        return client.post(form.action, data=form.initial_fields, headers=headers)

    @property
    def secret(self) -> Secret:
        """The secret in its cookie, as only the server can read it."""
        cookies: EncryptedCookies = self.site.app.session_interface  # type: ignore[assignment]
        return Secret.of_code((cookies.cipher.unseal(self.cookies[COOKIE]) or {})["secret"])

    def arrive(self, response: TestResponse) -> None:
        for header in response.headers.getlist("Set-Cookie"):
            for name, morsel in SimpleCookie(header).items():
                self.cookies.pop(name, None)
                if morsel.value:
                    self.cookies[name] = morsel.value


@dataclass
class Tab:
    """One tab: what was shown in it last, and where it is."""

    browser: Browser
    path: str = ""
    visits: int = 0
    html: str = ""
    shown: list[Secret] = field(default_factory=list)
    replacing: list[Secret] = field(default_factory=list)
    """The links that were open here when a new one was shown."""
    pending: list[TestResponse] = field(default_factory=list)

    def get(self, path: str) -> None:
        """Open a page, and follow where it leads."""
        self.visits += 1
        for _ in range(5):
            response = self.browser.send(path)
            self.browser.arrive(response)
            self.path, self.html = path, response.text
            if response.status_code != 303:
                break
            path = response.headers["Location"]
        match = LINK_CODE.search(self.html)
        if match is not None:
            self.shown.append(Secret.of_code(match[1]))

    def step(self, step: Step) -> None:
        if step == "show":
            self.get("/link/new")
            self.replacing += [self.browser.secret] if self.path == "/link/new" else []
        elif step == "send":
            if self.path == "/link/new":
                self.pending.append(self.browser.send("", read_page(self.html).form("/link/new")))
        else:
            for response in self.pending:
                self.browser.arrive(response)
                self.get(response.headers["Location"])
            self.pending.clear()


def orders() -> Iterator[tuple[int, ...]]:
    """All ways in which the three steps of two tabs can follow each other, the first tab first: which tab takes each."""
    for places in combinations(range(6), 3):
        if 0 in places:
            yield tuple(0 if place in places else 1 for place in range(6))


def cookie_of_another_device(site: Site, secret: Secret) -> str:
    """The cookie of a device on which a journey was opened by its link."""
    client = site.app.test_client()
    post(client, f"/open/{secret.code}", "/open")
    cookie = client.get_cookie(COOKIE)
    assert cookie is not None
    return cookie.value


def two_tabs(site: Site, *, devices: int) -> tuple[Secret, list[Tab]]:
    """Two tabs with the same journey, of one browser or of two."""
    client = site.app.test_client()
    secret = begin_journey(site, client)
    browsers: list[Browser] = []
    for _ in range(devices):
        if browsers:
            browsers.append(Browser(site, {COOKIE: cookie_of_another_device(site, secret)}))
        else:
            cookie = client.get_cookie(COOKIE)
            assert cookie is not None
            browsers.append(Browser(site, {COOKIE: cookie.value}))
    return secret, [Tab(browsers[0]), Tab(browsers[-1])]


@pytest.mark.parametrize(
    "repeated", [(), *(pytest.param(steps, marks=pytest.mark.exhaustive) for steps in (("show",), ("send",), STEPS))]
)
def test_two_tabs_of_one_device(site: Site, repeated: tuple[Step, ...]) -> None:
    """In whichever order two tabs show and confirm, double clicks and reloads included, both keep a link that works.

    Only a link that the other tab showed as the old one, which it is about to replace, may have stopped working.
    """
    for order in orders():
        old, tabs = two_tabs(site, devices=1)
        steps = [iter(STEPS), iter(STEPS)]
        for number in order:
            step = next(steps[number])
            for _ in range(2 if step in repeated else 1):
                tabs[number].step(step)
        assert site.journey(old) is None, order
        works = [site.journey(tab.shown[-1]) is not None for tab in tabs]
        assert any(works), order
        for tab, other, has_working in zip(tabs, reversed(tabs), works, strict=True):
            assert has_working or tab.shown[-1] in other.replacing, order
            assert tab.path.split("?")[0] == "/link" or (tab.path == "/lost" and not has_working), order


def test_two_tabs_show_the_same_new_link(site: Site) -> None:
    """Two tabs and a reload show one new link; another device, and this one after the change, another one."""
    old, tabs = two_tabs(site, devices=1)
    for tab in (*tabs, tabs[0]):
        tab.step("show")
    assert len({secret for tab in tabs for secret in tab.shown}) == 1
    third = Tab(Browser(site, {COOKIE: cookie_of_another_device(site, old)}))
    third.step("show")
    for step in ("send", "arrive", "show"):
        tabs[0].step(step)
    assert len({old, third.shown[-1], tabs[0].shown[0], tabs[0].shown[-1]}) == 4


def test_a_new_link_is_not_offered_for_long(site: Site) -> None:
    """Who keeps the old link, or waits, is offered another one: someone else may have looked at the first."""
    _, (tab, _) = two_tabs(site, devices=1)
    for minutes in (0, OFFER_MINUTES):
        tab.step("show")
        first = tab.shown[-1]
        if minutes:
            site.clock.advance(minutes=minutes)
        else:
            tab.get("/link")
        tab.step("show")
        assert tab.shown[-1] != first


def test_an_older_copy_of_the_cookie_does_not_follow(site: Site) -> None:
    """A copy of the cookie from before a new link was offered leads neither to it nor to the journey when it is made."""
    _, (tab, _) = two_tabs(site, devices=1)
    thief = Tab(Browser(site, dict(tab.browser.cookies)))
    thief.step("show")
    for step in STEPS:
        tab.step(step)
    for path in ("/link", "/link/new", "/continue"):
        copy = Tab(Browser(site, dict(thief.browser.cookies)))
        copy.get(path)
        assert copy.path in {"/lost", "/have?e=closed"}
    assert tab.shown[-1] not in thief.shown


def test_a_page_that_was_on_its_way_goes_on(site: Site) -> None:
    """A request sent with the old cookie, while another tab of the device made the new link, goes on under that."""
    _, tabs = two_tabs(site, devices=1)
    tabs[0].step("show")
    before = dict(tabs[0].browser.cookies)
    tabs[0].step("send")
    late = Tab(Browser(site, before))
    late.get("/quiz/1")
    assert late.path.startswith("/quiz/1/")
    assert late.browser.secret == tabs[0].shown[-1]
    late = Tab(Browser(site, before))
    page = read_page(site.app.test_client().get("/start").text)
    response = late.browser.send("", replace(page.form("/start"), action="/quiz/1/you_two"))
    assert response.status_code == 403, "it is offered again"
    assert read_page(response.text).form("/quiz/1/you_two").names == (), "and no link is asked for"


def test_two_devices(site: Site) -> None:
    """Of two devices one is faster: its new link works, and the other one reads that what it was shown does not.

    The slower one is not given the link: it may be in the hands of the person whom the new link is to keep out.
    """
    for order in orders():
        old, tabs = two_tabs(site, devices=2)
        steps = [iter(STEPS), iter(STEPS)]
        for number in order:
            tabs[number].step(next(steps[number]))
        assert site.journey(old) is None, order
        winners = [tab for tab in tabs if tab.path == "/link"]
        (loser,) = (tab for tab in tabs if tab.path != "/link")
        assert len(winners) == 1, order
        assert site.journey(winners[0].shown[-1]) is not None, order
        assert loser.path in {"/have?e=not_made", "/lost", "/have?e=closed"}, order
        assert (loser.path == "/have?e=not_made") is bool(loser.shown), order
        assert winners[0].shown[-1] not in loser.shown, order
        assert winners[0].shown[-1].code not in loser.html


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=examples(12))
@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from([*STEPS, "link"])), max_size=14))
def test_any_order_of_three_tabs(site: Site, choices: list[tuple[int, str]]) -> None:
    """Whatever is pressed in two tabs of a device and on another one, the journey is never lost to its person.

    A page that shows a link as the one that counts shows one that works, and one of these works at the end.
    """
    _, tabs = two_tabs(site, devices=2)
    tabs.insert(1, Tab(tabs[0].browser))
    shown_as_working: list[Secret] = []
    for number, step in [*choices, *((number, "arrive") for number in range(3))]:
        tab, visits = tabs[number], tabs[number].visits
        if step == "link":
            tab.get("/link")
        else:
            tab.step(step)  # type: ignore[arg-type]
        if tab.visits > visits and tab.path.split("?")[0] == "/link":
            assert site.journey(tab.shown[-1]) is not None
            shown_as_working.append(tab.shown[-1])
    if shown_as_working:
        assert sum(site.journey(secret) is not None for secret in set(shown_as_working)) == 1


def test_an_old_tab_reads_which_link_works(site: Site) -> None:
    """A tab whose link was replaced twice meanwhile shows the one that works, and says that its own does not."""
    client = site.app.test_client()
    begin_journey(site, client)
    stale = form_of(client, "/link/new", "/link/new")
    for _ in range(2):
        post(client, "/link/new", "/link/new")
    response = client.post("/link/new", data=stale.initial_fields)
    assert response.headers["Location"] == "/link?note=superseded"
    page = read_page(client.get("/link?note=superseded").text)
    assert page.main.find("div", class_="faults")
    assert secret_in(site, client).code in page.text
    assert not read_page(client.get("/link?note=x").text).main.find("div", class_="faults")


def test_a_new_link_while_another_plan_is_open(site: Site) -> None:
    """A tab of another plan changes nothing of the one that is open; what it has changed already still works."""
    client = site.app.test_client()
    first = begin_journey(site, client)
    form = form_of(client, "/link/new", "/link/new")
    stranger = begin_journey(site, site.app.test_client())
    post(client, f"/open/{stranger.code}", "/open", replace="yes")
    assert client.post("/link/new", data=form.initial_fields).headers["Location"] == "/link/new"
    assert site.journey(first) is not None
    post(client, f"/open/{first.code}", "/open", replace="yes")
    client.post("/link/new", data=form.initial_fields)
    assert site.journey(first) is None
    post(client, f"/open/{stranger.code}", "/open", replace="yes")
    response = client.post("/link/new", data=form.initial_fields)
    assert response.headers["Location"] == "/link?note=works"
    assert secret_in(site, client) == stranger
    assert site.journey(stranger) is not None


def test_no_new_link_for_a_dead_one(site: Site) -> None:
    """A device whose link was replaced elsewhere is shown no new one, as that would never work."""
    client, other = site.app.test_client(), site.app.test_client()
    old = begin_journey(site, client)
    post(other, f"/open/{old.code}", "/open")
    post(client, "/link/new", "/link/new")
    assert other.get("/link/new").headers["Location"] == "/lost"
    assert not is_open(other)


def test_a_closed_tab_asks_for_the_old_link(site: Site) -> None:
    """Where the device was closed while the new link was shown, the old one confirms it; the new one does not yet."""
    client = site.app.test_client()
    old = begin_journey(site, client)
    client.get("/link")
    form = form_of(client, "/link/new", "/link/new")
    new = Secret.of_code(LINK_CODE.findall(client.get("/link/new").text)[0])
    site.clock.advance(days=1, minutes=1)
    response = client.post("/link/new", data=form.initial_fields)
    assert response.status_code == 403
    again = read_page(response.text).form("/link/new")
    for key, status in ((" ".join(new.words), 403), (new.code, 403), (old.code, 303), (new.code, 303)):
        response = client.post("/link/new", data={**again.initial_fields, "reopen": key})
        assert response.status_code == status
        if status == 403:
            assert site.journey(old) is not None
            assert "doesn’t work yet" in read_page(response.text).text
    assert site.journey(new) is not None
    assert secret_in(site, client) == new
