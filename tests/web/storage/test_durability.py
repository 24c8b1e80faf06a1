"""Acknowledged answers are never lost, when the process is killed and when many people write at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.clients.crowd import RoundRobinClient, crowd, wait_for_pages
from tests.clients.writers import ANSWERS, PROCESSES, THREADS
from tests.factories.sample_journey import DAY, SECRET
from tests.paths import ROOT
from tests.servers.server_process import serve
from tests.servers.waiting import SECONDS, Output, wait_for_exit
from web.journeys.journey import Journeys
from web.server.startup import open_migrated

ROUNDS: Final = 8
MANY_ROUNDS: Final = 40


def start(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.clients.writers", *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("rounds", [ROUNDS, pytest.param(MANY_ROUNDS, marks=pytest.mark.exhaustive)])
def test_a_kill_loses_nothing_acknowledged(folder: Path, rounds: int) -> None:
    """After repeated kills while eight people answer, every acknowledged page is stored and the database is sound."""
    with start("killed", folder, rounds, 20261123) as process:
        output, errors = process.communicate(timeout=SECONDS + 10 * rounds)
    assert (process.returncode, errors) == (0, "")
    acknowledged, stored = map(int, output.split())
    assert acknowledged > rounds
    assert stored > 0


def test_two_servers_lose_nothing(folder: Path) -> None:
    """With two servers on one data folder, and people who use both, no request fails and no answer is lost."""
    servers = [serve(folder) for _ in range(2)]
    try:
        with crowd(4, lambda: RoundRobinClient(*(server.url for server in servers))) as visitors:
            wait_for_pages(visitors, 40)
    finally:
        for server in servers:
            server.stop()
    # A busy machine takes long enough to load the content for a server to say so.
    logs = [server.log.removeprefix("Loading questionnaires and rules …\n") for server in servers]
    assert [log.count("\n") for log in logs] == [2, 2], "each server logs its folder and its address"
    assert list(folder.glob("heartwork.sqlite-*")) == []
    storage = open_migrated(folder)
    assert visitors.lost_pages(storage) == []
    assert storage.database.check() == ()
    storage.close()


def test_one_process_forgets_at_a_time(folder: Path) -> None:
    """Only one process at a time gets the exclusive lock, which is released when the process is killed."""
    storage = open_migrated(folder)
    with start("alone", folder) as process:
        assert process.stdout is not None
        assert Output(process.stdout).wait_for("\n").string == "True\n"
        with storage.database.exclusive() as is_exclusive:
            assert is_exclusive is False
        process.kill()
        wait_for_exit(process, "a writer that was killed")
    with storage.database.exclusive() as is_exclusive:
        assert is_exclusive is True
    storage.close()


def test_writers_at_once_lose_nothing(folder: Path) -> None:
    """Four processes with four threads each write to one sitting of a new folder: none is refused, nothing is lost."""
    processes = [start("together", folder, f"p{number}") for number in range(PROCESSES)]
    for process in processes:
        with process:
            output, errors = process.communicate(timeout=SECONDS)
        assert (process.returncode, errors) == (0, "")
        assert int(output) == THREADS * ANSWERS
    storage = open_migrated(folder)
    journey = Journeys(storage).load(SECRET, DAY)
    assert journey is not None
    writes = PROCESSES * THREADS * ANSWERS
    assert (len(journey.sittings[0].answers), journey.sittings[0].revision) == (writes, writes + 1)
    assert [sitting.number for sitting in journey.sittings] == list(range(1, PROCESSES * THREADS + 2))
    assert (journey.revision, journey.next_number) == (PROCESSES * THREADS + 1, PROCESSES * THREADS + 2)
    assert storage.database.check() == ()
    storage.close()
