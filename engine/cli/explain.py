"""The command ``heartwork explain``: shows the rules, answers and weights behind a plan."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from engine.cli import options
from engine.errors import FileError, problem


@click.command(context_settings=options.HELP_OPTIONS)
@options.answers_argument
@click.argument("step", required=False)
@click.option(
    "--show-sensitive",
    is_flag=True,
    help="Also show sensitive answers and the rules that read them. Others who see the screen can read them.",
)
@options.as_of_option("Explain the plan for this day instead of the day in the file.")
@click.option("--what-if", "what_if", is_flag=True, help="Show instead every answer that would change the plan.")
@options.content_option
def explain(
    answers: Path, step: str | None, show_sensitive: bool, as_of: date | None, what_if: bool, content: Path | None
) -> None:
    """Show how the plan for a file of ANSWERS was made, or with STEP, how that step got its place.

    Each line names a rule, its place in the files, the answers that made it fire, and its effect.

    \b
    heartwork explain answers.yaml
    heartwork explain answers.yaml space
    heartwork explain answers.yaml --what-if
    """  # noqa: D301 - the \b keeps click from joining the lines
    from engine.loading.library import load_library, paused_garbage_collection
    from engine.rendering.render import render, render_explanation
    from engine.report.explanation import explain_step, explanation

    if what_if and (step or show_sensitive):
        message = "--what-if cannot be combined with STEP or --show-sensitive"
        raise click.UsageError(message)
    with options.exit_on_problems(), paused_garbage_collection():
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
