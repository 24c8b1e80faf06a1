"""A browser, a server of its own, and people who walk through the pages with it."""

from __future__ import annotations

import importlib.util
import shutil
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.browser.clocked_site import opened
from tests.clients.site import House
from tests.servers.server_process import Server, serve

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.visitor import Visitor

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
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield found
        found.close()


class _Dull(BaseHTTPRequestHandler):
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
    found = ThreadingHTTPServer(("127.0.0.1", 0), _Dull)
    thread = threading.Thread(target=found.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{found.server_port}/weather"
    found.shutdown()
    thread.join()
    found.server_close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, elsewhere: str) -> Iterator[Server]:
    """A server that all tests of this process share: each person has a journey of their own."""
    found = serve(tmp_path_factory.mktemp("kept"), HEARTWORK_EXIT_URL=elsewhere)
    yield found
    found.stop()


@pytest.fixture
def visit(browser: Browser, server: Server) -> Iterator[Callable[..., Visitor]]:
    """A person with a browser of their own. What must not happen on any page is looked for at the end."""
    from tests.browser.visitor import Visitor

    visitors: list[Visitor] = []

    def make(**options: Any) -> Visitor:
        visitors.append(Visitor(browser, server.url, **options))
        return visitors[-1]

    yield make
    faults = [fault for one in visitors for fault in one.faults]
    for one in visitors:
        one.context.close()
    assert faults == []


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[House, str]]:
    """A site of its own, at a day of its own."""
    with opened(tmp_path / "kept") as found:
        yield found


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, which a Python package carries."""
    spec = importlib.util.find_spec("axe_playwright_python")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return (Path(spec.submodule_search_locations[0]) / "axe.min.js").read_text(encoding="utf-8")
