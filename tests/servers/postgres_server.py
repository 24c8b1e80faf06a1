"""A temporary PostgreSQL server for the tests, in a folder under /tmp, run by a user other than root."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from tests.servers.waiting import SECONDS, wait_for_exit, wait_until

VARIABLE: Final = "HEARTWORK_TEST_POSTGRES"
"""The URL of a server whose user can create databases; without it the tests start a server."""
PLACES: Final = "/usr/lib/postgresql/*/bin"
FAST: Final = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=60")


def _programs() -> Path | None:
    folders = [*sorted(Path("/").glob(PLACES.lstrip("/"))), *map(Path, os.environ["PATH"].split(os.pathsep))]
    return next((folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()), None)


def somebody() -> str | None:
    """The user for the server, because PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    return None


@dataclass
class Cluster:
    """One server, which can be stopped and restarted with the same folder and port."""

    programs: Path
    folder: Path
    port: int
    user: str | None = field(default_factory=somebody)
    process: subprocess.Popen[bytes] | None = None
    options: tuple[str, ...] = FAST

    @property
    def url(self) -> str:
        return f"postgresql://heartwork@127.0.0.1:{self.port}/postgres"

    def make(self) -> None:
        if self.user:
            shutil.chown(self.folder, self.user)
        self.run_program(
            "initdb", "-D", str(self.folder / "data"), "-U", "heartwork", "-A", "trust", "-E", "UTF8", "--no-sync"
        )

    def start(self) -> None:
        settings = [part for option in self.options for part in ("-c", option)]
        place = ["-D", str(self.folder / "data"), "-p", str(self.port), "-h", "127.0.0.1", "-k", str(self.folder)]
        self.process = subprocess.Popen(
            [str(self.programs / "postgres"), *place, *settings],
            user=self.user,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(self._answers, f"PostgreSQL to listen on port {self.port}")

    def _answers(self) -> bool:
        try:
            run(self.url, "SELECT 1")
        except OperationalError:
            if self.process is None or self.process.poll() is not None:
                raise
            return False
        return True

    def stop(self) -> None:
        """Stop it immediately; committed data is kept."""
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            wait_for_exit(self.process, "PostgreSQL")

    def run_program(self, program: str, *arguments: str) -> None:
        command = [str(self.programs / program), *arguments]
        subprocess.run(command, user=self.user, cwd=self.folder, check=True, capture_output=True, timeout=SECONDS)


def _engine(url: str, **options: Any) -> Engine:
    """An engine whose statements fail instead of waiting for a lock without limit."""
    limits = {"connect_timeout": round(SECONDS), "options": f"-c statement_timeout={1000 * SECONDS:.0f}"}
    return create_engine(make_url(url).set(drivername="postgresql+psycopg"), connect_args=limits, **options)


def run(url: str, *statements: str) -> None:
    """Run statements outside a transaction."""
    engine = _engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))
    finally:
        engine.dispose()


def new_cluster(options: tuple[str, ...] = FAST) -> Cluster | None:
    """Start a server; None if PostgreSQL is not installed."""
    programs = _programs()
    if programs is None:
        return None
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    cluster = Cluster(programs, Path(tempfile.mkdtemp(prefix="heartwork-postgres-")), port, options=options)
    cluster.make()
    cluster.start()
    return cluster


def away(cluster: Cluster) -> None:
    """Stop a server and delete its files."""
    cluster.stop()
    shutil.rmtree(cluster.folder, ignore_errors=True)


@lru_cache
def why_not() -> str | None:
    """The reason why tests on PostgreSQL cannot run here; None if they can."""
    if os.environ.get(VARIABLE) or _programs() is not None:
        return None
    return f"there is no PostgreSQL here: install it (on Debian: apt-get install postgresql) or set {VARIABLE}"


def own_database(server: str, name: str) -> str:
    """The URL of an empty database on a server."""
    run(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name}")
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def emptied(url: str) -> str:
    """Delete all tables of a database."""
    run(url, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
    return url


def rows(url: str, statement: str) -> list[tuple[Any, ...]]:
    """The rows of a query."""
    engine = _engine(url)
    try:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(statement))]
    finally:
        engine.dispose()
