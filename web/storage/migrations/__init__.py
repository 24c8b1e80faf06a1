"""The migrations of the tables. The program runs Alembic itself, without an ``alembic.ini``.

To add a revision, write ``versions/rNNN_what.py``, append it to ``REVISIONS``, change ``web.storage.tables``, and add a
database of this revision as ``tests/web/fixtures/heartwork-NNN.sqlite`` (``python -m tests.tools.make_fixtures``).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, Engine, inspect, text

from web.storage.errors import NewerDatabaseError, NoDatabaseError

if TYPE_CHECKING:
    from alembic.config import Config

REVISIONS: Final = ("001",)
"""All revisions, oldest first, so that a start without migrations need not import Alembic, which takes 0.4 s."""
MIGRATION_LOCK: Final = 7_310_584
"""The number of PostgreSQL's advisory lock for migrations."""


def upgrade(engine: Engine, *, makes_tables: bool = True) -> None:
    """Migrate the tables to the newest revision, in one transaction.

    Args:
        makes_tables: whether to create the tables if there are none.

    Raises:
        NoDatabaseError: there are no tables, and they must not be created.
        NewerDatabaseError: a later version has migrated the tables.
    """
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":  # processes that start at the same time must take turns
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
    """The revision of the tables; None if there are no tables yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return revision


def head_revision() -> str:
    """The newest revision, which this version needs."""
    return REVISIONS[-1]


def knows(revision: str) -> bool:
    """Whether this version can migrate tables of this revision."""
    return revision in REVISIONS


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
