"""Pages and forms inside one process: processor time, as multiples of ``/healthz`` and of the floor.

``/healthz`` is that of an earlier commit, which a second process runs from ``git archive``. The floor is the Flask of
``served.py``: one template rendered and one row written with ``synchronous=FULL``, in two requests. Every round measures each of them
once, in an order of its own; the least of all rounds counts, as other programs only ever add to it.
"""

from __future__ import annotations

import argparse
import gc
import io
import os
import random
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from tests.benchmarks.served import FOLDER, bare
from tests.clients.person import Fields, Person
from tests.clients.site import Site, example
from tests.paths import ROOT
from tests.servers.waiting import read_chunk

BASE: Final = "ba1fecb"
HEALTH: Final = "/healthz"
PAGES: Final = {
    "/": None,
    "/help?country=uk": None,
    "/quiz/1/you_two": 5.0,
    "/quiz/1/space": 5.0,
    "/quiz/1/check": 5.0,
    "/plan/1": 14.0,
    "/plan/1/weeks": 8.0,
    "/plan/1/what-if": 18.0,
    "/plans": None,
    "/timeline": None,
}
"""Addresses, each with the highest multiple of ``/healthz`` that it may take; None: there is no target."""
FORM_PAGE: Final = "/quiz/1/space"
CHANGED_ITEM: Final = "checking"
FORMS: Final = {"a page of answers": 2.0, "saving while answering": 1.5}
"""What writes, each with the highest multiple of the floor."""
BASE_PROGRAM: Final = """
import sys, tempfile, time
from pathlib import Path
from tests.web.house import House
client = House(Path(tempfile.mkdtemp()) / "data").app.test_client()
for line in sys.stdin:
    before = time.process_time()
    for _ in range(int(line)):
        client.get("/healthz")
    print((time.process_time() - before) / int(line), flush=True)
"""
Measure = Callable[[int], float]
"""Seconds of processor time of one request, measured over so many requests."""


def main() -> None:
    options = _arguments()
    with tempfile.TemporaryDirectory() as folder, _base_health(options.base, Path(folder) / "base") as base:
        measures = {"base": base, **_floor(Path(folder)), **_heartwork(Path(folder) / "data")}
        gc.collect()
        gc.freeze()  # as a server does before its first request
        seconds: dict[str, list[float]] = {name: [] for name in measures}
        for turn in range(options.rounds + 1):
            for name in random.Random(turn).sample(list(measures), len(measures)):
                measured = measures[name](options.requests)
                if turn > 0:  # the first round warms up
                    seconds[name].append(measured)
    _show({name: min(values) for name, values in seconds.items()})


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=40, help="requests of each kind in a round")
    parser.add_argument("--base", default=BASE, help="the commit whose /healthz is the unit; %(default)s by default")
    return parser.parse_args()


@contextmanager
def _base_health(commit: str, folder: Path) -> Iterator[Measure]:
    """The measure of ``/healthz`` at a commit whose tests have the class ``House``."""
    command = ["git", "archive", commit]
    archive = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=60).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(folder, filter="data")
    program = [sys.executable, "-c", BASE_PROGRAM]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    with subprocess.Popen(
        program, cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        requests, results = process.stdin, process.stdout

        def measure(count: int) -> float:
            print(count, file=requests, flush=True)
            return float(read_chunk(results.fileno(), f"/healthz of {commit}", seconds=120))

        yield measure
        requests.close()


def _floor(folder: Path) -> dict[str, Measure]:
    """The two requests of the bare Flask: one renders a template, one writes a row."""
    os.environ[FOLDER] = str(folder)
    client = bare().test_client()

    def render() -> None:
        assert client.get("/").status_code == 200

    def write() -> None:
        assert client.post("/", data={"item-1": "x" * 500}).status_code == 303

    return {"template": _repeated(render), "row": _repeated(write)}


def _heartwork(folder: Path) -> dict[str, Measure]:
    """The measures of all pages and forms, for one person with a plan and another who still answers."""
    site = Site(folder)
    answers = example("first-weeks")
    reader, writer = (_started(site) for _ in range(2))
    reader.walk(answers)
    reader.finish()
    writer.walk(answers)
    return {
        **{path: _repeated(lambda path=path: _get(reader, path)) for path in (HEALTH, *PAGES)},  # type: ignore[misc]
        "a page of answers": _submitted(writer, FORM_PAGE, {}),
        "saving while answering": _submitted(writer, f"{FORM_PAGE}/save", {"changed": [CHANGED_ITEM]}),
    }


def _started(site: Site) -> Person:
    person = site.person()
    person.start()
    return person


def _get(person: Person, path: str) -> None:
    assert person.client.get(path).status == 200, path


def _submitted(person: Person, action: str, more: Fields) -> Measure:
    """Forms with one changed answer each. That the page is read again before each is not counted."""
    answers = cycle(("1", "3"))

    def measure(count: int) -> float:
        taken = 0.0
        for _ in range(count):
            person.get(FORM_PAGE)
            form = person.questions
            assert form is not None
            fields = person.filled_fields(form, {CHANGED_ITEM: next(answers)}) | more
            before = time.process_time()
            status = person.client.post(action, fields).status
            taken += time.process_time() - before
            assert status in {200, 303}, status
        return taken / count

    return measure


def _repeated(request: Callable[[], None]) -> Measure:
    def measure(count: int) -> float:
        before = time.process_time()
        for _ in range(count):
            request()
        return (time.process_time() - before) / count

    return measure


def _show(seconds: dict[str, float]) -> None:
    floor = seconds["template"] + seconds["row"]
    for title, unit, targets in (
        (f"/healthz of then = {1000 * seconds['base']:.2f} ms", seconds["base"], {HEALTH: None} | PAGES),
        (f"the floor = {1000 * floor:.2f} ms", floor, {"template": None, "row": None} | FORMS),
    ):
        table = Table("processor time", "ms", title, "target")
        for name, target in targets.items():
            measured = seconds[name]
            table.add_row(name, f"{1000 * measured:.2f}", f"{measured / unit:.1f}", f"{target:.1f}" if target else "")
        Console().print(table)


if __name__ == "__main__":
    main()
