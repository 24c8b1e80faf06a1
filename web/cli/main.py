"""The command ``heartwork``: its parts are loaded when they are called, so that ``--help`` is quick."""

from __future__ import annotations

import importlib
import io
import os
import sys
from typing import Any, Final

import click

COMMANDS: Final = {
    "serve": ("web.cli.serve", "Serve the web page on which people answer."),
    "db": ("web.cli.database", "Look after the database: save it, bring it back, move it, forget what is old."),
    "doctor": ("web.cli.doctor", "Check an installation, and say what to do."),
    "take": ("web.cli.take", "Answer a questionnaire, question by question."),
    "report": ("engine.cli.report", "Show the plan for a file of answers."),
    "explain": ("engine.cli.explain", "Show why: rules, answers and the arithmetic behind a plan."),
    "compare": ("engine.cli.compare", "Show what changed between two files of answers."),
    "services": ("engine.cli.services", "Show help lines: whom to call or write to, by country."),
    "check": ("engine.cli.check", "Check questionnaires and rules, and the examples in them."),
    "simulate": ("web.cli.simulate", "Show what the plans of many people have in common."),
}


class LazyGroup(click.Group):
    """A group that knows its commands' names and first lines, and imports one only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


def _today() -> str:
    """The day on the clock, which the engine does not read."""
    from web.clock import today

    return today().isoformat()


SETTINGS: Final = {"help_option_names": ["-h", "--help"], "default_map": {"services": {"as_of": _today}}}


@click.group(cls=LazyGroup, context_settings=SETTINGS)
@click.version_option(package_name="heartwork", help="Print the version and exit.")
def cli() -> None:
    """Heartwork: from answers to a plan that says why.

    Content is YAML: questionnaires say what to ask, rules say what follows. A file of answers is YAML or JSON:

    \b
        heartwork: 1
        questionnaire: breakup
        taken_on: 2026-10-05
        answers:
          pronoun: he
          sleep: null        # "I'd rather not say"

    \b
    Try:  heartwork take -o answers.yaml
          heartwork report answers.yaml
          heartwork explain answers.yaml
          heartwork check

    Exit codes: 0 all is well, 1 problems were found, 2 the command was used wrongly.
    """  # noqa: D301 - click reads the backspace, which keeps lines as they are


def main(arguments: list[str] | None = None) -> Any:
    """Run the command. Whatever happens, nobody is shown a traceback, unless HEARTWORK_DEBUG is set."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that cannot show an arrow is no reason to stop
            stream.reconfigure(errors="backslashreplace")
    try:
        return cli.main(arguments, prog_name="heartwork")
    except OSError as error:
        click.echo(f"heartwork: the result cannot be written ({error.strerror or error}).", err=True)
        sys.exit(1)
    except Exception as error:
        # The outermost handler: a bug must not become a wall of text, and must not look like success.
        if os.environ.get("HEARTWORK_DEBUG"):
            raise
        click.echo(f"heartwork: this should not happen ({type(error).__name__}: {error}).", err=True)
        click.echo("Please report it, with what HEARTWORK_DEBUG=1 shows.", err=True)
        sys.exit(1)
