"""How long loading and assessing take for a pack of 36 items, 120 rules and 4 strata. Targets: 300 ms and 1 ms."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

from rich.console import Console
from rich.table import Table

from engine.assessment.inference import infer
from engine.assessment.pipeline import assess
from engine.assessment.plan import arrange
from engine.assessment.responses import validate_answers
from engine.assessment.rules_engine.durable import engine_of
from engine.assessment.scoring import score
from engine.content.pack import Pack
from engine.loading.library import load_library
from tests.benchmarks.sample import people, sample, write
from tests.factories.random_packs import AS_OF, FULL, Raw, random_answer

LOADS, PEOPLE, ROUNDS = 15, 200, 10


def main() -> None:
    raw = sample()
    with tempfile.TemporaryDirectory() as folder:
        root = write(raw, Path(folder))
        loads = [_timed(lambda: load_library(root)) for _ in range(LOADS)]
        pack = load_library(root).packs["p"]
    answers = people(raw, PEOPLE)
    first = _timed(lambda: assess(pack, FULL, answers[0], AS_OF))
    table = Table("what", "median", "99 of 100", "target", title="36 items, 120 rules, 4 strata, 11 steps")
    _row(table, "load from YAML, with all checks", loads, "300 ms")
    _row(table, "first assessment (compiles)", [first], "")
    _row(
        table,
        "assess, both evaluators",
        _each(answers, lambda person_answers: assess(pack, FULL, person_answers, AS_OF)),
        "1 ms",
    )
    _row(
        table,
        "assess, plain evaluator alone",
        _each(answers, lambda person_answers: assess(pack, FULL, person_answers, AS_OF, plain=True)),
        "",
    )
    shipped, breakup_answers = _shipped()
    rules = f"{len(shipped.items)} items, {len(shipped.rules)} rules"
    timed = _each(
        breakup_answers, lambda person_answers: assess(shipped, "breakup", person_answers, AS_OF, complete=False)
    )
    _row(table, f"assess, the shipped pack ({rules})", timed, "1 ms")
    for name, act, arguments in _stages(pack, answers):
        _row(table, f"  {name}", _each(arguments, act), "")
    Console().print(table)
    counters = engine_of(pack).counters
    fired = statistics.mean(
        len(assess(pack, FULL, person_answers, AS_OF, plain=True).trace.firings) for person_answers in answers
    )
    print(f"{fired:.0f} rules fire on average; {counters.evaluations:,} evaluations, {counters.mismatches} mismatches")


def _shipped() -> tuple[Pack, list[Raw]]:
    """The shipped pack, and people who answered all of it at random."""
    pack, random = load_library().packs["breakup"], Random(1)
    items = [item.model_dump() for item in pack.forms["breakup"].items]
    return pack, [{item["id"]: random_answer(random, item) for item in items} for _ in range(PEOPLE)]


def _stages(pack: Pack, answers: list[Raw]) -> list[tuple[str, Callable[..., object], list[object]]]:
    form = pack.forms[FULL]
    assessments = [assess(pack, FULL, person_answers, AS_OF) for person_answers in answers]
    return [
        ("validate", lambda person_answers: validate_answers(pack, form, person_answers, AS_OF), [*answers]),
        ("score", lambda assessment: score(pack, form, assessment.responses.answers), [*assessments]),
        (
            "infer, both",
            lambda assessment: infer(pack, form, assessment.responses, assessment.scales, AS_OF),
            [*assessments],
        ),
        (
            "infer, plain",
            lambda assessment: infer(pack, form, assessment.responses, assessment.scales, AS_OF, plain=True),
            [*assessments],
        ),
        ("arrange", lambda assessment: arrange(pack, assessment.trace), [*assessments]),
    ]


def _each(arguments: list[object] | list[Raw], act: Callable[..., object]) -> list[float]:
    return [_timed(lambda: act(argument)) for _ in range(ROUNDS) for argument in arguments]  # noqa: B023 - called at once


def _timed(act: Callable[[], object]) -> float:
    before = time.perf_counter()
    act()
    return time.perf_counter() - before


def _row(table: Table, label: str, times: list[float], target: str) -> None:
    slow = sorted(times)[int(len(times) * 0.99)]
    table.add_row(label, f"{statistics.median(times) * 1000:.3f} ms", f"{slow * 1000:.3f} ms", target)


if __name__ == "__main__":
    main()
