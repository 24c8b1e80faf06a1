"""Encrypted bodies: what a person's rows say can be read only with their link, at their own address.

An envelope is one byte of format, a random 96-bit nonce, and AES-256-GCM over the body. The body is JSON with a
``format`` number, filled up with blanks to whole KiB, so that its length tells little. Table, row and revision are
bound to it as associated data.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

Table = Literal["journey", "sitting"]
Body = Mapping[str, Any]
Upgrade = Callable[[Body], Body]

FORMATS: Final[dict[Table, tuple[Upgrade, ...]]] = {"journey": (), "sitting": ()}
"""For each table what turns a body of format 1 into 2, 2 into 3 …; the next format is written from then on.

Whenever the shape of a body changes, one more stands here, and a fixture of the new format in ``tests/web/fixtures``.
"""
ENVELOPE: Final = 1
NONCE: Final = 12
TAG: Final = 16
BLOCK: Final = 1024
MAX_BYTES: Final = 1024 * BLOCK
"""Bytes of a body; a person who answers all questions fills two or three thousand."""


class UnreadableError(Exception):
    """A row cannot be opened: another key, other bytes, or not the address it was encrypted for."""


class NewerFormatError(Exception):
    """A later version of Heartwork wrote this row. Nothing is wrong with it."""


class BodyTooLargeError(Exception):
    """A body has grown beyond all bounds."""


@dataclass(frozen=True, slots=True)
class BodyAddress:
    """Table, row and revision of a body. At any other address it cannot be decrypted."""

    table: Table
    id: bytes
    revision: int

    @property
    def associated_data(self) -> bytes:
        """The address as bytes: no two addresses have the same."""
        parts = (bytes([ENVELOPE]), self.table.encode(), self.id, self.revision.to_bytes(8, "big"))
        return b"heartwork" + b"".join(len(part).to_bytes(2, "big") + part for part in parts)


def encrypt_body(key: bytes, address: BodyAddress, body: Body) -> bytes:
    """Encrypt a body for its address.

    Raises:
        BodyTooLargeError: more than ``MAX_BYTES`` bytes.
    """
    document = {**body, "format": format_of(address.table)}
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    plaintext = text.encode("utf-8", "surrogatepass")
    if len(plaintext) > MAX_BYTES:
        raise BodyTooLargeError
    padded = plaintext.ljust(-(-len(plaintext) // BLOCK) * BLOCK)
    nonce = secrets.token_bytes(NONCE)
    return bytes([ENVELOPE]) + nonce + AESGCM(key).encrypt(nonce, padded, address.associated_data)


def decrypt_body(key: bytes, address: BodyAddress, envelope: bytes) -> dict[str, Any]:
    """Decrypt the body of an address, in today's format.

    Raises:
        UnreadableError: this is not what was sealed here with this key.
        NewerFormatError: it was written by a later version.
    """
    if len(envelope) < 1 + NONCE + TAG or envelope[0] != ENVELOPE:
        raise UnreadableError
    try:
        plaintext = AESGCM(key).decrypt(envelope[1 : 1 + NONCE], envelope[1 + NONCE :], address.associated_data)
    except InvalidTag:
        raise UnreadableError from None
    return _upgraded_body(address.table, json.loads(plaintext.decode("utf-8", "surrogatepass")))


def format_of(table: Table) -> int:
    """The format that bodies of this table are written in today."""
    return len(FORMATS[table]) + 1


def _upgraded_body(table: Table, body: dict[str, Any]) -> dict[str, Any]:
    stored_format = body.pop("format")
    if stored_format > format_of(table):
        raise NewerFormatError
    for upgrade in FORMATS[table][stored_format - 1 :]:
        body = dict(upgrade(body))
    return body
