"""The loop around waitress, over real sockets: how it ends, what slow connections can do, and what is no request."""

from __future__ import annotations

import errno
import select
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
from waitress import wasyncore

from tests.clients.site import Site
from tests.servers.server_process import HttpClient, serve
from tests.servers.waiting import SECONDS, join, wait_until
from web.http.security import HEADERS
from web.server import serving
from web.server.refusals import SENTENCES
from web.server.serving import WAITRESS, serve_requests

ROBOTS_END = b"Disallow: /have\n"
GET = b"GET /robots.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
PATIENCE = SECONDS


@contextmanager
def running(site: Site, listener: socket.socket | None = None) -> Iterator[tuple[int, threading.Event]]:
    """The server in this process; what is given is its port, and what stops it."""
    listener = listener or socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()
    arguments = (site.app, listener, site.state.settings, stop.is_set)
    thread = threading.Thread(target=serve_requests, args=arguments)
    thread.start()
    try:
        yield listener.getsockname()[1], stop
    finally:
        stop.set()
        join([thread], "the server to end")


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)


def read_all(line: socket.socket) -> bytes:
    """All that comes until the other side ends it."""
    received = b""
    while chunk := line.recv(65536):
        received += chunk
    return received


def asked(port: int, request: bytes) -> bytes:
    with closing(connect(port)) as line:
        line.sendall(request)
        return read_all(line)


# Its end


def test_nobody_is_cut_off_at_the_end(tmp_path: Path) -> None:
    """Of those who connect without pause while it ends, each is answered or refused: no page is sent into nothing."""
    process = serve(tmp_path / "data")
    port = int(process.url.rpartition(":")[2])
    seen: Counter[str] = Counter()

    def come_again_and_again() -> None:
        while True:
            try:
                line = connect(port)
            except ConnectionRefusedError:
                seen["refused"] += 1
                return
            with closing(line):
                try:
                    line.sendall(GET)
                    answer = read_all(line)
                except OSError as error:
                    answer = type(error).__name__.encode()
            if not answer.startswith(b"HTTP/1.1 200 "):
                seen[f"cut off: {answer!r}"] += 1
                return
            seen["answered"] += 1

    threads = [threading.Thread(target=come_again_and_again) for _ in range(12)]
    for thread in threads:
        thread.start()
    wait_until(lambda: seen["answered"] > 50, "fifty answers")
    process.stop()
    join(threads, "everybody to be refused")
    assert seen.keys() == {"answered", "refused"}
    assert seen["refused"] == len(threads)


def test_a_page_that_is_half_sent_is_waited_for(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients that had begun to send, or had just connected, get an answer when the server ends."""
    monkeypatch.setattr(serving, "GRACE_SECONDS", PATIENCE)
    monkeypatch.setattr(serving, "NEW_CONNECTION_SECONDS", PATIENCE)
    with ExitStack() as lines, running(site) as (port, stop):
        half, new = (lines.enter_context(closing(connect(port))) for _ in range(2))
        half.sendall(GET[:20])
        assert asked(port, GET).startswith(b"HTTP/1.1 200 ")
        stop.set()
        wait_until(lambda: is_refused(port), "the listener to close")
        half.sendall(GET[20:])
        new.sendall(GET)
        assert read_all(half).startswith(b"HTTP/1.1 200 ")
        assert read_all(new).startswith(b"HTTP/1.1 200 ")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems cannot ignore what begins a connection")
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_connection_that_has_begun_is_waited_for(site: Site, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that was answered may take itself for connected before it is: it is let in, as no other is by then."""
    monkeypatch.setattr(serving, "HANDSHAKE_SECONDS", PATIENCE)
    family = socket.AF_INET if host == "127.0.0.1" else socket.AF_INET6
    listener = socket.create_server((host, 0), family=family)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 1)  # not connected before something is sent
    level, least_ttl = serving.TTL_OPTIONS[family == socket.AF_INET6]
    with running(site, listener) as (port, stop), ExitStack() as lines:
        begun = lines.enter_context(closing(socket.create_connection((host, port), PATIENCE)))
        stop.set()
        wait_until(lambda: listener.getsockopt(level, least_ttl) == 255, "beginnings to be ignored")
        late = lines.enter_context(socket.socket(family))
        late.setblocking(False)
        late.connect_ex((host, port))
        assert not select.select([], [late], [], 0.3)[1]
        for _ in range(2):
            begun.sendall(GET.replace(b"close", b"keep-alive"))
            answer = b""
            while not answer.endswith(ROBOTS_END):
                answer += begun.recv(65536)
        monkeypatch.setattr(serving, "HANDSHAKE_SECONDS", 0.0)
        assert select.select([], [late], [], PATIENCE)[1]
        assert late.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.ECONNREFUSED


def is_refused(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(PATIENCE)
        return probe.connect_ex(("127.0.0.1", port)) != 0


def test_a_connection_at_the_last_moment_is_refused(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the last look at the queue of the listener it lets no connection in that its closing would cut off."""
    close, is_closed = wasyncore.dispatcher.close, threading.Event()
    with socket.socket() as late, running(site) as (port, stop):
        late.setblocking(False)

        def connect_and_close(dispatcher: wasyncore.dispatcher) -> None:
            is_listener = dispatcher.accepting
            if is_listener:
                late.connect_ex(("127.0.0.1", port))
            close(dispatcher)
            if is_listener:
                is_closed.set()

        monkeypatch.setattr(wasyncore.dispatcher, "close", connect_and_close)
        assert asked(port, GET).startswith(b"HTTP/1.1 200 ")
        stop.set()
        assert is_closed.wait(PATIENCE)
        assert select.select([], [late], [], PATIENCE)[1]
        assert late.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.ECONNREFUSED
        assert is_refused(port)


# Slow connections


def test_slow_clients_do_not_stop_others(tmp_path: Path) -> None:
    """Two hundred clients that send a byte now and then, to eight threads: between their bytes others get their pages."""
    process = serve(tmp_path / "data")
    port = int(process.url.rpartition(":")[2])
    try:
        with ExitStack() as lines:
            slow = [lines.enter_context(closing(connect(port))) for _ in range(200)]
            beginnings = (b"GET /help HTTP/1.1\r\n", b"POST /start HTTP/1.1\r\nContent-Length: 99\r\n\r\n")
            for number, client in enumerate(slow):
                client.sendall(beginnings[number % 2])
            for _ in range(5):
                for client in slow:
                    client.sendall(b"x")
                assert HttpClient(process.url).get("/help?country=uk").status == 200
            assert not select.select(slow, [], [], 0)[0], "they are still there"
    finally:
        process.stop()


def test_more_slow_clients_than_there_is_room_for(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """If slow clients take all connections, a new client is answered, and the oldest slow ones are closed."""
    monkeypatch.setattr(serving, "CONNECTIONS", 20)
    with running(site) as (port, _), ExitStack() as lines:
        slow = []
        for _ in range(60):
            slow.append(lines.enter_context(closing(connect(port))))
            slow[-1].sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
        for _ in range(10):
            assert asked(port, GET).startswith(b"HTTP/1.1 200 ")
        wait_until(lambda: len(select.select(slow, [], [], 0)[0]) >= 40, "forty slow connections to be closed")
        assert slow[0] in select.select(slow, [], [], 0)[0]


def test_a_request_has_to_be_whole_in_time(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """However steadily its bytes come, a request that goes on for too long is given up; one after the other are not."""
    monkeypatch.setitem(WAITRESS, "channel_timeout", 3)
    with running(site) as (port, _), ExitStack() as lines:
        busy, slow = (lines.enter_context(closing(connect(port))) for _ in range(2))
        started = time.monotonic()
        with pytest.raises((ConnectionResetError, BrokenPipeError)):  # noqa: PT012 - it ends whenever it ends
            while True:
                slow.sendall(b"x")
                busy.sendall(GET.replace(b"close", b"keep-alive"))
                answer = b""
                while not answer.endswith(ROBOTS_END):
                    answer += busy.recv(65536)
                select.select([slow], [], [], 0.05)
                assert time.monotonic() - started < PATIENCE, "it is still open"
        busy.sendall(GET)
        assert read_all(busy).startswith(b"HTTP/1.1 200 ")


# What is no request


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nno header\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 1, 2\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n", 400),
        (b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nX-Folded: a\r\n b\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 16777217\r\n\r\n", 413),
        (b"GET / HTTP/1.1\r\nX-Long: ".ljust(WAITRESS["max_request_header_size"], b"x"), 431),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
    ],
)
def test_what_is_no_request(site: Site, request_: bytes, status: int) -> None:
    """It is answered with a plain sentence, never with what was sent, and with the headers of every page."""
    with running(site) as (port, _):
        answer = asked(port, request_)
    head, _, body = answer.decode().partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    assert first.split()[1] == str(status)
    assert HEADERS.items() <= headers.items()
    assert headers["Content-Type"] == "text/plain; charset=utf-8"
    assert headers["Connection"] == "close"
    assert "Server" not in headers
    assert body == f"{SENTENCES[status]}\n"


def test_what_is_no_request_to_heartwork_serve(tmp_path: Path) -> None:
    """The command answers with the same sentence and headers, and then goes on answering others."""
    process = serve(tmp_path / "data")
    port = int(process.url.rpartition(":")[2])
    try:
        head, _, body = asked(port, b"nonsense\r\n\r\n").decode().partition("\r\n\r\n")
        assert {f"{name}: {value}" for name, value in HEADERS.items()} <= set(head.split("\r\n"))
        assert body == f"{SENTENCES[400]}\n"
        assert HttpClient(process.url).get("/healthz").status == 200
    finally:
        process.stop()


def test_an_error_that_no_page_could_be_made_of(site: Site) -> None:
    """Even if the application itself fails, the answer is a plain sentence and tells nothing of why."""

    def broken(*_: object) -> None:
        raise ValueError("Xylophon")

    site.app.wsgi_app = broken  # type: ignore[method-assign, assignment]
    with running(site) as (port, _):
        answer = asked(port, GET)
    assert answer.startswith(b"HTTP/1.1 500 ")
    assert b"Xylophon" not in answer
    assert answer.endswith(f"\r\n\r\n{SENTENCES[500]}\n".encode())


# Requests whose end could be seen in two places


AMBIGUOUS = [
    b"Content-Length: 5\r\nTransfer-Encoding: chunked",
    b"Transfer-Encoding: chunked\r\nContent-Length: 5",
    b"Content-Length: 0\r\nTransfer-Encoding: chunked",
    b"content-length: 5\r\ntRANSFER-eNCODING:\tchUNKed",
    b"Content-Length: 5\r\nTransfer-Encoding: identity",
    b"Content-Length: 5\r\nTransfer-Encoding:",
    b"Content-Length: 5\r\nContent-Length: 5",
    b"Content-Length: 5\r\nContent-Length: 0",
    b"Content-Length: 5, 5",
    b"Content-Length: +5",
    b"Content-Length: 0x5",
    b"Content-Length: 5 ;",
    b"Content-Length : 5",
    b"Content-Length:",
    b"Transfer-Encoding: chunked, identity",
    b"Transfer-Encoding: identity, chunked",
    b"Transfer-Encoding: chunked, chunked",
    b"Transfer-Encoding: chunked,",
    b"Transfer-Encoding: ,chunked",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
    b"Transfer-Encoding: xchunked",
    b"Transfer-Encoding: \x0bchunked",
    b"Transfer-Encoding: \xa0chunked",
    b'Transfer-Encoding: "chunked"',
    b"Transfer-Encoding : chunked",
    b"Transfer-Encoding:",
    b"Transfer-Encoding:\r\n chunked",
    b" Transfer-Encoding: chunked",
    b"X-First: a\r\n Transfer-Encoding: chunked",
    b"Content-Length:\r\n 5",
    b"Content-Length: 5\r\n\t",
    b"Content-Length: 5\nTransfer-Encoding: chunked",
    b"Content-Length: 5\rTransfer-Encoding: chunked",
]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a server that all of these come to."""
    site = Site(tmp_path_factory.mktemp("served") / "kept")
    with running(site) as (port, _):
        yield port
    site.storage.close()


@pytest.mark.parametrize("lines", AMBIGUOUS)
@pytest.mark.parametrize("kept", [b"HTTP/1.1\r\n", b"HTTP/1.0\r\nConnection: keep-alive\r\n"])
def test_a_request_whose_end_is_ambiguous(served: int, lines: bytes, kept: bytes) -> None:
    """It is refused, and the connection closed: what comes behind it on the same connection is never answered."""
    head = b"POST /robots.txt " + kept + b"Host: localhost\r\n" + lines + b"\r\n\r\n"
    answer = asked(served, head + b"0\r\n\r\n" + GET)
    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.0 400 ", b"HTTP/1.1 501 ", b"HTTP/1.0 501 "))
    assert answer.count(b"HTTP/1.") == 1
    assert ROBOTS_END not in answer


@pytest.mark.parametrize(
    ("lines", "body"),
    [
        (b"Content-Length: 5", b"x=abc"),
        (b"Transfer-Encoding: chunked", b"5\r\nx=abc\r\n0\r\n\r\n"),
        (b"transfer-encoding:\tCHUNKED ", b"5\r\nx=abc\r\n0\r\n\r\n"),
        (b"Content-Length: 0", b""),
        (b"X-Nothing: 1", b""),
    ],
)
def test_a_request_whose_end_is_clear(served: int, lines: bytes, body: bytes) -> None:
    """It is answered, and so is the next one on the same connection."""
    head = b"POST /robots.txt HTTP/1.1\r\nHost: localhost\r\n" + lines + b"\r\n\r\n"
    answer = asked(served, head + body + GET)
    assert answer.startswith(b"HTTP/1.1 405 ")
    assert answer.count(b"HTTP/1.1 200 ") == 1
    assert answer.endswith(ROBOTS_END)
