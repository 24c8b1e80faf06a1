"""The command ``heartwork report``: shows a plan, or writes it as a text, page, PDF or calendar file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from engine.cli import options
from engine.errors import FileError, Location, problem

if TYPE_CHECKING:
    from engine.answers.answers_file import AnswersFileContents
    from engine.assessment.pipeline import Assessment
    from engine.rendering.pdf import Paper
    from engine.rendering.render import AnyReport
    from engine.report.help_lines import HelpLines

FILE_FORMATS: Final = ("pdf", "ics")
"""Formats that are not text."""
FORMAT_HELP: Final = "The format: text, Markdown (md), an HTML page, JSON, PDF, or calendar entries (ics)."
SERVICES_HELP: Final = (
    "Add help lines of this kind, such as own_behaviour. May be repeated. Others who find the report will see them."
)


@click.command(context_settings=options.HELP_OPTIONS)
@options.answers_argument
@options.output_option
@options.format_option(*options.TEXT_FORMATS, *FILE_FORMATS, help_text=FORMAT_HELP)
@options.as_of_option("Make the plan for this day instead of the day in the file.")
@click.option("--check-in", type=options.PATH, metavar="FILE", help="A later check-in to apply to the plan.")
@click.option("--weeks", "part", flag_value="weeks", help="Show the next four weeks instead of the plan.")
@click.option(
    "--what-if",
    "part",
    flag_value="what_if",
    help="Show three answers that would change the plan, instead of the plan.",
)
@click.option(
    "--country", metavar="ID", help="The country of the help lines, such as uk. Without it, only directories."
)
@click.option("--with-services", "service_kinds", metavar="ID", multiple=True, help=SERVICES_HELP)
@click.option(
    "--paper", type=click.Choice(["a4", "letter"]), default="a4", show_default=True, help="The paper size of a PDF."
)
@click.option(
    "--yes", "confirmed", is_flag=True, help="Do not ask before writing a PDF of a plan that others should not find."
)
@options.content_option
def report(
    answers: Path,
    output_format: Any,
    output: Path | None,
    as_of: date | None,
    check_in: Path | None,
    part: str | None,
    country: str | None,
    service_kinds: tuple[str, ...],
    paper: Paper,
    confirmed: bool,
    content: Path | None,
) -> None:
    """Show the plan for a file of ANSWERS. The file - is the standard input.

    \b
    heartwork report answers.yaml
    heartwork report answers.yaml --format html -o plan.html
    heartwork report answers.yaml --format pdf -o plan.pdf
    heartwork report answers.yaml --format ics -o plan.ics
    heartwork report answers.yaml --check-in this-week.yaml
    heartwork report answers.yaml --weeks
    heartwork report answers.yaml --country uk
    """  # noqa: D301 - the \b keeps click from joining the lines
    from engine.loading.library import load_library, paused_garbage_collection

    _check_usage(output_format, part, output)
    with options.exit_on_problems(), paused_garbage_collection():
        library = load_library(content)
        sitting = options.read_file(answers, library, as_of)
        assessment = options.assessed(sitting)
        if assessment.plan is None:
            raise FileError([problem("HW606", sitting.source.where(("questionnaire",)))])
        later = options.read_file(check_in, library) if check_in else None
        lines = _report_lines(content, country, service_kinds, (later or sitting).as_of)
        with options.located_at(later.source.where(("questionnaire",)) if later else sitting.source.where(())):
            check_in_assessment = options.assessed(later) if later else None
            if output_format == "pdf":
                result: str | bytes = _on_paper(assessment, check_in_assessment, lines, paper, confirmed=confirmed)
            elif output_format == "ics":
                result = _in_calendar(assessment, check_in_assessment, sitting.source.where(()))
            else:
                result = _render(sitting, assessment, check_in_assessment, lines, part, output_format)
        options.write(result, output, answers, check_in)


def _check_usage(output_format: str, part: str | None, output: Path | None) -> None:
    if output_format in FILE_FORMATS and part is not None:
        message = f"--weeks and --what-if have no format {output_format}"
        raise click.UsageError(message)
    if output_format == "pdf" and output is None:
        message = "a PDF cannot be shown in a terminal: name a file with -o"
        raise click.UsageError(message)


def _render(
    sitting: AnswersFileContents,
    assessment: Assessment,
    check_in: Assessment | None,
    lines: HelpLines | None,
    part: str | None,
    output_format: Any,
) -> str:
    from engine.report.plan import build_report
    from engine.report.weeks import build_weeks
    from engine.what_if.report import MOST_WHAT_IFS

    selected: AnyReport
    if part == "what_if":
        selected = options.what_ifs(sitting, assessment, check_in, MOST_WHAT_IFS)
    elif part == "weeks":
        selected = build_weeks(assessment, check_in)
    else:
        selected = build_report(assessment, check_in, lines)
    return options.render_in(output_format, selected)


def _on_paper(
    assessment: Assessment, check_in: Assessment | None, lines: HelpLines | None, paper: Paper, *, confirmed: bool
) -> bytes:
    """The plan as a PDF. It asks for confirmation first if others should not find the plan.

    Raises:
        click.Abort: the confirmation was refused.
    """
    from engine.rendering.pdf import plan_pdf
    from engine.rendering.render import headings
    from engine.report.plan import before_file

    question = before_file(assessment, check_in)
    if question is not None and not confirmed:
        click.confirm(f"{question} {headings()['make_file']}", abort=True, err=True)
    pdf = plan_pdf(assessment, check_in, lines, paper)
    if question is None:
        click.echo(headings()["file_stays"], err=True)
    return pdf


def _in_calendar(assessment: Assessment, check_in: Assessment | None, location: Location) -> bytes:
    from engine.rendering.calendar import calendar_file
    from engine.rendering.render import headings

    file = calendar_file(assessment, check_in)
    if file is None:
        raise FileError([problem("HW615", location)])
    click.echo(headings()["shared_calendar"], err=True)
    return file


def _report_lines(
    content: Path | None, country: str | None, service_kinds: Sequence[str], as_of: date
) -> HelpLines | None:
    """The help lines of a report; None if the content has no help services."""
    from engine.loading.help_services import load_services
    from engine.report.help_lines import report_lines

    help_services = load_services(content)
    country_id = country.lower() if country else None
    options.check_known("--country", [country_id], help_services.countries)
    options.check_known("--with-services", service_kinds, help_services.kinds)
    return report_lines(help_services, country_id, as_of, service_kinds) if help_services.services else None
