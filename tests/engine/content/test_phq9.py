"""A published instrument as a separate pack, which shows that the engine does not depend on the shipped content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import product
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest

from engine.answers.answers_file import read_answers_file
from engine.assessment.pipeline import Assessment, assess
from engine.content.pack import Pack
from engine.loading.checks.rule_examples import check_examples
from engine.loading.library import Library, load_library
from tests.paths import PACKS

FOLDER = PACKS / "phq9"
TAKEN_ON = date(2026, 10, 5)
ITEMS = tuple(f"phq{number}" for number in range(1, 10))
Points = Sequence[int | None]


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library(FOLDER)


@pytest.fixture(scope="module")
def pack(library: Library) -> Pack:
    return library.packs["phq9"]


def assess_points(pack: Pack, points: Points, *, plain: bool = True, **other_answers: Any) -> Assessment:
    """The assessment of nine points; None leaves an item unanswered."""
    answers = {item: point for item, point in zip(ITEMS, points, strict=True) if point is not None}
    return assess(pack, "phq9", {**answers, **other_answers}, TAKEN_ON, plain=plain)


def severity(total: int) -> str:
    """The published bands of the sum, implemented independently of the pack."""
    return ["minimal", "mild", "moderate", "moderately_severe", "severe", "severe"][total // 5]


def syndrome(points: Sequence[int]) -> set[str]:
    """The published algorithm, implemented independently of the pack."""
    present = [point > 1 for point in points[:8]] + [points[8] > 0]
    if not (present[0] or present[1]):
        return set()
    return {"major"} if sum(present) >= 5 else {"other"} if sum(present) >= 2 else set()


def outcome(assessment: Assessment) -> tuple[object, str | None, set[str]]:
    total = assessment.scales["phq9_sum"]
    return total.value, total.band, set(assessment.trace.findings)


def test_the_pack_loads_without_a_problem(library: Library) -> None:
    """The pack loads without problems or advice, and its rules agree with their examples."""
    assert library.problems == ()
    assert list(check_examples(library.packs["phq9"])) == []


@pytest.mark.parametrize(
    ("points", "total", "band", "findings"),
    [
        ((0, 0, 0, 0, 0, 0, 0, 0, 0), 0, "minimal", set()),
        ((2, 0, 2, 2, 2, 0, 0, 0, 1), 9, "mild", {"major"}),
        ((1, 1, 1, 1, 1, 1, 1, 1, 0), 8, "mild", set()),
        ((1, 1, 3, 3, 3, 3, 3, 3, 3), 23, "severe", set()),
        ((3, 0, 2, 0, 0, 0, 0, 0, 0), 5, "mild", {"other"}),
        ((2, 0, 0, 0, 0, 0, 0, 0, 0), 2, "minimal", set()),
        ((0, 2, 0, 0, 0, 0, 0, 0, 1), 3, "minimal", {"other"}),
        ((2, 2, 2, 2, 0, 0, 0, 0, 0), 8, "mild", {"other"}),
        ((2, 2, 2, 2, 1, 1, 1, 1, 1), 13, "moderate", {"major"}),
        ((3, 3, 3, 3, 3, 3, 3, 3, 3), 27, "severe", {"major"}),
    ],
)
def test_vectors(pack: Pack, points: Points, total: int, band: str, findings: set[str]) -> None:
    """Worked examples give the published sum, band and diagnosis."""
    assert outcome(assess_points(pack, points, plain=False)) == (total, band, findings)


@pytest.mark.parametrize("total", [0, 4, 5, 9, 10, 14, 15, 19, 20, 27])
def test_each_edge_of_the_bands(pack: Pack, total: int) -> None:
    """The sums on both sides of every cut-off are in the published bands."""
    points = [min(3, max(0, total - 3 * index)) for index in range(9)]
    assert sum(points) == total
    assert outcome(assess_points(pack, points))[:2] == (total, severity(total))


@pytest.mark.parametrize("count", [600, pytest.param(4000, marks=pytest.mark.exhaustive)])
def test_thousands_of_random_vectors(pack: Pack, count: int) -> None:
    """Random answers of four distributions give the same results as an independent calculation."""
    random = Random(20261005)
    weights = [(1, 1, 1, 1), (8, 4, 2, 1), (1, 2, 4, 8), (1, 6, 6, 1)]
    seen: set[tuple[str, bool, bool]] = set()
    for number in range(count):
        points = random.choices(range(4), weights=weights[number % 4], k=9)
        expected = syndrome(points)
        assert outcome(assess_points(pack, points)) == (sum(points), severity(sum(points)), expected), points
        seen.add((severity(sum(points)), "major" in expected, "other" in expected))
    assert len(seen) >= 9


def test_every_combination_of_symptoms(pack: Pack) -> None:
    """All 512 combinations of present and absent symptoms give the published result."""
    for symptoms in product([False, True], repeat=9):
        points = [2 if is_present else 1 for is_present in symptoms[:8]] + [int(symptoms[8])]
        assert outcome(assess_points(pack, points))[2] == syndrome(points), points


def test_the_rules_engine_agrees(pack: Pack) -> None:
    """The rules engine and the plain evaluator agree on 60 random answers."""
    random = Random(9)
    for _ in range(60):
        points = random.choices(range(4), weights=(3, 2, 2, 1), k=9)
        assert assess_points(pack, points, plain=False).trace == assess_points(pack, points).trace


@pytest.mark.parametrize("open_item", range(9))
def test_an_open_question_leaves_everything_unknown(pack: Pack, open_item: int) -> None:
    """With one of nine items unanswered there is no sum, no band and no finding."""
    points: list[int | None] = [3] * 9
    points[open_item] = None
    assessment = assess_points(pack, points)
    assert outcome(assessment) == (None, None, set())
    assert (assessment.scales["phq9_sum"].answered, assessment.scales["phq9_sum"].missing) == (8, 1)
    assert "phq10" not in assessment.responses.visible


@pytest.mark.parametrize(("points", "is_asked"), [((0,) * 9, False), ((0,) * 8 + (1,), True), ((3,) * 9, True)])
def test_difficulty_is_asked_if_there_is_any_problem(pack: Pack, points: Points, is_asked: bool) -> None:
    """The tenth item is visible only if the sum is above 0, and otherwise its answer is dropped."""
    assessment = assess_points(pack, points, phq10="very")
    assert ("phq10" in assessment.responses.visible) is is_asked
    assert ("phq10" in assessment.responses.answers) is is_asked
    assert assessment.responses.dropped == (() if is_asked else ("phq10",))
    fired = {firing.rule for firing in assessment.trace.firings}
    assert ("hard-to-cope" in fired) is is_asked


def test_difficulty_is_not_part_of_the_sum(pack: Pack) -> None:
    """The answer to the tenth item does not change the sum."""
    points = (2, 0, 2, 2, 2, 0, 0, 0, 1)
    sums = {outcome(assess_points(pack, points, phq10=answer))[0] for answer in ("not_difficult", "extremely", None)}
    assert sums == {9}


@pytest.mark.parametrize("other_points", [0, 3, None])
@pytest.mark.parametrize("ninth_point", [0, 1, 2, 3, None])
def test_the_signpost_depends_on_item_nine_alone(pack: Pack, other_points: int | None, ninth_point: int | None) -> None:
    """A point above 0 on item 9 raises the signpost, even if all other items are unanswered; nothing else does."""
    assessment = assess_points(pack, [*[other_points] * 8, ninth_point])
    assert assessment.plan is not None
    raised = [notice.id for notice in assessment.plan.notices]
    assert raised == (["signpost"] if ninth_point else [])
    signposting = [firing for firing in assessment.trace.firings if firing.rule == "signpost"]
    assert [(firing.items, firing.sensitive) for firing in signposting] == ([(("phq9",), True)] if ninth_point else [])


RESULTS: Final[Mapping[str, tuple[object, str | None, set[str]]]] = {
    "mild-but-major": (9, "mild", {"major"}),
    "nothing": (0, "minimal", set()),
    "one-open": (None, None, set()),
    "severe": (27, "severe", {"major"}),
}
"""The result of each answers file beside the pack."""


@pytest.mark.parametrize("path", sorted((FOLDER / "answers").glob("*.yaml")), ids=lambda path: path.stem)
def test_answer_files(library: Library, path: Path) -> None:
    """Every answers file beside the pack has the expected result, and no answer is dropped."""
    assessment = read_answers_file(path, library).assess()
    assert outcome(assessment) == RESULTS[path.stem]
    assert assessment.responses.dropped == ()


def test_the_plan_has_every_step_once(pack: Pack) -> None:
    """A plan has each of the three steps once; a finding puts the talk first and adds an action."""
    plan = assess_points(pack, (2, 0, 2, 2, 2, 0, 0, 0, 1)).plan
    assert plan is not None
    assert sorted(step.id for step in plan.steps) == ["again", "rest", "talk"]
    assert plan.kind.id == "talk_first"
    assert (plan.steps[0].id, plan.steps[0].emphasis) == ("talk", "start_here")
    assert [action.id for action in plan.step("talk").actions] == ["someone", "doctor"]
