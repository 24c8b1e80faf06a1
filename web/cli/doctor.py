"""``heartwork doctor``: whether an installation is sound, and what to do. It changes nothing."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Final, Literal

import click

from engine.cli.options import HELP_OPTIONS
from web.cli.settings_options import INSTALLATION, with_settings
from web.clock import today
from web.crypto.server_key import FILE, KeyExposedError, KeyFileError, server_key
from web.server.startup import deletion_log_problem
from web.settings import Settings, SettingsError, is_loopback
from web.storage import BadDatabaseUrlError, Storage, StorageError, UnavailableError, database_file, had_database
from web.storage.databases.location import DELETION_LOG_FILE
from web.storage.databases.sqlite_connection import is_empty
from web.storage.deletion_log import DeletionLog
from web.storage.migrations import current_revision, head_revision, knows

LOW_DISK_BYTES: Final = 512 * 1024 * 1024
"""Free bytes below which a disk is nearly full."""
CheckResult = tuple[Literal["ok", "advice", "problem"], str]
"""The result of a check: its kind, and a sentence that says what to do unless all is well."""


@click.command(context_settings=HELP_OPTIONS)
@with_settings(*INSTALLATION, "base_url", "content")
def doctor(settings: Settings) -> None:
    """Look at an installation and say what to do. Nothing is changed.

    Run it with the variables that the server has; all settings may be variables.

    \b
    heartwork doctor
    heartwork doctor --data-dir /srv/heartwork --base-url https://example.org
    """  # noqa: D301 - click reads the backspace, which keeps lines as they are
    results = list(run_checks(settings, today(settings.zone)))
    for kind, message in results:
        click.echo(f"{kind:8}{message}")
    problems = sum(kind == "problem" for kind, _ in results)
    click.echo("There is a problem." if problems == 1 else f"There are {problems or 'no'} problems.")
    sys.exit(1 if problems else 0)


def run_checks(settings: Settings, day: date) -> Iterator[CheckResult]:
    """Everything there is to say about an installation."""
    return chain(
        _folder(settings.data_dir),
        _key(settings),
        _database(settings),
        _content(settings, day),
        _region(settings, day),
        _public_address(settings),
        _metrics(settings),
    )


def _folder(folder: Path) -> Iterator[CheckResult]:
    if not folder.exists():
        yield "advice", f"There is no data folder {folder} yet: `heartwork serve` makes it."
        return
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        yield "problem", f"The data folder {folder} cannot be written: give it to the user who runs the server."
        return
    try:
        DeletionLog(folder / DELETION_LOG_FILE).check()
    except UnavailableError:
        yield "problem", _as_sentence(deletion_log_problem(folder))
    paths = [folder, *sorted(path for path in folder.iterdir() if path.exists())]
    readable_by_others = [path for path in paths if stat.S_IMODE(path.stat().st_mode) & 0o077]
    for path in readable_by_others:
        yield "problem", f"Others on this machine can open {path}: chmod go= {path}"
    if not readable_by_others:
        yield "ok", f"The data folder {folder} is there, and nobody else's."
    free = shutil.disk_usage(folder).free
    if free < LOW_DISK_BYTES:
        yield "problem", f"There are {free // 2**20} MB left on the disk of {folder}: make room."


def _as_sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _key(settings: Settings) -> Iterator[CheckResult]:
    file = settings.data_dir / FILE
    if settings.server_key is not None:
        yield "ok", "The server's key comes from its variable."
    elif not file.exists():
        yield "advice", "There is no server key yet: `heartwork serve` makes one."
    else:
        try:
            server_key(settings.data_dir)
        except KeyExposedError:
            yield "problem", f"Others can read or write {file}, and the server does not start so: chmod 600 {file}"
        except (KeyFileError, OSError):
            yield "problem", f"{file} holds no key: delete it; people open their links anew."
        else:
            yield "ok", "The server's key is in its file."
    if settings.database_url and not settings.database_url.startswith("sqlite") and settings.server_key is None:
        yield "advice", "If several servers share this database, give all the same HEARTWORK_SERVER_KEY."


def _database(settings: Settings) -> Iterator[CheckResult]:
    try:
        file = database_file(settings.data_dir, settings.database_url)
        if file is not None and is_empty(file) and had_database(settings.data_dir):
            yield (
                "problem",
                f"The database {file} is lost: put it back, or `heartwork db restore`, or `heartwork db init`.",
            )
            return
        if file is not None and is_empty(file):
            yield "advice", f"There is no database {file} yet: `heartwork serve` makes it."
            return
        with closing(Storage.connect(settings.data_dir, settings.database_url, patience=5)) as storage:
            yield _tables(storage, file)
            yield from _connections(settings, storage)
    except BadDatabaseUrlError:
        yield "problem", "HEARTWORK_DATABASE_URL names no database that can be used: sqlite:// or postgresql://."
    except StorageError as error:
        cause = type(error.__cause__).__name__ if error.__cause__ else error.code
        yield "problem", f"The database cannot be used ({cause}): is it there, whole, and not locked?"


def _tables(storage: Storage, file: Path | None) -> CheckResult:
    with storage.database.reading() as connection:
        revision = current_revision(connection)
    if revision is not None and not knows(revision):
        return "problem", f"A later version of Heartwork made the tables ({revision}): install that version."
    if revision != head_revision():
        return "problem", f"The tables are at {revision or 'nothing'}: run `heartwork db upgrade`."
    if problems := storage.database.check():
        return "problem", f"The database is damaged ({problems[0]}): restore a backup, `heartwork db restore`."
    kind = storage.database.kind + (f", {file.stat().st_size:,} bytes" if file else "")
    return "ok", f"The database ({kind}) is whole, and its tables are at {revision}; {storage.count()} journeys."


def _connections(settings: Settings, storage: Storage) -> Iterator[CheckResult]:
    limit = storage.database.most_processes(settings.threads)
    if limit is not None and settings.workers > limit:
        there = f"The database has connections for {limit} processes of {settings.threads} threads"
        remedy = "raise its max_connections, or lower HEARTWORK_WORKERS or HEARTWORK_THREADS"
        yield "problem", f"{there}, and {settings.workers} are to answer: {remedy}."


def _content(settings: Settings, day: date) -> Iterator[CheckResult]:
    from engine.assessment.pipeline import assess
    from engine.assessment.rules_engine.durable import total_counters
    from engine.errors import HeartworkError
    from web.app_state import load_content

    try:
        content = load_content(settings)
    except SettingsError as error:
        yield "problem", error.messages[0]
        return
    except (HeartworkError, OSError) as error:
        count = len(error.problems) if isinstance(error, HeartworkError) else 1
        yield "problem", f"The content cannot be loaded ({count} problems): run `heartwork check`."
        return
    pack, _ = content.library.forms[content.questionnaire]
    assess(pack, content.questionnaire, {}, day, complete=False)
    counters = total_counters()
    if counters.mismatches or counters.failures:
        yield "problem", "The rules engine is wrong on this machine: install Heartwork anew, and report it."
    else:
        yield "ok", f"The content ({pack.content_digest[:12]}) loads, and the rules engine decides as it should."


def _region(settings: Settings, day: date) -> Iterator[CheckResult]:
    yield "ok", f"Today is {day.isoformat()} in {settings.timezone or 'the time zone of this machine'}."
    if settings.default_country is None:
        message = "People see directories until they choose a country; if most are in one: HEARTWORK_DEFAULT_COUNTRY."
        yield "advice", message


def _public_address(settings: Settings) -> Iterator[CheckResult]:
    if settings.base_url is None:
        yield "advice", "No --base-url is named: do so before people come, as their links begin with it."
        return
    if not settings.secure and not is_loopback(settings.base_url.split("//")[1].rsplit(":", 1)[0]):
        yield "problem", "People come without https: what they write can be read on its way. See operating.md."
    elif settings.secure and settings.proxy_hops == 0:
        yield "problem", "https needs a proxy before this server: say --proxy-hops 1, or all count as one address."
    else:
        yield "ok", f"People come to {settings.base_url}."
    if not (settings.operator_name and settings.operator_contact):
        yield "advice", "Say who runs this: HEARTWORK_OPERATOR_NAME and HEARTWORK_OPERATOR_CONTACT."


def _metrics(settings: Settings) -> Iterator[CheckResult]:
    if settings.metrics == "off":
        yield "advice", "Nobody counts errors: HEARTWORK_METRICS=loopback gives /metrics to this machine."
    else:
        yield "ok", f"/metrics is there ({settings.metrics})."
