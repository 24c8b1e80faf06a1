"""The log: a line for each error and, optionally, each request; never an answer, name, secret or address.

A request's line contains its route (``/open/<code>``), not its URL, and the id that the response has as
``X-Request-Id``, so that an operator can find a reported request without identifying the person.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import sys
import time
from typing import Final, Literal

from flask import Flask, Response, g, has_request_context, request

REQUEST_ID: Final = "X-Request-Id"
_VALID_ID: Final = re.compile(r"[A-Za-z0-9-]{8,64}")
_LINE_BREAKS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
LIBRARY_LEVELS: Final = {
    "waitress": logging.CRITICAL,  # its lines contain URLs
    "waitress.queue": logging.ERROR,
    "flask-limiter": logging.CRITICAL,  # its lines contain people's addresses
    "sqlalchemy": logging.CRITICAL,  # its lines contain SQL statements
    "alembic": logging.WARNING,
}
INFERENCE_LOGGER: Final = "heartwork.inference"
ENGINE_DIFFERED: Final = "the rules engine failed or differed from the plain evaluator, which is right and answered"
"""The replacement for a message that names rules: with a request's id it would reveal answers."""
request_log: Final = logging.getLogger("heartwork.request")


class RedactingFilter(logging.Filter):
    """Removes from the log what may come from a person: tracebacks, because errors quote values, and rules."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info:
            kind = record.exc_info[0]
            record.msg, record.args = f"{record.getMessage()} ({kind.__qualname__ if kind else 'no error'})", None
            record.exc_info = record.exc_text = None
        if record.name == INFERENCE_LOGGER:
            record.msg, record.args = ENGINE_DIFFERED, None
        return True


class LogFormatter(logging.Formatter):
    """Formats a record as one line of text or JSON; line breaks become spaces."""

    def __init__(self, output_format: Literal["text", "json"]) -> None:
        super().__init__()
        self._output_format: Final = output_format

    def format(self, record: logging.LogRecord) -> str:
        fields = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname,
            "message": _LINE_BREAKS.sub(" ", record.getMessage()),
            "request": request_id(),
            **getattr(record, "request_fields", {}),
        }
        if self._output_format == "json":
            return json.dumps({name: value for name, value in fields.items() if value is not None}, ensure_ascii=False)
        extra_fields = [f"{name}={value}" for name, value in list(fields.items())[3:] if value is not None]
        return " ".join([fields["time"], fields["level"], fields["message"], *extra_fields])


def log_to_stderr(output_format: Literal["text", "json"] = "text", *, requests: bool = False) -> None:
    """Log to stderr: warnings, and optionally a line for each request.

    A line that cannot be written, because the disk is full or the reader is gone, is dropped.
    """
    logging.raiseExceptions = False  # otherwise logging prints a traceback with the line's arguments
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LogFormatter(output_format))
    handler.addFilter(RedactingFilter())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for name, level in LIBRARY_LEVELS.items():
        logging.getLogger(name).setLevel(level)
    request_log.setLevel(logging.INFO if requests else logging.WARNING)
    logging.getLogger("heartwork").setLevel(logging.WARNING)


def request_id() -> str | None:
    """The id of the current request, if there is one."""
    identifier: str | None = g.get("request_id") if has_request_context() else None
    return identifier


def init_app(app: Flask, *, behind_proxy: bool) -> None:
    """Give every request an id, or use a trusted proxy's, and log it."""

    def begin() -> None:
        proxy_id = request.headers.get(REQUEST_ID, "") if behind_proxy else ""
        g.request_id = proxy_id if _VALID_ID.fullmatch(proxy_id) else secrets.token_hex(8)
        g.began = time.perf_counter()

    def end(response: Response) -> Response:
        response.headers[REQUEST_ID] = g.request_id
        if request_log.isEnabledFor(logging.INFO):
            milliseconds = round((time.perf_counter() - g.began) * 1000, 1)
            request_fields = {"route": request_route(), "status": response.status_code, "ms": milliseconds}
            request_log.info("%s", request_method(), extra={"request_fields": request_fields})
        return response

    app.before_request(begin)
    app.after_request(end)


def request_route() -> str:
    """The route of the current request as declared in the program, without values."""
    return request.url_rule.rule if request.url_rule else "none"


def request_method() -> str:
    """The method of the current request, if it is a known one."""
    return request.method if request.method in {"GET", "HEAD", "POST", "OPTIONS"} else "other"
