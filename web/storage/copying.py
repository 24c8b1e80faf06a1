"""From one database to another, row by row as they lie there: nothing is opened, as nobody here has a key."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Column, Connection, Row, Table, delete, func, insert, select, update

from web.storage.databases.base import Database
from web.storage.tables import content, journey, sitting

BATCH: Final = 200
TABLES: Final = (content, journey, sitting)
"""In this order, as each row needs those it speaks of."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy did, by tables."""

    rows: dict[str, int]
    """How many there are to copy."""
    written: dict[str, int]
    """How many were not there yet, or others."""


@dataclass(frozen=True, slots=True)
class Sum:
    """How many rows a table has, and what they are: the same for the same rows in whichever order."""

    rows: int
    digest: str


def copy_rows(
    source: Database,
    target: Database,
    *,
    replace: bool = False,
    told: Callable[[str, int], None] = lambda _name, _rows: None,
) -> Copied:
    """Write into a target what it has not yet; what is the same stays. So it may be cut off and begun again.

    Args:
        replace: delete first what is in the target, all in one transaction.
        told: is told of each batch: the table, and how many rows of it are looked at.
    """
    rows: dict[str, int] = {}
    written: dict[str, int] = {}
    with source.reading() as reading:
        if replace:
            target.write(lambda writing: _replace(reading, writing, rows, written))
            return Copied(rows, written)
        for table in TABLES:
            rows[table.name] = written[table.name] = 0
            for batch in _batches(reading, table):
                rows[table.name] += len(batch)
                written[table.name] += target.write(lambda to, table=table, batch=batch: _put(to, table, batch))  # type: ignore[misc]
                told(table.name, rows[table.name])
    return Copied(rows, written)


def sums(database: Database) -> dict[str, Sum]:
    """Count and hash of every table, at one moment."""
    with database.reading() as connection:
        return {table.name: _sum(connection, table) for table in TABLES}


def missing_from(source: Database, target: Database) -> dict[str, int]:
    """How many rows of each table the target has and the source has not."""
    found = {}
    with source.reading() as here, target.reading() as there:
        for table in TABLES:
            key = _key(table)
            known = set(map(_plain, here.execute(select(key)).scalars()))
            found[table.name] = sum(_plain(one) not in known for one in there.execute(select(key)).scalars())
    return found


def count(connection: Connection, table: Table) -> int:
    """How many rows a table has."""
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def _replace(reading: Connection, writing: Connection, rows: dict[str, int], written: dict[str, int]) -> None:
    for table in reversed(TABLES):
        writing.execute(delete(table))
    for table in TABLES:
        rows[table.name] = 0
        for batch in _batches(reading, table):
            rows[table.name] += len(batch)
            writing.execute(insert(table), [row._asdict() for row in batch])
        written[table.name] = rows[table.name]


def _batches(connection: Connection, table: Table) -> Iterator[list[Row[Any]]]:
    key = _key(table)
    following = select(table).order_by(key).limit(BATCH)
    found = list(connection.execute(following).all())
    while found:
        yield found
        found = list(connection.execute(following.where(key > getattr(found[-1], key.name))).all())


def _put(connection: Connection, table: Table, batch: list[Row[Any]]) -> int:
    key = _key(table)
    names = [getattr(row, key.name) for row in batch]
    there = {
        _plain(getattr(row, key.name)): _digest(row)
        for row in connection.execute(select(table).where(key.in_(names)).with_for_update())
    }
    new = [row._asdict() for row in batch if _plain(getattr(row, key.name)) not in there]
    other = [row for row in batch if there.get(_plain(getattr(row, key.name)), _digest(row)) != _digest(row)]
    if new:
        connection.execute(insert(table), new)
    for row in other:
        connection.execute(update(table).where(key == getattr(row, key.name)).values(row._asdict()))
    return len(new) + len(other)


def _sum(connection: Connection, table: Table) -> Sum:
    rows = total = 0
    for batch in _batches(connection, table):
        rows += len(batch)
        total += sum(int.from_bytes(_digest(row), "big") for row in batch)
    return Sum(rows, f"{total % 2**256:064x}")


def _digest(row: Row[Any]) -> bytes:
    """What is in a row, whichever database and driver it comes from."""
    parts = (bytes(one) if isinstance(one, bytes | memoryview) else str(one).encode() for one in row)
    return hashlib.sha256(b"".join(len(part).to_bytes(8, "big") + part for part in parts)).digest()


def _key(table: Table) -> Column[Any]:
    (key,) = table.primary_key.columns
    return key


def _plain(name: Any) -> Any:
    return bytes(name) if isinstance(name, bytes | memoryview) else name
