"""``heartwork db``: what an operator does with the database. None of it can read what people wrote."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NoReturn

import click

from engine.cli.options import HELP
from web.server.startup import CannotStartError, open_storage
from web.settings import Settings, SettingsError, option, read_settings
from web.storage import BadAddress, NoBackup, Occupied, Storage, StorageError, UnavailableError

File: Final = click.Path(path_type=Path, dir_okay=False)
SHARED: Final = ("data_dir", "database_url")
NO_BACKUP: Final = {
    "absent": "is not there",
    "foreign": "is a database of something else",
    "damaged": "is no database, or is damaged",
    "newer": "was saved by a later version of Heartwork: install that version",
}
COUNTED: Final = {"journey": "journeys", "sitting": "sittings", "content": "contents"}


@click.group(context_settings=HELP)
def db() -> None:
    """Look after the database: make it, save it, bring it back, move it, forget what is old.

    All of them find the database as `heartwork serve` does, by the same options and variables. None can read what
    people wrote: that takes their links.
    """


def installation(*more: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The options that say which installation is meant."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for name in reversed((*SHARED, *more)):
            text = Settings.model_fields[name].description
            command = click.option(option(name), name, metavar=_metavar(name), help=text)(command)
        return command

    return decorate


def _metavar(name: str) -> str:
    return {"dir": "DIR", "content": "DIR", "url": "URL"}.get(name.rpartition("_")[2], "DAYS")


@db.command(context_settings=HELP)
@installation()
def upgrade(**options: Any) -> None:
    """Make the tables, or bring them up to date; `heartwork serve` does it as well when it starts."""
    from web.storage.migrations import current_revision, head_revision

    with _told("upgrade"):
        settings = read_settings(options, os.environ)
        before = _revision(settings)
        with _opened(settings) as storage, storage.database.reading() as connection:
            after = current_revision(connection)
        click.echo(f"The tables are at {after}{f', from {before}' if before not in {None, after} else ''}.")
        assert after == head_revision()  # noqa: S101 - or the upgrade would have failed


@db.command(context_settings=HELP)
@installation()
def current(**options: Any) -> None:
    """Say which tables the database has, and which this version needs. It changes nothing."""
    from web.storage.migrations import head_revision

    with _told("current"):
        settings = read_settings(options, os.environ)
        found = _revision(settings)
        click.echo(f"The tables are at {found or 'nothing'}, and this version of Heartwork needs {head_revision()}.")
        if found != head_revision():
            _give_up("current", "run `heartwork db upgrade`, or install the version that made them.", 1)


@db.command(context_settings=HELP)
@click.argument("file", type=File)
@installation()
def backup(file: Path, **options: Any) -> None:
    """Save everything in a FILE, while people go on answering.

    FILE is a SQLite database that only you can read, with the state of one moment, whichever database it comes from.
    Beside it FILE.tombstones says what was deleted.
    """
    from web.storage import back_up

    with _told("backup"), _opened(read_settings(options, os.environ)) as storage:
        back_up(storage, file)
        click.echo(f"Saved {storage.count()} journeys in {file} ({file.stat().st_size:,} bytes).")


@db.command(context_settings=HELP)
@click.argument("file", type=File)
@click.option("--replace", is_flag=True, help="Journeys that are in the database now may be lost.")
@click.option("--tombstones", multiple=True, type=File, metavar="FILE", help="A file that knows of more deletions.")
@installation()
def restore(file: Path, replace: bool, tombstones: tuple[Path, ...], **options: Any) -> None:
    """Bring back what `heartwork db backup` saved in FILE, without what people deleted since."""
    from web.storage import restore as put_back

    with _told("restore"), _opened(read_settings(options, os.environ)) as storage:
        try:
            gone = put_back(storage, file, replace=replace, tombstones=tombstones)
        except Occupied as there:
            message = f"there are {there.journeys} journeys in this database, which would be lost: save them first with"
            _give_up("restore", f"{message} `heartwork db backup`, then say --replace.", 1)
        except NoBackup as fault:
            _give_up("restore", f"{file} {NO_BACKUP[fault.code]}.", 1)
        click.echo(f"Restored {storage.count()} journeys; {gone} rows that were deleted since stayed deleted.")


@db.command(context_settings=HELP)
@installation("draft_days", "idle_days")
def purge(**options: Any) -> None:
    """Forget what nobody has looked at for long, and whatever has a tombstone; `heartwork serve` does it daily."""
    from web.clock import today
    from web.storage import apply_deletions
    from web.storage import purge as forget

    with _told("purge"):
        settings = read_settings(options, os.environ)
        with _opened(settings) as storage:
            buried = apply_deletions(storage)
            gone = forget(storage, today(settings.zone), draft_days=settings.draft_days, idle_days=settings.idle_days)
        click.echo(f"Forgot {gone.journeys} journeys, {gone.drafts} drafts, {gone.contents} contents; buried {buried}.")
        if not gone.swept:
            _give_up("purge", "some bytes are not wiped yet, as somebody reads them: run it again.", 1)


@db.command(context_settings=HELP)
@click.option("--to", "target", required=True, metavar="URL", help="The database to copy to.")
@installation()
def copy(target: str, **options: Any) -> None:
    """Copy everything to another database, and compare both by count and hash.

    Cut off or begun again, it goes on with what is missing. While people answer, copy once, then stop `heartwork
    serve` and copy again: the second time takes the differences only.
    """
    with _told("copy"):
        settings = read_settings(options, os.environ)
        other = settings.model_copy(update={"database_url": target})
        with _opened(settings) as source, _opened(other, "--to names no database that can be used.") as goal:
            _copy(source, goal)


def _copy(source: Storage, target: Storage) -> None:
    from web.storage import apply_deletions, copy_rows, missing_from, sums

    done = copy_rows(source.database, target.database, told=lambda name, rows: _progress(f"{name}: {rows}"))
    apply_deletions(target)
    for name, rows in done.rows.items():
        click.echo(f"{COUNTED[name]}: {rows} looked at, {done.written[name]} written.")
    here, there = sums(source.database), sums(target.database)
    if here == there:
        click.echo("Both databases hold the same, by count and hash.")
        return
    extra = sum(missing_from(source.database, target.database).values())
    if extra:
        _give_up("copy", f"the other database has {extra} rows more: was it empty? `heartwork db purge` may help.", 1)
    _give_up("copy", "the databases differ, as people were answering: stop `heartwork serve` and copy again.", 1)


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{text} …", nl=False, err=True)


@contextmanager
def _opened(settings: Settings, unusable: str | None = None) -> Iterator[Storage]:
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
def _told(name: str) -> Iterator[None]:
    """Say in one sentence what went wrong."""
    try:
        yield
    except SettingsError as error:
        _give_up(name, "\n".join(error.messages), 2)
    except CannotStartError as error:
        _give_up(name, str(error), 1)
    except BadAddress:
        _give_up(name, "--database-url (HEARTWORK_DATABASE_URL) names no database that can be used.", 1)
    except FileExistsError as error:
        _give_up(name, f"{error.args[0]} is there already: name another file.", 1)
    except OSError as error:
        _give_up(name, f"{error.filename or 'a file'} cannot be used ({error.strerror or type(error).__name__}).", 1)
    except UnavailableError as error:
        cause = type(error.__cause__).__name__
        _give_up(name, f"the database cannot be used now ({cause}): is it there, whole, and not locked?", 1)
    except StorageError as error:
        _give_up(name, f"the database cannot be used ({error.code}).", 1)


def _give_up(name: str, message: str, code: int) -> NoReturn:
    click.echo(f"heartwork db {name}: {message}", err=True)
    sys.exit(code)
