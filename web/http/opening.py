"""Looks up the journey of a typed text: the only code that passes typed links to the storage.

All candidates of a text are looked up in any case, so that the duration reveals only their number. The calling view
counts one attempt, however many candidates there are.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from web.crypto.link_reader import Reading, read_link
from web.crypto.private_link import LinkError, Secret
from web.http.state import app_state

MAX_ADDRESS: Final = 2_000
"""The number of characters of a URL that are searched for a link, because this is not rate-limited."""


def read_address(path: str, query: str = "") -> Reading:
    """The links in a URL; those in the query only if there are none before it. Looks nothing up.

    Faults of twelve words are ignored.
    """
    reading = read_link(path[:MAX_ADDRESS])
    if query and not reading.secrets and (in_query := read_link(f"/open/{query}"[:MAX_ADDRESS])).secrets:
        return in_query
    is_of_code = reading.fault.code in {"code_typo", "code_length"}
    return reading if is_of_code else replace(reading, fault=LinkError(code="malformed"))


def find_secret(text: str) -> Secret:
    """The secret in a text that leads to a journey. At most ``MAX_CANDIDATES`` are looked up.

    Raises:
        LinkError: none or several do; its code gives the likely cause.
    """
    reading = read_link(text)
    load = app_state().load_journey
    opened = [secret for secret in reading.secrets if load(secret) is not None]
    if len(opened) == 1:
        return opened[0]
    raise LinkError(code="several") if opened or reading.has_more else reading.fault
