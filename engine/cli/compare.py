"""The command ``heartwork compare``: shows what changed between two files of answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from engine.cli import options
from engine.errors import problem


@click.command(context_settings=options.HELP_OPTIONS)
@click.argument("before", type=options.PATH)
@click.argument("after", type=options.PATH)
@options.output_option
@options.format_option(*options.TEXT_FORMATS)
@click.option(
    "--everything", is_flag=True, help="Show all causes, and the whole comparison where it would be shortened."
)
@options.content_option
def compare(
    before: Path, after: Path, output_format: Any, output: Path | None, everything: bool, content: Path | None
) -> None:
    """Show what changed between two files of answers (BEFORE and AFTER), and which answers changed the plan.

    \b
    heartwork compare march.yaml april.yaml
    """  # noqa: D301 - the \b keeps click from joining the lines
    from engine.comparison.changes import compare as compared
    from engine.comparison.report import build_comparison_report
    from engine.loading.library import load_library, paused_garbage_collection

    with options.exit_on_problems(), paused_garbage_collection():
        library = load_library(content)
        earlier_sitting, later_sitting = (options.read_file(path, library) for path in (before, after))
        if earlier_sitting.as_of > later_sitting.as_of:
            options.print_problems([problem("HW610", earlier_sitting.source.where(("taken_on",)))])
        earlier, later = options.assessed(earlier_sitting), options.assessed(later_sitting)
        with options.located_at(later_sitting.source.where(("questionnaire",))):
            comparison = compared(earlier, later)
        report = build_comparison_report(comparison, earlier, later, everything=everything)
        options.write(options.render_in(output_format, report), output, before, after)
