"""Measures of variety: equal sentences, common sentences, and the overlap of pairs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pytest

from engine.assessment.pipeline import assess
from engine.report.plan import build_report
from engine.simulation.sampling import sample_pairs
from engine.simulation.variety import Variety, VarietyCollector
from tests.factories.random_packs import AS_OF, FULL, Raw, bare_pack, load, rule, single, yes_no

SEED: Final = 1


def variety_of(raw: Raw, *people: Mapping[str, Any]) -> Variety:
    """The measures for the plans of these people."""
    pack = load(raw)
    collector = VarietyCollector(pack)
    for answers in people:
        assessment = assess(pack, FULL, answers, AS_OF)
        assert assessment.plan is not None
        collector.add(assessment, assessment.plan, build_report(assessment))
    return collector.variety(SEED)


def two_texts(first: Raw, second: Raw) -> Raw:
    """A pack with two actions, of which each person gets one, and with no other texts."""
    answer = {"item": "x", "is": True}
    raw = bare_pack(
        [yes_no("x"), single("who", "he", "she"), {"id": "name", "type": "text", "text": "Name?", "longest": 40}],
        [
            rule("first", answer, {"action": {"step": "talk", "id": "one"}}),
            rule("second", {"not": answer}, {"action": {"step": "talk", "id": "two"}}),
        ],
    )
    step = next(step for step in raw["steps"] if step["id"] == "talk")
    step["actions"] = [{"id": "one", "base": False, **first}, {"id": "two", "base": False, **second}]
    step["weight"] = 50
    raw["voice"] = {"pronoun_item": "who", "name_item": "name", "name": "partner", "no_name": "your ex"}
    raw["voice"] |= {"default": "he", "forms": {"he": {"them": "him"}, "she": {"them": "her"}}}
    return raw


@pytest.mark.parametrize(
    ("first", "second", "overlap"),
    [
        ({"text": "Go out."}, {"text": "Stay in."}, 0),
        ({"text": "Go out."}, {"text": "go  out!"}, 1),
        ({"text": "Go out.", "advice": "move"}, {"text": "Walk.", "advice": "move"}, 1),
        ({"text": "Go out.", "advice": "move"}, {"text": "Go out."}, 0),
        ({"text": "Go out. Rest."}, {"text": "Go out. Sing."}, 0.5),
        ({"text": "Go out. Rest. Sing.", "advice": "move"}, {"text": "Walk.", "advice": "move"}, 0.5),
    ],
)
def test_what_counts_as_the_same_sentence(first: Raw, second: Raw, overlap: float) -> None:
    """Capitals, spaces and marks do not matter; texts with the same ``advice`` are the same."""
    variety = variety_of(two_texts(first, second), {"x": True}, {"x": False})
    assert (variety.plans, variety.overlap, variety.highest_overlap) == (2, overlap, overlap)


def test_names_and_pronouns_are_left_out() -> None:
    """Plans that differ only in name and pronoun have the same sentences."""
    raw = two_texts({"text": "Ask {them}. Tell {partner}."}, {"text": "Rest."})
    people: list[Raw] = [{"x": True, "who": "he", "name": "Tom"}, {"x": True, "who": "she"}, {"x": True}]
    variety = variety_of(raw, *people)
    assert (variety.overlap, variety.common_share, variety.common_share_nine_in_ten) == (1, 1, 1)


def test_common_sentences_stand_in_six_of_ten_plans() -> None:
    """A sentence is common in three of five plans, but not in two of five."""
    raw = two_texts({"text": "Go out."}, {"text": "Stay in. Rest."})
    people: list[Raw] = [{"x": True}] * 3 + [{"x": False}] * 2
    variety = variety_of(raw, *people)
    assert variety.common_share == pytest.approx(3 / 5)
    assert variety.common_share_nine_in_ten == 1
    assert variety_of(raw, {"x": True}, {"x": False}).common_share == 0


def test_only_plan_parts_count() -> None:
    """Titles, notices, held steps and plans of allowlist-only kinds are left out; remarks and contingencies are in."""
    raw = two_texts({"text": "Go out."}, {"text": "Go out."})
    raw["notices"] = [{"id": "n", "title": "N", "text": "Noticed."}]
    raw["remarks"] = {"wish": [{"id": "w", "text": "You hope.", "base": True}]}
    raw["remarks"]["not_now"] = [{"id": "w", "text": "Later.", "base": True}]
    raw["contingencies"] = [{"id": "c", "title": "C", "about": "a", "text": "Wait."}]
    raw["rules"][0]["then"] += [{"notice": "n"}, {"hold": {"step": "plan"}}]
    assert variety_of(raw, {"x": True}, {"x": False}).overlap == 1
    raw["rules"][0]["then"].append({"contingency": "c"})
    variety = variety_of(raw, {"x": True}, {"x": False})
    assert (variety.overlap, dict(variety.contingencies)) == (2 * 2 / 5, {"c": 1})
    raw["kinds"].insert(0, {"id": "first", "title": "F", "allowlist_only": True})
    raw["rules"][0]["then"].append({"kind": "first"})
    assert variety_of(raw, {"x": True}, {"x": False}).plans == 1


def test_pairs_of_short_reports_are_told_apart() -> None:
    """The highest overlap is given with and without pairs in which a report is short."""
    raw = two_texts({"text": "Go out."}, {"text": "Go out."})
    raw["kinds"][0]["short"] = True
    variety = variety_of(raw, {"x": True}, {"x": False})
    assert (variety.highest_overlap, variety.highest_overlap_in_full) == (1, 0)


def test_lines_actions_and_starts() -> None:
    """Plans are counted by first step, and the lines and actions of their steps are counted."""
    raw = two_texts({"text": "Go out.", "today": True}, {"text": "Stay in."})
    raw["rules"][0]["then"].append({"weight": {"step": "talk", "by": 5, "line": "because of x"}})
    raw["questionnaires"][0]["sections"][0]["items"] += [yes_no(f"q{n}") for n in range(30)]
    raw["steps"][0]["lines"] = ["for it"]
    assert raw["steps"][0]["id"] != "talk"
    many = {f"q{n}": False for n in range(29)}
    variety = variety_of(raw, {"x": True, **many}, {"x": True}, {"x": False})
    assert {step: count for step, count in variety.starts.items() if count} == {"talk": 3}
    assert variety.general_lines == 1 / 2  # of the first person alone, as the others answered little
    assert (variety.most_actions, variety.most_actions_this_week) == (1, 1)
    assert (variety.steps_without_action, variety.steps_without_line) == (3 * 4, 3 * 5 - 2 - 3)


def test_pairs() -> None:
    """Pairs have two different members of one group; all pairs occur, and a seed gives the same ones."""
    groups = [[1, 2, 3], [4], [5, 6]]
    pairs = list(sample_pairs(groups, 500, SEED))
    assert len(pairs) == 500
    assert set(pairs) == {(a, b) for group in groups for a in group for b in group if a != b}
    assert pairs == list(sample_pairs(groups, 500, SEED)) != list(sample_pairs(groups, 500, 2))
    assert list(sample_pairs([[1], []], 5, SEED)) == []
