"""The one door to durable_rules: answers and scores in, a trace of the rules that fired out.

The rules engine decides, and the plain evaluator confirms each of its decisions. Where they differ, the plain evaluator
is right: the difference is counted and logged, and the engine's instance is built anew, at most ``MOST_REBUILDS`` times.

Only the direct binding is used, one wide fact a time, by the life cycle that was measured to be safe (ADR 001): the
library's ``Host`` starts threads that race with ours.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import weakref
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import count
from typing import Any, Final

import durable_rules_engine

from engine.compilation import Conjunction, Program, Shard, compile_pack, stratify
from engine.conditions import Leaf
from engine.evaluation import Facts, Node, evaluator
from engine.pack import Form, Pack
from engine.questionnaire import ShortText
from engine.responses import ResponseSet
from engine.ruleset import FindingEffect, Rule
from engine.scoring import ScaleScores

MOST_REBUILDS: Final = 5
_LOG = logging.getLogger("heartwork.inference")
_NUMBERS = count()
_SIGNS: Final = {"!=": "$neq", ">=": "$gte", "<=": "$lte", ">": "$gt", "<": "$lt"}


@dataclass(frozen=True, slots=True)
class Firing:
    """One rule that fired, with everything behind it."""

    rule: str
    stratum: int
    items: tuple[str, ...]
    """The items whose answers (or missing answers) made the condition true, through scales and findings as well."""
    scales: tuple[str, ...]
    findings: tuple[str, ...]
    """Findings the condition asked for, whether it wanted them recorded or not."""
    sensitive: bool
    """True if one of the items is sensitive: then nobody is told why."""


@dataclass(frozen=True, slots=True)
class Trace:
    """What the rules made of one person's answers."""

    firings: tuple[Firing, ...]
    """By stratum, then by rule id."""
    findings: Mapping[str, tuple[str, ...]]
    """Each recorded finding with the rules that recorded it."""


@dataclass
class Tally:
    """What happened in this process, for those who watch it."""

    evaluations: int = 0
    mismatches: int = 0
    failures: int = 0
    rebuilds: int = 0


def infer(
    pack: Pack, form: Form, responses: ResponseSet, scales: ScaleScores, as_of: date, *, plain: bool = False
) -> Trace:
    """Evaluate all rules (of a check-in: its gates).

    Args:
        plain: True leaves out the rules engine, for searches over thousands of alternatives.
    """
    logic = logic_of(pack)
    answers = {name: value for name, value in responses.answers.items() if name not in logic.texts}
    facts = Facts(answers, form.asked, scales, as_of)
    session = None if plain else machine_of(pack).session(facts)
    recorded: dict[str, tuple[str, ...]] = {}
    fired: list[tuple[int, Rule]] = []
    for number, rules in enumerate(logic.strata if form.has_plan else logic.strata[:1]):
        facts.findings = recorded.keys()
        confirmed = {rule.id for rule, node in rules if node.truth(facts) is True}
        decided = confirmed if session is None else session.fire(number, confirmed)
        for rule, _ in rules:
            if rule.id in decided:
                fired.append((number, rule))
                for finding in logic.records[rule.id]:
                    recorded[finding] = (*recorded.get(finding, ()), rule.id)
    support = _Support(logic, pack, form, facts)
    return Trace(tuple(support.firing(rule, number) for number, rule in fired), recorded)


@dataclass(frozen=True)
class Logic:
    """A pack's rules ready for plain evaluation."""

    strata: tuple[tuple[tuple[Rule, Node], ...], ...]
    """The first one holds the gates, and may be empty."""
    nodes: Mapping[str, Node]
    records: Mapping[str, tuple[str, ...]]
    """The findings each rule records."""
    recorders: Mapping[str, tuple[str, ...]]
    """The rules that can record each finding."""
    texts: frozenset[str]
    """Items whose answers no rule may see."""


@lru_cache(maxsize=32)
def logic_of(pack: Pack) -> Logic:
    """The pack's rules, prepared once."""
    nodes = {rule.id: evaluator(rule.when, pack) for rule in pack.rules}
    strata = tuple(tuple((rule, nodes[rule.id]) for rule in rules) for rules in stratify(pack.rules))
    records = {
        rule.id: tuple(dict.fromkeys(effect.finding for effect in rule.then if isinstance(effect, FindingEffect)))
        for rule in pack.rules
    }
    recorders: dict[str, tuple[str, ...]] = {}
    for rule, findings in records.items():
        for finding in findings:
            recorders[finding] = (*recorders.get(finding, ()), rule)
    texts = frozenset(name for name, item in pack.items.items() if isinstance(item, ShortText))
    return Logic(strata, nodes, records, recorders, texts)


class _Support:
    """Finds the answers behind a firing, through scales and findings, once for each rule."""

    def __init__(self, logic: Logic, pack: Pack, form: Form, facts: Facts) -> None:
        self._logic, self._pack, self._form, self._facts = logic, pack, form, facts
        self._leaves: dict[str, tuple[Leaf, ...]] = {}
        self._items: dict[str, frozenset[str]] = {}

    def firing(self, rule: Rule, stratum: int) -> Firing:
        items = self._behind(rule.id)
        leaves = self._leaves_of(rule.id)
        position = self._form.position
        return Firing(
            rule=rule.id,
            stratum=stratum,
            items=tuple(sorted((item for item in items if item in position), key=position.__getitem__)),
            scales=tuple(dict.fromkeys(leaf.id for leaf in leaves if leaf.subject == "scale")),
            findings=tuple(dict.fromkeys(leaf.id for leaf in leaves if leaf.subject == "finding")),
            sensitive=any(self._pack.items[item].sensitive for item in items),
        )

    def _leaves_of(self, rule: str) -> tuple[Leaf, ...]:
        if rule not in self._leaves:
            self._leaves[rule] = tuple(self._logic.nodes[rule].support(self._facts))
        return self._leaves[rule]

    def _behind(self, rule: str) -> frozenset[str]:
        """The items that made a rule fire, or that kept it from firing. Findings may form long chains: no recursion."""
        waiting = [rule]
        while waiting:
            name = waiting[-1]
            earlier = [other for leaf in self._leaves_of(name) for other in self._rules_behind(leaf)]
            missing = [other for other in earlier if other not in self._items]
            if missing and name not in self._items:
                waiting.extend(missing)
                continue
            waiting.pop()
            direct = (self._items_behind(leaf) for leaf in self._leaves_of(name))
            self._items[name] = frozenset().union(*direct, *(self._items[other] for other in earlier))
        return self._items[rule]

    def _rules_behind(self, leaf: Leaf) -> tuple[str, ...]:
        """The rules that recorded the finding a leaf asks for, or all that might have."""
        if leaf.subject != "finding":
            return ()
        rules = self._logic.recorders.get(leaf.id, ())
        if leaf.id in self._facts.findings:
            return tuple(rule for rule in rules if self._logic.nodes[rule].truth(self._facts) is True)
        return rules

    def _items_behind(self, leaf: Leaf) -> Iterable[str]:
        if leaf.subject == "item":
            return (leaf.id,)
        found = self._facts.scales.get(leaf.id) if leaf.subject == "scale" else None
        if found is None:
            return ()
        known = found.value is not None
        return (item for item, value in found.items.items() if (value is not None) == known)


@dataclass
class _Ruleset:
    """One shard inside the rules engine."""

    handle: int
    reads: tuple[str, ...]
    fires: Mapping[str, tuple[str, ...]]


class EngineFailure(Exception):
    """The rules engine did what it must never do."""


class Machine:
    """One pack inside the rules engine. Safe to share between threads; found sound again after a fork."""

    def __init__(self, program: Program) -> None:
        self.tally = Tally()
        self.lock = threading.Lock()
        self._program = program
        self._keys = {name: key for key, name in program.names.items()}
        self._passes: list[list[list[_Ruleset]]] | None = None
        self._cleaner: weakref.finalize[Any, Any] | None = None
        _MACHINES.add(self)

    def session(self, facts: Facts) -> Session:
        """A new evaluation of one person's facts."""
        self.tally.evaluations += 1
        return Session(self, facts)

    def fire(self, stratum: int, codes: Codes) -> set[str]:
        """The rules of a stratum that fire, as the rules engine sees it.

        Raises:
            EngineFailure: it failed; the next call works on a new instance.
        """
        with self.lock:
            try:
                return self._fire(stratum, codes)
            except durable_rules_engine.error as error:
                self._abandon()
                raise EngineFailure(str(error)) from error
            except BaseException:
                # Interrupted between two calls: an action may be under way, which would silence the next evaluation.
                self._abandon()
                raise

    def rebuild(self) -> bool:
        """Give up the instance for a new one; False once that was done too often to be worth another."""
        with self.lock:
            self._abandon()
            self.tally.rebuilds += 1
            return self.tally.rebuilds <= MOST_REBUILDS

    @property
    def spent(self) -> bool:
        """True if the engine failed too often in this process: the plain evaluator answers alone."""
        return self.tally.rebuilds > MOST_REBUILDS

    def after_fork(self) -> None:
        """In a child process: a lock that another thread held would never open, and its instance is half-way."""
        if self.lock.locked():
            self._abandon()
        self.lock = threading.Lock()

    def _fire(self, stratum: int, codes: Codes) -> set[str]:
        passes = (self._passes or self._build())[stratum]
        fired: set[str] = set()
        for rulesets in passes:
            for ruleset in rulesets:
                for name in _evaluate(ruleset, codes):
                    kind, *rest = ruleset.fires[name]
                    if kind == "rule":
                        fired.add(rest[0])
                    else:
                        codes.set_part((kind, *rest))
        return fired

    def _build(self) -> list[list[list[_Ruleset]]]:
        passes = [
            [[_create(shard, self._program.names) for shard in shards] for shards in stratum.passes]
            for stratum in self._program.strata
        ]
        handles = [ruleset.handle for one in passes for rulesets in one for ruleset in rulesets]
        self._cleaner = weakref.finalize(self, _delete, handles)
        self._cleaner.atexit = False
        self._passes = passes
        return passes

    def _abandon(self) -> None:
        # Not deleted: deleting an instance with an action under way was never shown to be safe. It is bounded.
        if self._cleaner is not None:
            self._cleaner.detach()
        self._passes = None


class Codes:
    """One person's facts as the rules engine's numbers, each worked out when first needed."""

    def __init__(self, program: Program, facts: Facts, keys: Mapping[str, tuple[str, ...]]) -> None:
        self._program, self._facts, self._keys = program, facts, keys
        self._known: dict[str, int | None] = {}

    def get(self, name: str) -> int | None:
        if name not in self._known:
            key = self._keys[name]
            self._known[name] = None if key[0] == "part" else self._program.coders[key](self._facts)
        return self._known[name]

    def set_part(self, key: tuple[str, ...]) -> None:
        self._known[self._program.names[key]] = 1


class Session:
    """One evaluation: stratum after stratum, each confirmed."""

    def __init__(self, machine: Machine, facts: Facts) -> None:
        self._machine = machine
        self._codes = Codes(machine._program, facts, machine._keys)  # noqa: SLF001 - the two belong together

    def fire(self, stratum: int, confirmed: set[str]) -> set[str]:
        """The rules that fire; ``confirmed`` is the plain evaluator's word, which counts where they differ."""
        machine = self._machine
        if machine.spent:
            return confirmed
        try:
            fired = machine.fire(stratum, self._codes)
        except EngineFailure as failure:
            machine.tally.failures += 1
            _LOG.error("the rules engine failed in stratum %d (%s); answered by the plain evaluator", stratum, failure)
            machine.rebuild()
            return confirmed
        if fired != confirmed:
            machine.tally.mismatches += 1
            differ = ", ".join(sorted(fired ^ confirmed))
            _LOG.error("the rules engine and the plain evaluator differ in stratum %d on %s", stratum, differ)
            machine.rebuild()
        return confirmed if fired != confirmed else fired


@lru_cache(maxsize=32)
def machine_of(pack: Pack) -> Machine:
    """The pack's instance of the rules engine in this process."""
    return Machine(compile_pack(pack))


_MACHINES: weakref.WeakSet[Machine] = weakref.WeakSet()


def _after_fork() -> None:
    for machine in list(_MACHINES):
        machine.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _create(shard: Shard, names: Mapping[tuple[str, ...], str]) -> _Ruleset:
    """Create a ruleset and warm it with a fact that only its sentinel matches."""
    rules = {f"r{index}": _rule(one, names) for index, one in enumerate(shard)}
    rules["warm"] = {"all": [{"m": {"s": 2}}]}
    handle = durable_rules_engine.create_ruleset(f"heartwork-{os.getpid()}-{next(_NUMBERS)}", json.dumps(rules))
    reads = tuple(dict.fromkeys(names[literal.key] for one in shard for literal in one.row))
    ruleset = _Ruleset(handle, reads, {f"r{index}": one.fires for index, one in enumerate(shard)})
    if list(_run(ruleset, '{"id":"a","sid":"0","s":2}')) != ["warm"]:
        message = "a new ruleset did not answer"
        raise EngineFailure(message)
    return ruleset


def _rule(conjunction: Conjunction, names: Mapping[tuple[str, ...], str]) -> dict[str, Any]:
    tests: list[dict[str, Any]] = [
        {"s": 1}
    ]  # the marker first: without it, some conditions match the engine's own facts
    for literal in conjunction.row:
        test = {names[literal.key]: literal.number}
        tests.append(test if literal.sign == "==" else {_SIGNS[literal.sign]: test})
    return {"all": [{"m": {"$and": tests}}]}


def _evaluate(ruleset: _Ruleset, codes: Codes) -> Iterator[str]:
    members = [f',"{name}":{code}' for name in ruleset.reads if (code := codes.get(name)) is not None]
    return _run(ruleset, f'{{"id":"a","sid":"0","s":1{"".join(members)}}}') if members else iter(())


def _run(ruleset: _Ruleset, fact: str) -> Iterator[str]:
    """Assert, collect names, retract. Nothing but names is done while an action is under way."""
    handle, most = ruleset.handle, len(ruleset.fires) + 1
    _, state = durable_rules_engine.assert_fact(handle, fact)
    started = durable_rules_engine.start_action_for_state(handle, state)
    message = started[1] if started else None
    names: list[str] = []
    while message is not None and len(names) <= most:
        names.append(message[2 : message.index('"', 2)])
        message = durable_rules_engine.complete_and_start_action(handle, state)
    if message is not None:
        text = "a ruleset fired more often than it has rules"
        raise EngineFailure(text)
    durable_rules_engine.retract_fact(handle, fact)
    return iter(names)


def _delete(handles: list[int]) -> None:
    for handle in handles:
        durable_rules_engine.delete_state(handle, "0")  # first, or its memory stays
        durable_rules_engine.delete_ruleset(handle)
