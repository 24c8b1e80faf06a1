"""Does memory stay level? 100,000 evaluations on one pack, then hundreds of packs that come and go. Exits 1 if it grows."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from engine.assessment.pipeline import assess
from engine.assessment.rules_engine.durable import engine_of
from tests.benchmarks.sample import people, sample
from tests.factories.random_packs import AS_OF, FULL, load

EVALUATIONS, WARM_UP = 100_000, 5_000
PACKS, PACKS_WARM_UP = 400, 100
MOST_PER_THOUSAND = 2.0
"""KB of growth per 1,000 evaluations (per pack, in the second part 20 times this) that is still noise."""


def resident() -> float:
    """Resident memory in KB."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1024


def main() -> int:
    if not Path("/proc/self/statm").exists():
        print("this benchmark reads /proc, which only Linux has")
        return 0
    raw = sample()
    pack = load(raw)
    answers = people(raw, 500)
    table = Table("what", "warm-up", "after it", "still noise", title="growth of resident memory")

    def evaluate(turn: int) -> None:
        assess(pack, FULL, answers[turn % len(answers)], AS_OF)

    def come_and_go(turn: int) -> None:
        assess(load(raw | {"title": f"P{turn}"}), FULL, answers[turn % len(answers)], AS_OF)

    first = _growth(f"{EVALUATIONS:,} evaluations", evaluate, EVALUATIONS, WARM_UP)
    table.add_row("1,000 evaluations", *(f"{growth * 1000:.2f} KB" for growth in first), f"{MOST_PER_THOUSAND:.0f} KB")
    second = _growth(f"{PACKS} packs", come_and_go, PACKS, PACKS_WARM_UP)
    table.add_row("one pack more", *(f"{growth:.1f} KB" for growth in second), f"{20 * MOST_PER_THOUSAND:.0f} KB")
    Console().print(table)
    counters = engine_of(pack).counters
    print(f"{resident() / 1024:.0f} MB in the end; {counters.mismatches} mismatches, {counters.failures} failures")
    return 1 if first[1] * 1000 > MOST_PER_THOUSAND or second[1] > 20 * MOST_PER_THOUSAND else 0


def _growth(label: str, act: Callable[[int], None], turns: int, warm_up: int) -> tuple[float, float]:
    """KB per turn while warming up, and after it."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        bar = progress.add_task(label, total=turns)
        before = resident()
        for turn in range(warm_up):
            act(turn)
        warm = resident()
        progress.update(bar, completed=warm_up)
        for turn in range(warm_up, turns):
            act(turn)
            if turn % 100 == 0:
                progress.update(bar, completed=turn)
        after = resident()
        progress.update(bar, completed=turns)
    return (warm - before) / warm_up, (after - warm) / (turns - warm_up)


if __name__ == "__main__":
    sys.exit(main())
