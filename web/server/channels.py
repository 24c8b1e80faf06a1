"""What waitress does for one connection, and two things it lacks: an age, and a plain answer to what is no request.

A request that cannot be read never comes to the application, so its answer is made here. Waitress names both classes in
attributes of its own, so that they can be replaced without touching it.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Final

from waitress.channel import HTTPChannel
from waitress.task import ErrorTask

from web.http.security import HEADERS

NEW_CONNECTION_SECONDS: Final = 1.0
"""Seconds for which a new connection may be silent and still be waited for when the server ends."""
SENTENCES_FILE: Final = Path(__file__).parents[1] / "views" / "templates" / "errors" / "refusals.txt"
SENTENCES: Final = {int(line[:3]): line[4:] for line in SENTENCES_FILE.read_text(encoding="utf-8").splitlines()}
"""By status. It is no template: what nobody could read has nothing to fill in."""


class Refusal(ErrorTask):  # type: ignore[misc]
    """One plain sentence, with the headers of every page, for what never came to the application."""

    def execute(self) -> None:
        error = self.request.error
        body = f"{SENTENCES.get(error.code, SENTENCES[400])}\n".encode()
        self.status = f"{error.code} {error.reason}"
        self.response_headers.extend([*HEADERS.items(), ("Content-Type", "text/plain; charset=utf-8")])
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class Channel(HTTPChannel):  # type: ignore[misc]
    """A connection that knows since when it has been waiting for the rest of a request, or for the next one."""

    error_task_class = Refusal

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.waiting_since = time.monotonic()
        self.is_new = True

    def received(self, data: bytes) -> Any:
        previous_request = self.request
        result = super().received(data)
        self.is_new = False
        if self.request is None or self.request is not previous_request:
            self.waiting_since = time.monotonic()
        return result

    def is_late(self, patience: float) -> bool:
        """Whether a request has begun so long ago that it should be whole by now."""
        return self.request is not None and not self.requests and time.monotonic() - self.waiting_since > patience

    def is_idle(self) -> bool:
        """Whether nothing is being worked on for this connection."""
        return not self.requests

    def is_expected(self) -> bool:
        """Whether something is still to come or to be sent, so that the server should not end yet."""
        if self.requests or self.total_outbufs_len or self.request is not None:
            return True
        return self.is_new and time.monotonic() - self.waiting_since < NEW_CONNECTION_SECONDS
