"""What a device knows: one encrypted cookie that holds the private link while a journey is open, and nothing else.

It ends with the browser or after two idle hours. "Keep my place on this device" makes it seven days for a
draft; a plan then stays until the browser is closed. A request that asks nothing of it neither reads nor writes it.
"""

from __future__ import annotations

from typing import Any, Final, cast

from flask import Flask, Request, Response, g, request, session
from flask.sessions import SecureCookieSession, SessionInterface, SessionMixin

from web.app_state import AppState
from web.clock import Clock
from web.crypto.private_link import LinkError, Secret
from web.crypto.server_key import TokenCipher

IDLE_MINUTES: Final = 120
KEPT_MINUTES: Final = 7 * 24 * 60
KEEP_FOR_DAYS: Final = "days"
KEEP_UNTIL_CLOSED: Final = "browser"
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
        device = SecureCookieSession(self.cipher.unseal(request.cookies.get(self.name, "")))
        limit = KEPT_MINUTES if device.get("keep") else IDLE_MINUTES
        last_used = device.get("used")
        if "secret" in device and not (isinstance(last_used, int) and self._minute() - last_used <= limit):
            for name in ("secret", "used", "keep"):
                device.pop(name, None)
        return device

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:  # noqa: ARG002
        if not session.accessed:
            return
        response.vary.add("Cookie")
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
        return int(self.clock.now().timestamp() // 60)


def init_app(app: Flask, state: AppState) -> None:
    """Have all sessions in the encrypted cookie."""
    app.session_interface = EncryptedCookies(
        TokenCipher(state.key, "cookie"), state.clock, secure=state.settings.secure
    )


def secret_of_open_journey() -> Secret | None:
    """The link of the journey that is open on this device."""
    if "secret" not in g:
        code = session.get("secret")
        try:
            g.secret = Secret.of_code(code) if isinstance(code, str) else None
        except LinkError:
            g.secret = None
    return cast("Secret | None", g.secret)


def open_journey(secret: Secret) -> None:
    """Open a journey on this device, in place of the one that may be open. It is not kept beyond the browser's end."""
    session["secret"] = secret.code
    for name in ("used", "keep"):
        session.pop(name, None)
    g.secret = secret


def move_journey(secret: Secret) -> None:
    """Go on under another link of the same journey; what was chosen for this device stays."""
    keep = session.get("keep")
    open_journey(secret)
    keep_on_device(keep is not None, days=keep == KEEP_FOR_DAYS)


def keep_on_device(on: bool, *, days: bool = True) -> None:
    """Keep the place on this device beyond two idle hours, or not.

    Args:
        days: for seven days after the last use, which is for drafts; otherwise until the browser is closed.
    """
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
