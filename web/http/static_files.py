"""Style, script and icon under names that change with their bytes, so that a device may keep them for good."""

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
"""The shell of pages. Before it in one file comes the style of what it holds: fragments and their controls."""
FOLDER: Final = Path(__file__).parents[1] / "views" / "static"
TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, ready to be sent."""

    name: str
    """With a digest in it: ``heartwork.0123456789ab.css``."""
    type: str
    body: bytes = field(repr=False)
    gzipped: bytes | None = field(repr=False)
    """The body in gzip, if that is shorter."""


@lru_cache(maxsize=1)
def assets() -> Mapping[str, Asset]:
    """All files by the names they have in the folder."""
    return {path.name: _asset(path) for path in sorted(FOLDER.iterdir()) if _is_served(path)}


def style() -> str:
    """The one style sheet: that of fragments, the shell, and the style of single pages, a file for each family."""
    parts = sorted(FOLDER.glob("*.css"), key=lambda path: (path.name != STYLE, path.name))
    return stylesheet() + "".join(path.read_text(encoding="utf-8") for path in parts)


def _is_served(path: Path) -> bool:
    return path.suffix in TYPES and (path.suffix != ".css" or path.name == STYLE)


def _asset(path: Path) -> Asset:
    body = style().encode() if path.name == STYLE else path.read_bytes()
    digest = hashlib.sha256(body).hexdigest()[:12]
    gzipped = gzip.compress(body, 9, mtime=0)
    shorter = gzipped if len(gzipped) < len(body) else None
    return Asset(f"{path.stem}.{digest}{path.suffix}", TYPES[path.suffix], body, shorter)
