"""The command ``heartwork compare``: what changed between two files of answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from engine.cli.options import (
    HELP_OPTIONS,
    assessed,
    content_option,
    exit_on_problems,
    located_at,
    output_options,
    print_problems,
    read_file,
    write,
)
from engine.errors import problem


@click.command(context_settings=HELP_OPTIONS)
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@output_options()
@click.option("--everything", is_flag=True, help="Tell everything: all causes, and all of a comparison kept short.")
@content_option
def compare(
    before: Path, after: Path, output_format: Any, output: Path | None, everything: bool, content: Path | None
) -> None:
    """Show what changed from one file of answers (BEFORE) to another (AFTER), and which answers moved the plan.

    \b
    heartwork compare march.yaml april.yaml
    """  # noqa: D301 - click reads the backspace, which keeps lines as they are
    from engine.comparison.changes import compare as compared
    from engine.comparison.report import build_comparison_report
    from engine.loading.library import load_library
    from engine.rendering.render import html_document, render

    with exit_on_problems():
        library = load_library(content)
        earlier_sitting, later_sitting = (read_file(path, library) for path in (before, after))
        if earlier_sitting.as_of > later_sitting.as_of:
            print_problems([problem("HW610", earlier_sitting.source.where(("taken_on",)))])
        earlier, later = assessed(earlier_sitting), assessed(later_sitting)
        with located_at(later_sitting.source.where(("questionnaire",))):
            comparison = compared(earlier, later)
        report = build_comparison_report(comparison, earlier, later, everything=everything)
        write(
            html_document(report) if output_format == "html" else render(report, output_format), output, before, after
        )
