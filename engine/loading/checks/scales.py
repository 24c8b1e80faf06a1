"""Can a scale be calculated, and do its bands make sense?"""

from __future__ import annotations

from engine.assessment.scoring import codes, exact, plain, scorer
from engine.content.pack import Key
from engine.content.questionnaire import DateItem, Item, NumberItem, Scale, ShortText, SingleChoice
from engine.errors import listed
from engine.loading.checks.problems import ProblemCollector


def check_scale(desk: ProblemCollector, scale: Scale) -> None:
    """Report what keeps the scale from being scored as its author means it."""
    key: Key = ("scale", scale.id)
    found = [desk.known("item", name, desk.pack.items, key, ("items", index)) for index, name in enumerate(scale.items)]
    desk.once("item", scale.items, key, ("items",))
    # If one of the items is not known, what is said about another one may be meant for it.
    own = scale.items if all(found) else (*scale.items, *desk.pack.items)
    for field in ("values", "weights", "count_from"):
        for name in getattr(scale, field) if not isinstance(getattr(scale, field), int | float | None) else ():
            desk.known(f"item of “{scale.id}”", name, own, key, (field, name), at_key=True)
    for index, name in enumerate(scale.reverse):
        desk.known(f"item of “{scale.id}”", name, own, key, ("reverse", index))
    desk.once("item", scale.reverse, key, ("reverse",))
    for index, name in enumerate(scale.items):
        if name in desk.pack.items:
            _item(desk, scale, desk.pack.items[name], index, key)
    _method(desk, scale, key)
    desk.once("band", [band.id for band in scale.bands], key, ("bands",))
    if all(found) and not any(scale.items.count(name) > 1 for name in scale.items):
        _together(desk, scale, key)
        _bands(desk, scale, key)


def _item(desk: ProblemCollector, scale: Scale, item: Item, index: int, key: Key) -> None:
    if isinstance(item, ShortText | DateItem):
        desk.report("HW310", key, ("items", index), reason=f"“{item.id}” is a {item.type}, which has no value")
        return
    written = scale.values.get(item.id)
    if isinstance(item, NumberItem):
        if written is not None:
            reason = f"“{item.id}” is a number, whose value is itself"
            desk.report("HW310", key, ("values", item.id), reason=reason, at_key=True)
        return
    if written is None:
        if isinstance(item, SingleChoice) and len({option.value is None for option in item.options}) > 1:
            desk.report(
                "HW310", key, ("items", index), reason=f"some options of “{item.id}” have a value and some have none"
            )
        return
    answers = codes(scale.model_copy(update={"values": {}}), item)
    for answer in written:
        desk.known(f"answer to “{item.id}”", answer, answers, key, ("values", item.id, answer), at_key=True)
    lacking = [answer for answer in answers if answer not in written]
    if lacking:
        desk.report(
            "HW310", key, ("values", item.id), reason=f"“{item.id}” has no value for {listed(lacking)}", at_key=True
        )


def _method(desk: ProblemCollector, scale: Scale, key: Key) -> None:
    count = len(scale.items)
    if scale.method == "weighted":
        named = (name for name in scale.items if name in desk.pack.items and name not in desk.broken)
        lacking = [name for name in named if name not in scale.weights]
        if lacking:
            desk.report("HW310", key, ("weights",), reason=f"there is no weight for {listed(lacking)}")
        if scale.missing and scale.missing.prorate and any(weight <= 0 for weight in scale.weights.values()):
            desk.report("HW310", key, ("missing", "prorate"), reason="weights of 0 or less cannot be prorated")
    elif scale.weights:
        desk.report("HW310", key, ("weights",), reason="only the method “weighted” uses weights")
    if scale.count_from is not None and scale.method != "count":
        desk.report("HW310", key, ("count_from",), reason="only the method “count” uses count_from")
    if scale.missing is not None and scale.missing.minimum > count:
        reason = f"{scale.missing.minimum} answers are needed, but there are {count} items"
        desk.report("HW312", key, ("missing", "minimum"), reason=reason, count=count)
    if scale.meaningful_change is not None and scale.meaningful_change.items > count:
        reason = f"{scale.meaningful_change.items} items must move, but there are {count}"
        desk.report("HW312", key, ("meaningful_change", "items"), reason=reason, count=count)


def _together(desk: ProblemCollector, scale: Scale, key: Key) -> None:
    lacking = desk.lost & {"item"} or desk.broken.intersection(scale.items)
    if not lacking and not any(form.asked.issuperset(scale.items) for form in desk.pack.forms.values()):
        desk.report("HW323", key, ("items",), id=scale.id)


def _bands(desk: ProblemCollector, scale: Scale, key: Key) -> None:
    ready = scorer(scale, desk.pack.items)
    if ready is None:
        if not any(isinstance(desk.pack.items[name], ShortText | DateItem) for name in scale.items):
            desk.report("HW310", key, ("items",), reason="one of its items has no answer with a value")
        return
    before = None
    for index, band in enumerate(scale.bands):
        edge = (exact(band.edge[0]), band.edge[1])
        if before is not None and edge <= before:
            desk.report("HW311", key, ("bands", index), reason=f"“{band.id}” begins no higher than the band before it")
        beyond = edge[0] > ready.high or (edge[0] == ready.high and edge[1])
        if beyond or (edge[0] < ready.low and index > 0):
            ends = f"from {plain(ready.low)} to {plain(ready.high)}"
            desk.report(
                "HW324", key, ("bands", index), found=f"“{band.id}”", what=f"the scale “{scale.id}” runs {ends}"
            )
        before = edge
