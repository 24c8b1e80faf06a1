"""Style, scripts, fonts and icons under names that contain a digest, so that devices can cache them for a year."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final

from web.forms.plan_controls import stylesheet

STYLE: Final = "heartwork.css"
"""The style sheet of the shell. One file contains it after the styles of fragments and controls and before the other
style sheets of the folder."""
FOLDER: Final = Path(__file__).parents[1] / "views" / "static"
TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, ready to be sent."""

    name: str
    """With a digest: ``heartwork.0123456789ab.css``."""
    type: str
    body: bytes = field(repr=False)
    gzipped: bytes | None = field(repr=False)
    """The gzipped body, if it is shorter."""


@lru_cache(maxsize=1)
def assets() -> Mapping[str, Asset]:
    """All files by their names in the folder; the style sheets form one."""
    files = [path for path in sorted(FOLDER.rglob("*")) if path.suffix in TYPES and path.suffix != ".css"]
    named = {path.name: _asset(path.name, path.read_bytes()) for path in files}
    return named | {STYLE: _asset(STYLE, style(named).encode())}


def style(named: Mapping[str, Asset]) -> str:
    """The whole style sheet. File names in it are replaced by those with digests.

    Args:
        named: the assets by their names in the folder.
    """
    others = (path for path in sorted(FOLDER.glob("*.css")) if path.name != STYLE)
    sheets = [stylesheet(), *(path.read_text(encoding="utf-8") for path in (FOLDER / STYLE, *others))]
    text = "".join(sheets)
    for name, asset in named.items():
        text = text.replace(f"url({name})", f"url({asset.name})")
    return text


def _asset(name: str, body: bytes) -> Asset:
    path = Path(name)
    digest = hashlib.sha256(body).hexdigest()[:12]
    gzipped = gzip.compress(body, 9, mtime=0)
    shorter = gzipped if len(gzipped) < len(body) and path.suffix != ".woff2" else None
    return Asset(f"{path.stem}.{digest}{path.suffix}", TYPES[path.suffix], body, shorter)
