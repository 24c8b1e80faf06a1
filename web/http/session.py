"""What a device knows: one encrypted cookie that holds the private link while a journey is open, and nothing else.

It ends with the browser or after two idle hours. "Keep my place on this device" makes it seven days for a
draft; a plan then stays until the browser is closed. A request that asks nothing of it neither reads nor writes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, cast

from flask import Flask, Request, Response, g, session
from flask.sessions import SessionInterface, SessionMixin

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


class CookieSession(SessionMixin):
    """The values of a cookie, which is only opened when somebody asks."""

    def __init__(self, text: str | None, cipher: TokenCipher, minute: int) -> None:
        self._text: Final = text
        self._cipher: Final = cipher
        self.minute: Final = minute
        self._values: dict[str, Any] | None = None
        self.modified = False

    @property
    def was_sent(self) -> bool:
        """Whether the device sent one."""
        return self._text is not None

    @property
    def was_read(self) -> bool:
        """Whether anybody looked."""
        return self._values is not None

    def decrypted_values(self) -> dict[str, Any]:
        if self._values is None:
            decrypted = self._cipher.unseal(self._text) if self._text else None
            self._values = {} if decrypted is None else decrypted
            self._close_if_idle()
        return self._values

    def _close_if_idle(self) -> None:
        """Close a journey that was left open too long; the rest stays, so that a form sent late is still known."""
        assert self._values is not None  # noqa: S101 - only called above
        last_used = self._values.get("used")
        limit = KEPT_MINUTES if self._values.get("keep") else IDLE_MINUTES
        if "secret" in self._values and not (isinstance(last_used, int) and self.minute - last_used <= limit):
            for name in ("secret", "used", "keep"):
                self._values.pop(name, None)
            self.modified = True

    def __getitem__(self, name: str) -> Any:
        return self.decrypted_values()[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self.decrypted_values()[name] = value
        self.modified = True

    def __delitem__(self, name: str) -> None:
        del self.decrypted_values()[name]
        self.modified = True

    def __iter__(self) -> Iterator[str]:
        return iter(self.decrypted_values())

    def __len__(self) -> int:
        return len(self.decrypted_values())

    def refresh(self) -> None:
        """Note the use, now and then."""
        values = self.decrypted_values()
        if "secret" in values and self.minute - values["used"] >= REFRESH_MINUTES:
            self["used"] = self.minute


class EncryptedCookies(SessionInterface):
    """Reads and writes the cookie."""

    def __init__(self, cipher: TokenCipher, clock: Clock, *, secure: bool) -> None:
        self.cipher: Final = cipher
        self.clock: Final = clock
        self.secure: Final = secure
        self.name: Final = "__Host-s" if secure else "s"

    def open_session(self, app: Flask, request: Request) -> CookieSession:  # noqa: ARG002
        minute = int(self.clock.now().timestamp() // 60)
        return CookieSession(request.cookies.get(self.name), self.cipher, minute)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:  # noqa: ARG002
        cookie_session = cast("CookieSession", session)
        if not cookie_session.was_read:
            return
        response.vary.add("Cookie")
        cookie_session.refresh()
        if not cookie_session.modified:
            return
        attributes: dict[str, Any] = {
            "path": "/",
            "secure": self.secure,
            "httponly": True,
            "samesite": "Lax",
        }
        if cookie_session:
            age = KEPT_MINUTES * 60 if cookie_session.get("keep") == KEEP_FOR_DAYS else None
            response.set_cookie(self.name, self.cipher.seal(dict(cookie_session)), max_age=age, **attributes)
        elif cookie_session.was_sent:
            response.delete_cookie(self.name, **attributes)


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
    session["used"] = cast("CookieSession", session._get_current_object()).minute  # type: ignore[attr-defined]  # noqa: SLF001
    session.pop("keep", None)
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
    session.modified = True
    g.secret = None
