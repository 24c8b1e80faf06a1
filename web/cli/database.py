"""``heartwork db``: maintenance of the database. Journeys stay encrypted: only private links can decrypt them."""

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
    "absent": "does not exist",
    "foreign": "is the database of another program",
    "damaged": "is not a database, or is damaged",
    "newer": "was written by a later version of Heartwork: install that version",
}


class DatabaseCommand(click.Command):
    """A command that prints one sentence for each expected error."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: RET503 - ``exit_with`` does not return
        try:
            return super().invoke(ctx)
        except CannotStartError as error:
            message = str(error)
        except BadDatabaseUrlError:
            message = "--database-url (HEARTWORK_DATABASE_URL) is not the URL of a supported database."
        except FileExistsError as error:
            message = f"{error.args[0]} exists already: select another file."
        except OSError as error:
            message = f"{error.filename or 'a file'} cannot be used ({error.strerror or type(error).__name__})."
        except UnavailableError as error:
            remedy = "check that it exists, not damaged and not locked"
            message = f"the database cannot be used now ({cause_of(error)}): {remedy}."
            if error.code == "deletion_log":
                message = f"{SENTENCES[error.code]} ({cause_of(error)})."
        except StorageError as error:
            message = f"the database cannot be used ({error.code})."
        exit_with(message, code=1)


def with_installation(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A decorator that adds options for an installation and these settings, and removes files of killed commands."""

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
    """Back up, restore, migrate, copy or purge the database.

    These commands use the same options and variables as `heartwork serve`. They cannot read answers and plans: only
    private links can decrypt them.
    """


@db.command(context_settings=HELP_OPTIONS)
@with_installation()
def upgrade(settings: Settings) -> None:
    """Create or migrate the tables; `heartwork serve` does this at start-up."""
    before = _revision(settings)
    with closing(open_storage(settings)):
        after = head_revision()
    click.echo(f"The tables are at revision {after}{f', from {before}' if before not in {None, after} else ''}.")


@db.command(context_settings=HELP_OPTIONS)
@with_installation()
def init(settings: Settings) -> None:
    """Create an empty database in place of a lost one; `serve` creates the first database of a new folder.

    It overwrites nothing and fails if a database exists. To recover the journeys, restore a backup instead.
    """
    if (revision := _revision(settings)) is not None:
        exit_with(f"a database exists already, with tables at revision {revision}: move it away first.", code=1)
    file = database_file(settings.data_dir, settings.database_url)
    with closing(open_empty(settings, on_set_aside=_say_where)):
        click.echo(f"Created an empty database ({file or 'at the URL'}), with tables at revision {head_revision()}.")


@db.command(context_settings=HELP_OPTIONS)
@with_settings(*INSTALLATION)
def current(settings: Settings) -> None:
    """Print the revision of the tables and the one that this version needs. Nothing is changed."""
    revision = _revision(settings)
    click.echo(f"The tables are at revision {revision or 'none'}; this version of Heartwork needs {head_revision()}.")
    if revision != head_revision():
        exit_with("run `heartwork db upgrade`, or install the version of Heartwork that created the tables.", code=1)


@db.command(context_settings=HELP_OPTIONS)
@click.argument("file", type=File)
@with_installation()
def backup(settings: Settings, file: Path) -> None:
    """Back up the database to a new FILE. The server may be running.

    FILE is a SQLite database, for every kind of source database, with a consistent state. Only its owner can read it.
    FILE.tombstones lists the deletions. Keep both files together.
    """
    _remove_abandoned(file.parent)
    with closing(open_storage(settings)) as storage:
        back_up(storage, file, today(settings.zone))
        click.echo(f"Saved {storage.count()} journeys in {file} ({file.stat().st_size:,} bytes).")


@db.command(context_settings=HELP_OPTIONS)
@click.argument("file", type=File)
@click.option("--replace", is_flag=True, help="Replace the journeys that are in the database now.")
@click.option(
    "--tombstones",
    "deletion_logs",
    multiple=True,
    type=File,
    metavar="FILE",
    help="Another file with deletions.",
)
@click.option("--yes", is_flag=True, help="Do not ask; journeys that were deleted after the backup may return.")
@with_installation()
def restore(settings: Settings, file: Path, replace: bool, deletion_logs: tuple[Path, ...], yes: bool) -> None:
    """Restore the backup in FILE, without the journeys that people have deleted since.

    On a new machine the deletions after the backup are not known. Then the command asks for a confirmation, unless
    --tombstones names a file with them, or --yes accepts that deleted journeys may return.
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
            message = f"the database has {error.journeys} journeys, which would be lost: back them up with"
            exit_with(f"{message} `heartwork db backup`, then use --replace.", code=1)
        except InvalidBackupError as error:
            exit_with(f"{file} {INVALID_BACKUP[error.code]}.", code=1)
        click.echo(
            f"Restored {storage.count()} journeys; {deleted} rows that were deleted since the backup stay deleted."
        )


@db.command(context_settings=HELP_OPTIONS)
@with_installation("draft_days", "idle_days")
def purge(settings: Settings) -> None:
    """Delete expired journeys and drafts, and rows in the deletion log; `heartwork serve` does it daily."""
    with closing(open_storage(settings)) as storage:
        deleted = apply_deletions(storage)
        days = {"draft_days": settings.draft_days, "idle_days": settings.idle_days}
        purged = purge_old(storage, today(settings.zone), **days)
    counts = f"{purged.journeys} journeys, {purged.drafts} drafts, {purged.contents} contents"
    click.echo(f"Deleted {counts}; {deleted} rows of the deletion log.")
    if not purged.swept:
        exit_with("some deleted bytes are not wiped, because the database is in use: run the command again.", code=1)


@db.command(context_settings=HELP_OPTIONS)
@click.option("--to", "target_url", required=True, metavar="URL", help="The URL of the target database.")
@with_installation()
def copy(settings: Settings, target_url: str) -> None:
    """Copy all rows to another database, and compare counts and checksums.

    An interrupted copy can be run again and copies the rest. To copy a database in use, copy once, stop `heartwork
    serve`, and copy again: the second copy writes only the differences.
    """
    target_settings = settings.model_copy(update={"database_url": target_url})
    with (
        closing(open_storage(settings)) as source,
        closing(
            open_storage(target_settings, "--to is not the URL of a supported database.", makes_database=True)
        ) as target,
    ):
        _copy_and_compare(source, target)


def _confirm_revival(error: UnknownDeletionsError) -> None:
    """Ask whether deleted journeys may return; exit unless the answer is yes."""
    since = f"since {error.since}" if error.since else "since the backup was made"
    message = f"deletions {since} are not known here: any of these {error.journeys} journeys may have been deleted."
    advice = "If you have newer tombstones, add them with --tombstones"
    if not all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr)):  # a closed stream is None
        exit_with(f"{message} {advice}; if not, use --yes.", code=1)
    click.echo(f"{message.capitalize()} {advice}.", err=True)
    if not click.confirm("Restore anyway?", err=True):
        exit_with("nothing was restored.", code=1)


def _remove_abandoned(folder: Path) -> None:
    for path in remove_abandoned(folder):
        click.echo(f"Removed {path}, which a killed command had left.", err=True)


def _copy_and_compare(source: Storage, target: Storage) -> None:
    copies = copy_rows(source.database, target.database, on_batch=_show_progress)
    apply_deletions(target)
    for name, (rows, written) in copies.items():
        click.echo(f"{name}s: {rows} compared, {written} written.")
    source_sums, target_sums = checksums(source.database), checksums(target.database)
    if source_sums == target_sums:
        click.echo("Both databases have the same counts and checksums.")
        return
    extra = sum(max(0, target_sums[name].rows - source_sums[name].rows) for name in copies)
    if extra:
        exit_with(f"the target database has {extra} additional rows: `heartwork db purge` may remove them.", code=1)
    exit_with("the databases differ, because the source is in use: stop `heartwork serve` and copy again.", code=1)


def _show_progress(name: str, rows: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{name}: {rows} …", nl=False, err=True)


def _say_where(name: Path) -> None:
    click.echo(f"The old database file was renamed to {name}.")


def _revision(settings: Settings) -> str | None:
    """The revision of the tables, without creating any."""
    file = database_file(settings.data_dir, settings.database_url)
    if file is not None and is_empty(file):
        return None
    with (
        closing(Storage.connect(settings.data_dir, settings.database_url)) as storage,
        storage.database.reading() as connection,
    ):
        return current_revision(connection)
