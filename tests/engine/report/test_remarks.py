"""What a report says beside its steps: the wish, contingencies, strength and tension, remarks on scales."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest

from engine.assessment.pipeline import assess
from engine.report import remarks
from engine.report.plan import Report, build_report
from tests.factories.random_packs import AS_OF, FULL, Raw, bare_pack, load, rating, rule, yes_no

T = TypeVar("T")
BESIDE = ("wish", "opening", "strength", "tension")


def beside(**kind: object) -> Raw:
    """A pack with a remark for each of these places, said where ``x`` is yes, and contingencies of rules."""
    scales: list[Raw] = [{"id": name, "title": name, "items": [name], "method": "sum"} for name in ("low", "high")]
    for scale in scales:
        scale["bands"] = [{"id": "any", "title": "Any", "words": f"Words of {scale['id']}.", "from": 0}]
    says = [{"say": {"place": slot, "id": slot}} for slot in BESIDE]
    says += [{"say": {"place": "scale", "id": name}} for name in ("second", "first")]
    offers = [{"contingency": name} for name in ("three", "two", "same", "one", "elsewhere")]
    answered = rule("r", {"item": "x", "is": True}, *says, *offers, {"kind": "first"})
    raw = bare_pack([yes_no("x"), rating("low", 3), rating("high", 3)], [answered], scales)
    raw["kinds"].insert(0, {"id": "first", "title": "First", **kind})
    raw["kinds"].append({"id": "last", "title": "Last"})
    here = {"kinds": ["first"]}
    raw["remarks"] = {slot: [{"id": slot, "text": f"Some {slot}.", **here}] for slot in BESIDE}
    raw["remarks"]["situation"] = [{"id": "s", "text": "So it is.", "base": True, **here}]
    raw["remarks"]["scale"] = [
        {"id": name, "about": "low", "text": f"The {name} on it.", **here} for name in ("first", "second")
    ]
    subjects = {"elsewhere": "d", "one": "a", "same": "a", "two": "b", "three": "c"}
    raw["contingencies"] = [
        {"id": name, "title": f"If {name}", "about": about, "text": "Wait.", **(here if name != "elsewhere" else {})}
        for name, about in subjects.items()
    ]
    raw["contingencies"][0]["kinds"] = ["last"]
    raw["contingencies"][1] |= {"replies": [{"when": "If so", "text": "Yes."}], "after": "Then rest."}
    return raw


def report_of(raw: Raw, **answers: object) -> Report:
    return build_report(assess(load(raw), FULL, {"x": True, "low": 1, "high": 1} | answers, AS_OF))


def test_the_paragraph_beneath_the_heading() -> None:
    """It is the wish, then the situation, and then what the plan does about it."""
    report = report_of(beside())
    assert (report.wish, report.situation, report.opening) == ("Some wish.", ("So it is.",), "Some opening.")
    assert report.introduction == "Some wish. So it is. Some opening."
    assert report_of(beside(), x=False).introduction == ""


@pytest.mark.parametrize(("allowlist_only", "wish"), [(True, None), (False, "Some wish.")])
def test_what_a_short_report_leaves_out(allowlist_only: bool, wish: str | None) -> None:
    """It has no contingency, strength or tension, and in an allowlist-only kind no wish, whatever the content allows."""
    report = report_of(beside(short=True, allowlist_only=allowlist_only))
    assert (report.wish, report.contingencies, report.strength, report.tension) == (wish, (), None, None)
    in_full = report_of(beside(allowlist_only=allowlist_only))
    assert (in_full.wish, in_full.strength, in_full.tension) == ("Some wish.", "Some strength.", "Some tension.")


def test_contingencies() -> None:
    """The first ones in the order of the content that rules offer and the kind allows, each about something else."""
    first, second = report_of(beside()).contingencies
    assert (first.id, first.title, first.text, first.after) == ("one", "If one", "Wait.", "Then rest.")
    assert [(reply.when, reply.text) for reply in first.replies] == [("If so", "Yes.")]
    assert (second.id, second.replies, second.after) == ("two", (), None)
    for limit, expected in ((0, []), (1, ["one"]), (3, ["one", "two", "three"])):
        raw = beside() | {"limits": {"contingencies": limit}}
        assert [contingency.id for contingency in report_of(raw).contingencies] == expected
    assert report_of(beside(), x=False).contingencies == ()


def test_a_remark_on_a_scale_stands_in_place_of_the_words_of_its_band() -> None:
    """The first remark about a scale takes the place of its band's words; a scale without a score has none."""
    words = {scale.id: scale.band and scale.band.words for scale in report_of(beside()).scales}
    assert words == {"low": "The first on it.", "high": "Words of high."}
    without = report_of(beside(), low=None)
    assert {scale.id: scale.band and scale.band.words for scale in without.scales} == {
        "low": None,
        "high": "Words of high.",
    }


def noting(function: Callable[[str], T], texts: list[str]) -> Callable[[str], T]:
    """The same function, which notes what it was given."""

    def noted(text: str) -> T:
        texts.append(text)
        return function(text)

    return noted


def test_no_name_stays_beyond_its_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cache that reports share holds content texts only: no name, and no clause that quotes a typed answer."""
    raw = beside()
    raw["voice"] = {
        "name_item": "name",
        "name": "partner",
        "no_name": "your ex",
        "default": "they",
        "forms": {"they": {"they": "they"}},
    }
    raw["questionnaires"][0]["sections"][0]["items"].append({"id": "name", "type": "text", "text": "Name?"})
    raw["remarks"]["wish"][0]["text"] = "{partner} is well. They rest."
    kept: list[str] = []
    monkeypatch.setattr(remarks, "_sentences_of_content", noting(remarks._sentences_of_content, kept))
    assert report_of(raw, name="Xanthippe").wish == "Xanthippe is well. They rest."
    assert len(kept) > 5
    assert not any("Xanthippe" in text for text in kept)


def test_rules_with_the_same_words_are_kept_apart() -> None:
    """Whether a reason may be shown is kept by rule: one that rests on a sensitive answer silences no other."""
    because = "You said so."
    rules = [
        rule("a-secret", {"item": "secret", "is": True}, {"weight": {"step": "calm", "by": 30}}) | {"because": because},
        rule("b-open", {"item": "x", "is": True}, {"weight": {"step": "calm", "by": 20}}) | {"because": because},
    ]
    raw = bare_pack([yes_no("x"), yes_no("secret", sensitive=True)], rules)
    report = build_report(assess(load(raw), FULL, {"x": True, "secret": True}, AS_OF))
    assert [reason.rule for step in report.steps for reason in step.reasons] == ["b-open"]
    report = build_report(assess(load(raw), FULL, {"x": False, "secret": True}, AS_OF))
    assert not any(step.reasons for step in report.steps)
