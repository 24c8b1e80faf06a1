"""A person with a browser: what they do, and all that must not happen meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, Response

from tests.clients.person import Person, fields_of
from tests.servers.server_process import HttpClient
from web.crypto.private_link import Secret

WIDTHS: Final = (320, 360, 1280)
SCHEMES: Final = ("light", "dark")
TAGS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
MOST_STEPS: Final = 60
PATIENCE: Final = 60_000
"""Milliseconds until something that does not happen is a fault; nothing waits for so long otherwise."""


@dataclass(frozen=True)
class Axe:
    """axe-core, and how often it examines a page."""

    source: str
    thorough: bool = False
    """True: in each colour scheme both small and wide; False: small in the first scheme and wide in the last."""


class Visitor:
    """One browser without a past, which records what no page may do."""

    def __init__(self, browser: Browser, url: str, *, js: bool = True, scheme: Any = "light", width: int = 360) -> None:
        self.url: Final = url
        self.js: Final = js
        self.faults: list[str] = []
        self.expected: set[int] = set()
        """Statuses of pages that may be errors."""
        self.exits: list[str] = []
        """Addresses elsewhere that a person was sent to, by leaving quickly."""
        self.context: Final = browser.new_context(
            java_script_enabled=js,
            viewport={"width": width, "height": 740},
            color_scheme=scheme,
            reduced_motion="reduce",
            accept_downloads=True,
            base_url=url,
        )
        self.context.set_default_timeout(PATIENCE)
        self.context.on("console", self._console)
        self.context.on("weberror", lambda error: self.faults.append(f"error: {error.error}"))
        self.context.on("response", self._response)
        self.context.on("request", self._request)
        self.page: Page = self.context.new_page()

    # What must not happen

    def _console(self, message: ConsoleMessage) -> None:
        loading = message.text.startswith("Failed to load resource: the server responded with a status of 4")
        if message.type in {"error", "warning"} and not (self.expected and loading):
            self.faults.append(f"console at {self.path}: {message.text}")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self.faults.append(f"{response.status} for {response.url}")

    def _request(self, request: Request) -> None:
        """Nothing is loaded from elsewhere; only leaving leads there."""
        if request.url.startswith(f"{self.url}/"):
            return
        if request.is_navigation_request():
            self.exits.append(request.url)
        else:
            self.faults.append(f"foreign request: {request.url}")

    # Where one is

    @property
    def path(self) -> str:
        return urlsplit(self.page.url).path

    @property
    def query(self) -> str:
        return urlsplit(self.page.url).query

    def go(self, path: str) -> None:
        self.page.goto(f"{self.url}{path}")

    @property
    def main_text(self) -> str:
        return " ".join(self.page.locator("main").inner_text().split())

    @property
    def main(self) -> Locator:
        return self.page.locator("main")

    def press(self, name: str) -> None:
        """Press the button or follow the link with these words."""
        button = self.main.get_by_role("button", name=name)
        with self.navigation():
            (button if button.count() else self.main.get_by_role("link", name=name)).first.click()

    def navigation(self) -> Any:
        """Wait until the next page is there and its script has run."""
        return self.page.expect_navigation(wait_until="domcontentloaded")

    @property
    def page_name(self) -> str:
        """The last part of the address."""
        return self.path.rpartition("/")[2]

    # What one does

    @property
    def visible_questions(self) -> list[str]:
        """The questions that can be seen, in their order."""
        names: list[str] = self.page.evaluate(
            """() => [...new Set([...document.querySelectorAll("main form input:not([type=hidden])")]
            .filter(input => input.getClientRects().length && !input.matches(":disabled")).map(input => input.name))]"""
        )
        return names

    def fill(self, answers: Mapping[str, Any]) -> None:
        """Answer what can be seen, and what comes up by that."""
        done: set[str] = set()
        while waiting := [name for name in self.visible_questions if name in answers and name not in done]:
            texts = fields_of({waiting[0]: answers[waiting[0]]})[waiting[0]]
            for text in texts:
                self.choose(waiting[0], text)
            done.add(waiting[0])

    def choose(self, name: str, text: str) -> None:
        """Choose an answer by its label, as a finger would, or type it."""
        box = self.page.locator(f'main input[name="{name}"][value="{text}"]')
        if box.count():
            if not box.is_checked():
                box.locator("xpath=ancestor::label").click()
        else:
            self.page.locator(f'main input[name="{name}"]').fill(text)

    def go_on(self) -> None:
        """The one big button, or what leads on to the next questions."""
        name = self.page.locator("main form[method=post] button.button[type=submit]:not([value=plan])")
        with self.navigation():
            name.first.click()

    def answer(self, answers: Mapping[str, Any]) -> None:
        """Answer a page and go on."""
        self.fill(answers)
        self.go_on()

    def start(self) -> None:
        """Begin at the front page, and be old enough where age is asked."""
        self.go("/")
        for _ in range(2):
            if "/quiz/" not in self.path:
                with self.navigation():
                    self.page.locator("main .buttons .button").first.click()

    def skip_to(self, place: str, answers: Mapping[str, Any]) -> None:
        """Be where a walk with these answers leads, without clicking all the way."""
        caller = HttpClient(self.url)
        person = Person(caller)
        person.start()
        person.walk(answers, place)
        self.context.add_cookies(
            [{"name": cookie.name, "value": cookie.value or "", "url": self.url} for cookie in caller.jar]
        )
        self.go(person.path)

    def fill_at_once(self, answers: Mapping[str, Any]) -> None:
        """The same as to fill in, at once: for pages that are looked at and not clicked."""
        self.page.evaluate(
            """fields => document.querySelectorAll("main form input:not([type=hidden])").forEach(input => {
            const texts = fields[input.name];
            if (!texts) return;
            if (input.type === "text") input.value = texts[0]; else input.checked = texts.includes(input.value);
            input.dispatchEvent(new Event("change", {bubbles: true}));
            })""",
            fields_of(answers),
        )

    def walk(self, answers: Mapping[str, Any], until: str = "check", each: Callable[[], None] | None = None) -> None:
        """Answer and go on until a place is reached; ``each`` page may be looked at."""
        for _ in range(MOST_STEPS):
            if self.page_name == until:
                return
            if each is not None:
                each()
            self.answer(answers)
        message = f"lost at {self.path}: {self.main_text[:200]}"
        raise AssertionError(message)

    @property
    def secret(self) -> Secret:
        """The private link, as it is read in another tab."""
        tab = self.context.new_page()
        tab.goto(f"{self.url}/link")
        secret = Secret.of_code(str(tab.locator("#address").text_content()).rpartition("/")[2].strip())
        tab.close()
        return secret

    # What can be seen

    def horizontal_overflow(self) -> list[str]:
        """Sideways scroll, if there is any."""
        widths = self.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        return [f"{self.path}: {widths[0]} px wide in {widths[1]}"] if widths[0] > widths[1] else []

    def audit(self, axe: Axe, widths: Sequence[int] = WIDTHS, schemes: Sequence[Any] = SCHEMES) -> list[str]:
        """What is wrong with the page as it is now: in width in every size, and by axe in the least and the most, in each colour scheme."""
        faults: list[str] = []
        for width in widths:
            self.page.set_viewport_size({"width": width, "height": 740})
            faults += self.horizontal_overflow()
        self.page.evaluate(f"{axe.source}; null")
        both_ends = ((schemes[0], widths[0]), (schemes[-1], widths[-1]))
        every_look = product(schemes, (widths[0], widths[-1]))
        for scheme, width in dict.fromkeys(every_look if axe.thorough else both_ends):
            self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            self.page.set_viewport_size({"width": width, "height": 740})
            violations: list[Mapping[str, Any]] = self.page.evaluate(
                "tags => axe.run(document, {runOnly: tags, resultTypes: ['violations']}).then(result => result.violations)",
                TAGS if scheme == schemes[0] else ["color-contrast"],  # colours are all that the scheme changes
            )
            faults += [
                f"{self.path} {scheme} {width}: {violation['id']} {node['target']} {node['failureSummary']}"
                for violation in violations
                for node in violation["nodes"]
            ]
        return faults


def tick(visitor: Visitor, within: str) -> Locator:
    """The row of the first action of a part."""
    return visitor.page.locator(f"{within} form.act .tick").first


def press_tick(visitor: Visitor, within: str, becomes: str) -> None:
    """Press the row of the first action, and wait until it says so."""
    tick(visitor, within).click()
    visitor.page.locator(f"{within} form.act .tick[aria-pressed={becomes}]").first.wait_for()


def choose_note(visitor: Visitor, within: str, state: str) -> None:
    """Press a choice in the menu of the first action."""
    visitor.page.locator(f"{within} form.act .menu > summary").first.click()
    button = visitor.page.locator(f"{within} form.act .pop button[value={state}]").first
    if state == "not_for_me" or not visitor.js:
        with visitor.navigation():
            button.click()
    else:
        button.click()
        visitor.page.locator(f"{within} form.act .tick[aria-pressed=mixed]").first.wait_for()
    assert visitor.path == "/plan/1"
