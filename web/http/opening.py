"""Looks up the journey that a text leads to: the one place where what was typed meets the storage.

All candidates of a text are looked up, whatever the others gave: time tells how many the text has, and nothing else. A
try is counted once by the view that calls this, however many candidates it has.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from web.crypto.link_reader import Reading, read_link
from web.crypto.private_link import LinkError, Secret
from web.http.state import app_state

MAX_ADDRESS: Final = 2_000
"""Characters of an address in which a link is looked for: nothing limits how often that is asked."""


def read_address(path: str, query: str = "") -> Reading:
    """The links in an address; those behind a question mark count if there are none before it. It looks nothing up.

    What is wrong with words is no fault of an address.
    """
    reading = read_link(path[:MAX_ADDRESS])
    if query and not reading.secrets and (in_query := read_link(f"/open/{query}"[:MAX_ADDRESS])).secrets:
        return in_query
    is_of_code = reading.fault.code in {"code_typo", "code_length"}
    return reading if is_of_code else replace(reading, fault=LinkError(code="malformed"))


def find_secret(text: str) -> Secret:
    """The secret in a text that leads to a journey; at most ``MAX_CANDIDATES`` are looked up.

    Raises:
        LinkError: none or several do; its code says what is likely.
    """
    reading = read_link(text)
    load = app_state().load_journey
    opened = [secret for secret in reading.secrets if load(secret) is not None]
    if len(opened) == 1:
        return opened[0]
    raise LinkError(code="several") if opened or reading.has_more else reading.fault
