"""Plans: the arithmetic of order and emphasis for any weights, caps, holds and constraints; and what the effects of rules do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.assessment.additions import PlanEntry
from engine.assessment.ordering import EMPHASES, OrderedStep, constraints, order_within
from engine.assessment.pipeline import Assessment, assess, plan_with_check_in
from engine.assessment.plan import Cap, Placement, Plan, Planner
from engine.content.pack import Pack
from engine.content.steps import CappedAt, Thresholds
from engine.errors import HeartworkError
from tests.checks.examples import examples
from tests.factories.random_packs import (
    AS_OF,
    CHECK_IN,
    FULL,
    RandomCase,
    Raw,
    bare_pack,
    cases,
    form,
    load,
    rule,
    yes_no,
)

CAPS: tuple[CappedAt, ...] = get_args(CappedAt)
many_examples = settings(max_examples=examples(80), deadline=None, derandomize=True)


# Order and emphasis


@dataclass(frozen=True)
class Situation:
    """All that decides order and emphasis."""

    steps: tuple[str, ...]
    weights: dict[str, int]
    caps: dict[str, CappedAt]
    held: frozenset[str]
    before: tuple[tuple[str, str], ...]
    thresholds: Thresholds

    def ordered_steps(self) -> tuple[OrderedStep, ...]:
        binding = constraints(self.steps, self.caps, self.held, self.before, self.thresholds)
        return order_within(binding, self.weights, self.thresholds)

    @property
    def free(self) -> list[str]:
        return [step for step in self.steps if step not in self.held]

    def must_precede(self, first: str, then: str) -> bool:
        """True if constraints between free steps lead from one step to the other, by a plain search."""
        reached, waiting = set[str](), [first]
        while waiting:
            step = waiting.pop()
            successors = [b for a, b in self.before if a == step and not {a, b} & self.held and b not in reached]
            reached.update(successors)
            waiting.extend(successors)
        return then in reached


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    steps = tuple(f"step{index}" for index in range(draw(st.integers(1, 11))))
    steady = draw(st.integers(-5, 10))
    # Any order of the steps, apart from content order, keeps random constraints free of circles.
    shuffled = draw(st.permutations(steps))
    pairs = list(combinations(shuffled, 2))
    return Situation(
        steps=steps,
        weights={step: draw(st.integers(-10, 40)) for step in steps},
        caps=draw(st.dictionaries(st.sampled_from(steps), st.sampled_from(CAPS), max_size=6)),
        held=draw(st.frozensets(st.sampled_from(steps), max_size=5)),
        before=tuple(draw(st.lists(st.sampled_from(pairs), max_size=12))) if pairs else (),
        thresholds=Thresholds(
            steady=steady, focus=steady + draw(st.integers(1, 20)), most_focus=draw(st.integers(0, 3))
        ),
    )


def position_of(ordered_steps: tuple[OrderedStep, ...], step: str) -> int:
    return [ordered.step for ordered in ordered_steps].index(step)


@many_examples
@given(situations())
def test_every_step_stands_in_the_plan_once(situation: Situation) -> None:
    """The arrangement is a permutation of all steps."""
    assert sorted(ordered.step for ordered in situation.ordered_steps()) == sorted(situation.steps)


@many_examples
@given(situations())
def test_constraints_between_free_steps_are_kept(situation: Situation) -> None:
    """Of two free steps with a constraint the first one comes first; a held step constrains none."""
    order = [ordered.step for ordered in situation.ordered_steps()]
    for first, then in situation.before:
        if not {first, then} & situation.held:
            assert order.index(first) < order.index(then)


@many_examples
@given(situations())
def test_held_steps_come_last_in_content_order(situation: Situation) -> None:
    """What is held is not now and stands at the end, in content order; nothing else is not now."""
    ordered_steps = situation.ordered_steps()
    held = [step for step in situation.steps if step in situation.held]
    assert [ordered.step for ordered in ordered_steps][len(situation.free) :] == held
    assert [ordered.step for ordered in ordered_steps if ordered.emphasis == "not_now"] == held


@many_examples
@given(situations())
def test_emphasis_never_rises_down_the_list(situation: Situation) -> None:
    """Read from the top, the emphasis only falls."""
    ranks = [EMPHASES.index(ordered.emphasis) for ordered in situation.ordered_steps()]
    assert ranks == sorted(ranks)


@many_examples
@given(situations())
def test_there_is_one_place_to_start(situation: Situation) -> None:
    """Exactly the first step is where to start, if any step is free, and focus is given at most so often."""
    emphases = [ordered.emphasis for ordered in situation.ordered_steps()]
    assert [index for index, emphasis in enumerate(emphases) if emphasis == "start_here"] == (
        [0] if situation.free else []
    )
    assert emphases.count("focus") <= situation.thresholds.most_focus


@many_examples
@given(situations())
def test_no_step_is_above_its_cap(situation: Situation) -> None:
    """A free step after the first has at most the emphasis of its own cap and of those it must wait for."""
    for ordered in situation.ordered_steps()[1:]:
        if ordered.step not in situation.held:
            predecessors = [step for step in situation.free if situation.must_precede(step, ordered.step)]
            for cap in (situation.caps[step] for step in (ordered.step, *predecessors) if step in situation.caps):
                assert EMPHASES.index(ordered.emphasis) >= EMPHASES.index(cap)


@many_examples
@given(situations())
def test_effective_weight_is_the_heaviest_that_must_wait(situation: Situation) -> None:
    """The effective weight of a free step is the highest bounded weight of itself and of all that must wait for it."""
    ordered_by_id = {ordered.step: ordered for ordered in situation.ordered_steps()}
    for step in situation.free:
        waiting = [other for other in situation.free if other == step or situation.must_precede(step, other)]
        assert ordered_by_id[step].effective == max(ordered_by_id[other].bounded for other in waiting)


@many_examples
@given(situations())
def test_free_steps_stand_by_effective_weight(situation: Situation) -> None:
    """Free steps stand by effective weight, except that a capped step leaves the lead to the first uncapped one."""
    free = situation.ordered_steps()[: len(situation.free)]
    weights = [ordered.effective for ordered in free]
    assert weights[1:] == sorted(weights[1:], reverse=True)
    if weights and weights[0] < max(weights):
        first_by_weight = free[1]
        assert first_by_weight.cap is not None
        assert free[0].cap is None


@many_examples
@given(situations())
def test_a_capped_step_leads_only_if_all_are_capped(situation: Situation) -> None:
    """If any free step has no cap, own or inherited, then the first one by weight that has none leads."""
    free = situation.ordered_steps()[: len(situation.free)]
    uncapped = [ordered for ordered in free if ordered.cap is None]
    if uncapped:
        assert free[0] == uncapped[0]
        assert free[0].effective == max(ordered.effective for ordered in uncapped)


@many_examples
@given(situations())
def test_order_is_decided_by_the_situation_alone(situation: Situation) -> None:
    """The same situation gives the same arrangement, in whatever order its constraints are named."""
    turned = replace(situation, before=situation.before[::-1] * 2)
    assert situation.ordered_steps() == situation.ordered_steps() == turned.ordered_steps()


@many_examples
@given(situations(), st.data())
def test_more_weight_never_makes_a_place_worse(situation: Situation, data: st.DataObject) -> None:
    """A free step that gains weight moves up or stays."""
    if situation.free:
        step = data.draw(st.sampled_from(situation.free))
        gain = data.draw(st.integers(1, 50))
        heavier = replace(situation, weights=situation.weights | {step: situation.weights[step] + gain})
        assert position_of(heavier.ordered_steps(), step) <= position_of(situation.ordered_steps(), step)
        emphases = [
            {ordered.step: ordered.emphasis for ordered in compared.ordered_steps()}[step]
            for compared in (heavier, situation)
        ]
        if emphases[1] != "start_here":
            assert EMPHASES.index(emphases[0]) <= EMPHASES.index(emphases[1])


@many_examples
@given(situations(), st.data())
def test_one_more_hold_frees_nothing(situation: Situation, data: st.DataObject) -> None:
    """A hold more never frees a step, and no held step ever stands above a free one."""
    step = data.draw(st.sampled_from(situation.steps))
    before = {ordered.step for ordered in situation.ordered_steps() if ordered.emphasis == "not_now"}
    ordered_steps = replace(situation, held=situation.held | {step}).ordered_steps()
    after = {ordered.step for ordered in ordered_steps if ordered.emphasis == "not_now"}
    assert after == before | {step}
    assert {ordered.step for ordered in ordered_steps[len(ordered_steps) - len(after) :]} == after


def test_a_light_step_that_a_heavy_one_waits_for_comes_early() -> None:
    """A step is worth at least what the steps are worth that must wait for it."""
    situation = Situation(
        steps=("a", "b", "c", "d"),
        weights={"a": 0, "b": 10, "c": 15, "d": 30},
        caps={},
        held=frozenset(),
        before=(("a", "d"),),
        thresholds=Thresholds(focus=20, steady=5),
    )
    assert [(ordered.step, ordered.emphasis, ordered.effective) for ordered in situation.ordered_steps()] == [
        ("a", "start_here", 30),
        ("d", "focus", 30),
        ("c", "steady", 15),
        ("b", "steady", 10),
    ]


def test_a_cap_is_inherited_and_costs_the_lead() -> None:
    """What must wait for a capped step is capped with it, and the first uncapped step leads however light it is."""
    situation = Situation(
        steps=("a", "b", "c"),
        weights={"a": 30, "b": 40, "c": 1},
        caps={"a": "steady"},
        held=frozenset(),
        before=(("a", "b"),),
        thresholds=Thresholds(focus=20, steady=5),
    )
    assert [
        (ordered.step, ordered.emphasis, ordered.effective, ordered.cap) for ordered in situation.ordered_steps()
    ] == [
        ("c", "start_here", 1, None),
        ("a", "steady", 19, "steady"),
        ("b", "steady", 19, "steady"),
    ]


def test_the_third_heavy_step_is_steady() -> None:
    """Beyond the number of steps in focus, the next ones are steady whatever they weigh."""
    situation = Situation(
        steps=("a", "b", "c", "d"),
        weights={"a": 50, "b": 40, "c": 30, "d": 25},
        caps={},
        held=frozenset(),
        before=(),
        thresholds=Thresholds(focus=20, steady=5),
    )
    assert [ordered.emphasis for ordered in situation.ordered_steps()] == ["start_here", "focus", "focus", "steady"]


def test_nothing_free_gives_no_start() -> None:
    """If everything is held there is no place to start."""
    situation = Situation(("a", "b"), {"a": 1, "b": 2}, {}, frozenset("ab"), (), Thresholds(focus=2, steady=1))
    assert [(ordered.step, ordered.emphasis) for ordered in situation.ordered_steps()] == [
        ("a", "not_now"),
        ("b", "not_now"),
    ]


# What the effects of rules do

STEPS: list[Raw] = [
    {
        "id": "breathe",
        "title": "Breathe",
        "weight": 10,
        "actions": [
            {"id": "walk", "text": "Walk."},
            {"id": "sleep", "text": "Sleep.", "base": False},
            {"id": "rest", "text": "Rest."},
            {"id": "swim", "text": "Swim.", "base": False},
        ],
        "cautions": [
            {"id": "alone", "text": "Not alone.", "base": False},
            {"id": "always", "text": "Gently."},
        ],
        "for_kind": {"safety": {"title": "Be safe", "actions": ["rest", "sleep"]}, "space": {"title": "Rest"}},
    },
    {"id": "write", "title": "Write", "weight": 30, "tags": ["contact"]},
    {"id": "call", "title": "Call", "weight": 20, "tags": ["contact"]},
    {"id": "learn", "title": "Learn", "weight": 3},
]
KINDS: list[Raw] = [
    {"id": "safety", "title": "Safety"},
    {"id": "space", "title": "Space", "caps": [{"tag": "contact", "at": "light"}]},
    {"id": "usual", "title": "Usual", "default": True},
]
NOTICES: list[Raw] = [{"id": name, "title": name, "text": "…"} for name in ("first", "second", "third")]


def pack_of(**effects: list[Raw] | Raw) -> Pack:
    """A pack with a rule for each name, which fires if the item of that name is answered yes."""
    rules = [
        rule(name, {"item": name, "is": True}, *(then if isinstance(then, list) else [then]))
        for name, then in effects.items()
    ]
    raw = bare_pack([yes_no(name) for name in effects], rules, steps=STEPS, kinds=KINDS, notices=NOTICES)
    return load(raw)


def plan_of(pack: Pack, *yes: str) -> Plan:
    plan = assess(pack, FULL, dict.fromkeys(yes, True), AS_OF).plan
    assert plan is not None
    return plan


def yes(name: str) -> Raw:
    return {"item": name, "is": True}


def order(plan: Plan) -> list[str]:
    return [step.id for step in plan.steps]


def test_a_plan_without_rules() -> None:
    """Without any rule that fires, steps stand by base weight and the kind is the default one, for no reason."""
    plan = plan_of(pack_of(a={"notice": "first"}))
    assert [(step.id, step.position, step.emphasis) for step in plan.steps] == [
        ("write", 1, "start_here"),
        ("call", 2, "focus"),
        ("breathe", 3, "steady"),
        ("learn", 4, "light"),
    ]
    assert plan.kind == PlanEntry("usual")
    assert plan.notices == ()
    assert dict(plan.firings) == {}


def test_the_strongest_kind_wins() -> None:
    """Of several proposed kinds the one listed first wins, with all the rules that proposed it."""
    pack = pack_of(a={"kind": "space"}, b={"kind": "safety"}, c={"kind": "safety"}, d={"kind": "usual"})
    assert plan_of(pack, "a", "b", "c", "d").kind == PlanEntry("safety", ("b", "c"))
    assert plan_of(pack, "a", "d").kind == PlanEntry("space", ("a",))
    assert plan_of(pack, "d").kind == PlanEntry("usual", ("d",))


def test_a_kind_caps_its_steps() -> None:
    """The caps of the kind in force apply, with no rule behind them; those of other kinds do not."""
    pack = pack_of(a={"kind": "space"}, b={"kind": "safety"})
    plan = plan_of(pack, "a")
    assert [(step.id, step.emphasis) for step in plan.steps] == [
        ("breathe", "start_here"),
        ("write", "light"),
        ("call", "light"),
        ("learn", "light"),
    ]
    assert plan.step("call").caps == (Cap("light"),)
    assert plan_of(pack, "a", "b").step("call").caps == ()


def test_weights_add_up() -> None:
    """Effects on weight add up, by step, by steps and by tag, and the strongest change is named first."""
    pack = pack_of(
        a={"weight": {"step": "call", "by": 3}},
        b={"weight": {"tag": "contact", "by": -7}},
        c=[{"weight": {"steps": ["call", "learn"], "by": 2}}, {"weight": {"step": "call", "by": 2}}],
    )
    plan = plan_of(pack, "a", "b", "c")
    assert plan.step("call").changes == (("b", -7), ("c", 4), ("a", 3))
    assert plan.step("call").weight == 20
    assert plan.step("learn").changes == (("c", 2),)
    assert plan.step("write").weight == 23


def test_the_same_change_twice_counts_twice() -> None:
    """A rule that adds the same weight twice adds it twice: weights are sums."""
    pack = pack_of(a=[{"weight": {"step": "call", "by": 3}}, {"weight": {"step": "call", "by": 3}}])
    assert plan_of(pack, "a").step("call").changes == (("a", 6),)


def test_caps_name_their_rules() -> None:
    """Every cap is named with its rule, and the lowest is in force."""
    pack = pack_of(a={"cap": {"step": "write", "at": "focus"}}, b={"cap": {"tag": "contact", "at": "steady"}})
    plan = plan_of(pack, "a", "b")
    assert plan.step("write").caps == (Cap("focus", "a"), Cap("steady", "b"))
    assert (plan.step("write").cap, plan.step("write").bounded) == ("steady", 19)
    assert order(plan) == ["breathe", "write", "call", "learn"]


def test_holds_name_their_rules_once() -> None:
    """A step is held by every rule that holds it, each named once, and comes last."""
    pack = pack_of(a=[{"hold": {"tag": "contact"}}, {"hold": {"step": "write"}}], b={"hold": {"step": "write"}})
    plan = plan_of(pack, "a", "b")
    assert order(plan) == ["breathe", "learn", "write", "call"]
    assert [(step.held, step.held_by) for step in plan.steps[2:]] == [(True, ("a", "b")), (True, ("a",))]
    assert set(plan.firings) == {"a", "b"}


def test_no_wish_lifts_a_hold() -> None:
    """Weights, orders and caps leave a held step where it is."""
    pack = pack_of(
        a={"hold": {"step": "write"}},
        b=[{"weight": {"step": "write", "by": 1000}}, {"order": {"first": "write", "then": "breathe"}}],
        c={"cap": {"step": "write", "at": "focus"}},
    )
    plan = plan_of(pack, "a", "b", "c")
    assert (plan.steps[-1].id, plan.steps[-1].emphasis) == ("write", "not_now")
    assert plan.step("breathe").waits_for == ()


def test_what_a_step_waits_for() -> None:
    """A step names the free steps that must precede it with the first rule that says so."""
    pack = pack_of(
        a={"order": {"first": "learn", "then": "write"}},
        b={"order": {"first": "learn", "then": "write"}},
        c={"order": {"first": "breathe", "then": "write"}},
        d={"hold": {"step": "breathe"}},
    )
    plan = plan_of(pack, "a", "b", "c")
    assert plan.step("write").waits_for == (("learn", "a"), ("breathe", "c"))
    assert order(plan) == ["breathe", "learn", "write", "call"]
    assert plan_of(pack, "a", "c", "d").step("write").waits_for == (("learn", "a"),)


def test_notices_stand_as_declared() -> None:
    """All notices stay, in the order in which they are declared, with the rules that raise them."""
    pack = pack_of(a={"notice": "third"}, b={"notice": "first"}, c={"notice": "third"})
    assert plan_of(pack, "a", "b", "c").notices == (PlanEntry("first", ("b",)), PlanEntry("third", ("a", "c")))


def test_actions_and_cautions() -> None:
    """Base actions and cautions are always there; the others come with the rules that add them, in the step's order."""
    pack = pack_of(a={"action": {"step": "breathe", "id": "sleep"}}, b={"caution": {"step": "breathe", "id": "alone"}})
    plain, with_added = plan_of(pack).step("breathe"), plan_of(pack, "a", "b").step("breathe")
    assert (plain.actions, plain.cautions) == ((PlanEntry("walk"), PlanEntry("rest")), (PlanEntry("always"),))
    assert with_added.actions == (PlanEntry("walk"), PlanEntry("rest"), PlanEntry("sleep", ("a",)))
    assert with_added.cautions == (PlanEntry("alone", ("b",)), PlanEntry("always"))


def test_a_kind_may_have_its_own_actions() -> None:
    """A kind's own actions replace the base ones, in its order; rules still add theirs, and none stands there twice."""
    pack = pack_of(
        a=[{"action": {"step": "breathe", "id": "sleep"}}, {"action": {"step": "breathe", "id": "swim"}}],
        safe={"kind": "safety"},
        space={"kind": "space"},
    )
    assert plan_of(pack, "safe").step("breathe").actions == (PlanEntry("rest"), PlanEntry("sleep"))
    assert plan_of(pack, "a", "safe").step("breathe").actions == (
        PlanEntry("rest"),
        PlanEntry("sleep", ("a",)),
        PlanEntry("swim", ("a",)),
    )
    assert plan_of(pack, "space").step("breathe").actions == (PlanEntry("walk"), PlanEntry("rest"))


REMARKS: list[Raw] = [
    {"id": "last", "text": "Last."},
    {"id": "always", "text": "Always.", "base": True},
    {"id": "first", "text": "First.", "kinds": ["usual"]},
    {"id": "safe", "text": "Safe.", "base": True, "kinds": ["safety"]},
]


def with_remarks(**effects: list[Raw] | Raw) -> Pack:
    raw = bare_pack(
        [yes_no(name) for name in effects],
        [rule(name, yes(name), *(then if isinstance(then, list) else [then])) for name, then in effects.items()],
        steps=STEPS,
        kinds=KINDS,
        notices=NOTICES,
        remarks={"opening": REMARKS, "come_back": REMARKS[1:2]},
    )
    return load(raw)


def test_remarks() -> None:
    """By place a plan has all that may be said there, in the order of the content, with the rules that say it."""
    opening: Raw = {"say": {"place": "opening", "id": "last"}}
    pack = with_remarks(a=[opening, opening], b=opening, c={"say": {"place": "opening", "id": "first"}})
    always = PlanEntry("always")
    assert plan_of(pack).remarks == {"opening": (always,), "come_back": (always,)}
    assert plan_of(pack, "a", "b", "c").remarks["opening"] == (
        PlanEntry("last", ("a", "b")),
        always,
        PlanEntry("first", ("c",)),
    )
    assert set(plan_of(pack, "b").firings) == {"b"}
    assert plan_of(pack_of(a={"notice": "first"})).remarks == {}


def test_remarks_of_a_kind() -> None:
    """A remark that names kinds is said in these only."""
    first: Raw = {"say": {"place": "opening", "id": "first"}}
    pack = with_remarks(a=first, safe={"kind": "safety"})
    assert plan_of(pack, "a", "safe").remarks["opening"] == (PlanEntry("always"), PlanEntry("safe"))
    assert plan_of(pack, "a").remarks["opening"] == (PlanEntry("always"), PlanEntry("first", ("a",)))


def test_a_closed_kind() -> None:
    """In an allowlist-only kind a rule or the base adds only what names it, or what its variant of the step names."""
    kinds: list[Raw] = [KINDS[0] | {"allowlist_only": True}, *KINDS[1:]]
    breathe: Raw = {
        "id": "breathe",
        "title": "Breathe",
        "tags": ["contact"],
        "actions": [
            {"id": "walk", "text": "Walk."},
            {"id": "rest", "text": "Rest.", "kinds": ["safety"]},
            {"id": "swim", "text": "Swim.", "base": False},
            {"id": "call", "text": "Call.", "base": False, "kinds": ["safety", "usual"]},
        ],
        "cautions": [
            {"id": "always", "text": "Gently."},
            {"id": "alone", "text": "Not alone.", "base": False, "kinds": ["safety"]},
            {"id": "late", "text": "Not late.", "base": False},
        ],
    }
    adds = [{"action": {"step": "breathe", "id": name}} for name in ("swim", "call")]
    adds += [{"caution": {"step": "breathe", "id": name}} for name in ("alone", "late")]
    rules = [rule("adds", yes("adds"), *adds), rule("safe", yes("safe"), {"kind": "safety"})]
    raw = bare_pack([yes_no("adds"), yes_no("safe")], rules, steps=[breathe], kinds=kinds)
    raw["remarks"] = {"opening": REMARKS}
    pack = load(raw)
    restricted, unrestricted = plan_of(pack, "adds", "safe"), plan_of(pack, "adds")
    assert restricted.steps[0].actions == (PlanEntry("rest"), PlanEntry("call", ("adds",)))
    assert restricted.steps[0].cautions == (PlanEntry("alone", ("adds",)),)
    assert restricted.remarks["opening"] == (PlanEntry("safe"),)
    assert [action.id for action in unrestricted.steps[0].actions] == ["walk", "swim", "call"]
    assert [caution.id for caution in unrestricted.steps[0].cautions] == ["always", "late"]
    raw["steps"][0] |= {"for_kind": {"safety": {"actions": ["walk"], "cautions": ["late"]}}}
    variant_step = plan_of(load(raw), "safe").steps[0]
    assert (variant_step.actions, variant_step.cautions) == ((PlanEntry("walk"),), (PlanEntry("late"),))


def test_there_is_no_other_step() -> None:
    """Asking a plan for a step that it does not have is a KeyError."""
    with pytest.raises(KeyError):
        plan_of(pack_of(a={"notice": "first"})).step("dance")


# A check-in added to a plan


def two_sittings(full: Raw, later: Raw, *rules: Raw) -> tuple[Assessment, Assessment]:
    """A full sitting about ``calm`` and ``danger``, and a check-in that asks ``danger`` again, and ``now``."""
    items = [yes_no("calm"), yes_no("danger")]
    raw = bare_pack(items, list(rules), steps=STEPS, kinds=KINDS, notices=NOTICES, remarks={"opening": REMARKS})
    raw["questionnaires"].append(form(CHECK_IN, [yes_no("danger"), yes_no("now")], [], role="check_in"))
    pack = load(raw)
    return assess(pack, FULL, full, AS_OF), assess(pack, CHECK_IN, later, AS_OF)


def test_a_check_in_adds_its_gates_only() -> None:
    """All that a check-in's gates say is added to a plan, but for constraints; its other rules say nothing."""
    full, later = two_sittings(
        {"calm": True, "danger": False},
        {"danger": True, "now": True},
        rule(
            "gate",
            {"item": "danger", "is": True},
            {"hold": {"step": "write"}},
            {"cap": {"step": "call", "at": "light"}},
            {"notice": "second"},
            {"kind": "safety"},
            {"weight": {"step": "learn", "by": 100}},
            {"order": {"first": "learn", "then": "breathe"}},
            {"action": {"step": "breathe", "id": "sleep"}},
            {"caution": {"step": "breathe", "id": "alone"}},
            {"say": {"place": "opening", "id": "last"}},
            gate=True,
        ),
        rule("calm", {"item": "calm", "is": True}, {"weight": {"step": "learn", "by": 5}}, {"notice": "third"}),
        rule("now", {"item": "now", "is": True}, {"hold": {"step": "breathe"}}),
    )
    assert later.plan is None
    plan = plan_with_check_in(full, later)
    assert [(step.id, step.emphasis) for step in plan.steps] == [
        ("learn", "start_here"),
        ("breathe", "steady"),
        ("call", "light"),
        ("write", "not_now"),
    ]
    assert plan.kind == PlanEntry("safety", ("gate",))
    assert plan.notices == (PlanEntry("second", ("gate",)), PlanEntry("third", ("calm",)))
    assert plan.step("learn").changes == (("gate", 100), ("calm", 5))
    assert plan.step("breathe").actions == (PlanEntry("rest"), PlanEntry("sleep", ("gate",)))
    assert plan.step("breathe").cautions == (PlanEntry("alone", ("gate",)), PlanEntry("always"))
    assert plan.step("breathe").waits_for == ()
    assert plan.remarks["opening"] == (PlanEntry("last", ("gate",)), PlanEntry("always"), PlanEntry("safe"))
    assert set(plan.firings) == {"calm", "gate"}


def test_rules_know_what_a_check_in_has_found() -> None:
    """What a check-in's gate finds is seen by the rules of the full sitting: some fire now, and others no more."""
    full, later = two_sittings(
        {"calm": True, "danger": False},
        {"danger": True},
        rule("gate", {"item": "danger", "is": True}, {"finding": "alarm"}, gate=True),
        rule("quiet", {"finding": "alarm", "is": False}, {"action": {"step": "breathe", "id": "sleep"}}),
        rule("loud", {"finding": "alarm", "is": True}, {"weight": {"step": "learn", "by": 7}}),
    )
    assert full.plan is not None
    assert set(full.plan.firings) == {"quiet"}
    plan = plan_with_check_in(full, later)
    assert set(plan.firings) == {"loud"}
    assert plan.step("learn").changes == (("loud", 7),)


def test_a_gate_that_fires_in_both_sittings_is_named_once() -> None:
    """A gate behind a hold in both sittings counts once, and all it said in the full sitting stays."""
    gate = rule(
        "gate",
        {"item": "danger", "is": True},
        {"hold": {"step": "write"}},
        {"cap": {"step": "call", "at": "light"}},
        {"notice": "second"},
        {"kind": "safety"},
        {"weight": {"step": "learn", "by": 4}},
        gate=True,
    )
    full, later = two_sittings({"danger": True}, {"danger": True}, gate)
    plan = plan_with_check_in(full, later)
    assert plan == full.plan
    assert plan.step("write").held_by == ("gate",)
    assert plan.step("call").caps == (Cap("light", "gate"),)
    assert plan.step("learn").changes == (("gate", 4),)
    assert plan.notices == (PlanEntry("second", ("gate",)),)


def test_a_better_check_in_lifts_nothing() -> None:
    """A check-in in which a gate stays silent leaves the full sitting's hold as it is."""
    gate = rule("gate", {"item": "danger", "is": True}, {"hold": {"step": "write"}}, gate=True)
    full, later = two_sittings({"danger": True}, {"danger": False}, gate)
    assert plan_with_check_in(full, later) == full.plan


def test_what_a_check_in_does_not_ask_is_not_missing() -> None:
    """A gate about an item left open does not fire in a check-in that does not ask this item."""
    gate = rule("gate", {"item": "calm", "answered": False}, {"hold": {"step": "write"}}, gate=True)
    full, later = two_sittings({"calm": True}, {"danger": False}, gate)
    assert later.trace.firings == ()
    assert plan_with_check_in(full, later) == full.plan


def test_only_a_check_in_is_added_to_a_full_sitting() -> None:
    """Two full sittings, two check-ins, or the two in the wrong order are refused with HW604."""
    full, later = two_sittings({}, {}, rule("a", {"item": "calm", "is": True}, {"notice": "first"}))
    for first, second in ((full, full), (later, later), (later, full)):
        with pytest.raises(HeartworkError) as refused:
            plan_with_check_in(first, second)
        assert [error.code for error in refused.value.problems] == ["HW604"]


def test_a_check_in_under_another_meaning_is_refused() -> None:
    """A check-in under content that means something else cannot be added: HW604."""
    full, _ = two_sittings({}, {}, rule("a", {"item": "calm", "is": True}, {"notice": "first"}))
    _, later = two_sittings({}, {}, rule("a", {"item": "calm", "is": True}, {"notice": "second"}))
    with pytest.raises(HeartworkError) as refused:
        plan_with_check_in(full, later)
    assert [error.code for error in refused.value.problems] == ["HW604"]


@many_examples
@given(cases(people=6))
def test_a_planner_places_as_a_plan_does(case: RandomCase) -> None:
    """Whatever it placed before, the next set of rules stands where the plan has it: weights, order, emphasis and kind."""
    planner = Planner(case.pack)
    for name, answers in case.people:
        assessment = assess(case.pack, name, answers, AS_OF, complete=False, plain=True)
        if (plan := assessment.plan) is None:
            continue
        placed = planner.place(tuple(assessment.trace.rules))
        assert placed.placements == {step.id: Placement(step.position, step.emphasis) for step in plan.steps}
        assert placed.effective_weights == {step.id: step.effective for step in plan.steps}
        assert placed.weights == {step.id: step.weight for step in plan.steps}
        assert placed.kind == plan.kind.id
