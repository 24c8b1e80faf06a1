"""How long it takes to find what would change a plan: single answers, pairs where no single one does, and the weeks."""

from __future__ import annotations

import copy
import statistics
import time
from collections.abc import Iterable
from dataclasses import replace
from random import Random
from typing import Any

from rich.console import Console
from rich.table import Table

from engine.assessment.pipeline import Assessment, assess
from engine.content.pack import Pack
from engine.loading.library import load_library, load_snapshot
from engine.rendering.render import render
from engine.report.weeks import build_weeks
from engine.simulation.population_checks import population_path, read_population
from engine.simulation.sampling import sample_person
from engine.what_if.report import build_what_if_report
from engine.what_if.search import find_what_ifs
from tests.factories.random_packs import random_answer

PEOPLE, WORST = 300, 40


def main() -> None:
    table = Table("what", "people", "median", "99 of 100 within", "slowest")
    population = read_population(population_path("breakup"), load_library())[0]
    people = [
        assess(population.pack, "breakup", sample_person(population, 1, number), population.taken_on, complete=False)
        for number in range(PEOPLE)
    ]
    find_what_ifs(people[0])  # builds the rules engine's instance
    times: dict[str, list[float]] = {"singles": [], "pairs": [], "report": [], "weeks": []}
    for person in people:
        started = time.perf_counter()
        what_ifs = find_what_ifs(person, most=3)
        seconds = time.perf_counter() - started
        if what_ifs.offered:
            single = bool(what_ifs.what_ifs) and len(what_ifs.what_ifs[0].changes) == 1
            times["singles" if single else "pairs"].append(seconds)
            times["report"].append(
                _timed(lambda what_ifs=what_ifs, person=person: render(build_what_if_report(what_ifs, person), "html"))
            )
        times["weeks"].append(_timed(lambda person=person: render(build_weeks(person), "html")))
    table.add_row("single changes, three confirmed", *_row(times["singles"]))
    table.add_row("single changes and all pairs", *_row(times["pairs"]))
    table.add_row("the report as HTML", *_row(times["report"]))
    table.add_row("the coming four weeks as HTML", *_row(times["weeks"]))
    worst = [
        _timed(lambda person=person: find_what_ifs(person, most=3))
        for person in _worst(population.pack, population.taken_on)
    ]
    table.add_row("the worst answers everywhere, all pairs tried", *_row(worst))
    Console().print(table)


def _worst(pack: Pack, as_of: Any) -> Iterable[Assessment]:
    """People whose changeable answers are all as bad as can be, under content in which no step may move.

    So every pair of better answers is tried: as many as there can be.
    """
    allowed = pack.content.what_if
    assert allowed is not None
    immovable = replace(pack, content=pack.content.model_copy(update={"what_if": allowed.model_copy(update=NOBODY)}))
    other_pack, random = load_snapshot(immovable.snapshot), Random(1)
    lower = {"checking", "urge_acted", "asking"}
    items = [item for item in other_pack.forms["breakup"].items if not item.sensitive]
    yielded = 0
    while yielded < WORST:
        answers = {item.id: random_answer(random, item.model_dump()) for item in items}
        answers |= {
            item.id: 4 if item.id in lower else 0 for item in items if item.changeable and item.id != "said_sorry"
        }
        answers |= copy.deepcopy(SAFE)
        assessment = assess(other_pack, "breakup", answers, as_of, complete=False)
        if (what_ifs := find_what_ifs(assessment, most=1)).offered and not what_ifs.what_ifs:
            yielded += 1
            yield assess(other_pack, "breakup", answers, as_of, complete=False)


NOBODY = {"steps": ("memories",)}
SAFE = {
    "afraid": "never",
    "what_they_did": ["none"],
    "limits": ["none"],
    "own_acts": ["none"],
    "self_harm_thoughts": "no",
}


def _timed(work: Any) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _row(seconds: list[float]) -> list[str]:
    ordered = sorted(seconds)
    numbers = [statistics.median(ordered), ordered[int(len(ordered) * 0.99)], ordered[-1]]
    return [str(len(ordered)), *(f"{number * 1000:.1f} ms" for number in numbers)]


if __name__ == "__main__":
    main()
