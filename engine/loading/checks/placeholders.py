"""Does a pack's voice fit together: its forms, and the items that choose among them."""

from __future__ import annotations

from engine.content.items.choices import SingleChoice
from engine.content.items.text import ShortText
from engine.content.pack import ContentKey
from engine.errors import join_ids
from engine.loading.checks.problems import ProblemCollector


def check_placeholder_words(collector: ProblemCollector) -> None:
    """Report what cannot be right about the voice."""
    voice = collector.pack.content.voice
    if voice is None:
        return
    key: ContentKey = ("pack", collector.pack.id)
    form_ids = list(voice.forms)
    words_of_first = set(voice.forms[form_ids[0]])
    if voice.name in words_of_first:
        reason = f"“{voice.name}” is a word of the forms, and cannot stand for the name too"
        collector.report("HW321", key, ("voice", "name"), reason=reason)
    for form_id, words_of_form in voice.forms.items():
        if set(words_of_form) != words_of_first:
            reason = (
                f"“{form_ids[0]}” and “{form_id}” differ in {join_ids(sorted(words_of_first ^ set(words_of_form)))}"
            )
            collector.report("HW321", key, ("voice", "forms", form_id), reason=reason)
    _check_placeholder_item(collector, voice.pronoun_item, "pronoun_item", SingleChoice, "a single choice", key)
    _check_placeholder_item(collector, voice.name_item, "name_item", ShortText, "a short text", key)
    item = collector.pack.items.get(voice.pronoun_item or "")
    if isinstance(item, SingleChoice):
        for option in item.options:
            collector.check_exists("form", option.id, form_ids, key, ("voice", "pronoun_item"))


def _check_placeholder_item(
    collector: ProblemCollector, name: str | None, field: str, item_type: type, expected: str, key: ContentKey
) -> None:
    item = collector.pack.items.get(name or "")
    if item is None:
        return
    if not isinstance(item, item_type):
        collector.report("HW203", key, ("voice", field), expected=expected, found=f"“{item.id}” ({item.type})")
    if item.id in collector.pack.sensitive:
        collector.report("HW327", key, ("voice", field), id=item.id)
