"""The command ``heartwork services``: help lines by country."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from engine.cli.options import HELP_OPTIONS, as_of_option, check_known, content_option, exit_on_problems


@click.command(context_settings=HELP_OPTIONS)
@click.option("--country", metavar="ID", help="The country, such as uk. Without it: the list of countries.")
@click.option("--kind", "kinds", metavar="ID", multiple=True, help="A kind of help, such as crisis; may be repeated.")
@click.option("--all", "everything", is_flag=True, help="Show every kind and every line. Mind who reads along.")
@as_of_option("Count the age of what was seen to this day, not today.")
@content_option
def services(
    country: str | None, kinds: tuple[str, ...], everything: bool, as_of: date | None, content: Path | None
) -> None:
    """Show help lines: whom to call or write to, and when each number was last seen.

    Kinds that could give someone away are shown only if they are named with --kind, or with --all.

    \b
    heartwork services                 the countries, and directories for everywhere
    heartwork services --country uk
    heartwork services --country uk --kind crisis --all
    """  # noqa: D301 - click reads the backspace, which keeps lines as they are
    from engine.loading.help_services import load_services
    from engine.rendering.render import render_services
    from engine.report.help_lines import select_help_lines

    if as_of is None:  # the outer command knows the day; the engine reads no clock
        message = "name the day with --as-of"
        raise click.UsageError(message)
    with exit_on_problems():
        help_services = load_services(content)
    check_known("--country", [country or None], help_services.countries)
    check_known("--kind", kinds, help_services.kinds)
    kind_ids = [kind.id for kind in help_services.kinds]
    discreet_asked = any(kind.discreet and kind.id in kinds for kind in help_services.kinds)
    lines = select_help_lines(help_services, kinds or kind_ids, country, as_of, discreet=everything or discreet_asked)
    click.echo(render_services(lines, everything=everything), nl=False)
