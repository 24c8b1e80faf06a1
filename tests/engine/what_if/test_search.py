"""What would change a plan: what is supposed and what never is, the smallest changes, and that both evaluators agree."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import engine.what_if.search
from engine.assessment.inference import confirmed_rules
from engine.assessment.pipeline import Assessment, assess
from engine.assessment.plan import is_short
from engine.assessment.rules_engine.durable import DurableEngine, engine_of
from engine.errors import HeartworkError
from engine.rendering.render import FORMATS, html_document, render
from engine.what_if.better_answers import better_answers
from engine.what_if.report import MOST_MOVES, WhatIfReport, build_what_if_report
from engine.what_if.search import WhatIfs, find_what_ifs
from tests.checks.examples import examples
from tests.engine.comparison.test_changes import effects, plain_pack
from tests.factories.random_packs import (
    AS_OF,
    FULL,
    STEPS,
    Raw,
    Size,
    bare_pack,
    form,
    load,
    multiple,
    random_answer,
    random_pack,
    rating,
    rule,
    single,
    yes_no,
)
from tests.factories.reference_what_ifs import ToldWhatIf, brute_force

OWN: Final = ["calm", "space", "own-part", "plan"]


def pack_of(*rules: Raw, items: list[Raw] | None = None, scales: list[Raw] | None = None, **changes: Any) -> Raw:
    """Steps weigh 20, 15, 10, 5, 0 in the order calm, space, own-part, plan, talk; talk takes two."""
    raw = bare_pack(items or [mine("a"), mine("b")], list(rules), scales)
    order = [*OWN, "talk"]
    raw["steps"] = [dict(step) | {"weight": 20 - 5 * order.index(step["id"])} for step in raw["steps"]]
    return raw | {"what_if": {"kinds": [raw["kinds"][0]["id"]], "steps": OWN}} | changes


def mine(name: str, **changes: Any) -> Raw:
    return rating(name, changeable=True, better="higher", **changes)


def sat(raw: Raw, **answers: Any) -> Assessment:
    return assess(load(raw), FULL, answers, AS_OF, complete=False)


def weight(step: str, amount: int) -> Raw:
    return {"weight": {"step": step, "by": amount}}


def what_ifs_told(what_ifs: WhatIfs) -> list[ToldWhatIf]:
    return [
        (
            tuple((change.item, change.after) for change in what_if.changes),
            tuple((move.step, move.way, move.after.position, move.after.emphasis) for move in what_if.moves),
        )
        for what_if in what_ifs.what_ifs
    ]


def supposed_answers(what_ifs: WhatIfs) -> list[list[tuple[str, Any]]]:
    return [list(changes) for changes, _ in what_ifs_told(what_ifs)]


# Which answers are better


def betters(item: Raw, actual: Any, *scales: Raw) -> list[Any]:
    pack = load(bare_pack([item], [], list(scales)))
    return [better.after for better in better_answers(pack, str(item["id"]), actual)]


def scale(name: str, *items: str, **changes: Any) -> Raw:
    return {"id": name, "title": name, "items": list(items), "method": "sum", **changes}


def test_an_item_says_which_way_is_better() -> None:
    """Higher or lower, by points, by the values of options or their order, and yes is higher than no."""
    assert betters(rating("a", better="higher"), 2) == [3, 4]
    assert betters(rating("a", better="lower"), 2) == [1, 0]
    assert betters(single("a", "x", "y", "z", better="higher"), "y") == ["z"]
    assert betters(yes_no("a", better="lower"), True) == [False]
    assert betters(yes_no("a", better="lower"), False) == []
    valued = single("a", "x", "y", "z", better="higher")
    for option, value in zip(valued["options"], (3, "unknown", 1), strict=True):
        option["value"] = value
    assert betters(valued, "z") == ["x"]
    assert betters(valued, "y") == []
    unsure = single("a", "x", "y", "z", better="higher")
    unsure["options"][2]["value"] = "unknown"
    assert [betters(unsure, answer) for answer in ("x", "y", "z")] == [[], [], []]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"direction": "higher_is_better"}, [3, 4]),
        ({"direction": "lower_is_better"}, [1, 0]),
        ({"direction": "higher_is_better", "reverse": ["a"]}, [1, 0]),
        ({"direction": "higher_is_better", "method": "weighted", "weights": {"a": -2}}, [1, 0]),
        ({"direction": "higher_is_better", "method": "weighted", "weights": {"a": 0}}, []),
        ({"direction": "neither"}, []),
    ],
)
def test_else_its_scales_say_so(changes: Raw, expected: list[int]) -> None:
    """A scale with a direction says what is better, through reversal and weights."""
    assert betters(rating("a"), 2, scale("s", "a", **changes)) == expected


def test_scales_that_pull_apart() -> None:
    """What is better for one scale and worse for another is not supposed; the item's own word counts before both."""
    up, down = scale("s", "a", direction="higher_is_better"), scale("t", "a", direction="lower_is_better")
    assert betters(rating("a"), 2, up, down) == []
    assert betters(rating("a", better="lower"), 2, up) == [1, 0]


def test_only_what_has_few_answers_in_an_order(small: Any) -> None:
    """Of a multiple choice no other answer is supposed."""
    assert betters(multiple("a", "x", "y"), ["x"], scale("s", "a", direction="higher_is_better")) == []
    assert small.id == "small"


# What is found


def test_a_single_change() -> None:
    """The nearest answer that moves a step, and every step that moves with it."""
    raw = pack_of(rule("r", {"item": "a", "at_most": 2}, weight("plan", 30)))
    what_ifs = find_what_ifs(sat(raw, a=1, b=1))
    assert supposed_answers(what_ifs) == [[("a", 3)]]
    (what_if,) = what_ifs.what_ifs
    assert [(move.step, move.way) for move in what_if.moves][:2] == [("plan", "eases"), ("calm", "rises")]
    assert (what_if.points, what_ifs.offered, what_ifs.more, what_ifs.unconfirmed) == (2, True, 0, ())


def test_farther_changes_only_if_they_lead_elsewhere() -> None:
    """Of one item each outcome is named once, by the nearest answer."""
    rules = [
        rule("r", {"item": "a", "at_most": 1}, weight("plan", 30)),
        rule("s", {"item": "a", "at_most": 3}, weight("plan", 40)),
    ]
    assert [changes[0][1] for changes in supposed_answers(find_what_ifs(sat(pack_of(*rules), a=0)))] == [4]
    rules[1]["then"] = [weight("space", 30)]
    assert {changes[0][1] for changes in supposed_answers(find_what_ifs(sat(pack_of(*rules), a=0)))} == {2, 4}


def test_pairs_only_if_no_single_change_does() -> None:
    """Two answers are supposed only where one is not enough."""
    both = rule("r", {"all": [{"item": "a", "at_least": 3}, {"item": "b", "at_least": 2}]}, weight("plan", 60))
    assert supposed_answers(find_what_ifs(sat(pack_of(both), a=1, b=1))) == [[("a", 3), ("b", 2)]]
    alone = rule("s", {"item": "b", "is": 4}, weight("own-part", 60))
    assert supposed_answers(find_what_ifs(sat(pack_of(both, alone), a=1, b=1))) == [[("b", 4)]]


@pytest.mark.parametrize(
    "rule_effects",
    [
        [weight("plan", 60), weight("talk", 1)],
        [weight("calm", -21)],  # talk comes forward, as calm goes back
        [weight("plan", 60), {"kind": "other"}],
        [weight("space", 60), {"hold": {"step": "plan"}}],
    ],
)
def test_what_is_never_told(rule_effects: list[Raw]) -> None:
    """Nothing that gives another step more or brings it forward, changes the kind, or what is held."""
    raw = pack_of(rule("r", {"item": "a", "at_least": 3}, *rule_effects))
    raw["kinds"] = [{"id": "other", "title": "O"}, *raw["kinds"]]
    if any("hold" in effect for effect in rule_effects):
        raw["rules"][0]["gate"] = True
    what_ifs = find_what_ifs(sat(raw, a=1))
    assert (what_ifs.offered, what_ifs.what_ifs) == (True, ())


def test_no_other_step_gains_in_the_order() -> None:
    """A change that makes another step worth more in the order is not offered, even where it stays in its place."""
    raised = rule("r", {"item": "a", "at_least": 3}, weight("plan", 40))
    first = rule("first", {"item": "b", "at_least": 0}, {"order": {"first": "talk", "then": "plan"}})
    for rules, count in (((raised,), 1), ((raised, first), 0)):
        raw = pack_of(*rules)
        raw["steps"] = [step | {"weight": 30} if step["id"] == "talk" else step for step in raw["steps"]]
        assert len(find_what_ifs(sat(raw, a=1, b=1)).what_ifs) == count


def test_a_hold_is_not_lifted() -> None:
    """An answer that would free a step is not named, though it is better."""
    raw = pack_of(rule("r", {"item": "a", "at_most": 2}, {"hold": {"step": "calm"}}, gate=True))
    assert find_what_ifs(sat(raw, a=1)).what_ifs == ()


@pytest.mark.parametrize(
    "changes", [{"changeable": False}, {"sensitive": True}, {"better": "lower"}, {"show_when": {"item": "b", "is": 0}}]
)
def test_answers_that_are_not_supposed(changes: Raw) -> None:
    """Of what is not changeable or sensitive, what would be worse, and what does not come up."""
    items = [mine("b"), mine("a") | changes]
    raw = pack_of(rule("r", {"item": "a", "at_least": 3}, weight("plan", 60)), items=items)
    assert find_what_ifs(sat(raw, a=1, b=4)).what_ifs == ()


@pytest.mark.parametrize("answers", [{}, {"a": None}])
def test_an_open_question_is_not_supposed(answers: Raw) -> None:
    """No what-if supposes an answer to an open question."""
    assert (
        find_what_ifs(sat(pack_of(rule("r", {"item": "a", "at_least": 3}, weight("plan", 60))), **answers)).what_ifs
        == ()
    )


def test_none_where_the_pack_has_none() -> None:
    """There are no what-ifs without the block, in other kinds of plan, and in short reports."""
    moving_rule = rule("r", {"item": "a", "at_least": 3}, weight("plan", 60))
    raw = pack_of(moving_rule, rule("n", {"item": "b", "is": 0}, {"notice": "n"}))
    raw["notices"] = [{"id": "n", "title": "N", "text": "?", "short": True}]
    assert find_what_ifs(sat(raw, a=1, b=1)).offered
    assert find_what_ifs(sat(raw, a=1, b=0)).offered is False
    without = {key: value for key, value in raw.items() if key != "what_if"}
    short = copy.deepcopy(raw)
    short["kinds"][0]["short"] = True
    other = copy.deepcopy(raw)
    other["kinds"] = [{"id": "other", "title": "O"}, *raw["kinds"]]
    other["what_if"]["kinds"] = ["other"]
    other["rules"].append(rule("zz", {"item": "b", "is": 4}, {"kind": "other"}))
    for raw_pack in (without, short, other):
        what_ifs = find_what_ifs(sat(raw_pack, a=1, b=1))
        assert (what_ifs.offered, what_ifs.what_ifs) == (False, ())
    assert find_what_ifs(sat(other, a=1, b=4)).offered


def test_the_most_telling_first_and_no_item_twice() -> None:
    """Visible moves count before points; with a limit each item is named once and the others are counted."""
    rules = [
        rule("far", {"item": "a", "is": 4}, weight("calm", -16)),
        rule("near", {"item": "a", "at_least": 2}, weight("plan", 6)),
        rule("other", {"item": "b", "at_least": 2}, weight("plan", 7)),
    ]
    raw = pack_of(*rules)
    raw["what_if"]["steps"] = list(STEPS)
    every = find_what_ifs(sat(raw, a=1, b=1))
    assert [changes[0] for changes in supposed_answers(every)] == [("a", 4), ("a", 2), ("b", 2)]
    assert every.everything
    few = find_what_ifs(sat(raw, a=1, b=1), most=3)
    assert [changes[0] for changes in supposed_answers(few)] == [("a", 4), ("b", 2)]
    assert (few.more, few.everything) == (1, False)
    assert [changes[0] for changes in supposed_answers(find_what_ifs(sat(raw, a=1, b=1), most=1))] == [("a", 4)]


@pytest.mark.parametrize(("farthest", "expected"), [(None, [("a", 3)]), (2, [("a", 3)]), (1, [])])
def test_nothing_out_of_reach_is_supposed(farthest: int | None, expected: list[tuple[str, Any]]) -> None:
    """No answer is supposed that is farther from the given one than the pack says."""
    raw = pack_of(rule("r", {"item": "a", "at_most": 2}, weight("plan", 30)))
    raw["what_if"] |= {} if farthest is None else {"farthest": farthest}
    assert supposed_answers(find_what_ifs(sat(raw, a=1, b=1))) == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("when", "unless", "expected"),
    [
        ({"item": "b", "at_least": 3}, [], []),
        ({"item": "b", "at_least": 4}, [], [[("a", 3)]]),
        ({"item": "b", "at_least": 3}, ["a"], [[("a", 3)]]),
        ({"finding": "pressed"}, ["b"], []),
        ({"finding": "pressed", "is": False}, [], [[("a", 3)]]),
    ],
)
def test_a_step_that_must_not_ease(when: Raw, unless: list[str], expected: list[list[tuple[str, Any]]]) -> None:
    """While the pack's condition holds, a step eases only by other answers to items that the pack excepts."""
    pressed = rule("p", {"item": "b", "is": 3}, {"finding": "pressed"})
    raw = pack_of(rule("r", {"item": "a", "at_most": 2}, weight("plan", 30)), pressed)
    when = when if "item" in when else {"is": True} | when
    raw["what_if"] |= {"not_eased": {"steps": ["plan"], "when": when, "unless": unless}}
    assert supposed_answers(find_what_ifs(sat(raw, a=1, b=3))) == expected


def test_a_step_that_must_not_ease_may_rise() -> None:
    """A step that must not ease may rise, and may move because others pass it."""
    raw = pack_of(rule("r", {"item": "a", "at_least": 3}, weight("plan", 30)))
    raw["what_if"] |= {"not_eased": {"steps": ["plan", "space"], "when": {"item": "b", "is": 3}}}
    assert supposed_answers(find_what_ifs(sat(raw, a=1, b=3))) == [[("a", 3)]]


def test_a_check_in_counts() -> None:
    """What a check-in holds stays held, its kind decides, and what it asks again is not supposed."""
    moving_rule = rule("r", {"item": "a", "at_least": 3}, weight("plan", 60))
    second_rule = rule("s", {"item": "b", "at_least": 3}, weight("own-part", 60))
    holding_rule = rule("h", {"item": "news", "is": True}, {"hold": {"step": "plan"}}, gate=True)
    raw = pack_of(moving_rule, second_rule, holding_rule)
    raw["questionnaires"].append(form("again", [mine("b"), yes_no("news")], [], role="check_in"))
    raw["questionnaires"][1]["sections"][0]["items"][0] = copy.deepcopy(
        raw["questionnaires"][0]["sections"][0]["items"][1]
    )
    pack = load(raw)
    full = assess(pack, FULL, {"a": 1, "b": 1}, AS_OF)
    later = {news: assess(pack, "again", {"news": news}, AS_OF + timedelta(days=7)) for news in (True, False)}
    assert [changes[0][0] for changes in supposed_answers(find_what_ifs(full))] == ["a", "b"]
    assert [changes[0][0] for changes in supposed_answers(find_what_ifs(full, later[False]))] == ["a"]
    assert find_what_ifs(full, later[True]).what_ifs == ()


def test_a_check_in_may_say_that_a_step_must_not_ease() -> None:
    """The condition is asked of a check-in as well as of the sitting before it."""
    raw = pack_of(rule("r", {"item": "a", "at_most": 2}, weight("plan", 30)))
    raw["questionnaires"].append(form("again", [yes_no("news")], [], role="check_in"))
    raw["what_if"] |= {"not_eased": {"steps": ["plan"], "when": {"item": "news", "is": True}}}
    pack = load(raw)
    full = assess(pack, FULL, {"a": 1, "b": 1}, AS_OF)
    for news in (True, False):
        later = assess(pack, "again", {"news": news}, AS_OF + timedelta(days=7))
        assert supposed_answers(find_what_ifs(full, later)) == ([] if news else [[("a", 3)]])


# Both evaluators


def test_what_the_rules_engine_does_not_confirm_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rules engine that disagrees or fails confirms nothing: this is reported, and the next one may be found."""
    raw = pack_of(rule("r", {"item": "a", "at_least": 3}, weight("plan", 60)))
    assessment = sat(raw, a=1)
    all_found = find_what_ifs(assessment).what_ifs
    monkeypatch.setattr(engine.what_if.search, "confirmed_rules", lambda *_: None)
    unconfirmed = find_what_ifs(assessment)
    assert (unconfirmed.what_ifs, unconfirmed.unconfirmed) == ((), all_found)
    monkeypatch.setattr(engine.what_if.search, "confirmed_rules", lambda *_: ())
    assert find_what_ifs(assessment, most=3).unconfirmed == all_found


def test_confirmed_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says which rules fire only if the rules engine says so too."""
    assessment = sat(pack_of(rule("r", {"item": "a", "at_least": 3}, weight("plan", 60))), a=4)
    arguments = (assessment.pack, assessment.form, assessment.responses, assessment.scales, AS_OF)
    assert confirmed_rules(*arguments) == ("r",)
    before = engine_of(assessment.pack).counters.mismatches
    monkeypatch.setattr(DurableEngine, "fire", lambda *_: set())
    assert confirmed_rules(*arguments) is None
    assert engine_of(assessment.pack).counters.mismatches == before + 1


# The same by brute force


def any_sitting(random: Random) -> Assessment:
    size = Size(items=6, options=3, rules=4, strata=2, depth=2, branches=3)
    raw = random_pack(random, size) if random.random() < 0.7 else plain_pack(random)
    raw["kinds"] = [{"id": "strong", "title": "S", "caps": [{"step": "talk", "at": "light"}]}, *raw["kinds"]]
    raw["notices"] = [{"id": "n", "title": "N", "text": "?", "short": True}]
    raw["steps"] = [copy.deepcopy(step) | {"weight": random.randint(0, 25)} for step in raw["steps"]]
    raw["steps"][0]["actions"] = [{"id": "walk", "text": "?", "base": False}]
    raw["what_if"] = {
        "kinds": random.sample([kind["id"] for kind in raw["kinds"]], random.choice((1, 2, 2))),
        "steps": random.sample(STEPS, random.randint(2, len(STEPS))),
    }
    if random.random() < 0.5:
        raw["what_if"]["farthest"] = random.randint(1, 2)
    for raw_rule in raw["rules"]:
        chosen = [effect for effect in effects(random) if "notice" not in effect or random.random() < 0.1]
        raw_rule["then"] = [effect for effect in raw_rule["then"] if "finding" in effect] + (chosen or effects(random))
    full = next(questionnaire for questionnaire in raw["questionnaires"] if questionnaire["questionnaire"] == FULL)
    items = [item for section in full["sections"] for item in section["items"]]
    for item in items:
        item["changeable"] = random.random() < 0.9
        if item["type"] in {"single", "rating", "yes_no"} and random.random() < 0.5:
            item["better"] = random.choice(("higher", "lower"))
    if raw["rules"] and random.random() < 0.5:
        raw["what_if"]["not_eased"] = {
            "steps": random.sample(STEPS, random.randint(1, 3)),
            "when": random.choice(raw["rules"])["when"],
            "unless": [item["id"] for item in items if random.random() < 0.2],
        }
    for raw_scale in full.get("scales", ()):
        raw_scale["direction"] = random.choice(("higher_is_better", "lower_is_better", "neither"))
    answers = {item["id"]: random_answer(random, item) for item in items if random.random() < 0.9}
    return assess(load(raw), FULL, answers, AS_OF, plain=True)


@settings(max_examples=examples(90), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.randoms(use_true_random=False, note_method_calls=False))
def test_random_packs_by_brute_force(random: Random) -> None:
    """On random packs all that is found, and nothing else, is what brute force finds; and the engine confirms it."""
    sitting = any_sitting(random)
    all_what_ifs = find_what_ifs(sitting)
    assert all_what_ifs.unconfirmed == ()
    assert set(what_ifs_told(all_what_ifs)) == brute_force(sitting)
    assert len(set(what_ifs_told(all_what_ifs))) == len(all_what_ifs.what_ifs)
    keys = [(-sum(move.visible for move in what_if.moves), what_if.points) for what_if in all_what_ifs.what_ifs]
    assert keys == sorted(keys)
    few = find_what_ifs(sitting, most=2)
    assert set(few.what_ifs) <= set(all_what_ifs.what_ifs)
    assert len(few.what_ifs) + few.more == len(all_what_ifs.what_ifs)
    report = build_what_if_report(few, sitting)
    for output_format in FORMATS:
        assert render(report, output_format)


# In words


def told_in(report: WhatIfReport, output_format: Any = "text") -> str:
    return " ".join(render(report, output_format).split())


def test_sentences() -> None:
    """The answer supposed as a clause, and what the steps would do, in every format; else question and answer."""
    clauses = [{"text": f"p{point}", "said": f"it is p{point}"} for point in range(5)]
    clauses[3]["if"] = "you do it <often>"
    items = [mine("a") | {"anchors": clauses}, mine("b") | {"text": "How is b?", "anchors": ["no", "a", "b", "c & d"]}]
    raw = pack_of(
        rule("r", {"item": "a", "at_most": 2}, weight("plan", 30)),
        rule("s", {"item": "b", "at_least": 3}, weight("own-part", 60)),
        items=items,
    )
    raw["what_if"]["text"] = "AboutText."
    sitting = sat(raw, a=1, b=1)
    report = build_what_if_report(find_what_ifs(sitting, most=3), sitting)
    text = told_in(report)
    assert "AboutText." in text
    assert "If you do it <often>, “" in text
    assert "If your answer to “How is b?” were “c & d”, “" in text
    assert "” comes first" in text
    assert "you do it &lt;often&gt;" in render(report, "html")
    assert html_document(report).startswith("<!doctype html>")
    assert [entry["changes"][0]["item"] for entry in json.loads(render(report, "json"))["what_ifs"]] == ["a", "b"]
    assert "place" not in text
    assert "place 1" in told_in(build_what_if_report(find_what_ifs(sitting), sitting))


def test_a_sentence_names_three_moves_at_most() -> None:
    """All moves are listed, the first three in the sentence."""
    raw = pack_of(
        rule("r", {"item": "a", "at_least": 3}, *(weight(step, 5 * number) for number, step in enumerate(STEPS)))
    )
    raw["what_if"]["steps"] = list(STEPS)
    sitting = sat(raw, a=1)
    (what_if,) = find_what_ifs(sitting).what_ifs
    (in_report,) = build_what_if_report(find_what_ifs(sitting), sitting).what_ifs
    assert 1 < sum(len(moves.titles) for moves in in_report.told) <= MOST_MOVES
    assert [move.step for move in in_report.moves] == [move.step for move in what_if.moves]


def test_nothing_to_tell() -> None:
    """The report has a sentence for a plan that nothing would change, and one for a plan without what-ifs."""
    raw = pack_of(rule("r", {"item": "a", "at_least": 3}, weight("talk", 1)))
    sitting = sat(raw, a=1)
    assert not is_short(sitting.pack, sitting.plan)  # type: ignore[arg-type]
    for what_ifs in (
        find_what_ifs(sitting),
        WhatIfs(None, offered=False, what_ifs=(), unconfirmed=(), more=0, everything=False),
    ):
        report = build_what_if_report(what_ifs, sitting)
        assert report.what_ifs == ()
        assert {len(told_in(report, output_format)) > 30 for output_format in FORMATS} == {True}


# What content cannot say

BROKEN: Final[Raw] = multiple("c", "x", "y", better="higher")
WEEKS: Final[Raw] = {"kinds": ["usual"]}
NOT_EASED: Final[Raw] = {"steps": ["plan"], "when": {"item": "a", "is": 1}}


@pytest.mark.parametrize(
    ("break_it", "code"),
    [
        (lambda raw: raw["questionnaires"][0]["sections"][0]["items"].append(BROKEN), "HW206"),
        (lambda raw: raw["what_if"].update(kinds=["nokind"]), "HW302"),
        (lambda raw: raw["what_if"].update(steps=["nostep"]), "HW302"),
        (lambda raw: raw["what_if"].update(not_eased=NOT_EASED | {"steps": ["nostep"]}), "HW302"),
        (lambda raw: raw["what_if"].update(not_eased=NOT_EASED | {"when": {"item": "noitem", "is": 1}}), "HW302"),
        (lambda raw: raw["what_if"].update(not_eased=NOT_EASED | {"when": {"item": "a", "includes": "x"}}), "HW303"),
        (lambda raw: raw["what_if"].update(not_eased=NOT_EASED | {"unless": ["noitem"]}), "HW302"),
        (lambda raw: raw.update(weeks={"kinds": ["nokind"]}), "HW302"),
        (lambda raw: raw.update(weeks=WEEKS | {"unscheduled": {"tag": "notag", "title": "T"}}), "HW302"),
        (
            lambda raw: raw.update(weeks=WEEKS | {"unscheduled": {"step": "calm", "title": "T", "kinds": ["nokind"]}}),
            "HW302",
        ),
    ],
)
def test_faults_are_told(break_it: Callable[[Raw], None], code: str) -> None:
    """`better` needs answers in an order; steps, tags and kinds must exist."""
    raw = pack_of(rule("r", {"item": "a", "at_least": 3}, weight("plan", 60)))
    load(raw)
    break_it(raw)
    with pytest.raises(HeartworkError) as caught:
        load(raw)
    assert [problem.code for problem in caught.value.problems] == [code]
