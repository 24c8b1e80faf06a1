"""The real server: killed while eight people answer, searched for what they wrote, and weighed."""

from __future__ import annotations

import gzip
import http.client
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from random import Random
from typing import Final
from urllib.error import URLError

import pytest

from tests.clients.page import Form
from tests.clients.person import Person
from tests.clients.site import LINK_CODE, example
from tests.factories.sample_journey import DAY
from tests.servers.server_process import HttpClient, HttpResponse, Server, serve
from tests.servers.waiting import SECONDS, join, run_at_once
from web.crypto.private_link import Secret
from web.journeys.journey import Journeys
from web.server.startup import open_migrated

PEOPLE: Final = 8
ROUNDS: Final = 2
MANY_ROUNDS: Final = 12
NAME: Final = "Zaphodia-Ümläut"
ANSWERS: Final = {
    **example("first-weeks"),
    "partner_name": NAME,
    "afraid": "often",
    "self_harm_thoughts": "ending_earlier",
}
HEAVIEST: Final = 60 * 1024


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Server]:
    server = serve(tmp_path / "kept")
    yield server
    server.stop()


def secret(person: Person) -> Secret:
    match = LINK_CODE.search(person.get("/link").html)
    assert match is not None
    return Secret.of_code(match[1])


# Killed


@dataclass
class Writer:
    """Somebody who sends the first page again and again, each time with the next number as a name."""

    caller: HttpClient
    secret: Secret
    form: Form
    sent: int = 0
    acknowledged: int = 0


@dataclass
class Crowd:
    """Eight people at once, and how many of their pages were acknowledged."""

    writers: list[Writer]
    gone_on: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def write(self, writer: Writer) -> None:
        fields = {**writer.form.initial_fields, "pronoun": ["she"], "wish": ["decide"], "how_it_ended": ["me"]}
        for number in count(writer.sent + 1):
            writer.sent = number
            try:
                reply = writer.caller.post("/quiz/1/you_two", {**fields, "partner_name": [f"n{number}"]})
            except (URLError, OSError, http.client.HTTPException):
                return  # the server is dead
            assert reply.status == 303
            writer.acknowledged = number
            self.gone_on.release()

    def round(self, server: Server, pages: int) -> None:
        """Let everybody write, and kill the server after so many pages, wherever it is then."""
        threads = [threading.Thread(target=self.write, args=(writer,)) for writer in self.writers]
        for writer in self.writers:
            writer.caller.url = server.url
        for thread in threads:
            thread.start()
        for _ in range(pages):
            assert self.gone_on.acquire(timeout=SECONDS), f"waited {SECONDS:.0f} s for a page to be acknowledged"
        server.kill()
        join(threads, "the people whose server was killed")


def new_writer(server: Server) -> Writer:
    caller = HttpClient(server.url)
    person = Person(caller)
    person.start()
    form = person.questions
    assert form is not None
    return Writer(caller, secret(person), form)


@pytest.mark.parametrize("rounds", [ROUNDS, pytest.param(MANY_ROUNDS, marks=pytest.mark.exhaustive)])
def test_a_kill_loses_no_page(tmp_path: Path, rounds: int) -> None:
    """Eight people answer and the server is killed, again and again: whatever was answered with a 303 is on the disk."""
    folder, random = tmp_path / "kept", Random(4)
    server = serve(folder)
    crowd = Crowd([new_writer(server) for _ in range(PEOPLE)])
    for number in range(rounds):
        if number:
            server = serve(folder)
        crowd.round(server, random.randint(1, 40))
        storage = open_migrated(folder)
        assert storage.database.check() == ()
        for writer in crowd.writers:
            journey = Journeys(storage).load(writer.secret, DAY)
            assert journey is not None
            stored = int(journey.sittings[0].answers.get("partner_name", "n0")[1:])
            assert writer.acknowledged <= stored <= writer.sent
        storage.close()
    assert sum(writer.acknowledged for writer in crowd.writers) > rounds


def test_one_person_at_once(running: Server) -> None:
    """Pages that one person sends from several tabs at the same moment are all kept."""
    person = Person(HttpClient(running.url))
    person.start()
    person_secret = secret(person)
    pages = ("between_you", "between_you-2", "own_life", "space", "two_weeks")
    forms: list[tuple[Form, dict[str, list[str]]]] = []
    for name in pages:
        person.get(f"/quiz/1/{name}")
        form = person.questions
        assert form is not None
        forms.append((form, person.filled_fields(form, ANSWERS)))
    caller = person.client
    run_at_once([partial(caller.post, form.action, fields) for form, fields in forms * 4], "answers from several tabs")
    running.stop()
    storage = open_migrated(running.folder)
    journey = Journeys(storage).load(person_secret, DAY)
    storage.close()
    assert journey is not None
    names = [name for form, _ in forms for name in form.names if name in ANSWERS]
    assert len(names) > 15
    assert {name: journey.sittings[0].answers.get(name) for name in names} == {name: ANSWERS[name] for name in names}


# Searched


def test_nothing_can_be_read(running: Server) -> None:
    """Neither the files nor what the server prints hold an answer, the name, or the secret, in any writing."""
    person = Person(HttpClient(running.url))
    person.start()
    person_secret = secret(person)
    person.get("/quiz/1")
    person.answer({**ANSWERS, "partner_name": NAME * 3})
    person.walk(ANSWERS)
    assert NAME in person.page.text
    person.finish()
    person.get(f"/open/{person_secret.code}")
    for path in (f"/quiz/1/{NAME}", f"/plan/{person_secret.code}", "/quiz/9", "/nobody"):
        person.client.get(path.encode().decode("ascii", "ignore"))
    person.get("/have")
    form = person.page.form("/have")
    person.send(form, {**form.initial_fields, "text": [f"{' '.join(person_secret.words)} {NAME}"]})
    running.stop()
    texts = (
        NAME,
        f"{NAME}"[:8],
        person_secret.code,
        person_secret.old_code,
        " ".join(person_secret.words[:3]),
        '"afraid"',
        "not_now",
        person_secret.raw.hex(),
        "you_two",
    )
    needles = [text.encode() for text in texts] + [person_secret.raw, person_secret.key]
    content = (b'"afraid"', b"not_now", b"you_two")  # the questionnaire itself is no secret
    files = [path for path in running.folder.rglob("*") if path.is_file()]
    assert len(files) >= 2
    printed = running.log.encode()
    for needle in needles:
        assert needle not in printed
        for file in files:
            assert needle in content or needle not in file.read_bytes(), file


def test_nothing_is_left_after_deleting(running: Server) -> None:
    """After everything was deleted, not one of its encrypted bodies is in the files."""
    person = Person(HttpClient(running.url))
    person.start()
    person_secret = secret(person)
    person.get("/quiz/1")
    person.walk(ANSWERS, "contact_now")
    storage = open_migrated(running.folder)
    with storage.database.engine.connect() as connection:
        bodies = [row[0] for row in connection.exec_driver_sql("select body from sitting")]
    storage.close()
    assert bodies
    form = person.get("/delete").form("/delete")
    person.send(form, {**form.initial_fields, "confirm": ["yes"]})
    assert person.path == "/deleted"
    running.stop()
    for path in running.folder.rglob("*"):
        if path.is_file():
            held = path.read_bytes()
            assert all(body[40:200] not in held for body in bodies)
            assert person_secret.locator not in held or path.suffix != ".sqlite"


# Weighed


def test_a_page_is_light(running: Server) -> None:
    """A page, with style, scripts, font and icon, is at most 60 KiB as it travels."""
    person = Person(HttpClient(running.url))
    caller = person.client
    assert isinstance(caller, HttpClient)
    sizes: dict[str, int] = {}

    def weight(path: str) -> int:
        reply: HttpResponse = caller.get(path, **{"Accept-Encoding": "gzip"})
        assert reply.status == 200
        zipped = reply.headers.get("Content-Encoding") == "gzip"
        html = (gzip.decompress(reply.body) if zipped else reply.body).decode()
        total = len(reply.body)
        for name in {part for part in html.split('"') if part.startswith("/static/")}:
            if name not in sizes:
                sizes[name] = len(caller.get(name, **{"Accept-Encoding": "gzip"}).body)
            total += sizes[name]
        return total

    heaviest = {path: weight(path) for path in ("/", "/help", "/help?country=uk", "/privacy", "/have")}
    person.start()
    while person.page_name != "check":
        heaviest[person.path] = weight(person.path)
        person.answer(ANSWERS) if person.questions is not None else person.go_on()
    for path in ("/link", "/delete", "/quiz/1/check", "/quiz/1/later"):
        heaviest[path] = weight(path)
    person.finish()
    heaviest["/plan/1"] = weight("/plan/1")
    assert len(sizes) >= 3
    assert max(heaviest.values()) <= HEAVIEST, heaviest
