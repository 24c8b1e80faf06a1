"""Error pages: no input is lost, and every response is a page in plain words.

Two responses to a POST are not redirects: a device whose journey is closed is asked for the link or words, and a
form with an unknown token is offered again. Both contain the input in hidden fields and send it to the original URL.
A database failure gives the same fields with one button.
"""

from __future__ import annotations

import re
from typing import Any, Final

from flask import Flask, Response, current_app, make_response, redirect, render_template, request, url_for
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError, generate_csrf
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from web.crypto.encrypted_body import BodyTooLargeError, NewerFormatError, UnreadableError
from web.crypto.private_link import LinkError, Secret
from web.http.locked import OPEN_WHILE_LOCKED, look_up_hidden
from web.http.opening import find_secret, read_address
from web.http.person_day import DAY_FIELD
from web.http.rates import PRESS_FIELD, note, press_wanted
from web.http.security import TOKEN_FIELD, host_name, limiter, mark_secret_shown
from web.http.session import (
    brings_no_cookie,
    close_journey,
    ended_unshown,
    is_locked,
    move_journey,
    offered_link,
    open_journey,
    secret_of_open_journey,
    unlock,
)
from web.http.state import app_state
from web.storage import AlreadyExistsError, NotFoundError, StaleRevisionError, UnavailableError

REOPEN_FIELD: Final = "reopen"
"""The field for the link or words on a device whose journey is closed."""
STATUSES_WITH_PAGE: Final = frozenset({400, 403, 404, 405, 413, 414, 429, 500, 503})
COOKIE_TEST: Final = "cookie"
"""The parameter that makes a page test whether a cookie set just before came back."""
TEST_COOKIE: Final = frozenset({"home.start", "home.open_link"})
"""Forms without typed input: without a cookie, their page is requested again to see whether one is kept."""
FOREIGN_FETCH_SITES: Final = frozenset({"cross-site", "same-site"})
_OPENING: Final = re.compile(r"(?<![A-Za-z0-9])open(?:/|$)", re.IGNORECASE)
PUBLIC_BLUEPRINTS: Final = frozenset({None, "home", "information", "health"})
"""Blueprints with public pages. Pages of all others belong to a journey."""
DEAD: Final = frozenset({"dead", "dead_or_slip"})
"""Faults of text that may be a link."""
NOT_OFFERED_AGAIN: Final = frozenset(
    {"history.delete_everything", "private_link.replace_link", "home.open_link", "history.delete_unreadable"}
)
"""Forms with an unknown token that are not offered again, because one press would delete or open something."""


def init_app(app: Flask) -> None:
    """Register the error handlers and the checks before requests."""
    app.register_error_handler(CSRFError, _unknown_form)
    app.register_error_handler(RateLimitExceeded, _too_often)
    app.register_error_handler(NotFoundError, _journey_gone)
    for kind in (UnavailableError, StaleRevisionError, AlreadyExistsError):
        app.register_error_handler(kind, _unavailable)
    app.register_error_handler(UnreadableError, lambda error: _unreadable(error, "damaged"))
    app.register_error_handler(NewerFormatError, lambda error: _unreadable(error, "newer"))
    app.register_error_handler(BodyTooLargeError, lambda _: error_page(413))
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _internal_error)
    app.before_request(_refuse_foreign_forms)
    app.before_request(_require_journey)


def _require_journey() -> AnyResponse | None:
    """Let a request for a private page through if a journey is open on this device.

    A form with a link or words beside its answers opens the journey and is accepted at once.
    """
    if not is_private():
        return None
    if (secret := secret_of_open_journey()) is not None and not is_locked():
        return None
    if secret is not None and REOPEN_FIELD not in request.form:
        return _require_open_page(secret)
    return _require_link()


def _require_open_page(secret: Secret) -> AnyResponse | None:
    """Let a request for a page of a locked journey through if the page shows no earlier answers."""
    journey = app_state().load_journey(secret)
    if journey is None:
        raise NotFoundError
    look_up_hidden(journey)
    if secret_of_open_journey() is None:
        return _require_link()
    if request.endpoint in OPEN_WHILE_LOCKED:
        return None
    if request.method != "POST":
        return redirect(url_for("home.link_form", e="locked"), 303)
    return offer_again(ask=True)


def _require_link() -> AnyResponse | None:
    """Ask for the link or words, which the form may contain."""
    if ended_unshown() and REOPEN_FIELD not in request.form:
        return redirect(url_for("home.ask_age", e="ended"), 303)
    if request.method != "POST":
        return redirect(url_for("home.link_form", e="closed"), 303)
    if REOPEN_FIELD not in request.form:
        return offer_again(ask=True)
    return _reopen()


def _reopen() -> AnyResponse | None:
    if (page := press_wanted("open", ask_for_press)) is not None:
        return page
    try:
        secret = find_secret(request.form[REOPEN_FIELD])
    except LinkError as fault:
        if fault.code in DEAD:
            note("open")
        is_new = request.endpoint == "private_link.replace_link" and fault.code in DEAD
        code = "not_yet" if is_new else fault.code
        return offer_again(ask=True, error=code, positions=fault.positions, count=fault.count)
    if secret == secret_of_open_journey():
        unlock()
    else:
        open_journey(secret)
    return None


def ask_for_press(new_pass: str) -> Response:
    """The page with one button that sends the request again, for an address with an unusual rate."""
    return offer_again(ask=False, status=200, error="press", added=((PRESS_FIELD, new_pass),))


def offer_again(
    *,
    ask: bool,
    status: int = 403,
    error: str | None = None,
    added: tuple[tuple[str, str], ...] = (),
    **link_error_details: Any,
) -> Response:
    """The page that contains the input in hidden fields and sends it to the original URL."""
    mark_secret_shown()  # the input may be a link
    dropped = {TOKEN_FIELD, PRESS_FIELD, DAY_FIELD, *([REOPEN_FIELD] if ask else [])}  # the day may have changed
    fields = [(name, value) for name, value in request.form.items(multi=True) if name not in dropped]
    fields.extend(added)
    if brings_no_cookie() and COOKIE_TEST not in request.form:
        fields.append((COOKIE_TEST, "1"))
    words = {"positions": (), "count": 0, "error": error, **link_error_details}
    html = render_template("errors/expired.html", action=request.path, fields=fields, ask=ask, **words)
    return make_response(html, status)


def error_page(status: int, reason: str | None = None) -> Response:
    """The page for all other errors."""
    page_status = status if status in STATUSES_WITH_PAGE else (400 if status < 500 else 500)
    html = render_template("errors/error.html", status=page_status, reason=reason or str(page_status))
    return make_response(html, status)


def is_private() -> bool:
    """Whether a URL is one of a private page."""
    return request.blueprint not in PUBLIC_BLUEPRINTS


def _refuse_foreign_forms() -> Response | None:
    """Refuse the form of another site, without offering it again."""
    return error_page(403) if request.method == "POST" and _is_foreign() else None


def _is_foreign() -> bool:
    """Whether the browser says that another site sent this; older browsers only send ``Origin``."""
    if (fetch_site := request.headers.get("Sec-Fetch-Site")) is not None:
        return fetch_site in FOREIGN_FETCH_SITES
    origin = request.headers.get("Origin", "null")
    own_hosts = {host_name(request.host), *app_state().settings.hosts}
    return origin != "null" and host_name(origin.partition("://")[2]) not in own_hosts


def _unknown_form(_: CSRFError) -> AnyResponse:
    """Answer a missing or foreign token: an old page, or blocked cookies."""
    if _is_foreign():
        return error_page(403)
    if brings_no_cookie() and request.endpoint in TEST_COOKIE:
        generate_csrf()  # sets a cookie; the following page sees whether it came back
        page = _page_of_form()
        return redirect(f"{page}{'&' if '?' in page else '?'}{COOKIE_TEST}=1", 303)
    if request.endpoint in NOT_OFFERED_AGAIN:
        return redirect(_page_of_form(), 303)
    if brings_no_cookie() and COOKIE_TEST in request.form:
        return offer_again(ask=False, error="cookies")
    return offer_again(ask=is_private() and secret_of_open_journey() is None)


def _page_of_form() -> str:
    """The page with the form of this URL."""
    if request.endpoint == "home.start":
        return url_for("home.ask_age")
    if request.endpoint != "home.open_link":
        return request.path
    return page_of_link(request.form.get("code", ""))


def page_of_link(text: str, query: str = "") -> str:
    """The URL of the page for the links in a URL, or of the form that explains what is wrong."""
    reading = read_address(text, query)
    if reading.secrets:
        return url_for("home.link_page", code=" ".join(secret.code for secret in reading.secrets))
    return url_for_fault(reading.fault)


def url_for_fault(fault: LinkError) -> str:
    """The URL of the link form, with the fault of the entered link."""
    if not fault.count:
        return url_for("home.link_form", e=fault.code)
    positions = ".".join(map(str, fault.positions))
    return url_for("home.link_form", e=fault.code, positions=positions, count=fault.count)


def _misspelt_link() -> AnyResponse | None:
    """The redirect for an unknown URL that contains a link, such as ``/OPEN/CODE``; None if it contains none."""
    if request.url_rule is not None or request.method not in {"GET", "HEAD"}:
        return None
    if not _OPENING.search(request.path) and not read_address(request.path).has_checked_code:
        return None
    return redirect(page_of_link(request.path, query_of_address()), 303)


def query_of_address() -> str:
    """The query string as it was sent."""
    return request.query_string.decode("utf-8", "replace")


def _journey_gone(_: NotFoundError) -> AnyResponse:
    """The journey was deleted or has another link now. With that link the input can still be sent.

    If another tab of this device made the new link a moment ago, this request was sent before its cookie arrived.
    """
    new = offered_link()
    if new is not None and app_state().load_journey(new) is not None:
        move_journey(new)
        return redirect(request.full_path, 303) if request.method == "GET" else offer_again(ask=False)
    close_journey()
    if request.method == "POST" and request.blueprint == "quiz":
        return offer_again(ask=True, error="dead")
    return redirect(url_for("information.lost"), 303)


def cookie_is_kept() -> bool:
    """False if a cookie was set just before and did not come back."""
    return COOKIE_TEST not in request.args or not brings_no_cookie()


def no_cookie_page(url: str) -> str:
    """The page for browsers that keep no cookies; ``url`` is the page to try again."""
    return render_template("errors/no_cookie.html", url=url)


def _unavailable(error: Exception) -> Response:
    """Answer a failed write: nothing was stored, and the page can send the input again."""
    app_state().storage_failed(error)
    has_form = request.method == "POST"
    response = offer_again(ask=False, status=503, error="unavailable") if has_form else error_page(503)
    response.headers["Retry-After"] = "10"
    return response


def _unreadable(error: Exception, reason: str) -> Response:
    """Answer a row that cannot be decrypted."""
    app_state().storage_failed(error)
    return error_page(503, reason)


def _too_often(error: RateLimitExceeded) -> Response:
    """Answer too many attempts from one address."""
    response = _answers_again(429, "often") or error_page(429)
    response.headers["Retry-After"] = str(_seconds_to_wait(error))
    return response


def _answers_again(status: int, error: str) -> Response | None:
    """The typed answers, to be sent again; None if there are none."""
    typed = request.method == "POST" and is_private()
    return offer_again(ask=False, status=status, error=error) if typed else None


def _seconds_to_wait(error: RateLimitExceeded) -> int:
    """Seconds until the next attempt is allowed."""
    longest = error.limit.limit.get_expiry()
    current_limit = limiter.current_limit
    remaining = int(current_limit.reset_at - app_state().clock.now().timestamp()) + 1 if current_limit else longest
    return remaining if 0 < remaining <= longest else longest


def _http_error(error: HTTPException) -> AnyResponse:
    if error.response is not None:  # a redirect raised by the router
        return error.get_response()
    if error.code in {404, 405} and (link := _misspelt_link()) is not None:
        return link
    response = error_page(error.code or 500)
    if allowed := getattr(error, "valid_methods", None):
        response.headers["Allow"] = ", ".join(sorted(allowed))
    return response


def _internal_error(error: Exception) -> Response:
    """Answer an unexpected error. The log contains its place and never any input."""
    if error.__traceback__ is not None:
        current_app.log_exception((type(error), error, error.__traceback__))
    return _answers_again(500, "bug") or error_page(500)
