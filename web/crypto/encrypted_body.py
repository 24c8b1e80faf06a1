"""Encrypts the bodies of rows. A body can be decrypted only with the person's link and only at its own address.

An envelope is one format byte, a random 96-bit nonce, and the body encrypted with AES-256-GCM. The body is JSON with a
``format`` number, padded with spaces to whole KiB so that its length reveals little. Its table, row and revision are
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
"""For each table the upgrades from format 1 to 2, from 2 to 3 and so on; bodies are written in the newest format.

A change of a body's shape needs one more upgrade here, and a fixture of the new format in ``tests/web/fixtures``.
"""
ENVELOPE: Final = 1
NONCE: Final = 12
TAG: Final = 16
BLOCK: Final = 1024
MAX_BYTES: Final = 1024 * BLOCK
"""The largest body in bytes. All questions answered take two or three thousand bytes."""


class UnreadableError(Exception):
    """A row cannot be decrypted: the key is wrong, the bytes have changed, or it was encrypted for another address."""


class NewerFormatError(Exception):
    """A later version of Heartwork wrote this row. The row is not damaged."""


class BodyTooLargeError(Exception):
    """A body is larger than ``MAX_BYTES``."""


@dataclass(frozen=True, slots=True)
class BodyAddress:
    """Table, row and revision of a body. A body cannot be decrypted at any other address."""

    table: Table
    id: bytes
    revision: int

    @property
    def associated_data(self) -> bytes:
        """The address as bytes, which differ for any two addresses."""
        parts = (bytes([ENVELOPE]), self.table.encode(), self.id, self.revision.to_bytes(8, "big"))
        return b"heartwork" + b"".join(len(part).to_bytes(2, "big") + part for part in parts)


def encrypt_body(key: bytes, address: BodyAddress, body: Body) -> bytes:
    """Encrypt a body for its address.

    Raises:
        BodyTooLargeError: the body is larger than ``MAX_BYTES``.
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
    """Decrypt the body of an address and upgrade it to the newest format.

    Raises:
        UnreadableError: the envelope was not made with this key for this address, or its bytes have changed.
        NewerFormatError: a later version wrote it.
    """
    if len(envelope) < 1 + NONCE + TAG or envelope[0] != ENVELOPE:
        raise UnreadableError
    try:
        plaintext = AESGCM(key).decrypt(envelope[1 : 1 + NONCE], envelope[1 + NONCE :], address.associated_data)
    except InvalidTag:
        raise UnreadableError from None
    return _upgraded_body(address.table, json.loads(plaintext.decode("utf-8", "surrogatepass")))


def format_of(table: Table) -> int:
    """The newest format of this table's bodies, in which they are written."""
    return len(FORMATS[table]) + 1


def _upgraded_body(table: Table, body: dict[str, Any]) -> dict[str, Any]:
    stored_format = body.pop("format")
    if stored_format > format_of(table):
        raise NewerFormatError
    for upgrade in FORMATS[table][stored_format - 1 :]:
        body = dict(upgrade(body))
    return body
