"""Can every placeholder of every text be filled?"""

from __future__ import annotations

from typing import Final

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
"""A name of twelve characters, with which a path line must still be short enough."""


def check_texts(collector: ProblemCollector) -> None:
    """Every placeholder of every text must be one the voice can fill."""
    voice = collector.pack.content.voice
    if voice is not None and voice.default not in voice.forms:
        return  # reported already
    allowed = dict.fromkeys(known_placeholders(voice))
    for words_of_form in voice.forms.values() if voice is not None else ():
        allowed |= dict.fromkeys(words_of_form)  # forms that differ have been reported
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
    """A path line is short in words: in every form, with a name of usual length, and without the clauses in it."""
    voice = collector.pack.content.voice
    if any(name.startswith(CLAUSE_PREFIX) for name in placeholders(text)) or voice is None:
        longest = len(text)
    else:
        answers = [{voice.pronoun_item or "": form_id, voice.name_item or "": USUAL_NAME} for form_id in voice.forms]
        unknown = set(placeholders(text)) - set(known_placeholders(voice))
        longest = 0 if unknown else max(len(placeholder_filler(voice, given).fill(text)) for given in answers)
    if longest > LONGEST_LINE:
        reason = f"a path line has at most {LONGEST_LINE} characters, this one has {longest} in words"
        collector.problems.append(problem("HW206", location, reason=reason))


def _check_clause(collector: ProblemCollector, name: str, location: Location) -> None:
    """``{said:…}`` speaks of an item that has a clause for every answer, and that may be spoken of."""
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
