"""What a request takes from its process: the application's state, and the content as first read."""

from __future__ import annotations

from typing import Final, cast

from flask import current_app, g

from web.app_state import AppState, ContentState

STATE_KEY: Final = "heartwork"
"""The name of the state among the extensions of the application."""


def app_state() -> AppState:
    """The state of this process."""
    return cast("AppState", current_app.extensions[STATE_KEY])


def content_state() -> ContentState:
    """The content of this request. It is read once, so that a reload in between does not mix two contents."""
    if "content" not in g:
        g.content = app_state().content
    return cast("ContentState", g.content)
