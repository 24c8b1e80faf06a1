"""A journey with all kinds of data, as plain values, for tests and for the fixtures that later versions must read."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any, Final

from web.crypto.private_link import Secret
from web.journeys.sitting import Sitting, Version
from web.storage import Content, NewSitting

DAY: Final = date(2026, 11, 23)
SECRET: Final = Secret(bytes(range(16)))
OTHER_SECRET: Final = Secret(bytes(range(16, 32)))
SITTING_ID: Final = "0123456789abcdef" * 2
PATHS_WITHOUT_COOKIE: Final = (
    "/help",
    "/help?country=uk&for=women",
    "/privacy",
    "/accessibility",
    "/lost",
    "/young",
    "/example",
)
"""Pages that need no session cookie."""
PUBLIC_PATHS: Final = ("/", "/start", *PATHS_WITHOUT_COOKIE, "/have")
"""Public pages."""


def content_snapshot(text: str = '{"title":"Words for everybody"}') -> Content:
    """A snapshot; the storage does not read its content."""
    return Content(hashlib.sha256(text.encode()).hexdigest(), text)


CONTENT: Final = content_snapshot()
SITTING: Final = Sitting(
    id=SITTING_ID,
    revision=7,
    number=3,
    questionnaire="breakup",
    content_digest=CONTENT.digest,
    created_day=DAY,
    taken_on=date(2026, 11, 25),
    state="continued",
    answers={
        "pronoun": "she",
        "partner_name": "Żaneta “愛”",
        "wish": None,
        "sleep": 3,
        "share": 0.5,
        "moved": True,
        "ties": ("children", "home"),
    },
    asked=frozenset({"pronoun", "partner_name", "wish", "sleep", "share", "moved", "ties", "pets"}),
    seen=frozenset({"before_safety"}),
    page_revisions={"you_two": 1, "contact_now": 6},
    typed={"you_two": {"partner_name": ("Ż" * 70,), "wish": ()}},
    versions=(Version(date(2026, 11, 25), {"pronoun": "she", "sleep": 2}),),
)
JOURNEY_BODY: Final[dict[str, Any]] = {
    "next_number": 4,
    "settings": {"country": "IE", "large": False},
    "ticks": {"3": [{"step": "space", "action": "mute_chat", "state": "doing", "day": "2026-11-25"}]},
}


def sample_new_sitting(
    name: str = SITTING_ID, body: dict[str, Any] | None = None, *, state: Any = "draft"
) -> NewSitting:
    """A sitting that is not stored yet."""
    return NewSitting(name, CONTENT, state, {"answers": {}} if body is None else body)
