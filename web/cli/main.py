"""The command ``heartwork``. It imports the module of a subcommand only to run it, so that ``--help`` is fast."""

from __future__ import annotations

import importlib
import io
import os
import sys
from typing import Any, Final

import click

COMMANDS: Final = {
    "serve": ("web.cli.serve", "Serve the website."),
    "db": ("web.cli.database", "Back up, restore, migrate, copy or purge the database."),
    "doctor": ("web.cli.doctor", "Check an installation and suggest fixes."),
    "take": ("web.cli.take", "Answer a questionnaire in the terminal."),
    "report": ("engine.cli.report", "Print the plan for an answers file."),
    "explain": ("engine.cli.explain", "Print the rules, answers and weights behind a plan."),
    "compare": ("engine.cli.compare", "Print the changes between two answers files."),
    "services": ("engine.cli.services", "List help lines by country."),
    "check": ("engine.cli.check", "Validate questionnaires and rules, and run their examples."),
    "simulate": ("web.cli.simulate", "Simulate people and print statistics about their plans."),
}


class LazyGroup(click.Group):
    """A group that has the names and summaries of its commands, and imports a command only to run it."""

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
    """Today's date: the default of ``services --as-of``, because the engine has no clock."""
    from web.clock import today

    return today().isoformat()


SETTINGS: Final = {"help_option_names": ["-h", "--help"], "default_map": {"services": {"as_of": _today}}}


@click.group(cls=LazyGroup, context_settings=SETTINGS)
@click.version_option(package_name="heartwork", help="Print the version and exit.")
def cli() -> None:
    """Heartwork: a rule-based self-assessment that explains its plans.

    Questionnaires and rules are YAML files. An answers file is YAML or JSON:

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

    Exit codes: 0 success, 1 problems were found, 2 incorrect use of the command.
    """  # noqa: D301 - click reads the backspace, which keeps lines as they are


def main(arguments: list[str] | None = None) -> Any:
    """Run the command. Unexpected errors print a traceback only if HEARTWORK_DEBUG is set."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal may lack characters, such as arrows
            stream.reconfigure(errors="backslashreplace")
    try:
        return cli.main(arguments, prog_name="heartwork")
    except OSError as error:
        click.echo(f"heartwork: cannot write the output ({error.strerror or error}).", err=True)
        sys.exit(1)
    except Exception as error:
        # A bug must exit with a code other than 0, and without a long traceback.
        if os.environ.get("HEARTWORK_DEBUG"):
            raise
        click.echo(f"heartwork: internal error ({type(error).__name__}: {error}).", err=True)
        click.echo("Please report it with the output of HEARTWORK_DEBUG=1.", err=True)
        sys.exit(1)
