"""Checks of a whole pack: :func:`check_pack` calls all others; those here compare what the parts say of each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine.content.base import Reference
from engine.content.conditions import leaves
from engine.content.items.base import Item
from engine.content.pack import ContentKey, Pack, Snapshot
from engine.content.questionnaire import Questionnaire
from engine.content.rules import Rule
from engine.content.steps import NotEased, Step
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
        _check_all_exist(collector, "notice", section.followed_by, key, ("sections", section_index, "followed_by"))
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
    _check_all_exist(collector, "kind", rule.reasons_shown_in, key, ("reasons_shown_in",))
    if rule.gate:
        for leaf, leaf_path in leaves(rule.when):
            if leaf.subject != "item":
                collector.report("HW307", key, ("when", *leaf_path), subject=f"the {leaf.subject} “{leaf.id}”")
    for index, effect in enumerate(rule.then):
        _check_references(collector, effect.references(), key, ("then", index, effect.key))


def _check_references(
    collector: ProblemCollector, references: Iterable[Reference], key: ContentKey, path: ValuePath
) -> None:
    """Report what does not exist, and what stands in a plan anyway, so that no rule need add it."""
    for reference in references:
        definitions = _definitions(collector.pack, reference.kind, reference.within)
        if definitions is None:
            continue
        place = (*path, *reference.path)
        what = (
            f"{reference.kind} of “{reference.within}”" if reference.kind in {"action", "caution"} else reference.kind
        )
        is_defined = collector.check_exists(what, reference.id, definitions, key, place)
        if is_defined and getattr(definitions[reference.id], "base", False):
            collector.report("HW318", key, place, what=reference.kind, id=reference.id)


def _check_all_exist(
    collector: ProblemCollector, kind: str, ids: Iterable[str], key: ContentKey, path: ValuePath
) -> None:
    references = (Reference(kind, name, (index,)) for index, name in enumerate(ids))
    _check_references(collector, references, key, path)


def _definitions(pack: Pack, kind: str, within: str = "") -> Mapping[str, Any] | None:
    """What a reference of a kind can name, by id; None if the step that would have it is missing itself."""
    match kind:
        case "tag":
            return {tag: step for step in pack.steps for tag in step.tags}
        case "action" | "caution":
            step = next((step for step in pack.steps if step.id == within), None)
            return None if step is None else _by_id(step.actions if kind == "action" else step.cautions)
        case "remark":
            return _by_id(
                remark for slot, remarks in pack.content.remarks.items() if slot == within for remark in remarks
            )
        case "item":
            return pack.items
        case "finding":
            return pack.recorders
        case _:
            return _by_id({"step": pack.steps, "kind": pack.content.kinds, "notice": pack.content.notices}[kind])


def _by_id(definitions: Iterable[Any]) -> dict[str, Any]:
    return {definition.id: definition for definition in definitions}


def _check_manifest(collector: ProblemCollector) -> None:
    content = collector.pack.content
    key = ("pack", content.pack)
    collector.check_unique("kind", [kind.id for kind in content.kinds], key, ("kinds",))
    collector.check_unique("notice", [notice.id for notice in content.notices], key, ("notices",))
    collector.check_unique("step", [step.id for step in content.steps], key, ("steps",))
    defaults = sum(kind.default for kind in content.kinds)
    if defaults != 1 and not collector.partial:
        collector.report("HW315", key, ("kinds",), count=defaults)
    if content.emphasis.focus <= content.emphasis.steady:
        collector.report("HW320", key, ("emphasis",), focus=content.emphasis.focus, steady=content.emphasis.steady)
    for index, notice in enumerate(content.notices):
        _check_all_exist(collector, "kind", notice.kinds, key, ("notices", index, "kinds"))
    for index, kind in enumerate(content.kinds):
        for number, cap in enumerate(kind.caps):
            _check_references(collector, cap.references(), key, ("kinds", index, "caps", number))
    if content.hide_own_causes is not None:
        _check_references(collector, content.hide_own_causes.references(), key, ("hide_own_causes",))
    if content.what_if is not None:
        _check_references(collector, content.what_if.references(), key, ("what_if",))
        _check_all_exist(collector, "kind", content.what_if.kinds, key, ("what_if",))
        _check_not_eased(collector, content.what_if.not_eased, key, ("what_if", "not_eased"))
    if content.weeks is not None:
        _check_all_exist(collector, "kind", content.weeks.kinds, key, ("weeks",))
        if content.weeks.unscheduled is not None:
            _check_references(collector, content.weeks.unscheduled.references(), key, ("weeks", "unscheduled"))
            _check_all_exist(collector, "kind", content.weeks.unscheduled.kinds, key, ("weeks", "unscheduled"))
    for slot, remarks in content.remarks.items():
        collector.check_unique("remark", [remark.id for remark in remarks], key, ("remarks", slot))
        for index, remark in enumerate(remarks):
            _check_all_exist(collector, "kind", remark.kinds, key, ("remarks", slot, index, "kinds"))
            _check_all_exist(collector, "step", remark.first, key, ("remarks", slot, index, "first"))
    if not collector.partial and not any(reported.code == "HW302" for reported in collector.problems):
        _check_unused(collector)


def _check_not_eased(collector: ProblemCollector, block: NotEased | None, key: ContentKey, path: ValuePath) -> None:
    if block is None:
        return
    _check_references(collector, block.references(), key, path)
    check_condition(collector, block.when, key, (*path, "when"))
    _check_all_exist(collector, "item", block.unless, key, (*path, "unless"))


def _check_unused(collector: ProblemCollector) -> None:
    """What nothing ever shows: worth a look, but no error."""
    additions = (effect.addition for rule in collector.pack.rules for effect in rule.then)
    added = {(addition.kind, addition.within, addition.id) for addition in additions if addition is not None}
    for kind, within, name, key, path in _needing_a_rule(collector.pack.content):
        if (kind, within, name) not in added:
            collector.report("HW317", key, path, what=kind, id=name)


def _needing_a_rule(content: Snapshot) -> Iterator[tuple[str, str, str, ContentKey, ValuePath]]:
    """All that shows only if a rule adds it, and where it stands."""
    pack_key = ("pack", content.pack)
    for index, kind in enumerate(content.kinds):
        if not kind.default:
            yield "kind", "", kind.id, pack_key, ("kinds", index)
    for index, notice in enumerate(content.notices):
        yield "notice", "", notice.id, pack_key, ("notices", index)
    for slot, remarks in content.remarks.items():
        for index, remark in enumerate(remarks):
            if not remark.base:
                yield "remark", slot, remark.id, pack_key, ("remarks", slot, index)
    for step in content.steps:
        for field in ("actions", "cautions"):
            in_variants = {name for variant in step.for_kind.values() for name in getattr(variant, field) or ()}
            for index, addition in enumerate(getattr(step, field)):
                if not addition.base and addition.id not in in_variants:
                    yield field[:-1], step.id, addition.id, ("step", step.id), (field, index)


def _check_step(collector: ProblemCollector, step: Step) -> None:
    key = ("step", step.id)
    collector.check_unique("action", [action.id for action in step.actions], key, ("actions",))
    collector.check_unique("caution", [caution.id for caution in step.cautions], key, ("cautions",))
    for field in ("actions", "cautions"):
        for index, addition in enumerate(getattr(step, field)):
            _check_all_exist(collector, "kind", addition.kinds, key, (field, index, "kinds"))
    for kind, variant in step.for_kind.items():
        collector.check_exists("kind", kind, _by_id(collector.pack.content.kinds), key, ("for_kind", kind), at_key=True)
        for field in ("actions", "cautions"):
            addition_ids = [addition.id for addition in getattr(step, field)]
            for index, name in enumerate(getattr(variant, field) or ()):
                collector.check_exists(
                    f"{field[:-1]} of “{step.id}”", name, addition_ids, key, ("for_kind", kind, field, index)
                )
