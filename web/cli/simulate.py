"""``heartwork simulate``. It is in ``web`` because it uses a clock, which the engine must not."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from engine.cli.options import HELP_OPTIONS, PATH, content_option, exit_on_problems, format_option, print_problems
from engine.errors import ContentError, FileError, Location, did_you_mean, join_ids, problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.loading.library import Library
    from engine.simulation.population import Population

PROGRESS_SECONDS: Final = 2.0
"""Seconds before the progress bar appears."""


@click.command(context_settings=HELP_OPTIONS)
@click.argument("questionnaire", required=False)
@click.option(
    "-n", "--people", type=click.IntRange(1, 1_000_000), default=2000, show_default=True, help="The number of people."
)
@click.option(
    "--seed",
    type=int,
    default=1,
    show_default=True,
    help="The seed of the random numbers: the same seed draws the same people.",
)
@click.option(
    "--items", is_flag=True, help="Also print how often a different answer to each item would change the plan."
)
@click.option(
    "--population",
    "path",
    type=PATH,
    metavar="FILE",
    help="A population file. Default: questionnaires/populations/QUESTIONNAIRE.yaml.",
)
@format_option("text", "json", help_text="The output format.")
@content_option
def simulate(
    questionnaire: str | None,
    people: int,
    seed: int,
    items: bool,
    path: Path | None,
    output_format: Any,
    content: Path | None,
) -> None:
    """Simulate people who answer a QUESTIONNAIRE, and print statistics about their plans.

    The statistics contain kinds of plan, steps, notices, lengths and times, and the rules, actions and cautions that no
    plan uses. A population file states how often each answer is given. These rates are estimates.

    \b
    heartwork simulate
    heartwork simulate breakup -n 500 --seed 7 --items
    """  # noqa: D301 - click reads the backspace, which keeps lines as they are
    from engine.loading.library import load_library
    from engine.simulation.run import INFLUENCE_SAMPLE
    from engine.simulation.run import simulate as simulated
    from engine.simulation.statistics import render_statistics

    with exit_on_problems():
        population = _population(load_library(content), questionnaire, path, content)
        sample = min(people, INFLUENCE_SAMPLE) if items else 0
        with _progress(people + sample) as after_each:
            statistics = simulated(
                population, people, seed, items=sample, clock=time.perf_counter, after_each=after_each
            )
        click.echo(render_statistics(statistics, output_format), nl=False)


def _population(library: Library, questionnaire: str | None, path: Path | None, content: Path | None) -> Population:
    from engine.simulation.population_checks import FOLDER, population_path, read_population

    full_names = [name for name, (_, form) in library.forms.items() if form.has_plan]
    if questionnaire is None and path is None:
        if len(full_names) != 1:
            message = f"name one of the questionnaires: {join_ids(full_names)}"
            raise click.UsageError(message)
        questionnaire = full_names[0]
    if questionnaire is not None and questionnaire not in library.forms:
        facts = {"hint": did_you_mean(questionnaire, library.forms), "allowed": join_ids(library.forms)}
        raise ContentError([problem("HW602", Location("questionnaires"), id=questionnaire, **facts)])
    usual = population_path(questionnaire or "", content)
    if path is None and not usual.exists():
        raise FileError([problem("HW709", Location("questionnaires"), id=questionnaire, path=usual)])
    name = f"{FOLDER}/{usual.name}" if path is None and content is None else None
    population, advice = read_population(path or usual, library, name)
    answers = population.file.questionnaire
    if questionnaire not in {None, answers}:
        message = f"the people in {path} answer “{answers}”, not “{questionnaire}”"
        raise click.UsageError(message)
    print_problems(advice)
    return population


@contextmanager
def _progress(total: int) -> Iterator[Callable[[], object]]:
    """A function to call after each person. On a terminal it shows a progress bar once the work takes long."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import Progress

    started = time.monotonic()
    bar = Progress(console=Console(stderr=True), transient=True)
    task = bar.add_task("", total=total)

    def advance() -> None:
        bar.advance(task)
        if not bar.live.is_started and time.monotonic() - started > PROGRESS_SECONDS:
            bar.start()

    try:
        yield advance
    finally:
        if bar.live.is_started:
            bar.stop()
