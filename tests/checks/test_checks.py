"""Tests of the checks of simulated people's reports: contradictions, grammar, the never-list and the survey."""

from __future__ import annotations

from fnmatch import fnmatchcase
from itertools import product
from pathlib import Path
from typing import Any, Final

import pytest

from engine.content.placeholders import PlaceholderFiller, clause_items, placeholder_filler
from engine.content.serialization import texts
from tests.breakup import population_survey as survey
from tests.breakup.simulated_people import Line, SimulatedPerson, population, simulated_person
from tests.checks import grammar
from tests.checks.contradictions import ReportPattern, pairs, possible_facts, read_pair
from tests.checks.forbidden_phrases import NEVER_LIST, never_list_hits
from tests.checks.report_checks import CHECKS, ECHO
from tests.factories import made_once

PAIR: Final = {"id": "a-pair", "why": "?", "from": "nobody"}
QUICK_NAMES: Final = (None, "D'Arcy")
FORMS: Final = [
    pytest.param(
        grammar.OtherPerson(pronoun, name),
        marks=() if name in QUICK_NAMES else pytest.mark.exhaustive,
        id=f"{pronoun}-{name or 'no name'}",
    )
    for pronoun, name in product(("he", "she", "they"), (*QUICK_NAMES, "Zoë", "小林"))
]


def english(text: str, pronoun: str = "he", name: str | None = None) -> list[str]:
    """The names of a sentence's faults."""
    faults = grammar.faults(Line(text), grammar.OtherPerson(pronoun, name), population().pack)
    return [fault.partition(":")[0] for fault in faults]


# Contradictions


def test_every_pair_has_a_unique_id() -> None:
    """Every pair has a unique id and a reason."""
    ids = [pair.id for pair in pairs()]
    assert len(set(ids)) == len(ids) > 50
    assert all(len(pair.why) > 10 for pair in pairs())


@pytest.mark.parametrize("pair", pairs(), ids=lambda pair: pair.id)
def test_every_thing_of_a_pair_exists(pair: Any) -> None:
    """The facts of each pair exist in the pack. Words may be missing, because a pair can keep removed words out."""
    facts = set(possible_facts(population().pack))
    for pattern in pair.patterns:
        if pattern.regex is None:
            assert pattern.written in facts or any(fnmatchcase(fact, pattern.written) for fact in facts), (
                pattern.written
            )


def test_every_fact_is_possible() -> None:
    """Every fact of a report is among the possible facts."""
    facts = set(possible_facts(population().pack))
    for number in range(25):
        facts_of_person = {fact for fact in simulated_person(number).facts if not fact.startswith("answer ")}
        assert facts_of_person - facts == set()


@pytest.mark.parametrize(
    ("fields", "meets"),
    [
        ({"this": "kind *", "beside": "step growth *"}, True),
        ({"this": "kind nokind", "beside": "step growth *"}, False),
        ({"this": "kind *", "beside": "kind nokind"}, False),
        ({"this": ["kind nokind", "kind *"], "beside": ["kind nokind", "/\\bYOU\\b/"]}, True),
        ({"this": "kind *", "beside": "kind *", "unless": "step growth *"}, False),
        ({"this": "kind *", "beside": "kind *", "unless": ["kind nokind", "/no such words/"]}, True),
    ],
)
def test_a_pair_meets(fields: dict[str, Any], meets: bool) -> None:
    """A pair matches by one part of each side, as ids or words, unless a part of ``unless`` occurs."""
    assert (read_pair(PAIR | fields).met(simulated_person(0)) is not None) == meets


@pytest.mark.parametrize("broken", [{"this": "kind *"}, {"this": "kind *", "beside": "kind *", "unles": "kind *"}])
def test_a_pair_that_lacks_something(broken: dict[str, Any]) -> None:
    """A pair without one of its sides, or with an unknown field, is refused."""
    with pytest.raises((KeyError, AssertionError)):
        read_pair(PAIR | broken)


def test_facts_of_one_person() -> None:
    """The facts of a report include its kind, the position and texts of each step, and the answers."""
    person = simulated_person(0)
    step, today = person.report.steps[0], person.report.today
    assert today is not None
    expected = {f"kind {person.report.kind.id}", f"place {step.id} {step.place}", f"title {step.id}"}
    expected |= {f"today {today.step}/{today.action.id}", f"answer pronoun={person.pronoun}"}
    assert expected <= person.facts
    assert sum(fact.startswith("remark heading/") for fact in person.facts) == 1
    assert ReportPattern("remark heading/*").matches(person)


# Grammar


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("They is near.", "one verb for they"),
        ("If they wants to talk, listen.", "one verb for they"),
        ("He have asked.", "many verbs for one person"),
        ("Your ex want to talk.", "many verbs for one person"),
        ("Zoë don't write.", "many verbs for one person"),
        ("You wait for he.", "a subject after a preposition"),
        ("This is their.", "a possessive alone"),
        ("Look at the the door.", "a word twice"),
        ("It is a hour.", "a for an"),
        ("It is a old story.", "a for an"),
        ("It is an list.", "an for a"),
        ("Wait.. Now.", "marks doubled"),
        ("Wait,. Now.", "marks doubled"),
        ("Wait , now.", "a space before a mark"),
        ("Wait,now.", "no space after a mark"),
        ("Say “no.", "“ without ”"),
        ('Say "no".', "a straight quote"),
        ("Wait. now.", "a small letter at the start"),
        ("wait now.", "a small letter at the start"),
        ("Wait  now.", "a space too many"),
        ("Wait for {them}.", "a placeholder"),
        ("Wait now", "no mark at the end"),
        ("It is Sam's's.", "a genitive twice"),
    ],
)
def test_a_fault_is_seen(text: str, fault: str) -> None:
    """Each kind of fault is found in a sentence that has it."""
    assert fault in english(text, name="Zoë")


@pytest.mark.parametrize(
    "text",
    [
        "Does he want to talk? Let Zoë answer when she likes.",
        "You and he have time. They sometimes write, and they always answer.",
        "Call someone at 2 a.m., or an hour later. A one-off is a unit.",
        "Write: “What do you need?” and wait… It is theirs to choose.",
        "zoë is near. It's their choice; that's his.",
    ],
)
def test_what_is_right_is_left_alone(text: str) -> None:
    """Questions, typed names, times and quotes are not reported."""
    assert english(text, name="zoë") == english(text.replace("Zoë", "zoë"), name="zoë")
    assert [fault for fault in english(text, name="zoë") if fault != "many verbs for one person"] == []


@pytest.mark.parametrize("other", FORMS)
def test_every_text_in_every_voice(other: grammar.OtherPerson) -> None:
    """Each text of the pack is correct English for three pronouns, with and without a name."""
    pack, filler = population().pack, voice_of(other)
    faults = []
    for path, name, text in texts(pack.content):
        if path[0] == "voice" or name in {"reference", "source"} or "{said:" in text or "{answer}" in text:
            continue
        inside_sentence = name in {"said", "if", "supposed"}
        line = Line(filler.fill(text, inside=inside_sentence), "clause")
        faults += [f"{'.'.join(map(str, path))}: {fault}" for fault in grammar.faults(line, other, pack)]
    assert faults == []


@pytest.mark.parametrize("other", FORMS)
def test_every_clause_in_every_reason(other: grammar.OtherPerson) -> None:
    """Each reason and remark is correct English with the clause of each answer."""
    pack, filler = population().pack, voice_of(other)
    faults = []
    for path, name, text in texts(pack.content):
        for clauses in clauses_of(text, filler):
            line = Line(filler.fill(text, clauses=clauses), "clause" if name == "line" else "sentence")
            faults += [f"{'.'.join(map(str, path))}: {fault}" for fault in grammar.faults(line, other, pack)]
    assert faults == []


def voice_of(other: grammar.OtherPerson) -> PlaceholderFiller:
    placeholders = population().pack.content.voice
    assert placeholders is not None
    return placeholder_filler(
        placeholders, {placeholders.pronoun_item or "": other.pronoun, placeholders.name_item or "": other.name}
    )


def clauses_of(text: str, filler: PlaceholderFiller) -> list[dict[str, str]]:
    """Clauses by item for the ``{said:…}`` of a text, so that every clause of each item occurs once."""
    items = [population().pack.items[name] for name in dict.fromkeys(clause_items(text))]
    spoken = [
        [
            filler.fill(choice.said, inside=True)
            for choice in (*getattr(item, "options", ()), *getattr(item, "points", ()))
        ]
        for item in items
    ]
    most = max(map(len, spoken), default=0)
    return [
        {item.id: clauses[number % len(clauses)] for item, clauses in zip(items, spoken, strict=True)}
        for number in range(most)
    ]


# The never-list


@pytest.mark.parametrize(
    "text", ["he will call", "they will call", "She will come.", "Get them back.", "Make her miss you"]
)
def test_the_never_list_is_found_in_reports(text: str) -> None:
    """Phrases with placeholders are found in texts in which they are filled."""
    assert list(never_list_hits(text))


def test_what_is_allowed_is_not_found() -> None:
    """“Nothing says what he will do” is the only allowed phrase about what he will do."""
    assert list(never_list_hits("Nothing says what he will do, and WHO knows.")) == []
    assert len(NEVER_LIST) > 10


# The survey


def test_a_survey_is_shared() -> None:
    """A process reads the survey that another process stored."""
    whole = survey.survey_of(range(6))
    assert sum(whole.occurrences["kind"].values()) == 6
    assert survey.Survey.of_json(whole.to_json()) == whole


def test_what_is_made_once_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One process fills a folder while others wait for it; after a failure the next one tries again."""
    monkeypatch.setattr(made_once, "SECONDS", 0.0)
    fills: list[Path] = []

    def fill(folder: Path) -> None:
        with pytest.raises(AssertionError, match="another process to make a"):
            made_once.make_once(folder, fill)
        fills.append(folder)
        if len(fills) == 1:
            raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        made_once.make_once(tmp_path / "a", fill)
    assert [made_once.make_once(tmp_path / "a", fill) for _ in range(2)] == [tmp_path / "a"] * 2
    assert len(fills) == 2


def test_every_check_can_find_something(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each check reports a fault once for each person, with the person's number and the words."""
    monkeypatch.setattr(survey, "CHECKS", {"always": lambda _: ["this", "that"]})
    result = survey.Survey()
    result.add(simulated_person(3))
    assert result.faults["always"] == ["person 3: this; that"]
    assert result.counts["always"] == 1
    assert set(CHECKS) >= {"twice", "echo", "never", "right_english", "easy_to_read"}


def test_an_echo_is_seen() -> None:
    """Seven consecutive words of a question are an echo, and six are not."""
    question = population().pack.items["unanswered"].text.split()
    person = simulated_person(0)
    for count, echoes in ((ECHO, True), (ECHO - 1, False)):
        echoing = SimulatedPerson(person.number, person.assessment, person.report)
        echoing.__dict__["lines"] = (Line(" ".join(question[4 : 4 + count]).capitalize() + "."),)
        assert bool(list(CHECKS["echo"](echoing))) == echoes
