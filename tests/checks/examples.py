"""How many examples random tests try: as many as they say, or with ``EXAMPLES=3`` three times as many."""

from __future__ import annotations

import os
from typing import Final

FACTOR: Final = int(os.environ.get("EXAMPLES", "1"))


def examples(count: int) -> int:
    """The number of examples of a test that by itself tries so many."""
    return count * FACTOR
