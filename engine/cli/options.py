"""What the engine's commands share: options, types of parameters, reading a file of answers, messages, output."""

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
FORMAT_HELP = "How to write it: text, Markdown (md), an HTML page, or JSON."
PATH = click.Path(path_type=Path)
answers_argument = click.argument("answers", type=PATH)
content_option = click.option(
    "--content",
    type=PATH,
    metavar="DIR",
    help="The folder with questionnaires/ and rules/. Without it: the content that came with Heartwork.",
)
output_option = click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write to FILE instead of the screen.",
)


class DateParameter(click.ParamType[date]):
    """A calendar date that answers may speak of."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        from engine.content.base import FIRST_DAY, LAST_DAY, is_day_of_sitting

        try:
            # A day has no time zone.
            day = value if isinstance(value, date) else datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007
        except ValueError:
            self.fail(f"“{value}” is not a date such as 2026-11-23", param, ctx)
        if not is_day_of_sitting(day):
            self.fail(f"“{value}” is not a date from {FIRST_DAY} to {LAST_DAY}", param, ctx)
        return day


def print_problems(problems: Iterable[Problem]) -> None:
    for reported in problems:
        click.echo(" ".join(str(reported).splitlines()), err=True)  # one line reported, also where it quotes several


@contextmanager
def exit_on_problems() -> Iterator[None]:
    """Turn errors about content and answers into messages and exit code 1."""
    try:
        yield
    except HeartworkError as error:
        print_problems(error.problems)
        sys.exit(1)


@contextmanager
def located_at(location: Location) -> Iterator[None]:
    """Say where, for problems that are about a sitting as a whole."""
    try:
        yield
    except HeartworkError as error:
        located = [
            reported if isinstance(reported.where, Location) else replace(reported, where=location)
            for reported in error.problems
        ]
        raise FileError(located) from error


def read_file(path: Path, library: Library, as_of: date | None = None) -> AnswersFileContents:
    """The sitting in a file, or in what comes in if the file is called ``-``."""
    from engine.answers.answers_file import read_answers_file

    text = sys.stdin.buffer.read().decode("utf-8", "replace") if str(path) == "-" else None
    contents = read_answers_file(path, library, as_of, text)
    print_problems(contents.advice)
    return contents


def assessed(contents: AnswersFileContents) -> Assessment:
    """What follows from a sitting; that some of its answers do not count is said."""
    assessment = contents.assess()
    if assessment.responses.dropped:
        dropped = ", ".join(assessment.responses.dropped)
        click.echo(f"Left out, as these questions do not come up with the other answers: {dropped}", err=True)
    return assessment


def what_ifs(
    contents: AnswersFileContents, assessment: Assessment, check_in: Assessment | None, most: int | None
) -> WhatIfReport:
    """What would change the plan; what the rules engine did not confirm is left out, and that is said."""
    from engine.what_if.report import build_what_if_report
    from engine.what_if.search import find_what_ifs

    found_what_ifs = find_what_ifs(assessment, check_in, most=most)
    for what_if in found_what_ifs.unconfirmed:
        print_problems([problem("HW613", contents.source.where(("answers",)), items=join_ids(sorted(what_if.items)))])
    return build_what_if_report(found_what_ifs, assessment)


def render_in(output_format: Any, report: AnyReport) -> str:
    """A report as a text, or as a whole HTML page."""
    from engine.rendering.render import html_document, render

    return html_document(report) if output_format == "html" else render(report, output_format)


def write(content: str | bytes, output: Path | None, *inputs: Path | None) -> None:
    """Write the result, but never over the answers it was made from."""
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
    """``--format``, of which text is the default."""
    return click.option(
        "--format", "output_format", type=click.Choice(formats), default="text", show_default=True, help=help_text
    )


def as_of_option(help_text: str) -> Decorator:
    """``--as-of``, which names a day."""
    return click.option("--as-of", type=DateParameter(), metavar="DATE", help=help_text)


def check_known(option: str, ids: Iterable[str | None], entries: Iterable[Country | ServiceKind]) -> None:
    """Refuse ids, named with an option, that no entry of the help services has."""
    allowed = [entry.id for entry in entries]
    for name in ids:
        if name is not None and name not in allowed:
            message = f"there is no “{name}”{did_you_mean(name, allowed)}; use one of: {join_ids(allowed, 20)}"
            raise click.BadParameter(message, param_hint=option)
