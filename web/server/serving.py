"""The loop around waitress: it gives slow connections up for others, and it ends without dropping a request."""

from __future__ import annotations

import select
import socket
import time
from dataclasses import dataclass
from threading import Event
from typing import Any, Final

from flask import Flask
from waitress import create_server, wasyncore

from web.server.channels import Channel
from web.server.listener import drop_new_connections
from web.settings import Settings

POLL_SECONDS: Final = 0.25
"""Seconds that a wait for requests lasts before a signal is noticed: it may have met another thread."""
GRACE_SECONDS: Final = 10.0
"""Seconds that requests under way have to end when the server is told to stop."""
ACCEPT_SECONDS: Final = 0.05
"""Seconds in which connections that were being made when the listener is closed are still accepted."""
WAITRESS: Final[dict[str, Any]] = {
    "ident": None,  # no response says what answers
    "channel_timeout": 60,
    "max_request_header_size": 32 * 1024,
    # Above the application's own limit, so that its page answers; a body this large is still nothing for a disk.
    "max_request_body_size": 16 * 1024 * 1024,
    "asyncore_use_poll": True,
    "expose_tracebacks": False,
}


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """How much slow connections may take."""

    connections: int = 1000
    """Who comes when there are so many takes the place of whoever has been waiting longest."""
    request_seconds: float = 60.0
    """Seconds after its first byte in which a request has to be whole."""


class Server:
    """Waitress, with an end that lets requests under way finish."""

    def __init__(
        self, app: Flask, listener: socket.socket, settings: Settings, limits: ConnectionLimits | None = None
    ) -> None:
        self._has_siblings: Final = settings.workers > 1
        """Other processes accept at the same socket: no process may drop new connections for all."""
        self._limits: Final = limits or ConnectionLimits()
        self._checked_at = time.monotonic()
        self._server: Final = create_server(
            app,
            sockets=[listener],
            threads=settings.threads,
            url_scheme="https" if settings.secure else "http",
            clear_untrusted_proxy_headers=settings.proxy_hops == 0,
            connection_limit=self._limits.connections + 2,  # it counts the listener and the trigger as well
            **WAITRESS,
        )
        self._server.channel_class = Channel

    def run(self, stop: Event) -> None:
        """Answer until told to stop."""
        while not stop.is_set():
            self._poll(POLL_SECONDS)
        self._close_listener()
        deadline, idle_polls = time.monotonic() + GRACE_SECONDS, 0
        while (
            idle_polls < 2 and time.monotonic() < deadline
        ):  # a request may have come while the answer before it was ending
            self._poll(0 if idle_polls else 0.05)
            idle_polls = 0 if any(channel.is_expected() for channel in self._channels()) else idle_polls + 1
        self._server.task_dispatcher.shutdown(timeout=1)
        wasyncore.close_all(self._server._map)  # noqa: SLF001 - waitress offers no other way to let go of connections

    def _close_listener(self) -> None:
        """Accept every connection that is in the queue, and none after them, so that they can ask another process.

        Whoever is still in the queue of a listener that is closed has connected, sent a page, and is cut off.
        """
        listener = self._server.socket
        if not self._has_siblings:
            drop_new_connections(listener)
        poller = select.poll()
        poller.register(listener, select.POLLIN)
        deadline = time.monotonic() + GRACE_SECONDS
        while poller.poll(1000 * ACCEPT_SECONDS) and time.monotonic() < deadline:
            self._poll(0)
        wasyncore.dispatcher.close(self._server)

    def _poll(self, seconds: float) -> None:
        self._server.asyncore.loop(timeout=seconds, use_poll=True, map=self._server._map, count=1)  # noqa: SLF001
        self._close_slow_channels()

    def _close_slow_channels(self) -> None:
        limits, now = self._limits, time.monotonic()
        if now - self._checked_at > min(1.0, limits.request_seconds):
            self._checked_at = now
            for channel in self._channels():
                if channel.is_late(limits.request_seconds):
                    channel.will_close = True
        if len(self._server.active_channels) >= limits.connections:
            idle = sorted(
                (channel for channel in self._channels() if channel.is_idle()),
                key=lambda channel: channel.waiting_since,
            )
            for channel in idle[: limits.connections // 10 + 1]:
                channel.will_close = True

    def _channels(self) -> list[Channel]:
        return list(self._server.active_channels.values())
