"""What signals do to a server: SIGTERM and Ctrl-C end it well, SIGHUP has it take the content anew."""

from __future__ import annotations

import logging
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock, Thread
from types import FrameType
from typing import Final

from engine.errors import ContentError
from web.app_state import AppState
from web.server.startup import settle
from web.settings import SettingsError

MOST_TOLD: Final = 20
"""Problems of content that are logged; `heartwork check` tells all."""
log: Final = logging.getLogger("heartwork")
_one_at_a_time: Final = Lock()


@contextmanager
def stopped_by_signals(stop: Event, state: AppState) -> Iterator[None]:
    """Stop well at the first SIGTERM or Ctrl-C, and at once at the second; take the content anew at SIGHUP.

    Something else may have set ``stop`` before: a worker is told by its parent, and by systemd at the same time.
    """
    before_this = False

    def heard(number: int, _: FrameType | None) -> None:
        nonlocal before_this
        if before_this:
            raise SystemExit(128 + number)
        before_this = True
        stop.set()

    def renew(_: int, __: FrameType | None) -> None:
        Thread(target=take_anew, args=(state,), name="content", daemon=True).start()

    handlers = {signal.SIGTERM: heard, signal.SIGINT: heard, signal.SIGHUP: renew}
    before = {one: signal.signal(one, handler) for one, handler in handlers.items()}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def take_anew(state: AppState) -> None:
    """Load the content again, and say how that went; content with problems leaves the one before in its place."""
    with _one_at_a_time:
        try:
            changed = state.reload()
            settle()
        except ContentError as error:
            for problem in error.problems[:MOST_TOLD]:
                log.error("%s", problem)  # noqa: TRY400 - it is for who wrote the content
            log.error("the content has %d problems: what was there goes on", len(error.problems))  # noqa: TRY400
        except SettingsError as error:
            log.error("%s The content that was there goes on.", error.messages[0])  # noqa: TRY400
        except Exception as error:  # noqa: BLE001 - whatever it is, people go on answering
            log.error("the content cannot be loaded (%s): what was there goes on", type(error).__name__)  # noqa: TRY400
        else:
            log.warning("the content was loaded anew: %s", "it has changed" if changed else "nothing has changed")
