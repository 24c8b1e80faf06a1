"""Faults of the storage under a real server, by the names that they have in the table of ``docs/operating.md``.

To add one, write a context manager that yields an ``Installation``, with ``@fault`` and the words of the table's first cell.
"""

from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import pytest

from tests.paths import ROOT
from tests.servers import postgres_server
from tests.servers.server_process import Server, serve
from tests.servers.waiting import SECONDS

KILLED_BACKUP: Final = """
import os, signal, sys
from web.cli.database import db
from web.storage import backups
backups._is_whole = lambda _file: os.kill(os.getpid(), signal.SIGKILL)
db.main(["backup", sys.argv[1]])
"""


@dataclass
class Installation:
    """A server that works until ``break_it`` is called, and again after ``mend_it``, which is what the table advises."""

    servers: list[Server]
    break_it: Callable[[], object]
    mend_it: Callable[[], object]
    meets: Literal["page", "deletion"] = "page"
    """What a person does that meets the fault: send a page of answers, or delete everything."""

    @property
    def log(self) -> str:
        return "".join(server.log for server in self.servers)


Provoker = Callable[[Path], AbstractContextManager[Installation]]
FAULTS: Final[dict[str, Provoker]] = {}
SLOW: Final[set[str]] = set()
"""Those that people meet only after the server has waited for long."""


def fault(name: str, *, slow: bool = False) -> Callable[[Provoker], Provoker]:
    """Register the provoker of a fault by its name in the table."""

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
    cluster = None if postgres_server.why_not() else postgres_server.new_cluster()
    if cluster is None:
        pytest.skip("there is no PostgreSQL here that can be stopped")
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
