"""Points of the checklist in docs/operating.md that belong to no other module's tests."""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from engine.answers.answers_file import read_answers_file
from engine.errors import ContentError, FileError
from engine.loading.library import load_library
from tests.clients.page import read_page
from tests.clients.site import Site, example, secret_of
from tests.paths import ROOT
from tests.servers.waiting import SECONDS
from tests.web.http.test_session import begin_journey
from tests.web.test_operating import TEXT
from web.crypto.link_reader import MAX_CANDIDATES

MARKUP = '"></text></svg><svg onload=alert(1)>'
PAGES = ("/plan/1", "/plans", "/timeline", "/plan/1/what-if", "/plan/1/weeks", "/quiz/1/check", "/plan/1/file")
HALF_A_YEAR = 15768000


def test_an_observatory_finds_nothing(tmp_path: Path) -> None:
    """By the rules of Mozilla's Observatory: nothing that costs points, and all that earns some without a list of hosts."""
    site = Site(tmp_path / "kept", options={"base_url": "https://example.org"})
    response = site.app.test_client().get("/", base_url="https://example.org")
    headers = response.headers
    policy = {
        name: rest
        for name, _, rest in (
            directive.strip().partition(" ") for directive in headers["Content-Security-Policy"].split(";")
        )
    }
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["form-action"] == "'self'"
    assert set(policy.values()) <= {"'none'", "'self'"}
    for cookie in headers.getlist("Set-Cookie"):
        assert cookie.startswith("__Host-")
        assert all(part in cookie for part in ("; Secure", "; HttpOnly", "; SameSite=Lax"))
    assert int(re.fullmatch(r"max-age=(\d+)", headers["Strict-Transport-Security"])[1]) >= HALF_A_YEAR  # type: ignore[index]
    assert headers["Referrer-Policy"] in {
        "no-referrer",
        "same-origin",
        "strict-origin",
        "strict-origin-when-cross-origin",
    }
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in headers
    page = read_page(response.text)
    fetched_urls = [
        node.attributes.get("src", node.attributes.get("href", ""))
        for node in page.root.find("script") + page.root.find("link")
    ]
    assert fetched_urls
    assert all(url.startswith("/static/") for url in fetched_urls)
    site.storage.close()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "https://example.org.evil.example"}, 403),
        ({"Origin": "evil"}, 403),
        ({"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "https://Example.org"}, 303),
        ({"Origin": "https://www.example.org:8443"}, 303),
        ({"Origin": "null"}, 303),
        ({"Origin": "https://forwarded.example", "Sec-Fetch-Site": "same-origin"}, 303),
        ({}, 303),
    ],
)
def test_the_origin_of_a_form(tmp_path: Path, headers: dict[str, str], status: int) -> None:
    """A form of another host is refused even with our token; if the browser says whose it is, that is believed."""
    site = Site(tmp_path / "kept", options={"base_url": "https://example.org", "allowed_hosts": ("www.example.org",)})
    client = site.app.test_client()
    form = read_page(client.get("/start", base_url="https://example.org").text).form("/start")
    data = {**form.initial_fields, "adult": "yes"}
    assert client.post("/start", data=data, headers=headers, base_url="https://example.org").status_code == status
    site.storage.close()


def test_names_are_text_in_pictures_too(site: Site) -> None:
    """A name that looks like markup makes no element on any page or picture of the plan, and closes none."""
    shapes = []
    for name in ("Sam", MARKUP):
        person = site.person()
        person.start()
        person.walk({**example("first-weeks"), "partner_name": name})
        person.finish()
        secret_of(person)
        pages = [read_page(person.client.get(path).response.text) for path in PAGES]  # type: ignore[attr-defined]
        assert not [node for page in pages for node in page.root.walk() if "onload" in node.attributes]
        shapes.append([[node.tag for node in page.root.walk()] for page in pages])
        picture = ET.fromstring(person.client.get("/link/qr.svg").response.text)  # type: ignore[attr-defined]  # noqa: S314 - our own
        assert {element.tag.rpartition("}")[2] for element in picture.iter()} <= {"svg", "g", "path"}
    assert shapes[0] == shapes[1]


def test_addresses_lead_to_no_file(site: Site) -> None:
    """No address leads out of the few files there are: each is looked up by its whole name in a table."""
    client = site.app.test_client()
    begin_journey(site, client)
    names = ("../settings.py", "..%2f..%2fetc%2fpasswd", "....//etc/passwd", "..\\settings.py", "%00", "x//etc/passwd")
    for prefix in ("/static/", "/static/../", "/", "/open/", "/quiz/1/", "/plan/"):
        for name in names:
            response = client.get(prefix + name)
            assert response.status_code in {303, 308, 404}, prefix + name
            assert "root:" not in response.text
            assert "HEARTWORK_" not in response.text


def test_names_in_content_and_answers_lead_to_no_file(tmp_path: Path) -> None:
    """Content and answers name each other by ids, and what is no id is a fault: no file is opened by such a name."""
    for folder in ("questionnaires", "rules"):
        (tmp_path / folder).mkdir()
    (tmp_path / "questionnaires" / "a.yaml").write_text(
        "questionnaire: ../../secret\npack: ../../secret\n", encoding="utf-8"
    )
    with pytest.raises(ContentError) as fault:
        load_library(tmp_path)
    reported = [problem.broken for problem in fault.value.problems if "../../secret" in problem.broken]
    assert len(reported) == 2, "each is no id"
    answers = tmp_path / "answers.yaml"
    answers.write_text("heartwork: 1\nquestionnaire: ../../secret\nanswers: {}\n", encoding="utf-8")
    with pytest.raises(FileError, match=r"\.\./\.\./secret"):
        read_answers_file(answers, load_library())


def test_the_chance_of_guessing() -> None:
    """The arithmetic of docs/operating.md: 10,000 guesses a second for a year, among a million journeys."""
    seconds = 60 * 60 * 24 * 365
    assert f"{seconds:,}" in TEXT
    assert 0.9e-21 < 10**6 * 10**4 * seconds / 2**128 < 1.1e-21
    assert "10⁻²¹" in TEXT
    assert 6.5e-21 < MAX_CANDIDATES * 10**6 * 10**4 * seconds / 2**128 < 7.5e-21
    assert "7 × 10⁻²¹" in TEXT


def test_bandit_finds_nothing() -> None:
    """What looks for known mistakes in code finds none in ours."""
    command = [
        sys.executable,
        "-m",
        "bandit",
        "--quiet",
        "--recursive",
        "--configfile",
        "pyproject.toml",
        "engine",
        "web",
    ]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=SECONDS)
    assert run.returncode == 0, run.stdout
