"""The state of the application and the content of a request."""

from __future__ import annotations

from typing import Final, cast

from flask import current_app, g

from web.app_state import AppState, ContentState

STATE_KEY: Final = "heartwork"
"""The key of the state in the application's extensions."""


def app_state() -> AppState:
    """The state of this process."""
    return cast("AppState", current_app.extensions[STATE_KEY])


def content_state() -> ContentState:
    """The content of this request, read once, so that a reload never mixes two contents."""
    if "content" not in g:
        g.content = app_state().content
    return cast("ContentState", g.content)
