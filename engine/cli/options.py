"""Options, parameter types, input and output that the engine's commands share."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.errors import FileError, HeartworkError, Location, Problem, did_you_mean, join_ids, problem

if TYPE_CHECKING:
    from engine.answers.answers_file import AnswersFileContents
    from engine.assessment.pipeline import Assessment
    from engine.loading.help_services import Country, ServiceKind
    from engine.loading.library import Library
    from engine.rendering.render import AnyReport
    from engine.what_if.report import WhatIfReport

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]
HELP_OPTIONS = {"help_option_names": ["-h", "--help"]}
TEXT_FORMATS = ("text", "md", "html", "json")
FORMAT_HELP = "The format: text, Markdown (md), an HTML page, or JSON."
PATH = click.Path(path_type=Path)
answers_argument = click.argument("answers", type=PATH)
content_option = click.option(
    "--content",
    type=PATH,
    metavar="DIR",
    help="The folder with questionnaires/ and rules/; by default the shipped content.",
)
output_option = click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write to FILE instead of the screen.",
)


class DateParameter(click.ParamType[date]):
    """A date from ``FIRST_DAY`` to ``LAST_DAY``."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        from engine.content.base import FIRST_DAY, LAST_DAY, is_day_of_sitting

        try:
            day = value if isinstance(value, date) else datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007 - a date has no time zone
        except ValueError:
            self.fail(f"“{value}” is not a date such as 2026-11-23", param, ctx)
        if not is_day_of_sitting(day):
            self.fail(f"“{value}” is not a date from {FIRST_DAY} to {LAST_DAY}", param, ctx)
        return day


def print_problems(problems: Iterable[Problem]) -> None:
    """Print each problem on one line of standard error, also if it quotes a text of several lines."""
    for reported in problems:
        click.echo(" ".join(str(reported).splitlines()), err=True)


@contextmanager
def exit_on_problems() -> Iterator[None]:
    """Print the problems of an error about content or answers, and exit with code 1."""
    try:
        yield
    except HeartworkError as error:
        print_problems(error.problems)
        sys.exit(1)


@contextmanager
def located_at(location: Location) -> Iterator[None]:
    """Give problems without a place in a file this one: they are about the sitting as a whole."""
    try:
        yield
    except HeartworkError as error:
        located = [
            reported if isinstance(reported.where, Location) else replace(reported, where=location)
            for reported in error.problems
        ]
        raise FileError(located) from error


def read_file(path: Path, library: Library, as_of: date | None = None) -> AnswersFileContents:
    """Read a file of answers, or the standard input if the path is ``-``, and print advice about it."""
    from engine.answers.answers_file import read_answers_file

    text = sys.stdin.buffer.read().decode("utf-8", "replace") if str(path) == "-" else None
    contents = read_answers_file(path, library, as_of, text)
    print_problems(contents.advice)
    return contents


def assessed(contents: AnswersFileContents) -> Assessment:
    """Assess a sitting, and print which of its answers are left out because they do not apply."""
    assessment = contents.assess()
    if assessment.responses.dropped:
        dropped = ", ".join(assessment.responses.dropped)
        click.echo(f"Left out, as these questions do not come up with the other answers: {dropped}", err=True)
    return assessment


def what_ifs(
    contents: AnswersFileContents, assessment: Assessment, check_in: Assessment | None, most: int | None
) -> WhatIfReport:
    """The changes of answers that would change the plan; prints which the rules engine did not confirm.

    Args:
        most: how many to find at most; None finds all.
    """
    from engine.what_if.report import build_what_if_report
    from engine.what_if.search import find_what_ifs

    found_what_ifs = find_what_ifs(assessment, check_in, most=most)
    for what_if in found_what_ifs.unconfirmed:
        print_problems([problem("HW613", contents.source.where(("answers",)), items=join_ids(sorted(what_if.items)))])
    return build_what_if_report(found_what_ifs, assessment)


def render_in(output_format: Any, report: AnyReport) -> str:
    """A report in one of ``TEXT_FORMATS``; HTML is a complete page."""
    from engine.rendering.render import html_document, render

    return html_document(report) if output_format == "html" else render(report, output_format)


def write(content: str | bytes, output: Path | None, *inputs: Path | None) -> None:
    """Write the result to ``output``, or print it.

    Raises:
        FileError: the file cannot be written, or it is one of the ``inputs``.
    """
    if output is None:
        click.echo(content, nl=False)
        return
    try:
        if any(path is not None and path.exists() and output.exists() and path.samefile(output) for path in inputs):
            reason = "it holds the answers"
            raise FileError([problem("HW608", Location(str(output)), reason=reason)])
        output.write_bytes(content if isinstance(content, bytes) else content.encode())
    except OSError as error:
        raise FileError([problem("HW608", Location(str(output)), reason=error.strerror or error)]) from error


def format_option(*formats: str, help_text: str = FORMAT_HELP) -> Decorator:
    """The option ``--format``; its default is text."""
    return click.option(
        "--format", "output_format", type=click.Choice(formats), default="text", show_default=True, help=help_text
    )


def as_of_option(help_text: str) -> Decorator:
    """The option ``--as-of``, a date."""
    return click.option("--as-of", type=DateParameter(), metavar="DATE", help=help_text)


def check_known(option: str, ids: Iterable[str | None], entries: Iterable[Country | ServiceKind]) -> None:
    """Check that the ids given with an option exist.

    Raises:
        click.BadParameter: no entry has one of the ids.
    """
    allowed = [entry.id for entry in entries]
    for name in ids:
        if name is not None and name not in allowed:
            message = f"there is no “{name}”{did_you_mean(name, allowed)}; use one of: {join_ids(allowed, 20)}"
            raise click.BadParameter(message, param_hint=option)
