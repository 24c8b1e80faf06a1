"""A report as a PDF with structure, language and descriptions (PDF/UA-1). Only this module imports typst.

The template receives the report as JSON, never as markup, so typed text stays text. The fonts are Newsreader, beside
this module, for Latin letters, and typst's own for others. System fonts are not used, so the same report gives the
same bytes everywhere.
"""

from __future__ import annotations

import json
import unicodedata
from dataclasses import fields, is_dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from threading import Lock
from types import MappingProxyType
from typing import Any, Final, Literal

import typst

from engine.assessment.pipeline import Assessment
from engine.errors import FileError, Location, problem
from engine.rendering.drawings import in_pebbles, pebbles
from engine.rendering.render import headings, language, phrase
from engine.report.actions import NO_PREFERENCES, ActionPreferences, EvidenceNote
from engine.report.help_lines import HelpGroup, HelpLine, HelpLines, TextLine
from engine.report.help_section import HelpInReport
from engine.report.path import PathStep
from engine.report.plan import Report, build_report
from engine.report.scales import ScaleInReport
from engine.report.steps import StepInReport
from engine.report.wording import Answered

Paper = Literal["a4", "letter"]
PAPERS: Final[tuple[Paper, ...]] = ("a4", "letter")
_TEMPLATE: Final = Path(__file__).parent / "templates" / "plan" / "report.typ"
_FONTS: Final = Path(__file__).parent / "fonts"
_MISSING_GLYPH: Final = "could not be displayed with font"
_UNPRINTABLE: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Cn"})
"""Characters that are not letters: marks that change the writing direction, and characters without a meaning."""
_compiler_lock: Final = Lock()


def report_pdf(report: Report, paper: Paper = "a4") -> bytes:
    """The report as a PDF.

    Raises:
        HeartworkError: a text has characters that the fonts lack.
    """
    head = dict(headings(), language=language())
    inputs = {"report": json.dumps(_with_words(report)), "head": json.dumps(head), "paper": paper}
    try:
        with _compiler_lock:
            content = _compiler().compile(format="pdf", sys_inputs=inputs, pdf_standards=["ua-1"], timestamp=0)
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
    """A sitting's report as a PDF, without the typed name if the fonts lack one of its characters.

    The arguments are those of :func:`engine.report.plan.build_report` and :func:`report_pdf`.

    Raises:
        ValueError: the sitting is a check-in, which has no plan.
        HeartworkError: the second sitting is not a check-in of the first, or a text of the content cannot be printed.
    """
    voice = assessment.pack.content.voice
    item = voice.name_item if voice else None
    name = assessment.responses.answers.get(item or "")
    if not (isinstance(name, str) and any(unicodedata.category(char) in _UNPRINTABLE for char in name)):
        try:
            return report_pdf(build_report(assessment, check_in, help_lines, preferences), paper)
        except FileError:
            if name is None:
                raise
    return report_pdf(build_report(_without_name(assessment, item), check_in, help_lines, preferences), paper)


def _without_name(assessment: Assessment, item: str | None) -> Assessment:
    """The same sitting as if no name had been typed. No rule reads a name, so nothing else changes."""
    answers = {name: value for name, value in assessment.responses.answers.items() if name != item}
    return replace(assessment, responses=replace(assessment.responses, answers=MappingProxyType(answers)))


@lru_cache(maxsize=1)
def _compiler() -> typst.Compiler:
    """The shared compiler, which caches fonts and template."""
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[_FONTS])
    return typst.Compiler(_TEMPLATE, root=_TEMPLATE.parent, font_paths=fonts, ignore_system_fonts=True)


def _with_words(value: Any) -> Any:
    """A part of a report as JSON, with the phrases of the templates. Dates are written out."""
    if is_dataclass(value):
        return {entry.name: _with_words(getattr(value, entry.name)) for entry in fields(value)} | _phrases(value)
    if isinstance(value, tuple):
        return [_with_words(entry) for entry in value]
    return phrase("day", value) if isinstance(value, date) else value


def _phrases(value: Any) -> dict[str, Any]:
    """The phrases that other formats use for a value, from the same macros."""
    match value:
        case Report():
            return {
                "kind_line": phrase("kind_line", value),
                "introduction": value.introduction,
                "leading": [notice.id for notice in value.leading_notices],
                "explained": phrase("explained", value),
                "names_held": value.names_held,
                "held": _with_words(value.not_now),
                "held_heading_words": phrase("held_heading", value),
                "put_away": phrase("put_away", value),
                "researched": _with_words(value.researched),
            }
        case StepInReport():
            return {"emphasis_word": phrase("emphasis", value.emphasis), "has_more": value.has_more}
        case PathStep():
            return {"emphasis_word": phrase("emphasis", value.emphasis)}
        case EvidenceNote():
            return {"research": phrase("research", value)}
        case Answered():
            return {"answer": phrase("words", value.answer)}
        case ScaleInReport():
            return {"score": phrase("score", value), **_drawn(value)}
        case TextLine():
            return {"way": phrase("write", value, macros="help_lines")}
        case HelpInReport():
            return {"more_help": phrase("more_help", value.page)}
        case HelpGroup():
            return {"no_line": phrase("no_line", value, macros="help_lines")}
        case HelpLine():
            names = ("line_name", "line_way", "line_hours")
            return {name: phrase(name, value, macros="help_lines") for name in names}
        case _:
            return {}


def _drawn(scale: ScaleInReport) -> dict[str, Any]:
    """The drawing of a scale, if it has one: pebbles or a line, and a text with the same content."""
    if scale.value is None or scale.position is None:
        return {"on_line": None, "pebbles": None}
    placed = pebbles(scale.lowest, scale.highest, scale.value) if in_pebbles(scale.lowest, scale.highest) else None
    return {"on_line": phrase("on_line", scale), "pebbles": _with_words(placed)}
