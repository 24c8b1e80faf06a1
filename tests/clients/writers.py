"""Processes that write continuously, for ``test_durability``: one is killed, or many write at once.

``python -m tests.clients.writers killed FOLDER ROUNDS SEED`` and ``python -m tests.clients.writers together FOLDER NAME``;
``… alone FOLDER`` holds the lock that only one process can have, until it is killed.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path
from random import Random
from typing import Final

from tests.factories.sample_journey import CONTENT, DAY, SECRET
from tests.servers.waiting import SECONDS, read_chunk, run_at_once
from web.crypto.private_link import Secret
from web.journeys.journey import Journeys
from web.journeys.sitting import Sitting
from web.server.startup import open_migrated
from web.storage import AlreadyExistsError

PEOPLE: Final = [Secret(bytes([number]) * 16) for number in range(8)]
SLOTS: Final = 7
PROCESSES: Final = 4
THREADS: Final = 4
ANSWERS: Final = 8


def temporary_secret(number: int) -> Secret:
    """The secret of a journey that is created and deleted."""
    return Secret(number.to_bytes(16, "big"))


# Killed in the middle


def write_until_killed(folder: Path, round_number: int, acknowledge: int) -> None:
    """Send pages for eight people, and create and delete journeys; acknowledge each success by a line in a pipe."""
    storage = open_migrated(folder)
    journeys = Journeys(storage)

    def person(number: int) -> None:
        journey = journeys.load(PEOPLE[number], DAY)
        assert journey is not None
        name = journey.sittings[0].id
        for page in count(journey.sittings[0].answers.get("last", 0) + 1):
            journeys.change(PEOPLE[number], name, with_page(page))
            os.write(acknowledge, f"page {number} {page}\n".encode())

    def passer() -> None:
        for number in count(round_number * 1_000_000 + 1):
            journeys.start(temporary_secret(number), "breakup", CONTENT, DAY)
            os.write(acknowledge, f"started {number} 0\n".encode())
            if number % 2:
                storage.delete_journey(temporary_secret(number), DAY)
                os.write(acknowledge, f"deleted {number} 0\n".encode())

    for number in range(len(PEOPLE)):
        threading.Thread(target=person, args=(number,)).start()
    threading.Thread(target=passer).start()


def with_answers(answers: dict[str, int]) -> Callable[[Sitting], Sitting]:
    return lambda sitting: replace(sitting, answers={**sitting.answers, **answers})


def with_page(page: int) -> Callable[[Sitting], Sitting]:
    return with_answers({"last": page, f"slot{page % SLOTS}": page})


def kill_writer(folder: Path, round_number: int, chance: Random) -> list[list[str]]:
    """Let a process write, kill it after some acknowledgements, and return all of them."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        write_until_killed(folder, round_number, writer)
        threading.Event().wait(SECONDS)
        os._exit(1)  # the kill is overdue
    os.close(writer)
    raw = b""
    lines_before_kill = chance.randrange(1, 40)
    while raw.count(b"\n") < lines_before_kill:
        chunk = read_chunk(reader, "an acknowledgement", size=1)
        assert chunk, "the writer ended before it was killed"
        raw += chunk
    select.select([], [], [], chance.random() / 500)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    while chunk := read_chunk(reader, "the end of a killed writer"):
        raw += chunk
    os.close(reader)
    return [line.split() for line in raw.decode().split("\n")[:-1]]


def check_database(folder: Path, lines: list[list[str]], last: list[int]) -> None:
    """Assert that the database is consistent and has everything that was acknowledged."""
    storage = open_migrated(folder)
    journeys = Journeys(storage)
    assert storage.database.check() == ()
    for number, secret in enumerate(PEOPLE):
        journey = journeys.load(secret, DAY)
        assert journey is not None
        answers = journey.sittings[0].answers
        acknowledged = max(
            (int(page) for kind, writer, page in lines if (kind, writer) == ("page", str(number))), default=0
        )
        last_page = answers.get("last", 0)
        assert last_page in {max(acknowledged, last[number]), max(acknowledged, last[number]) + 1}
        for slot in range(SLOTS):
            expected = max(
                (page for page in range(max(1, last_page - SLOTS + 1), last_page + 1) if page % SLOTS == slot),
                default=None,
            )
            assert answers.get(f"slot{slot}") == expected
        last[number] = last_page
    deleted = {number for kind, number, _ in lines if kind == "deleted"}
    started = {number for kind, number, _ in lines if kind == "started"} - deleted
    assert all(journeys.load(temporary_secret(int(number)), DAY) is None for number in deleted)
    missing = [number for number in started if journeys.load(temporary_secret(int(number)), DAY) is None]
    assert all(int(number) % 2 for number in missing)  # it was being deleted when the process was killed
    assert len(missing) <= 1
    storage.close()


def run_killed_writers(folder: Path, rounds: int, seed: int) -> None:
    storage = open_migrated(folder)
    for secret in PEOPLE:
        Journeys(storage).start(secret, "breakup", CONTENT, DAY)
    storage.close()
    chance = Random(seed)
    last = [0] * len(PEOPLE)
    acknowledged = 0
    for round_number in range(rounds):
        lines = kill_writer(folder, round_number, chance)
        acknowledged += len(lines)
        check_database(folder, lines, last)
    print(acknowledged, sum(last))


# Many at once


def write_concurrently(folder: Path, name: str) -> None:
    """Open a folder that other processes have open, and answer items of the same sitting, each item once."""
    storage = open_migrated(folder)
    journeys = Journeys(storage)
    with suppress(AlreadyExistsError):
        journeys.start(SECRET, "breakup", CONTENT, DAY)
    journey = journeys.load(SECRET, DAY)
    assert journey is not None
    sitting = journey.sittings[0].id
    done: list[int] = []

    def answer_as(thread: int) -> None:
        for number in range(ANSWERS):
            journeys.change(SECRET, sitting, with_answers({f"{name}-{thread}-{number}": number}))
            journeys.load(SECRET, DAY)
            journeys.add(SECRET, f"{name}-{thread}", CONTENT, DAY)
            done.append(number)

    run_at_once([partial(answer_as, number) for number in range(THREADS)], "all answers of one process")
    storage.close()
    print(len(done))


if __name__ == "__main__":
    if sys.argv[1] == "killed":
        run_killed_writers(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
    elif sys.argv[1] == "alone":
        with open_migrated(Path(sys.argv[2])).database.exclusive() as mine:
            print(mine, flush=True)
            threading.Event().wait(SECONDS)
    else:
        write_concurrently(Path(sys.argv[2]), sys.argv[3])
