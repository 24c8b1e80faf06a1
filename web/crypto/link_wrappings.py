"""Removes what surrounds a link in messages: mail encodings, escapes, HTML tags, and redirecting addresses.

Each function runs in linear time, and no text grows beyond ``MAX_CHARACTERS``.
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
"""How many characters of a pasted text are read."""
MAX_ROUNDS: Final = 4
"""How many levels of nested escapes are removed."""
MAX_TEXTS: Final = 6
"""How many versions of a text are searched."""
_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,10});")
_UNICODE_ESCAPE: Final = re.compile(r"\\u([0-9A-Fa-f]{4})")
_BACKSLASH: Final = re.compile(r"\\{1,4}(?=[-_./:?=&~*<>()\[\]])")
_QUOTED_PRINTABLE: Final = re.compile(r"=(?:[0-9A-F]{2}|[ \t]*\r?\n)")
_TAG: Final = re.compile(r"</?([A-Za-z][A-Za-z0-9]{0,15})(?![A-Za-z0-9:])[^<>]{0,2000}>")
_INLINE_TAGS: Final = frozenset({"a", "b", "em", "font", "i", "mark", "span", "strong", "tt", "u", "wbr"})
"""Tags that may stand within a word. All others separate words."""
_PROOFPOINT_ADDRESS: Final = re.compile(r"https?-3A\S{1,2000}")
_PROOFPOINT_ESCAPE: Final = re.compile(r"-([0-9A-F]{2})")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{32,}(?:\r?\n[A-Za-z0-9+/_-]+)*={0,2}")
_ADDRESS_IN_BASE64: Final = re.compile(r"aHR0c[A-Za-z0-9_+/-]{20,2000}")


def unwrapped(text: str) -> list[str]:
    """The distinct versions of a text, the least changed first.

    All are in plain characters: no invisible ones, no accents, and full-width characters replaced by normal ones.
    """
    texts = [without_marks(text[:MAX_CHARACTERS])[:MAX_CHARACTERS]]
    for decode in (_quoted_printable, _escapes, _redirects, _tags):
        texts = _with_decoded(texts, decode)
    return texts


def _with_decoded(texts: list[str], decode: Callable[[str], str]) -> list[str]:
    """Each text followed by its decoded version. Both are kept because an encoding is only guessed."""
    pairs = [(text, without_marks(decode(text))[:MAX_CHARACTERS]) for text in texts]
    return list(dict.fromkeys(text for pair in pairs for text in pair))[:MAX_TEXTS]


def _quoted_printable(text: str) -> str:
    """Decode quoted-printable, the mail encoding in which ``=`` escapes bytes and soft line breaks."""
    if _QUOTED_PRINTABLE.search(text) is None:
        return text
    return decodestring(text.encode("utf-8", "replace")).decode("utf-8", "replace")


def _escapes(text: str) -> str:
    """Remove percent escapes, HTML entities, and backslashes of JSON and Markdown, also nested ones."""
    for _ in range(MAX_ROUNDS):
        plain = _ENTITY.sub(lambda match: html.unescape(match[0]), unquote(text, errors="replace"))
        plain = _UNICODE_ESCAPE.sub(lambda match: chr(int(match[1], 16)), plain)
        plain = _BACKSLASH.sub("", plain)[:MAX_CHARACTERS]
        if plain == text:
            break
        text = plain
    return text


def _redirects(text: str) -> str:
    """Decode addresses that a mail scanner put into its own (base64, or ``-3A`` for ``%3A``), and base64 mails."""
    text = _PROOFPOINT_ADDRESS.sub(
        lambda match: _PROOFPOINT_ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), match[0].replace("_", "/")), text
    )
    text = _ADDRESS_IN_BASE64.sub(lambda match: f" {_from_base64(match[0])} ", text)
    return _BASE64.sub(lambda match: _text_from_base64(match[0]), text)


def _text_from_base64(encoded: str) -> str:
    """Decode base64 if the result is printable text; leave anything else unchanged."""
    text = _from_base64(encoded)
    return f" {text} " if "\ufffd" not in text and "".join(text.split()).isprintable() else encoded


def _from_base64(encoded: str) -> str:
    joined = "".join(encoded.split()).replace("+", "-").replace("/", "_")
    try:
        return urlsafe_b64decode(joined + "==").decode("utf-8", "replace")
    except binascii.Error:
        return encoded


def _tags(text: str) -> str:
    """Remove HTML tags, also those within a code. Their attributes are searched in the other versions of the text."""
    return _TAG.sub(lambda match: "" if match[1].lower() in _INLINE_TAGS else " ", text)
