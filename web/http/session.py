"""What a device knows: one encrypted cookie that holds the private link while a journey is open, and nothing else.

It ends with the browser or after two idle hours. "Keep my place on this device" makes it seven days for a
draft; a plan then stays until the browser is closed. A request that asks nothing of it neither reads nor writes it.

Until the link was shown once, two idle hours make the journey *locked* instead: for a day after its last use the draft
goes on at its next open page, and nothing that was answered before can be read (``web/http/locked.py``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, MutableMapping
from typing import Any, Final, cast

from flask import Flask, Request, Response, current_app, g, request, session
from flask.sessions import SecureCookieSession, SessionInterface, SessionMixin

from web.app_state import AppState
from web.clock import Clock
from web.crypto.private_link import LinkError, Secret
from web.crypto.server_key import TokenCipher
from web.http.state import app_state

IDLE_MINUTES: Final = 120
LOCKED_MINUTES: Final = 24 * 60
"""How long a draft whose link was never shown goes on in this browser after its last use."""
KEPT_MINUTES: Final = 7 * 24 * 60
KEEP_FOR_DAYS: Final = "days"
KEEP_UNTIL_CLOSED: Final = "browser"
OF_OFFER: Final = ("offered", "offered_at")
"""The values of the cookie that keep a new link for other tabs."""
OF_JOURNEY: Final = ("secret", "used", "keep", "unshown", "locked", "hidden", "ended_unshown", *OF_OFFER)
"""The values of the cookie that belong to the open journey."""
SENT_BY_SCRIPT: Final = frozenset({"quiz.save"})
"""What only scripts send; by browsers that do not say so as well."""
OFFER_MINUTES: Final = 15
"""How long a new link is offered again in other tabs. It ends soon, as who looked at it then may be someone else."""
REFRESH_MINUTES: Final = 5
"""How exactly the last use is known: the cookie is written that seldom."""


class EncryptedCookies(SessionInterface):
    """Flask's session, in a cookie that is encrypted. It counts the minutes since its last use by itself."""

    def __init__(self, cipher: TokenCipher, clock: Clock, *, secure: bool) -> None:
        self.cipher: Final = cipher
        self.clock: Final = clock
        self.secure: Final = secure
        self.name: Final = "__Host-s" if secure else "s"

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession:  # noqa: ARG002
        """What the cookie says. The link is gone after too long; the rest stays, so that a form sent late is known."""
        values = self.cipher.unseal(request.cookies.get(self.name, "")) or {}
        last_used = values.get("used")
        idle = self._minute() - last_used if isinstance(last_used, int) else None
        if idle is not None and values.get("unshown") and idle > IDLE_MINUTES:
            values |= {"locked": True, "hidden": None}  # written by the first request that uses the session
        device = SecureCookieSession(values)
        if "secret" in device and (idle is None or idle > _longest_idle(device)):
            unshown = bool(device.get("unshown"))
            _remove_journey(device)
            device["ended_unshown"] = unshown
        return device

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:  # noqa: ARG002
        if not session.accessed:
            return
        response.vary.add("Cookie")
        if _is_sent_by_script():
            return
        if "secret" in session and self._minute() - session.get("used", 0) >= REFRESH_MINUTES:
            session["used"] = self._minute()
        if not session.modified:
            return
        attributes: dict[str, Any] = {"path": "/", "secure": self.secure, "httponly": True, "samesite": "Lax"}
        if session:
            age = KEPT_MINUTES * 60 if session.get("keep") == KEEP_FOR_DAYS else None
            response.set_cookie(self.name, self.cipher.seal(session), max_age=age, **attributes)
        elif self.name in request.cookies:
            response.delete_cookie(self.name, **attributes)

    def _minute(self) -> int:
        return _minute(self.clock)


def _minute(clock: Clock) -> int:
    return int(clock.now().timestamp() // 60)


def _is_sent_by_script() -> bool:
    """Whether a script sends this beside a page. The answer may come after that of Exit: no cookie may come with it."""
    return request.endpoint in SENT_BY_SCRIPT or request.headers.get("Sec-Fetch-Dest") == "empty"


def _longest_idle(device: Mapping[str, Any]) -> int:
    """Minutes after the last use in which the link stays in the cookie."""
    if device.get("keep"):
        return KEPT_MINUTES
    return LOCKED_MINUTES if device.get("unshown") else IDLE_MINUTES


def _remove_journey(device: MutableMapping[str, Any]) -> None:
    for name in OF_JOURNEY:
        device.pop(name, None)


def init_app(app: Flask, state: AppState) -> None:
    """Have all sessions in the encrypted cookie."""
    app.session_interface = EncryptedCookies(
        TokenCipher(state.key, "cookie"), state.clock, secure=state.settings.secure
    )


def secret_of_open_journey() -> Secret | None:
    """The link of the journey that is open on this device."""
    if "secret" not in g:
        g.secret = _secret_in_cookie("secret")
    return cast("Secret | None", g.secret)


def _secret_in_cookie(name: str) -> Secret | None:
    code = session.get(name)
    try:
        return Secret.of_code(code) if isinstance(code, str) else None
    except LinkError:
        return None


def open_journey(secret: Secret, *, shown: bool = True) -> None:
    """Open a journey on this device, in place of the one that may be open. It is not kept beyond the browser's end.

    Args:
        shown: whether the person has seen the link or the words.
    """
    _remove_journey(session)
    session["secret"] = secret.old_code
    if not shown:
        session["unshown"] = True
    g.secret = secret


def note_link_shown() -> None:
    """The person sees the link and the words now: from here on two idle hours close this device."""
    if "unshown" in session:
        session.pop("unshown")


def unlock() -> None:
    """The link or the words were given: everything can be read again, and both are known."""
    for name in ("unshown", "locked", "hidden", *OF_OFFER):
        session.pop(name, None)


def forget_journey() -> None:
    """Close the journey on this device. Forms that were shown are still known as this device's."""
    _remove_journey(session)
    g.secret = None


def ended_unshown() -> bool:
    """Whether the journey of this device was closed before its link was shown, so that the link cannot be asked for."""
    return bool(session.get("ended_unshown"))


def brings_no_cookie() -> bool:
    """Whether this request has no cookie of ours: the first one of a device, or of a browser that keeps none."""
    interface = current_app.session_interface
    return isinstance(interface, EncryptedCookies) and interface.name not in request.cookies


def is_locked() -> bool:
    """Whether the journey was idle for too long and goes on without showing what was answered before."""
    return bool(session.get("locked"))


def hidden_items() -> frozenset[str] | None:
    """The items whose answers are not shown here; None if that was not looked up since the journey was locked."""
    if not is_locked():
        return frozenset()
    hidden = session.get("hidden")
    return None if hidden is None else frozenset(hidden)


def hide_items(items: Collection[str]) -> None:
    """Note which answers are not shown while the journey is locked."""
    session["hidden"] = sorted(items)


def move_journey(secret: Secret) -> None:
    """Go on under another link of the same journey; what was chosen for this device stays."""
    keep = session.get("keep")
    open_journey(secret)
    keep_on_device(keep is not None, days=keep == KEEP_FOR_DAYS)


def offered_link() -> Secret | None:
    """The new link that another tab of this device shows, or this one did before it was loaded again.

    It is in the cookie, not derived from it: a copy of the cookie that is older than the offer does not lead to it.
    """
    age = _minute(app_state().clock) - session.get("offered_at", 0)
    return _secret_in_cookie("offered") if age < OFFER_MINUTES else None


def offer_link(secret: Secret) -> None:
    """Keep a new link for the other tabs of this device."""
    session["offered"] = secret.old_code
    session["offered_at"] = _minute(app_state().clock)


def withdraw_offered_link() -> None:
    """Offer another new link next time: the one that was offered was not taken."""
    for name in OF_OFFER:
        if name in session:
            session.pop(name)


def keep_on_device(on: bool, *, days: bool = True) -> None:
    """Keep the place on this device beyond two idle hours, or not.

    Args:
        days: for seven days after the last use, which is for drafts; otherwise until the browser is closed.
    """
    if session.get("unshown"):
        return  # the choice stands beside the link: who has not seen that has not chosen
    choice = (KEEP_FOR_DAYS if days else KEEP_UNTIL_CLOSED) if on else None
    if choice != session.get("keep"):
        if choice is None:
            session.pop("keep")
        else:
            session["keep"] = choice


def is_kept() -> bool:
    """Whether the person chose to keep the place on this device."""
    return bool(session.get("keep"))


def close_journey() -> None:
    """Leave nothing on this device."""
    session.clear()
    g.secret = None
