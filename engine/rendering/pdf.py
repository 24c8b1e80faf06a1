"""A report as a PDF that declares structure, language and drawings (PDF/UA-1); typst is imported only here.

The words go to the template as JSON, never as markup, so nothing that was typed can be more than text. The fonts are
those inside typst: nothing of the machine is read, and the same report gives the same bytes everywhere.
"""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from threading import Lock
from types import MappingProxyType
from typing import Final, Literal

import typst

from engine.assessment.pipeline import Assessment
from engine.errors import FileError, Location, problem
from engine.rendering.pdf_data import pdf_data
from engine.report.help_lines import HelpLines
from engine.report.plan import Report, build_report
from engine.report.steps import NO_PREFERENCES, ActionPreferences

Paper = Literal["a4", "letter"]
PAPERS: Final[tuple[Paper, ...]] = ("a4", "letter")
_TEMPLATE: Final = Path(__file__).parent / "templates" / "plan" / "report.typ"
_MISSING_GLYPH: Final = "could not be displayed with font"
_UNPRINTABLE: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Cn"})
"""Characters that are no letters: what turns the direction of writing, and what has no meaning."""
_compiler_lock: Final = Lock()


def report_pdf(report: Report, paper: Paper = "a4") -> bytes:
    """The report on paper.

    Raises:
        HeartworkError: a text has characters that the fonts do not have.
    """
    words = json.dumps(pdf_data(report), ensure_ascii=False)
    try:
        with _compiler_lock:
            content = _compiler().compile(
                format="pdf", sys_inputs={"report": words, "paper": paper}, pdf_standards=["ua-1"], timestamp=0
            )
    except typst.TypstError as error:
        if _MISSING_GLYPH not in str(error):
            raise
        template_location = Location(str(_TEMPLATE.name))
        raise FileError([problem("HW614", template_location, reason=str(error).split("error: ")[-1])]) from error
    if not isinstance(content, bytes):
        message = "typst made no file"
        raise TypeError(message)
    return content


def plan_pdf(
    assessment: Assessment,
    check_in: Assessment | None = None,
    help_lines: HelpLines | None = None,
    paper: Paper = "a4",
    preferences: ActionPreferences = NO_PREFERENCES,
) -> bytes:
    """A sitting's report on paper: without the name that was typed, if the fonts lack a character of it.

    The arguments are those of :func:`engine.report.plan.build_report` and of :func:`report_pdf`.

    Raises:
        ValueError: the sitting is a check-in, which has no plan of its own.
        HeartworkError: the second is no check-in to the first, or a text of the content cannot be printed.
    """
    voice = assessment.pack.content.voice
    item = voice.name_item if voice else None
    name = assessment.responses.answers.get(item or "")
    if isinstance(name, str) and any(unicodedata.category(char) in _UNPRINTABLE for char in name):
        return report_pdf(build_report(_without_name(assessment, item), check_in, help_lines, preferences), paper)
    try:
        return report_pdf(build_report(assessment, check_in, help_lines, preferences), paper)
    except FileError:
        if name is None:
            raise
        return report_pdf(build_report(_without_name(assessment, item), check_in, help_lines, preferences), paper)


def _without_name(assessment: Assessment, item: str | None) -> Assessment:
    """The same sitting, as if no name had been typed. No rule reads a name, so nothing else changes."""
    answers = {name: value for name, value in assessment.responses.answers.items() if name != item}
    return replace(assessment, responses=replace(assessment.responses, answers=MappingProxyType(answers)))


@lru_cache(maxsize=1)
def _compiler() -> typst.Compiler:
    """Made once, as it keeps fonts and template."""
    fonts = typst.Fonts(include_system_fonts=False)
    return typst.Compiler(_TEMPLATE, root=_TEMPLATE.parent, font_paths=fonts, ignore_system_fonts=True)
