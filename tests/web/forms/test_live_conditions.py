"""Conditions for the script: what it would show is what the server shows."""

from __future__ import annotations

import json
from random import Random
from typing import Any, Final

import pytest

from engine.assessment.responses import validate_answers
from engine.content.items.base import Item
from engine.content.items.choices import MultipleChoice
from engine.content.items.number import NumberItem
from engine.content.pack import Form, Pack
from tests.factories.random_packs import (
    AS_OF,
    Size,
    bare_pack,
    load,
    number,
    random_pack,
    random_person,
    rule,
    single,
    yes_no,
)
from web.forms.live_conditions import live_condition
from web.forms.paging import pages_of

SIZE: Final = Size(items=9, options=4, hidden=True)


def truth(node: Any, answers: dict[str, Any]) -> bool | None:
    """The tree as ``heartwork.js`` reads it; ``answers`` are the texts of the fields of the page."""
    if node is None or isinstance(node, bool):
        return node
    if "item" in node:
        return field_truth(node, answers.get(node["item"], ()))
    if "sure" in node:
        return truth(node["sure"], answers) is True
    if "not" in node:
        inner = truth(node["not"], answers)
        return None if inner is None else not inner
    decides = "any" in node
    truths = [truth(part, answers) for part in node.get("any", node.get("all"))]
    if decides in truths:
        return decides
    return None if None in truths else not decides


def field_truth(leaf: dict[str, Any], values: tuple[str, ...]) -> bool | None:
    """A question about one field."""
    if not values:
        return leaf["open"]  # type: ignore[no-any-return]
    if "has" in leaf:
        return any(value in leaf["has"] for value in values)
    if "count" in leaf:
        return leaf["count"][len([value for value in values if value not in leaf["alone"]])]  # type: ignore[no-any-return]
    if "filled" in leaf:
        return leaf["filled"]  # type: ignore[no-any-return]
    return leaf["is"].get(values[0])  # type: ignore[no-any-return]


def field_texts(item: Item, value: Any) -> tuple[str, ...]:
    """What the fields hold for an answer."""
    match value:
        case None:
            return ()
        case bool():
            return ("yes" if value else "no",)
        case tuple():
            return value
        case _:
            return (str(value),)


def differences(pack: Pack, form: Form, raw: dict[str, Any]) -> tuple[list[str], int]:
    """Items that the script would show otherwise than the server, and how many conditions it has."""
    responses = validate_answers(pack, form, raw, AS_OF, complete=False)
    different, count = [], 0
    for page in pages_of(form):
        fields = {
            name: field_texts(form.item(name), responses.answers.get(name))
            for name in page.items
            if name in responses.visible
        }
        for name in page.items:
            item = form.item(name)
            condition = live_condition(pack, form, item, page.items, responses.answers, AS_OF)
            if condition is None:
                continue
            count += 1
            if (truth(json.loads(condition), fields) is True) != (name in responses.visible):
                different.append(name)
    return different, count


def test_the_script_shows_what_the_server_shows() -> None:
    """For random packs and persons, every condition a page carries says what the engine says of the same answers."""
    seen = 0
    for seed in range(50):
        random = Random(seed)
        raw = random_pack(random, SIZE)
        pack = load(raw)
        for _ in range(6):
            questionnaire, answers = random_person(random, raw)
            different, count = differences(pack, pack.forms[questionnaire], answers)
            assert different == [], seed
            seen += count
    assert seen > 40


@pytest.mark.parametrize("first", [True, False, None])
def test_holds_are_asked_on_the_page(first: bool | None) -> None:
    """A condition about a held step asks the gates that hold it, and an unknown gate does not hold."""
    items = [yes_no("a"), yes_no("b", show_when={"step": "talk", "is": "held"}), yes_no("c")]
    items[2]["show_when"] = {"step": "talk", "is_not": "held"}
    raw = bare_pack(items, [rule("g", {"item": "a", "is": True}, {"hold": {"step": "talk"}}, gate=True)])
    pack = load(raw)
    form = next(iter(pack.forms.values()))
    assert differences(pack, form, {} if first is None else {"a": first}) == ([], 2)


def test_what_a_script_cannot_know_it_is_not_told() -> None:
    """A number compared on the same page has no condition: the page is shown once more by the server."""
    items = [number("a", 0, 10), yes_no("b", show_when={"item": "a", "at_least": 3})]
    items += [single("c", "x", "y"), yes_no("d", show_when={"item": "a", "answered": True})]
    pack = load(bare_pack(items, []))
    form = next(iter(pack.forms.values()))
    conditions = [live_condition(pack, form, item, form.item_ids, {}, AS_OF) for item in form.items]
    assert conditions == [None, None, None, '{"item":"a","open":false,"filled":true}']
    assert isinstance(form.items[0], NumberItem)
    assert not isinstance(form.items[2], MultipleChoice)
