"""Storage faults of a real server, by their names in the table of ``docs/operating.md``.

To add one, write a context manager that yields an ``Installation``, and decorate it with ``@fault`` and the first cell
of its row.
"""

from __future__ import annotations

import os
import re
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import pytest
from click.testing import CliRunner

from tests.paths import ROOT
from tests.servers import postgres_faults, postgres_server
from tests.servers.server_process import Server, serve
from tests.servers.waiting import SECONDS
from web.cli.database import db

KILLED_BACKUP: Final = """
import os, signal, sys
from web.cli.database import db
from web.storage import backups
backups._is_whole = lambda _file: os.kill(os.getpid(), signal.SIGKILL)
db.main(["backup", sys.argv[1]])
"""


@dataclass
class Installation:
    """A server that fails after ``break_it``, and works again after ``mend_it``, which does what the table advises."""

    servers: list[Server]
    break_it: Callable[[], object]
    mend_it: Callable[[], object]
    meets: Literal["page", "deletion"] = "page"
    """The action that meets the fault: send a page of answers, or delete everything."""

    @property
    def log(self) -> str:
        return "".join(server.log for server in self.servers)


Provoker = Callable[[Path], AbstractContextManager[Installation]]
FAULTS: Final[dict[str, Provoker]] = {}
SLOW: Final[set[str]] = set()
"""Faults that people meet only after a long timeout of the server."""


def fault(name: str, *, slow: bool = False) -> Callable[[Provoker], Provoker]:
    """Register the function that causes a fault by its name in the table."""

    def register(provoker: Provoker) -> Provoker:
        assert name not in FAULTS
        FAULTS[name] = provoker
        if slow:
            SLOW.add(name)
        return provoker

    return register


@contextmanager
def running(folder: Path, **environment: str) -> Iterator[Server]:
    server = serve(folder, 0, **environment)
    try:
        yield server
    finally:
        server.stop()


@fault("another program keeps the database locked", slow=True)
@contextmanager
def locked_database(folder: Path) -> Iterator[Installation]:
    with running(folder) as server, closing(sqlite3.connect(folder / "heartwork.sqlite")) as other:
        yield Installation([server], lambda: other.execute("BEGIN IMMEDIATE"), other.rollback)


@fault("the disk is full, or a limit of file size is reached")
@contextmanager
def full_disk(folder: Path) -> Iterator[Installation]:
    with running(folder) as server:
        limits = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)

        def limit(soft: int) -> None:
            resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (soft, limits[1]))

        yield Installation([server], lambda: limit(0), lambda: limit(limits[0]))


@fault("the deletion log is a directory")
@contextmanager
def deletion_log_is_a_directory(folder: Path) -> Iterator[Installation]:
    with running(folder) as server:
        log = folder / "tombstones"
        yield Installation([server], log.mkdir, log.rmdir, "deletion")


@fault("PostgreSQL is stopped")
@contextmanager
def stopped_postgres(folder: Path) -> Iterator[Installation]:
    cluster = _cluster()
    try:
        with running(folder, HEARTWORK_DATABASE_URL=cluster.url) as server:
            yield Installation([server], cluster.stop, cluster.start)
    finally:
        postgres_server.away(cluster)


@fault("a backup or restore is killed")
@contextmanager
def killed_backup(folder: Path) -> Iterator[Installation]:
    with ExitStack() as stack:
        installation = Installation([stack.enter_context(running(folder))], lambda: None, lambda: None)

        def kill_backup() -> None:
            command = [sys.executable, "-c", KILLED_BACKUP, str(folder / "saved")]
            environment = {**os.environ, "HEARTWORK_DATA_DIR": str(folder)}
            process = subprocess.run(command, cwd=ROOT, env=environment, check=False, timeout=SECONDS)
            assert process.returncode < 0
            assert list(folder.glob("*/copy"))

        def start_another() -> None:
            installation.servers.append(stack.enter_context(running(folder)))
            assert not list(folder.glob("*/copy"))

        installation.break_it, installation.mend_it = kill_backup, start_another
        yield installation


@fault("PostgreSQL hangs", slow=True)
@contextmanager
def hung_postgres(folder: Path) -> Iterator[Installation]:
    cluster = _cluster()
    with ExitStack() as stack:
        stack.callback(postgres_server.away, cluster)
        server = stack.enter_context(running(folder, HEARTWORK_DATABASE_URL=cluster.url))
        hanging = ExitStack()
        stack.callback(hanging.close)
        yield Installation([server], lambda: hanging.enter_context(postgres_faults.hung(cluster)), hanging.close)


@fault("the standby of two PostgreSQL servers is lost", slow=True)
@contextmanager
def lost_standby(folder: Path) -> Iterator[Installation]:
    cluster = _cluster(postgres_faults.DURABLE)
    with ExitStack() as stack:
        stack.callback(postgres_server.away, cluster)
        standby = postgres_faults.start_standby(cluster)
        stack.callback(postgres_server.away, standby)
        postgres_faults.demand_standby(cluster)
        server = stack.enter_context(running(folder, HEARTWORK_DATABASE_URL=cluster.url))
        yield Installation([server], standby.stop, standby.start)


def _cluster(options: tuple[str, ...] = postgres_server.FAST) -> postgres_server.Cluster:
    cluster = None if postgres_server.why_not() else postgres_server.new_cluster(options)
    if cluster is None:
        pytest.skip("there is no PostgreSQL here that can be stopped")
    return cluster


@fault("the folder of the database is moved")
@contextmanager
def moved_folder(folder: Path) -> Iterator[Installation]:
    away = folder.with_name("away")
    with running(folder) as server:
        yield Installation([server], lambda: folder.rename(away), lambda: away.rename(folder))


def _db(folder: Path, *arguments: object) -> None:
    """Run a ``heartwork db`` command in this process, which no server shares."""
    command = [*map(str, arguments), "--data-dir", str(folder)]
    result = CliRunner().invoke(db, command, prog_name="heartwork db", catch_exceptions=False)
    assert result.exit_code == 0, result.output


@contextmanager
def _restarted(
    folder: Path, break_it: Callable[[Path], object], remedy: Callable[[Server], object]
) -> Iterator[Installation]:
    """A server that is mended by a restart at the same address; ``remedy`` runs in between with the stopped server."""
    saved = folder.with_name("saved")
    with ExitStack() as stack:
        server = stack.enter_context(running(folder))
        installation = Installation([server], lambda: None, lambda: None)

        def break_database() -> None:
            _db(folder, "backup", saved)
            break_it(folder / "heartwork.sqlite")

        def restart() -> None:
            port = int(server.url.rpartition(":")[2])
            remedy(server)
            again = serve(folder, port)
            stack.callback(again.stop)
            installation.servers.append(again)

        installation.break_it, installation.mend_it = break_database, restart
        yield installation


def _restore_backup(server: Server) -> None:
    server.stop()
    _db(server.folder, "restore", server.folder.with_name("saved"), "--replace")


def _rescue(server: Server) -> None:
    """Do what the log advises: copy the file that the process still has open, and restore the copy."""
    match = re.search(r"/proc/\d+/fd/\d+", server.log)
    assert match is not None
    copy = server.folder.with_name("rescued")
    shutil.copy(match[0], copy)
    server.stop()
    _db(server.folder, "restore", copy, "--replace", "--yes")


def _replace(file: Path) -> None:
    shutil.copy(file, file.with_name("copy"))
    file.with_name("copy").replace(file)


def _register_file_faults() -> None:
    breaks: dict[str, tuple[Callable[[Path], object], Callable[[Server], object]]] = {
        "the database file is deleted": (Path.unlink, _rescue),
        "the database file is replaced by another one": (_replace, _rescue),
        "the database file is cut": (lambda file: os.truncate(file, file.stat().st_size // 2), _restore_backup),
        "the database file is overwritten": (
            lambda file: file.write_bytes(os.urandom(file.stat().st_size)),
            _restore_backup,
        ),
        "the `-wal` of the database is removed": (
            lambda file: file.with_name(f"{file.name}-wal").unlink(),
            Server.stop,
        ),
    }
    for name, (break_it, remedy) in breaks.items():

        @contextmanager
        def provoker(
            folder: Path, break_it: Callable[[Path], object] = break_it, remedy: Callable[[Server], object] = remedy
        ) -> Iterator[Installation]:
            with _restarted(folder, break_it, remedy) as installation:
                yield installation

        fault(name)(provoker)


_register_file_faults()


def _another_installation(folder: Path) -> None:
    _db(folder.with_name("other"), "upgrade")
    shutil.copy(folder.with_name("other") / "heartwork.sqlite", folder / "heartwork.sqlite")


STARTS: Final[dict[str, Callable[[Path], object]]] = {
    "the database is missing, or empty": lambda folder: os.truncate(folder / "heartwork.sqlite", 0),
    "the database is damaged": lambda folder: (folder / "heartwork.sqlite").write_bytes(os.urandom(9000)),
    "another installation's database is there": _another_installation,
    "the deletion log is no file": lambda folder: (folder / "tombstones").mkdir(),
    "others can read `server.key`": lambda folder: (folder / "server.key").chmod(0o644),
}
"""Faults that keep a server from starting, applied to the data folder of a stopped server."""
