"""How long the pages of somebody with sixty sittings take: all under one content, and under six contents.

It counts the time of the processor, so that other programs at work do not count.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Final

from rich.console import Console
from rich.table import Table

from engine.assessment.responses import RawResponses
from engine.content.pack import Pack
from engine.loading.library import load_snapshot
from tests.clients.site import Site, cached_content, example, secret_of
from tests.factories.random_packs import random_answer
from web.crypto.private_link import Secret
from web.journeys.journey import Journeys
from web.journeys.sitting import Sitting, finish
from web.server.startup import freeze_objects
from web.storage import Content

SITTINGS: Final = 60
CONTENTS: Final = 6
ROUNDS: Final = 15
PATHS: Final = (
    "/plans",
    "/timeline?show=1",
    f"/plan/{SITTINGS - 3}",
    "/plan/1",
    "/compare/1/57?show=1",
    "/compare/58/59?show=1",
    "/quiz/57/check",
)


def main() -> int:
    table = Table(
        "page",
        *(f"{name}: {statistic}" for name in ("one content", "six") for statistic in ("first", "median", "slowest")),
    )
    columns = [_measured(count) for count in (1, CONTENTS)]
    for path in PATHS:
        times = [f"{second * 1000:.0f} ms" for column in columns for second in column[path]]
        table.add_row(path, *times)
    Console(width=140).print(table)
    return 0


def _measured(contents: int) -> dict[str, tuple[float, float, float]]:
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder) / "kept")
        site.clock.advance(days=-7 * SITTINGS)
        person = site.person()
        person.start()
        person.walk(example("first-weeks"))
        person.finish()
        secret = secret_of(person)
        _fill(site, secret, contents)
        site.clock.advance(days=7 * SITTINGS)
        second_person = site.person()
        second_person.send(second_person.get(f"/open/{secret.code}").form("/open"))
        freeze_objects()
        times_by_path = {}
        for path in PATHS:
            times = []
            for _ in range(ROUNDS):
                before = time.process_time()
                second_person.get(path)
                times.append(time.process_time() - before)
            times_by_path[path] = (times[0], statistics.median(times), max(times[1:]))
        site.storage.close()
        return times_by_path


def _fill(site: Site, secret: Secret, contents: int) -> None:
    """More sittings, as if they had been taken week by week."""
    journeys, random = Journeys(site.storage), Random(1)
    packs = [_reworded(index) for index in range(contents)]
    for index in range(1, SITTINGS):
        pack = packs[index * contents // SITTINGS]
        name = "check-in" if index % 4 else "breakup"
        taken_on = site.clock.today() + timedelta(days=7 * index)
        added = journeys.add(secret, name, Content(pack.content_digest, pack.snapshot), taken_on)
        items = [item.model_dump(exclude_none=True) for item in pack.forms[name].items]
        answers = {item["id"]: random_answer(random, item) for item in items if item["id"] != "partner_name"}
        full = {"since_last_time": ("nothing",), "self_harm_thoughts": "no", "afraid": "never"}
        answers |= {item: value for item, value in full.items() if item in answers}
        journeys.change(secret, added.id, _finished(answers, taken_on))


def _finished(answers: RawResponses, taken_on: date) -> Callable[[Sitting], Sitting]:
    return lambda sitting: finish(replace(sitting, asked=frozenset(answers)), answers, taken_on)


def _reworded(index: int) -> Pack:
    """The shipped content with another word in it."""
    pack = cached_content(None).library.packs["breakup"]
    if not index:
        return pack
    return load_snapshot(pack.snapshot.replace("I slept well enough", f"I slept well enough ({index})"))


if __name__ == "__main__":
    sys.exit(main())
