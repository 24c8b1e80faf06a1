"""Content that is loaded again while people answer; content with problems leaves the one before in its place."""

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
"""Problems of content that are logged; `heartwork check` tells all."""
log: Final = logging.getLogger("heartwork")
_reload_lock: Final = Lock()


def reload_content(state: AppState) -> None:
    """Have a process answer with the content as it is in its folder now, and log how that went."""
    with _reload_lock:
        changed = loaded_or_logged(state.reload)
        if changed is not None:
            freeze_objects()
            log.warning("the content was loaded anew: %s", "it has changed" if changed else "nothing has changed")


def loaded_or_logged(load: Callable[[], Loaded]) -> Loaded | None:
    """What was loaded; or, after a line in the log for each problem, nothing."""
    try:
        return load()
    except ContentError as error:
        for problem in error.problems[:MAX_LOGGED_PROBLEMS]:
            log.error("%s", problem)  # noqa: TRY400 - it is for who wrote the content
        log.error("the content has %d problems: what was there goes on", len(error.problems))  # noqa: TRY400
    except SettingsError as error:
        log.error("%s The content that was there goes on.", error.messages[0])  # noqa: TRY400
    except Exception as error:  # noqa: BLE001 - whatever it is, people go on answering
        log.error("the content cannot be loaded (%s): what was there goes on", type(error).__name__)  # noqa: TRY400
    return None
