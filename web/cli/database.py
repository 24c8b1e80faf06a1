"""``heartwork db``: what an operator does with the database. None of it can read what people wrote."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NoReturn

import click

from engine.cli.options import HELP_OPTIONS
from web.server.startup import CannotStartError, open_storage
from web.settings import Settings, SettingsError, option, read_settings
from web.storage import (
    BadDatabaseUrlError,
    DatabaseNotEmptyError,
    InvalidBackupError,
    Storage,
    StorageError,
    UnavailableError,
)

File: Final = click.Path(path_type=Path, dir_okay=False)
SHARED: Final = ("data_dir", "database_url")
INVALID_BACKUP: Final = {
    "absent": "is not there",
    "foreign": "is a database of something else",
    "damaged": "is no database, or is damaged",
    "newer": "was saved by a later version of Heartwork: install that version",
}
PLURALS: Final = {"journey": "journeys", "sitting": "sittings", "content": "contents"}


@click.group(context_settings=HELP_OPTIONS)
def db() -> None:
    """Look after the database: make it, save it, bring it back, move it, forget what is old.

    All of them find the database as `heartwork serve` does, by the same options and variables. None can read what
    people wrote: that takes their links.
    """


def installation(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The options that say which installation is meant."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for name in reversed((*SHARED, *names)):
            text = Settings.model_fields[name].description
            command = click.option(option(name), name, metavar=_metavar(name), help=text)(command)
        return command

    return decorate


def _metavar(name: str) -> str:
    return {"dir": "DIR", "content": "DIR", "url": "URL"}.get(name.rpartition("_")[2], "DAYS")


@db.command(context_settings=HELP_OPTIONS)
@installation()
def upgrade(**options: Any) -> None:
    """Make the tables, or bring them up to date; `heartwork serve` does it as well when it starts."""
    from web.storage.migrations import current_revision, head_revision

    with _errors_reported("upgrade"):
        settings = read_settings(options, os.environ)
        before = _revision(settings)
        with _open_storage(settings) as storage, storage.database.reading() as connection:
            after = current_revision(connection)
        click.echo(f"The tables are at {after}{f', from {before}' if before not in {None, after} else ''}.")
        assert after == head_revision()  # noqa: S101 - or the upgrade would have failed


@db.command(context_settings=HELP_OPTIONS)
@installation()
def current(**options: Any) -> None:
    """Say which tables the database has, and which this version needs. It changes nothing."""
    from web.storage.migrations import head_revision

    with _errors_reported("current"):
        settings = read_settings(options, os.environ)
        revision = _revision(settings)
        click.echo(f"The tables are at {revision or 'nothing'}, and this version of Heartwork needs {head_revision()}.")
        if revision != head_revision():
            _exit_with("current", "run `heartwork db upgrade`, or install the version that made them.", 1)


@db.command(context_settings=HELP_OPTIONS)
@click.argument("file", type=File)
@installation()
def backup(file: Path, **options: Any) -> None:
    """Save everything in a FILE, while people go on answering.

    FILE is a SQLite database that only you can read, with the state of one moment, whichever database it comes from.
    Beside it FILE.tombstones says what was deleted.
    """
    from web.storage import back_up

    with _errors_reported("backup"), _open_storage(read_settings(options, os.environ)) as storage:
        back_up(storage, file)
        click.echo(f"Saved {storage.count()} journeys in {file} ({file.stat().st_size:,} bytes).")


@db.command(context_settings=HELP_OPTIONS)
@click.argument("file", type=File)
@click.option("--replace", is_flag=True, help="Journeys that are in the database now may be lost.")
@click.option(
    "--tombstones",
    "deletion_logs",
    multiple=True,
    type=File,
    metavar="FILE",
    help="A file that knows of more deletions.",
)
@installation()
def restore(file: Path, replace: bool, deletion_logs: tuple[Path, ...], **options: Any) -> None:
    """Bring back what `heartwork db backup` saved in FILE, without what people deleted since."""
    from web.storage import restore as put_back

    with _errors_reported("restore"), _open_storage(read_settings(options, os.environ)) as storage:
        try:
            deleted = put_back(storage, file, replace=replace, deletion_logs=deletion_logs)
        except DatabaseNotEmptyError as error:
            message = f"there are {error.journeys} journeys in this database, which would be lost: save them first with"
            _exit_with("restore", f"{message} `heartwork db backup`, then say --replace.", 1)
        except InvalidBackupError as error:
            _exit_with("restore", f"{file} {INVALID_BACKUP[error.code]}.", 1)
        click.echo(f"Restored {storage.count()} journeys; {deleted} rows that were deleted since stayed deleted.")


@db.command(context_settings=HELP_OPTIONS)
@installation("draft_days", "idle_days")
def purge(**options: Any) -> None:
    """Forget what nobody has looked at for long, and whatever has a tombstone; `heartwork serve` does it daily."""
    from web.clock import today
    from web.storage import apply_deletions
    from web.storage import purge as forget

    with _errors_reported("purge"):
        settings = read_settings(options, os.environ)
        with _open_storage(settings) as storage:
            deleted = apply_deletions(storage)
            purged = forget(storage, today(settings.zone), draft_days=settings.draft_days, idle_days=settings.idle_days)
        click.echo(
            f"Forgot {purged.journeys} journeys, {purged.drafts} drafts, {purged.contents} contents; buried {deleted}."
        )
        if not purged.swept:
            _exit_with("purge", "some bytes are not wiped yet, as somebody reads them: run it again.", 1)


@db.command(context_settings=HELP_OPTIONS)
@click.option("--to", "target_url", required=True, metavar="URL", help="The database to copy to.")
@installation()
def copy(target_url: str, **options: Any) -> None:
    """Copy everything to another database, and compare both by count and hash.

    Cut off or begun again, it goes on with what is missing. While people answer, copy once, then stop `heartwork
    serve` and copy again: the second time takes the differences only.
    """
    with _errors_reported("copy"):
        settings = read_settings(options, os.environ)
        target_settings = settings.model_copy(update={"database_url": target_url})
        with (
            _open_storage(settings) as source,
            _open_storage(target_settings, "--to names no database that can be used.") as target_storage,
        ):
            _copy_and_compare(source, target_storage)


def _copy_and_compare(source: Storage, target: Storage) -> None:
    from web.storage import apply_deletions, checksums, copy_rows, missing_from

    result = copy_rows(source.database, target.database, on_batch=lambda name, rows: _progress(f"{name}: {rows}"))
    apply_deletions(target)
    for name, rows in result.rows.items():
        click.echo(f"{PLURALS[name]}: {rows} looked at, {result.written[name]} written.")
    source_checksums, target_checksums = checksums(source.database), checksums(target.database)
    if source_checksums == target_checksums:
        click.echo("Both databases hold the same, by count and hash.")
        return
    extra = sum(missing_from(source.database, target.database).values())
    if extra:
        _exit_with("copy", f"the other database has {extra} rows more: was it empty? `heartwork db purge` may help.", 1)
    _exit_with("copy", "the databases differ, as people were answering: stop `heartwork serve` and copy again.", 1)


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{text} …", nl=False, err=True)


@contextmanager
def _open_storage(settings: Settings, unusable: str | None = None) -> Iterator[Storage]:
    storage = open_storage(settings, unusable)
    try:
        yield storage
    finally:
        storage.close()


def _revision(settings: Settings) -> str | None:
    """Which tables there are, without making any."""
    from web.storage import database_file
    from web.storage.migrations import current_revision as revision_of

    file = database_file(settings.data_dir, settings.database_url)
    if file is not None and not file.exists():
        return None
    storage = Storage.connect(settings.data_dir, settings.database_url)
    try:
        with storage.database.reading() as connection:
            return revision_of(connection)
    finally:
        storage.close()


@contextmanager
def _errors_reported(name: str) -> Iterator[None]:
    """Say in one sentence what went wrong."""
    try:
        yield
    except SettingsError as error:
        _exit_with(name, "\n".join(error.messages), 2)
    except CannotStartError as error:
        _exit_with(name, str(error), 1)
    except BadDatabaseUrlError:
        _exit_with(name, "--database-url (HEARTWORK_DATABASE_URL) names no database that can be used.", 1)
    except FileExistsError as error:
        _exit_with(name, f"{error.args[0]} is there already: name another file.", 1)
    except OSError as error:
        _exit_with(name, f"{error.filename or 'a file'} cannot be used ({error.strerror or type(error).__name__}).", 1)
    except UnavailableError as error:
        cause = type(error.__cause__).__name__
        _exit_with(name, f"the database cannot be used now ({cause}): is it there, whole, and not locked?", 1)
    except StorageError as error:
        _exit_with(name, f"the database cannot be used ({error.code}).", 1)


def _exit_with(name: str, message: str, code: int) -> NoReturn:
    click.echo(f"heartwork db {name}: {message}", err=True)
    sys.exit(code)
