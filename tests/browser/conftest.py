"""A browser, a server of its own, and people who walk through the pages with it."""

from __future__ import annotations

import importlib.util
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.browser.clocked_site import serve_site
from tests.clients.site import Site
from tests.servers.server_process import Server, serve
from tests.servers.waiting import join

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.visitor import Axe, Visitor

CHROMIUM: Final = next(filter(None, map(shutil.which, ("/usr/bin/chromium", "chromium", "chromium-browser"))), None)
FLAGS: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium: install it (on Debian: apt-get install chromium) to test in a browser")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        instance = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield instance
        instance.close()


class _WeatherPage(BaseHTTPRequestHandler):
    """Another site, on which nothing is of interest."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(
            b"<!doctype html><html lang=en><title>Weather</title><link rel=icon href=data:,><p>Rain later."
        )

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="session")
def elsewhere() -> Iterator[str]:
    """The address of a dull page."""
    http_server = ThreadingHTTPServer(("127.0.0.1", 0), _WeatherPage)
    thread = threading.Thread(target=http_server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{http_server.server_port}/weather"
    http_server.shutdown()
    join([thread], "the other site to end")
    http_server.server_close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, elsewhere: str) -> Iterator[Server]:
    """A server that all tests of this process share: each person has a journey of their own."""
    process = serve(tmp_path_factory.mktemp("kept"), HEARTWORK_EXIT_URL=elsewhere)
    yield process
    process.stop()


@pytest.fixture
def visit(browser: Browser, server: Server) -> Iterator[Callable[..., Visitor]]:
    """A person with a browser of their own. What must not happen on any page is looked for at the end."""
    from tests.browser.visitor import Visitor

    visitors: list[Visitor] = []

    def make(**options: Any) -> Visitor:
        visitors.append(Visitor(browser, server.url, **options))
        return visitors[-1]

    yield make
    faults = [fault for visitor in visitors for fault in visitor.faults]
    for visitor in visitors:
        visitor.context.close()
    assert faults == []


@pytest.fixture
def served_site(tmp_path: Path) -> Iterator[tuple[Site, str]]:
    """A site of its own, at a day of its own."""
    with serve_site(tmp_path / "kept") as served:
        yield served


@pytest.fixture(scope="session")
def axe() -> Axe:
    """The source of axe-core, which a Python package carries."""
    from tests.browser.visitor import Axe

    spec = importlib.util.find_spec("axe_playwright_python")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return Axe((Path(spec.submodule_search_locations[0]) / "axe.min.js").read_text(encoding="utf-8"))


@pytest.fixture(params=[False, pytest.param(True, marks=pytest.mark.exhaustive)], ids=["two-looks", "all-looks"])
def axe_in_looks(request: pytest.FixtureRequest, axe: Axe) -> Axe:
    """axe-core, which examines a page small in light and wide in dark colours, or in each size and colour scheme."""
    return replace(axe, thorough=request.param)
