"""Copies the rows of one database to another, and compares two databases. Bodies stay encrypted."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

from sqlalchemy import Column, Connection, RowMapping, Table, delete, insert, select, update

from web.storage.databases.base import Database
from web.storage.tables import content, journey, sitting

BATCH: Final = 200
TABLES: Final = (content, journey, sitting)
"""In the order in which foreign keys require rows to be inserted."""


class TableCopy(NamedTuple):
    """How many rows of a table were compared, and how many of these were missing or different and were written."""

    rows: int
    written: int


class TableChecksum(NamedTuple):
    """The number of rows of a table and a digest of them, which does not depend on their order."""

    rows: int
    digest: str


def copy_rows(
    source: Database, target: Database, on_batch: Callable[[str, int], None] = lambda _name, _rows: None
) -> dict[str, TableCopy]:
    """Write all rows that the target lacks or has otherwise. An interrupted copy can be started again.

    Args:
        on_batch: is called after each batch with the name of the table and the number of its rows compared so far.
    """
    copies = {}
    with source.reading() as connection:
        for table in TABLES:
            rows = written = 0
            for batch in _batches(connection, table):
                rows += len(batch)
                written += target.write(partial(_upsert, table=table, batch=batch))
                on_batch(table.name, rows)
            copies[table.name] = TableCopy(rows, written)
    return copies


def replace_rows(source: Database, target: Database) -> None:
    """Replace all rows of the target by those of the source, in one transaction."""

    def work(target_connection: Connection) -> None:
        for table in reversed(TABLES):
            target_connection.execute(delete(table))
        for table in TABLES:
            for batch in _batches(source_connection, table):
                target_connection.execute(insert(table), [dict(row) for row in batch])

    with source.reading() as source_connection:
        target.write(work)


def checksums(database: Database) -> dict[str, TableChecksum]:
    """The checksums of all tables by name, read in one transaction."""
    with database.reading() as connection:
        return {table.name: _checksum(connection, table) for table in TABLES}


def _batches(connection: Connection, table: Table) -> Iterator[Sequence[RowMapping]]:
    key = _key(table)
    query = select(table).order_by(key).limit(BATCH)
    batch = connection.execute(query).mappings().all()
    while batch:
        yield batch
        batch = connection.execute(query.where(key > batch[-1][key])).mappings().all()


def _upsert(connection: Connection, table: Table, batch: Sequence[RowMapping]) -> int:
    """Insert the rows that are missing and update those that differ; return how many rows were written."""
    key = _key(table)
    rows = {row[key]: row for row in batch}
    query = select(table).where(key.in_(list(rows))).with_for_update()
    existing = {row[key]: row for row in connection.execute(query).mappings()}
    if new := [dict(row) for name, row in rows.items() if name not in existing]:
        connection.execute(insert(table), new)
    changed = [name for name, row in existing.items() if row != rows[name]]
    for name in changed:
        connection.execute(update(table).where(key == name).values(dict(rows[name])))
    return len(new) + len(changed)


def _checksum(connection: Connection, table: Table) -> TableChecksum:
    rows = digest_sum = 0
    for batch in _batches(connection, table):
        rows += len(batch)
        digest_sum += sum(int.from_bytes(_digest(row), "big") for row in batch)
    return TableChecksum(rows, f"{digest_sum % 2**256:064x}")


def _digest(row: RowMapping) -> bytes:
    """A digest of a row, which is the same for all databases and drivers."""
    parts = (value if isinstance(value, bytes) else str(value).encode() for value in row.values())
    return hashlib.sha256(b"".join(len(part).to_bytes(8, "big") + part for part in parts)).digest()


def _key(table: Table) -> Column[Any]:
    (key,) = table.primary_key.columns
    return key
