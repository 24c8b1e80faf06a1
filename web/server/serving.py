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
from web.server.listener import let_nobody_come
from web.settings import Settings

LISTEN: Final = 0.25
"""Seconds that a wait for requests lasts before a signal is noticed: it may have met another thread."""
GRACE: Final = 10.0
"""Seconds that requests under way have to end when the server is told to stop."""
SETTLE: Final = 0.05
"""Seconds in which whoever was connecting when the door was closed is still let in."""
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
class Bounds:
    """How much slow connections may take."""

    connections: int = 1000
    """Who comes when there are so many takes the place of whoever has been waiting longest."""
    whole: float = 60.0
    """Seconds after its first byte in which a request has to be whole."""


class Server:
    """Waitress, with an end that lets requests under way finish."""

    def __init__(self, app: Flask, listener: socket.socket, settings: Settings, bounds: Bounds | None = None) -> None:
        self._shared: Final = settings.workers > 1
        """Other processes listen at the same socket: it is not for one of them to have nobody come."""
        self._bounds: Final = bounds or Bounds()
        self._looked = time.monotonic()
        self._server: Final = create_server(
            app,
            sockets=[listener],
            threads=settings.threads,
            url_scheme="https" if settings.secure else "http",
            clear_untrusted_proxy_headers=settings.proxy_hops == 0,
            connection_limit=self._bounds.connections + 2,  # it counts the listener and the trigger as well
            **WAITRESS,
        )
        self._server.channel_class = Channel

    def run(self, stop: Event) -> None:
        """Answer until told to stop."""
        while not stop.is_set():
            self._turn(LISTEN)
        self._close_the_door()
        deadline, quiet = time.monotonic() + GRACE, 0
        while (
            quiet < 2 and time.monotonic() < deadline
        ):  # a request may have come while the answer before it was ending
            self._turn(0 if quiet else 0.05)
            quiet = 0 if any(one.is_expected() for one in self._channels()) else quiet + 1
        self._server.task_dispatcher.shutdown(timeout=1)
        wasyncore.close_all(self._server._map)  # noqa: SLF001 - waitress offers no other way to let go of connections

    def _close_the_door(self) -> None:
        """Let everybody in who stands before it, and nobody after them, so that they can ask another process.

        Whoever is still in the queue of a listener that is closed has connected, sent a page, and is cut off.
        """
        listener = self._server.socket
        if not self._shared:
            let_nobody_come(listener)
        door = select.poll()
        door.register(listener, select.POLLIN)
        deadline = time.monotonic() + GRACE
        while door.poll(1000 * SETTLE) and time.monotonic() < deadline:
            self._turn(0)
        wasyncore.dispatcher.close(self._server)

    def _turn(self, wait: float) -> None:
        self._server.asyncore.loop(timeout=wait, use_poll=True, map=self._server._map, count=1)  # noqa: SLF001
        self._give_up_slow_ones()

    def _give_up_slow_ones(self) -> None:
        bounds, now = self._bounds, time.monotonic()
        if now - self._looked > min(1.0, bounds.whole):
            self._looked = now
            for one in self._channels():
                if one.is_late(bounds.whole):
                    one.will_close = True
        if len(self._server.active_channels) >= bounds.connections:
            idle = sorted((one for one in self._channels() if one.is_idle()), key=lambda one: one.since)
            for one in idle[: bounds.connections // 10 + 1]:
                one.will_close = True

    def _channels(self) -> list[Channel]:
        return list(self._server.active_channels.values())
