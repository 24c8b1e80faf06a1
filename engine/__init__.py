"""Heartwork's engine: answers in, an arranged and explained plan out.

The public names are loaded when first used, so that importing the package costs a command nothing at its start.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_PUBLIC = {
    "accept": "responses",
    "arrange": "plan",
    "assess": "assessment",
    "build_comparison_report": "comparison_report",
    "build_report": "report",
    "compare": "comparison",
    "content_root": "content",
    "infer": "inference",
    "load_library": "library",
    "load_services": "services",
    "load_snapshot": "library",
    "rearrange": "assessment",
    "render": "rendering",
    "report_lines": "helplines",
    "score": "scoring",
}

__all__ = sorted(_PUBLIC)  # noqa: PLE0605 - one list, kept beside the modules that define the names


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(import_module(f"engine.{_PUBLIC[name]}"), name)
    message = f"module 'engine' has no attribute {name!r}"
    raise AttributeError(message)
