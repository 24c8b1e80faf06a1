"""Take the screenshots of the README: ``python -m tests.tools.screenshots``.

They show pages of a sample person, who takes a check-in after three weeks and all questions after six. Take them again
after a change to the pages.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, sync_playwright

from tests.browser.clocked_site import serve_site
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.visitor import Visitor
from tests.clients.site import Site, example
from tests.paths import ROOT

FOLDER: Final = ROOT / "docs" / "pictures"
SIZE: Final = {"width": 360, "height": 900}
SCALE: Final = 1.5
PICTURES: Final = {"plan": "/plan/3", "comparison": "/compare/1/3", "timeline": "/timeline"}
FIRST: Final = example("first-weeks")
LATER: Final = example("first-weeks-later")
LOOK: Final = {**LATER, "sleep": 2, "thoughts": 1, "checking": 2, "since_last_time": ["nothing"]}


def main() -> None:
    """Take the quizzes and the screenshots."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        sync_playwright() as play,
        tempfile.TemporaryDirectory() as folder,
        serve_site(Path(folder) / "kept") as (site, url),
    ):
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        visitor = returned_visitor(browser, site, url)
        context = browser.new_context(
            viewport={"width": SIZE["width"], "height": SIZE["height"]},
            device_scale_factor=SCALE,
            storage_state=visitor.context.storage_state(),
        )
        page = context.new_page()
        for name, path in PICTURES.items():
            page.goto(url + path)
            page.screenshot(path=FOLDER / f"{name}.png")
        browser.close()


def returned_visitor(browser: Browser, site: Site, url: str) -> Visitor:
    """A person with two plans and a check-in between them."""
    visitor = Visitor(browser, url)
    visitor.skip_to("check", FIRST)
    visitor.go_on()
    words = " ".join(visitor.secret.words)
    returns: tuple[tuple[str, dict[str, Any]], ...] = (("Start a short check-in", LOOK), ("Take it again", LATER))
    for button, answers in returns:
        site.clock.advance(weeks=3)
        visitor = Visitor(browser, url)
        visitor.go("/have")
        visitor.page.locator("main textarea").first.fill(words)
        visitor.go_on()
        visitor.go("/plans")
        visitor.press(button)
        visitor.walk(answers)
        visitor.go_on()
    return visitor


if __name__ == "__main__":
    main()
