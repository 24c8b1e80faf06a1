"""A person with a browser: what they do, and all that must not happen meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, Response, Route

WIDTHS: Final = (320, 360, 1280)
SCHEMES: Final = ("light", "dark")
TAGS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
AWAY: Final = "<!doctype html><html lang=en><title>Weather</title><p>Rain later."
PATIENCE: Final = 15_000
"""Milliseconds until something that does not happen is a fault; nothing waits for so long otherwise."""


class Visitor:
    """One browser without a past, which records what no page may do."""

    def __init__(self, browser: Browser, url: str, *, js: bool = True, scheme: Any = "light", width: int = 360) -> None:
        self.url: Final = url
        self.js: Final = js
        self.faults: list[str] = []
        self.expected: set[int] = set()
        """Statuses of pages that may be errors."""
        self.left: list[str] = []
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
        self.context.route(lambda address: not address.startswith(f"{url}/"), self._elsewhere)
        self.page: Page = self.context.new_page()

    # What must not happen

    def _console(self, message: ConsoleMessage) -> None:
        loading = message.text.startswith("Failed to load resource: the server responded with a status of 4")
        if message.type in {"error", "warning"} and not (self.expected and loading):
            self.faults.append(f"console at {self.path}: {message.text}")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self.faults.append(f"{response.status} for {response.url}")

    def _elsewhere(self, route: Route, request: Request) -> None:
        """Nothing is loaded from elsewhere; only leaving leads there."""
        if request.is_navigation_request():
            self.left.append(request.url)
        else:
            self.faults.append(f"foreign request: {request.url}")
        route.fulfill(body=AWAY, content_type="text/html")

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
    def words(self) -> str:
        return " ".join(self.page.locator("main").inner_text().split())

    @property
    def main(self) -> Locator:
        return self.page.locator("main")

    def press(self, name: str) -> None:
        """Press the button or follow the link with these words."""
        button = self.main.get_by_role("button", name=name)
        (button if button.count() else self.main.get_by_role("link", name=name)).first.click()

    # What can be seen

    def wide(self) -> list[str]:
        """Sideways scroll, if there is any."""
        found = self.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        return [f"{self.path}: {found[0]} px wide in {found[1]}"] if found[0] > found[1] else []

    def look(self, axe: str) -> list[str]:
        """What is wrong with the page as it is now: by axe, and in width, in every size and colour scheme."""
        faults: list[str] = []
        self.page.evaluate(f"{axe}; null")
        for scheme in SCHEMES:
            self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            for width in WIDTHS:
                self.page.set_viewport_size({"width": width, "height": 740})
                faults += self.wide()
                found: list[Mapping[str, Any]] = self.page.evaluate(
                    "tags => axe.run(document, {runOnly: tags, resultTypes: ['violations']}).then(found => found.violations)",
                    TAGS,
                )
                faults += [
                    f"{self.path} {scheme} {width}: {one['id']} {node['target']} {node['failureSummary']}"
                    for one in found
                    for node in one["nodes"]
                ]
        return faults
