"""The history of the tables, run by Alembic from within the program: there is no ``alembic.ini``.

A new revision: write ``versions/rNNN_what.py`` after the last one, name it in ``REVISIONS``, change
``web.storage.tables`` with it, and add a database of it as ``tests/web/fixtures/heartwork-NNN.sqlite``
(``python -m tests.tools.make_fixtures``).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, Engine, inspect, text

from web.storage.errors import NewerDatabaseError, NoDatabaseError

if TYPE_CHECKING:
    from alembic.config import Config

REVISIONS: Final = ("001",)
"""All revisions, oldest first, so that a start needs not load Alembic (0.4 s) to see that there is nothing to do."""
MIGRATION_LOCK: Final = 7_310_584
"""The number of the advisory lock under which tables are migrated."""


def upgrade(engine: Engine, *, makes_tables: bool = True) -> None:
    """Bring the tables up to date, in one transaction; nothing happens if they are.

    Args:
        makes_tables: whether there may be no tables yet.

    Raises:
        NoDatabaseError: there are none, and there should be.
        NewerDatabaseError: a later version has migrated them.
    """
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":  # processes that start at once migrate one after the other
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": MIGRATION_LOCK})
        revision = current_revision(connection)
        if revision == head_revision():
            return
        if revision is None and not makes_tables:
            raise NoDatabaseError
        if revision is not None and not knows(revision):
            raise NewerDatabaseError
        from alembic import command

        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def current_revision(connection: Connection) -> str | None:
    """The revision of the tables; none if there are no tables yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return revision


def head_revision() -> str:
    """The revision this version works with."""
    return REVISIONS[-1]


def knows(revision: str) -> bool:
    """Whether this version can work with, or upgrade, tables of this revision."""
    return revision in REVISIONS


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
