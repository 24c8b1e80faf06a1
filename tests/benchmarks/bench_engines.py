"""Rule engines side by side: the same rules and the same facts, in processor time, in one run.

The peers need ``pip install --group bench``. Before anything is timed, every engine has to fire the same rules. Each
rule compares one to four of forty numbers; ``rate`` is how many rules of a hundred fire. durable_rules alone gets at
most 60 conditions a ruleset, the limit within which it is right (docs/decisions/001-compiling-to-durable-rules.md).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from random import Random
from typing import Any, Final

import durable_rules_engine
from rich.console import Console
from rich.table import Table

from engine.assessment.inference import infer
from engine.assessment.pipeline import assess
from engine.assessment.responses import validate_answers
from engine.assessment.scoring import score
from tests.factories.random_packs import AS_OF, FULL, Raw, bare_pack, load, number, rule

ITEMS, PEOPLE, ROUNDS, MOST_LEAVES = 40, 60, 4, 60
SIZES: Final = ((50, 0.1), (50, 0.4), (200, 0.1), (200, 0.4), (1000, 0.1), (1000, 0.4))
Conditions = list[tuple[int, int]]
"""One rule: the numbers of items, and what each answer has to reach."""
Facts = dict[str, int]
Fire = Callable[[Facts], list[str]]
_NAMES = (f"bench-{name}" for name in count())


@dataclass
class Engine:
    """One engine with the rules in it."""

    name: str
    fire: Fire


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="other rules and other facts")
    seed = parser.parse_args().seed
    table: Table | None = None
    for size, rate in SIZES:
        rules = _rules(Random(f"{seed}/{size}/{rate}"), size, rate)
        facts = [
            {f"q{item}": Random(f"{seed}/{person}/{item}").randint(0, 99) for item in range(ITEMS)}
            for person in range(PEOPLE)
        ]
        engines = [
            *_peers(rules),
            Engine("durable_rules alone", _durable(rules)),
            Engine("compiled Python", _python(rules)),
        ]
        ours, assessed = _ours(rules)
        expected = [sorted(_python(rules)(person)) for person in facts]
        times: dict[str, float] = {}
        for engine in [*engines, ours]:
            _check(engine, facts, expected)
            times[engine.name] = _measure(engine.fire, facts)
        peers = [times[engine.name] for engine in engines[:-2]]
        row = {f"{size} rules at {round(rate * 100)} %": ""} | {name: f"{value:.0f}" for name, value in times.items()}
        row["assess"] = f"{_measure(assessed, facts):.0f}"
        row["infer / best peer"] = f"{times[ours.name] / min(peers):.2f}" if peers else "no peer"
        row["infer / durable_rules"] = f"{times[ours.name] / times['durable_rules alone']:.2f}"
        table = table or Table("µs", *list(row)[1:])
        table.add_row(next(iter(row)), *list(row.values())[1:])
    assert table is not None
    Console(width=160).print(table)


def _rules(random: Random, size: int, rate: float) -> list[Conditions]:
    rules: list[Conditions] = []
    for _ in range(size):
        items = random.sample(range(ITEMS), random.randint(1, 4))
        least = round(100 * (1 - rate ** (1 / len(items))))
        rules.append([(item, min(99, max(0, least + random.randint(-3, 3)))) for item in items])
    return rules


def _check(engine: Engine, facts: list[Facts], expected: list[list[str]]) -> None:
    wrong = sum(sorted(engine.fire(person)) != fired for person, fired in zip(facts, expected, strict=True))
    if wrong:
        sys.exit(f"{engine.name} fires other rules for {wrong} of {len(facts)} persons")


def _measure(fire: Callable[[Facts], object], facts: list[Facts]) -> float:
    """Microseconds of processor time for one person, in the best of some rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        begun = time.process_time()
        for person in facts:
            fire(person)
        best = min(best, (time.process_time() - begun) / len(facts))
    return best * 1e6


def _ours(rules: list[Conditions]) -> tuple[Engine, Callable[[Facts], object]]:
    items = [number(f"q{item}", 0, 99) for item in range(ITEMS)]
    raw = bare_pack(
        items,
        [
            rule(f"r{place}", {"all": [{"item": f"q{item}", "at_least": least} for item, least in conditions]})
            for place, conditions in enumerate(rules)
        ],
    )
    pack = load(raw)
    form = pack.forms[FULL]
    prepared: dict[int, Any] = {}

    def fire(facts: Facts) -> list[str]:
        if id(facts) not in prepared:
            responses = validate_answers(pack, form, facts, AS_OF)
            prepared[id(facts)] = responses, score(pack, form, responses.answers)
        responses, scales = prepared[id(facts)]
        return list(infer(pack, form, responses, scales, AS_OF).rules)

    return Engine("ours: infer", fire), lambda facts: assess(pack, FULL, facts, AS_OF)


def _python(rules: list[Conditions]) -> Fire:
    """What the rules cost at least: one generated function."""
    lines = []
    for place, conditions in enumerate(rules):
        test = " and ".join(f"facts['q{item}'] >= {least}" for item, least in conditions)
        lines.append(f" if {test}: fired.append('r{place}')")
    namespace: dict[str, Any] = {}
    exec("\n".join(["def fire(facts):", " fired = []", *lines, " return fired"]), namespace)  # noqa: S102 - numbers alone
    fire: Fire = namespace["fire"]
    return fire


def _durable(rules: list[Conditions]) -> Fire:
    """The direct binding with nothing around it: whole facts, names collected."""
    shards = [_ruleset(shard) for shard in _shards(rules)]
    engine = durable_rules_engine

    def fire(facts: Facts) -> list[str]:
        message = '{"sid":"p","id":"a","kind":1,' + json.dumps(facts)[1:]
        fired: list[str] = []
        for handle in shards:
            _, state = engine.assert_fact(handle, message)
            started = engine.start_action_for_state(handle, state)
            action = started[1] if started else None
            while action:
                fired.append(action[2 : action.index('"', 2)])
                action = engine.complete_and_start_action(handle, state)
            engine.retract_fact(handle, '{"sid":"p","id":"a"}')
        return fired

    return fire


def _shards(rules: list[Conditions]) -> Iterator[Raw]:
    shard: Raw = {}
    leaves = 0
    for place, conditions in enumerate(rules):
        if shard and leaves + len(conditions) > MOST_LEAVES:
            yield shard
            shard, leaves = {}, 0
        tests = [{"kind": 1}, *({"$gte": {f"q{item}": least}} for item, least in conditions)]
        shard[f"r{place}"] = {"all": [{"m": {"$and": tests}}]}
        leaves += len(conditions)
    yield shard


def _ruleset(shard: Raw) -> int:
    engine = durable_rules_engine
    handle: int = engine.create_ruleset(next(_NAMES), json.dumps({**shard, "warm": {"all": [{"m": {"warm": 1}}]}}))
    _, state = engine.assert_fact(handle, '{"sid":"p","id":"w","warm":1}')
    engine.start_action_for_state(handle, state)
    engine.complete_and_start_action(handle, state)
    engine.retract_fact(handle, '{"sid":"p","id":"w"}')
    return handle


def _peers(rules: list[Conditions]) -> list[Engine]:
    """The other engines that are installed."""
    peers: list[Engine] = []
    for name, make in (("zen-engine", _zen), ("clipspy", _clips), ("rule-engine", _rule_engine)):
        try:
            peers.append(Engine(name, make(rules)))
        except ImportError:
            Console(stderr=True).print(f"{name} is not installed: pip install --group bench")
    return peers


def _zen(rules: list[Conditions]) -> Fire:
    import zen

    table = {
        "hitPolicy": "collect",
        "inputs": [{"id": "if", "name": "if", "type": "expression"}],
        "outputs": [{"id": "rule", "name": "rule", "field": "rule", "type": "expression"}],
        "rules": [
            {
                "_id": f"r{place}",
                "if": " and ".join(f"q{item} >= {least}" for item, least in conditions),
                "rule": f'"r{place}"',
            }
            for place, conditions in enumerate(rules)
        ],
    }
    nodes = [
        {"id": "in", "name": "in", "type": "inputNode", "position": {"x": 0, "y": 0}},
        {"id": "table", "name": "table", "type": "decisionTableNode", "position": {"x": 0, "y": 0}, "content": table},
        {"id": "out", "name": "out", "type": "outputNode", "position": {"x": 0, "y": 0}},
    ]
    edges = [
        {"id": "1", "sourceId": "in", "targetId": "table", "type": "edge"},
        {"id": "2", "sourceId": "table", "targetId": "out", "type": "edge"},
    ]
    decision = zen.ZenEngine().create_decision(json.dumps({"nodes": nodes, "edges": edges}))
    return lambda facts: [row["rule"] for row in decision.evaluate(facts)["result"]]


def _clips(rules: list[Conditions]) -> Fire:
    import clips

    environment = clips.Environment()
    environment.build(f"(deftemplate answers {' '.join(f'(slot q{item})' for item in range(ITEMS))})")
    fired: list[str] = []
    environment.define_function(lambda name: fired.append(str(name)), "note")
    for place, conditions in enumerate(rules):
        tests = " ".join(f"(q{item} ?v{item}&:(>= ?v{item} {least}))" for item, least in conditions)
        environment.build(f"(defrule r{place} (answers {tests}) => (note r{place}))")
    template = environment.find_template("answers")

    def fire(facts: Facts) -> list[str]:
        fired.clear()
        environment.reset()
        template.assert_fact(**facts)
        environment.run()
        return list(fired)

    return fire


def _rule_engine(rules: list[Conditions]) -> Fire:
    import rule_engine

    parsed = [
        (f"r{place}", rule_engine.Rule(" and ".join(f"q{item} >= {least}" for item, least in conditions)))
        for place, conditions in enumerate(rules)
    ]
    return lambda facts: [name for name, parsed_rule in parsed if parsed_rule.matches(facts)]


if __name__ == "__main__":
    main()
