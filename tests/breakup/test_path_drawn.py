"""The pictures of two hundred people's plans agree with the plans."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from engine.rendering.render import render
from tests.breakup.simulated_people import simulated_person

PEOPLE: Final = 200
WORDS: Final = {"start_here": "Start here", "focus": "Focus", "steady": "Steady", "light": "Light"}


def test_stones_are_the_emphases_of_a_plan() -> None:
    """The classes of stones in picture and path, and the words beside them, are the plan's emphases."""
    drawn = 0
    for number in range(PEOPLE):
        report = simulated_person(number).report
        html = render(report, "html")
        emphases = [step.emphasis for step in report.path if step.place != "not_now"]
        path = "".join(re.findall(r'<ol class="path".*?</ol>', html, re.DOTALL))
        rows = re.findall(r'<li class="(\w+)" value="\d+">', path)
        assert rows == (emphases[: len(rows)] if report.short else emphases), number
        assert re.findall(r'<span class="emphasis">([^<]*)', path) == [WORDS[emphasis] for emphasis in rows], number
        picture = re.search(r'<a class="band".*?</a>', html, re.DOTALL)
        if picture is not None:
            drawn += 1
            stones = Counter(re.findall(r'<g class="(\w+)">', picture[0]))
            stones.pop("not_now", None)
            assert stones == Counter(emphases), number
    assert drawn > PEOPLE / 4
