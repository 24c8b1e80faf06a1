"""Adapter to durable_rules: rulesets made from a compiled pack, one evaluation at a time, confirmed.

durable_rules evaluates every rule; the plain evaluator confirms each result and supplies the answers behind it; where
they differ the plain evaluator's result is used and the difference is counted. It is also logged, and the engine's
instance is rebuilt, at most ``MOST_REBUILDS`` times.

Only the direct binding is used, one wide fact at a time, by the life cycle that was measured to be safe (ADR 001): the
library's ``Host`` starts threads that race with ours.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from functools import lru_cache, partial
from itertools import chain, count, islice
from operator import itemgetter
from typing import Any, Final

import durable_rules_engine

from engine.assessment.evaluator.numbers import Values
from engine.assessment.rules_engine.compiler import Conjunction, EncodedFacts, Program, Shard, compile_pack
from engine.assessment.rules_engine.counters import Counters
from engine.assessment.rules_engine.encoding import FactKey
from engine.assessment.trace import NO_ANSWERS, EngineAnswers
from engine.content.pack import Pack

MOST_REBUILDS: Final = 5
_LOG = logging.getLogger("heartwork.inference")
_NUMBERS = count()
_RETRACTED: Final = '{"id":"a","sid":"0"}'
"""The fact to retract: it is found by its id."""
_name_in = itemgetter(slice(2, 6))
"""The name of a rule in a message: ``{"0017":…``. All names have four characters."""
_DURABLE_OPERATORS: Final = {"!=": "$neq", ">=": "$gte", "<=": "$lte", ">": "$gt", "<": "$lt"}


def total_counters() -> Counters:
    """What happened in all engines of this process."""
    engine_counters = [astuple(engine.counters) for engine in list(_ENGINES)]
    return Counters(*map(sum, zip(*engine_counters, strict=True)))


@dataclass(eq=False)
class _Ruleset:
    """One shard inside the rules engine."""

    handle: int
    members: Callable[[Sequence[str]], Sequence[str]]
    """Picks the members of the fact that it reads."""
    rules: Mapping[str, tuple[str, ...]]
    """By the name of each of its rules, the rules of the pack that it stands for."""
    parts: Mapping[str, tuple[tuple[int, str], ...]]
    """The same for parts: the position of each among the members, and the member. Names without any are left out."""


class EngineFailureError(Exception):
    """The rules engine did what it must never do."""


class DurableEngine:
    """One pack inside the rules engine. Safe to share between threads; found sound again after a fork."""

    def __init__(self, program: Program) -> None:
        self.counters = Counters()
        self.lock = threading.Lock()
        self._program = program
        self._passes: list[list[list[_Ruleset]]] | None = None
        self._cleaner: weakref.finalize[Any, Any] | None = None
        _ENGINES.add(self)

    def start_evaluation(self, values: Values, earlier: EngineAnswers = NO_ANSWERS) -> Evaluation:
        """A new evaluation of one person's numbers.

        Args:
            earlier: what the rules engine answered when the same person was evaluated with some other answers. A
                ruleset that reads the same members again is not asked again.
        """
        with self.lock:
            self.counters.evaluations += 1
        return Evaluation(self, values, earlier)

    def encoded(self, values: Values, earlier: EngineAnswers = NO_ANSWERS) -> EncodedFacts:
        """One person's numbers as this engine takes them, with what it answered before."""
        return EncodedFacts(self._program, values, earlier)

    def fire(self, stratum: int, encoded_facts: EncodedFacts) -> set[str]:
        """The rules of a stratum that fire, as the rules engine sees it.

        Raises:
            EngineFailureError: it failed; the next call works on a new instance.
        """
        with self.lock:
            try:
                return self._fire(stratum, encoded_facts)
            except durable_rules_engine.error as error:
                self._fail(error)
                raise EngineFailureError(str(error)) from error
            except BaseException as error:
                # Interrupted between two calls: an action may be under way, which would silence the next evaluation.
                self._fail(error)
                raise

    def mismatch(self, stratum: int, rules: set[str]) -> None:
        """Note that the engine was wrong about these rules: the next evaluation works on a new instance."""
        with self.lock:
            self.counters.mismatches += 1
            differ = ", ".join(sorted(rules))
            _LOG.error("the rules engine and the plain evaluator differ in stratum %d on %s", stratum, differ)
            self._give_up()

    @property
    def is_exhausted(self) -> bool:
        """True if the engine failed too often in this process: the plain evaluator answers alone."""
        return self.counters.rebuilds > MOST_REBUILDS

    def after_fork(self) -> None:
        """In a child process: a lock that another thread held would never open, and its instance is half-way."""
        if self.lock.locked():
            self._abandon()
        self.lock = threading.Lock()

    def _fire(self, stratum: int, encoded_facts: EncodedFacts) -> set[str]:
        passes = (self._passes or self._build())[stratum]
        encoded_facts.encode(stratum)
        fired: set[str] = set()
        for rulesets in passes:
            for ruleset in rulesets:
                read = "".join(ruleset.members(encoded_facts.members))
                if not read:
                    continue
                names = encoded_facts.answers.get((ruleset, read))
                if names is None:
                    names = encoded_facts.answers[ruleset, read] = _evaluate(ruleset, read)
                if ruleset.parts:
                    for part in chain.from_iterable(ruleset.parts.get(name, ()) for name in names):
                        encoded_facts.set_part(*part)
                fired.update(*map(ruleset.rules.__getitem__, names))
        return fired

    def _build(self) -> list[list[list[_Ruleset]]]:
        passes = [
            [[_create(shard, self._program.names) for shard in shards] for shards in stratum.passes]
            for stratum in self._program.strata
        ]
        handles = [ruleset.handle for stratum_passes in passes for rulesets in stratum_passes for ruleset in rulesets]
        self._cleaner = weakref.finalize(self, _delete, handles)
        self._cleaner.atexit = False
        self._passes = passes
        return passes

    def _fail(self, error: BaseException) -> None:
        self.counters.failures += 1
        _LOG.error("the rules engine failed or was interrupted: %s: %s", type(error).__name__, error)
        self._give_up()

    def _give_up(self) -> None:
        self._abandon()
        self.counters.rebuilds += 1
        if self.is_exhausted:
            _LOG.error("the rules engine failed too often: from now on the plain evaluator answers alone")

    def _abandon(self) -> None:
        # Not deleted: deleting an instance with an action under way was never shown to be safe. It is bounded.
        if self._cleaner is not None:
            self._cleaner.detach()
        self._passes = None


class Evaluation:
    """One evaluation: stratum after stratum, each confirmed. After a failure the plain evaluator finishes it alone."""

    def __init__(self, engine: DurableEngine, values: Values, earlier: EngineAnswers) -> None:
        self._engine = engine
        self._encoded_facts = engine.encoded(values, earlier)
        self.plain_only = engine.is_exhausted
        """True once the plain evaluator decides alone."""

    @property
    def answers(self) -> EngineAnswers:
        """What the rules engine answered, for other evaluations of the same person."""
        return self._encoded_facts.answers

    def fire(self, stratum: int, confirmed: set[str]) -> set[str]:
        """The rules of a stratum that fire: what durable_rules finds, if the plain evaluator finds the same.

        Args:
            confirmed: what the plain evaluator finds. It is returned where the two differ, after a failure of the
                rules engine, and in all strata after either.
        """
        if self.plain_only:
            return confirmed
        try:
            fired = self._engine.fire(stratum, self._encoded_facts)
        except EngineFailureError:
            self.plain_only = True
            return confirmed
        if fired == confirmed:
            return fired
        self.plain_only = True
        self._engine.mismatch(stratum, fired ^ confirmed)
        return confirmed


@lru_cache(maxsize=8)  # an instance takes some 7 MB, and 40 ms to build
def engine_of(pack: Pack) -> DurableEngine:
    """The pack's instance of the rules engine in this process."""
    return DurableEngine(compile_pack(pack))


_ENGINES: weakref.WeakSet[DurableEngine] = weakref.WeakSet()


def _after_fork() -> None:
    for engine in list(_ENGINES):
        engine.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _create(shard: Shard, names: Mapping[FactKey, str]) -> _Ruleset:
    """Create a ruleset and warm it with a fact that only its sentinel matches."""
    rules = {f"{index:04}": _rule(conjunction, names) for index, conjunction in enumerate(shard)}
    rules["warm"] = {"all": [{"m": {"s": 2}}]}
    handle = durable_rules_engine.create_ruleset(f"heartwork-{os.getpid()}-{next(_NUMBERS)}", json.dumps(rules))
    positions = {key: position for position, key in enumerate(names)}
    reads = tuple(dict.fromkeys(positions[test.key] for conjunction in shard for test in conjunction.tests))
    fires = {f"{index:04}": conjunction.fires for index, conjunction in enumerate(shard)}

    def members(keys: Iterable[FactKey]) -> Iterator[tuple[int, str]]:
        return ((positions[key], f',"{names[key]}":1') for key in keys if key[0] == "part")

    ruleset = _Ruleset(
        handle=handle,
        # A slice is a sequence as well, where one position alone would give its member.
        members=itemgetter(*reads) if len(reads) > 1 else itemgetter(slice(reads[0], reads[0] + 1)),
        rules={name: tuple(key[1] for key in keys if key[0] == "rule") for name, keys in fires.items()},
        parts={name: parts for name, keys in fires.items() if (parts := tuple(members(keys)))},
    )
    if _run(ruleset, '{"id":"a","sid":"0","s":2}') != ["warm"]:
        message = "a new ruleset did not answer"
        raise EngineFailureError(message)
    return ruleset


def _rule(conjunction: Conjunction, names: Mapping[FactKey, str]) -> dict[str, Any]:
    conditions: list[dict[str, Any]] = [
        {"s": 1}
    ]  # the marker first: without it, some conditions match the engine's own facts
    for number_test in conjunction.tests:
        condition = {names[number_test.key]: number_test.number}
        conditions.append(
            condition if number_test.operator == "==" else {_DURABLE_OPERATORS[number_test.operator]: condition}
        )
    return {"all": [{"m": {"$and": conditions}}]}


def _evaluate(ruleset: _Ruleset, read: str) -> Sequence[str]:
    """The names of a ruleset's rules that fire for the members it reads, each as often as it does."""
    return _run(ruleset, f'{{"id":"a","sid":"0","s":1{read}}}')


def _run(ruleset: _Ruleset, fact: str) -> list[str]:
    """Assert, collect names, retract. Nothing but names is done while an action is under way."""
    handle, most = ruleset.handle, len(ruleset.rules) + 1
    _, state = durable_rules_engine.assert_fact(handle, fact)
    started = durable_rules_engine.start_action_for_state(handle, state)
    messages = [started[1]] if started else []
    if started:
        messages += islice(iter(partial(durable_rules_engine.complete_and_start_action, handle, state), None), most)
    if len(messages) > most:
        text = "a ruleset fired more often than it has rules"
        raise EngineFailureError(text)
    durable_rules_engine.retract_fact(handle, _RETRACTED)
    return list(map(_name_in, messages))


def _delete(handles: list[int]) -> None:
    for handle in handles:
        durable_rules_engine.delete_state(handle, "0")  # first, or its memory stays
        durable_rules_engine.delete_ruleset(handle)
