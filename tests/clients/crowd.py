"""Many concurrent clients that record every confirmed page, to check later that the server stored it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any, Final

from tests.clients.page import Page
from tests.clients.person import Fields, HttpClient, Person, fields_of
from tests.clients.site import LINK_CODE, example
from tests.factories.sample_journey import DAY
from tests.servers import server_process as serving
from tests.servers.waiting import wait_until
from web.crypto.private_link import Secret
from web.journeys.journey import Journeys
from web.storage import Storage

ANSWERS: Final = example("first-weeks")
PATIENCE: Final = 120.0


class RoundRobinClient(serving.HttpClient):
    """An HTTP client that sends its requests to several servers in turn."""

    def __init__(self, *urls: str) -> None:
        super().__init__(urls[0])
        self.turns: Final = cycle(urls)

    def get(self, path: str, **headers: str) -> serving.HttpResponse:
        self.url = next(self.turns)
        return super().get(path, **headers)

    def post(self, path: str, fields: Mapping[str, list[str]]) -> serving.HttpResponse:
        self.url = next(self.turns)
        return super().post(path, fields)


@dataclass
class RecordingPerson(Person):
    """A person whose client records each field of a confirmed page."""

    confirmed: Fields = field(default_factory=dict)
    pages: int = 0

    def answer(self, answers: Mapping[str, Any], *, status: int = 200) -> Page:
        form = self.questions
        assert form is not None, (self.path, self.page.text[:200])
        sent, before = self.filled_fields(form, answers), len(self.responses)
        page = self.send(form, sent, status=status)
        assert self.responses[before].status == 303, (self.path, self.page.text[:200])
        self.confirmed |= {name: texts for name, texts in sent.items() if name in form.names and any(texts)}
        self.pages += 1
        return page


@dataclass
class Crowd:
    """People who take quizzes in a loop until they are stopped."""

    new_client: Callable[[], HttpClient]
    started: list[tuple[Secret, Fields]] = field(default_factory=list)
    people: list[RecordingPerson] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def take_quizzes(self) -> None:
        while not self.stop.is_set():
            person = RecordingPerson(self.new_client())
            person.start()
            match = LINK_CODE.search(person.get("/link").html)
            assert match is not None
            self.started.append((Secret.of_code(match[1]), person.confirmed))
            self.people.append(person)
            person.get("/continue")
            person.walk(ANSWERS)
            person.finish()

    @property
    def pages(self) -> int:
        """The total number of pages of answers confirmed so far."""
        return sum(person.pages for person in list(self.people))

    def lost_pages(self, storage: Storage) -> list[tuple[str, list[str]]]:
        """The confirmed answers that were not stored."""
        journeys = Journeys(storage)
        lost: list[tuple[str, list[str]]] = []
        for secret, confirmed in self.started:
            journey = journeys.load(secret, DAY)
            stored = fields_of(journey.sittings[0].answers) if journey else {}
            lost += [(name, texts) for name, texts in confirmed.items() if stored.get(name) != texts]
        return lost


@contextmanager
def crowd(people: int, caller: Callable[[], HttpClient]) -> Iterator[Crowd]:
    """Run people who answer during the block; raise the errors of any of them at its end."""
    people_answering = Crowd(caller)
    pool = ThreadPoolExecutor(people)
    futures = [pool.submit(people_answering.take_quizzes) for _ in range(people)]
    try:
        yield people_answering
    finally:
        people_answering.stop.set()
        wait_until(lambda: all(future.done() for future in futures), "everybody to finish a quiz", PATIENCE)
    for future in futures:
        future.result(timeout=0)


def wait_for_pages(crowd: Crowd, pages: int, seconds: float = PATIENCE) -> None:
    """Wait until this many further pages are confirmed."""
    target = crowd.pages + pages
    wait_until(lambda: crowd.pages >= target, f"{pages} pages more", seconds)
