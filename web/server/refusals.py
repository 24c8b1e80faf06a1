"""Responses to input that is not an HTTP request. Such input does not reach the application."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from waitress.task import ErrorTask

from web.http.security import HEADERS

SENTENCES_FILE: Final = Path(__file__).parents[1] / "views" / "templates" / "errors" / "refusals.txt"
SENTENCES: Final = {int(line[:3]): line[4:] for line in SENTENCES_FILE.read_text(encoding="utf-8").splitlines()}
"""Response texts by status code."""


class Refusal(ErrorTask):  # type: ignore[misc]
    """A response with one sentence of plain text and the security headers of every page."""

    def execute(self) -> None:
        error = self.request.error
        body = f"{SENTENCES.get(error.code, SENTENCES[400])}\n".encode()
        self.status = f"{error.code} {error.reason}"
        self.response_headers.extend([*HEADERS.items(), ("Content-Type", "text/plain; charset=utf-8")])
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)
