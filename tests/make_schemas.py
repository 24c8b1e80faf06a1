"""Write docs/schemas: what a report is as JSON. ``python -m tests.make_schemas``, after a change of these dataclasses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter

from engine.comparison_report import ComparisonReport

HERE: Final = Path(__file__).parents[1] / "docs" / "schemas"
REPORTS: Final[Mapping[str, TypeAdapter[Any]]] = {"comparison": TypeAdapter(ComparisonReport)}
"""By name of the file."""


def main() -> None:
    """Write one file for each report."""
    for name in REPORTS:
        HERE.joinpath(f"{name}.json").write_text(schema(name), encoding="utf-8")


def schema(name: str) -> str:
    """The JSON Schema of one report."""
    found = {"$schema": "https://json-schema.org/draft/2020-12/schema", **REPORTS[name].json_schema()}
    return json.dumps(found, ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    main()
