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
from web.server.startup import freeze_objects
from web.settings import SettingsError

MAX_LOGGED_PROBLEMS: Final = 20
"""Problems of content that are logged; `heartwork check` tells all."""
log: Final = logging.getLogger("heartwork")
_reload_lock: Final = Lock()


@contextmanager
def signals_handled(stop: Event, state: AppState) -> Iterator[None]:
    """Stop well at the first SIGTERM or Ctrl-C, and at once at the second; take the content anew at SIGHUP.

    Something else may have set ``stop`` before: a worker is told by its parent, and by systemd at the same time.
    """
    is_stopping = False

    def stop_or_exit(number: int, _: FrameType | None) -> None:
        nonlocal is_stopping
        if is_stopping:
            raise SystemExit(128 + number)
        is_stopping = True
        stop.set()

    def start_reload(_: int, __: FrameType | None) -> None:
        Thread(target=reload_content, args=(state,), name="content", daemon=True).start()

    handlers = {signal.SIGTERM: stop_or_exit, signal.SIGINT: stop_or_exit, signal.SIGHUP: start_reload}
    previous_handlers = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in previous_handlers.items():
            signal.signal(number, handler)


def reload_content(state: AppState) -> None:
    """Load the content again, and say how that went; content with problems leaves the one before in its place."""
    with _reload_lock:
        try:
            changed = state.reload()
            freeze_objects()
        except ContentError as error:
            for problem in error.problems[:MAX_LOGGED_PROBLEMS]:
                log.error("%s", problem)  # noqa: TRY400 - it is for who wrote the content
            log.error("the content has %d problems: what was there goes on", len(error.problems))  # noqa: TRY400
        except SettingsError as error:
            log.error("%s The content that was there goes on.", error.messages[0])  # noqa: TRY400
        except Exception as error:  # noqa: BLE001 - whatever it is, people go on answering
            log.error("the content cannot be loaded (%s): what was there goes on", type(error).__name__)  # noqa: TRY400
        else:
            log.warning("the content was loaded anew: %s", "it has changed" if changed else "nothing has changed")
