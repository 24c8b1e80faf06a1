"""Rates of beginnings and of failed attempts to open a plan, by address. Unusual rates need one more press.

One address may be a school, a shelter or a mobile carrier, so no one is refused because of others. Each process
counts separately.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import wraps
from threading import Lock
from typing import Final, Literal, ParamSpec

from flask import Flask, current_app, request
from limits import RateLimitItem, parse
from werkzeug.wrappers import Response as AnyResponse

from web.app_state import AppState
from web.clock import Clock
from web.crypto.server_key import TokenCipher
from web.http.security import client_address, limiter
from web.http.state import app_state

P = ParamSpec("P")
Counted = Literal["start", "open"]
PRESS_FIELD: Final = "press"
"""The field with the pass."""
PASS_SECONDS: Final = 600
FLOOD: Final = 20
"""The multiple of the usual limit above which an address must wait, so that it cannot fill the disk."""
PASSES: Final = "heartwork.passes"


class Passes:
    """Passes in the button of the extra page: encrypted, valid for ten minutes, usable once in this process."""

    def __init__(self, cipher: TokenCipher, clock: Clock) -> None:
        self._cipher: Final = cipher
        self._clock: Final = clock
        self._lock: Final = Lock()
        self._spent: dict[str, int] = {}

    def new(self) -> str:
        return self._cipher.seal({"id": secrets.token_hex(8), "until": self._now() + PASS_SECONDS})

    def spend(self, text: str) -> bool:
        """Whether this pass is valid and unused; it is then used."""
        values = self._cipher.unseal(text) or {}
        identifier, until = values.get("id"), values.get("until")
        if not isinstance(identifier, str) or not isinstance(until, int) or until < self._now():
            return False
        with self._lock:
            self._spent = {spent: end for spent, end in self._spent.items() if end >= self._now()}
            if identifier in self._spent:
                return False
            self._spent[identifier] = until
        return True

    def _now(self) -> int:
        return int(self._clock.now().timestamp())


def init_app(app: Flask, state: AppState) -> None:
    """Create the passes of this process."""
    app.extensions[PASSES] = Passes(TokenCipher(state.key, "one press"), state.clock)


def note(counted: Counted) -> None:
    """Count a beginning, or a failed attempt to open a plan, for the address of this request."""
    limiter.limiter.hit(_limit(counted), counted, client_address())


def extra_press(
    counted: Counted, ask: Callable[[str], AnyResponse]
) -> Callable[[Callable[P, AnyResponse]], Callable[P, AnyResponse]]:
    """A view decorator that asks for one more press if the address of a request has an unusual rate.

    Args:
        ask: makes the page with the button from a pass.
    """

    def decorate(view: Callable[P, AnyResponse]) -> Callable[P, AnyResponse]:
        @wraps(view)
        def counted_view(*arguments: P.args, **named: P.kwargs) -> AnyResponse:
            page = press_wanted(counted, ask)
            return view(*arguments, **named) if page is None else page

        return counted_view

    return decorate


def press_wanted(counted: Counted, ask: Callable[[str], AnyResponse]) -> AnyResponse | None:
    """The page that asks for one more press, if this request needs one and has no pass."""
    passes: Passes = current_app.extensions[PASSES]
    unusual = not limiter.limiter.test(_limit(counted), counted, client_address())
    if not unusual or passes.spend(request.form.get(PRESS_FIELD, "")):
        return None
    return ask(passes.new())


def flood_limit() -> str:
    """The limit above which an address must wait."""
    usual = _limit("start")
    return f"{usual.amount * FLOOD} per {usual.multiples} {usual.GRANULARITY.name}"


def _limit(counted: Counted) -> RateLimitItem:
    settings = app_state().settings
    return parse(settings.start_limit if counted == "start" else settings.open_limit)
