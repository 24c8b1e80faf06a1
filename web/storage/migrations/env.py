"""Alembic runs this module for a migration, with the connection and transaction of ``upgrade``."""

from __future__ import annotations

from alembic import context

from web.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # on SQLite, Alembic changes a table by copying it
)
context.run_migrations()
