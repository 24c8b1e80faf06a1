"""The day in a browser's own calendar, in a zone where it is already tomorrow, or still yesterday."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import pytest

from tests.browser.clocked_site import serve_site
from tests.clients.site import Site
from tests.factories.small_pack import Folder
from tests.web.views.test_typed import FORM, STEPS
from web.crypto.private_link import Secret

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

NOON: Final = "2026-11-26T12:00:00Z"
"""When the site's day is the 26th, in Kiritimati (14 hours ahead) it is the 27th."""
EARLY: Final = "2026-11-26T05:00:00Z"
"""In Honolulu (10 hours behind) it is the 25th."""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Site, str]]:
    """A site that asks for dates."""
    content = Folder(tmp_path / "content").write({"questionnaires/typed.yaml": FORM, "rules/p/steps.yaml": STEPS})
    with serve_site(tmp_path / "kept", content=content.path) as served:
        yield served


def bounds(page: Page) -> list[str | None]:
    return [page.locator("#f-met").get_attribute(name) for name in ("min", "max")]


@pytest.mark.parametrize(
    ("zone", "instant", "day", "earliest"),
    [("Pacific/Kiritimati", NOON, "2026-11-27", "2016-11-27"), ("Pacific/Honolulu", EARLY, "2026-11-25", "2016-11-25")],
)
def test_the_day_is_the_persons(
    browser: Browser, served: tuple[Site, str], zone: str, instant: str, day: str, earliest: str
) -> None:
    """The calendar offers their own day, it is taken as an answer, and the sitting is begun and finished on it."""
    site, url = served
    context = browser.new_context(timezone_id=zone, base_url=url)
    context.clock.set_fixed_time(instant)
    page = context.new_page()
    page.goto("/")
    page.get_by_role("button", name="Start").click()
    page.wait_for_url("**/quiz/1/facts")
    assert bounds(page) == [earliest, day]
    page.locator("#f-met").fill(day)
    page.get_by_role("button", name="Save and go on").click()
    page.wait_for_url(lambda address: not address.endswith("/facts"))
    for name in ("keep", "more"):
        page.wait_for_url(f"**/quiz/1/{name}")
        page.locator("main button[type=submit]:not([name])").first.click()
    page.wait_for_url("**/quiz/1/check")
    page.get_by_role("button", name="See my plan").click()
    page.wait_for_url("**/plan/1")
    page.goto("/link")
    words = page.locator("main ol li").all_inner_texts()
    sitting = site.sitting(Secret.of_words(" ".join(word.split()[-1] for word in words)))
    assert [str(sitting.created_day), str(sitting.taken_on), sitting.answers["met"]] == [day, day, day]
    context.close()
