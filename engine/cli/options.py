"""What the engine's commands share: options, types of parameters, reading a file of answers, messages, output."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
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
    from engine.loading.library import Library
    from engine.what_if.report import WhatIfReport

HELP_OPTIONS = {"help_option_names": ["-h", "--help"]}
FORMAT_HELP = "How to write it: text, Markdown (md), an HTML page, or JSON."
content_option = click.option(
    "--content",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The folder with questionnaires/ and rules/. Without it: the content that came with Heartwork.",
)


class DateParameter(click.ParamType[date]):
    """A calendar date."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no time zone
        except ValueError:
            self.fail(f"“{value}” is not a date such as 2026-11-23", param, ctx)


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

    text: str | None = None
    if str(path) == "-":
        text = sys.stdin.buffer.read().decode("utf-8", "replace")
    contents = read_answers_file(path, library, as_of, text)
    print_problems(contents.advice)
    return contents


def assessed(contents: AnswersFileContents) -> Assessment:
    """What follows from a sitting; that some of its answers do not count is said."""
    from engine.assessment.pipeline import assess

    file = contents.file
    assessment = assess(contents.pack, file.questionnaire, file.answers, contents.as_of, locations=contents.locations)
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


def output_options(
    help_text: str = FORMAT_HELP, *file_formats: str
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """``--format`` and ``--output``, for commands that write a report; ``file_formats`` are added to those of text."""
    formats = click.Choice(["text", "md", "html", "json", *file_formats])
    output_path = click.Path(path_type=Path, dir_okay=False)

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        format_option = click.option(
            "--format", "output_format", type=formats, default="text", show_default=True, help=help_text
        )
        output_option = click.option(
            "-o", "--output", type=output_path, metavar="FILE", help="Write to FILE instead of the screen."
        )
        return output_option(format_option(command))

    return add


def check_known(option: str, ids: Iterable[str], allowed: Sequence[str]) -> None:
    for name in ids:
        if name not in allowed:
            message = f"there is no “{name}”{did_you_mean(name, allowed)}; use one of: {join_ids(allowed, 20)}"
            raise click.BadParameter(message, param_hint=option)
