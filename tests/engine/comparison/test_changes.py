"""Comparisons of two sittings: changed scales, steps and answers, and the answers that moved the steps."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from random import Random
from typing import Any, Final, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.assessment.ordering import EMPHASES
from engine.assessment.pipeline import Assessment, assess
from engine.assessment.plan import Placement, Plan, PlannedStep, visible_plan
from engine.comparison.attribution import changed_items
from engine.comparison.changes import CannotCompare, Comparison, ScaleChange, StepMove, compare
from engine.comparison.counterfactuals import TIME, Counterfactuals, answer_if_any
from engine.comparison.report import build_comparison_report
from engine.content.base import _check_id
from engine.content.pack import Pack
from engine.errors import HeartworkError
from engine.loading.library import load_library
from tests.checks.examples import examples
from tests.factories.random_packs import (
    AS_OF,
    CHECK_IN,
    FULL,
    STEPS,
    Raw,
    Size,
    bare_pack,
    form,
    load,
    multiple,
    number,
    random_answer,
    random_pack,
    rating,
    rule,
    single,
    yes_no,
)

LATER: Final = AS_OF + timedelta(days=40)


def sat(pack: Pack, answers: Raw, day: date = AS_OF, questionnaire: str = FULL) -> Assessment:
    return assess(pack, questionnaire, answers, day)


def compared(raw: Raw, before: Raw, after: Raw, after_on: date = AS_OF) -> Comparison:
    pack = load(raw)
    return compare(sat(pack, before), sat(pack, after, after_on))


def placements_of(plan: Plan | None) -> dict[str, tuple[int, str]]:
    assert plan is not None
    return {step.id: (step.position, step.emphasis) for step in plan.steps}


# Scales

ITEMS: Final = [rating("a"), rating("b"), rating("c"), yes_no("d")]


def scale(name: str = "s", *items: str, **changes: Any) -> Raw:
    return {"id": name, "title": name, "items": list(items) or ["a", "b", "c"], "method": "sum", **changes}


def change_of(before: Raw, after: Raw, **changes: Any) -> ScaleChange:
    (change,) = compared(bare_pack(ITEMS, [], [scale(**changes)]), before, after).scales
    return change


@pytest.mark.parametrize(
    ("direction", "better_up", "better_down"),
    [("higher_is_better", True, False), ("lower_is_better", False, True), ("neither", None, None)],
)
def test_better_follows_the_direction(direction: str, better_up: bool | None, better_down: bool | None) -> None:
    """A change is better or worse by the scale's direction; without a change or a direction it is neither."""
    low, high = {"a": 0, "b": 0, "c": 0}, {"a": 0, "b": 1, "c": 2}
    up, down = change_of(low, high, direction=direction), change_of(high, low, direction=direction)
    assert (up.before, up.after, up.change, up.better) == (0, 3, 3, better_up)
    assert (down.before, down.after, down.change, down.better) == (3, 0, -3, better_down)
    assert change_of(low, low, direction=direction).better is None


@pytest.mark.parametrize(
    ("points", "items", "after", "clear"),
    [
        (3, 1, {"a": 3, "b": 0, "c": 0}, True),
        (3, 2, {"a": 3, "b": 0, "c": 0}, False),
        (3, 2, {"a": 2, "b": 1, "c": 0}, True),
        (3, 3, {"a": 4, "b": 1, "c": 0}, False),
        (4, 2, {"a": 2, "b": 1, "c": 0}, False),
        (1, 2, {"a": 0, "b": 0, "c": 0}, False),
    ],
)
def test_clear_change_needs_points_and_moved_items(points: int, items: int, after: Raw, clear: bool) -> None:
    """A change in either direction is clear only if it reaches the points and enough items moved."""
    before, threshold = {"a": 0, "b": 0, "c": 0}, {"points": points, "items": items, "source": "x"}
    for earlier, later in ((before, after), (after, before)):
        assert change_of(earlier, later, meaningful_change=threshold).clear is clear


def test_items_that_move_against_each_other() -> None:
    """Items whose changes cancel each other have moved, but the score has not changed."""
    threshold = {"points": 1, "items": 1, "source": "x"}
    change = change_of({"a": 0, "b": 3, "c": 1}, {"a": 3, "b": 0, "c": 1}, meaningful_change=threshold)
    assert (change.change, change.moved_items, change.clear, change.better) == (0, ("a", "b"), False, None)


def test_no_meaningful_change_is_known() -> None:
    """Without a ``meaningful_change`` it is not known whether a change is clear."""
    assert change_of({"a": 0, "b": 0, "c": 0}, {"a": 4, "b": 4, "c": 4}).clear is None


def test_points_are_exact() -> None:
    """A change of exactly the threshold is clear, although it would not be in binary floating point."""
    threshold = {"points": 0.2, "items": 1, "source": "x"}
    raw = bare_pack(
        [number("a", 0, 1)], [], [scale("s", "a", meaningful_change=threshold, direction="higher_is_better")]
    )
    (change,) = compared(raw, {"a": 0.1}, {"a": 0.3}).scales
    assert (change.change, change.clear, change.better) == (0.2, True, True)


def test_an_item_answered_once_has_not_moved() -> None:
    """Only items answered both times count as moved, also where the score is prorated."""
    change = change_of({"a": 1, "b": 1}, {"a": 1, "b": 1, "c": 4}, missing={"minimum": 2, "prorate": True})
    assert (change.before, change.after, change.moved_items) == (3, 6, ())


def test_moved_is_a_matter_of_the_coded_value() -> None:
    """Another answer with the same value does not move the item."""
    raw = bare_pack([rating("a")], [], [scale("s", "a", values={"a": {"0": 0, "1": 0, "2": 1, "3": 2, "4": 3}})])
    (change,) = compared(raw, {"a": 0}, {"a": 1}).scales
    assert (change.change, change.moved_items) == (0, ())


WHOLE: Final = {"a": 1, "b": 1, "c": 1, "d": True}


def only_change(old: Raw, new: Raw, before: Raw = WHOLE, after: Raw = WHOLE) -> ScaleChange:
    """The change of the only scale between two versions of a pack."""
    (change,) = compare(sat(load(old), before), sat(load(new), after)).scales
    return change


def pack_with(items: list[Raw] | None = None, **changes: Any) -> Raw:
    return bare_pack(ITEMS if items is None else items, [], [scale(**changes)])


def weighted(**weights: int) -> Raw:
    return {"method": "weighted", "weights": {"a": 1, "b": 1, "c": 1} | weights}


CANNOT: Final[dict[str, tuple[CannotCompare, Raw, Raw]]] = {
    "not compared": ("not_compared", pack_with(), pack_with(compared=False)),
    "gone": ("not_in_both", pack_with(), bare_pack(ITEMS, [])),
    "new": ("not_in_both", bare_pack(ITEMS, []), pack_with()),
    "an item more": ("items_differ", pack_with(), bare_pack(ITEMS, [], [scale("s", "a", "b", "c", "d")])),
    "reversed": ("values_differ", pack_with(), pack_with(reverse=["b"])),
    "other base": ("values_differ", pack_with(), pack_with(base=1)),
    "other values": ("values_differ", pack_with(), pack_with(values={"a": {str(n): 9 - n for n in range(5)}})),
    "more anchors": ("values_differ", pack_with(), pack_with([rating("a", 7), *ITEMS[1:]])),
    "other type": ("values_differ", pack_with(), pack_with([number("a", 0, 4), *ITEMS[1:]])),
    "other bounds": (
        "values_differ",
        pack_with([number("a", 0, 4), *ITEMS[1:]]),
        pack_with([number("a", 0, 5), *ITEMS[1:]]),
    ),
    "mean": ("method_differ", pack_with(), pack_with(method="mean")),
    "weights": ("method_differ", pack_with(**weighted(a=1)), pack_with(**weighted(a=2))),
    "count": ("method_differ", pack_with(method="count"), pack_with(method="count", count_from=2)),
    "constant": ("method_differ", pack_with(), pack_with(constant=1)),
    "rounding": ("method_differ", pack_with(), pack_with(rounding="up")),
    "missing": ("method_differ", pack_with(), pack_with(missing={"minimum": 2})),
}


@pytest.mark.parametrize("name", CANNOT)
def test_scales_that_cannot_be_compared(name: str) -> None:
    """Scales are compared only if items, values and method are the same; otherwise only the reason is given."""
    reason, old, new = CANNOT[name]
    change = only_change(old, new)
    assert change.cannot == reason
    assert (change.change, change.clear, change.better, change.moved_items) == (None, None, None, ())


def test_not_enough_answers() -> None:
    """A scale without a score in one sitting cannot be compared; the earlier sitting is named first."""
    few: Raw = {"a": 1, "d": True}
    assert only_change(pack_with(), pack_with(), before=few).cannot == "not_enough_answers_before"
    assert only_change(pack_with(), pack_with(), after=few).cannot == "not_enough_answers_after"
    assert only_change(pack_with(), pack_with(), before=few, after=few).cannot == "not_enough_answers_before"


def test_every_reason_is_tested() -> None:
    """The tests above cover every reason why a scale cannot be compared."""
    planted = {reason for reason, _, _ in CANNOT.values()}
    assert planted | {"not_enough_answers_before", "not_enough_answers_after"} == set(get_args(CannotCompare))


@pytest.mark.parametrize(
    "new",
    [
        pack_with(title="Other words", about="More words"),
        pack_with(direction="higher_is_better"),
        pack_with(bands=[{"id": "low", "title": "Low", "from": 0}]),
        pack_with(reverse=[]),
        pack_with([ITEMS[2], ITEMS[1], ITEMS[0], ITEMS[3]]),
        bare_pack(ITEMS, [], [scale("s", "c", "b", "a")]),
    ],
)
def test_changes_of_content_that_do_not_matter(new: Raw) -> None:
    """A scale with other texts, bands, direction or order of items can still be compared."""
    assert only_change(pack_with(), new).cannot is None


def test_reversal_within_another_range() -> None:
    """A change of the range changes the values of a reversed item, even if no option has another value."""

    def version(*, exclusive: bool) -> Raw:
        item = multiple("m", "x", "y")
        item["options"].append({"id": "z", "text": "?", "exclusive": exclusive})
        values = {"m": {"x": 1, "y": 2, "z": 3}}
        return bare_pack([item], [], [scale("s", "m", values=values, reverse=["m"])])

    change = only_change(version(exclusive=False), version(exclusive=True), {"m": ["x"]}, {"m": ["x"]})
    assert change.cannot == "values_differ"


def test_another_type_with_the_same_values() -> None:
    """A single choice cannot be compared with a rating of the same values."""
    old, new = pack_with(), pack_with([single("a", "0", "1", "2", "3", "4"), *ITEMS[1:]])
    assert only_change(old, new, WHOLE, WHOLE | {"a": "1"}).cannot == "values_differ"


def test_scales_of_a_check_in_compare_with_the_full_ones() -> None:
    """A check-in with a scale's items is compared with the full sitting; its other scales are not in both."""
    raw = bare_pack(ITEMS, [], [scale("s", "a", "b"), scale("t", "c")])
    raw["questionnaires"].append(form(CHECK_IN, ITEMS[:2], [], role="check_in"))
    pack = load(raw)
    comparison = compare(sat(pack, WHOLE), sat(pack, {"a": 2, "b": 2}, LATER, CHECK_IN))
    assert [(change.scale, change.cannot, change.change) for change in comparison.scales] == [
        ("s", None, 2),
        ("t", "not_in_both", None),
    ]
    assert comparison.no_attribution == "no_plan"


def test_a_check_in_moves_nothing() -> None:
    """A comparison with a check-in, which has no plan, has no moves and no change of kind."""
    raw = lively_pack()
    raw["questionnaires"].append(form(CHECK_IN, [yes_no("x")], [], role="check_in"))
    pack = load(raw)
    full, check = sat(pack, {"x": True, "y": True, "z": True}), sat(pack, {"x": False}, LATER, CHECK_IN)
    for earlier, later in ((full, check), (check, full)):
        comparison = compare(earlier, later)
        assert comparison.moves == ()
        report = build_comparison_report(comparison, earlier, later)
        assert (report.moves, report.kind_now) == ((), None)
    assert compare(check, check).no_attribution == "no_plan"


# Moves, answers


def lively_pack() -> Raw:
    """A pack with three yes/no items, each of which has a different effect on the plan."""
    raw = bare_pack(
        [yes_no("x"), yes_no("y"), yes_no("z"), {"id": "note", "type": "text", "text": "?"}],
        [
            rule("hold", {"item": "x", "is": True}, {"hold": {"step": "calm"}}, {"notice": "n"}, gate=True),
            rule("kind", {"item": "y", "is": True}, {"kind": "strong"}, {"finding": "found"}, gate=True),
            rule("more", {"item": "z", "is": True}, {"weight": {"step": "plan", "by": 30}}),
        ],
    )
    raw["kinds"] = [{"id": "strong", "title": "Strong"}, *raw["kinds"]]
    raw["notices"] = [{"id": "n", "title": "N", "text": "Mind."}]
    return raw


def test_moves_name_place_and_emphasis() -> None:
    """Steps whose position or emphasis changed are listed in the order of the later plan, with their causes."""
    comparison = compared(lively_pack(), {"x": False, "y": False, "z": False}, {"x": True, "y": False, "z": False})
    assert [move.step for move in comparison.moves] == ["space", "talk", "own-part", "plan", "calm"]
    first, last = comparison.moves[0], comparison.moves[-1]
    assert (first.before, first.after) == (Placement(2, "light"), Placement(1, "start_here"))
    assert (last.before, last.after) == (Placement(1, "start_here"), Placement(5, "not_now"))
    assert all(move.causes == ("x",) for move in comparison.moves)


def test_emphasis_alone_is_a_move() -> None:
    """A step that keeps its position has moved if its emphasis changed."""
    raw = bare_pack([yes_no("x")], [rule("r", {"item": "x", "is": True}, {"weight": {"step": "space", "by": 6}})])
    raw["steps"][0]["weight"] = 40
    (move,) = compared(raw, {"x": False}, {"x": True}).moves
    assert (move.step, move.before, move.after) == ("space", Placement(2, "light"), Placement(2, "steady"))


def test_answers_that_changed() -> None:
    """Changed answers come in the order of asking; both “unanswered” and “rather not say” are None."""
    before, after = {"x": True, "y": None, "note": "a"}, {"z": False, "x": None, "note": "b"}
    comparison = compared(lively_pack(), before, after)
    assert [(change.item, change.before, change.after) for change in comparison.answers] == [
        ("x", True, None),
        ("z", None, False),
        ("note", "a", "b"),
    ]


def test_sensitive_in_either_version() -> None:
    """A changed answer is sensitive if its item is sensitive in either version."""
    old, new = lively_pack(), lively_pack()
    old["questionnaires"][0]["sections"][0]["items"][0]["sensitive"] = True
    for earlier, later in ((old, new), (new, old)):
        comparison = compare(sat(load(earlier), {"x": False}), sat(load(later), {"x": True}))
        assert [(change.item, change.sensitive) for change in comparison.answers] == [("x", True)]


def test_nothing_changed() -> None:
    """A sitting compared with itself has no differences."""
    comparison = compared(lively_pack(), WHOLE_LIVELY, WHOLE_LIVELY)
    assert (comparison.moves, comparison.answers, comparison.without_effect, comparison.no_attribution) == (
        (),
        (),
        (),
        None,
    )


WHOLE_LIVELY: Final = {"x": True, "y": False, "z": True, "note": "a"}


def test_different_packs_do_not_compare() -> None:
    """Sittings of two packs are refused."""
    other = json.loads(json.dumps(lively_pack()).replace('"p"', '"q"'))
    with pytest.raises(HeartworkError) as caught:
        compare(sat(load(lively_pack()), {}), sat(load(other), {}))
    assert [fault.code for fault in caught.value.problems] == ["HW604"]


def test_steps_that_came_and_went() -> None:
    """If the content changed, a step may be missing in one plan: its placement is None, and it has no causes."""
    old, new = lively_pack(), lively_pack()
    old["steps"] = [{"id": "old", "title": "Old {x/y}"}, *old["steps"]]
    new["steps"] = [*new["steps"], {"id": "new", "title": "New"}]
    before, after = sat(load(old), {"z": False}), sat(load(new), {"z": True})
    comparison = compare(before, after)
    moves = {move.step: move for move in comparison.moves}
    assert (moves["old"].after, moves["new"].before, moves["old"].causes) == (None, None, None)
    assert (comparison.no_attribution, comparison.without_effect) == ("content_differs", ())
    titles = {move.step: move.title for move in build_comparison_report(comparison, before, after).moves}
    assert (titles["old"], titles["new"]) == ("Old x", "New")


def test_other_meaning_is_not_attributed() -> None:
    """If a rule changed, the moves are listed without causes."""
    new = lively_pack()
    new["rules"][2]["then"][0]["weight"]["by"] = 31
    comparison = compare(sat(load(lively_pack()), {"z": False}), sat(load(new), {"z": True}))
    assert comparison.no_attribution == "content_differs"
    assert comparison.moves
    assert all(move.causes is None for move in comparison.moves)


def test_a_typo_is_still_attributed() -> None:
    """A changed text does not change the meaning digest, so moves still have causes."""
    new = lively_pack()
    new["rules"][2]["because"] = "So it was."
    new["steps"][0]["title"] = "Calm down"
    before, after = sat(load(lively_pack()), {"z": False}), sat(load(new), {"z": True})
    assert before.provenance.content_digest != after.provenance.content_digest
    comparison = compare(before, after)
    assert comparison.no_attribution is None
    assert {move.causes for move in comparison.moves} == {("z",)}


def test_another_questionnaire_is_not_attributed() -> None:
    """Two full questionnaires of one pack are compared without causes."""
    raw = lively_pack()
    raw["questionnaires"].append(form("other", [yes_no("z")], []))
    pack = load(raw)
    comparison = compare(sat(pack, {"z": False}), sat(pack, {"z": True}, AS_OF, "other"))
    assert comparison.no_attribution == "questionnaire_differs"
    assert comparison.moves
    assert all(move.causes is None for move in comparison.moves)


# Attribution


def test_time_moves_steps() -> None:
    """If only the day differs and a rule reads the age of a date, time is the cause."""
    items = [{"id": "ended", "type": "date", "text": "?"}]
    recent = rule("recent", {"item": "ended", "at_most": 30}, {"hold": {"step": "talk"}}, gate=True)
    raw, answers = bare_pack(items, [recent]), {"ended": AS_OF.isoformat()}
    comparison = compared(raw, answers, answers, LATER)
    assert comparison.answers == ()
    assert {move.step: move.causes for move in comparison.moves}["talk"] == (TIME,)
    pack = load(raw)
    before, after = sat(pack, answers), sat(pack, answers, LATER)
    report = build_comparison_report(compare(before, after), before, after)
    assert all((move.causes, move.time, move.hidden) == ((), True, False) for move in report.moves)


def test_time_that_moves_nothing() -> None:
    """If no rule reads the age of a date, time is not a cause."""
    comparison = compared(lively_pack(), {"z": False}, {"z": True}, LATER)
    assert {move.causes for move in comparison.moves} == {("z",)}
    assert comparison.without_effect == (TIME,)


def test_no_item_can_be_called_time() -> None:
    """``TIME`` is not a valid item id."""
    with pytest.raises(ValueError, match="id"):
        _check_id(TIME)


def test_two_causes_together() -> None:
    """If only two answers together move a step, both are causes, in the order of asking."""
    both = rule("both", {"all": [{"item": "z", "is": True}, {"item": "x", "is": True}]}, {"hold": {"step": "calm"}})
    raw = bare_pack([yes_no("x"), yes_no("y"), yes_no("z")], [both])
    comparison = compared(raw, {"x": False, "y": False, "z": False}, {"x": True, "y": True, "z": True})
    assert {move.causes for move in comparison.moves} == {("x", "z")}
    assert comparison.without_effect == ("y",)


@pytest.mark.parametrize("count", [3, 4, 6])
def test_many_causes_together(count: int) -> None:
    """If more than two answers together move a step, exactly these are its causes."""
    names = [f"i{index}" for index in range(9)]
    needed = names[1 : 1 + count]
    when = {"all": [{"item": name, "is": True} for name in needed]}
    rules = [rule(f"z-{name}", {"item": name, "is": True}) for name in names]
    raw = bare_pack([yes_no(name) for name in names], [rule("all", when, {"hold": {"step": "calm"}}), *rules])
    comparison = compared(raw, dict.fromkeys(names, False), dict.fromkeys(names, True))
    assert {move.causes for move in comparison.moves} == {tuple(needed)}


def test_a_hidden_answer_is_a_change() -> None:
    """If a changed answer hides an item whose answer held a step, the first answer that suffices is the cause."""
    items = [yes_no("more"), rating("how", show_when={"item": "more", "is": True})]
    raw = bare_pack(items, [rule("r", {"item": "how", "at_least": 3}, {"weight": {"step": "plan", "by": 9}})])
    comparison = compared(raw, {"more": True, "how": 4}, {"more": False, "how": 4})
    assert [change.item for change in comparison.answers] == ["more", "how"]
    assert {move.causes for move in comparison.moves} == {("more",)}


def test_an_answer_that_needs_its_question() -> None:
    """If a question is shown only now, the answer that shows it is a cause besides the new answer."""
    items = [yes_no("more"), rating("how", show_when={"item": "more", "is": True})]
    raw = bare_pack(items, [rule("r", {"item": "how", "at_least": 3}, {"weight": {"step": "plan", "by": 9}})])
    comparison = compared(raw, {"more": False}, {"more": True, "how": 4})
    assert {move.causes for move in comparison.moves} == {("more", "how")}


def test_a_required_item_that_comes_up_in_between() -> None:
    """Single changes can be tried even if they leave a required item unanswered."""
    items = [
        yes_no("more"),
        rating("how", required=True, show_when={"item": "more", "is": True}),
        yes_no("z", required=True),
    ]
    raw = bare_pack(items, [rule("r", {"item": "how", "at_least": 3}, {"weight": {"step": "plan", "by": 9}})])
    comparison = compared(raw, {"more": False, "z": False}, {"more": True, "how": 4, "z": True})
    assert {move.causes for move in comparison.moves} == {("more", "how")}
    assert comparison.without_effect == ("z",)


def test_an_answer_taken_back() -> None:
    """An answer that was taken back can be a cause."""
    raw = bare_pack([yes_no("x")], [rule("r", {"item": "x", "answered": False}, {"hold": {"step": "calm"}}, gate=True)])
    assert {move.causes for move in compared(raw, {"x": True}, {"x": None}).moves} == {("x",)}
    assert {move.causes for move in compared(raw, {}, {"x": False}).moves} == {("x",)}


def test_one_of_two_that_both_suffice() -> None:
    """If each of two answers suffices, the first is the cause, and the second is not listed as without effect."""
    either = rule("r", {"any": [{"item": "x", "is": True}, {"item": "y", "is": True}]}, {"hold": {"step": "calm"}})
    comparison = compared(
        bare_pack([yes_no("x"), yes_no("y")], [either]), {"x": False, "y": False}, {"x": True, "y": True}
    )
    assert {move.causes for move in comparison.moves} == {("x",)}
    assert comparison.without_effect == ()


def test_answers_no_rule_reads() -> None:
    """Changed answers that no rule reads are without effect, in the order of asking."""
    raw = lively_pack()
    raw["questionnaires"][0]["sections"][0]["items"][2:2] = [single("idle", "one", "two")]
    before, after = {"idle": "one", "note": "a", "z": False}, {"idle": "two", "note": "b", "z": True}
    assert compared(raw, before, after).without_effect == ("idle", "note")


def test_an_action_more_is_an_effect() -> None:
    """An answer that only adds an action or a caution moves no step, but is not without effect."""
    raw = bare_pack(
        [yes_no("x"), yes_no("y")],
        [
            rule("act", {"item": "x", "is": True}, {"action": {"step": "calm", "id": "walk"}}),
            rule("mind", {"item": "y", "is": True}, {"caution": {"step": "calm", "id": "slow"}}),
        ],
    )
    raw["steps"][0] |= {"actions": [{"id": "walk", "text": "Walk.", "base": False}]}
    raw["steps"][0] |= {"cautions": [{"id": "slow", "text": "Slowly.", "base": False}]}
    comparison = compared(raw, {"x": False, "y": False}, {"x": True, "y": True})
    assert (comparison.moves, comparison.without_effect) == ((), ())


# The same for random packs


@dataclass(frozen=True)
class Sittings:
    """A random pack, two sittings of it, and the changes between them."""

    raw: Raw
    before: Assessment
    after: Assessment
    comparison: Comparison

    def __repr__(self) -> str:
        before, after = self.before, self.after
        return f"Sittings({self.raw!r}, {before.responses.answers!r}, {after.responses.answers!r}, {after.provenance})"

    @property
    def changes(self) -> list[str]:
        """The changes that can be causes."""
        days = self.before.provenance.as_of, self.after.provenance.as_of
        return [change.item for change in self.comparison.answers] + [TIME] * (days[0] != days[1])

    def plan(self, changes: Iterable[str], *, plain: bool = True) -> Plan:
        """The plan that ``assess`` makes of the earlier sitting with these changes."""
        answers = dict(self.before.responses.answers)
        changes = set(changes)
        for name in changes - {TIME}:
            answers.pop(name, None)
            if name in self.after.responses.answers:
                answers[name] = self.after.responses.answers[name]
        day = (self.after if TIME in changes else self.before).provenance.as_of
        plan = assess(self.before.pack, FULL, answers, day, complete=False, plain=plain).plan
        assert plan is not None
        return plan


def effects(random: Random) -> list[Raw]:
    """Random effects that are visible in a plan. All orders have the same direction, so that there are no cycles."""
    lower, higher = sorted(random.sample(range(len(STEPS)), 2))
    choices: list[Callable[[], Raw]] = [
        lambda: {"weight": {"step": random.choice(STEPS), "by": random.choice((-12, -3, 4, 9, 20))}},
        lambda: {"weight": {"steps": random.sample(STEPS, 2), "by": random.choice((-5, 8))}},
        lambda: {"order": {"first": STEPS[higher], "then": STEPS[lower]}},
        lambda: {"cap": {"step": random.choice(STEPS), "at": random.choice(("light", "steady", "focus"))}},
        lambda: {"hold": {"step": random.choice(STEPS)}},
        lambda: {"kind": "strong"},
        lambda: {"notice": "n"},
        lambda: {"action": {"step": "calm", "id": "walk"}},
    ]
    return [random.choice(choices)() for _ in range(random.randint(1, 3))]


def sittings_of(random: Random) -> Sittings:
    """Two sittings between which, in most cases, a step moved."""
    for _ in range(4):
        if (sittings := any_sittings(random)).comparison.moves:
            break
    return sittings


def any_sittings(random: Random) -> Sittings:
    size = Size(items=8, options=3, rules=4, strata=2, depth=2, branches=3)
    raw = random_pack(random, size) if random.random() < 0.3 else plain_pack(random)
    raw["kinds"] = [{"id": "strong", "title": "S", "caps": [{"step": "talk", "at": "light"}]}, *raw["kinds"]]
    raw["notices"] = [{"id": "n", "title": "N", "text": "?"}]
    raw["steps"] = [copy.deepcopy(step) | {"weight": random.randint(0, 25)} for step in raw["steps"]]
    raw["steps"][0]["actions"] = [{"id": "walk", "text": "?", "base": False}]
    for raw_rule in raw["rules"]:
        raw_rule["then"] = [effect for effect in raw_rule["then"] if "finding" in effect] + effects(random)
    full = next(questionnaire for questionnaire in raw["questionnaires"] if questionnaire["questionnaire"] == FULL)
    items = [item for section in full["sections"] for item in section["items"]]
    before = {item["id"]: random_answer(random, item) for item in items if random.random() < 0.8}
    likely = random.choice((0.3, 0.9))
    after = before | {item["id"]: random_answer(random, item) for item in items if random.random() < likely}
    pack = load(raw)
    earlier = assess(pack, FULL, before, AS_OF, plain=True)
    later = assess(pack, FULL, after, AS_OF + timedelta(days=random.choice((0, 30, 400))), plain=True)
    return Sittings(raw, earlier, later, compare(earlier, later))


def plain_pack(random: Random) -> Raw:
    """A pack whose rules each need several answers together to fire."""
    items = [yes_no(f"i{index}") for index in range(random.randint(3, 7))]
    for place, item in enumerate(items[1:], 1):
        if random.random() < 0.3:
            item["show_when"] = {"item": items[random.randrange(place)]["id"], "is": random.random() < 0.5}
    leaves = [{"item": item["id"], "is": random.random() < 0.5} for item in items]
    leaves += [{"item": "day", "at_least": 20}, {"item": "day", "at_most": 300}, {"scale": "s", "at_least": 2}]
    rules = []
    for index in range(random.randint(1, 6)):
        several = random.sample(leaves, random.randint(1, 4))
        rules.append(rule(f"r{index}", {random.choice(("all", "all", "any")): several}))
    scales = [scale("s", *(item["id"] for item in items[:3]), missing={"minimum": 1})]
    return bare_pack([*items, {"id": "day", "type": "date", "text": "?"}], rules, scales)


SITTINGS: Final = st.randoms(use_true_random=False, note_method_calls=False).map(sittings_of)
several = settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.too_slow])


@several
@given(SITTINGS)
def test_causes_give_the_later_place(sittings: Sittings) -> None:
    """The causes of a move, applied to the earlier answers, give the later placement, with both evaluators."""
    earlier, target = placements_of(sittings.before.plan), placements_of(sittings.after.plan)
    assert {move.step for move in sittings.comparison.moves} == {
        step for step in target if earlier[step] != target[step]
    }
    for move in sittings.comparison.moves:
        assert move.causes
        assert set(move.causes) <= set(sittings.changes)
        assert placements_of(sittings.plan(move.causes, plain=False))[move.step] == target[move.step]


@several
@given(SITTINGS)
def test_no_cause_can_be_left_out(sittings: Sittings) -> None:
    """If one of its causes is left out, a step does not get its later placement."""
    target = placements_of(sittings.after.plan)
    for move in sittings.comparison.moves:
        for fewer in combinations(move.causes or (), len(move.causes or ()) - 1):
            assert placements_of(sittings.plan(fewer))[move.step] != target[move.step]


@several
@given(SITTINGS)
def test_causes_are_as_few_as_can_be(sittings: Sittings) -> None:
    """A move has one cause if one suffices, and otherwise two if two suffice."""
    target = placements_of(sittings.after.plan)
    plans = {
        changes: placements_of(sittings.plan(changes))
        for size in (1, 2)
        for changes in combinations(sittings.changes, size)
    }
    for move in sittings.comparison.moves:
        sufficient = [changes for changes, places in plans.items() if places[move.step] == target[move.step]]
        if sufficient:
            assert set(move.causes or ()) == set(sufficient[0])
        else:
            assert len(move.causes or ()) > 2


@several
@given(SITTINGS)
def test_the_strongest_cause_comes_first(sittings: Sittings) -> None:
    """Causes are sorted by how far the step is from its later place without each; equals by order of asking."""
    for move in sittings.comparison.moves:
        causes = move.causes or ()
        with_all = sittings.plan(causes).step(move.step)

        def distance(cause: str, move: StepMove = move, with_all: PlannedStep = with_all) -> tuple[int, int, int]:
            without = sittings.plan(set(move.causes or ()) - {cause}).step(move.step)
            emphases = EMPHASES.index(without.emphasis) - EMPHASES.index(with_all.emphasis)
            return abs(without.position - with_all.position), abs(emphases), abs(without.effective - with_all.effective)

        in_asking_order = sorted(causes, key=sittings.changes.index)
        assert list(causes) == sorted(in_asking_order, key=distance, reverse=True)


def seen(plan: Plan) -> object:
    """Everything of a plan that a person sees."""
    steps = [
        (
            step.id,
            step.emphasis,
            tuple(addition.id for addition in step.actions),
            tuple(addition.id for addition in step.cautions),
        )
        for step in plan.steps
    ]
    return plan.kind.id, tuple(notice.id for notice in plan.notices), tuple(steps)


def in_turn(sittings: Sittings, change: str) -> tuple[list[str], list[str]]:
    """The changes that come before one, in the order of asking and in the reverse order."""
    index = sittings.changes.index(change)
    return sittings.changes[:index], sittings.changes[index + 1 :]


@several
@given(SITTINGS)
def test_without_effect_is_true(sittings: Sittings) -> None:
    """Exactly those changes are without effect that are no cause and change nothing in any of the orders tried."""
    nothing, everything = seen(sittings.plan(())), seen(sittings.plan(sittings.changes))
    cited = {cause for move in sittings.comparison.moves for cause in move.causes or ()}
    idle = {
        change
        for change in sittings.changes
        if seen(sittings.plan((change,))) == nothing
        and seen(sittings.plan(set(sittings.changes) - {change})) == everything
        and all(
            seen(sittings.plan(context)) == seen(sittings.plan({*context, change}))
            for context in in_turn(sittings, change)
        )
    }
    assert set(sittings.comparison.without_effect) == idle - cited


@several
@given(SITTINGS)
def test_comparison_with_itself_and_back(sittings: Sittings) -> None:
    """A comparison in the other direction has the opposite changes and moves."""
    assert compare(sittings.before, sittings.before).moves == ()
    forward, backward = sittings.comparison, compare(sittings.after, sittings.before)
    assert {(move.step, move.before, move.after) for move in forward.moves} == {
        (move.step, move.after, move.before) for move in backward.moves
    }
    for first, second in zip(forward.scales, backward.scales, strict=True):
        assert first.change is None or first.change == -(second.change or 0)
        assert (first.clear, first.moved_items) == (second.clear, second.moved_items)


@several
@given(SITTINGS)
def test_alternatives_are_what_assess_says(sittings: Sittings) -> None:
    """Counterfactuals give the plans that ``assess`` gives, in any order of trying."""
    same_as_assessed(sittings.before, sittings.after, sittings.changes, Random(1))


def test_alternatives_of_the_shipped_pack() -> None:
    """Counterfactuals give the plans that ``assess`` gives for the shipped pack."""
    pack, random = load_library().packs["breakup"], Random(3)
    items = [item.model_dump() for item in pack.forms["breakup"].items]
    for _ in range(6):
        before = {item["id"]: random_answer(random, item) for item in items}
        after = before | {item["id"]: random_answer(random, item) for item in random.sample(items, 20)}
        earlier, later = (assess(pack, "breakup", answers, AS_OF, complete=False) for answers in (before, after))
        changes = [name for name in changed_items(earlier, later) if name in pack.read_by_conditions]
        same_as_assessed(earlier, later, changes, random)


def same_as_assessed(before: Assessment, after: Assessment, changes: list[str], random: Random) -> None:
    item_changes = [(name, answer_if_any(after, name)) for name in changes]
    counterfactuals = Counterfactuals(before, item_changes, later=after.provenance.as_of)
    for _ in range(12):
        chosen = random.sample(changes, random.randint(0, len(changes)))
        answers = {name: value for name, value in before.responses.answers.items() if name not in chosen}
        later = after.responses.answers
        answers |= {name: later[name] for name in chosen if name in later}
        as_of = (after if TIME in chosen else before).provenance.as_of
        questionnaire = before.form.questionnaire.questionnaire
        plan = assess(before.pack, questionnaire, answers, as_of, complete=False).plan
        bits = sum(1 << changes.index(name) for name in chosen)
        assert plan is not None
        assert counterfactuals.placements(bits).placements == {
            step.id: Placement(step.position, step.emphasis) for step in plan.steps
        }
        assert counterfactuals.visible_plan(bits) == visible_plan(plan)
