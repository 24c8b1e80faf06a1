"""Scores, exactly: every way of coding and adding up, published instruments' oddities, and an evaluator of its own.

The items are called "item 1" and so on: only the structure of instruments is used here, never their words.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.assessment.scoring import ScaleScore, Scorer, scorer
from engine.content.items.base import Item
from engine.content.items.choices import MultipleChoice, Option, SingleChoice
from engine.content.items.number import NumberItem
from engine.content.items.rating import Anchor as Point
from engine.content.items.rating import Rating
from engine.content.items.yes_no import YesNo
from engine.content.pack import Pack
from engine.content.questionnaire import Scale
from engine.content.values import exact
from tests.checks.examples import examples
from tests.factories.small_pack import ScoredForm

Make = Callable[..., ScoredForm]


def ratings(count: int, points: int, first: int = 0) -> str:
    """Items i1 … with so many points."""
    anchors = ", ".join(f"point {number}" for number in range(points))
    return "\n".join(
        f"- {{id: i{n}, type: rating, text: item {n}, first: {first}, anchors: [{anchors}]}}"
        for n in range(1, count + 1)
    )


def names(count: int) -> str:
    """The items' ids as a YAML list."""
    return "[" + ", ".join(f"i{n}" for n in range(1, count + 1)) + "]"


def answers(*points: int | None) -> dict[str, int]:
    """Answers to i1 …; None is unanswered."""
    return {f"i{n}": point for n, point in enumerate(points, 1) if point is not None}


def value(questionnaire: ScoredForm, scale: str = "s", /, **raw: Any) -> int | float | None:
    """The score of one scale."""
    return questionnaire.score(**raw)[scale].value


class TestCoding:
    """From an answer to the number it stands for."""

    def test_single_by_place(self, sheet: Make) -> None:
        """An option without a value is worth its place in the list, counted from 0 or from base."""
        questionnaire = sheet(
            "- {id: i1, type: single, text: item 1, options: [{id: a, text: A}, {id: b, text: B}, {id: c, text: C}]}",
            """
            - {id: from0, title: S, items: [i1], method: sum}
            - {id: from1, title: S, items: [i1], method: sum, base: 1}
            - {id: below, title: S, items: [i1], method: sum, base: -1}
            - {id: turned, title: S, items: [i1], method: sum, base: 1, reverse: [i1]}
            """,
        )
        assert {name: score.value for name, score in questionnaire.score(i1="c").items()} == {
            "from0": 2,
            "from1": 3,
            "below": 1,
            "turned": 1,
        }

    def test_single_by_value(self, sheet: Make) -> None:
        """An option's own value counts, `unknown` is no value, and base has no say in it."""
        questionnaire = sheet(
            """
            - id: i1
              type: single
              text: item 1
              options:
                - {id: a, text: A, value: -2}
                - {id: b, text: B, value: 0.5}
                - {id: c, text: C, value: unknown}
            """,
            """
            - {id: s, title: S, items: [i1], method: sum, base: 7}
            - {id: turned, title: S, items: [i1], method: sum, reverse: [i1]}
            """,
        )
        assert [questionnaire.score(i1=option)["s"].value for option in "abc"] == [-2, 0.5, None]
        assert [questionnaire.score(i1=option)["turned"].value for option in "abc"] == [0.5, -2, None]

    def test_map_beats_value(self, sheet: Make) -> None:
        """A scale's own map replaces the options' values, so two readings of one item can stand side by side."""
        questionnaire = sheet(
            """
            - id: i1
              type: single
              text: item 1
              options: [{id: a, text: A, value: 1}, {id: b, text: B, value: 2}, {id: c, text: C, value: 3}]
            """,
            """
            - {id: s, title: S, items: [i1], method: sum}
            - {id: other, title: S, items: [i1], method: sum, values: {i1: {a: 9, b: unknown, c: -1}}}
            """,
        )
        assert [questionnaire.score(i1=option)["s"].value for option in "abc"] == [1, 2, 3]
        assert [questionnaire.score(i1=option)["other"].value for option in "abc"] == [9, None, -1]

    @pytest.mark.parametrize(
        ("first", "base", "expected"), [(0, None, 2), (1, None, 3), (1, 0, 2), (-1, 1, 3), (5, -5, -3)]
    )
    def test_rating(self, sheet: Make, first: int, base: int | None, expected: int) -> None:
        """A rating is worth its point, moved to begin at base if there is one."""
        base_option = "" if base is None else f", base: {base}"
        questionnaire = sheet(ratings(1, 4, first), f"- {{id: s, title: S, items: [i1], method: sum{base_option}}}")
        assert value(questionnaire, i1=first + 2) == expected

    def test_rating_by_map(self, sheet: Make) -> None:
        """A map for a rating is keyed by its points as answered."""
        questionnaire = sheet(
            ratings(1, 4, 1),
            "- {id: s, title: S, items: [i1], method: sum, values: {i1: {1: 0, 2: 0, 3: 1, 4: unknown}}}",
        )
        assert [value(questionnaire, i1=point) for point in (1, 2, 3, 4)] == [0, 0, 1, None]

    def test_yes_no(self, sheet: Make) -> None:
        """Yes is 1 and no is 0, from base; a map can say otherwise."""
        questionnaire = sheet(
            "- {id: i1, type: yes_no, text: item 1}",
            """
            - {id: s, title: S, items: [i1], method: sum}
            - {id: from1, title: S, items: [i1], method: sum, base: 1}
            - {id: turned, title: S, items: [i1], method: sum, reverse: [i1]}
            - {id: mapped, title: S, items: [i1], method: sum, values: {i1: {true: 4, false: unknown}}}
            """,
        )
        assert {name: score.value for name, score in questionnaire.score(i1=True).items()} == {
            "s": 1,
            "from1": 2,
            "turned": 0,
            "mapped": 4,
        }
        assert {name: score.value for name, score in questionnaire.score(i1=False).items()} == {
            "s": 0,
            "from1": 1,
            "turned": 1,
            "mapped": None,
        }

    def test_multiple(self, sheet: Make) -> None:
        """A multiple choice is worth how many are chosen; the exclusive option is worth nothing."""
        questionnaire = sheet(
            """
            - id: i1
              type: multiple
              text: item 1
              options: [{id: a, text: A}, {id: b, text: B}, {id: c, text: C}, {id: none, text: N, exclusive: true}]
            """,
            """
            - {id: s, title: S, items: [i1], method: sum}
            - {id: turned, title: S, items: [i1], method: sum, reverse: [i1]}
            - {id: mapped, title: S, items: [i1], method: sum, values: {i1: {a: 3, b: -1, c: unknown, none: unknown}}}
            """,
        )
        scores = [questionnaire.score(i1=chosen) for chosen in (["a"], ["a", "b", "c"], ["none"], ["c"])]
        assert [scores_of_answer["s"].value for scores_of_answer in scores] == [1, 3, 0, 1]
        assert [scores_of_answer["turned"].value for scores_of_answer in scores] == [2, 0, 3, 2]
        assert [scores_of_answer["mapped"].value for scores_of_answer in scores] == [3, 2, None, None]

    def test_number(self, sheet: Make) -> None:
        """A number is worth itself, turned round within its bounds."""
        questionnaire = sheet(
            "- {id: i1, type: number, text: item 1, lowest: -5, highest: 10, whole: false}",
            """
            - {id: s, title: S, items: [i1], method: sum, base: 3}
            - {id: turned, title: S, items: [i1], method: sum, reverse: [i1]}
            """,
        )
        assert [questionnaire.score(i1=2.25)[name].value for name in ("s", "turned")] == [2.25, 2.75]

    def test_dropped_answers_do_not_count(self, sheet: Make) -> None:
        """Unanswered, null, hidden and an empty choice are all the same: unknown."""
        questionnaire = sheet(
            """
            - {id: i1, type: yes_no, text: item 1}
            - {id: i2, type: yes_no, text: item 2, show_when: {item: i1, is: true}}
            - {id: i3, type: multiple, text: item 3, options: [{id: a, text: A}]}
            """,
            "- {id: s, title: S, items: [i1, i2, i3], method: sum, missing: {minimum: 1}}",
        )
        for raw in (
            {"i1": False},
            {"i1": False, "i2": True},
            {"i1": False, "i2": None, "i3": None},
            {"i1": False, "i3": []},
        ):
            score = questionnaire.score(**raw)["s"]
            assert (score.value, score.answered, score.missing) == (0, 1, 2)
            assert score.items == {"i1": 0, "i2": None, "i3": None}


class TestMethods:
    """From coded items to a score."""

    @pytest.mark.parametrize(
        ("method", "expected"),
        [("sum", 7), ("mean", 2.3333333333333335), ("min", 1), ("max", 4), ("count", 3), ("count, count_from: 2", 2)],
    )
    def test_plain(self, sheet: Make, method: str, expected: float) -> None:
        """Sum, mean, least, greatest, and how many reach a value."""
        questionnaire = sheet(ratings(3, 5), f"- {{id: s, title: S, items: [i1, i2, i3], method: {method}}}")
        assert value(questionnaire, **answers(1, 2, 4)) == expected

    def test_count_by_item(self, sheet: Make) -> None:
        """Each item may have its own value from which it counts; others count from 1."""
        questionnaire = sheet(
            ratings(3, 5), "- {id: s, title: S, items: [i1, i2, i3], method: count, count_from: {i1: 3, i2: 0.5}}"
        )
        assert value(questionnaire, **answers(2, 1, 1)) == 2
        assert value(questionnaire, **answers(3, 0, 0)) == 1

    def test_weighted(self, sheet: Make) -> None:
        """A weighted score is the sum of value times weight, and the weights are what is written."""
        questionnaire = sheet(
            ratings(3, 5),
            "- {id: s, title: S, items: [i1, i2, i3], method: weighted, weights: {i1: 0.1, i2: 0.2, i3: -1}}",
        )
        assert value(questionnaire, **answers(1, 1, 0)) == 0.3
        assert value(questionnaire, **answers(3, 4, 2)) == -0.9

    @pytest.mark.parametrize(("rounding", "expected"), [("none", 2.5), ("half_up", 3), ("up", 3), ("down", 2)])
    def test_rounding(self, sheet: Make, rounding: str, expected: float) -> None:
        """A scale rounds as it says, halves upwards."""
        questionnaire = sheet(
            ratings(2, 5), f"- {{id: s, title: S, items: [i1, i2], method: mean, rounding: {rounding}}}"
        )
        assert value(questionnaire, **answers(2, 3)) == expected

    @pytest.mark.parametrize(("rounding", "expected"), [("half_up", -2), ("up", -2), ("down", -3)])
    def test_rounding_below_zero(self, sheet: Make, rounding: str, expected: int) -> None:
        """Up is up and down is down below zero too."""
        questionnaire = sheet(
            ratings(2, 5), f"- {{id: s, title: S, items: [i1, i2], method: mean, base: -4, rounding: {rounding}}}"
        )
        assert value(questionnaire, **answers(1, 2)) == expected

    def test_constant_comes_before_rounding(self, sheet: Make) -> None:
        """The constant is added, then the score is rounded."""
        questionnaire = sheet(
            ratings(2, 5), "- {id: s, title: S, items: [i1, i2], method: mean, constant: 0.25, rounding: half_up}"
        )
        assert value(questionnaire, **answers(0, 1)) == 1

    def test_whole_scores_stay_whole(self, sheet: Make) -> None:
        """A score that is a whole number is an int, however it came about."""
        questionnaire = sheet(
            ratings(2, 5), "- {id: s, title: S, items: [i1, i2], method: weighted, weights: {i1: 0.5, i2: 1.5}}"
        )
        score = value(questionnaire, **answers(2, 2))
        assert (score, type(score)) == (4, int)


class TestMissing:
    """Scores of those who left items out."""

    def test_all_are_needed_unless_told(self, sheet: Make) -> None:
        """Without a rule for missing items one missing item leaves no score, and no band."""
        questionnaire = sheet(
            ratings(3, 5), "- {id: s, title: S, items: [i1, i2, i3], method: sum, bands: [{id: b, title: B, from: 0}]}"
        )
        assert questionnaire.score(**answers(1, 1))["s"] == ScaleScore(
            "s", None, 2, 1, None, {"i1": 1, "i2": 1, "i3": None}
        )
        assert questionnaire.score(**answers(1, 1, 1))["s"].band == "b"

    @pytest.mark.parametrize(
        ("method", "plain", "prorated"),
        [
            ("sum", 3, 4.5),
            ("mean", 1.5, 1.5),
            ("min", 1, 1),
            ("max", 2, 2),
            ("count", 2, 3),
            ("weighted, weights: {i1: 1, i2: 2, i3: 3}", 5, 10),
        ],
    )
    def test_minimum_and_prorating(self, sheet: Make, method: str, plain: float, prorated: float) -> None:
        """From the minimum on there is a score; prorated, it stands for all items where the method adds up."""
        questionnaire = sheet(
            ratings(3, 5),
            f"""
            - {{id: plain, title: S, items: [i1, i2, i3], method: {method}, missing: {{minimum: 2}}}}
            - {{id: rated, title: S, items: [i1, i2, i3], method: {method}, missing: {{minimum: 2, prorate: true}}}}
            """,
        )
        scores = questionnaire.score(**answers(1, 2, None))
        assert (scores["plain"].value, scores["rated"].value) == (plain, prorated)
        assert {score.value for score in questionnaire.score(**answers(1, None, None)).values()} == {None}

    def test_constant_is_not_prorated(self, sheet: Make) -> None:
        """The constant is added after prorating."""
        questionnaire = sheet(
            ratings(2, 5),
            "- {id: s, title: S, items: [i1, i2], method: sum, constant: 10, missing: {minimum: 1, prorate: true}}",
        )
        assert value(questionnaire, **answers(3)) == 16

    def test_thirds_are_exact(self, sheet: Make) -> None:
        """Prorating by thirds reaches a cut-off that floats would miss."""
        questionnaire = sheet(
            ratings(3, 5),
            """
            - id: s
              title: S
              items: [i1, i2, i3]
              method: weighted
              weights: {i1: 0.1, i2: 0.1, i3: 0.1}
              missing: {minimum: 1, prorate: true}
              bands: [{id: low, title: L, from: 0}, {id: high, title: H, from: 0.3}, {id: more, title: M, above: 0.3}]
            """,
        )
        assert questionnaire.score(**answers(1))["s"].band == "high"
        assert questionnaire.score(**answers(1, 1, 1))["s"].band == "high"


class TestBands:
    """Names for ranges."""

    @pytest.mark.parametrize(
        ("points", "band"),
        [((0, 0), None), ((1, 1), "a"), ((2, 2), "a"), ((2, 3), "b"), ((3, 3), "c"), ((4, 3), "c"), ((4, 4), "d")],
    )
    def test_edges(self, sheet: Make, points: tuple[int, int], band: str | None) -> None:
        """`from` takes its score in, `above` leaves it out; below the first band there is none."""
        questionnaire = sheet(
            ratings(2, 5),
            """
            - id: s
              title: S
              items: [i1, i2]
              method: mean
              bands:
                - {id: a, title: A, from: 0.5}
                - {id: b, title: B, from: 2.5}
                - {id: c, title: C, above: 2.5}
                - {id: d, title: D, above: 3.5}
            """,
        )
        assert questionnaire.score(**answers(*points))["s"].band == band

    def test_no_bands(self, sheet: Make) -> None:
        """A scale need not have bands."""
        questionnaire = sheet(ratings(1, 3), "- {id: s, title: S, items: [i1], method: sum}")
        assert questionnaire.score(i1=1)["s"].band is None


class TestInstruments:
    """Structures of published instruments whose scoring is not plain."""

    def test_self_esteem(self, sheet: Make) -> None:
        """Ten ratings of four points, five of them turned (as in the RSES)."""
        questionnaire = sheet(
            ratings(10, 4), f"- {{id: s, title: S, items: {names(10)}, method: sum, reverse: [i2, i5, i6, i8, i9]}}"
        )
        assert value(questionnaire, **answers(3, 0, 3, 3, 0, 0, 3, 0, 0, 3)) == 30
        assert value(questionnaire, **answers(*[3] * 10)) == 15
        assert value(questionnaire, **answers(1, 1, 1, 1, 1, 1, 1, 1, 1, 1)) == 15

    def test_well_being_in_percent(self, sheet: Make) -> None:
        """Five ratings of six points, times four (as in the WHO-5)."""
        weights = ", ".join(f"i{n}: 4" for n in range(1, 6))
        questionnaire = sheet(
            ratings(5, 6),
            f"""
            - id: s
              title: S
              items: {names(5)}
              method: weighted
              weights: {{{weights}}}
              direction: higher_is_better
              bands: [{{id: low, title: L, from: 0}}, {{id: fair, title: F, above: 50}}]
            """,
        )
        assert [
            questionnaire.score(**answers(*points))["s"].value for points in ([5] * 5, [0] * 5, [1, 2, 3, 4, 2])
        ] == [
            100,
            0,
            48,
        ]
        assert questionnaire.score(**answers(3, 3, 3, 3, 1))["s"].band == "fair"
        assert questionnaire.score(**answers(3, 3, 3, 3, 0))["s"].band == "low"

    def test_two_readings_of_one_set(self, sheet: Make) -> None:
        """Twelve items scored 0-1-2-3 and 0-0-1-1 at once (as in the GHQ-12)."""
        twice = ", ".join(f"i{n}: {{0: 0, 1: 0, 2: 1, 3: 1}}" for n in range(1, 13))
        questionnaire = sheet(
            ratings(12, 4),
            f"""
            - {{id: likert, title: L, items: {names(12)}, method: sum}}
            - {{id: binary, title: B, items: {names(12)}, method: sum, values: {{{twice}}}}}
            - {{id: counted, title: C, items: {names(12)}, method: count, count_from: 2}}
            """,
        )
        scores = questionnaire.score(**answers(0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3))
        assert {name: score.value for name, score in scores.items()} == {"likert": 18, "binary": 6, "counted": 6}

    def test_short_form_doubled(self, sheet: Make) -> None:
        """Seven of twenty-one items, doubled to compare with the long form (as in the DASS-21)."""
        part = [1, 6, 8, 11, 12, 14, 18]
        weights = ", ".join(f"i{n}: 2" for n in part)
        items = ", ".join(f"i{n}" for n in part)
        questionnaire = sheet(
            ratings(21, 4),
            f"""
            - id: s
              title: S
              items: [{items}]
              method: weighted
              weights: {{{weights}}}
              missing: {{minimum: 6, prorate: true}}
            """,
        )
        raw = answers(*[3] * 21)
        assert value(questionnaire, **raw) == 42
        del raw["i6"]
        assert value(questionnaire, **raw) == 42
        raw["i8"] = 0
        assert value(questionnaire, **raw) == 35

    def test_steps_that_are_not_even(self, sheet: Make) -> None:
        """Options worth 0, 2 and 4 beside ratings of 0 to 4 (as the last items of the AUDIT)."""
        questionnaire = sheet(
            ratings(2, 5)
            + """
- {id: i3, type: single, text: item 3, options: [{id: no, text: N}, {id: before, text: B}, {id: recent, text: R}]}
""",
            """
            - id: s
              title: S
              items: [i1, i2, i3]
              method: sum
              values: {i3: {no: 0, before: 2, recent: 4}}
              bands: [{id: low, title: L, from: 0}, {id: high, title: H, from: 8}]
            """,
        )
        assert [value(questionnaire, i1=1, i2=1, i3=option) for option in ("no", "before", "recent")] == [2, 4, 6]
        assert questionnaire.score(i1=4, i2=0, i3="recent")["s"].band == "high"

    def test_values_that_turn_back(self, sheet: Make) -> None:
        """A map may rise and fall again: too little and too much sleep are both worse."""
        questionnaire = sheet(
            ratings(1, 5), "- {id: s, title: S, items: [i1], method: sum, values: {i1: {0: 3, 1: 1, 2: 0, 3: 1, 4: 3}}}"
        )
        assert [value(questionnaire, i1=point) for point in range(5)] == [3, 1, 0, 1, 3]

    def test_item_for_some_only(self, sheet: Make) -> None:
        """One symptom is asked of some; for others the sum is complete without it (as in the PHQ-15)."""
        questionnaire = sheet(
            "- {id: asked, type: yes_no, text: item 0}\n"
            + ratings(2, 3)
            + "\n- {id: i3, type: rating, text: item 3, anchors: [a, b, c], show_when: {item: asked, is: true}}",
            "- {id: s, title: S, items: [i1, i2, i3], method: sum, missing: {minimum: 2}}",
        )
        assert value(questionnaire, asked=False, i1=2, i2=2, i3=2) == 4
        assert value(questionnaire, asked=True, i1=2, i2=2, i3=2) == 6

    def test_index_with_constant_and_decrements(self, sheet: Make) -> None:
        """A constant of 1 less a decrement for each level (as the EQ-5D index), exact to three decimals."""
        steps = (0, 0.05, 0.06, 0.207, 0.276)
        maps = "\n".join(
            f"    i{n}: {{{', '.join(f'{level}: {-by}' for level, by in enumerate(steps, 1))}}}" for n in range(1, 6)
        )
        questionnaire = sheet(
            ratings(5, 5, 1),
            f"- id: s\n  title: S\n  items: {names(5)}\n  method: sum\n  constant: 1\n  values:\n{maps}",
        )
        assert value(questionnaire, **answers(1, 1, 1, 1, 1)) == 1
        assert value(questionnaire, **answers(2, 1, 3, 4, 5)) == 0.407
        assert value(questionnaire, **answers(5, 5, 5, 5, 5)) == -0.38

    def test_mean_with_half_points(self, sheet: Make) -> None:
        """A mean of a 1-7 scale with cut-offs at half points and two thirds of the items needed."""
        questionnaire = sheet(
            ratings(6, 7, 1),
            f"""
            - id: s
              title: S
              items: {names(6)}
              method: mean
              reverse: [i3]
              missing: {{minimum: 4}}
              bands:
                - {{id: low, title: L, from: 1}}
                - {{id: middle, title: M, from: 3.5}}
                - {{id: high, title: H, above: 5.5}}
            """,
        )
        assert questionnaire.score(**answers(3, 4, 5, 4, 4, 3))["s"].band == "middle"
        assert questionnaire.score(**answers(7, 7, 1, 7, 7, None))["s"].value == 7
        assert questionnaire.score(**answers(6, 5, None, 5, 6, None))["s"].band == "middle"
        assert questionnaire.score(**answers(6, 6, None, 5, 6, None))["s"].band == "high"
        assert questionnaire.score(**answers(6, 6, None, None, 6, None))["s"].value is None

    def test_worst_of_several(self, sheet: Make) -> None:
        """A screening that looks at the worst answer only."""
        questionnaire = sheet(
            ratings(3, 4), "- {id: s, title: S, items: [i1, i2, i3], method: max, missing: {minimum: 1}}"
        )
        assert value(questionnaire, **answers(0, None, 2)) == 2


# An evaluator of its own, from the design and not from the engine, over scales and answers made at random.

FRACTIONS: Final = st.sampled_from([0, 1, 2, 3, 0.1, 0.2, 0.25, 1.5, 0.333, -1, -0.5, 10])


@st.composite
def items(draw: st.DrawFn, name: str) -> Item:
    """One item that can be scored."""
    match draw(st.sampled_from(["single", "valued", "multiple", "rating", "yes_no", "number"])):
        case "single":
            return SingleChoice(
                id=name,
                type="single",
                text="?",
                options=tuple(Option(id=f"o{n}", text="?") for n in range(draw(st.integers(1, 4)))),
            )
        case "valued":
            option_values = draw(st.lists(st.one_of(FRACTIONS, st.just("unknown")), min_size=1, max_size=4))
            option_values[0] = 1 if option_values[0] == "unknown" else option_values[0]
            return SingleChoice.model_validate(
                {
                    "id": name,
                    "type": "single",
                    "text": "?",
                    "options": tuple(
                        {"id": f"o{n}", "text": "?", "value": option_value}
                        for n, option_value in enumerate(option_values)
                    ),
                }
            )
        case "multiple":
            has_exclusive = draw(st.booleans())
            count = draw(st.integers(2, 4))
            options = tuple(
                Option(id=f"o{n}", text="?", exclusive=has_exclusive and n == count - 1) for n in range(count)
            )
            return MultipleChoice(id=name, type="multiple", text="?", options=options)
        case "rating":
            points = tuple(Point(text="?") for _ in range(draw(st.integers(2, 5))))
            return Rating(id=name, type="rating", text="?", anchors=points, first=draw(st.integers(-2, 2)))
        case "yes_no":
            return YesNo(id=name, type="yes_no", text="?")
        case _:
            return NumberItem(
                id=name,
                type="number",
                text="?",
                lowest=draw(st.sampled_from([-2, 0, 0.5])),
                highest=draw(st.sampled_from([1, 3.5])),
                whole=False,
            )


def possible(item: Item) -> list[Any]:
    """Every answer to an item, or some of a number's."""
    match item:
        case SingleChoice():
            return [option.id for option in item.options]
        case MultipleChoice():
            free = [option.id for option in item.options if not option.exclusive]
            sets = [
                tuple(name for index, name in enumerate(free) if number >> index & 1)
                for number in range(1, 2 ** len(free))
            ]
            return [*sets, *((option.id,) for option in item.options if option.exclusive)]
        case Rating():
            return list(range(item.first, item.last + 1))
        case YesNo():
            return [True, False]
        case NumberItem():
            return [item.lowest, item.highest, (item.lowest + item.highest) / 2]
        case _:
            return []


@st.composite
def scales(draw: st.DrawFn) -> tuple[Scale, dict[str, Item]]:
    """A scale with its items."""
    scale_items = [draw(items(f"i{n}")) for n in range(draw(st.integers(1, 4)))]
    ids = tuple(item.id for item in scale_items)
    method = draw(st.sampled_from(["sum", "mean", "weighted", "count", "min", "max"]))
    raw_scale: dict[str, Any] = {"id": "s", "title": "S", "items": ids, "method": method}
    raw_scale["reverse"] = tuple(name for name in ids if draw(st.booleans()))
    raw_scale["base"] = draw(st.sampled_from([None, 0, 1, -3]))
    raw_scale["constant"] = draw(FRACTIONS)
    raw_scale["rounding"] = draw(st.sampled_from(["none", "none", "half_up", "up", "down"]))
    raw_scale["values"] = {
        item.id: {str(answer): draw(st.one_of(FRACTIONS, st.just("unknown"))) for answer in possible(item)}
        | {str(possible(item)[0]): 2}
        for item in scale_items
        if isinstance(item, SingleChoice | Rating) and draw(st.booleans())
    }
    if method == "weighted":
        raw_scale["weights"] = {name: draw(FRACTIONS.filter(lambda weight: weight > 0)) for name in ids}
    if method == "count":
        raw_scale["count_from"] = draw(st.one_of(st.none(), FRACTIONS, st.fixed_dictionaries({ids[0]: FRACTIONS})))
    if draw(st.booleans()):
        raw_scale["missing"] = {"minimum": draw(st.integers(1, len(ids))), "prorate": draw(st.booleans())}
    edges = sorted(draw(st.lists(FRACTIONS, max_size=3, unique=True)))
    raw_scale["bands"] = tuple(
        {"id": f"b{n}", "title": "B", draw(st.sampled_from(["from", "above"])): edge} for n, edge in enumerate(edges)
    )
    return Scale.model_validate(raw_scale), {item.id: item for item in scale_items}


def number(decimal: float) -> Fraction:
    """A number as it is written in decimals."""
    return Fraction(repr(decimal))


def value_of_answer(scale: Scale, item: Item, answer: Any) -> Fraction | None:
    """What one answer is worth, turned round if need be: all possible worths are worked out and mirrored."""

    def coded_value(given_answer: Any) -> Fraction | None:
        start = scale.base or 0
        match item:
            case NumberItem():
                return number(given_answer)
            case YesNo():
                return Fraction(start + int(given_answer))
            case MultipleChoice():
                return Fraction(sum(1 for option in item.options if option.id in given_answer and not option.exclusive))
            case Rating():
                mapped = scale.values.get(item.id, {}).get(str(given_answer))
                plain: Any = given_answer if scale.base is None else scale.base + given_answer - item.first
            case SingleChoice():
                mapped = scale.values.get(item.id, {}).get(given_answer)
                option_ids = [option.id for option in item.options]
                option = item.options[option_ids.index(given_answer)]
                plain = (
                    option.value
                    if any(other_option.value is not None for other_option in item.options)
                    else start + option_ids.index(given_answer)
                )
            case _:
                raise AssertionError
        coded = plain if mapped is None else mapped
        return None if coded == "unknown" else number(coded)

    answer_value = coded_value(answer)
    if item.id not in scale.reverse or answer_value is None:
        return answer_value
    all_values = [coded for given_answer in possible(item) if (coded := coded_value(given_answer)) is not None]
    return min(all_values) + max(all_values) - answer_value


def counting_threshold(scale: Scale, name: str) -> Fraction:
    """From which value an item counts."""
    count_from = scale.count_from
    if isinstance(count_from, Mapping):
        return number(count_from.get(name, 1))
    return number(1 if count_from is None else count_from)


def score_by_hand(
    scale: Scale, items_by_id: dict[str, Item], answers_by_id: dict[str, Any]
) -> tuple[Fraction | None, str | None]:
    """Score and band, slowly and plainly."""
    values = [
        (name, item_value)
        for name in scale.items
        if answers_by_id.get(name) is not None
        and (item_value := value_of_answer(scale, items_by_id[name], answers_by_id[name])) is not None
    ]
    minimum = len(scale.items) if scale.missing is None else scale.missing.minimum
    if len(values) < minimum:
        return None, None
    item_values = [item_value for _, item_value in values]
    total = {
        "sum": lambda: sum(item_values, Fraction(0)),
        "mean": lambda: sum(item_values, Fraction(0)) / len(item_values),
        "weighted": lambda: sum((item_value * number(scale.weights[name]) for name, item_value in values), Fraction(0)),
        "count": lambda: Fraction(
            len([name for name, item_value in values if item_value >= counting_threshold(scale, name)])
        ),
        "min": lambda: min(item_values),
        "max": lambda: max(item_values),
    }[scale.method]()
    if scale.missing is not None and scale.missing.prorate and scale.method in ("sum", "weighted", "count"):
        share = {name: number(scale.weights[name]) if scale.method == "weighted" else 1 for name in scale.items}
        total = total / sum(share[name] for name, _ in values) * sum(share.values())
    total += number(scale.constant)
    if scale.rounding != "none":
        total = Fraction(
            {"half_up": math.floor(total + Fraction(1, 2)), "up": math.ceil(total), "down": math.floor(total)}[
                scale.rounding
            ]
        )
    reached = [
        band.id
        for band in scale.bands
        if (total >= number(band.from_) if band.from_ is not None else total > number(band.above or 0))
    ]
    return total, reached[-1] if reached else None


def engine_scorer_of(scale: Scale, items_by_id: dict[str, Item]) -> Scorer:
    """The engine's scorer."""
    engine_scorer = scorer(scale, items_by_id)
    assert engine_scorer is not None
    return engine_scorer


@settings(max_examples=examples(120), deadline=None)
@given(scales(), st.data())
def test_random_scales(scale_and_items: tuple[Scale, dict[str, Item]], data: st.DataObject) -> None:
    """For any scale and any answers the engine and an evaluator written apart from it agree, to the last digit."""
    scale, items_by_id = scale_and_items
    answers_by_id = {name: data.draw(st.sampled_from([None, *possible(item)])) for name, item in items_by_id.items()}
    score = engine_scorer_of(scale, items_by_id).score(answers_by_id)
    total, band = score_by_hand(scale, items_by_id, answers_by_id)
    assert score.band == band
    if total is None:
        assert score.value is None
    else:
        assert score.value == (total.numerator if total.denominator == 1 else float(total))
        assert isinstance(score.value, int) == (total.denominator == 1)
    assert score.answered + score.missing == len(items_by_id)
    assert score.answered == sum(item_value is not None for item_value in score.items.values())


@settings(max_examples=examples(80), deadline=None)
@given(scales(), st.data())
def test_scores_lie_within_reach(scale_and_items: tuple[Scale, dict[str, Item]], data: st.DataObject) -> None:
    """No answers, and no missing answers, lead out of the range that a scale is drawn with."""
    scale, items_by_id = scale_and_items
    answers_by_id = {name: data.draw(st.sampled_from([None, *possible(item)])) for name, item in items_by_id.items()}
    engine_scorer = engine_scorer_of(scale, items_by_id)
    score = engine_scorer.score(answers_by_id).value
    if score is not None:
        assert (
            engine_scorer.low <= exact(score) <= engine_scorer.high
            or math.isclose(score, engine_scorer.low)
            or math.isclose(score, engine_scorer.high)
        )


@settings(max_examples=examples(40), deadline=None)
@given(scales(), st.data())
def test_turning_twice(scale_and_items: tuple[Scale, dict[str, Item]], data: st.DataObject) -> None:
    """Reversal mirrors within the range of the item: the lowest becomes the highest, and all stays in between."""
    scale, items_by_id = scale_and_items
    plain, turned = (
        engine_scorer_of(scale.model_copy(update={"reverse": names}), items_by_id) for names in ((), scale.items)
    )
    for forward, backward in zip(plain.items, turned.items, strict=True):
        answer = data.draw(st.sampled_from(possible(items_by_id[forward.item])))
        forward_value, backward_value = forward.code(answer), backward.code(answer)
        assert (forward_value is None) == (backward_value is None)
        if forward_value is not None and backward_value is not None:
            assert forward_value + backward_value == forward.low + forward.high
            assert forward.low <= backward_value <= forward.high


@pytest.mark.parametrize(
    ("written", "meant"),
    [(0.1, Fraction(1, 10)), (1e-7, Fraction(1, 10**7)), (2.0, 2), (-0.25, Fraction(-1, 4)), (7, 7)],
)
def test_exact(written: float, meant: Fraction) -> None:
    """A number means what is written, in decimals."""
    assert exact(written) == meant


def test_scales_of_another_form_are_not_scored(small: Pack) -> None:
    """A form scores only the scales whose items it asks."""
    assert {scale.id for scale in small.forms["check"].scales} == set()
    assert {scale.id for scale in small.forms["main"].scales} == {"ease", "load", "marks"}
