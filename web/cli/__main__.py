"""``python -m web.cli``: the command ``heartwork``."""

from __future__ import annotations

from web.cli.main import main

main()
