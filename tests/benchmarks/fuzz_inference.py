"""Random packs against an independent evaluator: ``python tests/benchmarks/fuzz_inference.py [evaluations] [--seed N]``.

Every evaluation is made three times: by ``engine.assess`` with both of its evaluators, by durable_rules alone under a
random compile limit (so that parts and shards come up), and by ``tests/factories/reference_evaluator.py``. Exits 1 at the first difference, with
all that is needed to see it again.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from random import Random

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from engine.assessment.pipeline import assess
from engine.assessment.rules_engine.compiler import compile_pack
from engine.assessment.rules_engine.durable import DurableEngine, engine_of
from tests.factories.random_packs import AS_OF, Raw, Size, facts_of, fired_by, load, random_pack, random_person
from tests.factories.reference_evaluator import ReferenceEvaluation

SIZES = (
    Size(),
    Size(rules=8, depth=3, strata=5),
    Size(items=3, rules=3, depth=6, branches=3),
    Size(items=25, rules=30, strata=2, depth=2, branches=5),
    Size(items=4, options=9, scales=6, rules=5, depth=2),
)
EACH = 25
"""People per pack."""


def differences(raw: Raw, random: Random, limits: dict[str, int]) -> list[str]:
    """Everything on which two of the three disagree, for some random people."""
    pack = load(raw)
    program = compile_pack(pack, **limits)
    limited_engine = DurableEngine(program)
    disagreements: list[str] = []
    for _ in range(EACH):
        name, answers = random_person(random, raw)
        person = ReferenceEvaluation(raw, name, answers, AS_OF)
        trace = assess(pack, name, answers, AS_OF, complete=False).trace
        fired = {
            "naive": person.fired(),
            "assess": {firing.rule for firing in trace.firings},
            "durable_rules": fired_by(
                limited_engine, pack, pack.forms[name], facts_of(pack, pack.forms[name], answers)
            ),
        }
        if len({frozenset(rules) for rules in fired.values()}) > 1:
            disagreements.append(f"{name} {json.dumps(answers)}: {fired}")
        cited = {firing.rule: (list(firing.items), firing.sensitive) for firing in trace.firings}
        if cited != person.support():
            disagreements.append(f"{name} {json.dumps(answers)}: support {cited}, naive {person.support()}")
        if {finding: set(rules) for finding, rules in trace.findings.items()} != person.findings():
            disagreements.append(f"{name} {json.dumps(answers)}: findings {trace.findings}, naive {person.findings()}")
    counters = engine_of(pack).counters
    if counters.mismatches or counters.failures or limited_engine.counters.failures:
        disagreements.append(f"{counters}, alone {limited_engine.counters}")
    return disagreements


def random_limits(random: Random) -> dict[str, int]:
    return {"most_leaves": random.choice((1, 4, 20, 60)), "most_product": random.choice((1, 2, 5, 16))}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("evaluations", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    done, packs, began = 0, 0, time.perf_counter()
    with Progress(*columns, console=Console(stderr=True)) as progress:
        bar = progress.add_task("evaluations", total=options.evaluations)
        while done < options.evaluations:
            seed = f"{options.seed}/{packs}"
            random = Random(seed)
            raw = random_pack(random, random.choice(SIZES))
            limits = random_limits(random)
            disagreements = differences(raw, random, limits)
            if disagreements:
                print(f"seed {seed}, limits {limits}\n{json.dumps(raw)}", *disagreements, sep="\n")
                return 1
            packs += 1
            done += EACH
            progress.update(bar, completed=done)
    took = time.perf_counter() - began
    print(f"{done:,} evaluations over {packs:,} packs, seed {options.seed}: 0 differences, {took:,.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
