"""How long a plan takes to become a PDF, once the first one was made. Target: 150 ms."""

from __future__ import annotations

import statistics
import sys
import time

from rich.console import Console
from rich.table import Table

from engine.assessment.pipeline import assess
from engine.loading.help_services import load_services
from engine.loading.library import load_library
from engine.rendering.calendar import calendar_file
from engine.rendering.pdf import plan_pdf
from engine.report.help_lines import report_lines
from engine.simulation.population_checks import population_path, read_population
from engine.simulation.sampling import sample_person
from tests.breakup.expected_gates import DAY

PEOPLE = 300


def main() -> int:
    library = load_library()
    population, _ = read_population(population_path("breakup"), library)
    lines = report_lines(load_services(), "uk", DAY)
    papers, calendars, sizes = [], [], []
    for number in range(PEOPLE + 1):
        answers = sample_person(population, 11, number)
        assessment = assess(library.packs["breakup"], "breakup", answers, DAY, complete=False, plain=True)
        before = time.perf_counter()
        pdf = plan_pdf(assessment, None, lines)
        between = time.perf_counter()
        calendar_file(assessment)
        papers.append(between - before)
        calendars.append(time.perf_counter() - between)
        sizes.append(len(pdf))
    table = Table("what", "first", "median", "99 of 100 within", "slowest", "target")
    for label, times, target in (("report and PDF", papers, "150 ms"), ("calendar", calendars, "")):
        rest = sorted(times[1:])
        shown_times = (times[0], statistics.median(rest), rest[PEOPLE * 99 // 100 - 1], rest[-1])
        table.add_row(label, *(f"{second * 1000:.0f} ms" for second in shown_times), target)
    Console().print(table)
    Console().print(f"{PEOPLE} people; a file has {min(sizes) // 1000} to {max(sizes) // 1000} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
