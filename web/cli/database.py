"""``heartwork db``: what an operator does with the database. None of it can read what people wrote."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import closing
from functools import partial, wraps
from pathlib import Path
from typing import Any, Final

import click

from engine.cli.options import HELP_OPTIONS
from web.cli.settings_options import INSTALLATION, exit_with, with_settings
from web.clock import today
from web.crypto.temporary_folder import remove_abandoned
from web.server.startup import CannotStartError, open_empty, open_storage, opened_for_restore
from web.settings import Settings
from web.storage import BadDatabaseUrlError, Storage, StorageError, UnavailableError, database_file
from web.storage.backups import DatabaseNotEmptyError, InvalidBackupError, UnknownDeletionsError, back_up
from web.storage.backups import restore as restore_backup
from web.storage.copying import checksums, copy_rows
from web.storage.databases.sqlite_connection import is_empty
from web.storage.failure_log import SENTENCES, cause_of
from web.storage.migrations import current_revision, head_revision
from web.storage.retention import apply_deletions
from web.storage.retention import purge as purge_old

File: Final = click.Path(path_type=Path, dir_okay=False)
INVALID_BACKUP: Final = {
    "absent": "is not there",
    "foreign": "is a database of something else",
    "damaged": "is no database, or is damaged",
    "newer": "was saved by a later version of Heartwork: install that version",
}
PLURALS: Final = {"journey": "journeys", "sitting": "sittings", "content": "contents"}


class DatabaseCommand(click.Command):
    """A command that says in one sentence what went wrong."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: RET503 - ``exit_with`` does not return
        try:
            return super().invoke(ctx)
        except CannotStartError as error:
            message = str(error)
        except BadDatabaseUrlError:
            message = "--database-url (HEARTWORK_DATABASE_URL) names no database that can be used."
        except FileExistsError as error:
            message = f"{error.args[0]} is there already: name another file."
        except OSError as error:
            message = f"{error.filename or 'a file'} cannot be used ({error.strerror or type(error).__name__})."
        except UnavailableError as error:
            message = f"the database cannot be used now ({cause_of(error)}): is it there, whole, and not locked?"
            if error.code == "deletion_log":
                message = f"{SENTENCES[error.code]} ({cause_of(error)})."
        except StorageError as error:
            message = f"the database cannot be used ({error.code})."
        exit_with(message, code=1)


def with_installation(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command the options of an installation, and these; first remove what killed commands left there."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(command)
        def run(settings: Settings, **options: Any) -> Any:
            _remove_abandoned(settings.data_dir)
            return command(settings, **options)

        return with_settings(*INSTALLATION, *names)(run)

    return decorate


class DatabaseGroup(click.Group):
    command_class = DatabaseCommand


@click.group(cls=DatabaseGroup, context_settings=HELP_OPTIONS)
def db() -> None:
    """Look after the database: make it, save it, bring it back, move it, forget what is old.

    All of them find the database as `heartwork serve` does, by the same options and variables. None can read what
    people wrote: that takes their links.
    """


@db.command(context_settings=HELP_OPTIONS)
@with_installation()
def upgrade(settings: Settings) -> None:
    """Make the tables, or bring them up to date; `heartwork serve` does it as well when it starts."""
    before = _revision(settings)
    with closing(open_storage(settings)):
        after = head_revision()
    click.echo(f"The tables are at {after}{f', from {before}' if before not in {None, after} else ''}.")


@db.command(context_settings=HELP_OPTIONS)
@with_installation()
def init(settings: Settings) -> None:
    """Begin with an empty database where the one that was here is lost; `serve` makes the very first one itself.

    It overwrites nothing: if there is a database, it refuses. To get back what was there, restore a backup instead.
    """
    if (revision := _revision(settings)) is not None:
        exit_with(f"there is a database already, with tables at {revision}: move it away first.", code=1)
    file = database_file(settings.data_dir, settings.database_url)
    with closing(open_empty(settings, on_set_aside=_say_where)):
        click.echo(
            f"There is an empty database now ({file or 'where the URL says'}), with tables at {head_revision()}."
        )


@db.command(context_settings=HELP_OPTIONS)
@with_settings(*INSTALLATION)
def current(settings: Settings) -> None:
    """Say which tables the database has, and which this version needs. It changes nothing."""
    revision = _revision(settings)
    click.echo(f"The tables are at {revision or 'nothing'}, and this version of Heartwork needs {head_revision()}.")
    if revision != head_revision():
        exit_with("run `heartwork db upgrade`, or install the version that made them.", code=1)


@db.command(context_settings=HELP_OPTIONS)
@click.argument("file", type=File)
@with_installation()
def backup(settings: Settings, file: Path) -> None:
    """Save everything in a FILE, while people go on answering.

    FILE is a SQLite database that only you can read, with the state of one moment, whichever database it comes from.
    Beside it FILE.tombstones says what was deleted. Keep both together.
    """
    _remove_abandoned(file.parent)
    with closing(open_storage(settings)) as storage:
        back_up(storage, file, today(settings.zone))
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
@click.option("--yes", is_flag=True, help="Do not ask: what was deleted after the backup may come back.")
@with_installation()
def restore(settings: Settings, file: Path, replace: bool, deletion_logs: tuple[Path, ...], yes: bool) -> None:
    """Bring back what `heartwork db backup` saved in FILE, without what people deleted since.

    On a new machine nothing says what was deleted after the backup. Then it asks, unless --tombstones names a file that
    does, or --yes says that it does not matter.
    """
    with opened_for_restore(settings, replace=replace, on_set_aside=_say_where) as storage:
        restore_with = partial(restore_backup, storage, file, replace=replace, deletion_logs=deletion_logs)
        try:
            try:
                deleted = restore_with(revive_unknown=yes)
            except UnknownDeletionsError as error:
                _confirm_revival(error)
                deleted = restore_with(revive_unknown=True)
        except DatabaseNotEmptyError as error:
            message = f"there are {error.journeys} journeys in this database, which would be lost: save them first with"
            exit_with(f"{message} `heartwork db backup`, then say --replace.", code=1)
        except InvalidBackupError as error:
            exit_with(f"{file} {INVALID_BACKUP[error.code]}.", code=1)
        click.echo(f"Restored {storage.count()} journeys; {deleted} rows that were deleted since stayed deleted.")


@db.command(context_settings=HELP_OPTIONS)
@with_installation("draft_days", "idle_days")
def purge(settings: Settings) -> None:
    """Forget what nobody has looked at for long, and whatever has a tombstone; `heartwork serve` does it daily."""
    with closing(open_storage(settings)) as storage:
        deleted = apply_deletions(storage)
        days = {"draft_days": settings.draft_days, "idle_days": settings.idle_days}
        purged = purge_old(storage, today(settings.zone), **days)
    click.echo(
        f"Forgot {purged.journeys} journeys, {purged.drafts} drafts, {purged.contents} contents; buried {deleted}."
    )
    if not purged.swept:
        exit_with("some bytes are not wiped yet, as somebody reads them: run it again.", code=1)


@db.command(context_settings=HELP_OPTIONS)
@click.option("--to", "target_url", required=True, metavar="URL", help="The database to copy to.")
@with_installation()
def copy(settings: Settings, target_url: str) -> None:
    """Copy everything to another database, and compare both by count and hash.

    Cut off or begun again, it goes on with what is missing. While people answer, copy once, then stop `heartwork
    serve` and copy again: the second time takes the differences only.
    """
    target_settings = settings.model_copy(update={"database_url": target_url})
    with (
        closing(open_storage(settings)) as source,
        closing(
            open_storage(target_settings, "--to names no database that can be used.", makes_database=True)
        ) as target,
    ):
        _copy_and_compare(source, target)


def _confirm_revival(error: UnknownDeletionsError) -> None:
    """Ask whether journeys that people deleted may come back; end the command unless they may."""
    since = f"since {error.since}" if error.since else "since the backup was made"
    message = f"what people deleted {since} is not known here: any of these {error.journeys} journeys may be among it."
    advice = "If you have newer tombstones, name them with --tombstones"
    if not all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr)):  # closed: there is none
        exit_with(f"{message} {advice}; if not, say --yes.", code=1)
    click.echo(f"{message.capitalize()} {advice}.", err=True)
    if not click.confirm("Restore all the same?", err=True):
        exit_with("nothing was restored.", code=1)


def _remove_abandoned(folder: Path) -> None:
    for path in remove_abandoned(folder):
        click.echo(f"Removed {path}, which a command that was killed had left behind.", err=True)


def _copy_and_compare(source: Storage, target: Storage) -> None:
    copies = copy_rows(source.database, target.database, on_batch=_show_progress)
    apply_deletions(target)
    for name, (rows, written) in copies.items():
        click.echo(f"{PLURALS[name]}: {rows} looked at, {written} written.")
    source_sums, target_sums = checksums(source.database), checksums(target.database)
    if source_sums == target_sums:
        click.echo("Both databases hold the same, by count and hash.")
        return
    extra = sum(max(0, target_sums[name].rows - source_sums[name].rows) for name in copies)
    if extra:
        exit_with(f"the other database has {extra} rows more: was it empty? `heartwork db purge` may help.", code=1)
    exit_with("the databases differ, as people were answering: stop `heartwork serve` and copy again.", code=1)


def _show_progress(name: str, rows: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{name}: {rows} …", nl=False, err=True)


def _say_where(name: Path) -> None:
    click.echo(f"What was left of the old database is kept as {name}.")


def _revision(settings: Settings) -> str | None:
    """Which tables there are, without making any."""
    file = database_file(settings.data_dir, settings.database_url)
    if file is not None and is_empty(file):
        return None
    with (
        closing(Storage.connect(settings.data_dir, settings.database_url)) as storage,
        storage.database.reading() as connection,
    ):
        return current_revision(connection)
