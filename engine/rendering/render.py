"""Reports as HTML, text, Markdown or JSON."""

from __future__ import annotations

import dataclasses
import json
import re
import textwrap
from collections.abc import Callable, Mapping, MutableMapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING, Any, Final, Literal, cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from jinja2.runtime import Context, Macro
from jinja2.utils import missing
from markupsafe import Markup, escape

from engine.comparison.report import ComparisonReport
from engine.comparison.timeline import TimelineReport
from engine.rendering import drawings, moves
from engine.rendering.bytecode import template_cache
from engine.report.explanation import Explanation
from engine.report.help_lines import HelpLine, HelpLines
from engine.report.plan import Report
from engine.report.weeks import ComingWeeks
from engine.what_if.report import WhatIfReport

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Format = Literal["text", "md", "html", "json"]
FORMATS: Final[tuple[Format, ...]] = ("text", "md", "html", "json")
WIDTH: Final = 88
"""The number of columns of the text format."""
_TEMPLATE_NAMES: Final = {
    Report: "plan/report",
    ComparisonReport: "comparison/comparison",
    TimelineReport: "timeline/timeline",
    WhatIfReport: "what_if/what_if",
    ComingWeeks: "weeks/weeks",
}
"""The template of each kind of report, without the suffix of the format."""
Macros = Literal["words", "help_lines"]
OtherWays = Literal["open", "folded", "none"]
_MACRO_FILES: Final[Mapping[Macros, str]] = {"words": "shared/words.jinja", "help_lines": "help_lines/help_lines.jinja"}
"""Macro files from which other modules take texts."""
_TEMPLATES: Final = Path(__file__).parent / "templates"
_STYLES: Final = tuple(f"styles/{name}.css" for name in ("base", "plan", "comparison", "weeks", "print"))
DRAWINGS: Final = (
    *(drawings.has_picture, drawings.stones, drawings.lane, drawings.in_pebbles, drawings.pebbles),
    *(moves.move_rows, moves.held_as_before, moves.held_now, moves.last_line, moves.gone_steps),
    *(moves.day_rows, moves.has_rings, moves.has_gaps),
)
"""The functions that templates call to draw."""
_MARKDOWN_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&!])")
# Starts of lists, quotes and headings. The backslash precedes the point, because ``\1.`` would be shown.
_LINE_STARTS = re.compile(r"^(\s*\d*)([-+=.)])", re.MULTILINE)
_BLANKS = re.compile(r"[ \t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+")
_BREAKS = re.compile(r"\n{3,}")
_HTML_SPECIAL = re.compile("[&<>'\"]")
AnyReport = Report | ComparisonReport | TimelineReport | WhatIfReport | ComingWeeks
"""All kinds of reports, in all formats."""


class MacroContext(Context):
    """A template context that calls the function of a macro directly.

    :meth:`Context.call` and :class:`Macro` first inspect what a callable accepts, which takes longer than rendering a
    macro of a few words. Macros with a block or variable arguments, and calls by keyword, use the normal path.
    """

    def call(
        self, called: Any, /, *args: Any, _block_vars: object = None, _loop_vars: object = None, **kwargs: Any
    ) -> Any:
        if type(called) is not Macro:
            return super().call(called, *args, _block_vars=_block_vars, _loop_vars=_loop_vars, **kwargs)
        unset = len(called.arguments) - len(args)
        if kwargs or unset < 0 or called.caller or called.catch_kwargs or called.catch_varargs:
            return called(self.eval_ctx, *args, **kwargs)
        text = called._func(*args, *(missing,) * unset)  # noqa: SLF001 - what its public call ends in
        return str.__new__(Markup, text) if self.eval_ctx.autoescape else text  # a macro escapes its arguments


class LeanTemplate(Template):
    """A template that escapes with :func:`escaped`."""

    @classmethod
    def from_code(
        cls,
        environment: Environment,
        code: CodeType,
        globals: MutableMapping[str, Any],  # noqa: A002 - named by Jinja
        uptodate: Callable[[], bool] | None = None,
    ) -> Template:
        template = super().from_code(environment, code, globals, uptodate)
        template.root_render_func.__globals__["escape"] = escaped
        return template


def escaped(value: object) -> str:
    """The value as HTML. Most texts contain nothing to escape and are returned without the copy that Jinja makes."""
    if type(value) is Markup:
        return value
    if type(value) is int or type(value) is float:
        return str(value)
    return value if type(value) is str and not _HTML_SPECIAL.search(value) else escape(value)


def lighten(environment: Environment) -> None:
    """Make templates call macros and escape texts faster, with the same output in a third less time."""
    environment.context_class, environment.template_class = MacroContext, LeanTemplate


def render(report: AnyReport, output_format: Format) -> str:
    """Render a report.

    Args:
        report: a plan, comparison, timeline, what-if report or weeks.
        output_format: one of ``FORMATS``: ``text``, ``md``, ``html`` or ``json``.

    Returns:
        The text. HTML is a fragment; :func:`html_document` makes a document of it.
    """
    if output_format == "json":
        return to_json(report)
    name = _TEMPLATE_NAMES[type(report)]
    suffix = "txt" if output_format == "text" else output_format
    text = _template(output_format, f"{name}.{suffix}").render(report=report)
    return text if output_format == "html" else _tidied(text)


def render_moved(report: ComparisonReport) -> str:
    """What a changed answer moved in a plan, as an HTML fragment."""
    return _template("html", "comparison/moved.html").render(report=report)


def render_explanation(explanation: Explanation) -> str:
    """The explanation as text."""
    return render_text("explanation/explanation.txt", report=explanation)


def render_services(lines: HelpLines, *, everything: bool = False) -> str:
    """The help lines as text; ``everything`` includes folded ones. A repeated line is only named."""
    first_groups: dict[str, str] = {}
    for group in lines.groups:
        for line in (*group.first, *(group.more if everything else ())):
            first_groups.setdefault(line.id, group.kind)
    return render_text("help_lines/help_lines.txt", report=lines, everything=everything, first_groups=first_groups)


def render_text(name: str, folder: Path = _TEMPLATES, /, **context: object) -> str:
    """Render a text template.

    Args:
        name: the template's path in its folder. It can import the engine's templates.
        folder: a folder of templates besides the engine's.
    """
    return _tidied(_template("text", name, folder).render(context))


def render_help_line(line: HelpLine, *, tone: str = "", others: OtherWays = "open") -> str:
    """A help line as HTML: a list item with rows to press.

    Args:
        tone: the class of its first row: ``now``, ``first`` or ``emergency``.
        others: how other ways to reach the service are shown below; without them there is no list item.
    """
    macros: Any = _help_line_macros()
    macro = {"open": macros.as_html, "folded": macros.folded, "none": macros.rows}[others]
    return str(macro(line, tone))


@lru_cache(maxsize=1)
def _help_line_macros() -> Any:
    return _template("html", _MACRO_FILES["help_lines"]).module


def render_html(name: str, folder: Path, /, **context: object) -> str:
    """Render an HTML template of another folder, with escaping.

    Args:
        name: the template's path in its folder. It can extend and import the engine's templates.
    """
    return _template("html", name, folder).render(context)


def html_document(report: AnyReport) -> str:
    """The HTML fragment as a standalone document without external resources."""
    fragment = Markup(render(report, "html"))  # noqa: S704 - rendered above, with every value escaped
    return _template("html", "shared/page.html").render(fragment=fragment, styles=_STYLES)


@lru_cache(maxsize=1)
def symbols() -> str:
    """The SVG symbols that fragments use; a page contains them once."""
    return str(_template("html", "shared/drawings.jinja").module.symbols())  # type: ignore[attr-defined]


@lru_cache(maxsize=1)
def stylesheet() -> str:
    """The style sheet of all fragments, as :func:`html_document` embeds it, for pages that contain fragments."""
    return "".join((_TEMPLATES / name).read_text(encoding="utf-8") for name in _STYLES)


def headings() -> Mapping[str, str]:
    """Headings and labels, by name."""
    return cast("Mapping[str, str]", _words("words").head)


def language() -> str:
    """The language code of these texts, for HTML and PDF."""
    return str(_words("words").language)


def phrase(name: str, *values: object, macros: Macros = "words") -> str:
    """The text of a macro for these values, on one line."""
    return _oneline(getattr(_words(macros), name)(*values))


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a text. Every line break begins one, as in YAML's folded texts."""
    return [line for line in map(_oneline, str(text).split("\n")) if line] or [""]


@lru_cache(maxsize=len(_MACRO_FILES))
def _words(macros: Macros) -> Any:
    return _template("text", _MACRO_FILES[macros]).module


def _tidied(text: str) -> str:
    """The text with at most one empty line in a row, and a final line break."""
    return _BREAKS.sub("\n\n", text).strip() + "\n"


def to_json(report: DataclassInstance) -> str:
    """A frozen value as JSON, with everything it contains."""
    return json.dumps(dataclasses.asdict(report), ensure_ascii=False, indent=2, default=_json_default) + "\n"


def _json_default(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    message = f"{type(value).__name__} cannot stand in JSON"
    raise TypeError(message)


def _template(output_format: Format, name: str, folder: Path = _TEMPLATES) -> Template:
    return _environment(output_format, folder).get_template(name)


@lru_cache(maxsize=8)
def _environment(output_format: Format, folder: Path) -> Environment:
    """The environment of a format, for the engine's templates and those of one more folder."""
    environment = Environment(
        loader=FileSystemLoader([_TEMPLATES, folder]),
        autoescape=output_format == "html",  # noqa: S701 - text and Markdown are no HTML
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
        bytecode_cache=template_cache(__file__, output_format),
        finalize=_markdown if output_format == "md" else None,
    )
    lighten(environment)
    environment.filters["wrapped"] = _wrapped
    environment.filters["oneline"] = _oneline
    environment.filters["paragraphs"] = paragraphs
    environment.globals["width"] = WIDTH
    environment.globals |= {drawing.__name__: drawing for drawing in DRAWINGS}
    return environment


def _markdown(value: Any) -> Any:
    """Text escaped for Markdown. Results of macros are marked as escaped already."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return _LINE_STARTS.sub(r"\1\\\2", _MARKDOWN_SPECIAL.sub(r"\\\1", value))


def _oneline(text: str) -> str:
    """The text without line breaks of any kind; non-breaking spaces are kept."""
    return _BLANKS.sub(" ", str(text)).strip()


def _wrapped(text: str, first: str = "", rest: str | None = None) -> str:
    """The text in lines of at most ``WIDTH`` columns. Each paragraph is indented by ``first``, then by ``rest``.

    Only words without a space, such as URLs, may be longer.
    """
    later = first if rest is None else rest
    wrapper = textwrap.TextWrapper(WIDTH, break_long_words=False, break_on_hyphens=False, subsequent_indent=later)
    lines: list[str] = []
    for number, paragraph in enumerate(paragraphs(text)):
        indent = later if number else first
        if paragraph and len(indent) + len(paragraph) <= WIDTH and paragraph == _oneline(paragraph):
            lines.append(indent + paragraph)  # as most do: a third of the time of a report went into looking for breaks
        else:
            wrapper.initial_indent = indent
            lines += wrapper.wrap(paragraph)
    return "\n".join(lines)
