"""Checks that every placeholder in every text can be filled, and that the words it is filled with fit together."""

from __future__ import annotations

from typing import Final

from engine.content.items.choices import SingleChoice
from engine.content.items.text import ShortText
from engine.content.pack import ContentKey
from engine.content.placeholders import (
    ANSWER_PLACEHOLDER,
    CLAUSE_PREFIX,
    known_placeholders,
    placeholder_filler,
    placeholders,
)
from engine.content.steps import LONGEST_LINE
from engine.errors import Location, did_you_mean, join_ids, problem
from engine.loading.checks.problems import ProblemCollector

USUAL_NAME: Final = "Maximilian-M"
"""A name of usual length, with which a path line must be short enough."""


def check_voice(collector: ProblemCollector) -> None:
    """Report forms of speech with different words, and items that cannot choose among them."""
    voice = collector.pack.content.voice
    if voice is None:
        return
    key: ContentKey = ("pack", collector.pack.id)
    first_form, words_of_first = next(iter(voice.forms.items()))
    if voice.name in words_of_first:
        reason = f"“{voice.name}” is a word of the forms, so it cannot be the placeholder for the name"
        collector.report("HW321", key, ("voice", "name"), reason=reason)
    for form_id, words in voice.forms.items():
        if words.keys() != words_of_first.keys():
            different = join_ids(sorted(words.keys() ^ words_of_first.keys()))
            reason = f"“{first_form}” and “{form_id}” differ in {different}"
            collector.report("HW321", key, ("voice", "forms", form_id), reason=reason)
    for field, name, item_type, expected in (
        ("pronoun_item", voice.pronoun_item, SingleChoice, "a single choice"),
        ("name_item", voice.name_item, ShortText, "a short text"),
    ):
        item = collector.pack.items.get(name or "")
        if item is not None and not isinstance(item, item_type):
            collector.report("HW203", key, ("voice", field), expected=expected, found=f"“{item.id}” ({item.type})")
        if item is not None and item.id in collector.pack.sensitive:
            collector.report("HW327", key, ("voice", field), id=item.id)
        for option in item.options if isinstance(item, SingleChoice) and field == "pronoun_item" else ():
            collector.check_exists("form", option.id, voice.forms, key, ("voice", field))


def check_texts(collector: ProblemCollector) -> None:
    """Report placeholders that are not known or cannot be filled, and path lines that are too long."""
    voice = collector.pack.content.voice
    if voice is not None and voice.default not in voice.forms:
        return  # reported as an unknown form; without its words no placeholder is known
    allowed = dict.fromkeys(known_placeholders(voice))
    for words_of_form in voice.forms.values() if voice is not None else ():
        allowed |= dict.fromkeys(words_of_form)  # forms with different words are reported by check_voice
    for source, path, field, text in collector.fields:
        if not field.words or not isinstance(text, str):
            continue
        if field.name in {"line", "lines"}:
            _check_line(collector, text, source.where(path))
        fillable = [*allowed, ANSWER_PLACEHOLDER] if field.name == "said" else list(allowed)
        for placeholder in placeholders(text):
            if placeholder.startswith(CLAUSE_PREFIX) and (field.name in {"because", "line"} or "remarks" in path[:1]):
                _check_clause(collector, placeholder.removeprefix(CLAUSE_PREFIX), source.where(path))
            elif placeholder not in fillable:
                facts = {"hint": did_you_mean(placeholder, fillable), "allowed": join_ids(fillable)}
                collector.problems.append(problem("HW316", source.where(path), found=f"{{{placeholder}}}", **facts))


def _check_line(collector: ProblemCollector, text: str, location: Location) -> None:
    """Report a path line that is too long in one of the forms, with a name of usual length and without its clauses."""
    voice = collector.pack.content.voice
    if any(name.startswith(CLAUSE_PREFIX) for name in placeholders(text)) or voice is None:
        longest = len(text)
    else:
        answers = [{voice.pronoun_item or "": form_id, voice.name_item or "": USUAL_NAME} for form_id in voice.forms]
        unknown = set(placeholders(text)) - set(known_placeholders(voice))
        longest = 0 if unknown else max(len(placeholder_filler(voice, given).fill(text)) for given in answers)
    if longest > LONGEST_LINE:
        reason = f"a path line has at most {LONGEST_LINE} characters, this one has {longest} with its words filled in"
        collector.problems.append(problem("HW206", location, reason=reason))


def _check_clause(collector: ProblemCollector, name: str, location: Location) -> None:
    """Report ``{said:…}`` of an item that is unknown or sensitive, or that lacks a clause for one of its answers."""
    item = collector.pack.items.get(name)
    if item is None:
        reason = f"there is no item “{name}”{did_you_mean(name, collector.pack.items)}"
    elif name in collector.pack.sensitive:
        reason = f"“{name}” is sensitive"
    elif not item.has_clauses:
        reason = f"“{name}” lacks `said` for some of its answers"
    else:
        return
    collector.problems.append(problem("HW328", location, reason=reason))
