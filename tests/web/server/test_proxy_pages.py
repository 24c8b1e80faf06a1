"""What nginx answers itself, as ``deploy/nginx.conf`` sets it up: sentences with the headers of every page, and no version."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass

import pytest

from tests.servers import nginx_proxy as proxy
from tests.servers.waiting import SECONDS, wait_until
from web.http.security import HEADERS, STRICT_TRANSPORT
from web.server.refusals import SENTENCES

pytestmark = pytest.mark.skipif(proxy.why_not() is not None, reason=proxy.why_not() or "")
TEXT = proxy.EXAMPLE.read_text(encoding="utf-8")
HOST = b"Host: localhost\r\n"
CLOSE = b"Connection: close\r\n\r\n"


@dataclass
class Proxy:
    """nginx before two servers of which none is there."""

    plain: int
    https: int
    believing: ssl.SSLContext

    def line(self, *, https: bool) -> socket.socket:
        line = socket.create_connection(("127.0.0.1", self.https if https else self.plain), timeout=SECONDS)
        return self.believing.wrap_socket(line, server_hostname=proxy.NAME) if https else line

    def answer(self, request: bytes, *, https: bool = True) -> tuple[int, dict[str, str], str]:
        """Status, headers and body of what comes back."""
        with closing(self.line(https=https)) as line:
            line.sendall(request)
            return parsed(line)


def parsed(line: socket.socket) -> tuple[int, dict[str, str], str]:
    """Read as much as the answer says that it has: nginx may keep a connection open that it will close."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += _next_bytes(line)
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    pairs = [text.split(": ", 1) for text in lines]
    headers = {pair[0]: pair[1] for pair in pairs}
    assert len(headers) == len(pairs), "each header once"
    while len(body) < int(headers["Content-Length"]):
        body += _next_bytes(line)
    return int(first.split()[1]), headers, body.decode()


def _next_bytes(line: socket.socket) -> bytes:
    chunk = line.recv(65536)
    assert chunk, "it ended before its end"
    return chunk


@pytest.fixture(scope="module")
def alone() -> Iterator[Proxy]:
    plain, https, *servers = proxy.free_ports(4)
    with proxy.nginx(plain, https, servers) as believing:
        yield Proxy(plain, https, believing)


def check_own_page(answer: tuple[int, dict[str, str], str], status: int, *, https: bool = True) -> None:
    """It has the headers of every page, a sentence for its status, and nothing that says which nginx it is."""
    answered, headers, body = answer
    assert answered == status
    assert HEADERS.items() <= headers.items()
    assert headers.get("Strict-Transport-Security") == (STRICT_TRANSPORT if https else None)
    assert headers["Server"] == "nginx"
    assert headers["Content-Type"] == "text/plain; charset=utf-8"
    assert body == sentence(status)
    assert not re.search(r"nginx|<", body)


def sentence(status: int) -> str:
    """The sentence of the example for a status."""
    match = re.search(rf'^    {status} "(.*)\\n";$', TEXT, re.MULTILINE)
    default = re.search(r'^    default "(.*)\\n";$', TEXT, re.MULTILINE)
    assert default is not None
    return f"{(match or default)[1]}\n"


REQUESTS = {
    "nonsense": (b"nonsense\r\n\r\n", 400),
    "no host": (b"GET / HTTP/1.1\r\n" + CLOSE, 400),
    "two hosts": (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n" + CLOSE, 400),
    "length and chunks": (
        b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n" + CLOSE,
        400,
    ),
    "two lengths": (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\nContent-Length: 5\r\n" + CLOSE, 400),
    "no chunk": (b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n" + CLOSE + b"zz\r\n\r\n", 400),
    "trace": (b"TRACE / HTTP/1.1\r\n" + HOST + CLOSE, 405),
    "too long an address": (b"GET /" + b"x" * 9_000 + b" HTTP/1.1\r\n" + HOST + CLOSE, 414),
    "too long a header": (b"GET / HTTP/1.1\r\n" + HOST + b"X-Long: " + b"x" * 9_000 + b"\r\n" + CLOSE, 431),
    "another encoding": (b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: gzip\r\n" + CLOSE, 501),
    "another version": (b"GET / HTTP/3.7\r\n" + HOST + CLOSE, 505),
}


@pytest.mark.parametrize("https", [True, False], ids=["https", "plain"])
@pytest.mark.parametrize("name", REQUESTS)
def test_what_is_no_request(alone: Proxy, name: str, *, https: bool) -> None:
    """On either port it gets a sentence."""
    request, status = REQUESTS[name]
    check_own_page(alone.answer(request, https=https), status, https=https)


def test_plain_http_leads_to_https(alone: Proxy) -> None:
    """The redirect has a sentence, the headers, and no promise of https, which only https can make."""
    answer = alone.answer(b"GET /help?country=uk HTTP/1.1\r\n" + HOST + CLOSE, https=False)
    check_own_page(answer, 301, https=False)
    assert answer[1]["Location"] == f"https://{proxy.NAME}:{alone.https}/help?country=uk"


def test_plain_http_to_the_port_of_https(alone: Proxy) -> None:
    """Plain http spoken there gets a sentence as well."""
    with closing(socket.create_connection(("127.0.0.1", alone.https), timeout=SECONDS)) as line:
        line.sendall(b"GET / HTTP/1.1\r\n" + HOST + CLOSE)
        check_own_page(parsed(line), 400, https=False)


@pytest.mark.parametrize("path", [b"/metrics", b"/readyz", b"/nginx-says"])
def test_pages_that_are_not_for_people(alone: Proxy, path: bytes) -> None:
    """Those of watchers, and the page behind all of these, are not there."""
    status = 404
    check_own_page(alone.answer(b"GET " + path + b" HTTP/1.1\r\n" + HOST + CLOSE), status)


def test_too_large_a_body(alone: Proxy) -> None:
    """A body above the limit is refused before it is sent."""
    check_own_page(alone.answer(b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 262145\r\n" + CLOSE), 413)


@pytest.mark.parametrize("request_", [b"GET / HTTP/1.1\r\n", b"POST /start HTTP/1.1\r\nContent-Length: 0\r\n"])
def test_no_process_behind_it(alone: Proxy, request_: bytes) -> None:
    """While no server is there, the page rests and says when to come again."""
    answer = alone.answer(request_ + HOST + CLOSE)
    check_own_page(answer, 503)
    assert answer[1]["Retry-After"] == "5"


def test_too_many_connections_of_an_address(alone: Proxy) -> None:
    """Of an address that has a hundred requests under way, the next one has to wait."""
    begun = b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 9\r\n\r\n"
    with ExitStack() as lines:
        for _ in range(100):
            lines.enter_context(closing(alone.line(https=True))).sendall(begun)

        def refused() -> tuple[int, dict[str, str], str] | None:
            answer = alone.answer(b"GET / HTTP/1.1\r\n" + HOST + CLOSE)
            return answer if answer[0] == 429 else None

        wait_until(refused, "a hundred requests to be under way")
        answer = refused()
    assert answer is not None
    check_own_page(answer, 429)
    assert answer[1]["Retry-After"] == "60"


def test_both_say_the_same() -> None:
    """A sentence that the server has for a status is the same in nginx."""
    assert {status: sentence(status) for status in SENTENCES} == {
        status: f"{text}\n" for status, text in SENTENCES.items()
    }
