"""Every problem Heartwork can report about content or answers: its code, its rule and what to do.

A problem reads *where – what rule is broken – what to do*. Codes are stable: tools and tests rely on them, the
wording may change. ``docs/errors.md`` lists the same table; a test compares both ways.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the catalogue. ``{…}`` are filled in when a problem is reported."""

    broken: str
    remedy: str
    advice: bool = False
    """True if content with this problem still loads: it is worth a look, nothing more."""


CATALOGUE: dict[str, Row] = {
    # 1xx: reading a file
    "HW101": Row("the file cannot be read ({reason})", "check the path and its permissions"),
    "HW102": Row("this is not valid YAML: {reason}", "correct the text at this place"),
    "HW103": Row("the key “{key}” stands twice in one mapping (first on line {first})", "remove or rename one of them"),
    "HW104": Row("YAML tags are not used here ({tag})", "remove the tag"),
    "HW105": Row(
        "YAML anchors, aliases and merge keys are not used here",
        "write the value out; a text with “&” or “*” first needs quotes",
    ),
    "HW106": Row("the file is not UTF-8 text ({reason})", "save it as UTF-8"),
    "HW107": Row("the file is too large or too deep ({reason})", "split it into several files"),
    "HW108": Row("a key must be a text, this one is {found}", "put the key in quotes"),
    "HW109": Row("the file is empty", "write its content, or remove the file"),
    "HW110": Row(
        "{value} is not a number Heartwork can calculate with", "use an ordinary number; an identifier needs quotes"
    ),
    # 2xx: the shape of a file
    "HW201": Row("“{key}” is not known here{hint}", "use one of: {allowed}"),
    "HW202": Row("“{key}” is missing", "add it"),
    "HW203": Row("expected {expected}, found {found}", "write {expected}"),
    "HW204": Row("{found} is not allowed here{hint}", "use one of: {allowed}"),
    "HW205": Row("“{found}” cannot be an id", "use letters, digits, “_” and “-”, starting with a letter or digit"),
    "HW206": Row("{reason}", "correct the value"),
    "HW207": Row("this condition is not understood: {reason}", "write one of: {allowed}"),
    "HW208": Row("this effect is not understood: {reason}", "write one of: {allowed}"),
    "HW209": Row("dialect {found} is not one this engine reads", "use dialect: 1, or a newer Heartwork"),
    # 3xx: what the parts say of each other
    "HW301": Row("the {kind} “{id}” is defined twice (also at {other})", "rename or remove one of them"),
    "HW302": Row("there is no {kind} “{id}”{hint}", "use an id that exists{allowed}"),
    "HW303": Row("“{operator}” cannot be asked of {subject}", "use one of: {allowed}"),
    "HW304": Row("“{operator}” needs {expected}, found {found}", "write {expected}"),
    "HW305": Row("show_when reads {subject}, which is not known yet at this item", "read only what was asked earlier"),
    "HW306": Row("no rule may read the short text “{id}”", "ask with a choice instead"),
    "HW307": Row("a gate reads items only, this one reads {subject}", "read the items, or drop `gate: true`"),
    "HW308": Row("findings depend on themselves: {circle}", "break the circle at one of these rules"),
    "HW309": Row("steps must precede each other in a circle: {circle}", "remove one of these constraints"),
    "HW310": Row("the scale cannot be calculated: {reason}", "correct the items or their values"),
    "HW311": Row("the bands are not in order: {reason}", "give each band a higher edge than the one before"),
    "HW312": Row("{reason}", "ask for at least 1 and at most all {count} items"),
    "HW313": Row("the item “{id}” is not the same as at {other}", "use `use: {id}`, or give it another id"),
    "HW314": Row("the bounds are not in order: {reason}", "give a lowest value below the highest"),
    "HW315": Row("{count} kinds of plan are marked `default: true`", "mark exactly one"),
    "HW316": Row("the placeholder “{found}” is not known{hint}", "use one of: {allowed}"),
    "HW317": Row("the {what} “{id}” is never used", "let a rule add it, or remove it", advice=True),
    "HW318": Row("the {what} “{id}” is already there without a rule", "mark it `base: false`, or drop this effect"),
    "HW319": Row(
        "show_when reads the hold of “{id}”, but the gate “{gate}” reads “{item}”, asked later", "ask it earlier"
    ),
    "HW320": Row("the thresholds are not in order: focus {focus}, steady {steady}", "let focus be above steady"),
    "HW321": Row("the words of the voice do not fit: {reason}", "give every form the same words, and the name its own"),
    "HW322": Row("no file of the pack “{id}” declares it", "add rules/{id}/steps.yaml with `dialect: 1`"),
    "HW323": Row(
        "the scale “{id}” has items that no questionnaire asks together", "ask all its items in one questionnaire"
    ),
    "HW324": Row("{found} is out of reach: {what}", "use a value within reach", advice=True),
    "HW325": Row("there is no content in {path}", "name a folder with questionnaires/ and rules/"),
    "HW326": Row("this file is not read here", "see rules/README.md for where files belong", advice=True),
    "HW327": Row(
        "the voice would speak the sensitive answer to “{id}”", "take another item, or drop `sensitive: true`"
    ),
    "HW328": Row("no clause can stand here: {reason}", "name an item whose every answer has a `said`, or write it out"),
    "HW329": Row(
        "no questionnaire asks what the rules of the pack “{id}” read", "add one to questionnaires/ with `pack: {id}`"
    ),
    # 4xx: what a rule's own examples say
    "HW401": Row("the rule stays silent for this example", "correct the example or the rule"),
    "HW402": Row("the rule fires for this example", "correct the example or the rule"),
    "HW403": Row("the rule has no example that {what}", "add one under `examples:`", advice=True),
    "HW404": Row("the example cannot be answered like this: {reason}", "correct the example"),
    # 5xx: answers
    "HW501": Row("there is no question “{id}”{hint}", "remove the answer or correct its name"),
    "HW502": Row("{found} is not an answer to “{id}”{hint}", "use one of: {allowed}"),
    "HW503": Row("“{id}” needs {expected}, found {found}", "answer with {expected}"),
    "HW504": Row("{found} is outside what “{id}” allows", "answer with {expected}"),
    "HW505": Row("“{option}” cannot be chosen together with others at “{id}”", "choose it alone, or leave it out"),
    "HW506": Row("“{id}” needs an answer", "answer it; null says “I'd rather not say”"),
    "HW507": Row("the text for “{id}” is longer than {most} characters", "shorten it"),
    "HW508": Row("“{option}” is chosen twice at “{id}”", "choose it once"),
    # 6xx: files of answers
    "HW601": Row("this is not a whole file of answers: {reason}", "add it"),
    "HW602": Row("there is no questionnaire “{id}”{hint}", "use one of: {allowed}; --content names another folder"),
    "HW603": Row(
        "the answers were given to another version of the content", "read the result with that in mind", advice=True
    ),
    "HW610": Row("the first sitting is later than the second", "name the earlier one first", advice=True),
    "HW604": Row("the two cannot be compared: {reason}", "compare two sittings of one pack"),
    "HW605": Row("the snapshot in the file does not fit its digest", "export the answers again"),
    "HW608": Row("the result cannot be written ({reason})", "choose another file"),
    "HW607": Row("this is not a snapshot that this version reads", "export it again"),
    "HW609": Row("there is no step “{id}” in this plan{hint}", "use one of: {allowed}"),
    "HW611": Row(
        "this draft is of the questionnaire “{id}”", "go on with `heartwork take {id}`, or give another file with -o"
    ),
    "HW612": Row(
        "the draft was changed by another process since it was read", "go on in one place only: call the command again"
    ),
    "HW613": Row(
        "another answer to {items} is left out: the rules engine did not confirm what it would change",
        "report it, with the answers and the content",
        advice=True,
    ),
    "HW614": Row(
        "the fonts of PDF files lack a character: {reason}", "write the text without it, or use another format"
    ),
    "HW615": Row("this plan has no calendar", "use another format: some plans are better kept out of a calendar"),
    "HW606": Row("a check-in has no plan of its own", "report the last full sitting"),
    # 7xx: populations
    "HW701": Row("“{id}” is already the name of {what}", "give it another id"),
    "HW702": Row("“{id}” is of type {type}, whose rates are `{needed}`", "write `{needed}`"),
    "HW703": Row("no weight here is above 0", "give one of them some weight"),
    "HW704": Row(
        "“{id}” needs an answer, but some people would leave it open",
        "give it rates, without `left_open`, and without `skipped` or `last` on the way to it",
    ),
    "HW705": Row(
        "the loads of “{id}” explain more than all of it",
        "make them smaller: their squares add up to 1 at most, and to less where their traits hang together",
    ),
    "HW706": Row(
        "`when` reads {subject}, which is not known when “{id}” is answered",
        "read traits, the circumstance, or items that are asked earlier",
    ),
    "HW707": Row("nobody in this population answers “{id}”", "give it rates under `answers:`", advice=True),
    "HW708": Row(
        "“{option}” does not belong under `{here}`",
        "options that stand alone belong under `otherwise`, all others under `chances`",
    ),
    "HW709": Row("no population answers “{id}”", "write {path}, or name a file with --population"),
}


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a file: lines and columns count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One broken rule at one place.

    ``where`` is a place in a file, or for answers that came from no file the id of the question.
    """

    code: str
    where: Location | str
    broken: str
    remedy: str

    @property
    def advice(self) -> bool:
        """True if the content works in spite of it."""
        return CATALOGUE[self.code].advice

    def __str__(self) -> str:
        return f"{self.where}: {self.code} {self.broken}; {self.remedy}"


class HeartworkError(Exception):
    """Base of the errors a caller may want to catch. ``problems`` is never empty."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class ContentError(HeartworkError):
    """Content that cannot be used."""


class ResponseError(HeartworkError):
    """Answers that cannot be accepted."""


class FileError(HeartworkError):
    """A file of answers that cannot be read."""


def problem(code: str, where: Location | str, **facts: object) -> Problem:
    """Make the problem ``code`` at ``where``; ``facts`` fill the catalogue's wording."""
    entry = CATALOGUE[code]
    return Problem(code, where, entry.broken.format(**facts), entry.remedy.format(**facts))


def no_such(kind: str, name: str, ids: Iterable[str], where: Location | str) -> Problem:
    """The problem that nothing of this kind is called so, with the ids that exist."""
    existing = list(ids)
    facts = {"hint": did_you_mean(name, existing), "allowed": f": {join_ids(existing)}"}
    return problem("HW302", where, kind=kind, id=name, **facts)


def has_faults(problems: Iterable[Problem]) -> bool:
    """True if one of the problems is more than advice."""
    return any(not reported.advice for reported in problems)


def by_place(problems: Iterable[Problem]) -> list[Problem]:
    """The problems in the order of their places, each once."""
    return sorted(set(problems), key=lambda reported: (reported.where, reported.code, reported.broken))


def did_you_mean(value: object, candidates: Iterable[str]) -> str:
    """``; did you mean “…”?`` for the nearest of ``candidates``, or nothing."""
    matches = difflib.get_close_matches(str(value), sorted(candidates), n=1, cutoff=0.6)
    return f"; did you mean “{matches[0]}”?" if matches else ""


def join_ids(ids: Iterable[str], limit: int = 12) -> str:
    """The ids as a list for people, cut where it gets long."""
    all_ids = list(ids)
    return (
        ", ".join(all_ids[:limit]) + (f" … ({len(all_ids)} in all)" if len(all_ids) > limit else "")
        if all_ids
        else "(none)"
    )


def describe_value(value: object) -> str:
    """A value as messages show it: short, and named where it is not a word or a number."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, tuple | list):
        return "a list"
    if isinstance(value, int):
        return str(value) if abs(value) < 10**18 else "a very large number"
    text = "".join(char if char.isprintable() else "�" for char in str(value)[:60])
    return f"“{text}”" if isinstance(value, str) else text
