"""The number of examples of random tests, which the environment variable ``EXAMPLES`` multiplies."""

from __future__ import annotations

import os
from typing import Final

FACTOR: Final = int(os.environ.get("EXAMPLES", "1"))


def examples(count: int) -> int:
    """The number of examples of a test whose default is ``count``."""
    return count * FACTOR
