"""Does a pack's voice fit together: its forms, and the items that choose among them."""

from __future__ import annotations

from engine.content.pack import Key
from engine.content.questionnaire import ShortText, SingleChoice
from engine.errors import listed
from engine.loading.checks.problems import ProblemCollector


def check_voice(desk: ProblemCollector) -> None:
    """Report what cannot be right about the voice."""
    found = desk.pack.content.voice
    if found is None:
        return
    key: Key = ("pack", desk.pack.id)
    forms = list(found.forms)
    desk.known("form", found.default, forms, key, ("voice", "default"))
    for index, name in enumerate(found.plural):
        desk.known("form", name, forms, key, ("voice", "plural", index))
    words = set(found.forms[forms[0]])
    if found.name in words:
        reason = f"“{found.name}” is a word of the forms, and cannot stand for the name too"
        desk.report("HW321", key, ("voice", "name"), reason=reason)
    for form, inside in found.forms.items():
        if set(inside) != words:
            reason = f"“{forms[0]}” and “{form}” differ in {listed(sorted(words ^ set(inside)))}"
            desk.report("HW321", key, ("voice", "forms", form), reason=reason)
    _voice_item(desk, found.pronoun_item, "pronoun_item", SingleChoice, "a single choice", key)
    _voice_item(desk, found.name_item, "name_item", ShortText, "a short text", key)
    item = desk.pack.items.get(found.pronoun_item or "")
    if isinstance(item, SingleChoice):
        for option in item.options:
            desk.known("form", option.id, forms, key, ("voice", "pronoun_item"))


def _voice_item(desk: ProblemCollector, name: str | None, field: str, wanted: type, expected: str, key: Key) -> None:
    if name is None or not desk.known("item", name, desk.pack.items, key, ("voice", field)):
        return
    item = desk.pack.items[name]
    if not isinstance(item, wanted):
        desk.report("HW203", key, ("voice", field), expected=expected, found=f"“{name}” ({item.type})")
    if name in desk.pack.sensitive:
        desk.report("HW327", key, ("voice", field), id=name)
