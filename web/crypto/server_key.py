"""The server's own key. It encrypts cookies and the form tokens that carry a new link.

No journey depends on this key. If it is lost, people only have to open their links again.
"""

from __future__ import annotations

import json
import os
import secrets
import stat
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
"""How many characters of a token are read. Browsers store no longer cookies."""


class KeyFileError(Exception):
    """The key file does not hold a key."""


class KeyExposedError(KeyFileError):
    """Other users can read or write the key file, and so could forge cookies."""


def server_key(folder: Path, configured_key: bytes | None = None) -> bytes:
    """The configured key, or the key in the file ``server.key`` of this folder; a missing file is created.

    Raises:
        KeyExposedError: other users than its owner can read or write the file.
        KeyFileError: the file exists and does not hold a key.
        OSError: the file cannot be read or created.
    """
    if configured_key is not None:
        return configured_key
    path = folder / FILE
    if not path.exists():
        _write_new_key(path)
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise KeyExposedError
        key = file.read(KEY_BYTES + 1)
    if len(key) != KEY_BYTES:
        raise KeyFileError
    return key


def _write_new_key(path: Path) -> None:
    """Write a new key. If two processes start at once, the first to write wins, and both use its key."""
    with temporary_folder(path.parent) as folder:
        temporary = folder / path.name
        make_private(temporary)
        temporary.write_bytes(secrets.token_bytes(KEY_BYTES))
        sync(temporary)
        with suppress(FileExistsError):  # a link never overwrites a file
            os.link(temporary, path)
    sync(path.parent)


def derived(key: bytes, purpose: str) -> bytes:
    """A key for one purpose, from which neither the server's key nor other derived keys can be computed."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"heartwork {purpose} v1".encode()).derive(key)


class TokenCipher:
    """Encrypts small JSON values as text tokens that only this server can read, for one purpose."""

    def __init__(self, key: bytes, purpose: str) -> None:
        self._cipher: Final = AESGCM(derived(key, purpose))

    def seal(self, value: Mapping[str, Any]) -> str:
        """The value as a token that fits in a cookie or a form field."""
        nonce = secrets.token_bytes(NONCE)
        plaintext = json.dumps(value, separators=(",", ":"), sort_keys=True).encode()
        return urlsafe_b64encode(nonce + self._cipher.encrypt(nonce, plaintext, None)).decode().rstrip("=")

    def unseal(self, text: str) -> dict[str, Any] | None:
        """The value of a token; None if it was not made with this key and purpose."""
        try:
            raw = urlsafe_b64decode(text[:MAX_CHARACTERS].encode("ascii") + b"==")
            value = json.loads(self._cipher.decrypt(raw[:NONCE], raw[NONCE:], None))
        except (InvalidTag, ValueError):
            return None
        return value if isinstance(value, dict) else None
