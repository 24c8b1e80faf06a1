"""The command ``heartwork check``: reports the problems of content, populations and front pages."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.cli.options import HELP_OPTIONS, PATH, print_problems
from engine.errors import has_faults

if TYPE_CHECKING:
    from engine.content.pack import Form


@click.command(context_settings=HELP_OPTIONS)
@click.argument("folder", required=False, type=PATH, metavar="[DIR]")
@click.option("--content", "content", type=PATH, metavar="DIR", help="The same as DIR.")
@click.option("--strict", is_flag=True, help="Count advice as problems.")
def check(folder: Path | None, content: Path | None, strict: bool) -> None:
    """Check the questionnaires, rules, populations and front pages in DIR, and evaluate the examples in the rules.

    Each problem is shown with its place, its code, what is wrong, and what to do. References between files are
    checked once each file alone has no problems. docs/errors.md lists the codes.

    \b
    heartwork check              the shipped content
    heartwork check my-content   a folder with questionnaires/ and rules/
    """  # noqa: D301 - the \b keeps click from joining the lines
    from engine.answers.front_page_files import check_front_pages
    from engine.loading.checks.rule_examples import check_examples
    from engine.loading.help_services import Services, load_services_with_problems
    from engine.loading.library import Library, load_with_problems, paused_garbage_collection
    from engine.simulation.population_checks import check_populations

    if folder and content:
        message = "name the folder once: as DIR or with --content"
        raise click.UsageError(message)
    with paused_garbage_collection():
        packs, pack_problems = load_with_problems(folder or content)
        help_services, service_problems = load_services_with_problems(folder or content)
        all_problems = [*pack_problems, *service_problems]
        if not has_faults(pack_problems):
            all_problems += [problem for pack in packs.values() for problem in check_examples(pack)]
            all_problems += check_populations(Library(packs), folder or content)
            all_problems += check_front_pages(Library(packs), help_services, folder or content)
    all_problems.sort(key=lambda problem: (problem.where, problem.code))
    print_problems(all_problems)
    failures = sum(strict or not problem.advice for problem in all_problems)
    for pack in packs.values():
        parts = {"questionnaires": pack.forms, "items": pack.items, "scales": pack.scales, "steps": pack.steps}
        counts = ", ".join(f"{name} {len(contents)}" for name, contents in (*parts.items(), ("rules", pack.rules)))
        click.echo(f"{pack.id}: {counts}")
    forms = [form for pack in packs.values() for form in pack.forms.values()]
    if forms:
        click.echo(f"to answer everything, at most: {', '.join(map(_completion_time, forms))}")
    if help_services.services:
        click.echo(f"help services: {len(help_services.services)}, left out {len(help_services.omitted)}")
    no_files = any(problem.code == "HW325" for problem in pack_problems)
    if (not packs and not no_files) or (has_faults(service_problems) and help_services == Services()):
        click.echo("More is checked once these problems are solved.")
    advice = len(all_problems) - failures
    click.echo(f"{failures} problem{'' if failures == 1 else 's'}" + (f", {advice} to look at" if advice else ""))
    sys.exit(1 if failures else 0)


def _completion_time(form: Form) -> str:
    from engine.simulation.completion_time import longest_effort

    effort = longest_effort(form)
    return f"{form.questionnaire.questionnaire} {effort.minutes:.1f} minutes ({effort.questions} questions)"
