"""Paper: what a PDF holds, that it says its structure, that nothing typed is more than text, and how long it is."""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from itertools import islice, pairwise
from pathlib import Path
from typing import Any, Final

import pikepdf
import pytest
from click.testing import CliRunner
from pypdf import PdfReader

from engine.assessment.pipeline import Assessment, assess
from engine.cli.report import report as report_command
from engine.content.pack import Pack
from engine.errors import FileError
from engine.loading.help_services import load_services
from engine.loading.library import load_library
from engine.rendering.pdf import PAPERS, Paper, plan_pdf, report_pdf
from engine.rendering.render import headings, phrase, render
from engine.report.help_lines import HelpLines, report_lines
from engine.report.plan import Report, build_report
from engine.simulation.population_checks import population_path, read_population
from engine.simulation.sampling import sample_person
from tests.breakup.case_files import FOLDER, CaseSitting, read_case, strings
from tests.breakup.expected_gates import CALM, DAY
from tests.paths import EXAMPLES

CASES: Final = sorted((FOLDER / "breakup").glob("*.yaml"))
LINES: Final = report_lines(load_services(), "uk", DAY)
MOST_PAGES: Final = 4
SIZES: Final[dict[Paper, tuple[int, int]]] = {"a4": (595, 842), "letter": (612, 792)}
PRINTED_SCRIPTS: Final = ("LATIN", "GREEK", "CYRILLIC")
NO_LETTERS: Final = ("李雷", "😀", "محمد", "अनु", "a\u202eb", "x\ue000", "\u2066Sam", "Sam\u200d")
MARKUP: Final = (
    "#panic()",
    "*Sam* _x_ $y$",
    "#sys.inputs",
    ']#read("report.typ")',
    '"}, {"title": "x"}',
    "\\u{41}",
    "<lead>",
    "@lead `x` // = x",
    '#image("x")',
    "{partner}",
    "- + / 1.",
)


@pytest.fixture(scope="module")
def breakup() -> Pack:
    return load_library().packs["breakup"]


def sittings(pack: Pack) -> Iterator[CaseSitting]:
    for path in CASES:
        yield from (sitting for sitting in read_case(path, pack).sittings if sitting.assessment.plan is not None)


def somebody(pack: Pack, **answers: Any) -> Assessment:
    return assess(pack, "breakup", {**CALM, "how_it_ended": "them", **answers}, DAY, complete=False, plain=True)


def pages(pdf: bytes) -> list[str]:
    """What stands on each page, without the number at its foot."""
    return [re.sub(r"\s*\d+ / \d+\s*$", "", page.extract_text()) for page in PdfReader(BytesIO(pdf)).pages]


def squashed(text: str) -> str:
    """Without white space, as lines break elsewhere on paper."""
    return re.sub(r"\s+", "", text).casefold()


def elements(node: Any) -> Iterator[pikepdf.Dictionary]:
    """Every element of a tree of structure."""
    if isinstance(node, pikepdf.Array):
        for child in node:
            yield from elements(child)
    elif isinstance(node, pikepdf.Dictionary):
        if "/S" in node:
            yield node
        if "/K" in node:
            yield from elements(node.K)


def tags(pdf: bytes) -> list[str]:
    with pikepdf.open(BytesIO(pdf)) as file:
        return [str(element.S) for element in elements(file.Root.StructTreeRoot)]


def check_structure(pdf: bytes, report: Report) -> None:
    """It says its language and title, is tagged from the first heading on, and describes what is drawn."""
    with pikepdf.open(BytesIO(pdf)) as file:
        root = file.Root
        assert root.Lang == "en"
        assert bool(root.MarkInfo.Marked)
        assert bool(root.ViewerPreferences.DisplayDocTitle)
        assert file.docinfo["/Title"] == headings()["plan"]
        assert "/CreationDate" not in file.docinfo
        with file.open_metadata() as facts:
            assert facts["pdfuaid:part"] == "1"
        structure = list(elements(root.StructTreeRoot))
        kinds = [str(element.S) for element in structure]
        levels = [int(kind[2:]) for kind in kinds if re.fullmatch(r"/H\d", kind)]
        assert levels[0] == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))
        assert levels.count(1) == 1
        figures = [element for element in structure if str(element.S) == "/Figure"]
        descriptions = [str(figure.Alt) for figure in figures]
        drawn = [scale for scale in report.scales if scale.position is not None]
        assert descriptions == [f"{scale.title}: {phrase('on_line', scale)}" for scale in drawn]
        assert kinds.count("/Table") == bool(report.scales)
        assert kinds.count("/TR") == (len(report.scales) + 1 if report.scales else 0)
        assert kinds.count("/TH") >= 2 * bool(report.scales)
        items = [element for element in structure if str(element.S) == "/LI"]
        assert len(items) >= len(report.path)
        leading = [notice.title for notice in report.leading_notices]
        with file.open_outline() as outline:
            (top,) = outline.root
            assert top.title == (leading[0] if leading else report.heading)
            names = [entry.title for entry in top.children]
            assert (report.heading in names) == bool(leading)
            assert headings()["path"] in names
            assert names[-1].startswith(headings()["help"])
            assert len(names) == levels.count(2)


def check_length(pdf: bytes, assessment: Assessment) -> None:
    """At most four pages, services included; of an allowlist-only kind two, and one more if notices are open."""
    kinds = {kind.id: kind for kind in assessment.pack.content.kinds}
    assert assessment.plan is not None
    most = MOST_PAGES
    if kinds[assessment.plan.kind.id].allowlist_only:
        unfolded = [notice for notice in build_report(assessment, None, LINES).notices if not notice.folded]
        most = 2 + (len(unfolded) > 1 or any(notice.lines for notice in unfolded))
    assert 1 <= len(PdfReader(BytesIO(pdf)).pages) <= most


def report_on_paper(assessment: Assessment) -> Report:
    """The report that paper tells: without the name if it has letters that the fonts lack."""
    name = assessment.responses.answers.get("partner_name")
    letters = [unicodedata.name(char) for char in name if char.isalpha()] if isinstance(name, str) else []
    if not all(letter.startswith(PRINTED_SCRIPTS) for letter in letters):
        assessment = _with_name(assessment, None)
    return build_report(assessment, None, LINES)


def check_facts(pdf: bytes, report: Report) -> None:
    """What the text tells is on paper, and what it leaves out is not."""
    text, paper = squashed(render(report, "text")), squashed("".join(pages(pdf)))
    for passage in set(strings(dataclasses.asdict(report))):
        for sentence in passage.splitlines():
            if sentence.strip():
                assert (squashed(sentence) in text) == (squashed(sentence) in paper), sentence


@pytest.mark.parametrize("every", [5, pytest.param(1, marks=pytest.mark.exhaustive)])
def test_every_case(breakup: Pack, every: int) -> None:
    """Of whole persons: structure, length, and the facts of the text."""
    for sitting in islice(sittings(breakup), 0, None, every):
        report = report_on_paper(sitting.assessment)
        pdf = plan_pdf(sitting.assessment, None, LINES)
        check_structure(pdf, report)
        check_length(pdf, sitting.assessment)
        check_facts(pdf, report)


@pytest.mark.parametrize("persons", [10, pytest.param(40, marks=pytest.mark.exhaustive)])
def test_drawn_persons(breakup: Pack, persons: int) -> None:
    """Of anyone, on either paper: structure, length and size."""
    population, _ = read_population(population_path("breakup"), load_library())
    for number in range(persons):
        paper = PAPERS[number % 2]
        assessment = assess(breakup, "breakup", sample_person(population, 6, number), DAY, complete=False, plain=True)
        pdf = plan_pdf(assessment, None, LINES, paper)
        check_structure(pdf, build_report(assessment, None, LINES))
        check_length(pdf, assessment)
        with pikepdf.open(BytesIO(pdf)) as file:
            assert {tuple(round(float(length)) for length in page.mediabox[2:]) for page in file.pages} == {
                SIZES[paper]
            }


def test_the_same_bytes(breakup: Pack) -> None:
    """The same report gives the same file, with no day or machine in it."""
    assessment = somebody(breakup, partner_name="Sam")
    assert plan_pdf(assessment) == plan_pdf(somebody(breakup, partner_name="Sam"))
    assert plan_pdf(assessment) == report_pdf(build_report(assessment))


def _with_name(assessment: Assessment, name: str | None) -> Assessment:
    """With a name as an old file may hold it, or without; some are not accepted any more."""
    answers = {**assessment.responses.answers, "partner_name": name}
    return replace(assessment, responses=replace(assessment.responses, answers=answers))


@pytest.mark.parametrize("name", NO_LETTERS)
def test_names_that_cannot_be_printed(breakup: Pack, name: str) -> None:
    """A name of other letters, or that turns the direction of writing, gives way to what stands for a name."""
    with_name, without = _with_name(somebody(breakup, partner_name="Sam"), name), somebody(breakup)
    assert name in render(build_report(with_name), "text")
    assert plan_pdf(with_name, None, LINES) == plan_pdf(without, None, LINES)


@pytest.mark.parametrize("name", ["Zoë", "Łukasz", "Nguyễn Ánh", "Ђорђе", "Ελένη", "O’Brien", "Jean-Luc"])
def test_names_that_can(breakup: Pack, name: str) -> None:
    """European letters, and those of Vietnamese, stand on paper as they were typed."""
    assert squashed(name) in squashed("".join(pages(plan_pdf(somebody(breakup, partner_name=name)))))


@pytest.mark.parametrize("name", MARKUP)
def test_a_name_is_never_markup(breakup: Pack, name: str) -> None:
    """Whatever a name looks like, it is text: the same structure, and the name as it was typed."""
    pdf = plan_pdf(somebody(breakup, partner_name=name), None, LINES)
    assert tags(pdf) == tags(plan_pdf(somebody(breakup, partner_name="Sam"), None, LINES))
    assert squashed(name) in squashed("".join(pages(pdf)))


def test_content_that_cannot_be_printed(breakup: Pack) -> None:
    """If the letters are not those of a name, it is a problem: no plan without some of its letters is made."""
    report = replace(build_report(somebody(breakup)), heading="休息")
    with pytest.raises(FileError, match="HW614"):
        report_pdf(report)
    content = breakup.content.model_copy(update={"look_again": None})
    pack = replace(breakup, content=content)
    for name in ("Sam", "李雷"):
        pdf = plan_pdf(assess(pack, "breakup", {**CALM, "partner_name": name}, DAY, complete=False, plain=True))
        assert headings()["again"] not in "".join(pages(pdf))


def test_what_paper_never_holds(breakup: Pack) -> None:
    """No folded notice, no link of ours, no services that could give someone away unless they were asked for."""
    assessment = read_case(FOLDER / "breakup" / "afraid-of-him.yaml", breakup).sittings[0].assessment
    (notice,) = [notice for notice in build_report(assessment).notices if notice.folded]
    lines_asked_for = report_lines(load_services(), "uk", DAY, ["domestic_abuse"])
    title = next(group.title for group in lines_asked_for.groups if group.kind == "domestic_abuse")

    def words(lines: HelpLines) -> str:
        return squashed("".join(pages(plan_pdf(assessment, None, lines))))

    assert squashed(notice.title) not in words(LINES)
    assert squashed(notice.text) not in words(LINES)
    assert squashed(title) not in words(LINES)
    assert squashed(title) in words(lines_asked_for)
    with pikepdf.open(BytesIO(plan_pdf(assessment, None, LINES))) as file:
        assert not any("/Annots" in page for page in file.pages)
        assert not {"/AcroForm", "/Names", "/AA", "/OpenAction"} & set(file.Root.keys())


def run(*arguments: str, typed: str | None = None) -> Any:
    return CliRunner().invoke(report_command, arguments, input=typed)


def test_the_command(tmp_path: Path) -> None:
    """It writes a file, says what becomes of files, and needs a place for it."""
    answers, target = str(EXAMPLES / "first-weeks.yaml"), tmp_path / "plan.pdf"
    result = run(answers, "--format", "pdf", "-o", str(target), "--paper", "letter")
    assert (result.exit_code, result.stdout, result.stderr.strip()) == (0, "", headings()["file_stays"])
    assert target.read_bytes().startswith(b"%PDF-1.7")
    assert run(answers, "--format", "pdf").exit_code == 2
    assert run(answers, "--format", "pdf", "-o", str(target), "--weeks").exit_code == 2
    assert run(answers, "--format", "ics", "--what-if").exit_code == 2


def test_the_command_asks_first(tmp_path: Path) -> None:
    """A plan that others should not find becomes a file only after a yes."""
    target = tmp_path / "plan.pdf"
    arguments = (str(EXAMPLES / "afraid.yaml"), "--format", "pdf", "-o", str(target))
    for typed in ("", "n\n", "\n"):
        result = run(*arguments, typed=typed)
        assert result.exit_code == 1
        assert headings()["make_file"] in result.stderr
        assert not target.exists()
    assert run(*arguments, typed="y\n").exit_code == 0
    first = target.read_bytes()
    target.unlink()
    assert run(*arguments, "--yes").exit_code == 0
    assert target.read_bytes() == first
