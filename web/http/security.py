"""Response headers, and limits for requests: hosts, sizes, forged forms, rates."""

from __future__ import annotations

import gzip
import re
from typing import Any, Final

from flask import Flask, Response, abort, current_app, g, request
from flask.globals import request_ctx
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFProtect, generate_csrf

from web.app_state import AppState
from web.crypto.server_key import derived
from web.http.state import app_state

MOST_BYTES: Final = 128 * 1024
"""The maximum size of a request: ten times that of a form with the longest answers."""
MOST_FIELDS: Final = 500
MIN_BYTES_TO_COMPRESS: Final = 500
"""The minimum number of bytes that are compressed."""
_PORT_SUFFIX: Final = re.compile(r":\d*$")
_COMPRESSIBLE_TYPE: Final = re.compile(r"text/|application/json|image/svg")
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
PERMISSIONS: Final = (
    "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), microphone=(), payment=(), usb=()"
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": PERMISSIONS,
    "Cache-Control": "no-store",
}
NOT_INDEXED: Final = "noindex, nofollow, noarchive"
INDEXED_ENDPOINTS: Final = frozenset(
    {
        "home.landing",
        "information.help",
        "information.privacy",
        "information.accessibility",
        "information.asset",
        "information.robots",
    }
)
"""Paths that search engines may show."""
STRICT_TRANSPORT: Final = "max-age=31536000"

csrf: Final = CSRFProtect()
TOKEN_FIELD: Final = "csrf_token"  # noqa: S105 - the name of a field


class ViewLimiter(Limiter):
    """Checks the limits of decorated views only. No limit applies to all requests, so others are skipped.

    It overrides a private method of the library. If the library renames it, requests take longer and limits still
    work.
    """

    def _check_request_limit(self, callable_name: str | None = None, in_middleware: bool = True) -> None:
        if not in_middleware:
            super()._check_request_limit(callable_name, in_middleware)


limiter: Final = ViewLimiter(get_remote_address, storage_uri="memory://", headers_enabled=False)


def client_address() -> str:
    """The address of the client, as seen by the outermost known proxy."""
    return get_remote_address()


def init_app(app: Flask, state: AppState) -> None:
    """Install the checks and headers."""
    settings = state.settings
    app.config.update(
        SECRET_KEY=derived(state.key, "forms"),
        WTF_CSRF_TIME_LIMIT=None,
        # A page opened by a link sends no referrer; token and SameSite suffice.
        WTF_CSRF_SSL_STRICT=False,
        MAX_CONTENT_LENGTH=MOST_BYTES,
        MAX_FORM_MEMORY_SIZE=MOST_BYTES,
        MAX_FORM_PARTS=MOST_FIELDS,
    )
    app.before_request(_refuse_unknown_host)
    app.before_request(_refuse_multipart)
    csrf.init_app(app)
    limiter.init_app(app)
    app.after_request(_compress)
    app.after_request(_add_headers)
    if settings.proxy_hops:
        from werkzeug.middleware.proxy_fix import ProxyFix

        proxied: Any = ProxyFix(app.wsgi_app, x_for=settings.proxy_hops, x_proto=settings.proxy_hops)
        app.wsgi_app = proxied  # type: ignore[method-assign]


def _refuse_unknown_host() -> None:
    """Refuse other host names. (Werkzeug's own list does not support IPv6 addresses.)"""
    if request_ctx.url_adapter is None:  # an invalid host: the error page needs URLs as well
        request_ctx.url_adapter = current_app.url_map.bind("localhost")
    hosts = app_state().settings.hosts
    # load balancers ask for the health by the machine's address
    if hosts and host_name(request.host) not in hosts and request.blueprint != "health":
        abort(400)


def host_name(host: str) -> str:
    """A host without its port."""
    return _PORT_SUFFIX.sub("", host).lower()


def _refuse_multipart() -> None:
    """Refuse multipart forms: the site has none, and parts without a name confuse parsers."""
    if request.mimetype.startswith("multipart/"):
        abort(400)


def mark_secret_shown() -> None:
    """Mark a response that contains a private link. It is not compressed, because its length must reveal nothing."""
    g.secret_shown = True


def _add_headers(response: Response) -> Response:
    present = {name.lower() for name, _ in response.headers}
    for name, value in HEADERS.items():  # Headers.setdefault takes three times as long
        if name.lower() not in present:
            response.headers.add(name, value)
    if request.endpoint not in INDEXED_ENDPOINTS or response.status_code >= 400:
        response.headers["X-Robots-Tag"] = NOT_INDEXED
    if app_state().settings.secure:
        response.headers["Strict-Transport-Security"] = STRICT_TRANSPORT
    return response


def _compress(response: Response) -> Response:
    if (
        g.get("secret_shown")
        or response.direct_passthrough
        or response.status_code in {204, 304}
        or "Content-Encoding" in response.headers
        or not _COMPRESSIBLE_TYPE.match(response.mimetype or "")
    ):
        return response
    response.vary.add("Accept-Encoding")
    if request.accept_encodings["gzip"] > 0 and len(body := response.get_data()) > MIN_BYTES_TO_COMPRESS:
        response.set_data(gzip.compress(body, 6, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response


def form_token() -> tuple[str, str]:
    """The CSRF field of a form that no template of `web` renders."""
    return TOKEN_FIELD, generate_csrf()
