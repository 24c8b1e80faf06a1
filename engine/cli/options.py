"""The engine's commands. They only read files, call the straight line, and print."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.errors import FileError, HeartworkError, Location, Problem, did_you_mean, listed, problem

if TYPE_CHECKING:
    from engine.answers.answers_file import Sitting
    from engine.assessment.pipeline import Assessment
    from engine.content.pack import Form
    from engine.loading.library import Library
    from engine.what_if.report import WhatIfReport

HELP = {"help_option_names": ["-h", "--help"]}
FORMAT_HELP = "How to write it: text, Markdown (md), an HTML page, or JSON."
content_option = click.option(
    "--content",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The folder with questionnaires/ and rules/. Without it: the content that came with Heartwork.",
)


class Day(click.ParamType[date]):
    """A calendar date."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no time zone
        except ValueError:
            self.fail(f"“{value}” is not a date such as 2026-11-23", param, ctx)


def tell(problems: Iterable[Problem]) -> None:
    for one in problems:
        click.echo(" ".join(str(one).splitlines()), err=True)  # one line each, also where it quotes several


@contextmanager
def problems_told() -> Iterator[None]:
    """Turn errors about content and answers into messages and exit code 1."""
    try:
        yield
    except HeartworkError as error:
        tell(error.problems)
        sys.exit(1)


@contextmanager
def at_place(place: Location) -> Iterator[None]:
    """Say where, for problems that are about a sitting as a whole."""
    try:
        yield
    except HeartworkError as error:
        placed = [one if isinstance(one.where, Location) else replace(one, where=place) for one in error.problems]
        raise FileError(placed) from error


def read_file(path: Path, library: Library, as_of: date | None = None) -> Sitting:
    """The sitting in a file, or in what comes in if the file is called ``-``."""
    from engine.answers.answers_file import read_sitting

    text: str | None = None
    if str(path) == "-":
        text = sys.stdin.buffer.read().decode("utf-8", "replace")
    sitting = read_sitting(path, library, as_of, text)
    tell(sitting.advice)
    return sitting


def assessed(sitting: Sitting) -> Assessment:
    """What follows from a sitting; that some of its answers do not count is said."""
    from engine.assessment.pipeline import assess

    file = sitting.file
    assessment = assess(sitting.pack, file.questionnaire, file.answers, sitting.as_of, places=sitting.places)
    if assessment.responses.dropped:
        dropped = ", ".join(assessment.responses.dropped)
        click.echo(f"Left out, as these questions do not come up with the other answers: {dropped}", err=True)
    return assessment


def what_ifs(sitting: Sitting, assessment: Assessment, check_in: Assessment | None, most: int | None) -> WhatIfReport:
    """What would change the plan; what the rules engine did not confirm is left out, and that is said."""
    from engine.what_if.report import build_what_if_report
    from engine.what_if.search import find_what_ifs

    found = find_what_ifs(assessment, check_in, most=most)
    for one in found.unconfirmed:
        tell([problem("HW613", sitting.source.where(("answers",)), items=listed(sorted(one.items)))])
    return build_what_if_report(found, assessment)


def write(made: str | bytes, output: Path | None, *inputs: Path | None) -> None:
    """Write the result, but never over the answers it was made from."""
    if output is None:
        click.echo(made, nl=False)
        return
    try:
        if any(path is not None and path.exists() and output.exists() and path.samefile(output) for path in inputs):
            reason = "it holds the answers"
            raise FileError([problem("HW608", Location(str(output)), reason=reason)])
        output.write_bytes(made if isinstance(made, bytes) else made.encode())
    except OSError as error:
        raise FileError([problem("HW608", Location(str(output)), reason=error.strerror or error)]) from error


def output_options(help_text: str = FORMAT_HELP, *more: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """``--format`` and ``--output``, for commands that write a report; ``more`` formats than text can be."""
    formats = click.Choice(["text", "md", "html", "json", *more])
    into = click.Path(path_type=Path, dir_okay=False)

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        form = click.option("--format", "form", type=formats, default="text", show_default=True, help=help_text)
        output = click.option("-o", "--output", type=into, metavar="FILE", help="Write to FILE instead of the screen.")
        return output(form(command))

    return add


def check_known(option: str, named: Iterable[str], among: Sequence[str]) -> None:
    for one in named:
        if one not in among:
            message = f"there is no “{one}”{did_you_mean(one, among)}; use one of: {listed(among, 20)}"
            raise click.BadParameter(message, param_hint=option)


@click.command(context_settings=HELP)
@click.argument("answers", type=click.Path(path_type=Path))
@click.argument("step", required=False)
@click.option("--show-sensitive", is_flag=True, help="Show answers and rules about safety too. Mind who reads along.")
@click.option(
    "--as-of", type=Day(), metavar="DATE", help="Explain the plan for this day instead of the day in the file."
)
@click.option("--what-if", "what_if", is_flag=True, help="Show all that would change the plan instead.")
@content_option
def explain(
    answers: Path, step: str | None, show_sensitive: bool, as_of: date | None, what_if: bool, content: Path | None
) -> None:
    """Show why the plan for a file of ANSWERS is as it is; with a STEP, why that step stands where it does.

    Each line names the rule, its place in the files, the answers behind it, and what it did.

    \b
    heartwork explain answers.yaml
    heartwork explain answers.yaml space
    heartwork explain answers.yaml --what-if
    """  # noqa: D301 - click reads the backspace, which keeps lines as they are
    from engine.loading.library import load_library
    from engine.rendering.render import render, render_explanation
    from engine.report.explanation import explain_step, explanation

    if what_if and (step or show_sensitive):
        message = "--what-if is about the whole plan, and tells no sensitive answer"
        raise click.UsageError(message)
    with problems_told():
        sitting = read_file(answers, load_library(content), as_of)
        assessment = assessed(sitting)
        where = sitting.source.where(("questionnaire",))
        if (step or what_if) and assessment.plan is None:
            raise FileError([problem("HW606", where)])
        if what_if:
            write(render(what_ifs(sitting, assessment, None, None), "text"), None)
            return
        if step is None:
            found = explanation(assessment, show_sensitive=show_sensitive)
        else:
            with at_place(where):
                found = explain_step(assessment, step, show_sensitive=show_sensitive)
        write(render_explanation(found), None)


@click.command(context_settings=HELP)
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@output_options()
@click.option("--everything", is_flag=True, help="Tell everything: all causes, and all of a comparison kept short.")
@content_option
def compare(before: Path, after: Path, form: Any, output: Path | None, everything: bool, content: Path | None) -> None:
    """Show what changed from one file of answers (BEFORE) to another (AFTER), and which answers moved the plan.

    \b
    heartwork compare march.yaml april.yaml
    """  # noqa: D301 - click reads the backspace, which keeps lines as they are
    from engine.comparison.changes import compare as compared
    from engine.comparison.report import build_comparison_report
    from engine.loading.library import load_library
    from engine.rendering.render import page, render

    with problems_told():
        library = load_library(content)
        first, second = (read_file(path, library) for path in (before, after))
        if first.as_of > second.as_of:
            tell([problem("HW610", first.source.where(("taken_on",)))])
        earlier, later = assessed(first), assessed(second)
        with at_place(second.source.where(("questionnaire",))):
            comparison = compared(earlier, later)
        told = build_comparison_report(comparison, earlier, later, everything=everything)
        write(page(told) if form == "html" else render(told, form), output, before, after)


@click.command(context_settings=HELP)
@click.argument("folder", required=False, type=click.Path(path_type=Path), metavar="[DIR]")
@click.option("--content", "content", type=click.Path(path_type=Path), metavar="DIR", help="The same as naming DIR.")
@click.option("--strict", is_flag=True, help="Count advice as problems too.")
def check(folder: Path | None, content: Path | None, strict: bool) -> None:
    """Check the questionnaires, rules and populations in DIR, and try the examples in the rules.

    All problems are shown together, each with its place, the rule that is broken, and what to do. Codes (HW…) are
    explained in docs/errors.md.

    \b
    heartwork check              the content that came with Heartwork
    heartwork check my-content   a folder with questionnaires/ and rules/
    """  # noqa: D301 - click reads the backspace, which keeps lines as they are
    from engine.loading.checks.rule_examples import check_examples
    from engine.loading.help_services import inspect_services
    from engine.loading.library import Library, inspect
    from engine.simulation.population_checks import check_populations

    if folder and content:
        message = "name the folder once: as DIR or with --content"
        raise click.UsageError(message)
    packs, problems = inspect(folder or content)
    known, more = inspect_services(folder or content)
    found = [*problems, *more]
    if not any(not one.advice for one in problems):
        found += [one for pack in packs.values() for one in check_examples(pack)]
        found += check_populations(Library(packs), folder or content)
    found.sort(key=lambda one: (one.where, one.code))
    tell(found)
    faults = sum(strict or not one.advice for one in found)
    for pack in packs.values():
        parts = {"questionnaires": pack.forms, "items": pack.items, "scales": pack.scales, "steps": pack.steps}
        counts = ", ".join(f"{name} {len(found)}" for name, found in (*parts.items(), ("rules", pack.rules)))
        click.echo(f"{pack.id}: {counts}")
    forms = [form for pack in packs.values() for form in pack.forms.values()]
    if forms:
        click.echo(f"to answer everything, at most: {', '.join(map(_pace, forms))}")
    if known.services:
        click.echo(f"help services: {len(known.services)}, left out {len(known.omitted)}")
    advice = len(found) - faults
    click.echo(f"{faults} problem{'' if faults == 1 else 's'}" + (f", {advice} to look at" if advice else ""))
    sys.exit(1 if faults else 0)


def _pace(form: Form) -> str:
    from engine.simulation.completion_time import longest

    found = longest(form)
    return f"{form.questionnaire.questionnaire} {found.minutes:.1f} minutes ({found.questions} questions)"
