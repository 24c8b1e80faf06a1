"""The history of the tables, run by Alembic from within the program: there is no ``alembic.ini``.

A new revision: write ``versions/rNNN_what.py`` after the last one, change ``web.storage.tables`` with it, and add a
database of it as ``tests/web/fixtures/heartwork-NNN.sqlite`` (``python -m tests.tools.make_fixtures``).
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from web.storage.errors import NewerDatabaseError

MIGRATION_LOCK: Final = 7_310_584
"""The number of the advisory lock under which tables are migrated."""


def upgrade(engine: Engine) -> None:
    """Bring the tables up to date, in one transaction; nothing happens if they are.

    Raises:
        NewerDatabaseError: a later version has migrated them.
    """
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":  # processes that start at once migrate one after the other
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": MIGRATION_LOCK})
        revision = current_revision(connection)
        if revision == head_revision():
            return
        if revision is not None and not knows(revision):
            raise NewerDatabaseError
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def current_revision(connection: Connection) -> str | None:
    """The revision of the tables; none if there are no tables yet."""
    return MigrationContext.configure(connection).get_current_revision()


def head_revision() -> str | None:
    """The revision this version works with."""
    return _scripts().get_current_head()


def knows(revision: str) -> bool:
    """Whether this version can work with, or upgrade, tables of this revision."""
    return revision in {script.revision for script in _scripts().walk_revisions()}


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
