"""Faults of PostgreSQL servers: a hang, the loss of a machine, and the promotion of a standby."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from tests.servers.nginx_proxy import free_ports
from tests.servers.postgres_server import Cluster, rows, run
from tests.servers.waiting import wait_for_exit, wait_until

DURABLE: Final = ("max_connections=60",)
"""The options of a server with durable commits, which is PostgreSQL's default."""
STANDBY: Final = "second"
"""The application name of a standby."""


def processes(cluster: Cluster) -> list[int]:
    """The server's process and its children. The server comes first, so that it cannot start further children."""
    assert cluster.process is not None
    parent = cluster.process.pid
    children = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(path.read_text().rpartition(")")[2].split()[1]) == parent:
                children.append(int(path.parent.name))
    return [parent, *children]


def send_to_all(cluster: Cluster, number: signal.Signals) -> None:
    """Send a signal to all processes of a server, including new ones."""
    sent: set[int] = set()
    while missing := [pid for pid in processes(cluster) if pid not in sent]:
        for pid in missing:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
            sent.add(pid)


@contextmanager
def hung(cluster: Cluster) -> Iterator[None]:
    """Stop a server, so that it accepts connections but does not respond."""
    send_to_all(cluster, signal.SIGSTOP)
    try:
        yield
    finally:
        if cluster.process is not None and cluster.process.poll() is None:
            send_to_all(cluster, signal.SIGCONT)


def kill(cluster: Cluster) -> None:
    """Kill a server with all its processes, as the loss of its machine would."""
    assert cluster.process is not None
    send_to_all(cluster, signal.SIGSTOP)  # so that no child outlives its parent
    send_to_all(cluster, signal.SIGKILL)
    wait_for_exit(cluster.process, "a killed PostgreSQL")


def start_standby(primary: Cluster) -> Cluster:
    """Start a standby of another server."""
    folder = Path(tempfile.mkdtemp(prefix="heartwork-postgres-"))
    (port,) = free_ports(1)
    standby = Cluster(primary.programs, folder, port, options=primary.options)
    if standby.user:
        shutil.chown(folder, standby.user)
    source = f"host=127.0.0.1 port={primary.port} user=heartwork application_name={STANDBY}"
    standby.run_program("pg_basebackup", "-D", str(folder / "data"), "-d", source, "-R", "-c", "fast", "--no-sync")
    standby.start()
    return standby


def demand_standby(primary: Cluster) -> None:
    """Require that the standby confirms each commit of a server."""
    run(primary.url, f"ALTER SYSTEM SET synchronous_standby_names = '{STANDBY}'", "SELECT pg_reload_conf()")
    wait_until(lambda: is_followed(primary), "the standby to be synchronous")


def is_followed(primary: Cluster) -> bool:
    """True if a server has a synchronous standby."""
    return rows(primary.url, "SELECT sync_state FROM pg_stat_replication") == [("sync",)]


def promote(standby: Cluster) -> None:
    """Promote a standby to primary. It stops waiting for a synchronous standby, because it has none."""
    run(standby.url, "ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()")
    standby.run_program("pg_ctl", "promote", "-D", str(standby.folder / "data"))
