"""Waitress, with three things it lacks: room for new connections, an age of requests, an end that drops no request."""

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

CONNECTIONS: Final = 1000  # at once; when there are so many, those that have waited longest are closed
POLL_SECONDS: Final = 0.25  # that a wait for requests lasts before a signal is noticed: it may have met another thread
GRACE_SECONDS: Final = 10.0  # that requests under way have to end when the server has to stop
SPARE_THREADS: Final = 1  # besides those that may wait for the database at once: for pages that need none
NEW_CONNECTION_SECONDS: Final = 1.0  # for which the request of a new connection is waited for then
HANDSHAKE_SECONDS: Final = 0.1  # for which a connection that has begun is waited for then
TTL_OPTIONS: Final = ((socket.IPPROTO_IP, 21), (socket.IPPROTO_IPV6, 73)) if sys.platform == "linux" else ()
"""IP_MINTTL and IPV6_MINHOPCOUNT, which Python does not name: the least TTL of a packet that is not ignored."""
WAITRESS: Final[dict[str, Any]] = {
    "ident": None,  # no response says what answers
    "channel_timeout": 60,
    "cleanup_interval": 1,
    "max_request_header_size": 32 * 1024,
    # Above the application's own limit, so that its page answers; a body this large is still nothing for a disk.
    "max_request_body_size": 16 * 1024 * 1024,
}


class Channel(HTTPChannel):  # type: ignore[misc]
    """A connection whose last activity is the first byte of a request, so that its timeout is for a whole request."""

    error_task_class = Refusal
    parser_class = RequestParser

    def handle_read(self) -> None:
        request, last_activity = self.request, self.last_activity  # type: ignore[has-type]
        super().handle_read()
        if request is not None and self.request is request:
            self.last_activity = last_activity

    def is_pending(self) -> bool:
        """Whether something is still to come or to be sent, so that the server should not end yet."""
        is_new = time.time() - self.creation_time < NEW_CONNECTION_SECONDS
        return bool(self.requests or self.total_outbufs_len) or self.request is not None or is_new


def serve_requests(app: Flask, listener: socket.socket, settings: Settings, should_stop: Callable[[], bool]) -> None:
    """Answer until it is time to stop, and then what has begun."""
    server = create_server(
        app,
        sockets=[listener],
        threads=settings.threads + SPARE_THREADS,
        url_scheme="https" if settings.secure else "http",
        clear_untrusted_proxy_headers=settings.proxy_hops == 0,
        connection_limit=CONNECTIONS + 2,  # it counts the listener and the trigger as well
        **WAITRESS,
    )
    server.channel_class = Channel
    for level, option in TTL_OPTIONS:
        with suppress(OSError):  # a socket of IPv4 has no option of IPv6
            listener.getsockopt(level, option)
            server.adj.socket_options = [*server.adj.socket_options, (level, option, 0)]  # not that of the listener
    while not should_stop():
        _poll(server, POLL_SECONDS)
    _answer_what_has_begun(server)
    server.task_dispatcher.shutdown(timeout=1)
    wasyncore.close_all(server._map)  # noqa: SLF001 - waitress offers no other way to let go of connections


def _poll(server: Any, seconds: float) -> None:
    server.asyncore.loop(timeout=seconds, use_poll=True, map=server._map, count=1)  # noqa: SLF001
    if len(server.active_channels) >= CONNECTIONS:
        waiting = [channel for channel in server.active_channels.values() if not channel.requests]
        for channel in sorted(waiting, key=lambda channel: channel.last_activity)[: CONNECTIONS // 10 + 1]:
            channel.will_close = True


def _answer_what_has_begun(server: Any) -> None:
    """Accept and answer what has begun, and nothing later: it can ask another process.

    A connection whose beginning was answered is cut off if the listener is closed before it is accepted. So Linux is
    made to ignore beginnings, which are sent again a second later, and what has begun gets time to arrive.
    """
    for level, option in TTL_OPTIONS:
        with suppress(OSError):
            server.socket.setsockopt(level, option, 255)  # systems send packets with 64 or 128
    started, idle_polls = time.monotonic(), 0
    while idle_polls < 2 and (waited := time.monotonic() - started) < GRACE_SECONDS:
        _poll(server, 0.05)
        if server.accepting and waited > HANDSHAKE_SECONDS and not select.select([server.socket], [], [], 0)[0]:
            wasyncore.dispatcher.close(server)
        is_pending = server.accepting or any(channel.is_pending() for channel in server.active_channels.values())
        idle_polls = 0 if is_pending else idle_polls + 1  # a request may be on its way while the answer before it ends
