"""People who are at a page of the quiz or at their plan: the walk there is made once a process, and its files are copied."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from tests.clients.person import Person
from tests.clients.site import FlaskTestClient, SettableClock, Site

PLAN: Final = "plan"


@dataclass(frozen=True)
class Walk:
    """What a walk leaves: the files of the installation with their modes, the cookies, and the address of the page."""

    files: Mapping[str, tuple[int, bytes]]
    cookies: tuple[tuple[str, str, str, str], ...]
    path: str


def person_at(site: Site, place: str, answers: Mapping[str, Any]) -> Person:
    """A person who answered everything up to a page of the quiz, or who has a plan.

    The walk is only copied into an installation that is empty, as usual, and on SQLite. Copies share their private link.
    """
    if site.database is not None or site.options or site.folder.exists() or site.clock != SettableClock():
        return _walk(site, place, answers)
    walk = _walk_once(place, json.dumps(answers))
    site.folder.mkdir(mode=0o700)
    for name, (mode, content) in walk.files.items():
        (site.folder / name).write_bytes(content)
        (site.folder / name).chmod(mode)
    person = site.person()
    assert isinstance(person.client, FlaskTestClient)
    for key, value, domain, path in walk.cookies:
        person.client.client.set_cookie(key, value, domain=domain, path=path)
    person.get(walk.path)
    assert person.path == walk.path
    return person


@lru_cache(maxsize=64)
def _walk_once(place: str, answers: str) -> Walk:
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder) / "kept")
        person = _walk(site, place, json.loads(answers))
        site.storage.close()
        assert isinstance(person.client, FlaskTestClient)
        files = {file.name: (file.stat().st_mode, file.read_bytes()) for file in site.folder.iterdir()}
        cookies = (person.client.client._cookies or {}).values()
        return Walk(
            files, tuple((each.key, each.decoded_value, each.domain, each.path) for each in cookies), person.path
        )


def _walk(site: Site, place: str, answers: Mapping[str, Any]) -> Person:
    person = site.person()
    person.start()
    person.walk(answers, "check" if place == PLAN else place)
    if place == PLAN:
        person.finish()
        assert person.path == "/plan/1"
    return person
