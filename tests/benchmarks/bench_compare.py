"""How long a comparison takes when nearly every answer changed: attribution tries all single answers and all pairs."""

from __future__ import annotations

import statistics
import time
from datetime import timedelta
from random import Random

from rich.console import Console
from rich.table import Table

from engine.assessment.pipeline import assess
from engine.comparison.changes import compare
from engine.comparison.report import build_comparison_report
from engine.content.pack import Pack
from engine.loading.library import load_library
from engine.rendering.render import render
from tests.benchmarks.sample import people, sample
from tests.factories.random_packs import AS_OF, FULL, Raw, load, random_answer, yes_no

EXTRA, ROUNDS = 9, 12


def main() -> None:
    table = Table("pack", "items", "answers changed", "steps moved", "compare, median", "slowest", "report and HTML")
    for extra in (0, EXTRA):
        raw = _with_more_items(sample(), extra)
        table.add_row("sample", *_measured(load(raw), FULL, people(raw, 2 * ROUNDS)))
    pack, random = load_library().packs["breakup"], Random(1)
    items = [item.model_dump() for item in pack.forms["breakup"].items]
    answers = [{item["id"]: random_answer(random, item) for item in items} for _ in range(2 * ROUNDS)]
    table.add_row("shipped", *_measured(pack, "breakup", answers))
    Console().print(table)


def _measured(pack: Pack, form: str, answers: list[Raw]) -> list[str]:
    times, rendering, changed, moved = [], [], 0, 0
    for before, after in zip(answers[::2], answers[1::2], strict=True):
        earlier = assess(pack, form, before, AS_OF, complete=False)
        later = assess(pack, form, _all_changed(before, after), AS_OF + timedelta(days=30), complete=False)
        begun = time.perf_counter()
        comparison = compare(earlier, later)
        times.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        render(build_comparison_report(comparison, earlier, later, everything=True), "html")
        rendering.append(time.perf_counter() - begun)
        changed, moved = max(changed, len(comparison.answers)), max(moved, len(comparison.moves))
    numbers = [len(pack.items), changed, moved]
    seconds = [statistics.median(times), max(times), statistics.median(rendering)]
    return [*map(str, numbers), *(f"{second * 1000:.1f} ms" for second in seconds)]


def _with_more_items(raw: Raw, extra: int) -> Raw:
    """The sample with more items, each read by a rule that half of the people make true."""
    for index in range(extra):
        name = f"more-{index}"
        raw["questionnaires"][0]["sections"][0]["items"].append(yes_no(name))
        effect = {"weight": {"step": f"step-{index + 1}", "by": 3}}
        when = {"item": name, "is": True}
        raw["rules"].append({"id": f"rule-{name}", "because": "So it is.", "when": when, "then": [effect]})
    raw["rules"].sort(key=lambda raw_rule: str(raw_rule["id"]))
    return raw


def _all_changed(before: Raw, after: Raw) -> Raw:
    """The later answers, each one another than before: where chance gave the same, it is taken back."""
    return {name: None if after.get(name) == value else after.get(name) for name, value in before.items()}


if __name__ == "__main__":
    main()
