"""Checks of a whole pack: :func:`check_pack` runs all of them; this module checks references between its parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from engine.content.conditions import leaves
from engine.content.effects import Addition
from engine.content.items.base import Item
from engine.content.pack import ContentKey, Snapshot
from engine.content.remarks import Remark
from engine.content.rules import Rule
from engine.content.steps import Action, Caution, Step, Summary
from engine.errors import join_ids
from engine.loading.checks.conditions import check_condition, check_cycles, check_order
from engine.loading.checks.ids import duplicate_ids, unknown_ids
from engine.loading.checks.placeholders import check_texts, check_voice
from engine.loading.checks.problems import ProblemCollector
from engine.loading.checks.scales import check_scale
from engine.loading.yaml import ValuePath


def check_definitions(collector: ProblemCollector) -> None:
    """Report duplicate ids, and rules without a questionnaire that could ask what they read."""
    collector.problems += duplicate_ids(collector.fields)
    content = collector.pack.content
    if content.rules and not content.questionnaires:
        collector.report("HW329", ("pack", content.pack), id=content.pack)


def check_pack(collector: ProblemCollector) -> None:
    """Run all other checks of a pack whose definitions have no fault."""
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
    check_voice(collector)
    for step in collector.pack.steps:
        _check_variants(collector, step)
    _check_manifest(collector)
    _check_scale_remarks(collector)
    if not any(reported.code == "HW302" for reported in collector.problems):
        _check_unused(collector)
    check_texts(collector)


def _check_item(collector: ProblemCollector, item: Item) -> None:
    key = ("item", item.id)
    for code, path, facts in item.content_faults():
        collector.report(code, key, path, at_key=False, **facts)
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
        if effect.addition is not None and effect.addition.within:
            _check_addition(collector, effect.addition, key, ("then", index, effect.key, *effect.addition.path))


def _check_addition(collector: ProblemCollector, addition: Addition, key: ContentKey, path: ValuePath) -> None:
    """Report an addition that its step or slot does not define, or that is shown there without a rule anyway."""
    kind, name, within = addition.kind, addition.id, addition.within
    content = collector.pack.content
    definitions: Sequence[Remark | Action | Caution | Summary]
    if kind == "remark":
        definitions = next((remarks for slot, remarks in content.remarks.items() if slot == within), ())
    elif (step := next((step for step in content.steps if step.id == within), None)) is not None:
        of_step: Mapping[str, Sequence[Action | Caution | Summary]]
        of_step = {"action": step.actions, "caution": step.cautions, "summary": step.summaries}
        definitions = of_step[kind]
    else:  # an unknown step, which the field's mark RefersTo reports
        return
    base_by_id = {definition.id: getattr(definition, "base", False) for definition in definitions}
    what = kind if kind == "remark" else f"{kind} of “{within}”"
    if collector.check_exists(what, name, base_by_id, key, path) and base_by_id[name]:
        collector.report("HW318", key, path, what=kind, id=name)


def _check_manifest(collector: ProblemCollector) -> None:
    content, key = collector.pack.content, ("pack", collector.pack.id)
    defaults = sum(kind.default for kind in content.kinds)
    if defaults != 1:
        collector.report("HW315", key, ("kinds",), count=defaults)
    if content.emphasis.focus <= content.emphasis.steady:
        collector.report("HW320", key, ("emphasis",), focus=content.emphasis.focus, steady=content.emphasis.steady)
    if content.sober_when is not None:
        check_condition(collector, content.sober_when, key, ("sober_when",))
    if content.what_if is not None and content.what_if.not_eased is not None:
        check_condition(collector, content.what_if.not_eased.when, key, ("what_if", "not_eased", "when"))
    for slot, remarks in content.remarks.items():
        for index, remark in enumerate(remarks):
            _check_actions(collector, "first", remark.first, remark.today, ("remarks", slot, index, "today"))
    for index, line in enumerate(content.after_done):
        _check_actions(collector, "steps", line.steps, line.actions, ("after_done", index, "actions"))


def _check_actions(
    collector: ProblemCollector, field: str, step_ids: Sequence[str], action_ids: Sequence[str], path: ValuePath
) -> None:
    """Report actions that none of the steps in another field has."""
    content = collector.pack.content
    known_ids = {action.id for step in content.steps if step.id in step_ids for action in step.actions}
    for index, name in enumerate(action_ids):
        collector.check_exists(f"action of `{field}`", name, known_ids, ("pack", content.pack), (*path, index))


def _check_scale_remarks(collector: ProblemCollector) -> None:
    """Report remarks in the place ``scale`` that are not about a scale."""
    key = ("pack", collector.pack.id)
    for index, remark in enumerate(collector.pack.content.remarks.get("scale", ())):
        path: ValuePath = ("remarks", "scale", index)
        if remark.about is None:
            collector.report("HW206", key, path, reason="a remark of the place `scale` names a scale in `about`")
        else:
            collector.check_exists("scale", remark.about, collector.pack.scales, key, (*path, "about"))


def _check_unused(collector: ProblemCollector) -> None:
    """Advise on parts that are never shown: one problem for all of a kind, as one missing file may be the cause."""
    additions = (effect.addition for rule in collector.pack.rules for effect in rule.then)
    added = {(addition.kind, addition.within, addition.id) for addition in additions if addition is not None}
    unused: dict[str, list[tuple[str, ContentKey, ValuePath]]] = {}
    for kind, within, name, key, path in _needing_a_rule(collector.pack.content):
        if (kind, within, name) not in added:
            unused.setdefault(kind, []).append((name, key, path))
    for kind, parts in unused.items():
        _, key, path = parts[0]
        collector.report("HW317", key, path, what=kind, ids=join_ids(f"“{name}”" for name, _, _ in parts))


def _needing_a_rule(content: Snapshot) -> Iterator[tuple[str, str, str, ContentKey, ValuePath]]:
    """Each part that is shown only if a rule adds it: its kind, the step or slot it is in, its id, and its position."""
    pack_key = ("pack", content.pack)
    for kind, field in (("kind", "kinds"), ("notice", "notices"), ("contingency", "contingencies")):
        for index, part in enumerate(getattr(content, field)):
            if not (kind == "kind" and part.default):
                yield kind, "", part.id, pack_key, (field, index)
    for slot, remarks in content.remarks.items():
        for index, remark in enumerate(remarks):
            if not remark.base:
                yield "remark", slot, remark.id, pack_key, ("remarks", slot, index)
    for step in content.steps:
        for index, summary in enumerate(step.summaries):
            yield "summary", step.id, summary.id, ("step", step.id), ("summaries", index)
        for field in ("actions", "cautions"):
            in_variants = {name for variant in step.for_kind.values() for name in getattr(variant, field) or ()}
            for index, addition in enumerate(getattr(step, field)):
                if not addition.base and addition.id not in in_variants:
                    yield field[:-1], step.id, addition.id, ("step", step.id), (field, index)


def _check_variants(collector: ProblemCollector, step: Step) -> None:
    """Report actions and cautions of a variant that its step does not define."""
    for kind, variant in step.for_kind.items():
        for field in ("actions", "cautions"):
            addition_ids = [addition.id for addition in getattr(step, field)]
            for index, name in enumerate(getattr(variant, field) or ()):
                path = ("for_kind", kind, field, index)
                collector.check_exists(f"{field[:-1]} of “{step.id}”", name, addition_ids, ("step", step.id), path)
