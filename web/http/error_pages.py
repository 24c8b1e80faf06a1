"""When a request cannot be taken as it is: nothing typed is lost, and every answer is a page in plain words.

Two answers to a POST are no redirect: a device whose journey is closed is asked for the link or the words, and a form
whose token is not known is offered again. Both carry what was typed in hidden fields and send it where it was going. So
do errors: a database that cannot be written gives the same fields, and one button.
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
"""The field in which a closed device is asked for the link or the words."""
STATUSES_WITH_PAGE: Final = frozenset({400, 403, 404, 405, 413, 414, 429, 500, 503})
COOKIE_TEST: Final = "cookie"
"""Asks a page to look whether the cookie that was set just before came back."""
TEST_COOKIE: Final = frozenset({"home.start", "home.open_link"})
"""Forms that nothing was typed into: without a cookie their page is asked for again, to see whether one is kept."""
FOREIGN_FETCH_SITES: Final = frozenset({"cross-site", "same-site"})
_OPENING: Final = re.compile(r"(?<![A-Za-z0-9])open(?:/|$)", re.IGNORECASE)
PUBLIC_BLUEPRINTS: Final = frozenset({None, "home", "information", "health"})
"""Every page of another blueprint belongs to one journey."""
DEAD: Final = frozenset({"dead", "dead_or_slip"})
"""Faults of what may have been a link once, or may become one."""
NOT_OFFERED_AGAIN: Final = frozenset(
    {"history.delete_everything", "private_link.replace_link", "home.open_link", "history.delete_unreadable"}
)
"""Forms with an unknown token that are not offered again, as one press would delete or open something unasked."""


def init_app(app: Flask) -> None:
    """Say what is answered to what goes wrong."""
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

    A form that was sent with a link or with words beside its answers opens the journey and is taken at once.
    """
    if not is_private():
        return None
    if (secret := secret_of_open_journey()) is not None and not is_locked():
        return None
    if secret is not None and REOPEN_FIELD not in request.form:
        return _require_open_page(secret)
    return _require_link()


def _require_open_page(secret: Secret) -> AnyResponse | None:
    """Let a request for a page of a locked journey through if that page shows nothing of what was answered before."""
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
    """Ask for the link or the words, which a form may have brought with it."""
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
    """The page with one button that sends the same again, for an address with an unusual rate."""
    return offer_again(ask=False, status=200, error="press", added=((PRESS_FIELD, new_pass),))


def offer_again(
    *,
    ask: bool,
    status: int = 403,
    error: str | None = None,
    added: tuple[tuple[str, str], ...] = (),
    **link_error_details: Any,
) -> Response:
    """The page that holds what was typed in hidden fields and sends it where it was going."""
    mark_secret_shown()  # what was typed may be a link
    dropped = {TOKEN_FIELD, PRESS_FIELD, DAY_FIELD, *([REOPEN_FIELD] if ask else [])}  # the day may be over
    fields = [(name, value) for name, value in request.form.items(multi=True) if name not in dropped]
    fields.extend(added)
    if brings_no_cookie() and COOKIE_TEST not in request.form:
        fields.append((COOKIE_TEST, "1"))
    words = {"positions": (), "count": 0, "error": error, **link_error_details}
    html = render_template("errors/expired.html", action=request.path, fields=fields, ask=ask, **words)
    return make_response(html, status)


def error_page(status: int, reason: str | None = None) -> Response:
    """One page for everything that does not go on."""
    page_status = status if status in STATUSES_WITH_PAGE else (400 if status < 500 else 500)
    html = render_template("errors/error.html", status=page_status, reason=reason or str(page_status))
    return make_response(html, status)


def is_private() -> bool:
    """Whether the address leads to something of a journey."""
    return request.blueprint not in PUBLIC_BLUEPRINTS


def _refuse_foreign_forms() -> Response | None:
    """A form of another site is not taken, and not offered again either."""
    return error_page(403) if request.method == "POST" and _is_foreign() else None


def _is_foreign() -> bool:
    """Whether the browser says that another site sent this: older ones only name it."""
    if (fetch_site := request.headers.get("Sec-Fetch-Site")) is not None:
        return fetch_site in FOREIGN_FETCH_SITES
    origin = request.headers.get("Origin", "null")
    own_hosts = {host_name(request.host), *app_state().settings.hosts}
    return origin != "null" and host_name(origin.partition("://")[2]) not in own_hosts


def _unknown_form(_: CSRFError) -> AnyResponse:
    """The token is missing or another browser's: a page from yesterday, or no cookies."""
    if _is_foreign():
        return error_page(403)
    if brings_no_cookie() and request.endpoint in TEST_COOKIE:
        generate_csrf()  # puts a cookie into this response; the page that follows sees whether it was kept
        page = _page_of_form()
        return redirect(f"{page}{'&' if '?' in page else '?'}{COOKIE_TEST}=1", 303)
    if request.endpoint in NOT_OFFERED_AGAIN:
        return redirect(_page_of_form(), 303)
    if brings_no_cookie() and COOKIE_TEST in request.form:
        return offer_again(ask=False, error="cookies")
    return offer_again(ask=is_private() and secret_of_open_journey() is None)


def _page_of_form() -> str:
    """The page that the form of this address stands on."""
    if request.endpoint == "home.start":
        return url_for("home.ask_age")
    if request.endpoint != "home.open_link":
        return request.path
    return page_of_link(request.form.get("code", ""))


def page_of_link(text: str, query: str = "") -> str:
    """The address of the page for the links in an address, or of the form that says what is wrong with it."""
    reading = read_address(text, query)
    if reading.secrets:
        return url_for("home.link_page", code=" ".join(secret.code for secret in reading.secrets))
    return url_for_fault(reading.fault)


def url_for_fault(fault: LinkError) -> str:
    """The address of the form for a link, with what is wrong with the one that was typed."""
    if not fault.count:
        return url_for("home.link_form", e=fault.code)
    positions = ".".join(map(str, fault.positions))
    return url_for("home.link_form", e=fault.code, positions=positions, count=fault.count)


def _misspelt_link() -> AnyResponse | None:
    """Where an address leads that is no page but has a link in it, such as ``/OPEN/CODE``; None if it has none."""
    if request.url_rule is not None or request.method not in {"GET", "HEAD"}:
        return None
    if not _OPENING.search(request.path) and not read_address(request.path).has_checked_code:
        return None
    return redirect(page_of_link(request.path, query_of_address()), 303)


def query_of_address() -> str:
    """What stands behind the question mark, as it was sent."""
    return request.query_string.decode("utf-8", "replace")


def _journey_gone(_: NotFoundError) -> AnyResponse:
    """The journey is gone: deleted, or behind another link now. Who has that one can still send what was typed.

    If another tab of this device made that link a moment ago, this request was sent before its cookie came.
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
    """False if a cookie was set just before and has not come back."""
    return COOKIE_TEST not in request.args or not brings_no_cookie()


def no_cookie_page(url: str) -> str:
    """What to do where a browser keeps no cookie; ``url`` is the page to try again."""
    return render_template("errors/no_cookie.html", url=url)


def _unavailable(error: Exception) -> Response:
    """Nothing was written. What was typed is on the page and can be sent again."""
    app_state().storage_failed(error)
    has_form = request.method == "POST"
    response = offer_again(ask=False, status=503, error="unavailable") if has_form else error_page(503)
    response.headers["Retry-After"] = "10"
    return response


def _unreadable(error: Exception, reason: str) -> Response:
    """A row is there and cannot be read, now or ever."""
    app_state().storage_failed(error)
    return error_page(503, reason)


def _too_often(error: RateLimitExceeded) -> Response:
    """Too many tries from one address."""
    response = _answers_again(429, "often") or error_page(429)
    response.headers["Retry-After"] = str(_seconds_to_wait(error))
    return response


def _answers_again(status: int, error: str) -> Response | None:
    """The answers that were typed, to be sent again; None if there are none."""
    typed = request.method == "POST" and is_private()
    return offer_again(ask=False, status=status, error=error) if typed else None


def _seconds_to_wait(error: RateLimitExceeded) -> int:
    """Seconds until the next try, as exactly as is known."""
    longest = error.limit.limit.get_expiry()
    current_limit = limiter.current_limit
    remaining = int(current_limit.reset_at - app_state().clock.now().timestamp()) + 1 if current_limit else longest
    return remaining if 0 < remaining <= longest else longest


def _http_error(error: HTTPException) -> AnyResponse:
    if error.response is not None:  # a redirect that the router asks for
        return error.get_response()
    if error.code in {404, 405} and (link := _misspelt_link()) is not None:
        return link
    response = error_page(error.code or 500)
    if allowed := getattr(error, "valid_methods", None):
        response.headers["Allow"] = ", ".join(sorted(allowed))
    return response


def _internal_error(error: Exception) -> Response:
    """Something nobody foresaw. The log says where; it never says what the person wrote."""
    if error.__traceback__ is not None:
        current_app.log_exception((type(error), error, error.__traceback__))
    return _answers_again(500, "bug") or error_page(500)
