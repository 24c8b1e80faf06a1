"""The command ``heartwork services``: shows help lines by country."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from engine.cli.options import HELP_OPTIONS, as_of_option, check_known, content_option, exit_on_problems


@click.command(context_settings=HELP_OPTIONS)
@click.option("--country", metavar="ID", help="The country, such as uk. Without it, the list of countries is shown.")
@click.option("--kind", "kinds", metavar="ID", multiple=True, help="A kind of help, such as crisis. May be repeated.")
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="Show every kind and every line, also those that could give a person away.",
)
@as_of_option("Calculate the age of each number for this day instead of today.")
@content_option
def services(
    country: str | None, kinds: tuple[str, ...], everything: bool, as_of: date | None, content: Path | None
) -> None:
    """Show help lines: numbers and addresses, and when each was last confirmed.

    Kinds of help that could give a person away are shown only with --kind or --all.

    \b
    heartwork services                 the countries, and directories for everywhere
    heartwork services --country uk
    heartwork services --country uk --kind crisis --all
    """  # noqa: D301 - the \b keeps click from joining the lines
    from engine.loading.help_services import load_services
    from engine.rendering.render import render_services
    from engine.report.help_lines import select_help_lines

    if as_of is None:  # web/cli/main.py supplies today; the engine does not read the clock
        message = "--as-of is missing"
        raise click.UsageError(message)
    with exit_on_problems():
        help_services = load_services(content)
    check_known("--country", [country or None], help_services.countries)
    check_known("--kind", kinds, help_services.kinds)
    kind_ids = [kind.id for kind in help_services.kinds]
    discreet_asked = any(kind.discreet and kind.id in kinds for kind in help_services.kinds)
    lines = select_help_lines(help_services, kinds or kind_ids, country, as_of, discreet=everything or discreet_asked)
    click.echo(render_services(lines, everything=everything), nl=False)
