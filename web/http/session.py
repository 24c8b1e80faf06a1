"""The session: one encrypted cookie that contains the private link while a journey is open.

It ends with the browser or after two idle hours. "Keep my place on this device" makes it seven days for a draft; for
a plan it lasts until the browser closes. Public pages neither read nor write it.

Until the link was shown once, two idle hours make the journey *locked* instead: for a day the draft continues at its
next open page and shows no earlier answer (``web/http/locked.py``).
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
"""How long a draft whose link was never shown continues in this browser after its last use."""
KEPT_MINUTES: Final = 7 * 24 * 60
KEEP_FOR_DAYS: Final = "days"
KEEP_UNTIL_CLOSED: Final = "browser"
OF_OFFER: Final = ("offered", "offered_at")
"""The keys of the cookie that keep a new link for other tabs."""
OF_JOURNEY: Final = ("secret", "used", "keep", "unshown", "locked", "hidden", "ended_unshown", *OF_OFFER)
"""The keys of the cookie that belong to the open journey."""
SENT_BY_SCRIPT: Final = frozenset({"quiz.save"})
"""The header that only scripts send, for browsers without ``Sec-Fetch-Mode``."""
OFFER_MINUTES: Final = 15
"""How long a new link is offered in other tabs. Short, because another person may use the device later."""
REFRESH_MINUTES: Final = 5
"""The precision of the last use, which limits how often the cookie is written."""


class EncryptedCookies(SessionInterface):
    """Flask's session in an encrypted cookie that records the time of its last use."""

    def __init__(self, cipher: TokenCipher, clock: Clock, *, secure: bool) -> None:
        self.cipher: Final = cipher
        self.clock: Final = clock
        self.secure: Final = secure
        self.name: Final = "__Host-s" if secure else "s"

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession:  # noqa: ARG002
        """Decrypt the cookie. After the idle time the link is dropped and the rest stays, so that late forms are
        recognised.
        """
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
    """Whether a script sent this. Its response may arrive after that of Exit, so it must not set a cookie."""
    return request.endpoint in SENT_BY_SCRIPT or request.headers.get("Sec-Fetch-Dest") == "empty"


def _longest_idle(device: Mapping[str, Any]) -> int:
    """The idle minutes after which the link is dropped."""
    if device.get("keep"):
        return KEPT_MINUTES
    return LOCKED_MINUTES if device.get("unshown") else IDLE_MINUTES


def _remove_journey(device: MutableMapping[str, Any]) -> None:
    for name in OF_JOURNEY:
        device.pop(name, None)


def init_app(app: Flask, state: AppState) -> None:
    """Use the encrypted cookie for all sessions."""
    app.session_interface = EncryptedCookies(
        TokenCipher(state.key, "cookie"), state.clock, secure=state.settings.secure
    )


def secret_of_open_journey() -> Secret | None:
    """The secret of the journey that is open on this device."""
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
    """Open a journey on this device, replacing an open one. It lasts until the browser closes.

    Args:
        shown: whether the person has seen the link or words.
    """
    _remove_journey(session)
    session["secret"] = secret.old_code
    if not shown:
        session["unshown"] = True
    g.secret = secret


def note_link_shown() -> None:
    """Record that the person has seen link and words. From now on two idle hours close the session."""
    if "unshown" in session:
        session.pop("unshown")


def unlock() -> None:
    """Unlock the journey after the link or words were entered. Both count as seen."""
    for name in ("unshown", "locked", "hidden", *OF_OFFER):
        session.pop(name, None)


def forget_journey() -> None:
    """Close the journey on this device. Forms that were shown keep valid tokens."""
    _remove_journey(session)
    g.secret = None


def ended_unshown() -> bool:
    """Whether the session ended before its link was shown, so that the link cannot be asked for."""
    return bool(session.get("ended_unshown"))


def brings_no_cookie() -> bool:
    """Whether this request has no cookie of the site: the first one of a device, or cookies are blocked."""
    interface = current_app.session_interface
    return isinstance(interface, EncryptedCookies) and interface.name not in request.cookies


def is_locked() -> bool:
    """Whether the journey is locked."""
    return bool(session.get("locked"))


def hidden_items() -> frozenset[str] | None:
    """The items whose answers are hidden here; None if they were not looked up since the journey was locked."""
    if not is_locked():
        return frozenset()
    hidden = session.get("hidden")
    return None if hidden is None else frozenset(hidden)


def hide_items(items: Collection[str]) -> None:
    """Record which answers are hidden while the journey is locked."""
    session["hidden"] = sorted(items)


def move_journey(secret: Secret) -> None:
    """Continue under another link of the same journey, with the same choices for this device."""
    keep = session.get("keep")
    open_journey(secret)
    keep_on_device(keep is not None, days=keep == KEEP_FOR_DAYS)


def offered_link() -> Secret | None:
    """The new link that another tab of this device shows, or this one before a reload.

    It is in the cookie and not derived from it, so that an older copy of the cookie does not lead to it.
    """
    age = _minute(app_state().clock) - session.get("offered_at", 0)
    return _secret_in_cookie("offered") if age < OFFER_MINUTES else None


def offer_link(secret: Secret) -> None:
    """Keep a new link for other tabs of this device."""
    session["offered"] = secret.old_code
    session["offered_at"] = _minute(app_state().clock)


def withdraw_offered_link() -> None:
    """Offer a different new link next time, because this one was not used."""
    for name in OF_OFFER:
        if name in session:
            session.pop(name)


def keep_on_device(on: bool, *, days: bool = True) -> None:
    """Keep the session on this device beyond two idle hours, or not.

    Args:
        days: True for seven days after the last use (drafts); False until the browser closes.
    """
    if session.get("unshown"):
        return  # the choice is beside the link, so a person who has not seen one has not made the other
    choice = (KEEP_FOR_DAYS if days else KEEP_UNTIL_CLOSED) if on else None
    if choice != session.get("keep"):
        if choice is None:
            session.pop("keep")
        else:
            session["keep"] = choice


def is_kept() -> bool:
    """Whether the person chose to keep the session on this device."""
    return bool(session.get("keep"))


def close_journey() -> None:
    """Remove everything from this device."""
    session.clear()
    g.secret = None
