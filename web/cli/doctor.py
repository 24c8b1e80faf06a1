"""``heartwork doctor``: check an installation and suggest fixes. It changes nothing."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Final, Literal, NamedTuple

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
"""Free bytes below which a disk counts as nearly full."""


class CheckResult(NamedTuple):
    """The result of a check. The message of an advice or a problem contains the remedy."""

    kind: Literal["ok", "advice", "problem"]
    code: str
    message: str


_ok: Final = partial(CheckResult, "ok")
_advice: Final = partial(CheckResult, "advice")
_problem: Final = partial(CheckResult, "problem")


@click.command(context_settings=HELP_OPTIONS)
@with_settings(*INSTALLATION, "base_url", "content")
def doctor(settings: Settings) -> None:
    """Check an installation and suggest fixes. Nothing is changed.

    Run this command with the environment variables of the server. Every setting has a variable.

    \b
    heartwork doctor
    heartwork doctor --data-dir /srv/heartwork --base-url https://example.org
    """  # noqa: D301 - click keeps the lines of a paragraph after a backspace
    results = list(run_checks(settings, today(settings.zone)))
    for result in results:
        click.echo(f"{result.kind:8}{result.message}")
    problems = sum(result.kind == "problem" for result in results)
    click.echo("There is a problem." if problems == 1 else f"There are {problems or 'no'} problems.")
    sys.exit(1 if problems else 0)


def run_checks(settings: Settings, day: date) -> Iterator[CheckResult]:
    """Run all checks of an installation; ``day`` is the current day in its time zone."""
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
        yield _advice("no_folder", f"The data folder {folder} does not exist yet: `heartwork serve` creates it.")
        return
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        yield _problem(
            "folder_not_writable",
            f"The data folder {folder} is not writable: make the user of the server its owner.",
        )
        return
    try:
        DeletionLog(folder / DELETION_LOG_FILE).check()
    except UnavailableError:
        message = deletion_log_problem(folder)
        yield _problem("deletion_log", message[:1].upper() + message[1:])
    paths = [folder, *sorted(path for path in folder.iterdir() if path.exists())]
    exposed = [path for path in paths if stat.S_IMODE(path.stat().st_mode) & 0o077]
    for path in exposed:
        yield _problem("exposed", f"Other users of this machine can open {path}: chmod go= {path}")
    if not exposed:
        yield _ok("folder", f"The data folder {folder} exists and is private.")
    free = shutil.disk_usage(folder).free
    if free < LOW_DISK_BYTES:
        yield _problem("disk_full", f"The disk of {folder} has only {free // 2**20} MB left: free some space.")


def _key(settings: Settings) -> Iterator[CheckResult]:
    file = settings.data_dir / FILE
    if settings.server_key is not None:
        yield _ok("key", "The server key comes from its variable.")
    elif not file.exists():
        yield _advice("no_key", "There is no server key yet: `heartwork serve` creates it.")
    else:
        try:
            server_key(settings.data_dir)
        except KeyExposedError:
            yield _problem(
                "key_exposed", f"Other users can read or write {file}, so the server does not start: chmod 600 {file}"
            )
        except (KeyFileError, OSError):
            yield _problem(
                "key_invalid", f"{file} is not a valid key: delete it; people then have to open their links again."
            )
        else:
            yield _ok("key", "The server key comes from its file.")
    if settings.database_url and not settings.database_url.startswith("sqlite") and settings.server_key is None:
        yield _advice("key_not_shared", "If several servers share this database, set the same HEARTWORK_SERVER_KEY.")


def _database(settings: Settings) -> Iterator[CheckResult]:
    try:
        file = database_file(settings.data_dir, settings.database_url)
        if file is not None and is_empty(file):
            if had_database(settings.data_dir):
                remedy = "put it back, or use `heartwork db restore` or `heartwork db init`"
                yield _problem("database_lost", f"The database {file} is missing or empty: {remedy}.")
            else:
                yield _advice("no_database", f"The database {file} does not exist yet: `heartwork serve` creates it.")
            return
        with closing(Storage.connect(settings.data_dir, settings.database_url, patience=5)) as storage:
            yield _tables(storage, file)
            yield from _connections(settings, storage)
    except BadDatabaseUrlError:
        yield _problem("database_url", "HEARTWORK_DATABASE_URL must start with sqlite:// or postgresql://.")
    except StorageError as error:
        cause = type(error.__cause__).__name__ if error.__cause__ else error.code
        remedy = "check that it exists, not damaged and not locked"
        yield _problem("database_unusable", f"The database cannot be used ({cause}): {remedy}.")


def _tables(storage: Storage, file: Path | None) -> CheckResult:
    with storage.database.reading() as connection:
        revision = current_revision(connection)
    if revision is not None and not knows(revision):
        message = f"A later version of Heartwork migrated the tables to revision {revision}: install that version."
        return _problem("tables_newer", message)
    if revision != head_revision():
        message = f"The tables are at revision {revision or 'none'}: run `heartwork db upgrade`."
        return _problem("tables_older", message)
    if problems := storage.database.check():
        message = f"The database is damaged ({problems[0]}): restore a backup with `heartwork db restore`."
        return _problem("database_damaged", message)
    kind = storage.database.kind + (f", {file.stat().st_size:,} bytes" if file else "")
    tables = f"its tables are at revision {revision} and have {storage.count()} journeys"
    return _ok("database", f"The database ({kind}) is not damaged; {tables}.")


def _connections(settings: Settings, storage: Storage) -> Iterator[CheckResult]:
    limit = storage.database.most_processes(settings.threads)
    if limit is not None and settings.workers > limit:
        capacity = f"The database has connections for {limit} processes of {settings.threads} threads"
        remedy = "raise its max_connections, or lower HEARTWORK_WORKERS or HEARTWORK_THREADS"
        yield _problem("connections", f"{capacity}, but there are {settings.workers} workers: {remedy}.")


def _content(settings: Settings, day: date) -> Iterator[CheckResult]:
    from engine.assessment.pipeline import assess
    from engine.assessment.rules_engine.durable import total_counters
    from engine.errors import HeartworkError
    from web.app_state import load_content

    try:
        content = load_content(settings)
    except SettingsError as error:
        yield _problem("content_settings", error.messages[0])
        return
    except (HeartworkError, OSError) as error:
        count = len(error.problems) if isinstance(error, HeartworkError) else 1
        yield _problem("content", f"The content cannot be loaded ({count} problems): run `heartwork check`.")
        return
    pack, _ = content.library.forms[content.questionnaire]
    assess(pack, content.questionnaire, {}, day, complete=False)
    counters = total_counters()
    if counters.mismatches or counters.failures:
        message = "The rules engine gives wrong results on this machine: reinstall Heartwork, and report the problem."
        yield _problem("rules_engine", message)
    else:
        yield _ok("content", f"The content ({pack.content_digest[:12]}) is valid, and the rules engine works.")


def _region(settings: Settings, day: date) -> Iterator[CheckResult]:
    yield _ok("day", f"Today is {day.isoformat()} in {settings.timezone or 'the time zone of this machine'}.")
    if settings.default_country is None:
        message = "People see directories until they choose a country. If most are in one country, set"
        yield _advice("no_country", f"{message} HEARTWORK_DEFAULT_COUNTRY.")


def _public_address(settings: Settings) -> Iterator[CheckResult]:
    if settings.base_url is None:
        yield _advice("no_base_url", "Set --base-url before people use the site: private links start with it.")
        return
    if not settings.secure and not is_loopback(settings.base_url.split("//")[1].rsplit(":", 1)[0]):
        yield _problem("no_https", "The site has no https, so others can read the traffic. See docs/operating.md.")
    elif settings.secure and settings.proxy_hops == 0:
        message = "https needs a reverse proxy: set --proxy-hops 1, or all people count as one IP address."
        yield _problem("no_proxy", message)
    else:
        yield _ok("base_url", f"The public URL is {settings.base_url}.")
    if not (settings.operator_name and settings.operator_contact):
        yield _advice("no_operator", "Set HEARTWORK_OPERATOR_NAME and HEARTWORK_OPERATOR_CONTACT.")


def _metrics(settings: Settings) -> Iterator[CheckResult]:
    if settings.metrics == "off":
        yield _advice(
            "no_metrics", "Errors are not counted: HEARTWORK_METRICS=loopback enables /metrics on this machine."
        )
    else:
        yield _ok("metrics", f"/metrics is enabled ({settings.metrics}).")
