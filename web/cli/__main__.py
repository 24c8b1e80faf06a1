"""Run the command ``heartwork`` with ``python -m web.cli``."""

from __future__ import annotations

from web.cli.main import main

main()
