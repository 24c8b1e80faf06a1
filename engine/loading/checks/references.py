"""Checks of a whole pack: :func:`check_pack` calls all others; those here compare what the parts say of each other."""

from __future__ import annotations

from engine.content.base import is_date
from engine.content.conditions import leaves
from engine.content.pack import ContentKey
from engine.content.questionnaire import (
    DateItem,
    Item,
    MultipleChoice,
    NumberItem,
    OrderedItem,
    Rating,
    SingleChoice,
)
from engine.content.rules import ActionEffect, CautionEffect, KindEffect, NoticeEffect, RemarkEffect, Rule
from engine.content.steps import Step
from engine.loading.checks.conditions import check_condition, check_cycles, check_order
from engine.loading.checks.ids import duplicate_ids, unknown_ids
from engine.loading.checks.placeholders import check_placeholder_words
from engine.loading.checks.problems import ProblemCollector
from engine.loading.checks.scales import check_scale
from engine.loading.checks.texts import check_texts
from engine.loading.yaml import ValuePath


def check_definitions(collector: ProblemCollector) -> None:
    """Report what keeps the parts of a pack from being told apart, or found at all."""
    collector.problems += duplicate_ids(collector.fields)
    content = collector.pack.content
    if content.rules and not content.questionnaires:
        collector.report("HW329", ("pack", content.pack), id=content.pack)


def check_pack(collector: ProblemCollector) -> None:
    """Report everything else about the pack that cannot be right, once its definitions are."""
    collector.problems += unknown_ids(collector.fields, collector.ids)
    for item in collector.pack.items.values():
        _check_item(collector, item)
    for form in collector.pack.forms.values():
        questionnaire = form.questionnaire
        if questionnaire.sections[0].continues:
            reason = "no section comes before the first one"
            key = ("questionnaire", questionnaire.id)
            collector.report("HW206", key, ("sections", 0, "continues"), reason=reason)
        for item in form.items:
            check_order(collector, form, item, ("asked", f"{questionnaire.id}/{item.id}"))
    for scale in collector.pack.scales.values():
        check_scale(collector, scale)
    for rule in collector.pack.rules:
        _check_rule(collector, rule)
    check_cycles(collector)
    check_placeholder_words(collector)
    for step in collector.pack.steps:
        _check_variants(collector, step)
    _check_manifest(collector)
    if not any(reported.code == "HW302" for reported in collector.problems):
        _check_unused(collector)
    check_texts(collector)


def _check_item(collector: ProblemCollector, item: Item) -> None:
    key = ("item", item.id)
    match item:
        case SingleChoice() | MultipleChoice():
            for index, option in enumerate(item.options):
                if option.exclusive and isinstance(item, SingleChoice):
                    reason = "only an option of a multiple choice can be exclusive"
                    collector.report("HW206", key, ("options", index, "exclusive"), reason=reason)
        case NumberItem() if item.lowest >= item.highest:
            collector.report("HW314", key, ("lowest",), reason=f"lowest {item.lowest}, highest {item.highest}")
        case DateItem():
            for name in ("earliest", "latest"):
                text = getattr(item, name)
                if text is not None and not is_date(text):
                    collector.report("HW203", key, (name,), expected="a date such as 2026-11-23", found=f"“{text}”")
            if item.earliest and item.latest and item.earliest > item.latest:
                collector.report("HW314", key, ("earliest",), reason=f"earliest {item.earliest}, latest {item.latest}")
        case Rating() if len(item.points) < 2:
            collector.report("HW206", key, ("anchors",), reason="a rating needs at least two points")
        case _:
            pass
    if item.better is not None and not isinstance(item, OrderedItem):
        reason = "`better` is for single choices, ratings and yes/no: their answers stand in an order"
        collector.report("HW206", key, ("better",), reason=reason)
    if item.show_when is not None:
        check_condition(collector, item.show_when, key, ("show_when",), allow_steps=True)


def _check_rule(collector: ProblemCollector, rule: Rule) -> None:
    key = ("rule", rule.id)
    check_condition(collector, rule.when, key, ("when",))
    if rule.gate:
        for leaf, leaf_path in leaves(rule.when):
            if leaf.subject != "item":
                collector.report("HW307", key, ("when", *leaf_path), subject=f"the {leaf.subject} “{leaf.id}”")
    for index, effect in enumerate(rule.then):
        path: ValuePath = ("then", index)
        match effect:
            case ActionEffect():
                _check_addition(collector, "action", effect.action.step, effect.action.id, key, (*path, "action"))
            case CautionEffect():
                _check_addition(collector, "caution", effect.caution.step, effect.caution.id, key, (*path, "caution"))
            case RemarkEffect():
                _check_remark(collector, effect, key, (*path, "say"))
            case _:
                pass


def _check_remark(collector: ProblemCollector, effect: RemarkEffect, key: ContentKey, path: ValuePath) -> None:
    slot, name = effect.say.place, effect.say.id
    remarks = {remark.id: remark for remark in collector.pack.content.remarks.get(slot, ())}
    if collector.check_exists("remark", name, remarks, key, (*path, "id")) and remarks[name].base:
        collector.report("HW318", key, (*path, "id"), what="remark", id=name)


def _check_addition(
    collector: ProblemCollector, kind: str, step_id: str, name: str, key: ContentKey, path: ValuePath
) -> None:
    step = next((step for step in collector.pack.steps if step.id == step_id), None)
    if step is None:
        return
    additions = {addition.id: addition for addition in (step.actions if kind == "action" else step.cautions)}
    if collector.check_exists(f"{kind} of “{step_id}”", name, additions, key, (*path, "id")) and additions[name].base:
        collector.report("HW318", key, (*path, "id"), what=kind, id=name)


def _check_manifest(collector: ProblemCollector) -> None:
    content, key = collector.pack.content, ("pack", collector.pack.id)
    defaults = sum(kind.default for kind in content.kinds)
    if defaults != 1:
        collector.report("HW315", key, ("kinds",), count=defaults)
    if content.emphasis.focus <= content.emphasis.steady:
        collector.report("HW320", key, ("emphasis",), focus=content.emphasis.focus, steady=content.emphasis.steady)
    if content.what_if is not None and content.what_if.not_eased is not None:
        check_condition(collector, content.what_if.not_eased.when, key, ("what_if", "not_eased", "when"))


def _check_unused(collector: ProblemCollector) -> None:
    """What nothing ever shows: worth a look, but no error."""
    content, key = collector.pack.content, ("pack", collector.pack.id)
    effects = [effect for rule in collector.pack.rules for effect in rule.then]
    proposed = {effect.kind for effect in effects if isinstance(effect, KindEffect)}
    raised = {effect.notice for effect in effects if isinstance(effect, NoticeEffect)}
    added = {
        ("actions", effect.action.step, effect.action.id) for effect in effects if isinstance(effect, ActionEffect)
    }
    added |= {
        ("cautions", effect.caution.step, effect.caution.id) for effect in effects if isinstance(effect, CautionEffect)
    }
    for index, kind in enumerate(content.kinds):
        if not kind.default and kind.id not in proposed:
            collector.report("HW317", key, ("kinds", index), what="kind", id=kind.id)
    for index, notice in enumerate(content.notices):
        if notice.id not in raised:
            collector.report("HW317", key, ("notices", index), what="notice", id=notice.id)
    said_remarks = {(effect.say.place, effect.say.id) for effect in effects if isinstance(effect, RemarkEffect)}
    for slot, remarks in content.remarks.items():
        for index, remark in enumerate(remarks):
            if not remark.base and (slot, remark.id) not in said_remarks:
                collector.report("HW317", key, ("remarks", slot, index), what="remark", id=remark.id)
    for step in content.steps:
        for field in ("actions", "cautions"):
            in_variants = {name for variant in step.for_kind.values() for name in getattr(variant, field) or ()}
            for index, addition in enumerate(getattr(step, field)):
                if not addition.base and (field, step.id, addition.id) not in added and addition.id not in in_variants:
                    collector.report("HW317", ("step", step.id), (field, index), what=field[:-1], id=addition.id)


def _check_variants(collector: ProblemCollector, step: Step) -> None:
    """A variant of a step is made of what the step has."""
    for kind, variant in step.for_kind.items():
        for field in ("actions", "cautions"):
            addition_ids = [addition.id for addition in getattr(step, field)]
            for index, name in enumerate(getattr(variant, field) or ()):
                path = ("for_kind", kind, field, index)
                collector.check_exists(f"{field[:-1]} of “{step.id}”", name, addition_ids, ("step", step.id), path)
