"""A person who takes the quiz without scripts: reads pages, fills in and sends forms, and follows redirects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from tests.clients.page import Form, Page

Fields = dict[str, list[str]]
RATHER_NOT_SAY: Final = "~"
MOST_STEPS: Final = 80
MOST_REDIRECTS: Final = 6


class Response(Protocol):
    """The response to one request."""

    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def location(self) -> str: ...
    @property
    def page(self) -> Page: ...


class HttpClient(Protocol):
    """The protocol of an HTTP client: a test client, or a connection to a server."""

    def get(self, path: str) -> Response: ...
    def post(self, path: str, fields: Mapping[str, list[str]]) -> Response: ...


def fields_of(answers: Mapping[str, Any]) -> Fields:
    """Answers as form fields."""
    return {name: _texts(value) for name, value in answers.items()}


def _texts(value: Any) -> list[str]:
    match value:
        case None:
            return [RATHER_NOT_SAY]
        case bool():
            return ["yes" if value else "no"]
        case list() | tuple():
            return list(value)
        case _:
            return [str(value)]


@dataclass
class Person:
    """One person, with the current address and page."""

    client: HttpClient
    path: str = "/"
    responses: list[Response] = field(default_factory=list)

    @property
    def response(self) -> Response:
        return self.responses[-1]

    @property
    def page(self) -> Page:
        return replace(self.response.page, path=self.path)

    def get(self, path: str, *, status: int = 200) -> Page:
        """Get an address and follow redirects."""
        reply = self.client.get(path)
        return self.follow(path, reply, status)

    def send(self, form: Form, fields: Mapping[str, list[str]] | None = None, *, status: int = 200) -> Page:
        """Send a form, with its own or with other fields, and follow redirects."""
        return self.follow(
            form.action, self.client.post(form.action, form.initial_fields if fields is None else fields), status
        )

    def follow(self, path: str, reply: Response, status: int) -> Page:
        """Follow the redirects of a response and keep the final page."""
        for _ in range(MOST_REDIRECTS):
            self.responses.append(reply)
            assert reply.status < 500, path
            if reply.status not in {301, 302, 303, 307, 308}:
                break
            assert reply.status in {303, 308}, (reply.status, path)
            path = without_host(reply.location)
            reply = self.client.get(path)
        self.path = path
        assert reply.status == status, (reply.status, path, reply.page.text[:300])
        return self.page

    @property
    def page_name(self) -> str:
        """The last segment of the address."""
        return urlsplit(self.path).path.rpartition("/")[2]

    def start(self) -> Page:
        """Begin at the front page, and answer the question about age as an adult."""
        page = self.get("/")
        form = self.get("/start").form("/start") if "/start" in page.links else page.form("/start")
        return self.send(form, {"adult": ["yes"], **self.hidden_fields(form)})

    @staticmethod
    def hidden_fields(form: Form) -> Fields:
        """The hidden fields of a form."""
        fields: Fields = {}
        for control in form.controls:
            if control.kind == "hidden":
                fields.setdefault(control.name, []).append(control.value)
        return fields

    @property
    def questions(self) -> Form | None:
        """The page's form with questions, if it has one."""
        return next(
            (form for form in self.page.forms if form.controls_named("revision") and form.controls_named("asked")), None
        )

    def filled_fields(self, form: Form, answers: Mapping[str, Any]) -> Fields:
        """The fields of a page with questions: these answers where it asks for them, and the shown values elsewhere."""
        filled = {name: texts for name, texts in fields_of(answers).items() if name in form.names}
        return {**form.initial_fields, **filled}

    def answer(self, answers: Mapping[str, Any], *, status: int = 200) -> Page:
        """Answer the questions of the page and continue."""
        form = self.questions
        assert form is not None, (self.path, self.page.text[:200])
        return self.send(form, self.filled_fields(form, answers), status=status)

    def go_on(self) -> Page:
        """Continue from an interstitial page."""
        form = self.page.form()
        choice = {"offer": {"choice": ["on"]}}.get(self.page_name, {})
        return self.send(form, {**form.initial_fields, **choice})

    def walk(self, answers: Mapping[str, Any], until: Callable[[Person], bool] | str = "check") -> Page:
        """Answer and continue until a page is reached."""
        for _ in range(MOST_STEPS):
            if self.page_name == until if isinstance(until, str) else until(self):
                return self.page
            if self.questions is not None:
                self.answer(answers)
            else:
                self.go_on()
        message = f"lost at {self.path}: {self.page.text[:300]}"
        raise AssertionError(message)

    def finish(self) -> Page:
        """Finish the questionnaire from the review page."""
        return self.send(self.page.form("/finish"))


def without_host(location: str) -> str:
    """An address without its scheme and host."""
    parts = urlsplit(location)
    return parts.path + (f"?{parts.query}" if parts.query else "")
