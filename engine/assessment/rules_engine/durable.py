"""Adapter to durable_rules: creates rulesets from a compiled pack and evaluates them with confirmation.

durable_rules evaluates every rule. The plain evaluator confirms each result and supplies the answers behind it. If
they differ, the plain evaluator's result is used, and the difference is counted and logged. The engine's instance is
then rebuilt, at most ``MOST_REBUILDS`` times.

Only the direct binding is used, one wide fact at a time, in the sequence that was measured to be safe (ADR 001): the
library's ``Host`` starts threads that race with the caller's.
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
"""The fact to retract, which is identified by its id."""
_name_in = itemgetter(slice(2, 6))
"""The name of a rule in a message: ``{"0017":…``. All names have four characters."""
_DURABLE_OPERATORS: Final = {"!=": "$neq", ">=": "$gte", "<=": "$lte", ">": "$gt", "<": "$lt"}


def total_counters() -> Counters:
    """The counters of all engines of this process."""
    engine_counters = [astuple(engine.counters) for engine in list(_ENGINES)]
    return Counters(*map(sum, zip(*engine_counters, strict=True)))


@dataclass(eq=False)
class _Ruleset:
    """One shard inside the rules engine."""

    handle: int
    members: Callable[[Sequence[str]], Sequence[str]]
    """Selects the members of the fact that it reads."""
    rules: Mapping[str, tuple[str, ...]]
    """The rules of the pack for each of its rules' names."""
    parts: Mapping[str, tuple[tuple[int, str], ...]]
    """The same for parts: the position and text of each member. Names without parts are left out."""


class EngineFailureError(Exception):
    """The rules engine failed in a way that its API excludes."""


class DurableEngine:
    """One pack inside the rules engine. Thread-safe, and usable after a fork."""

    def __init__(self, program: Program) -> None:
        self.counters = Counters()
        self.lock = threading.Lock()
        self._program = program
        self._passes: list[list[list[_Ruleset]]] | None = None
        self._cleaner: weakref.finalize[Any, Any] | None = None
        _ENGINES.add(self)

    def start_evaluation(self, values: Values, earlier: EngineAnswers = NO_ANSWERS) -> Evaluation:
        """Start the evaluation of one person's numbers.

        Args:
            earlier: the results for the same person with other answers. A ruleset that reads the same members is not
                asked again.
        """
        with self.lock:
            self.counters.evaluations += 1
        return Evaluation(self, values, earlier)

    def encoded(self, values: Values, earlier: EngineAnswers = NO_ANSWERS) -> EncodedFacts:
        """One person's numbers encoded for this engine, with earlier results."""
        return EncodedFacts(self._program, values, earlier)

    def fire(self, stratum: int, encoded_facts: EncodedFacts) -> set[str]:
        """The fired rules of a stratum by the rules engine.

        Raises:
            EngineFailureError: the engine failed; the next call uses a new instance.
        """
        with self.lock:
            try:
                return self._fire(stratum, encoded_facts)
            except durable_rules_engine.error as error:
                self._fail(error)
                raise EngineFailureError(str(error)) from error
            except BaseException as error:
                # Interrupted between two calls: an action may be unfinished and would suppress the next evaluation.
                self._fail(error)
                raise

    def mismatch(self, stratum: int, rules: set[str]) -> None:
        """Record wrong results for these rules. The next evaluation uses a new instance."""
        with self.lock:
            self.counters.mismatches += 1
            differ = ", ".join(sorted(rules))
            _LOG.error("the rules engine and the plain evaluator differ in stratum %d on %s", stratum, differ)
            self._give_up()

    @property
    def is_exhausted(self) -> bool:
        """True after too many failures in this process. The plain evaluator then answers alone."""
        return self.counters.rebuilds > MOST_REBUILDS

    def after_fork(self) -> None:
        """Reset in a child process, where another thread's lock stays locked and the instance may be broken."""
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
        # Not deleted: deleting an instance with an unfinished action is not known to be safe. The number is bounded.
        if self._cleaner is not None:
            self._cleaner.detach()
        self._passes = None


class Evaluation:
    """One evaluation of all strata, with confirmation. After a failure the plain evaluator completes it."""

    def __init__(self, engine: DurableEngine, values: Values, earlier: EngineAnswers) -> None:
        self._engine = engine
        self._encoded_facts = engine.encoded(values, earlier)
        self.plain_only = engine.is_exhausted
        """True once the plain evaluator decides alone."""

    @property
    def answers(self) -> EngineAnswers:
        """The results of the rules engine, for further evaluations of the same person."""
        return self._encoded_facts.answers

    def fire(self, stratum: int, confirmed: set[str]) -> set[str]:
        """The fired rules of a stratum: the result of durable_rules if the plain evaluator agrees.

        Args:
            confirmed: the result of the plain evaluator. It is returned if the two differ, after a failure, and in all
                later strata.
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


@lru_cache(maxsize=8)  # an instance takes about 7 MB, and 40 ms to build
def engine_of(pack: Pack) -> DurableEngine:
    """The instance of the rules engine for a pack, cached in this process."""
    return DurableEngine(compile_pack(pack))


_ENGINES: weakref.WeakSet[DurableEngine] = weakref.WeakSet()


def _after_fork() -> None:
    for engine in list(_ENGINES):
        engine.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _create(shard: Shard, names: Mapping[FactKey, str]) -> _Ruleset:
    """Create a ruleset, and warm it up with a fact that only its sentinel matches."""
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
        # itemgetter of one position would return the member instead of a sequence
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
    ]  # the marker first: without it, some conditions match the engine's internal facts
    for number_test in conjunction.tests:
        condition = {names[number_test.key]: number_test.number}
        conditions.append(
            condition if number_test.operator == "==" else {_DURABLE_OPERATORS[number_test.operator]: condition}
        )
    return {"all": [{"m": {"$and": conditions}}]}


def _evaluate(ruleset: _Ruleset, read: str) -> Sequence[str]:
    """The names of a ruleset's rules that fire for the members it reads, with repetitions."""
    return _run(ruleset, f'{{"id":"a","sid":"0","s":1{read}}}')


def _run(ruleset: _Ruleset, fact: str) -> list[str]:
    """Assert, collect names, retract. During an action only names are collected."""
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
        durable_rules_engine.delete_state(handle, "0")  # first, or its memory leaks
        durable_rules_engine.delete_ruleset(handle)
