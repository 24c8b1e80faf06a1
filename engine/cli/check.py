"""The command ``heartwork check``: every problem of questionnaires, rules and populations, with its place."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.cli.options import HELP, tell

if TYPE_CHECKING:
    from engine.content.pack import Form


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
    from engine.loading.help_services import load_services_with_problems
    from engine.loading.library import Library, load_with_problems
    from engine.simulation.population_checks import check_populations

    if folder and content:
        message = "name the folder once: as DIR or with --content"
        raise click.UsageError(message)
    packs, problems = load_with_problems(folder or content)
    known, more = load_services_with_problems(folder or content)
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
