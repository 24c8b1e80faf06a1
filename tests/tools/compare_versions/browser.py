"""A visitor with cookies and without scripts, who writes down every page that comes back."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from tests.clients.page import Form

from .forms import Fields, VisitedPage, visited_page

REQUEST_DEADLINE: Final = 30.0
WALK_DEADLINE: Final = 900.0
MOST_REDIRECTS: Final = 6
MOST_PAGES: Final = 90
"""So many pages has no questionnaire."""
NOT_SAID: Final = "~"
"""What the forms send for "I'd rather not say"."""
PASSED_OVER: Final = frozenset({"date", "server", "content-length", "connection"})
"""Headers that differ from run to run, or belong to the server and not to Heartwork."""
_SUFFIXES: Final = {
    "text/html": "html",
    "application/json": "json",
    "text/css": "css",
    "text/javascript": "js",
    "image/svg+xml": "svg",
    "text/calendar": "ics",
}

_COOKIE: Final = re.compile(r"(?<==)[\w+/=.-]{16,}(?=;|$)")
_EXPIRES: Final = re.compile(r"(?i)expires=[^;]*")
_TOKEN: Final = re.compile(r'(name="(?:csrf_token|sealed)" value=")[^"]*')
_SITTING: Final = re.compile(r'name="sitting" value="([0-9a-f]{32})"')
_CODE: Final = re.compile(r"(?<=/open/)(?:[0-9A-Z]{30}|[A-Za-z0-9_-]{22})(?![A-Za-z0-9_-])")
_ASSET: Final = re.compile(r"(/static/[\w-]+)\.[0-9a-f]{8,64}\.(\w+)")
_LIST: Final = re.compile(r"<ol\b[^>]*>.*?</ol>", re.DOTALL)
_WORD: Final = re.compile(r"[a-z]{3,8}(?=</li>)")
_PICTURE: Final = re.compile(r'(<path\b[^>]*\bd=")[^"]*')
_MEASURED: Final = re.compile(r"^((?:process|python)_\S*|\S*(?:_sum|_bucket|_created)(?:\{.*\})?) \S+$", re.MULTILINE)


@dataclass(frozen=True)
class Reply:
    """What came back for one request."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name), "")

    @property
    def text(self) -> str:
        return self.body.decode(errors="backslashreplace")


class Names:
    """Names for the secrets and ids of one walk, each by its first coming, so that one sees which are the same."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def plain_page(self, text: str, address: str) -> str:
        """A page, a header or an address as it would be in every run of the same walk."""
        for match in _SITTING.finditer(text):
            self._name("sitting", match[1])
        text = _CODE.sub(lambda match: self._name("link", match[0]), text)
        for secret, name in self._names.items():
            text = text.replace(secret, name)
        text = _TOKEN.sub(r"\1<token>", text)
        text = _ASSET.sub(r"\1.<digest>.\2", text)
        text = _LIST.sub(_plain_words, text)
        return text.replace(address, "<site>").replace(address.removeprefix("http://"), "<host>")

    def _name(self, kind: str, secret: str) -> str:
        if secret not in self._names:
            count = sum(name.startswith(f"<{kind} ") for name in self._names.values())
            self._names[secret] = f"<{kind} {count + 1}>"
        return self._names[secret]


@dataclass
class Diary:
    """Everything that was asked and answered in one walk, in files that are numbered as it happened."""

    folder: Path
    address: str
    names: Names = field(default_factory=Names)
    count: int = 0

    def note(self, method: str, path: str, sent: Fields | None, reply: Reply) -> None:
        """Write down one request with its reply, the body in a file of its own kind."""
        self.count += 1
        asked = self._plain(f"{method} {path}")
        slug = re.sub(r"[^a-z0-9]+", "-", asked.lower()).strip("-")[:60]
        name = f"{self.count:03d}-{slug}"
        lines = [asked, *self._sent(sent), f"→ {reply.status}"]
        lines += sorted(f"{key}: {self._header(key, value)}" for key, value in reply.headers)
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / f"{name}.head.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
        kind = reply.header("content-type").partition(";")[0]
        if reply.body:
            text = self._body(kind, reply)
            body = self.folder / f"{name}.body.{_SUFFIXES.get(kind, 'txt')}"
            body.write_text(plain_metrics(text) if path == "/metrics" else text, encoding="utf-8")

    def _plain(self, text: str) -> str:
        return self.names.plain_page(text, self.address)

    def _sent(self, fields: Fields | None) -> list[str]:
        """The names that were sent: which fields a form has is seen here, and what is in them on the page before."""
        return [f"  {name}: {len(texts)}" for name, texts in (fields or {}).items()]

    def _header(self, name: str, value: str) -> str:
        match name.lower():
            case "set-cookie":
                value = _EXPIRES.sub("Expires", _COOKIE.sub("<value>", value))
            case "x-request-id":
                value = "<request>"
            case "allow":
                value = ", ".join(sorted(value.split(", ")))
            case "retry-after":
                value = "<seconds>"
        return self._plain(value)

    def _body(self, kind: str, reply: Reply) -> str:
        if kind == "application/pdf":
            return f"sha256 {hashlib.sha256(reply.body).hexdigest()[:40]}, {len(reply.body)} bytes\n"
        text = self._plain(reply.text)
        return plain_picture(text) if kind == "image/svg+xml" else text


class Visitor:
    """A person with one browser. ``page`` is the page they see."""

    def __init__(self, address: str, diary: Diary) -> None:
        self.diary = diary
        self.page = visited_page("/", "")
        self.reply = Reply(0, [], b"")
        self._server = urlsplit(address)
        self._cookies: dict[str, str] = {}
        self._deadline = time.monotonic() + WALK_DEADLINE

    def get(self, path: str, **headers: str) -> VisitedPage:
        """Go somewhere, and follow where it leads."""
        return self._arrive(path, self.request("GET", path, None, headers))

    def send(
        self, form: Form, changes: Mapping[str, list[str]] | None = None, button: tuple[str, str] | None = None
    ) -> VisitedPage:
        """Send a form as it is shown but for some changes, by a button, and follow where it leads.

        Args:
            changes: values by field; an empty list omits the field. A value for the name of a button presses it.
            button: name and value; without it a button without a name, or the last one if all have names.
        """
        changes = changes or {}
        has_pressed = form.has_plain_button or any(name in changes for name, _ in form.buttons)
        pressed = button or (form.buttons[-1] if form.buttons and not has_pressed else None)
        fields = {**form.initial_fields, **changes}
        if pressed:
            fields[pressed[0]] = [pressed[1]]
        fields = {name: texts for name, texts in fields.items() if texts}
        if form.method == "get":
            return self.get(f"{form.action.partition('?')[0]}?{urlencode(fields, doseq=True)}")
        return self._arrive(form.action, self.request("POST", form.action, fields, {}))

    def request(
        self, method: str, path: str, fields: Fields | None, headers: Mapping[str, str], body: bytes = b""
    ) -> Reply:
        """Send one request, write it down, and keep what it says of cookies."""
        if time.monotonic() > self._deadline:
            message = f"the walk took too long, at {path}"
            raise TimeoutError(message)
        sent = {"Host": self._server.netloc, **({"Cookie": self._cookie} if self._cookies else {})}
        if fields is not None:
            body = urlencode(fields, doseq=True).encode()
            origin = f"http://{self._server.netloc}"
            sent |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": origin}
        reply = self._exchange(method, path, body, {**sent, **headers})
        for name, value in reply.headers:
            if name.lower() == "set-cookie":
                self._keep_cookie(value)
        self.reply = reply
        self.diary.note(method, path, fields, reply)
        return reply

    def _exchange(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        connection = HTTPConnection(self._server.hostname or "", self._server.port, timeout=REQUEST_DEADLINE)
        try:
            connection.request(method, path.partition("#")[0], body or None, dict(headers))
            answered: HTTPResponse = connection.getresponse()
            kept = [(name, value) for name, value in answered.getheaders() if name.lower() not in PASSED_OVER]
            return Reply(answered.status, kept, answered.read())
        finally:
            connection.close()

    @property
    def _cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self._cookies.items())

    def _keep_cookie(self, header: str) -> None:
        for name, morsel in SimpleCookie(header).items():
            if morsel.value and morsel["max-age"] != "0":
                self._cookies[name] = morsel.value
            else:
                self._cookies.pop(name, None)

    def _arrive(self, path: str, reply: Reply) -> VisitedPage:
        for _ in range(MOST_REDIRECTS):
            location = reply.header("location")
            if reply.status not in {301, 302, 303, 307, 308} or not self._is_here(location):
                break
            parts = urlsplit(location)
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            reply = self.request("GET", path, None, {})
        text = reply.text if "html" in reply.header("content-type") else ""
        self.page = visited_page(path, text)
        return self.page

    def _is_here(self, location: str) -> bool:
        return urlsplit(location).netloc in {"", self._server.netloc}

    # What people do with a questionnaire

    def fill(self, form: Form, answers: Mapping[str, Any]) -> Fields:
        """What these answers say in the fields of a form."""
        return {name: _texts(answers[name]) for name in sorted(form.names) if name in answers}

    def walk(self, answers: Mapping[str, Any], until: str = "/check") -> VisitedPage:
        """Answer page after page and go on, until an address with this ending is reached."""
        for _ in range(MOST_PAGES):
            if self.page.path.partition("?")[0].endswith(until):
                return self.page
            form = self.page.posted_form()
            self.send(form, self.fill(form, answers))
        message = f"lost at {self.page.path}"
        raise LookupError(message)

    def look_around(self, *endings_left_out: str) -> None:
        """Open everything that the main part of this page leads to."""
        for link in self.page.main_links:
            if not link.endswith(endings_left_out or ("/exit",)):
                self.request("GET", link, None, {})


def _texts(answer: Any) -> list[str]:
    match answer:
        case None:
            return [NOT_SAID]
        case bool():
            return ["yes" if answer else "no"]
        case list():
            return [str(option) for option in answer]
        case _:
            return [str(answer)]


def plain_metrics(text: str) -> str:
    """Metrics without how long things took, and without what is said of the process and of Python."""
    return _MEASURED.sub(r"\1 <number>", text)


def plain_picture(text: str) -> str:
    """A QR code without its squares."""
    return _PICTURE.sub(r"\1<squares>", text)


def _plain_words(match: re.Match[str]) -> str:
    """The list of the twelve words without the words; any other list as it is."""
    return _WORD.sub("<word>", match[0]) if match[0].count("<li") == len(_WORD.findall(match[0])) == 12 else match[0]
