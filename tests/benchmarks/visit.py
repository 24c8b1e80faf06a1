"""A whole quiz, noted once and then taken again by many, who do little more than send it and look at the clock."""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from typing import Final
from urllib.parse import parse_qsl, urlencode

from tests.clients.person import Person
from tests.servers.server_process import Answer, Caller

HIDDEN: Final = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
PATIENCE: Final = 30.0


@dataclass(frozen=True)
class Request:
    """One request: what a person filled in, and not what the form carried."""

    path: str
    status: int
    filled: tuple[tuple[str, str], ...] | None = None


def hidden(page: str, action: str) -> list[tuple[str, str]]:
    """What the form carries that leads to an address: the one that names it, or the one that leads to its own page."""
    forms = [one.partition("</form>")[0] for one in page.split("<form ")[1:]]
    own = [one for one in forms if f'action="{action}"' in one.partition(">")[0]]
    own += [one for one in forms if "action=" not in one.partition(">")[0]]
    return [(name, unescape(value)) for name, value in HIDDEN.findall(own[0])] if own else []


class Noting(Caller):
    """Somebody whose requests are noted."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.noted: list[Request] = []
        self._page = ""

    def get(self, path: str, **headers: str) -> Answer:
        found = super().get(path, **headers)
        self._page = found.body.decode()
        self.noted.append(Request(path, found.status))
        return found

    def post(self, path: str, fields: Mapping[str, list[str]]) -> Answer:
        carried = {name for name, _ in hidden(self._page, path)}
        filled = [one for one in parse_qsl(urlencode(fields, doseq=True), True) if one[0] not in carried]
        found = super().post(path, fields)
        self.noted.append(Request(path, found.status, tuple(filled)))
        return found


def noted(url: str, answers: Mapping[str, object]) -> tuple[Request, ...]:
    """All requests of somebody who answers everything and looks at the plan."""
    caller = Noting(url)
    person = Person(caller)
    person.start()
    person.walk(answers)
    person.finish()
    return tuple(caller.noted)


BARE: Final = tuple(
    Request("/", 200) if turn % 2 == 0 else Request("/", 303, (("item-1", "x" * 500),)) for turn in range(38)
)


@dataclass
class Visitor:
    """One person with one connection, as a browser has."""

    port: int
    seconds: list[float] = field(default_factory=list)
    errors: int = 0

    def take(self, requests: Sequence[Request]) -> None:
        """Send everything in turn; whatever fails is counted, and ends the visit."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        cookies: dict[str, str] = {}
        page = ""
        try:
            for one in requests:
                body = None if one.filled is None else urlencode([*hidden(page, one.path), *one.filled])
                before = time.perf_counter()
                status, text = self._send(line, one.path, body, cookies)
                self.seconds.append(time.perf_counter() - before)
                page = text or page
                if status != one.status:
                    self.errors += 1
                    return
        except (OSError, http.client.HTTPException):
            self.errors += 1
        finally:
            line.close()

    def _send(
        self, line: http.client.HTTPConnection, path: str, body: str | None, cookies: dict[str, str]
    ) -> tuple[int, str]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
        if body is not None:
            headers |= {
                "Content-Type": "application/x-www-form-urlencoded",
                "Origin": f"http://127.0.0.1:{self.port}",
            }
        line.request("GET" if body is None else "POST", path, body, headers)
        found = line.getresponse()
        text = found.read().decode()
        for name, value in found.getheaders():
            if name.lower() == "set-cookie":
                kept, _, told = value.partition(";")[0].partition("=")
                cookies[kept] = told
        return found.status, text
