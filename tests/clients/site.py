"""A site in this process, with its storage, its clock and clients."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache
from pathlib import Path
from types import CodeType
from typing import Any, Final

from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.test import TestResponse

from engine.loading.yaml import read
from tests.clients.page import Page, read_page
from tests.clients.person import Person
from tests.paths import ROOT
from web.app import create_app
from web.app_state import AppState, LoadedContent, load_content
from web.clock import Clock
from web.crypto.private_link import Secret
from web.http.state import STATE_KEY
from web.journeys.journey import Journey, Journeys
from web.journeys.sitting import Sitting
from web.server.startup import open_migrated
from web.settings import Settings
from web.storage import Storage

NO_LIMIT: Final = "900000 per second"
LINK_CODE: Final = re.compile(r"/open/(\w{30})")


@dataclass
class SettableClock(Clock):
    """A clock that a test sets."""

    instant: datetime = datetime(2026, 11, 26, 20, 0, tzinfo=UTC)

    def today(self) -> date:
        return self.instant.date()

    def now(self) -> datetime:
        return self.instant

    def advance(self, **time: float) -> None:
        self.instant += timedelta(**time)


@dataclass(frozen=True)
class ClientResponse:
    """A response of the site."""

    response: TestResponse

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def headers(self) -> Mapping[str, str]:
        return dict(self.response.headers)

    @property
    def location(self) -> str:
        return self.response.headers.get("Location", "")

    @cached_property
    def page(self) -> Page:
        return read_page(self.response.get_data(as_text=True))


class FlaskTestClient:
    """Sends requests to the application through Flask's test client."""

    def __init__(self, client: FlaskClient) -> None:
        self.client: Final = client

    def get(self, path: str) -> ClientResponse:
        return ClientResponse(self.client.get(path))

    def post(self, path: str, fields: Mapping[str, list[str]]) -> ClientResponse:
        return ClientResponse(self.client.post(path, data=dict(fields)))


class CompiledTemplates(BytecodeCache):
    """A cache of compiled templates for all sites of this process, because compiling them is slow."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._code.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code is not None
        self._code[bucket.key, bucket.checksum] = bucket.code


COMPILED_TEMPLATES: Final = CompiledTemplates()


@lru_cache(maxsize=4)
def cached_content(content: Path | None) -> LoadedContent:
    """The content of a folder, loaded once for all tests."""
    return load_content(Settings(data_dir=ROOT, content=content))


@dataclass
class Site:
    """A site and its data."""

    folder: Path
    clock: SettableClock = field(default_factory=SettableClock)
    options: dict[str, Any] = field(default_factory=dict)
    database: str | None = None

    @cached_property
    def storage(self) -> Storage:
        return open_migrated(self.folder, self.database, patience=0.2)

    @cached_property
    def app(self) -> Flask:
        settings = Settings(data_dir=self.folder, start_limit=NO_LIMIT, open_limit=NO_LIMIT, **self.options)
        app = create_app(settings, storage=self.storage, clock=self.clock, content=cached_content(settings.content))
        app.jinja_env.bytecode_cache = COMPILED_TEMPLATES
        return app

    @property
    def state(self) -> AppState:
        """The state of the application that all requests share."""
        state: AppState = self.app.extensions[STATE_KEY]
        return state

    def person(self) -> Person:
        """A new person with a new browser."""
        return Person(FlaskTestClient(self.app.test_client()))

    def journey(self, secret: Secret) -> Journey | None:
        return Journeys(self.storage).load(secret, self.clock.today())

    def sitting(self, secret: Secret, number: int = 1) -> Sitting:
        journey = self.journey(secret)
        assert journey is not None
        sitting = journey.sitting(number)
        assert sitting is not None
        return sitting


def new_tab(person: Person) -> Person:
    """Another tab of the same browser, on the same page."""
    return Person(person.client, person.path, list(person.responses))


def secret_of(person: Person) -> Secret:
    """The secret of the private link, read from its page."""
    page = new_tab(person).get("/link")
    match = LINK_CODE.search(page.html)
    assert match is not None
    return Secret.of_code(match[1])


def example(name: str) -> dict[str, Any]:
    """The answers of a shipped example, or of a case in ``tests/cases``."""
    for path in (ROOT / "questionnaires/examples" / f"{name}.yaml", ROOT / "tests/cases/breakup" / f"{name}.yaml"):
        if path.exists():
            source, _ = read(path)
            assert source is not None
            assert isinstance(source.value, dict)
            answers: dict[str, Any] = source.value["answers"]
            return answers
    raise FileNotFoundError(name)
