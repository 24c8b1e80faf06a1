"""Record the reports of simulated people. It runs as a script with the Python of the checkout.

It finds modules and functions by the names in ``PLACES``. If a name has changed, add the new one there; if a signature has
changed, adapt the one method of ``Engine`` that calls the function.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
import io
import json
import pkgutil
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

SEED: Final = 1
QUESTIONNAIRE: Final = "breakup"
CHECK_IN: Final = "check-in"
LATER: Final = timedelta(days=28)
"""The time between the first and the second of two sittings."""

# The possible places of each function or class, as "module:name", the old place first. If none of these modules has it,
# all modules of the engine are searched for its names.
PLACES: Final[dict[str, tuple[str, ...]]] = {
    "load_library": ("engine.library:load_library", "engine.loading.library:load_library"),
    "load_services": ("engine.services:load_services", "engine.loading.help_services:load_services"),
    "population_file": (
        "engine.population_checks:population_of",
        "engine.simulation.population_checks:population_path",
    ),
    "read_population": ("engine.population_checks:read_population", "engine.simulation.population:read_population"),
    "draw": ("engine.persons:draw", "engine.simulation.sampling:draw", "engine.simulation.sampling:sample_person"),
    "assess": ("engine.assessment:assess", "engine.assessment.pipeline:assess"),
    "build_report": ("engine.report:build_report", "engine.report.plan:build_report"),
    "report_lines": ("engine.helplines:report_lines", "engine.report.help_lines:report_lines"),
    "Kept": ("engine.step_report:Kept", "engine.report.actions:ActionPreferences"),
    "render": ("engine.rendering:render", "engine.rendering.render:render"),
    "page": ("engine.rendering:page", "engine.rendering.render:page", "engine.rendering.render:html_document"),
    "explanation": (
        "engine.explanation:explanation",
        "engine.report.explanation:explanation",
        "engine.report.explanation:explain",
    ),
    "explain_step": ("engine.explanation:explain_step", "engine.report.explanation:explain_step"),
    "render_explanation": ("engine.rendering:render_explanation", "engine.rendering.render:render_explanation"),
    "find_what_ifs": ("engine.what_if:find_what_ifs", "engine.what_if.search:find_what_ifs"),
    "build_what_if_report": (
        "engine.what_if_report:build_what_if_report",
        "engine.what_if.report:build_what_if_report",
    ),
    "build_weeks": ("engine.weeks:build_weeks", "engine.report.weeks:build_weeks"),
    "calendar": (
        "engine.calendar_file:calendar",
        "engine.rendering.calendar:calendar",
        "engine.rendering.calendar:calendar_file",
    ),
    "pdf": ("engine.pdf:printed", "engine.rendering.pdf:printed", "engine.rendering.pdf:plan_pdf"),
    "compare": ("engine.comparison:compare", "engine.comparison.changes:compare"),
    "build_comparison_report": (
        "engine.comparison_report:build_comparison_report",
        "engine.comparison.report:build_comparison_report",
    ),
    "score_sitting": (
        "engine.timeline:look_at",
        "engine.comparison.timeline:look_at",
        "engine.comparison.timeline:score_sitting",
    ),
    "build_timeline_report": (
        "engine.timeline_report:build_timeline_report",
        "engine.comparison.timeline_report:build_timeline_report",
    ),
    "answers_text": ("engine.answers:answers_text", "engine.answers.answers_file:answers_text"),
    "export_text": ("engine.answers:export_text", "engine.answers.answers_file:export_text"),
}

CHECK_INS: Final[tuple[dict[str, Any], ...]] = (
    {"sleep": 3, "day": 3, "thoughts": 3, "settle": 3, "since_last_time": ["nothing"]},
    {"sleep": 1, "day": 1, "thoughts": 0, "settle": 1, "self_harm_thoughts": "no", "since_last_time": ["frightened"]},
    {"unanswered": "four_plus", "checking": 3, "urge_acted": 3, "asking": 2, "since_last_time": ["told_to_stop"]},
    {
        "self_harm_thoughts": None,
        "unanswered": "none",
        "checking": 0,
        "urge_acted": 0,
        "asking": 0,
        "since_last_time": None,
    },
)


@cache
def find(name: str) -> Any:
    """The function or class that ``PLACES`` lists under this name.

    Raises:
        LookupError: none of its places has it, and no other module or several others have its names.
    """
    places = [place.split(":") for place in PLACES[name]]
    for module_name, attribute in places:
        try:
            module = importlib.import_module(module_name)
        except ModuleNotFoundError:
            continue
        value = getattr(module, attribute, None)
        if value is not None and not inspect.ismodule(value):
            return value
    attributes = {attribute for _, attribute in places}
    definitions = [value for value in _definitions() if value.__name__ in attributes]
    if len(definitions) != 1:
        message = f"{name} is in none of {PLACES[name]}, and {len(definitions)} times elsewhere: add it to PLACES"
        raise LookupError(message)
    return definitions[0]


@cache
def _definitions() -> tuple[Any, ...]:
    """All functions and classes of the engine, each from the module that defines it."""
    engine = importlib.import_module("engine")
    modules = [importlib.import_module(info.name) for info in pkgutil.walk_packages(engine.__path__, "engine.")]
    return tuple(
        value
        for module in modules
        for value in vars(module).values()
        if (inspect.isfunction(value) or inspect.isclass(value)) and value.__module__ == module.__name__
    )


class Engine:
    """The engine of this checkout, with one method for each call, so that a changed signature is adapted in one place."""

    def __init__(self) -> None:
        library = find("load_library")(None)
        self.pack, _ = library.forms[QUESTIONNAIRE]
        self.services = find("load_services")(None)
        self.population, _ = find("read_population")(find("population_file")(QUESTIONNAIRE, None), library, None)
        self.taken_on: date = self.population.taken_on
        self.countries: list[str | None] = [None, *(country.id for country in self.services.countries)]

    def answers(self, number: int) -> dict[str, Any]:
        drawn: dict[str, Any] = find("draw")(self.population, SEED, number)
        return drawn

    def assess(self, answers: dict[str, Any], as_of: date, questionnaire: str = QUESTIONNAIRE) -> Any:
        return find("assess")(self.pack, questionnaire, answers, as_of)

    def report(self, assessment: Any, check_in: Any = None, country: str | None = None, kept: Any = None) -> Any:
        lines = find("report_lines")(self.services, country, assessment.provenance.as_of)
        return find("build_report")(assessment, check_in, lines, *([kept] if kept is not None else []))

    def what_ifs(self, assessment: Any, check_in: Any = None, most: int | None = 3) -> Any:
        return find("build_what_if_report")(find("find_what_ifs")(assessment, check_in, most=most), assessment)

    def pdf(self, assessment: Any, country: str | None) -> bytes:
        lines = find("report_lines")(self.services, country, assessment.provenance.as_of)
        made: bytes = find("pdf")(assessment, None, lines)
        return made

    def comparison(self, before: Any, after: Any, *, everything: bool) -> Any:
        return find("build_comparison_report")(find("compare")(before, after), before, after, everything=everything)

    def timeline(self, sittings: list[tuple[str, dict[str, Any], date]]) -> Any:
        return find("build_timeline_report")([find("score_sitting")(self.pack, *sitting) for sitting in sittings])

    def answers_file(self, answers: dict[str, Any]) -> str:
        text: str = find("answers_text")(self.pack, QUESTIONNAIRE, self.taken_on, answers)
        return text

    def export(self, answers: dict[str, Any]) -> str:
        text: str = find("export_text")(self.pack, QUESTIONNAIRE, self.taken_on, answers)
        return text


Outputs = Iterator[tuple[str, str | bytes]]


def person_outputs(engine: Engine, number: int) -> Outputs:
    """All outputs for one person, as file names with their contents."""
    answers = engine.answers(number)
    assessment = engine.assess(answers, engine.taken_on)
    country = engine.countries[number % len(engine.countries)]
    yield "answers.json", json.dumps(answers, ensure_ascii=False, indent=1) + "\n"
    yield "answers.yaml", engine.answers_file(answers)
    yield from plan_outputs(engine, assessment, country)
    yield from explanations(engine, assessment, number)
    if number < 10:
        yield "plan.pdf.txt", pdf_as_text(engine.pdf(assessment, country))
    if number < 3:
        yield "export.json", engine.export(answers)
    if number % 10 == 0:
        yield from rendered("what-ifs-all", engine.what_ifs(assessment, most=None), "json")
    if number < 40:
        yield from with_check_in(engine, assessment, number)
    if number < 20:
        yield from with_preferences(engine, assessment)
        yield from over_time(engine, number)
    if number < 100:
        yield from compared_with_next(engine, assessment, number)


def plan_outputs(engine: Engine, assessment: Any, country: str | None) -> Outputs:
    """The plan in all formats, its what-ifs and its weeks."""
    yield from rendered("report", engine.report(assessment, None, country), "text", "md", "html", "json")
    yield from rendered("what-ifs", engine.what_ifs(assessment), "text", "json")
    yield from rendered("weeks", find("build_weeks")(assessment), "text", "json")
    yield "week.ics", find("calendar")(assessment) or b"(no calendar)\n"


def explanations(engine: Engine, assessment: Any, number: int) -> Outputs:
    """The explanations of the plan, with and without sensitive answers, and of one step."""
    step = engine.pack.steps[number % len(engine.pack.steps)].id
    for name, sensitive in (("explanation", False), ("explanation-sensitive", True)):
        whole = find("explanation")(assessment, show_sensitive=sensitive)
        yield f"{name}.txt", find("render_explanation")(whole)
        single = find("explain_step")(assessment, step, show_sensitive=sensitive)
        yield f"{name}-step.txt", find("render_explanation")(single)


def with_check_in(engine: Engine, assessment: Any, number: int) -> Outputs:
    """The plan with a check-in a week later."""
    answers = CHECK_INS[number % len(CHECK_INS)]
    check_in = engine.assess(answers, engine.taken_on + timedelta(days=7), CHECK_IN)
    yield from rendered("report-with-check-in", engine.report(assessment, check_in), "text", "json")
    yield from rendered("what-ifs-with-check-in", engine.what_ifs(assessment, check_in), "json")
    yield from rendered("weeks-with-check-in", find("build_weeks")(assessment, check_in), "json")
    yield "explanation-check-in.txt", find("render_explanation")(find("explanation")(check_in))


def with_preferences(engine: Engine, assessment: Any) -> Outputs:
    """The plan of a person who declined the first action and has begun the last one."""
    offered = [(step.id, action.id) for step in assessment.plan.steps for action in step.actions]
    if len(offered) > 1:
        kept = find("Kept")(frozenset(offered[:1]), frozenset(offered[-1:]))
        yield from rendered("report-with-preferences", engine.report(assessment, kept=kept), "text", "json")


def over_time(engine: Engine, number: int) -> Outputs:
    """The timeline of three people and a check-in, as if they were one person."""
    check_in = CHECK_INS[number % len(CHECK_INS)]
    sittings = [
        (QUESTIONNAIRE, engine.answers(number), engine.taken_on),
        (CHECK_IN, check_in, engine.taken_on + timedelta(days=7)),
        (QUESTIONNAIRE, engine.answers(number + 1), engine.taken_on + timedelta(days=30)),
        (QUESTIONNAIRE, engine.answers(number + 2), engine.taken_on + timedelta(days=65)),
    ]
    yield from rendered("timeline", engine.timeline(sittings), "text", "md", "html", "json")


def compared_with_next(engine: Engine, assessment: Any, number: int) -> Outputs:
    """The comparison of this person with the next one, as if they were two sittings."""
    later = engine.assess(engine.answers(number + 1), engine.taken_on + LATER)
    report = engine.comparison(assessment, later, everything=False)
    yield from rendered("comparison", report, "text", "json")
    if number % 5 == 0:
        yield from rendered("comparison", report, "md", "html")
        yield from rendered("comparison-all", engine.comparison(assessment, later, everything=True), "text", "json")


def rendered(name: str, report: Any, *formats: str) -> Outputs:
    """A report in several formats; HTML as a complete document."""
    for form in formats:
        text = find("page")(report) if form == "html" else find("render")(report, form)
        yield f"{name}.{'txt' if form == 'text' else form}", text


def pdf_as_text(made: bytes) -> str:
    """The hash of a PDF, and its text, which shows the differences."""
    from pypdf import PdfReader

    pages = [page.extract_text() for page in PdfReader(io.BytesIO(made)).pages]
    return "\n--- page\n".join([f"sha256 {hashlib.sha256(made).hexdigest()[:40]}, {len(made)} bytes", *pages])


def main(folder: Path, people: int) -> None:
    """Write one folder for each person."""
    engine = Engine()
    for number in range(people):
        target = folder / f"{number:03d}"
        target.mkdir()
        for name, text in person_outputs(engine, number):
            (target / name).write_bytes(text.encode() if isinstance(text, str) else text)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
