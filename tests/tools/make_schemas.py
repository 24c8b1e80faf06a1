"""Write the JSON Schemas of the output of ``--format json``: ``python -m tests.tools.make_schemas``.

They are generated from the dataclasses, whose docstrings become the descriptions.
``tests/engine/rendering/test_schemas.py`` fails if a file is out of date.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import json
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, Final, get_args, get_type_hints

from pydantic import TypeAdapter

from engine.comparison.report import ComparisonReport
from engine.comparison.timeline import TimelineReport
from engine.report.plan import Report
from engine.report.weeks import ComingWeeks
from engine.what_if.report import WhatIfReport
from tests.paths import ROOT

FOLDER: Final = ROOT / "docs" / "schemas"
SCHEMAS: Final[Mapping[str, type]] = {
    "comparison": ComparisonReport,
    "report": Report,
    "timeline": TimelineReport,
    "weeks": ComingWeeks,
    "what_if": WhatIfReport,
}
"""The dataclass of each file, by the file's name."""


def schema(report_type: type) -> str:
    """The JSON Schema of a dataclass as text: every field is required, and no others are allowed."""
    described = {dataclass.__name__: dataclass for dataclass in dataclasses_in(report_type)}
    generated = TypeAdapter(report_type).json_schema(mode="serialization")
    for name, definition in {report_type.__name__: generated, **generated.get("$defs", {})}.items():
        definition["additionalProperties"] = False
        words = descriptions(described[name])
        for field, kind in definition["properties"].items():
            kind.pop("title", None)
            if field in words:
                kind["description"] = words[field]
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps(head | generated, ensure_ascii=False, indent=2) + "\n"


def dataclasses_in(hint: Any) -> Iterator[type]:
    """Every dataclass in a type."""
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        yield hint
        for field_hint in get_type_hints(hint).values():
            yield from dataclasses_in(field_hint)
    for argument in get_args(hint):
        yield from dataclasses_in(argument)


def descriptions(report_type: type) -> dict[str, str]:
    """The docstrings of a dataclass's fields."""
    (body,) = ast.parse(inspect.getsource(report_type)).body
    assert isinstance(body, ast.ClassDef)
    return {
        field.target.id: inspect.cleandoc(text.value.value)
        for field, text in pairwise(body.body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) and isinstance(text.value.value, str)
    }


def main() -> None:
    """Write every schema."""
    for name, report_type in SCHEMAS.items():
        (FOLDER / f"{name}.json").write_text(schema(report_type), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
