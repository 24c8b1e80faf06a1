"""Loading whole folders and snapshots, and digests of packs."""

from __future__ import annotations

import copy
import json
import random
from datetime import date
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.assessment.responses import validate_answers
from engine.assessment.scoring import score
from engine.content.pack import Pack
from engine.content.serialization import canonical_json
from engine.errors import ContentError, catalogue
from engine.loading.library import load_library, load_snapshot, load_with_problems
from tests.checks.examples import examples
from tests.factories.small_pack import BARE_STEPS, RULES, Folder

AS_OF: Final = date(2026, 11, 23)


def digests(folder: Folder) -> tuple[str, str]:
    """Both digests of the small pack."""
    pack = folder.pack()
    return pack.content_digest, pack.meaning_digest


def test_shipped_content_has_no_fault() -> None:
    """The shipped content loads without problems or advice."""
    packs, problems = load_with_problems()
    assert problems == []
    assert packs


def test_problems_of_shipped_content_are_named_without_its_folder() -> None:
    """Shipped content is named from its root, other content as the caller named it."""
    location = load_library().packs["breakup"].location("pack", "breakup")
    assert location is not None
    assert location.file == "rules/breakup/steps.yaml"


def test_packs_beside_each_other(folder: Folder) -> None:
    """A folder may hold several packs; forms are found by questionnaire."""
    sheet = "questionnaire: sheet\npack: bare\ntitle: T\nsections:\n  - {id: s, title: S, items: [{id: calm, type: yes_no, text: item}]}\n"
    folder.small().write({"rules/bare/steps.yaml": BARE_STEPS, "questionnaires/sheet.yaml": sheet})
    library = load_library(folder.path)
    assert set(library.packs) == {"small", "bare"}
    assert {name: pack.id for name, (pack, _) in library.forms.items()} == {
        "main": "small",
        "check": "small",
        "sheet": "bare",
    }


def test_pack_without_rules(folder: Folder) -> None:
    """A pack may have no rules, no steps and no scales."""
    folder.write({"rules/bare/steps.yaml": BARE_STEPS})
    assert folder.pack("bare").rules == ()


def test_places(small: Pack) -> None:
    """A loaded pack has the place of each of its parts."""
    locations = {
        key: small.location(*key) for key in (("rule", "tired"), ("scale", "load"), ("item", "calm"), ("step", "call"))
    }
    assert {
        key: str(location).split("content/")[-1].split("small0/")[-1] for (_, key), location in locations.items()
    } == {
        "tired": "rules/small/all.yaml:13:5",
        "load": "questionnaires/main.yaml:76:5",
        "calm": "questionnaires/main.yaml:34:9",
        "call": "rules/small/steps.yaml:43:5",
    }


class TestDigests:
    """Changes of content and the digests that change with them."""

    @pytest.fixture
    def before(self, folder: Folder) -> tuple[str, str]:
        """The digests of the small pack as it is."""
        return digests(folder.small())

    @pytest.mark.parametrize(
        ("file", "old", "new"),
        [
            ("questionnaires/main.yaml", "title: The main one", "title: 'The main one'  # for all"),
            ("questionnaires/main.yaml", "questionnaire: main\npack: small\n", "pack: small\n\nquestionnaire: main\n"),
            ("questionnaires/main.yaml", "{id: they, text: they}", "{text: they, id: they}"),
            ("questionnaires/main.yaml", "count_from: {safe: 1}", "count_from: {safe: 1.0}"),
            (
                "questionnaires/main.yaml",
                "        anchors: agree\n",
                "        anchors: [not at all, a little, rather, fully]\n",
            ),
            ("questionnaires/main.yaml", "anchors:\n  agree", "anchors:\n  unused: [a, b]\n  agree"),
            ("questionnaires/main.yaml", "longest: 30", "longest: 30\n        required: false"),
            ("questionnaires/main.yaml", "{no: 0, some: 1, often: 4}", "{often: 4, no: 0, some: 1}"),
            ("questionnaires/check.yaml", "- use: talk", "- use: talk\n"),
            ("rules/small/steps.yaml", "weight: 10", "weight: 10\n    tags: []"),
            ("rules/small/steps.yaml", "emphasis: {focus: 20, steady: 5}\n", ""),
            ("rules/small/all.yaml", "      silent: [{talk: some}]", "      silent: [{talk: some}, {talk: often}]"),
            ("rules/small/all.yaml", "gate: true", "gate: true # reads one item"),
        ],
    )
    def test_nothing_changes(self, folder: Folder, before: tuple[str, str], file: str, old: str, new: str) -> None:
        """Comments, quotes, order of keys, defaults written out, names of anchors and examples change no digest."""
        folder.plant(file, old, new)
        assert digests(folder) == before

    def test_files_do_not_matter(self, folder: Folder, before: tuple[str, str]) -> None:
        """Rules may be moved between files and in their order."""
        first, *rest = RULES.removeprefix("rules:\n").split("  - id: ")[1:]
        folder.write({"rules/small/deep/zero.yml": "rules:\n  - id: " + first})
        folder.write({"rules/small/all.yaml": "rules:\n" + "".join(f"  - id: {rule}" for rule in reversed(rest))})
        (folder.path / "questionnaires/main.yaml").rename(folder.path / "questionnaires/another.yml")
        assert digests(folder) == before

    @pytest.mark.parametrize(
        ("file", "old", "new"),
        [
            ("questionnaires/main.yaml", "text: Do you talk?", "text: Do you talk to each other?"),
            ("questionnaires/main.yaml", 'said: "you do not talk to {them}"', "said: you are silent"),
            ("questionnaires/main.yaml", "[not at all, a little,", "[not at all, somewhat,"),
            ("questionnaires/main.yaml", "title: Ease", "title: At ease"),
            ("questionnaires/main.yaml", "source: a study", "source: another study"),
            ("rules/small/steps.yaml", "title: A small pack", "title: A smaller pack"),
            ("rules/small/steps.yaml", "them: her", "them: HER"),
            ("rules/small/steps.yaml", "no_name: your ex", "no_name: your former partner"),
            ("rules/small/steps.yaml", "outcome: sleep", "outcome: sleeping"),
            ("rules/small/all.yaml", "because: You could walk.", "because: You could go for a walk."),
        ],
    )
    def test_only_content_changes(self, folder: Folder, before: tuple[str, str], file: str, old: str, new: str) -> None:
        """Words for people change what the pack says, not what it means."""
        folder.plant(file, old, new)
        content, meaning = digests(folder)
        assert content != before[0]
        assert meaning == before[1]

    @pytest.mark.parametrize(
        ("file", "old", "new"),
        [
            ("questionnaires/main.yaml", "longest: 30", "longest: 31"),
            ("questionnaires/main.yaml", "highest: 30", "highest: 31"),
            ("questionnaires/main.yaml", "reverse: [rest]", "reverse: [calm]"),
            ("questionnaires/main.yaml", "often: 4}", "often: 5}"),
            ("questionnaires/main.yaml", "above: 3.5", "from: 3.5"),
            ("questionnaires/main.yaml", "items: [calm, rest]", "items: [rest, calm]"),
            ("questionnaires/main.yaml", "{item: talk, is_not: often}", "{item: talk, is: often}"),
            ("questionnaires/check.yaml", "- use: talk\n      - use: calm", "- use: calm\n      - use: talk"),
            ("rules/small/steps.yaml", "weight: 10", "weight: 11"),
            ("rules/small/steps.yaml", "at: light", "at: steady"),
            ("rules/small/steps.yaml", "label: supported", "label: some_support"),
            ("rules/small/all.yaml", "by: 5", "by: 6"),
            ("rules/small/all.yaml", "at_least: 30", "at_least: 31"),
            ("rules/small/all.yaml", "- id: walks", "- id: walking"),
        ],
    )
    def test_both_change(self, folder: Folder, before: tuple[str, str], file: str, old: str, new: str) -> None:
        """What decides a plan changes both digests."""
        folder.plant(file, old, new)
        content, meaning = digests(folder)
        assert content != before[0]
        assert meaning != before[1]


class TestSnapshots:
    """The pack as one text."""

    def test_same_pack(self, small: Pack) -> None:
        """A snapshot loads as the same pack: same digests, same snapshot, same scores."""
        again = load_snapshot(small.snapshot)
        assert again.snapshot == small.snapshot
        assert (again.content_digest, again.meaning_digest) == (small.content_digest, small.meaning_digest)
        raw = {"talk": "often", "calm": 1, "rest": 3, "signs": ["one", "two"]}
        results = []
        for pack in (small, again):
            form = pack.forms["main"]
            responses = validate_answers(pack, form, raw, AS_OF)
            results.append((responses, score(pack, form, responses.answers)))
        assert results[0] == results[1]

    def test_shipped_content(self) -> None:
        """Every shipped pack survives being a snapshot."""
        for pack in load_library().packs.values():
            again = load_snapshot(pack.snapshot)
            assert (again.content_digest, again.meaning_digest) == (pack.content_digest, pack.meaning_digest)

    def test_canonical(self, small: Pack) -> None:
        """A snapshot is canonical JSON, in which the order of keys and white space do not matter."""
        value = json.loads(small.snapshot)
        assert canonical_json(value) == small.snapshot
        turned = json.dumps(dict(reversed(value.items())), indent=3)
        assert load_snapshot(turned).content_digest == small.content_digest

    @pytest.mark.parametrize(
        "text",
        [
            *("", "{", "null", "[]", "5", '"x"', "{}", "NaN", '{"dialect": 1}', "\x00", "\ud800", "[" * 100_000),
            *('{"a": ' * 500 + "1" + "}" * 500, "9" * 5000, "1e999", '{"dialect": NaN}', "﻿{}"),
        ],
        ids=range(17),
    )
    def test_no_snapshot(self, text: str) -> None:
        """A text that is no snapshot is refused."""
        with pytest.raises(ContentError) as caught:
            load_snapshot(text)
        assert [problem.code for problem in caught.value.problems] == ["HW607"]

    @pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN", "Infinity", "1" * 400, "1e300", "9" * 5000])
    def test_numbers_nobody_can_calculate_with(self, small: Pack, number: str) -> None:
        """A snapshot holds no number that files could not hold."""
        assert small.snapshot.count('"highest":30') == 1
        with pytest.raises(ContentError) as caught:
            load_snapshot(small.snapshot.replace('"highest":30', f'"highest":{number}'))
        assert [problem.code for problem in caught.value.problems] == ["HW607"]

    def test_half_a_character(self, small: Pack) -> None:
        """Half a surrogate pair has no digest and is refused."""
        with pytest.raises(ContentError):
            load_snapshot(small.snapshot.replace("Do you talk?", "\\ud800"))

    @pytest.mark.parametrize(
        ("old", "new", "code"),
        [
            ('"by":5,"step":"rest"', '"by":5,"step":"rst"', "HW302"),
            ('"id":"walks"', '"id":"tired"', "HW301"),
            ('"gate":true', '"gait":true', "HW607"),
            ('"Do you talk?"', '"Do {thei} talk?"', "HW316"),
            ('"dialect":1', '"dialect":2', "HW607"),
            ('"questionnaire":"check"', '"questionnaire":"main"', "HW301"),
        ],
    )
    def test_checked_like_files(self, small: Pack, old: str, new: str, code: str) -> None:
        """A snapshot that was changed by hand is checked as files are."""
        assert old in small.snapshot
        with pytest.raises(ContentError) as caught:
            load_snapshot(small.snapshot.replace(old, new, 1))
        assert code in [problem.code for problem in caught.value.problems]


def slots(value: Any) -> list[tuple[Any, Any]]:
    """Every place of a JSON value where something could be changed."""
    entries = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    return [(value, key) for key, _ in entries] + [slot for _, entry in entries for slot in slots(entry)]


ODD: Final[tuple[Any, ...]] = (
    *(
        None,
        True,
        False,
        0,
        1,
        -1,
        2.5,
        10**14,
        "",
        "x",
        "talk",
        "calm",
        "rest",
        "ease",
        "low",
        "unknown",
        "held",
        "\ud800",
        "é",
    ),
    *(
        [],
        {},
        [[]],
        ["talk"],
        {"talk": 1},
        {"item": "talk", "is": "no"},
        {"not": {"item": "calm", "is": 1}},
        {"use": "talk"},
    ),
)


@settings(max_examples=examples(90), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(draw=st.randoms(use_true_random=False))
def test_tampered_snapshots(small: Pack, draw: random.Random) -> None:
    """A snapshot that was changed at random loads as a pack that works, or is refused with problems."""
    value = json.loads(small.snapshot)
    for _ in range(draw.randint(1, 3)):
        container, key = draw.choice(slots(value))
        match draw.randrange(4):
            case 0:
                del container[key]
            case 1:
                container[key] = copy.deepcopy(draw.choice(ODD))
            case 2 if isinstance(container, list):
                container.append(copy.deepcopy(container[key]))
            case _:
                other_container, other_key = draw.choice(slots(value))
                container[key] = copy.deepcopy(other_container[other_key])
    try:
        pack = load_snapshot(json.dumps(value))
    except ContentError as error:
        codes = {problem.code for problem in error.problems}
        assert codes <= set(catalogue())
        return
    assert load_snapshot(pack.snapshot).content_digest == pack.content_digest
    for form in pack.forms.values():
        score(pack, form, validate_answers(pack, form, {}, AS_OF, complete=False).answers)
