"""From one database to another, row by row: bodies stay encrypted, as copying has no key."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from sqlalchemy import Column, Connection, Row, Table, delete, func, insert, select, update

from web.storage.databases.base import Database
from web.storage.tables import content, journey, sitting

BATCH: Final = 200
TABLES: Final = (content, journey, sitting)
"""In this order, as each row needs those it speaks of."""


@dataclass(frozen=True, slots=True)
class CopyResult:
    """What a copy did, by tables."""

    rows: dict[str, int]
    """How many there are to copy."""
    written: dict[str, int]
    """How many were not there yet, or others."""


@dataclass(frozen=True, slots=True)
class TableChecksum:
    """How many rows a table has, and what they are: the same for the same rows in whichever order."""

    rows: int
    digest: str


def copy_rows(
    source: Database,
    target: Database,
    *,
    replace: bool = False,
    on_batch: Callable[[str, int], None] = lambda _name, _rows: None,
) -> CopyResult:
    """Write into a target what it has not yet; what is the same stays. So it may be cut off and begun again.

    Args:
        replace: delete first what is in the target, all in one transaction.
        on_batch: is called after each batch with the table and how many of its rows are looked at so far.
    """
    rows: dict[str, int] = {}
    written: dict[str, int] = {}
    with source.reading() as source_connection:
        if replace:
            target.write(lambda target_connection: _replace(source_connection, target_connection, rows, written))
            return CopyResult(rows, written)
        for table in TABLES:
            rows[table.name] = written[table.name] = 0
            for batch in _batches(source_connection, table):
                rows[table.name] += len(batch)
                written[table.name] += target.write(partial(_put, table=table, batch=batch))
                on_batch(table.name, rows[table.name])
    return CopyResult(rows, written)


def checksums(database: Database) -> dict[str, TableChecksum]:
    """Count and hash of every table, at one moment."""
    with database.reading() as connection:
        return {table.name: _sum(connection, table) for table in TABLES}


def missing_from(source: Database, target: Database) -> dict[str, int]:
    """How many rows of each table the target has and the source has not."""
    counts = {}
    with source.reading() as source_connection, target.reading() as target_connection:
        for table in TABLES:
            key = _key(table)
            source_keys = set(map(_comparable, source_connection.execute(select(key)).scalars()))
            counts[table.name] = sum(
                _comparable(value) not in source_keys for value in target_connection.execute(select(key)).scalars()
            )
    return counts


def count(connection: Connection, table: Table) -> int:
    """How many rows a table has."""
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def _replace(
    source_connection: Connection, target_connection: Connection, rows: dict[str, int], written: dict[str, int]
) -> None:
    for table in reversed(TABLES):
        target_connection.execute(delete(table))
    for table in TABLES:
        rows[table.name] = 0
        for batch in _batches(source_connection, table):
            rows[table.name] += len(batch)
            target_connection.execute(insert(table), [row._asdict() for row in batch])
        written[table.name] = rows[table.name]


def _batches(connection: Connection, table: Table) -> Iterator[list[Row[Any]]]:
    key = _key(table)
    query = select(table).order_by(key).limit(BATCH)
    batch = list(connection.execute(query).all())
    while batch:
        yield batch
        batch = list(connection.execute(query.where(key > getattr(batch[-1], key.name))).all())


def _put(connection: Connection, table: Table, batch: list[Row[Any]]) -> int:
    key = _key(table)
    keys = [getattr(row, key.name) for row in batch]
    target_digests = {
        _comparable(getattr(row, key.name)): _digest(row)
        for row in connection.execute(select(table).where(key.in_(keys)).with_for_update())
    }
    new = [row._asdict() for row in batch if _comparable(getattr(row, key.name)) not in target_digests]
    changed = [
        row for row in batch if target_digests.get(_comparable(getattr(row, key.name)), _digest(row)) != _digest(row)
    ]
    if new:
        connection.execute(insert(table), new)
    for row in changed:
        connection.execute(update(table).where(key == getattr(row, key.name)).values(row._asdict()))
    return len(new) + len(changed)


def _sum(connection: Connection, table: Table) -> TableChecksum:
    rows = digest_sum = 0
    for batch in _batches(connection, table):
        rows += len(batch)
        digest_sum += sum(int.from_bytes(_digest(row), "big") for row in batch)
    return TableChecksum(rows, f"{digest_sum % 2**256:064x}")


def _digest(row: Row[Any]) -> bytes:
    """What is in a row, whichever database and driver it comes from."""
    parts = (bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode() for value in row)
    return hashlib.sha256(b"".join(len(part).to_bytes(8, "big") + part for part in parts)).digest()


def _key(table: Table) -> Column[Any]:
    (key,) = table.primary_key.columns
    return key


def _comparable(value: Any) -> Any:
    return bytes(value) if isinstance(value, bytes | memoryview) else value
