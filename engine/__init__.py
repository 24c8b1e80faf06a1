"""Heartwork's engine: it makes an ordered and explained plan from the answers to a questionnaire.

Public names are imported on first use, so that importing the package is fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_PUBLIC = {
    "validate_answers": "assessment.responses",
    "arrange": "assessment.plan",
    "assess": "assessment.pipeline",
    "build_comparison_report": "comparison.report",
    "build_report": "report.plan",
    "compare": "comparison.changes",
    "content_root": "loading.library",
    "infer": "assessment.inference",
    "load_library": "loading.library",
    "load_services": "loading.help_services",
    "load_snapshot": "loading.library",
    "plan_with_check_in": "assessment.pipeline",
    "read_answers_file": "answers.answers_file",
    "render": "rendering.render",
    "report_lines": "report.help_lines",
    "score": "assessment.scoring",
}

__all__ = sorted(_PUBLIC)  # noqa: PLE0605 - computed, so that each name is written once


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(import_module(f"engine.{_PUBLIC[name]}"), name)
    message = f"module 'engine' has no attribute {name!r}"
    raise AttributeError(message)
