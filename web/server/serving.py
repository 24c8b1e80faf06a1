"""The waitress server, with a connection limit, a timeout for whole requests, and a graceful shutdown."""

from __future__ import annotations

import select
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from flask import Flask
from waitress import create_server, wasyncore
from waitress.channel import HTTPChannel

from web.server.refusals import Refusal
from web.server.requests import RequestParser
from web.settings import Settings

CONNECTIONS: Final = 1000  # maximum at once; above it, the connections that have been idle longest are closed
POLL_SECONDS: Final = 0.25  # maximum delay before a signal that another thread received is noticed
GRACE_SECONDS: Final = 10.0  # time for open requests to finish after the server is asked to stop
SPARE_THREADS: Final = 1  # for pages without database access, while all other threads wait for the database
NEW_CONNECTION_SECONDS: Final = 1.0  # during a shutdown, time for a new connection to send its request
HANDSHAKE_SECONDS: Final = 0.1  # during a shutdown, time for a TCP handshake to complete
TTL_OPTIONS: Final = ((socket.IPPROTO_IP, 21), (socket.IPPROTO_IPV6, 73)) if sys.platform == "linux" else ()
"""Socket options IP_MINTTL and IPV6_MINHOPCOUNT, which Python does not define: packets with a lower TTL are dropped."""
WAITRESS: Final[dict[str, Any]] = {
    "ident": None,  # omit the Server header
    "channel_timeout": 60,
    "cleanup_interval": 1,
    "max_request_header_size": 32 * 1024,
    # Above the limit of the application, so that its error page is sent.
    "max_request_body_size": 16 * 1024 * 1024,
}


class Channel(HTTPChannel):  # type: ignore[misc]
    """A connection whose timeout is for a whole request: later bytes of a request do not extend it."""

    error_task_class = Refusal
    parser_class = RequestParser

    def handle_read(self) -> None:
        request, last_activity = self.request, self.last_activity  # type: ignore[has-type]
        super().handle_read()
        if request is not None and self.request is request:
            self.last_activity = last_activity

    def is_pending(self) -> bool:
        """Whether a request or a response is incomplete, so that a shutdown has to wait."""
        is_new = time.time() - self.creation_time < NEW_CONNECTION_SECONDS
        return bool(self.requests or self.total_outbufs_len) or self.request is not None or is_new


def serve_requests(app: Flask, listener: socket.socket, settings: Settings, should_stop: Callable[[], bool]) -> None:
    """Answer requests until ``should_stop`` returns true; then finish open requests."""
    server = create_server(
        app,
        sockets=[listener],
        threads=settings.threads + SPARE_THREADS,
        url_scheme="https" if settings.secure else "http",
        clear_untrusted_proxy_headers=settings.proxy_hops == 0,
        connection_limit=CONNECTIONS + 2,  # waitress also counts the listener and its trigger
        **WAITRESS,
    )
    server.channel_class = Channel
    for level, option in TTL_OPTIONS:
        with suppress(OSError):  # a socket of IPv4 has no option of IPv6
            listener.getsockopt(level, option)
            server.adj.socket_options = [
                *server.adj.socket_options,
                (level, option, 0),
            ]  # new connections must not inherit the value of the listener
    while not should_stop():
        _poll(server, POLL_SECONDS)
    _finish_open_connections(server)
    server.task_dispatcher.shutdown(timeout=1)
    wasyncore.close_all(server._map)  # noqa: SLF001 - waitress has no public way to close connections


def _poll(server: Any, seconds: float) -> None:
    server.asyncore.loop(timeout=seconds, use_poll=True, map=server._map, count=1)  # noqa: SLF001
    if len(server.active_channels) >= CONNECTIONS:
        waiting = [channel for channel in server.active_channels.values() if not channel.requests]
        for channel in sorted(waiting, key=lambda channel: channel.last_activity)[: CONNECTIONS // 10 + 1]:
            channel.will_close = True


def _finish_open_connections(server: Any) -> None:
    """Finish open connections, and accept no new ones, which another process can answer.

    Closing the listener resets connections whose TCP handshake is complete and that are not accepted yet. So on Linux
    the server first drops new handshakes, which clients retry a second later, and accepts the completed ones.
    """
    for level, option in TTL_OPTIONS:
        with suppress(OSError):
            server.socket.setsockopt(level, option, 255)  # packets start with a TTL of 64 or 128
    started, idle_polls = time.monotonic(), 0
    while idle_polls < 2 and (waited := time.monotonic() - started) < GRACE_SECONDS:
        _poll(server, 0.05)
        if server.accepting and waited > HANDSHAKE_SECONDS and not select.select([server.socket], [], [], 0)[0]:
            wasyncore.dispatcher.close(server)
        is_pending = server.accepting or any(channel.is_pending() for channel in server.active_channels.values())
        idle_polls = 0 if is_pending else idle_polls + 1  # a request may arrive while the previous response ends
