"""Takes off what a link is wrapped in on its way: encodings of mail, escapes of addresses and pages, other addresses.

Each function is linear in the text, and no text grows beyond ``MAX_CHARACTERS``.
"""

from __future__ import annotations

import binascii
import html
import re
from base64 import urlsafe_b64decode
from collections.abc import Callable
from quopri import decodestring
from typing import Final
from urllib.parse import unquote

from web.crypto.private_link import without_marks

MAX_CHARACTERS: Final = 20_000
"""Characters of what someone pasted that are looked at."""
MAX_ROUNDS: Final = 4
"""How often escapes may lie within escapes."""
MAX_TEXTS: Final = 6
"""Ways to read a text, each of which is searched."""
_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,10});")
_UNICODE_ESCAPE: Final = re.compile(r"\\u([0-9A-Fa-f]{4})")
_BACKSLASH: Final = re.compile(r"\\{1,4}(?=[-_./:?=&~*<>()\[\]])")
_QUOTED_PRINTABLE: Final = re.compile(r"=(?:[0-9A-F]{2}|[ \t]*\r?\n)")
_TAG: Final = re.compile(r"</?([A-Za-z][A-Za-z0-9]{0,15})(?![A-Za-z0-9:])[^<>]{0,2000}>")
_WITHIN_WORDS: Final = frozenset({"a", "b", "em", "font", "i", "mark", "span", "strong", "tt", "u", "wbr"})
"""Tags that part no words."""
_PROOFPOINT_ADDRESS: Final = re.compile(r"https?-3A\S{1,2000}")
_PROOFPOINT_ESCAPE: Final = re.compile(r"-([0-9A-F]{2})")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{32,}(?:\r?\n[A-Za-z0-9+/_-]+)*={0,2}")
_ADDRESS_IN_BASE64: Final = re.compile(r"aHR0c[A-Za-z0-9_+/-]{20,2000}")


def unwrapped(text: str) -> list[str]:
    """The texts that a text may stand for, the plainest first; no two are the same.

    Invisible characters and accents are gone, and wide characters are usual ones.
    """
    texts = [without_marks(text[:MAX_CHARACTERS])[:MAX_CHARACTERS]]
    for take_off in (_quoted_printable, _escapes, _redirects, _tags):
        texts = _with_unwrapped(texts, take_off)
    return texts


def _with_unwrapped(texts: list[str], take_off: Callable[[str], str]) -> list[str]:
    """The texts and, after each, what is left of it: both, as an encoding is only guessed."""
    pairs = [(text, without_marks(take_off(text))[:MAX_CHARACTERS]) for text in texts]
    return list(dict.fromkeys(text for pair in pairs for text in pair))[:MAX_TEXTS]


def _quoted_printable(text: str) -> str:
    """A mail as it is sent: ``=`` ends a line that goes on, and begins two digits that stand for a byte."""
    if _QUOTED_PRINTABLE.search(text) is None:
        return text
    return decodestring(text.encode("utf-8", "replace")).decode("utf-8", "replace")


def _escapes(text: str) -> str:
    """Percent signs of addresses, entities of pages and backslashes of JSON and Markdown, also one within another."""
    for _ in range(MAX_ROUNDS):
        plain = _ENTITY.sub(lambda match: html.unescape(match[0]), unquote(text, errors="replace"))
        plain = _UNICODE_ESCAPE.sub(lambda match: chr(int(match[1], 16)), plain)
        plain = _BACKSLASH.sub("", plain)[:MAX_CHARACTERS]
        if plain == text:
            break
        text = plain
    return text


def _redirects(text: str) -> str:
    """Addresses that a scanner has put into its own, in base64 or with ``-3A`` for ``%3A``; mails in base64."""
    text = _PROOFPOINT_ADDRESS.sub(
        lambda match: _PROOFPOINT_ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), match[0].replace("_", "/")), text
    )
    text = _ADDRESS_IN_BASE64.sub(lambda match: f" {_from_base64(match[0])} ", text)
    return _BASE64.sub(lambda match: _text_from_base64(match[0]), text)


def _text_from_base64(encoded: str) -> str:
    """The text that a mail has in base64; what is no text in base64 stays."""
    text = _from_base64(encoded)
    return f" {text} " if "\ufffd" not in text and "".join(text.split()).isprintable() else encoded


def _from_base64(encoded: str) -> str:
    joined = "".join(encoded.split()).rstrip("=").replace("+", "-").replace("/", "_")
    try:
        return urlsafe_b64decode(joined + "=" * (-len(joined) % 4)).decode("utf-8", "replace")
    except binascii.Error:
        return encoded


def _tags(text: str) -> str:
    """A page without its tags, also those within a code; what their attributes say stands in the other texts."""
    return _TAG.sub(lambda match: "" if match[1].lower() in _WITHIN_WORDS else " ", text)
