"""Shared by the commands for operators: settings as options, and error messages."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, Final, Literal, NoReturn, get_args, get_origin

import click

from web.settings import Settings, SettingsError, option, read_settings

INSTALLATION: Final = ("data_dir", "database_url")
"""The settings that select an installation."""


def with_settings(*names: str, show_defaults: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A decorator that adds an option for each of these settings, and passes all settings as the first argument."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(command)
        def run(**options: Any) -> Any:
            chosen = {name: options.pop(name) for name in names}
            try:
                settings = read_settings(chosen, os.environ)
            except SettingsError as error:
                exit_with(*error.messages, code=2)
            return command(settings, **options)

        for name in reversed(names):
            text = f"{Settings.model_fields[name].description}{_default(name) if show_defaults else ''}"
            run = click.option(option(name), name, metavar=_metavar(name), help=text)(run)
        return run

    return decorate


def _metavar(name: str) -> str:
    """The placeholder for the value of a setting in the help."""
    annotation: Any = Settings.model_fields[name].annotation
    if get_origin(annotation) is Literal:
        return "|".join(get_args(annotation))
    by_type = {bool: "yes|no", int: "NUMBER", Path: "DIR", Path | None: "DIR"}
    by_ending = {"days": "DAYS", "url": "URL", "limit": "RATE", "host": "HOST", "hosts": "HOSTS"}
    by_ending |= {"timezone": "ZONE", "country": "ID"}
    return by_ending.get(name.rpartition("_")[2]) or by_type.get(annotation, "TEXT")


def _default(name: str) -> str:
    field = Settings.model_fields[name]
    if field.is_required() or field.default in {None, ()}:
        return ""
    return f"  [{'no' if field.default is False else field.default}]"


def exit_with(*messages: str, code: int) -> NoReturn:
    """Print each message after the name of the current command, and exit."""
    for message in messages:
        click.echo(f"{click.get_current_context().command_path}: {message}", err=True)
    sys.exit(code)
