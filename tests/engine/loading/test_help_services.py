"""Help services: the file format, the shipped file, the selection of lines, and the command."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any, Final

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from engine.cli import services as cli_services
from engine.cli.check import check as check_command
from engine.content.base import Model
from engine.errors import ContentError
from engine.loading.help_services import (
    ANYONE,
    EMERGENCY,
    INTERNATIONAL,
    UNDATED,
    CheckedHow,
    Phone,
    Service,
    ServiceKind,
    Services,
    ServiceSource,
    ServiceTexts,
    TextNumber,
    earliest_date,
    load_services,
    load_services_with_problems,
)
from engine.rendering.render import phrase, render_services
from engine.report.help_lines import MOST_OPEN, HelpLine, HelpLines, may_have_changed, select_help_lines
from tests.factories.small_pack import FILES, Folder
from tests.paths import ROOT
from web.cli import main as web_cli

FILE: Final = "rules/services.yaml"
AS_OF: Final = date(2026, 11, 24)
LATEST: Final = "2026-10-01"
"""No page that the facts name is newer."""
FACTS: Final = {
    "us": 11,
    "uk": 18,
    "ie": 10,
    "ca": 13,
    "au": 10,
    "nz": 9,
    "in": 6,
    "za": 7,
    "es": 7,
    "mx": 7,
    "co": 6,
    "ar": 6,
    "int": 6,
}
"""How many services were looked at, by country: us-01 to us-11, and so on."""
COUNTRIES: Final = sorted(FACTS.keys() - {"int"})

SMALL: Final = """\
texts: {intro: "Call {emergency}.", no_answer: "Or {emergency}.", unlisted: Nobody is listed.}
kinds:
  - {id: emergency, title: Now}
  - {id: talk, title: Talk}
  - {id: harm, title: Harm, discreet: true, nearest: talk}
  - {id: own, title: Own, otherwise: Ask a doctor.}
  - {id: young, title: Young, for: young, nearest: harm}
audiences:
  - {id: anyone, title: for anyone}
  - {id: women, title: for women}
  - {id: young, title: for the young}
countries:
  - {id: aa, title: Aa}
  - {id: bb, title: Bb}
  - {id: international, title: Elsewhere}
services:
  - id: aa-1
    country: aa
    kinds: [emergency]
    for: [anyone]
    name: Police
    phones: [{number: "1-1"}]
    sources: [{label: secondary, address: "https://example.org/"}]
    checked: undated
    checked_how: secondary
  - id: aa-2
    country: aa
    kinds: [harm, own]
    for: [women]
    name: Harm line
    phones: [{number: "22 22", note: TTY}]
    sources: [{label: gov, seen: "2026-09-01", address: "https://example.org/a"}]
    checked: "2026-09-01"
    checked_how: government
  - id: aa-3
    country: aa
    kinds: [talk]
    for: [anyone]
    name: Talk line
    texts: [{number: "3", word: HELLO}, {number: "33-3", by: whatsapp}]
    sources:
      - {label: own, seen: "2015-08", name: a list}
      - {label: secondary, seen: "2026-10-01", name: another list}
    checked: 2015-08
    checked_how: own_site
  - id: all-1
    country: international
    for: [anyone]
    directory: true
    name: List
    link: https://example.org/list
    sources: [{label: own, address: "https://example.org/list"}]
    checked: undated
    checked_how: own_site
omitted:
  - {id: aa-4, reason: It closed.}
"""


@pytest.fixture(scope="module")
def shipped() -> Services:
    """The services that come with Heartwork."""
    return load_services()


@pytest.fixture
def small(folder: Folder) -> Services:
    """The small file."""
    return load_services(folder.write({FILE: SMALL}).path)


def all_lines(lines: HelpLines) -> list[HelpLine]:
    """Every line of every part."""
    grouped = [line for group in lines.groups for line in (*group.first, *group.more)]
    return [*lines.emergency, *grouped, *lines.directories]


def kind_ids(services: Services) -> list[str]:
    return [kind.id for kind in services.kinds]


# The file


def positions_and_codes(folder: Folder) -> list[tuple[str, str]]:
    """Every problem of the file as its place in it and its code."""
    reported = load_services_with_problems(folder.path)[1]
    return [(str(problem.where).removeprefix(f"{folder.path}/{FILE}:"), problem.code) for problem in reported]


@pytest.mark.parametrize(
    ("code", "old", "new"),
    [
        ("HW201", "    name: Police\n", "    name: Police\n    ▸phone: one\n"),
        ("HW202", "  - id: aa-1\n    country: aa\n", "  - ▸id: aa-1\n"),
        ("HW203", 'number: "1-1"', "number: ▸11"),
        ("HW203", "reason: It closed.", "reason: ▸1"),
        ("HW203", "directory: true", "directory: ▸yes"),
        ("HW204", "checked_how: government", "checked_how: ▸goverment"),
        ("HW204", "label: gov,", "label: ▸press,"),
        ("HW205", "{id: aa-4,", "{id: ▸aa 4,"),
        ("HW206", '"22 22"', '▸"22 or 23"'),
        ("HW206", '"22 22"', '▸"22--22"'),
        ("HW206", "link: https://example.org/list", "link: ▸example.org"),
        ("HW206", "reason: It closed.", 'reason: ▸" "'),
        ("HW206", 'seen: "2015-08"', "seen: ▸2015-13"),
        ("HW206", 'seen: "2015-08"', "seen: ▸'0000'"),
        ("HW206", 'seen: "2015-08"', "seen: ▸August"),
        ("HW206", '- {label: own, seen: "2015-08", name: a list}', '- ▸{label: own, seen: "2015-08"}'),
        ("HW301", "  - {id: own,", "  - {id: ▸talk, title: Again}\n  - {id: own,"),
        ("HW301", "{id: bb,", "{id: ▸aa,"),
        ("HW301", "  - {id: young, title: for", "  - {id: ▸women, title: Again}\n  - {id: young, title: for"),
        ("HW301", "{id: aa-4,", "{id: ▸aa-3,"),
        ("HW302", "nearest: talk", "nearest: ▸tlak"),
        ("HW302", "for: young, nearest", "for: ▸old, nearest"),
        ("HW302", "kinds: [harm, own]", "kinds: [harm, ▸owm]"),
        ("HW302", "    for: [women]", "    for: [▸wommen]"),
        ("HW302", "country: international", "country: ▸world"),
    ],
)
def test_faults_are_found_where_they_are(folder: Folder, code: str, old: str, new: str) -> None:
    """A fault in the file is reported at its place with its code, and nothing else is reported."""
    folder.write({FILE: SMALL}).plant(FILE, old, new)
    positions = folder.expected()
    assert [(f"{FILE}:{position}", problem_code) for position, problem_code in positions_and_codes(folder)] == [
        (position, code) for position in positions
    ]
    with pytest.raises(ContentError):
        load_services(folder.path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('    texts: [{number: "3", word: HELLO}, {number: "33-3", by: whatsapp}]\n', ""),
        ("    kinds: [talk]\n", ""),
        ("    checked: 2015-08\n", "    checked: undated\n"),
        ("    checked: 2015-08\n", "    checked: '2026-10-01'\n"),
        ("    checked_how: own_site\n  - id: all-1", "    checked_how: government\n  - id: all-1"),
        ("    checked_how: own_site\n  - id: all-1", "    checked_how: memory\n  - id: all-1"),
    ],
)
def test_a_service_is_reachable_and_its_date_has_a_source(folder: Folder, old: str, new: str) -> None:
    """A service has a way to reach it and a kind, and a date that a source of the label it claims has too."""
    folder.write({FILE: SMALL}).plant(FILE, old, new)
    line = SMALL[: SMALL.index("id: aa-3")].count("\n") + 1
    assert positions_and_codes(folder) == [(f"{line}:5", "HW206")]


def test_all_problems_at_once(folder: Folder) -> None:
    """Faults of shape in several entries are reported together, before references between entries are checked."""
    folder.write({FILE: SMALL})
    folder.plant(FILE, "{id: talk, title: Talk}", "{id: talk, ▸titel: Talk}")
    folder.plant(FILE, "- {id: bb, title: Bb}", "- {id: ▸b b, title: Bb}")
    folder.plant(FILE, '"22 22"', '▸"none"')
    folder.plant(FILE, "country: international", "country: everywhere")
    positions = folder.expected()
    assert [f"{FILE}:{position}" for position, _ in positions_and_codes(folder)] == positions
    assert [code for _, code in positions_and_codes(folder)] == ["HW201", "HW205", "HW206"]


@pytest.mark.parametrize("raw", [b"", b"\xff", b"services: [", b"- 1\n", b"services: 1\n", b"kinds: [1, {}]\n"])
def test_files_that_are_no_services(folder: Folder, raw: bytes) -> None:
    """A file that holds no services is a problem, not an exception."""
    folder.write({FILE: raw})
    assert positions_and_codes(folder)


def test_a_place_that_is_no_file(folder: Folder) -> None:
    """A folder with the name of the file is a problem."""
    (folder.path / FILE).mkdir(parents=True)
    assert positions_and_codes(folder) == [("1:1", "HW101")]


@pytest.mark.parametrize("text", [None, "services: []\n"])
def test_content_without_services(folder: Folder, text: str | None) -> None:
    """A folder without the file, or with an empty list in it, has no services and no fault."""
    folder.small().write({FILE: text} if text else {})
    assert load_services(folder.path) == Services()
    lines = select_help_lines(Services(), [], "uk", AS_OF, discreet=True)
    assert all_lines(lines) == []


def test_nothing_changes_after_reading(small: Services) -> None:
    """Services cannot be changed."""
    with pytest.raises(ValueError, match="frozen"):
        small.services[0].name = "Another"  # type: ignore[misc] # that is what is tried


TABLES: Final[dict[str, type[Model]]] = {
    "the file": Services,
    "a kind of service": ServiceKind,
    "a service": Service,
    "a source": ServiceSource,
    "the texts": ServiceTexts,
}


@pytest.mark.parametrize("name", TABLES)
def test_the_fields_are_described(name: str) -> None:
    """rules/README.md has each field of the file in a table, and none more."""
    text = (ROOT / "rules" / "README.md").read_text(encoding="utf-8").partition("## `services.yaml`")[2]
    table = text.partition(f"| field of {name} |")[2].partition("\n\n")[0]
    rows = [row.split("|")[1] for row in table.splitlines() if row.startswith("| `")]
    described = re.findall(r"`(\w+)`", " ".join(rows))
    assert described == sorted(set(described), key=described.index)
    assert set(described) == {info.alias or field for field, info in TABLES[name].model_fields.items()}


def test_the_fields_of_a_phone_are_described() -> None:
    """The rows about phones and texts name what each has."""
    text = (ROOT / "rules" / "README.md").read_text(encoding="utf-8").partition("## `services.yaml`")[2]
    for field, model, values in (("phones", Phone, set()), ("texts", TextNumber, {"text", "whatsapp"})):
        row = text.partition(f"| `{field}` | `number`")[2].partition("\n")[0]
        assert {"number", *re.findall(r"`(\w+)`", row)} == {*model.model_fields, *values}


# What comes with Heartwork


def test_every_service_of_the_facts_is_accounted_for(shipped: Services) -> None:
    """Each of the 116 services of the fact sheet is listed, or omitted with a reason, and no other is listed."""
    looked_at = {f"{country}-{number:02}" for country, count in FACTS.items() for number in range(1, count + 1)}
    assert len(looked_at) == 116
    listed, left_out = [service.id for service in shipped.services], [omission.id for omission in shipped.omitted]
    assert sorted([*listed, *left_out]) == sorted(looked_at)
    assert all(omission.reason for omission in shipped.omitted)


@pytest.mark.parametrize("name", ["us-11", "uk-18", "in-02", "in-05", "int-05"])
def test_what_is_uncertain_is_left_out(shipped: Services, name: str) -> None:
    """A service whose status is in doubt, or whose number is known from memory, is not listed."""
    assert name in {omission.id for omission in shipped.omitted}


def test_nothing_rests_on_memory(shipped: Services) -> None:
    """No listed service is known from memory alone."""
    assert {service.checked_how for service in shipped.services} <= {"own_site", "government", "secondary"}


def test_no_date_is_invented(shipped: Services) -> None:
    """No date is later than the newest page that was read, and each is the date of a page that is named."""
    dates = {service.checked for service in shipped.services} | {
        source.seen for service in shipped.services for source in service.sources
    }
    assert max(dates - {UNDATED}) <= LATEST
    for service in shipped.services:
        assert service.checked in {source.seen for source in service.sources}, service.id


def test_ids_tell_the_country(shipped: Services) -> None:
    """A service is listed under the country in its id."""
    for service in shipped.services:
        prefix = service.id.rsplit("-", 1)[0]
        assert service.country == {"int": INTERNATIONAL}.get(prefix, prefix)
    assert sorted(country.id for country in shipped.countries) == sorted([*COUNTRIES, INTERNATIONAL])


# The numbers that the facts give, so that no edit changes one unseen.
EMERGENCIES: Final = {
    "ar": "911", "au": "000", "ca": "9-1-1", "co": "123", "es": "112", "ie": "112", "in": "112", "mx": "911",
    "nz": "111", "uk": "999", "us": "911", "za": "10111",
}  # fmt: skip


@pytest.mark.parametrize("country", COUNTRIES)
def test_the_emergency_number_is_there(shipped: Services, country: str) -> None:
    """Every country has its nationwide emergency number for anyone, for every selection of kinds, and a directory."""
    for kinds, discreet in (([], False), (kind_ids(shipped), True), (["crisis"], False)):
        lines = select_help_lines(shipped, kinds, country, AS_OF, discreet)
        assert lines.emergency[0].phones[0].number == EMERGENCIES[country]
        assert lines.emergency[0].region is None
        assert lines.directories
        assert lines.intro == f"In danger now? Call {EMERGENCIES[country]}."
        assert lines.no_answer == f"No answer? Try the next one, or call {EMERGENCIES[country]}."


@pytest.mark.parametrize("country", [None, INTERNATIONAL, "atlantis"])
def test_help_without_a_country(shipped: Services, country: str | None) -> None:
    """Without a known country there are the directories, a word about emergencies, and the countries to choose from."""
    lines = select_help_lines(shipped, kind_ids(shipped), country, AS_OF, discreet=True)
    assert lines.emergency == ()
    assert lines.intro == "In danger now? Call your local emergency number. From a mobile, 112 works in many countries."
    assert lines.no_answer == "No answer? Try the next one, or call your local emergency number."
    assert {line.id for line in lines.directories} == {"int-01", "int-02", "int-03", "int-04", "int-06"}
    assert [country.id for country in lines.countries] == [country.id for country in shipped.countries]
    assert (lines.place is None) == (country != INTERNATIONAL)


@pytest.mark.parametrize("country", [*COUNTRIES, None])
def test_everyone_finds_something_of_every_kind(shipped: Services, country: str | None) -> None:
    """In every country each kind has lines for the whole country and everyone, or says what else to do."""
    lines = select_help_lines(shipped, kind_ids(shipped), country, AS_OF, discreet=True)
    by_id = {service.id: service for service in shipped.services}
    kinds = {kind.id: kind for kind in shipped.kinds}
    if country:
        assert [group.kind for group in lines.groups] == [kind for kind in kinds if kind != EMERGENCY]
    for group in lines.groups:
        services = [by_id[line.id] for line in (*group.first, *group.more)]
        nationwide = [
            service
            for service in services
            if service.region is None and {ANYONE, kinds[group.kind].audience} & set(service.audience)
        ]
        assert (nationwide and not group.stand_in) or group.otherwise, group.kind


@pytest.mark.parametrize("country", [*COUNTRIES, None])
def test_where_no_programme_is_known(shipped: Services, country: str | None) -> None:
    """Worries about one's own behaviour get a line for anyone, or the words about a programme."""
    (group,) = select_help_lines(shipped, ["own_behaviour"], country, AS_OF, discreet=False).groups
    assert (group.otherwise is None) == (country in {"uk", "us"})


def test_the_second_number_beside_a_shaky_line(shipped: Services) -> None:
    """South Africa's command centre, which was out of service, is always followed by the number to try next."""
    by_id = {service.id: service for service in shipped.services}
    assert any(by_id["za-03"].phones[0].number in note for note in by_id["za-02"].notes)
    (group,) = select_help_lines(shipped, ["domestic_abuse"], "za", AS_OF, discreet=True).groups
    assert [line.id for line in group.first[:2]] == ["za-02", "za-03"]


@pytest.mark.parametrize("words", ["0800 055 555", "Skype", "press 3", "1800-599-0019", "mscbs"])
def test_what_has_ended_is_not_printed(shipped: Services, words: str) -> None:
    """Numbers and ways that have ended are in no text."""
    countries = [*COUNTRIES, None]
    by_country = [select_help_lines(shipped, kind_ids(shipped), country, AS_OF, discreet=True) for country in countries]
    assert words not in json.dumps([asdict(lines) for lines in by_country], ensure_ascii=False)


def test_every_line_is_flagged_until_it_is_checked_live(shipped: Services) -> None:
    """As nothing was read live, every line counts as one that may have changed."""
    for country in [*COUNTRIES, None]:
        for line in all_lines(select_help_lines(shipped, kind_ids(shipped), country, AS_OF, discreet=True)):
            assert line.may_have_changed


# Which lines are shown


@given(
    days=st.integers(0, 5000),
    checked_how=st.sampled_from(["own_site", "government", "secondary", "memory"]),
    length=st.sampled_from([4, 7, 10]),
)
def test_age(days: int, checked_how: CheckedHow, length: int) -> None:
    """A line may have changed after 180 days from the first day its date can mean, or if its source is no official one."""
    checked = (AS_OF - timedelta(days=days)).isoformat()[:length]
    earliest = date.fromisoformat((checked + "-01-01")[:10])
    assert earliest_date(checked) == earliest
    expected = (AS_OF - earliest).days > 180 or checked_how not in {"own_site", "government"}
    assert may_have_changed(checked, checked_how, AS_OF) == expected
    assert may_have_changed(UNDATED, checked_how, AS_OF)


@given(days=st.integers(0, 4000))
def test_nothing_is_dropped_for_its_age(shipped: Services, days: int) -> None:
    """The age of lines changes neither which of them are shown nor their order."""
    late = select_help_lines(shipped, kind_ids(shipped), "uk", AS_OF + timedelta(days=days), discreet=True)
    today = select_help_lines(shipped, kind_ids(shipped), "uk", AS_OF, discreet=True)
    assert [line.id for line in all_lines(late)] == [line.id for line in all_lines(today)]


def test_a_fresh_line(small: Services) -> None:
    """Lines that an official page confirmed recently are distinguished from lines that may have changed."""
    lines = all_lines(select_help_lines(small, kind_ids(small), "aa", AS_OF, discreet=True))
    assert {line.id for line in lines if not line.may_have_changed} == {"aa-2"}


def test_the_emergency_number_is_filled_in(small: Services) -> None:
    """Texts name the country's number; one that needs a number is left out where there is none."""
    in_country = select_help_lines(small, kind_ids(small), "aa", AS_OF, discreet=True)
    assert (in_country.intro, in_country.no_answer) == ("Call 1-1.", "Or 1-1.")
    elsewhere = select_help_lines(small, kind_ids(small), "bb", AS_OF, discreet=True)
    assert (elsewhere.intro, elsewhere.no_answer) == (None, None)


def test_what_a_line_costs_and_when_it_answers(shipped: Services) -> None:
    """“Free, day and night” is shown as confirmed if an own or official page confirms it, and as listed otherwise."""
    for country in [*COUNTRIES, None]:
        for line in all_lines(select_help_lines(shipped, kind_ids(shipped), country, AS_OF, discreet=True)):
            said = phrase("line_hours", line, macros="help_lines")
            official = line.checked_how in {"own_site", "government"}
            assert official or not line.official
            if line.free or line.day_and_night:
                assert said.startswith("Listed as ") is not line.official, line.id
            assert "24" not in re.sub("not open 24 hours|most shelters answer 24 hours", "", said), line.id
    samaritans, shout = (
        next(service for service in shipped.services if service.id == name) for name in ("uk-12", "uk-13")
    )
    assert (samaritans.checked_how, shout.checked_how) == ("government", "secondary")
    text = render_services(select_help_lines(shipped, ["crisis"], "uk", AS_OF, discreet=True))
    assert re.search(r"Samaritans\n.*\n.*Call 116 123\n +Free, day and night", text)
    assert re.search(r"Shout\n.*\n.*Text SHOUT to 85258\n +Listed as free, day and night", text)


@given(kinds=st.lists(st.sampled_from(["crisis", "own_behaviour", "young", "domestic_abuse", "stalking", "lgbt"])))
def test_discreet_kinds_only_if_asked(shipped: Services, kinds: list[str]) -> None:
    """Unless asked for, no group of a discreet kind, and no service that is above all of one, is shown anywhere."""
    discreet = {kind.id for kind in shipped.kinds if kind.discreet}
    assert discreet == {"domestic_abuse", "stalking", "lgbt"}
    by_id = {service.id: service for service in shipped.services}
    for country in [*COUNTRIES, None]:
        lines = select_help_lines(shipped, kinds, country, AS_OF, discreet=False)
        assert not {group.kind for group in lines.groups} & discreet
        assert not {kind for line in all_lines(lines) for kind in by_id[line.id].kinds[:1]} & discreet
        assert discreet <= {kind.id for kind in lines.not_shown}


def test_stable_order(shipped: Services) -> None:
    """The order of asking, and asking twice, changes nothing; kinds come as in the file, what is above all of one first."""
    kinds = kind_ids(shipped)
    for country in COUNTRIES:
        lines = select_help_lines(shipped, kinds, country, AS_OF, discreet=True)
        assert lines == select_help_lines(shipped, [*reversed(kinds), *kinds], country, AS_OF, discreet=True)
    (group,) = select_help_lines(shipped, ["own_behaviour"], "us", AS_OF, discreet=True).groups
    assert [line.id for line in group.first] == ["us-04", "us-02"]


def test_three_are_open(shipped: Services) -> None:
    """At most three lines of a kind are open; the rest comes after, and none twice."""
    (group,) = select_help_lines(shipped, ["domestic_abuse"], "uk", AS_OF, discreet=True).groups
    assert [line.id for line in group.first] == ["uk-02", "uk-06", "uk-08"]
    assert [line.id for line in group.more] == ["uk-03", "uk-04", "uk-05", "uk-07"]
    assert len(group.first) == MOST_OPEN


def test_nearest_lines_stand_in(small: Services) -> None:
    """In a country without lines of a kind, the lines for anyone of the nearest kind that has some are shown."""
    (group,) = select_help_lines(small, ["young"], "aa", AS_OF, discreet=True).groups
    assert (group.stand_in, [line.id for line in group.first]) == (True, ["aa-3"])
    assert group.otherwise == small.texts.unlisted
    (group,) = select_help_lines(small, ["young"], "bb", AS_OF, discreet=True).groups
    assert (group.stand_in, group.first, group.otherwise) == (False, (), small.texts.unlisted)


def test_kinds_that_are_nearest_to_each_other(folder: Folder) -> None:
    """Two kinds may name each other: nothing is searched for ever."""
    folder.write({FILE: SMALL}).plant(FILE, "title: Talk}", "title: Talk, nearest: harm}")
    services = load_services(folder.path)
    assert len(select_help_lines(services, ["talk", "harm"], "bb", AS_OF, discreet=True).groups) == 2


def test_a_kind_nobody_knows(small: Services) -> None:
    """To ask for a kind that does not exist is a mistake of the caller."""
    with pytest.raises(ValueError, match="strange"):
        select_help_lines(small, ["strange"], "aa", AS_OF, discreet=True)


def test_numbers_to_dial(shipped: Services) -> None:
    """What a telephone takes is the digits of a number of the file, of the number alone: never of words beside it."""
    numbers = [phone.number for service in shipped.services for phone in service.phones]
    numbers += [text.number for service in shipped.services for text in service.texts]
    written = {re.sub(r"[ -]", "", number) for number in numbers}
    dialled = {
        dial
        for country in [*COUNTRIES, None]
        for line in all_lines(select_help_lines(shipped, kind_ids(shipped), country, AS_OF, discreet=True))
        for dial in (*(phone.dial for phone in line.phones), *(text.dial for text in line.texts))
        if dial is not None
    }
    assert dialled <= written
    assert {"911", "18007997233", "*765", "85258", "079"} <= dialled
    assert not {"0791", "1112", "08088020300" + "2"} & dialled  # "then choose 1", "2 in England and Wales"


def test_lines_can_stand_in_json(shipped: Services) -> None:
    """What is shown is plain words, so that a report in any format can carry it."""
    lines: dict[str, Any] = asdict(select_help_lines(shipped, kind_ids(shipped), "za", AS_OF, discreet=True))
    assert json.loads(json.dumps(lines))["place"] == {"id": "za", "title": "South Africa"}


# The command


def run(*arguments: object) -> Result:
    """Run the engine's command on a fixed day."""
    return CliRunner().invoke(
        cli_services.services, [*map(str, arguments), "--as-of", "2026-11-24"], prog_name="heartwork"
    )


def test_command_shows_a_country() -> None:
    """The emergency number comes before every other, with its source and date, and discreet lines are not there."""
    result = run("--country", "uk")
    assert (result.exit_code, result.stderr) == (0, "")
    assert -1 < result.stdout.index("999") < result.stdout.index("116 123")
    assert "22 March 2023" in result.stdout
    assert "0808 2000 247" not in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 88


def test_command_shows_what_is_asked_for() -> None:
    """A discreet kind is shown if it is named, and so is everything with --all, unfolded."""
    of_kind = run("--country", "uk", "--kind", "domestic_abuse").stdout
    assert "0808 2000 247" in of_kind
    assert "0808 80 10 800" not in of_kind
    assert "116 123" not in of_kind
    everything_shown = run("--country", "uk", "--all").stdout
    assert {"0808 2000 247", "0808 80 10 800", "116 123"} <= set(re.findall(r"Call (\d[\d ]*\d)", everything_shown))


def test_command_without_asking_is_discreet() -> None:
    """To name one kind asks for no other: a service that is above all of a discreet kind stays away."""
    assert "55 5533 5533" not in run("--country", "mx", "--kind", "crisis").stdout
    assert "55 5533 5533" in run("--country", "mx", "--kind", "crisis", "--kind", "stalking").stdout


def test_command_names_the_countries() -> None:
    """Without a country every country is named with its id."""
    output = run().stdout
    assert all(f"--country {country}" in output for country in COUNTRIES)


@pytest.mark.parametrize("country", [*COUNTRIES, INTERNATIONAL])
def test_every_country_can_be_shown(shipped: Services, country: str) -> None:
    """Each line of each country is in the text with a way to reach it, and once with its source and date at the end."""
    lines = select_help_lines(shipped, kind_ids(shipped), country, AS_OF, discreet=True)
    text = render_services(lines, everything=True)
    assert not re.search("None(?! of these)", text)
    for line in all_lines(lines):
        contacts = [*(phone.number for phone in line.phones), line.link or "", line.email or ""]
        assert all(contact in text for contact in contacts), line.id
    before, _, provenance = text.partition("WHERE EACH NUMBER WAS LAST SEEN")
    assert "website, " not in before
    flat = " ".join(provenance.split())
    for line in all_lines(lines):
        assert phrase("line_seen", line, macros="help_lines") in flat
    assert flat.count("website, ") == len({line.id for line in all_lines(lines)})


def test_a_line_with_an_address_only(folder: Folder) -> None:
    """A service that is reached in one way only is shown with that way, also where it is named again."""
    folder.write({FILE: SMALL}).plant(FILE, 'phones: [{number: "22 22", note: TTY}]', "email: us@example.org")
    output = run("--country", "aa", "--kind", "harm", "--kind", "own", "--content", folder.path).stdout
    assert output.count("us@example.org") == 2


@pytest.mark.parametrize("arguments", [("--country", "ku"), ("--kind", "crises"), ("--country", "uk", "--kind", "x")])
def test_command_with_what_does_not_exist(arguments: tuple[str, ...]) -> None:
    """A country or a kind that does not exist is a wrong use."""
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")


def test_the_day_comes_from_outside() -> None:
    """The engine's command needs the day; the outer command knows it."""
    assert CliRunner().invoke(cli_services.services, []).exit_code == 2
    assert CliRunner().invoke(web_cli.cli, ["services"]).exit_code == 0


def test_command_tells_faults(folder: Folder) -> None:
    """A file with a fault is reported as a problem, also by check, together with its other problems."""
    folder.write({**FILES, FILE: SMALL})
    check = CliRunner().invoke(check_command, [str(folder.path)])
    assert check.exit_code == 0
    folder.plant(FILE, "label: gov,", "label: press,")
    result = run("--content", folder.path)
    assert (result.exit_code, "HW204" in result.stderr) == (1, True)
    check = CliRunner().invoke(check_command, [str(folder.path)])
    assert (check.exit_code, "HW204" in check.stderr) == (1, True)
    assert "HW403" in check.stderr
