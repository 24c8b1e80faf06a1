"""Help lines in a report: each once, those that anyone may see, and no more unless somebody asked for them."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from datetime import date
from typing import Final

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.assessment.pipeline import assess
from engine.cli.report import report as report_command
from engine.loading.help_services import Services, load_services
from engine.loading.library import load_library
from engine.rendering.render import FORMATS, Format, html_document, render
from engine.report.help_lines import MOST_OPEN, HelpLine, report_lines, select_help_lines
from engine.report.help_section import HelpInReport
from engine.report.plan import Report, build_report
from tests.breakup.case_files import FOLDER, read_case
from tests.breakup.expected_gates import CALM
from tests.factories.random_packs import AS_OF, FULL, Raw, bare_pack, load, rule, yes_no
from tests.paths import EXAMPLES

SHIPPED: Final = load_services()
COUNTRIES: Final = [country.id for country in SHIPPED.countries]
KINDS: Final = [kind.id for kind in SHIPPED.kinds]
BY_ID: Final = {service.id: service for service in SHIPPED.services}
OPEN_KINDS: Final = frozenset({"emergency", "crisis"})
asked_kinds = st.lists(st.sampled_from(KINDS), max_size=3)
countries = st.sampled_from([*COUNTRIES, None, "nowhere"])


def pack_with(*notices: Raw) -> Raw:
    """A pack whose notices are raised by questions of the same name."""
    rules = [
        rule(notice["id"], {"item": notice["id"], "is": True}, {"notice": notice["id"]}, gate=True)
        for notice in notices
    ]
    raw = bare_pack([yes_no(notice["id"]) for notice in notices], rules)
    return raw | {
        "notices": [{"title": notice["id"].title(), "text": f"{notice['id']}.", **notice} for notice in notices]
    }


DARK: Final[Raw] = {"id": "dark", "help": ["crisis", "emergency"], "with_lines": True}
OWN: Final[Raw] = {"id": "own", "help": ["own_behaviour"]}
RISK: Final[Raw] = {"id": "risk", "help": ["domestic_abuse", "emergency"], "folded": True}
ALL_NOTICES: Final = load(pack_with(DARK, OWN, RISK))


def report_of(
    *raised: str, country: str | None = "uk", asked: tuple[str, ...] = (), services: Services = SHIPPED
) -> Report:
    lines = report_lines(services, country, AS_OF, asked)
    return build_report(assess(ALL_NOTICES, FULL, dict.fromkeys(raised, True), AS_OF), None, lines)


def section(report: Report) -> HelpInReport:
    assert report.help is not None
    return report.help


def at_the_end(report: Report) -> Iterator[HelpLine]:
    help_section = section(report)
    yield from help_section.emergency
    for group in help_section.groups:
        yield from (*group.first, *group.more)
    yield from help_section.directories


def all_lines(report: Report) -> list[HelpLine]:
    return [*(line for notice in report.notices for line in notice.lines), *at_the_end(report)]


# Which lines


@settings(deadline=None)
@given(country=countries, kinds=asked_kinds)
def test_only_what_anyone_may_see(country: str | None, kinds: list[str]) -> None:
    """Every line is above all of a kind that every report has, of one asked for, or a directory for everything."""
    report = report_of("dark", "risk", "own", country=country, asked=tuple(kinds))
    allowed = OPEN_KINDS | set(kinds)
    for line in all_lines(report):
        assert set(BY_ID[line.id].kinds[:1]) <= allowed
    assert {group.kind for group in section(report).groups} <= allowed


def test_the_open_kinds_are_few() -> None:
    """The shipped kinds that every report has are for danger and for someone to talk to, and none of them is discreet."""
    assert {kind.id for kind in SHIPPED.kinds if kind.in_reports} == OPEN_KINDS
    assert not any(kind.discreet for kind in SHIPPED.kinds if kind.in_reports)


@settings(deadline=None)
@given(country=countries, kinds=asked_kinds)
def test_each_service_once(country: str | None, kinds: list[str]) -> None:
    """No service stands in a report twice, in notices and at the end together; at most three of a kind are open."""
    report = report_of("dark", "own", country=country, asked=tuple(kinds))
    names = [line.id for line in all_lines(report)]
    assert len(names) == len(set(names))
    for group in section(report).groups:
        assert len(group.first) <= MOST_OPEN
        assert len(group.first) == MOST_OPEN or not group.more


@settings(deadline=None)
@given(country=countries, kinds=asked_kinds)
def test_lines_tell_nothing_about_the_answers(country: str | None, kinds: list[str]) -> None:
    """Whatever was answered, the same country and wishes give the same services; the section names no other kind."""
    id_sets = {
        frozenset(line.id for line in all_lines(report_of(*raised, country=country, asked=tuple(kinds))))
        for raised in ((), ("dark",), ("risk",), ("own",), ("dark", "risk", "own"))
    }
    assert len(id_sets) == 1
    quiet, risk, own = (
        section(report_of(*raised, country=country, asked=tuple(kinds))) for raised in ((), ("risk",), ("own",))
    )
    assert quiet == risk == own
    discreet = {kind.title for kind in SHIPPED.kinds if kind.discreet and kind.id not in kinds}
    assert not set(quiet.elsewhere) & discreet


@pytest.mark.parametrize("country", [*COUNTRIES, None])
def test_one_order_for_everyone(country: str | None) -> None:
    """Lines stand in the same order in every report and on the public page; a notice only brings its own forward."""
    page = [line.id for line in select_help_lines(SHIPPED, KINDS, country, AS_OF, discreet=True).all_lines]
    for raised in ((), ("risk",), ("own",), ("dark",), ("dark", "risk", "own")):
        report = report_of(*raised, country=country, asked=tuple(KINDS))
        forward = {line.id for notice in report.notices for line in notice.lines}
        assert [line.id for line in at_the_end(report)] == [name for name in page if name not in forward]
        assert forward == set() or "dark" in raised


def test_unknown_kinds_are_refused() -> None:
    """A kind that does not exist is not passed over in silence."""
    with pytest.raises(ValueError, match="nonesuch"):
        report_lines(SHIPPED, "uk", AS_OF, ["nonesuch"])


def test_without_lines() -> None:
    """A report that was given no lines says that there is help, and its notices have none."""
    pack = load(pack_with(DARK))
    report = build_report(assess(pack, FULL, {"dark": True}, AS_OF))
    assert report.help is None
    assert [(notice.lines, notice.see) for notice in report.notices] == [((), ())]
    for output_format in ("text", "md", "html"):
        assert "Help and support" in render(report, output_format)


# Notices


def test_a_notice_with_lines() -> None:
    """It holds the first line of each of its kinds, in their order; the section names these and goes on with the rest."""
    report = report_of("dark")
    (notice,) = report.notices
    assert [line.id for line in notice.lines] == ["uk-12", "uk-01"]
    assert notice.see == ()
    help_section = section(report)
    assert ([line.id for line in help_section.above], help_section.emergency) == (["uk-01"], ())
    (crisis,) = help_section.groups
    assert [line.id for line in crisis.above] == ["uk-12"]
    for output_format in ("text", "md", "html"):
        text = render(report, output_format)
        assert text.index("dark.") < text.index("116 123") < text.index("999") < text.index(report.heading)


def test_the_order_in_a_notice() -> None:
    """A notice has its lines in the order of its kinds; the section below keeps its own."""
    first_emergency = load(pack_with(DARK | {"help": ["emergency", "crisis"]}))
    lines = report_lines(SHIPPED, "uk", AS_OF)
    report = build_report(assess(first_emergency, FULL, {"dark": True}, AS_OF), None, lines)
    assert [line.id for line in report.notices[0].lines] == ["uk-01", "uk-12"]
    assert section(report) == section(report_of("dark"))


@pytest.mark.parametrize("output_format", FORMATS)
def test_a_notice_on_paper(output_format: Format) -> None:
    """What others may read says what the notice has for paper, and not its text."""
    pack = load(pack_with(DARK | {"text": "You told us this.", "on_paper": "Do that first."}))
    report = build_report(assess(pack, FULL, {"dark": True}, AS_OF), None, report_lines(SHIPPED, "uk", AS_OF))
    text = render(report, output_format)
    assert "Do that first." in text
    assert ("You told us this." in text) is (output_format in {"html", "json"})
    if output_format == "html":
        assert '<div class="on-screen">\n<p>You told us this.</p>' in text
        assert '<p class="on-paper">Do that first.</p>' in text


@pytest.mark.parametrize("country", [None, "international"])
def test_a_notice_without_a_country(country: str | None) -> None:
    """Without a country it holds no number of any country; without any choice, a directory for everywhere."""
    report = report_of("dark", country=country)
    (notice,) = report.notices
    assert not any(line.phones for line in notice.lines)
    assert next(line.id for line in (notice.lines or section(report).directories)) == "int-01"
    assert notice.in_danger == section(report).intro
    assert "From a mobile, 112 works in many countries." in (notice.in_danger or "")
    for output_format in ("text", "md", "html"):
        text = render(report, output_format)
        assert text.index("112") < text.index(report.heading)
    assert [notice.in_danger for notice in report_of("dark", country="uk").notices] == [None]


def test_a_notice_that_refers_to_help() -> None:
    """It names the title of its kind of help, whether the lines were asked for or only the help page has them."""
    title = next(kind.title for kind in SHIPPED.kinds if kind.id == "own_behaviour")
    assert [notice.see for notice in report_of("own").notices] == [(title,)]
    with_own_behaviour = report_of("own", asked=("own_behaviour",))
    assert [notice.see for notice in with_own_behaviour.notices] == [(title,)]
    assert [group.kind for group in section(with_own_behaviour).groups] == ["crisis", "own_behaviour"]


def test_a_folded_notice_names_no_kind() -> None:
    """A discreet kind is named nowhere unless it was asked for; nor does a folded notice hold lines."""
    title = next(kind.title for kind in SHIPPED.kinds if kind.id == "domestic_abuse")
    assert [(notice.lines, notice.see) for notice in report_of("risk").notices] == [((), ())]
    assert all(title not in render(report_of("risk"), output_format) for output_format in FORMATS)
    assert [notice.see for notice in report_of("risk", asked=("domestic_abuse",)).notices] == [(title,)]
    folded = load(pack_with(RISK | {"with_lines": True}))
    report = build_report(assess(folded, FULL, {"risk": True}, AS_OF), None, report_lines(SHIPPED, "uk", AS_OF))
    assert [notice.lines for notice in report.notices] == [()]


# Formats


@pytest.mark.parametrize("output_format", FORMATS)
@pytest.mark.parametrize("country", COUNTRIES)
def test_every_line_is_in_every_format(output_format: Format, country: str) -> None:
    """Each number, link and name is there once as a way to reach someone, in whatever format."""
    report = report_of("dark", "own", country=country, asked=("own_behaviour", "domestic_abuse"))
    text = render(report, output_format).replace("\\", "") if output_format == "md" else render(report, output_format)
    flat = " ".join(html.unescape(text).split())
    for line in all_lines(report):
        assert line.name.split(",")[0].split(" ")[0] in flat
        for phone in line.phones[:1]:
            assert phone.number in flat
    if output_format == "json":
        assert json.loads(text)["help"]["place"]


def test_what_stands_around_the_lines() -> None:
    """Above them what calls leave behind, beneath them what to do without an answer, and nowhere where each was seen."""
    report = report_of("own", asked=("domestic_abuse",))
    for output_format in ("text", "md", "html"):
        text = " ".join(html.unescape(render(report, output_format)).split())
        around = (
            "In danger now? Call 999.",
            "Calls and texts can show on this phone and on bills. Replies can show on the lock screen.",
            "Samaritans",
            "No answer? Try the next one, or call 999.",
            "The help page lists more people you can talk to, country by country.",
        )
        assert [text.index(part) for part in around] == sorted(text.index(part) for part in around), output_format
        assert "last seen" not in text.lower()
        assert "may have changed" not in text.lower()


def test_the_address_of_the_help_page() -> None:
    """Files name the page that has all lines, by the address the caller gives."""
    pack = load(pack_with(DARK))
    lines = report_lines(SHIPPED, "uk", AS_OF, page="https://example.org/help")
    report = build_report(assess(pack, FULL, {}, AS_OF), None, lines)
    for output_format in FORMATS:
        assert "https://example.org/help" in render(report, output_format)
    assert 'href="https://example.org/help"' in render(report, "html")


def test_phones_can_be_dialled() -> None:
    """A page leads to numbers by links that a telephone takes, and to no other place but the services' own."""
    for country in COUNTRIES:
        report = report_of("dark", country=country, asked=tuple(KINDS))
        text = html_document(report)
        for scheme, ways in (("tel", "phones"), ("sms", "texts")):
            dialled = re.findall(rf'href="{scheme}:([^"?]*)', text)
            in_lines = [way for line in all_lines(report) for way in getattr(line, ways)]
            assert dialled == [way.dial for way in in_lines if way.dial]
            in_file = {number.number for line in all_lines(report) for number in getattr(BY_ID[line.id], ways)}
            assert {re.sub(r"\D", "", way.number) for way in in_lines} == {re.sub(r"\D", "", way) for way in in_file}
            assert set(dialled) <= {re.sub(r"[ -]", "", number) for number in in_file}
            assert all(re.fullmatch(r"[0-9+*#]+", number) for number in dialled)
        for label, seen in re.findall(r'aria-label="([^"]*)">([^<]*)</a>', text):
            assert label.startswith(f"{seen}, ")  # what is read aloud begins with what is seen
        elsewhere = set(re.findall(r'href="(https?:[^"]*)"', text))
        assert elsewhere == {line.link for line in all_lines(report) if line.link}
        ids = re.findall(r'\bid="([^"]*)"', text)
        assert len(ids) == len(set(ids))
        assert set(re.findall(r'href="#([^"]*)"', text)) <= set(ids)


# The shipped pack


@pytest.mark.parametrize("output_format", FORMATS)
@pytest.mark.parametrize(
    ("answer", "lines"),
    [("ending_now", ("911", "988")), ("ending_earlier", ("988", "911")), ("hurting", ("988", "911"))],
)
def test_dark_thoughts_come_with_a_number(output_format: Format, answer: str, lines: tuple[str, str]) -> None:
    """Whoever has thoughts of self-harm finds whom to call before anything else of the plan; why is not in files.

    The emergency number comes first in the last days, and otherwise below somebody who listens.
    """
    pack = load_library().packs["breakup"]
    assessment = assess(pack, "breakup", {**CALM, "self_harm_thoughts": answer}, AS_OF, complete=False)
    report = build_report(assessment, None, report_lines(SHIPPED, "us", AS_OF))
    text = render(report, output_format)
    title = text.lower().index("first, talk to someone today")
    places = [text.index(part, title) for part in (*lines, report.heading)]  # a digest above may hold the same digits
    assert places == sorted(places)
    told = {word for word in ("ending your life. please", "hurting yourself. please") if word in text.lower()}
    assert len(told) == (output_format in {"html", "json"})


@pytest.mark.parametrize("name", ["afraid-of-him", "both-at-risk-and-own-acts", "court-order", "own-violence"])
def test_no_service_gives_a_person_away(name: str) -> None:
    """Reports of people in danger, and of the dangerous, have the services of everybody's report and no others."""
    pack = load_library().packs["breakup"]
    lines = report_lines(SHIPPED, "us", AS_OF)
    (sitting,) = read_case(FOLDER / "breakup" / f"{name}.yaml", pack).sittings
    (quiet,) = read_case(FOLDER / "breakup" / "already-talking.yaml", pack).sittings
    report, quiet_report = (build_report(case.assessment, None, lines) for case in (sitting, quiet))
    assert report.help == quiet_report.help
    assert not any(notice.lines for notice in report.notices)


# The command


def run(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(report_command, [str(EXAMPLES / "first-weeks.yaml"), *arguments])
    assert result.exit_code == code, result.output
    return result.output


def test_the_command_knows_countries() -> None:
    """A country is chosen in capitals or not; without one there are directories, and what works almost everywhere."""
    assert run("--country", "US") == run("--country", "us")
    assert "911" in run("--country", "US")
    assert "From a mobile, 112 works in many countries." in " ".join(run().split())
    assert "there is no “atlantis”" in run("--country", "atlantis", code=2)
    assert "there is no “abuse”" in run("--with-services", "abuse", code=2)


def test_the_command_adds_services_if_asked() -> None:
    """Discreet kinds are there if they are named, and only those."""
    hotline = "1-800-799-7233"
    assert hotline not in run("--country", "us")
    assert hotline in run("--country", "us", "--with-services", "domestic_abuse")
    assert hotline not in run("--country", "us", "--with-services", "own_behaviour")


def test_the_day_of_the_answers_counts() -> None:
    """How old a line is, is counted to the day of the answers: the clock says nothing."""
    assert date(2026, 10, 5) < AS_OF
    assert run("--country", "us") == run("--country", "us")
