"""The server's own key, and what it seals for a person to carry: the cookie, and a new link not yet taken.

No journey depends on this key. If it is lost, people open their links once more, and that is all.
"""

from __future__ import annotations

import json
import os
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from web.crypto.private_files import make_private, sync
from web.crypto.temporary_folder import temporary_folder
from web.settings import KEY_BYTES

FILE: Final = "server.key"
NONCE: Final = 12
MAX_CHARACTERS: Final = 4096
"""Characters of what came back that are looked at; a browser keeps no longer cookie."""


class KeyFileError(Exception):
    """The file of the key holds something else."""


def server_key(folder: Path, configured_key: bytes | None = None) -> bytes:
    """The configured key, or the one in this folder, which is made if there is none; only its owner may read it.

    Raises:
        KeyFileError: the file is there and holds no key.
        OSError: it cannot be read or made.
    """
    if configured_key is not None:
        return configured_key
    path = folder / FILE
    if not path.exists():
        _write_new_key(path)
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise KeyFileError
    return key


def _write_new_key(path: Path) -> None:
    """Write a new key. Of two processes that start together one is faster, and both use that one's key."""
    with temporary_folder(path.parent) as folder:
        temporary = folder / path.name
        make_private(temporary)
        temporary.write_bytes(secrets.token_bytes(KEY_BYTES))
        sync(temporary)
        with suppress(FileExistsError):  # a name that is there already is never taken over
            os.link(temporary, path)
    sync(path.parent)


def derived(key: bytes, purpose: str) -> bytes:
    """A key for one purpose, which tells nothing of the others."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"heartwork {purpose} v1".encode()).derive(key)


class TokenCipher:
    """Seals small JSON values so that only this server reads them, for one purpose."""

    def __init__(self, key: bytes, purpose: str) -> None:
        self._cipher: Final = AESGCM(derived(key, purpose))

    def seal(self, value: Mapping[str, Any]) -> str:
        """The value as text that a cookie or a form can hold."""
        nonce = secrets.token_bytes(NONCE)
        plaintext = json.dumps(value, separators=(",", ":"), sort_keys=True).encode()
        return urlsafe_b64encode(nonce + self._cipher.encrypt(nonce, plaintext, None)).decode().rstrip("=")

    def unseal(self, text: str) -> dict[str, Any] | None:
        """The value, or nothing if this is not what was sealed here."""
        try:
            raw = urlsafe_b64decode(text[:MAX_CHARACTERS].encode("ascii") + b"==")
            value = json.loads(self._cipher.decrypt(raw[:NONCE], raw[NONCE:], None))
        except (InvalidTag, ValueError):
            return None
        return value if isinstance(value, dict) else None
