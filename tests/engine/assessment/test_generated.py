"""Generated functions fire the rules whose conditions the interpreter finds true."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.assessment.evaluator.numbers import slots_of
from engine.assessment.trace import logic_of
from tests.checks.examples import examples
from tests.factories.random_packs import RandomCase, cases, facts_of, load, number, rule
from tests.factories.random_packs import bare_pack as bare

repeated = settings(max_examples=examples(60), deadline=None, derandomize=True)


@repeated
@given(case=cases(), seed=st.integers(0, 1000))
def test_functions_agree_with_the_interpreter(case: RandomCase, seed: int) -> None:
    """For each stratum, whatever findings earlier ones recorded, both say the same of every rule."""
    logic, random = logic_of(case.pack), Random(seed)
    recorded = sorted(slots_of(case.pack).findings)
    for name, answers in case.people:
        facts = facts_of(case.pack, case.pack.forms[name], answers)
        facts.findings = set(random.sample(recorded, random.randint(0, len(recorded))))
        values = slots_of(case.pack).read(facts)
        for rules, fired_rules in zip(logic.strata, logic.fired_rules, strict=True):
            assert fired_rules(values) == [rule.id for rule, node in rules if node.truth(facts) is True]


@pytest.mark.parametrize("when", [{"item": "a", "is_not": 2}, {"not": {"item": "a", "is": 2}}])
def test_what_is_not_known_differs_from_nothing(when: dict[str, object]) -> None:
    """An unanswered number is not other than 2."""
    pack = load(bare([number("a", 0, 5)], [rule("r", when)]))
    (fired_rules,) = logic_of(pack).fired_rules[1:]
    for answers, expected in (({}, []), ({"a": 1}, ["r"]), ({"a": 2}, [])):
        assert fired_rules(slots_of(pack).read(facts_of(pack, pack.forms["full"], answers))) == expected


@repeated
@given(case=cases(people=4))
def test_reading_again_is_reading_from_the_start(case: RandomCase) -> None:
    """The numbers of one person, put in the place of those of another, are those that are read from the start."""
    slots = slots_of(case.pack)
    for name, form in case.pack.forms.items():
        people = [facts_of(case.pack, form, answers) for questionnaire, answers in case.people if questionnaire == name]
        for before, after in pairwise(people):
            values = slots.read(before)
            slots.read_again(values, after, form.item_ids, after.scales)
            assert repr(values) == repr(slots.read(after))  # nan differs from itself
