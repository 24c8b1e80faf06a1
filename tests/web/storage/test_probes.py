"""Probes find out whether the storage can be written, and leave nothing behind."""

from __future__ import annotations

import os
import resource
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from tests.factories.sample_journey import DAY, JOURNEY_BODY, SECRET, sample_new_sitting
from tests.servers import postgres_server as cluster
from web.storage import Storage, UnavailableError
from web.storage.copying import checksums
from web.storage.deletion_log import PROBE_BYTES, DeletionLog
from web.storage.errors import CODES_BY_ERRNO

LINE = f"journey {'a' * 64} {DAY}"


@pytest.mark.sqlite
def test_a_probe_of_sqlite_is_a_commit(storage: Storage, folder: Path) -> None:
    """A probe adds one page to the write-ahead log and changes no data."""
    storage.create_journey(SECRET, JOURNEY_BODY, sample_new_sitting(), DAY)
    wal = folder / "heartwork.sqlite-wal"
    before, size = checksums(storage.database), wal.stat().st_size
    storage.database.probe_write()
    assert wal.stat().st_size - size == 4096 + 24
    assert checksums(storage.database) == before
    assert storage.database.check() == ()


def test_a_probe_of_postgresql_is_a_commit(storage: Storage, database: str | None) -> None:
    """A probe makes the server write its log and changes no data."""
    if database is None:
        pytest.skip("SQLite has a test of its own")
    before = checksums(storage.database)

    def transaction() -> int:
        ((number,),) = cluster.rows(database, "SELECT txid_snapshot_xmax(txid_current_snapshot())")
        return int(number)

    earlier = transaction()
    storage.database.probe_write()
    assert transaction() > earlier, "the probe is a writing transaction"
    assert checksums(storage.database) == before


def test_a_probe_of_a_database_that_refuses(storage: Storage, database: str | None) -> None:
    """A database that can be read but not written fails the probe."""
    statement = "SET default_transaction_read_only = on" if database else "PRAGMA query_only = on"

    def forbid(connection: Any, _: object) -> None:
        connection.cursor().execute(statement)
        connection.commit()

    event.listen(storage.database.engine, "connect", forbid)
    storage.database.engine.dispose()
    with pytest.raises(UnavailableError):
        storage.database.probe_write()
    assert storage.count() == 0


# The deletion log


@pytest.fixture
def log(tmp_path: Path) -> DeletionLog:
    return DeletionLog(tmp_path / "tombstones")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_probe_of_the_deletion_log_leaves_nothing(log: DeletionLog) -> None:
    """A probe neither creates nor lengthens the deletion log."""
    log.probe()
    assert contents(log.path.parent) == {}
    log.record_journey_hash("a" * 64, str(DAY))
    before = contents(log.path.parent)
    log.probe()
    assert contents(log.path.parent) == before
    assert len(LINE) < PROBE_BYTES


def test_another_process_appends_during_a_probe(log: DeletionLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that another process appends during a probe is not changed."""
    other = DeletionLog(log.path)
    log.record_journey_hash("a" * 64, str(DAY))
    write = os.pwrite

    def write_after_another(*arguments: object) -> int:
        other.record_journey_hash("b" * 64, str(DAY))
        return write(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "pwrite", write_after_another)
    log.probe()
    assert log.read().journeys == {"a" * 64, "b" * 64}


@contextmanager
def limit_of(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def word_of_failed_probe(log: DeletionLog) -> str:
    with pytest.raises(UnavailableError) as caught:
        log.probe()
    assert caught.value.code == "deletion_log"
    assert isinstance(caught.value.__cause__, OSError)
    return CODES_BY_ERRNO[caught.value.__cause__.errno or 0]


def test_a_limit_of_file_size(log: DeletionLog) -> None:
    """A log that has reached the size limit is full, and a line that was written in part is no deletion."""
    log.record_journey_hash("a" * 64, str(DAY))
    size = log.path.stat().st_size
    with limit_of(size + 20):
        assert word_of_failed_probe(log) == "full"
        with pytest.raises(UnavailableError):
            log.record_journey_hash("b" * 64, str(DAY))
    assert log.path.stat().st_size == size + 20, "a part was written"
    log.probe()
    log.record_journey_hash("c" * 64, str(DAY))
    assert log.read().journeys == {"a" * 64, "c" * 64}


def immutable(path: Path) -> None:
    path.touch()
    os.system(f"chattr +i {path}")  # noqa: S605 - a folder of the test
    if os.access(path, os.W_OK):
        pytest.skip("files cannot be made immutable here")


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "directory": (Path.mkdir, "gone"),
    "pipe": (os.mkfifo, "gone"),
    "device": (lambda path: path.symlink_to("/dev/null"), "gone"),
    "link to nothing": (lambda path: path.symlink_to("nowhere"), "gone"),
    "immutable": (immutable, "read_only"),
    "folder gone": (lambda path: shutil.rmtree(path.parent), "gone"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_what_is_no_deletion_log(log: DeletionLog, kind: str) -> None:
    """If something else is at its path, the probe fails, nothing is recorded, and reading fails."""
    make, word = BROKEN[kind]
    make(log.path)
    try:
        assert word_of_failed_probe(log) == word
        with pytest.raises(UnavailableError):
            log.record_journey_hash("a" * 64, str(DAY))
        if kind not in {"immutable", "folder gone"}:
            with pytest.raises(UnavailableError):
                log.read()
    finally:
        if kind == "immutable":
            os.system(f"chattr -i {log.path}")  # noqa: S605 - a folder of the test


def test_a_log_that_was_removed_is_not_begun_again(log: DeletionLog) -> None:
    """A process does not create a removed log again, because it would lack the old lines; put back, it is used."""
    log.record_journey_hash("a" * 64, str(DAY))
    saved = log.path.rename(log.path.with_name("saved"))
    assert word_of_failed_probe(log) == "gone"
    for call in (log.read, lambda: log.record_journey_hash("b" * 64, str(DAY))):
        with pytest.raises(UnavailableError):
            call()
    assert not log.path.exists()
    saved.rename(log.path)
    log.record_journey_hash("b" * 64, str(DAY))
    assert log.read().journeys == {"a" * 64, "b" * 64}
