"""When a request cannot be taken as it is: nothing typed is lost, and every answer is a page in plain words.

Two answers to a POST are no redirect: a device whose journey is closed is asked for the link or the words, and a form
whose token is not known is offered again. Both carry what was typed in hidden fields and send it where it was going. So
do errors: a database that cannot be written gives the same fields, and one button.
"""

from __future__ import annotations

from typing import Any, Final

from flask import Flask, Response, current_app, make_response, redirect, render_template, request, url_for
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from web.crypto.encrypted_body import NewerFormat, TooLarge, Unreadable
from web.crypto.private_link import LinkError, Secret
from web.http.security import TOKEN, limiter, name_of, opening_limit, shows_secret
from web.http.session import close_journey, open_journey, open_secret
from web.http.state import app_state
from web.storage import AlreadyExistsError, NotFoundError, StaleRevisionError, StorageError, UnavailableError

REOPEN: Final = "reopen"
"""The field in which a closed device is asked for the link or the words."""
KNOWN: Final = frozenset({400, 403, 404, 405, 413, 414, 429, 500, 503})
FOREIGN: Final = frozenset({"cross-site", "same-site"})
PRIVATE_BLUEPRINTS: Final = frozenset({"private_link", "quiz", "plan", "downloads", "history", "comparison"})
"""Blueprints whose every page belongs to one journey."""
NEVER_AGAIN: Final = frozenset(
    {"history.everything_deleted", "private_link.link_replaced", "home.link_opened", "history.unreadable_deleted"}
)
"""Forms with an unknown token that are not offered again, as one press would delete or open something unasked."""


def init_app(app: Flask) -> None:
    """Say what is answered to what goes wrong."""
    app.register_error_handler(CSRFError, _unknown_form)
    app.register_error_handler(RateLimitExceeded, _too_often)
    app.register_error_handler(NotFoundError, _missing)
    for kind in (UnavailableError, StaleRevisionError):
        app.register_error_handler(kind, _unavailable)
    app.register_error_handler(Unreadable, lambda _: error_page(503, "damaged"))
    app.register_error_handler(NewerFormat, lambda _: error_page(503, "newer"))
    app.register_error_handler(TooLarge, lambda _: error_page(413))
    app.register_error_handler(AlreadyExistsError, lambda _: error_page(503))
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _bug)
    app.before_request(_own_forms_only)


def require_journey() -> AnyResponse | None:
    """Let a request through if a journey is open on this device. A blueprint calls it before each of its views.

    A form that was sent with a link or with words beside its answers opens the journey and is taken at once.
    """
    if open_secret() is not None:
        return None
    if request.method != "POST":
        return redirect(url_for("home.enter_link", e="closed"), 303)
    if REOPEN not in request.form:
        return offer_again(ask=True)
    return _reopen()


@opening_limit
def _count_opening() -> None:
    """Count one more try to open a journey."""


def _reopen() -> AnyResponse | None:
    _count_opening()
    try:
        secret = Secret.read(request.form[REOPEN])
    except LinkError as fault:
        return offer_again(ask=True, error=fault.code, positions=fault.positions, count=fault.count)
    state = app_state()
    if state.journeys.load(secret, state.today()) is None:
        return offer_again(ask=True, error="dead")
    open_journey(secret)
    return None


def offer_again(*, ask: bool, status: int = 403, error: str | None = None, **told: Any) -> Response:
    """The page that holds what was typed in hidden fields and sends it where it was going."""
    shows_secret()  # what was typed may be a link
    dropped = {TOKEN, REOPEN} if ask else {TOKEN}
    fields = [(name, value) for name, value in request.form.items(multi=True) if name not in dropped]
    text = render_template(
        "errors/expired.html",
        **{"positions": (), "count": 0, **told},
        action=request.path,
        fields=fields,
        ask=ask,
        error=error,
    )
    return make_response(text, status)


def error_page(status: int, what: str | None = None) -> Response:
    """One page for everything that does not go on."""
    known = status if status in KNOWN else (400 if status < 500 else 500)
    return make_response(render_template("errors/error.html", status=known, what=what or str(known)), status)


def is_private() -> bool:
    """Whether the address leads to something of a journey."""
    return request.blueprint in PRIVATE_BLUEPRINTS


def _own_forms_only() -> Response | None:
    """A form of another site is not taken, and not offered again either."""
    return error_page(403) if request.method == "POST" and _is_foreign() else None


def _is_foreign() -> bool:
    """Whether the browser says that another site sent this: older ones only name it."""
    if (said := request.headers.get("Sec-Fetch-Site")) is not None:
        return said in FOREIGN
    origin = request.headers.get("Origin", "null")
    own = {name_of(request.host), *app_state().settings.hosts}
    return origin != "null" and name_of(origin.partition("://")[2]) not in own


def _unknown_form(_: CSRFError) -> AnyResponse:
    """The token is missing or another browser's: a page from yesterday, or no cookies."""
    if _is_foreign():
        return error_page(403)
    if request.endpoint in NEVER_AGAIN:
        return redirect(_begin_again(), 303)
    return offer_again(ask=is_private() and open_secret() is None)


def _begin_again() -> str:
    """The page that the form of this address stands on."""
    if request.endpoint != "home.link_opened":
        return request.path
    try:
        return url_for("home.open_link", code=Secret.of_code(request.form.get("code", "")).code)
    except LinkError:
        return url_for("home.enter_link", e="malformed")


def _missing(_: NotFoundError) -> AnyResponse:
    """The journey is gone: deleted, or behind another link now. Who has that one can still send what was typed."""
    close_journey()
    if request.method == "POST" and request.blueprint == "quiz":
        return offer_again(ask=True, error="dead")
    return redirect(url_for("information.lost"), 303)


def _unavailable(error: Exception) -> Response:
    """Nothing was written. What was typed is on the page and can be sent again."""
    if isinstance(error, StorageError):
        app_state().counters.storage_error(error.code)
    typed = request.method == "POST"
    response = offer_again(ask=False, status=503, error="unavailable") if typed else error_page(503)
    response.headers["Retry-After"] = "10"
    return response


def _too_often(error: RateLimitExceeded) -> Response:
    """Too many tries from one address."""
    response = offer_again(ask=False, status=429, error="often") if _typed() else error_page(429)
    response.headers["Retry-After"] = str(_wait(error))
    return response


def _typed() -> bool:
    return request.method == "POST" and is_private()


def _wait(error: RateLimitExceeded) -> int:
    """Seconds until the next try, as exactly as is known."""
    longest = error.limit.limit.get_expiry()
    found = limiter.current_limit
    left = int(found.reset_at - app_state().clock.now().timestamp()) + 1 if found else longest
    return left if 0 < left <= longest else longest


def _http(error: HTTPException) -> AnyResponse:
    if error.response is not None:  # a redirect that the router asks for
        return error.get_response()
    response = error_page(error.code or 500)
    allowed = getattr(error, "valid_methods", None)
    if allowed:
        response.headers["Allow"] = ", ".join(sorted(allowed))
    return response


def _bug(error: Exception) -> Response:
    """Something nobody foresaw. The log says where; it never says what the person wrote."""
    if error.__traceback__ is not None:
        current_app.log_exception((type(error), error, error.__traceback__))
    if request.method == "POST" and is_private():
        return offer_again(ask=False, status=500, error="bug")
    return error_page(500)
