"""Reload content while the server runs. If the new content has problems, the old content stays in use."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Lock
from typing import Final, TypeVar

from engine.errors import ContentError
from web.app_state import AppState
from web.server.startup import freeze_objects
from web.settings import SettingsError

Loaded = TypeVar("Loaded")

MAX_LOGGED_PROBLEMS: Final = 20
"""Maximum number of content problems in the log; `heartwork check` prints all of them."""
log: Final = logging.getLogger("heartwork")
_reload_lock: Final = Lock()


def reload_content(state: AppState) -> None:
    """Load the content of a process from its folder again, and log the result."""
    with _reload_lock:
        changed = loaded_or_logged(state.reload)
        if changed is not None:
            freeze_objects()
            log.warning("content reloaded: %s", "changed" if changed else "unchanged")


def loaded_or_logged(load: Callable[[], Loaded]) -> Loaded | None:
    """The return value of ``load``; None if it raises an error, which is logged."""
    try:
        return load()
    except ContentError as error:
        for problem in error.problems[:MAX_LOGGED_PROBLEMS]:
            log.error("%s", problem)  # noqa: TRY400 - authors need no traceback
        log.error("content not reloaded: it has %d problems; the old content stays in use", len(error.problems))  # noqa: TRY400
    except SettingsError as error:
        log.error("content not reloaded: %s The old content stays in use.", error.messages[0])  # noqa: TRY400
    except Exception as error:  # noqa: BLE001 - the server keeps running after any error
        log.error("content not reloaded (%s): the old content stays in use", type(error).__name__)  # noqa: TRY400
    return None
