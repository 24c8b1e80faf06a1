"""Checks of a whole pack: :func:`check_pack` calls all others; those here compare what the parts say of each other."""

from __future__ import annotations

from engine.content.conditions import leaves
from engine.content.items.base import Item
from engine.content.pack import ContentKey
from engine.content.questionnaire import Questionnaire
from engine.content.rules import (
    ActionEffect,
    CapEffect,
    CautionEffect,
    HoldEffect,
    KindEffect,
    NoticeEffect,
    OrderEffect,
    RemarkEffect,
    Rule,
    WeightEffect,
)
from engine.content.steps import NotEased, Step, Target
from engine.loading.checks.conditions import check_condition, check_cycles, check_order
from engine.loading.checks.placeholders import check_placeholder_words
from engine.loading.checks.problems import ProblemCollector
from engine.loading.checks.scales import check_scale
from engine.loading.checks.texts import check_texts
from engine.loading.yaml import ValuePath


def check_pack(collector: ProblemCollector) -> None:
    """Report everything about the pack that cannot be right."""
    content = collector.pack.content
    pack_key = ("pack", content.pack)
    collector.check_unique("rule", [rule.id for rule in content.rules], pack_key, ("rules",))
    questionnaire_ids = [questionnaire.questionnaire for questionnaire in content.questionnaires]
    collector.check_unique("questionnaire", questionnaire_ids, pack_key, ("questionnaires",))
    scale_ids = [scale.id for questionnaire in content.questionnaires for scale in questionnaire.scales]
    collector.check_unique("scale", scale_ids, pack_key, ("scales",))
    for item in collector.pack.items.values():
        _check_item(collector, item)
    for form in collector.pack.forms.values():
        key = ("questionnaire", form.questionnaire.questionnaire)
        collector.check_unique("item", [item.id for item in form.items], key, ("sections",))
        _check_sections(collector, form.questionnaire, key)
        for item in form.items:
            check_order(collector, form, item, ("asked", f"{form.questionnaire.questionnaire}/{item.id}"))
    for scale in collector.pack.scales.values():
        check_scale(collector, scale)
    for rule in collector.pack.rules:
        _check_rule(collector, rule)
    check_cycles(collector)
    check_placeholder_words(collector)
    for step in collector.pack.steps:
        _check_step(collector, step)
    _check_manifest(collector)
    check_texts(collector)


def _check_sections(collector: ProblemCollector, questionnaire: Questionnaire, key: ContentKey) -> None:
    collector.check_unique("section", [section.id for section in questionnaire.sections], key, ("sections",))
    for section_index, section in enumerate(questionnaire.sections):
        for index, name in enumerate(section.followed_by):
            collector.check_exists(
                "notice", name, _notice_ids(collector), key, ("sections", section_index, "followed_by", index)
            )
    if questionnaire.sections[0].continues:
        reason = "no section comes before the first one"
        collector.report("HW206", key, ("sections", 0, "continues"), reason=reason)


def _check_item(collector: ProblemCollector, item: Item) -> None:
    key = ("item", item.id)
    collector.check_unique("option", [choice.key for choice in item.choices], key, ("options",))
    for code, path, facts in item.content_faults():
        collector.report(code, key, path, at_key=False, **facts)
    if item.show_when is not None:
        check_condition(collector, item.show_when, key, ("show_when",), allow_steps=True)


def _check_rule(collector: ProblemCollector, rule: Rule) -> None:
    key = ("rule", rule.id)
    check_condition(collector, rule.when, key, ("when",))
    _check_kinds(collector, rule.reasons_shown_in, key, ("reasons_shown_in",))
    if rule.gate:
        for leaf, leaf_path in leaves(rule.when):
            if leaf.subject != "item":
                collector.report("HW307", key, ("when", *leaf_path), subject=f"the {leaf.subject} “{leaf.id}”")
    for index, effect in enumerate(rule.then):
        path: ValuePath = ("then", index)
        match effect:
            case WeightEffect():
                _check_target(collector, effect.weight, key, (*path, "weight"))
            case CapEffect():
                _check_target(collector, effect.cap, key, (*path, "cap"))
            case HoldEffect():
                _check_target(collector, effect.hold, key, (*path, "hold"))
            case OrderEffect():
                for name in ("first", "then"):
                    collector.check_exists(
                        "step", getattr(effect.order, name), _step_ids(collector), key, (*path, "order", name)
                    )
            case ActionEffect():
                _check_addition(collector, "action", effect.action.step, effect.action.id, key, (*path, "action"))
            case CautionEffect():
                _check_addition(collector, "caution", effect.caution.step, effect.caution.id, key, (*path, "caution"))
            case NoticeEffect():
                collector.check_exists("notice", effect.notice, _notice_ids(collector), key, (*path, "notice"))
            case KindEffect():
                collector.check_exists("kind", effect.kind, _kind_ids(collector), key, (*path, "kind"))
            case RemarkEffect():
                _check_remark(collector, effect, key, (*path, "say"))
            case _:
                pass


def _check_remark(collector: ProblemCollector, effect: RemarkEffect, key: ContentKey, path: ValuePath) -> None:
    slot, name = effect.say.place, effect.say.id
    remarks = {remark.id: remark for remark in collector.pack.content.remarks.get(slot, ())}
    if collector.check_exists("remark", name, remarks, key, (*path, "id")) and remarks[name].base:
        collector.report("HW318", key, (*path, "id"), what="remark", id=name)


def _kind_ids(collector: ProblemCollector) -> list[str]:
    return [kind.id for kind in collector.pack.content.kinds]


def _notice_ids(collector: ProblemCollector) -> list[str]:
    return [notice.id for notice in collector.pack.content.notices]


def _step_ids(collector: ProblemCollector) -> list[str]:
    return [step.id for step in collector.pack.steps]


def _check_target(collector: ProblemCollector, target: Target, key: ContentKey, path: ValuePath) -> None:
    if target.step is not None:
        collector.check_exists("step", target.step, _step_ids(collector), key, (*path, "step"))
    for index, name in enumerate(target.steps or ()):
        collector.check_exists("step", name, _step_ids(collector), key, (*path, "steps", index))
    if target.tag is not None:
        tags = dict.fromkeys(tag for step in collector.pack.steps for tag in step.tags)
        collector.check_exists("tag", target.tag, tags, key, (*path, "tag"))


def _check_addition(
    collector: ProblemCollector, kind: str, step_id: str, name: str, key: ContentKey, path: ValuePath
) -> None:
    if not collector.check_exists("step", step_id, _step_ids(collector), key, (*path, "step")):
        return
    step = next(step for step in collector.pack.steps if step.id == step_id)
    additions = {addition.id: addition for addition in (step.actions if kind == "action" else step.cautions)}
    if collector.check_exists(f"{kind} of “{step_id}”", name, additions, key, (*path, "id")) and additions[name].base:
        collector.report("HW318", key, (*path, "id"), what=kind, id=name)


def _check_manifest(collector: ProblemCollector) -> None:
    content = collector.pack.content
    key = ("pack", content.pack)
    collector.check_unique("kind", _kind_ids(collector), key, ("kinds",))
    collector.check_unique("notice", _notice_ids(collector), key, ("notices",))
    collector.check_unique("step", _step_ids(collector), key, ("steps",))
    defaults = sum(kind.default for kind in content.kinds)
    if defaults != 1 and not collector.partial:
        collector.report("HW315", key, ("kinds",), count=defaults)
    if content.emphasis.focus <= content.emphasis.steady:
        collector.report("HW320", key, ("emphasis",), focus=content.emphasis.focus, steady=content.emphasis.steady)
    for index, notice in enumerate(content.notices):
        _check_kinds(collector, notice.kinds, key, ("notices", index, "kinds"))
    for index, kind in enumerate(content.kinds):
        for number, cap in enumerate(kind.caps):
            _check_target(collector, cap, key, ("kinds", index, "caps", number))
    if content.hide_own_causes is not None:
        _check_target(collector, content.hide_own_causes, key, ("hide_own_causes",))
    if content.what_if is not None:
        _check_target(collector, content.what_if, key, ("what_if",))
        _check_kinds(collector, content.what_if.kinds, key, ("what_if",))
        _check_not_eased(collector, content.what_if.not_eased, key, ("what_if", "not_eased"))
    if content.weeks is not None:
        _check_kinds(collector, content.weeks.kinds, key, ("weeks",))
        if content.weeks.unscheduled is not None:
            _check_target(collector, content.weeks.unscheduled, key, ("weeks", "unscheduled"))
            _check_kinds(collector, content.weeks.unscheduled.kinds, key, ("weeks", "unscheduled"))
    for slot, remarks in content.remarks.items():
        collector.check_unique("remark", [remark.id for remark in remarks], key, ("remarks", slot))
        for index, remark in enumerate(remarks):
            _check_kinds(collector, remark.kinds, key, ("remarks", slot, index, "kinds"))
            for number, name in enumerate(remark.first):
                collector.check_exists(
                    "step", name, _step_ids(collector), key, ("remarks", slot, index, "first", number)
                )
    if not collector.partial and not any(reported.code == "HW302" for reported in collector.problems):
        _check_unused(collector, key)


def _check_not_eased(collector: ProblemCollector, block: NotEased | None, key: ContentKey, path: ValuePath) -> None:
    if block is None:
        return
    _check_target(collector, block, key, path)
    check_condition(collector, block.when, key, (*path, "when"))
    for index, name in enumerate(block.unless):
        collector.check_exists("item", name, collector.pack.items, key, (*path, "unless", index))


def _check_unused(collector: ProblemCollector, key: ContentKey) -> None:
    """What nothing ever shows: worth a look, but no error."""
    content = collector.pack.content
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


def _check_step(collector: ProblemCollector, step: Step) -> None:
    key = ("step", step.id)
    collector.check_unique("action", [action.id for action in step.actions], key, ("actions",))
    collector.check_unique("caution", [caution.id for caution in step.cautions], key, ("cautions",))
    for field in ("actions", "cautions"):
        for index, addition in enumerate(getattr(step, field)):
            _check_kinds(collector, addition.kinds, key, (field, index, "kinds"))
    for kind, variant in step.for_kind.items():
        collector.check_exists("kind", kind, _kind_ids(collector), key, ("for_kind", kind), at_key=True)
        for field in ("actions", "cautions"):
            addition_ids = [addition.id for addition in getattr(step, field)]
            for index, name in enumerate(getattr(variant, field) or ()):
                collector.check_exists(
                    f"{field[:-1]} of “{step.id}”", name, addition_ids, key, ("for_kind", kind, field, index)
                )


def _check_kinds(collector: ProblemCollector, kinds: tuple[str, ...], key: ContentKey, path: ValuePath) -> None:
    for index, kind in enumerate(kinds):
        collector.check_exists("kind", kind, _kind_ids(collector), key, (*path, index))
