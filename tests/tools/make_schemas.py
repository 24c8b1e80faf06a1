"""Write the JSON Schemas of what ``--format json`` prints: ``python -m tests.tools.make_schemas``.

They are made from the dataclasses, whose docstrings are the descriptions. ``tests/engine/rendering/test_schemas.py`` fails where a
file is not what this would write.
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
from engine.comparison.timeline_report import TimelineReport
from engine.report.plan import Report
from engine.report.weeks import ComingWeeks
from engine.what_if.report import WhatIfReport
from tests.paths import ROOT

HERE: Final = ROOT / "docs" / "schemas"
SCHEMAS: Final[Mapping[str, type]] = {
    "comparison": ComparisonReport,
    "report": Report,
    "timeline": TimelineReport,
    "weeks": ComingWeeks,
    "what_if": WhatIfReport,
}
"""By the name of the file."""


def schema(of: type) -> str:
    """The JSON Schema of a dataclass as text: every field required, none allowed that is not there."""
    described = {one.__name__: one for one in dataclasses_in(of)}
    made = TypeAdapter(of).json_schema(mode="serialization")
    for name, one in {of.__name__: made, **made.get("$defs", {})}.items():
        one["additionalProperties"] = False
        words = descriptions(described[name])
        for field, kind in one["properties"].items():
            kind.pop("title", None)
            if field in words:
                kind["description"] = words[field]
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps(head | made, ensure_ascii=False, indent=2) + "\n"


def dataclasses_in(hint: Any) -> Iterator[type]:
    """Every dataclass that a type is made of."""
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        yield hint
        for inside in get_type_hints(hint).values():
            yield from dataclasses_in(inside)
    for inside in get_args(hint):
        yield from dataclasses_in(inside)


def descriptions(of: type) -> dict[str, str]:
    """The docstrings of a dataclass's fields."""
    (body,) = ast.parse(inspect.getsource(of)).body
    assert isinstance(body, ast.ClassDef)
    return {
        field.target.id: inspect.cleandoc(text.value.value)
        for field, text in pairwise(body.body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) and isinstance(text.value.value, str)
    }


def main() -> None:
    """Write every schema."""
    for name, of in SCHEMAS.items():
        (HERE / f"{name}.json").write_text(schema(of), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
