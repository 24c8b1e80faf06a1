"""The command ``heartwork explain``: rules, answers and the arithmetic behind a plan."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from engine.cli import options
from engine.errors import FileError, problem


@click.command(context_settings=options.HELP_OPTIONS)
@options.answers_argument
@click.argument("step", required=False)
@click.option("--show-sensitive", is_flag=True, help="Show answers and rules about safety too. Mind who reads along.")
@options.as_of_option("Explain the plan for this day instead of the day in the file.")
@click.option("--what-if", "what_if", is_flag=True, help="Show all that would change the plan instead.")
@options.content_option
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
    with options.exit_on_problems():
        sitting = options.read_file(answers, load_library(content), as_of)
        assessment = options.assessed(sitting)
        location = sitting.source.where(("questionnaire",))
        if (step or what_if) and assessment.plan is None:
            raise FileError([problem("HW606", location)])
        if what_if:
            text = render(options.what_ifs(sitting, assessment, None, None), "text")
        elif step is None:
            text = render_explanation(explanation(assessment, show_sensitive=show_sensitive))
        else:
            with options.located_at(location):
                text = render_explanation(explain_step(assessment, step, show_sensitive=show_sensitive))
        options.write(text, None)
