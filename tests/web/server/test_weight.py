"""What pages weigh, counted at the real server: a first visit with style, script and font, and each page after it."""

from __future__ import annotations

import gzip
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import pytest

from tests.clients.page import read_page
from tests.clients.person import Person
from tests.clients.site import example
from tests.factories.sample_journey import PUBLIC_PATHS
from tests.servers.server_process import HttpClient, HttpResponse, Server, serve
from web.http.security import POLICY

FIRST_VISIT: Final = 60_000
LATER_PAGE: Final = 20_000
FOR_GOOD: Final = "public, max-age=31536000, immutable"
ANSWERS: Final = {**example("first-weeks"), "own_acts": ["none"]}


@dataclass
class WeighingClient(HttpClient):
    """A person whose every response comes compressed and is weighed as it arrives."""

    url: str
    weights: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__(self.url)

    def _send(self, request: urllib.request.Request) -> HttpResponse:
        request.add_header("Accept-Encoding", "gzip")
        response = super()._send(request)
        path = request.selector
        self.weights[path] = max(self.weights.get(path, 0), len(response.body))
        is_compressed = response.headers.get("Content-Encoding") == "gzip"
        return replace(response, body=gzip.decompress(response.body)) if is_compressed else response


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    process = serve(tmp_path_factory.mktemp("kept"))
    yield process
    process.stop()


@pytest.fixture
def client(server: Server) -> WeighingClient:
    return WeighingClient(server.url)


def parts_of(client: WeighingClient, path: str) -> list[str]:
    """The addresses of all that a browser loads with a page, without it."""
    root = read_page(client.get(path).body.decode()).root
    links = [node.attributes for node in root.find("link") if node.attributes["rel"] != "canonical"]
    sources = [node.attributes["src"] for tag in ("script", "img", "source") for node in root.find(tag)]
    return list(dict.fromkeys([*(link["href"] for link in links), *sources]))


@pytest.mark.parametrize("path", ["/", "/example", "/help"])
def test_a_first_visit_is_light(client: WeighingClient, path: str) -> None:
    """A page with all that a browser loads for it is within 60 KB, and all but the page stays on the device for good."""
    parts = parts_of(client, path)
    for part in parts:
        response = client.get(part)
        assert response.status == 200
        assert response.headers["Cache-Control"] == FOR_GOOD
        assert "Set-Cookie" not in response.headers
    assert len(client.weights) == len(parts) + 1
    assert sum(client.weights.values()) <= FIRST_VISIT, client.weights


def test_the_font_is_loaded_once(client: WeighingClient) -> None:
    """What is preloaded is what the style asks for, in the way in which browsers ask for fonts; the policy lets it in."""
    response = client.get("/")
    root = read_page(response.body.decode()).root
    (preload,) = root.find("link", rel="preload")
    (sheet,) = root.find("link", rel="stylesheet")
    assert (preload.attributes["as"], preload.attributes["type"]) == ("font", "font/woff2")
    assert "crossorigin" in preload.attributes
    folder, _, name = preload.attributes["href"].rpartition("/")
    style = client.get(sheet.attributes["href"]).body.decode()
    assert sheet.attributes["href"].startswith(f"{folder}/")
    assert style.count("@font-face") == style.count(f"url({name})") == 1
    font = client.get(preload.attributes["href"])
    assert font.headers["Content-Type"] == "font/woff2"
    assert font.headers["Cache-Control"] == FOR_GOOD
    assert "Content-Encoding" not in font.headers
    assert font.body.startswith(b"wOF2")
    directives = dict(directive.split(" ", 1) for directive in POLICY.split("; "))
    assert response.headers["Content-Security-Policy"] == POLICY
    assert directives["font-src"] == directives["connect-src"] == "'self'"
    assert "unsafe" not in POLICY
    assert "data:" not in POLICY


def test_later_pages_are_light(client: WeighingClient, tmp_path: Path) -> None:
    """Each page of a journey, and each page for everybody, is within 20 KB as it is sent."""
    person = Person(client)
    person.start()
    person.walk(ANSWERS, "check")
    person.get("/quiz/1/check")
    person.go_on()
    for path in (*PUBLIC_PATHS, "/example", "/help?country=us", "/plan/1", "/plans", "/plan/1/file", "/plan/1/weeks"):
        person.get(path)
    heavy = {path: weight for path, weight in client.weights.items() if weight > LATER_PAGE}
    assert len(client.weights) > 30
    assert heavy == {}
