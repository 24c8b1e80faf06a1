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
from tests.servers.server_process import HttpClient, HttpResponse

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
    forms = [form.partition("</form>")[0] for form in page.split("<form ")[1:]]
    matching = [form for form in forms if f'action="{action}"' in form.partition(">")[0]]
    matching += [form for form in forms if "action=" not in form.partition(">")[0]]
    return [(name, unescape(value)) for name, value in HIDDEN.findall(matching[0])] if matching else []


class RecordingCaller(HttpClient):
    """Somebody whose requests are noted."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.recorded: list[Request] = []
        self._page = ""

    def get(self, path: str, **headers: str) -> HttpResponse:
        answer = super().get(path, **headers)
        self._page = answer.body.decode()
        self.recorded.append(Request(path, answer.status))
        return answer

    def post(self, path: str, fields: Mapping[str, list[str]]) -> HttpResponse:
        hidden_names = {name for name, _ in hidden(self._page, path)}
        filled_fields = [
            field_pair
            for field_pair in parse_qsl(urlencode(fields, doseq=True), True)
            if field_pair[0] not in hidden_names
        ]
        answer = super().post(path, fields)
        self.recorded.append(Request(path, answer.status, tuple(filled_fields)))
        return answer


def recorded_requests(url: str, answers: Mapping[str, object]) -> tuple[Request, ...]:
    """All requests of a person who answers everything and looks at the plan."""
    caller = RecordingCaller(url)
    person = Person(caller)
    person.start()
    person.walk(answers)
    person.finish()
    return tuple(caller.recorded)


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
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        cookies: dict[str, str] = {}
        page = ""
        try:
            for request in requests:
                body = None if request.filled is None else urlencode([*hidden(page, request.path), *request.filled])
                before = time.perf_counter()
                status, text = self._send(connection, request.path, body, cookies)
                self.seconds.append(time.perf_counter() - before)
                page = text or page
                if status != request.status:
                    self.errors += 1
                    return
        except (OSError, http.client.HTTPException):
            self.errors += 1
        finally:
            connection.close()

    def _send(
        self, connection: http.client.HTTPConnection, path: str, body: str | None, cookies: dict[str, str]
    ) -> tuple[int, str]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
        if body is not None:
            headers |= {
                "Content-Type": "application/x-www-form-urlencoded",
                "Origin": f"http://127.0.0.1:{self.port}",
            }
        connection.request("GET" if body is None else "POST", path, body, headers)
        response = connection.getresponse()
        text = response.read().decode()
        for name, value in response.getheaders():
            if name.lower() == "set-cookie":
                cookie_name, _, cookie_value = value.partition(";")[0].partition("=")
                cookies[cookie_name] = cookie_value
        return response.status, text
