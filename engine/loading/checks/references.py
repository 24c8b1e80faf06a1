"""What the parts of a pack say of each other: every check that needs more than one of them."""

from __future__ import annotations

from engine.content import placeholders as voice
from engine.content.base import is_date
from engine.content.conditions import leaves
from engine.content.pack import Key
from engine.content.questionnaire import (
    DateItem,
    Item,
    MultipleChoice,
    NumberItem,
    OrderedItem,
    Questionnaire,
    Rating,
    SingleChoice,
    has_clauses,
)
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
from engine.errors import did_you_mean, listed, problem
from engine.loading.checks.conditions import check_condition, check_cycles, check_order
from engine.loading.checks.placeholders import check_voice
from engine.loading.checks.problems import ProblemCollector, texts
from engine.loading.checks.scales import check_scale
from engine.loading.yaml import Source, ValuePath


def check_pack(desk: ProblemCollector) -> None:
    """Report everything about the pack that cannot be right."""
    content = desk.pack.content
    pack_key = ("pack", content.pack)
    desk.once("rule", [rule.id for rule in content.rules], pack_key, ("rules",))
    desk.once("questionnaire", [one.questionnaire for one in content.questionnaires], pack_key, ("questionnaires",))
    desk.once("scale", [scale.id for one in content.questionnaires for scale in one.scales], pack_key, ("scales",))
    for item in desk.pack.items.values():
        _item(desk, item)
    for form in desk.pack.forms.values():
        key = ("questionnaire", form.questionnaire.questionnaire)
        desk.once("item", [item.id for item in form.items], key, ("sections",))
        _sections(desk, form.questionnaire, key)
        for item in form.items:
            check_order(desk, form, item, ("asked", f"{form.questionnaire.questionnaire}/{item.id}"))
    for scale in desk.pack.scales.values():
        check_scale(desk, scale)
    for rule in desk.pack.rules:
        _rule(desk, rule)
    check_cycles(desk)
    check_voice(desk)
    for step in desk.pack.steps:
        _step(desk, step)
    _manifest(desk)
    _texts(desk)


def _sections(desk: ProblemCollector, questionnaire: Questionnaire, key: Key) -> None:
    desk.once("section", [section.id for section in questionnaire.sections], key, ("sections",))
    notices = [notice.id for notice in desk.pack.content.notices]
    for place, section in enumerate(questionnaire.sections):
        for index, name in enumerate(section.followed_by):
            desk.known("notice", name, notices, key, ("sections", place, "followed_by", index))
    if questionnaire.sections[0].continues:
        reason = "no section comes before the first one"
        desk.report("HW206", key, ("sections", 0, "continues"), reason=reason)


def _item(desk: ProblemCollector, item: Item) -> None:
    key = ("item", item.id)
    match item:
        case SingleChoice() | MultipleChoice():
            desk.once("option", [option.id for option in item.options], key, ("options",))
            for index, option in enumerate(item.options):
                if option.exclusive and isinstance(item, SingleChoice):
                    reason = "only an option of a multiple choice can be exclusive"
                    desk.report("HW206", key, ("options", index, "exclusive"), reason=reason)
        case NumberItem() if item.lowest >= item.highest:
            desk.report("HW314", key, ("lowest",), reason=f"lowest {item.lowest}, highest {item.highest}")
        case DateItem():
            for name in ("earliest", "latest"):
                text = getattr(item, name)
                if text is not None and not is_date(text):
                    desk.report("HW203", key, (name,), expected="a date such as 2026-11-23", found=f"“{text}”")
            if item.earliest and item.latest and item.earliest > item.latest:
                desk.report("HW314", key, ("earliest",), reason=f"earliest {item.earliest}, latest {item.latest}")
        case Rating() if len(item.points) < 2:
            desk.report("HW206", key, ("anchors",), reason="a rating needs at least two points")
        case _:
            pass
    if item.better is not None and not isinstance(item, OrderedItem):
        reason = "`better` is for single choices, ratings and yes/no: their answers stand in an order"
        desk.report("HW206", key, ("better",), reason=reason)
    if item.show_when is not None:
        check_condition(desk, item.show_when, key, ("show_when",), held=True)


def _rule(desk: ProblemCollector, rule: Rule) -> None:
    key = ("rule", rule.id)
    check_condition(desk, rule.when, key, ("when",))
    _in_kinds(desk, rule.reasons_shown_in, key, ("reasons_shown_in",))
    if rule.gate:
        for leaf, inside in leaves(rule.when):
            if leaf.subject != "item":
                desk.report("HW307", key, ("when", *inside), subject=f"the {leaf.subject} “{leaf.id}”")
    for index, effect in enumerate(rule.then):
        path: ValuePath = ("then", index)
        match effect:
            case WeightEffect():
                _target(desk, effect.weight, key, (*path, "weight"))
            case CapEffect():
                _target(desk, effect.cap, key, (*path, "cap"))
            case HoldEffect():
                _target(desk, effect.hold, key, (*path, "hold"))
            case OrderEffect():
                for name in ("first", "then"):
                    desk.known("step", getattr(effect.order, name), _steps(desk), key, (*path, "order", name))
            case ActionEffect():
                _addition(desk, "action", effect.action.step, effect.action.id, key, (*path, "action"))
            case CautionEffect():
                _addition(desk, "caution", effect.caution.step, effect.caution.id, key, (*path, "caution"))
            case NoticeEffect():
                desk.known(
                    "notice", effect.notice, [one.id for one in desk.pack.content.notices], key, (*path, "notice")
                )
            case KindEffect():
                desk.known("kind", effect.kind, _kinds(desk), key, (*path, "kind"))
            case RemarkEffect():
                _saying(desk, effect, key, (*path, "say"))
            case _:
                pass


def _saying(desk: ProblemCollector, effect: RemarkEffect, key: Key, path: ValuePath) -> None:
    place, name = effect.say.place, effect.say.id
    among = {one.id: one for one in desk.pack.content.remarks.get(place, ())}
    if desk.known("remark", name, among, key, (*path, "id")) and among[name].base:
        desk.report("HW318", key, (*path, "id"), what="remark", id=name)


def _kinds(desk: ProblemCollector) -> list[str]:
    return [one.id for one in desk.pack.content.kinds]


def _steps(desk: ProblemCollector) -> list[str]:
    return [step.id for step in desk.pack.steps]


def _target(desk: ProblemCollector, target: Target, key: Key, path: ValuePath) -> None:
    if target.step is not None:
        desk.known("step", target.step, _steps(desk), key, (*path, "step"))
    for index, name in enumerate(target.steps or ()):
        desk.known("step", name, _steps(desk), key, (*path, "steps", index))
    if target.tag is not None:
        tags = dict.fromkeys(tag for step in desk.pack.steps for tag in step.tags)
        desk.known("tag", target.tag, tags, key, (*path, "tag"))


def _addition(desk: ProblemCollector, what: str, step: str, name: str, key: Key, path: ValuePath) -> None:
    if not desk.known("step", step, _steps(desk), key, (*path, "step")):
        return
    found = next(one for one in desk.pack.steps if one.id == step)
    among = {one.id: one for one in (found.actions if what == "action" else found.cautions)}
    if desk.known(f"{what} of “{step}”", name, among, key, (*path, "id")) and among[name].base:
        desk.report("HW318", key, (*path, "id"), what=what, id=name)


def _manifest(desk: ProblemCollector) -> None:
    content = desk.pack.content
    key = ("pack", content.pack)
    desk.once("kind", [kind.id for kind in content.kinds], key, ("kinds",))
    desk.once("notice", [notice.id for notice in content.notices], key, ("notices",))
    desk.once("step", _steps(desk), key, ("steps",))
    defaults = sum(kind.default for kind in content.kinds)
    if defaults != 1 and not desk.partial:
        desk.report("HW315", key, ("kinds",), count=defaults)
    if content.emphasis.focus <= content.emphasis.steady:
        desk.report("HW320", key, ("emphasis",), focus=content.emphasis.focus, steady=content.emphasis.steady)
    for index, notice in enumerate(content.notices):
        _in_kinds(desk, notice.kinds, key, ("notices", index, "kinds"))
    for index, kind in enumerate(content.kinds):
        for number, cap in enumerate(kind.caps):
            _target(desk, cap, key, ("kinds", index, "caps", number))
    if content.hide_own_causes is not None:
        _target(desk, content.hide_own_causes, key, ("hide_own_causes",))
    if content.what_if is not None:
        _target(desk, content.what_if, key, ("what_if",))
        _in_kinds(desk, content.what_if.kinds, key, ("what_if",))
        _not_eased(desk, content.what_if.not_eased, key, ("what_if", "not_eased"))
    if content.weeks is not None:
        _in_kinds(desk, content.weeks.kinds, key, ("weeks",))
        if content.weeks.unscheduled is not None:
            _target(desk, content.weeks.unscheduled, key, ("weeks", "unscheduled"))
            _in_kinds(desk, content.weeks.unscheduled.kinds, key, ("weeks", "unscheduled"))
    for place, among in content.remarks.items():
        desk.once("remark", [one.id for one in among], key, ("remarks", place))
        for index, remark in enumerate(among):
            _in_kinds(desk, remark.kinds, key, ("remarks", place, index, "kinds"))
            for number, name in enumerate(remark.first):
                desk.known("step", name, _steps(desk), key, ("remarks", place, index, "first", number))
    if not desk.partial and not any(one.code == "HW302" for one in desk.problems):
        _unused(desk, key)


def _not_eased(desk: ProblemCollector, block: NotEased | None, key: Key, path: ValuePath) -> None:
    if block is None:
        return
    _target(desk, block, key, path)
    check_condition(desk, block.when, key, (*path, "when"))
    for index, name in enumerate(block.unless):
        desk.known("item", name, desk.pack.items, key, (*path, "unless", index))


def _unused(desk: ProblemCollector, key: Key) -> None:
    """What nothing ever shows: worth a look, but no error."""
    content = desk.pack.content
    effects = [effect for rule in desk.pack.rules for effect in rule.then]
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
            desk.report("HW317", key, ("kinds", index), what="kind", id=kind.id)
    for index, notice in enumerate(content.notices):
        if notice.id not in raised:
            desk.report("HW317", key, ("notices", index), what="notice", id=notice.id)
    said = {(effect.say.place, effect.say.id) for effect in effects if isinstance(effect, RemarkEffect)}
    for place, among in content.remarks.items():
        for index, remark in enumerate(among):
            if not remark.base and (place, remark.id) not in said:
                desk.report("HW317", key, ("remarks", place, index), what="remark", id=remark.id)
    for step in content.steps:
        for field in ("actions", "cautions"):
            in_variants = {name for variant in step.for_kind.values() for name in getattr(variant, field) or ()}
            for index, one in enumerate(getattr(step, field)):
                if not one.base and (field, step.id, one.id) not in added and one.id not in in_variants:
                    desk.report("HW317", ("step", step.id), (field, index), what=field[:-1], id=one.id)


def _step(desk: ProblemCollector, step: Step) -> None:
    key = ("step", step.id)
    desk.once("action", [action.id for action in step.actions], key, ("actions",))
    desk.once("caution", [caution.id for caution in step.cautions], key, ("cautions",))
    for field in ("actions", "cautions"):
        for index, one in enumerate(getattr(step, field)):
            _in_kinds(desk, one.kinds, key, (field, index, "kinds"))
    for kind, variant in step.for_kind.items():
        desk.known("kind", kind, _kinds(desk), key, ("for_kind", kind), at_key=True)
        for field in ("actions", "cautions"):
            own = [one.id for one in getattr(step, field)]
            for index, name in enumerate(getattr(variant, field) or ()):
                desk.known(f"{field[:-1]} of “{step.id}”", name, own, key, ("for_kind", kind, field, index))


def _in_kinds(desk: ProblemCollector, kinds: tuple[str, ...], key: Key, path: ValuePath) -> None:
    for index, kind in enumerate(kinds):
        desk.known("kind", kind, _kinds(desk), key, (*path, index))


def _texts(desk: ProblemCollector) -> None:
    """Every placeholder of every text must be one the voice can fill."""
    found = desk.pack.content.voice
    if "placeholder" in desk.lost or (found is not None and found.default not in found.forms):
        return  # reported already
    allowed = dict.fromkeys(voice.known_placeholders(found))
    for form in found.forms.values() if found is not None else ():
        allowed |= dict.fromkeys(form)  # forms that differ have been reported
    for source, model in desk.files:
        for path, field, text in texts(model):
            words = [*allowed, voice.ANSWER_PLACEHOLDER] if field == "said" else list(allowed)
            for word in voice.placeholders(text):
                if word.startswith(voice.CLAUSE_PREFIX) and (field == "because" or "remarks" in path[:1]):
                    _clause(desk, word.removeprefix(voice.CLAUSE_PREFIX), source, path)
                elif word not in words and word not in desk.broken:
                    facts = {"found": f"{{{word}}}", "hint": did_you_mean(word, words), "allowed": listed(words)}
                    desk.problems.append(problem("HW316", source.where(desk.in_file(source, path)), **facts))


def _clause(desk: ProblemCollector, name: str, source: Source, path: ValuePath) -> None:
    """``{said:…}`` speaks of an item that has a clause for every answer, and that may be spoken of."""
    if name in desk.broken or ("item" in desk.lost and name not in desk.pack.items):
        return
    item = desk.pack.items.get(name)
    if item is None:
        reason = f"there is no item “{name}”{did_you_mean(name, desk.pack.items)}"
    elif name in desk.pack.sensitive:
        reason = f"“{name}” is sensitive"
    elif not has_clauses(item):
        reason = f"“{name}” lacks `said` for some of its answers"
    else:
        return
    desk.problems.append(problem("HW328", source.where(desk.in_file(source, path)), reason=reason))
