"""Checks that a scale can be calculated and that its bands are in order and within reach."""

from __future__ import annotations

from engine.assessment.scoring import scorer
from engine.content.items.base import Item
from engine.content.pack import ContentKey
from engine.content.questionnaire import Scale
from engine.content.values import as_plain_number, exact
from engine.errors import join_ids
from engine.loading.checks.problems import ProblemCollector
from engine.loading.yaml import ValuePath


def check_scale(collector: ProblemCollector, scale: Scale) -> None:
    """Report everything in a scale that cannot be calculated, or that has no effect."""
    key: ContentKey = ("scale", scale.id)
    all_known = all(name in collector.pack.items for name in scale.items)
    # While one of the items is unknown, an entry for another item may be meant for it.
    item_ids = scale.items if all_known else (*scale.items, *collector.pack.items)
    for field in ("values", "weights", "count_from"):
        for name in getattr(scale, field) if not isinstance(getattr(scale, field), int | float | None) else ():
            collector.check_exists(f"item of “{scale.id}”", name, item_ids, key, (field, name), at_key=True)
    for index, name in enumerate(scale.reverse):
        collector.check_exists(f"item of “{scale.id}”", name, item_ids, key, ("reverse", index))
    for index, name in enumerate(scale.items):
        if name in collector.pack.items:
            _check_item(collector, scale, collector.pack.items[name], index, key)
    _check_method(collector, scale, key)
    if all_known:
        if not any(form.item_ids.issuperset(scale.items) for form in collector.pack.forms.values()):
            collector.report("HW323", key, ("items",), id=scale.id)
        _check_bands(collector, scale, key)


def _check_item(collector: ProblemCollector, scale: Scale, item: Item, index: int, key: ContentKey) -> None:
    values, position, path = scale.values.get(item.id), ("items", index), ("values", item.id)
    if item.scored_by == "nothing":
        collector.report("HW310", key, position, reason=f"“{item.id}” is a {item.type}, which has no value")
    elif item.scored_by == "number":
        if values is not None:
            reason = f"“{item.id}” is a number, whose value is itself"
            collector.report("HW310", key, path, reason=reason, at_key=True)
    elif values is None:
        if not item.takes_several and len({choice.value is None for choice in item.choices}) > 1:
            reason = f"some options of “{item.id}” have a value and some have none"
            collector.report("HW310", key, position, reason=reason)
    else:
        answers = item.codes(scale.base)
        for answer in values:
            collector.check_exists(f"answer to “{item.id}”", answer, answers, key, (*path, answer), at_key=True)
        if without_value := [answer for answer in answers if answer not in values]:
            reason = f"“{item.id}” has no value for {join_ids(without_value)}"
            collector.report("HW310", key, path, reason=reason, at_key=True)


def _check_method(collector: ProblemCollector, scale: Scale, key: ContentKey) -> None:
    faults: list[tuple[ValuePath, str]] = []
    if scale.method == "weighted":
        without_weight = [name for name in scale.items if name in collector.pack.items and name not in scale.weights]
        if without_weight:
            faults.append((("weights",), f"there is no weight for {join_ids(without_weight)}"))
        if scale.missing and scale.missing.prorate and any(weight <= 0 for weight in scale.weights.values()):
            faults.append((("missing", "prorate"), "weights of 0 or less cannot be prorated"))
    elif scale.weights:
        faults.append((("weights",), "only the method “weighted” uses weights"))
    if scale.count_from is not None and scale.method != "count":
        faults.append((("count_from",), "only the method “count” uses count_from"))
    for path, reason in faults:
        collector.report("HW310", key, path, reason=reason)
    count = len(scale.items)
    if scale.missing is not None and scale.missing.minimum > count:
        reason = f"{scale.missing.minimum} answers are needed, but there are {count} items"
        collector.report("HW312", key, ("missing", "minimum"), reason=reason, count=count)
    if scale.meaningful_change is not None and scale.meaningful_change.items > count:
        reason = f"{scale.meaningful_change.items} items must move, but there are {count}"
        collector.report("HW312", key, ("meaningful_change", "items"), reason=reason, count=count)


def _check_bands(collector: ProblemCollector, scale: Scale, key: ContentKey) -> None:
    scale_scorer = scorer(scale, collector.pack.items)
    if scale_scorer is None:
        if not any(collector.pack.items[name].scored_by == "nothing" for name in scale.items):
            collector.report("HW310", key, ("items",), reason="one of its items has no answer with a value")
        return
    low, high, previous_edge = scale_scorer.low, scale_scorer.high, None
    for index, band in enumerate(scale.bands):
        edge = (exact(band.edge[0]), band.edge[1])
        if previous_edge is not None and edge <= previous_edge:
            reason = f"“{band.id}” begins no higher than the band before it"
            collector.report("HW311", key, ("bands", index), reason=reason)
        if edge >= (high, True) or (edge[0] < low and index > 0):
            what = f"the scale “{scale.id}” runs from {as_plain_number(low)} to {as_plain_number(high)}"
            collector.report("HW324", key, ("bands", index), found=f"“{band.id}”", what=what)
        previous_edge = edge
