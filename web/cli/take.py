"""``heartwork take``: answer a questionnaire in the terminal."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from engine.cli.options import HELP_OPTIONS, PATH, DateParameter, content_option, exit_on_problems

DAY_HELP = "The date of the answers. Default: today, or the date of the draft."

AFTER_HELP = (
    "For a check-in: the answers file of the full questionnaire before it, for the other person's name and pronoun."
)


@click.command(context_settings=HELP_OPTIONS)
@click.argument("questionnaire", required=False)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="The answers file to write."
)
@click.option("--after", "earlier", type=PATH, metavar="FILE", help=AFTER_HELP)
@click.option("--date", "day", type=DateParameter(), metavar="DATE", help=DAY_HELP)
@content_option
def take(
    questionnaire: str | None, output: Path | None, earlier: Path | None, day: date | None, content: Path | None
) -> None:
    """Answer a QUESTIONNAIRE in the terminal. The default is the only questionnaire with a plan.

    The answers are written to FILE, or to answers-DATE.yaml in the current folder. An existing file is never
    overwritten. Each answer is saved in FILE.draft at once. Stop with q or Ctrl-C; run the same command again to
    continue.

    \b
    heartwork take
    heartwork take check-in --after monday.yaml -o this-week.yaml
    """  # noqa: D301 - click reads the backspace, which keeps lines as they are
    from engine.loading.library import load_library
    from web.cli.terminal.start import open_conversation
    from web.clock import today

    if output is not None and str(output) == "-":
        message = "answers cannot be written to the standard output: name a file with -o"
        raise click.UsageError(message)
    with exit_on_problems():
        conversation = open_conversation(load_library(content), questionnaire, output, day, today(), earlier)
        if conversation is not None:
            conversation.show_next_steps(written=conversation.run(), content=content)
