"""The rooms of the house: who may import whom, and which door each library comes in by."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ENGINE = ROOT / "engine"
MOST_LINES = 320
MOST_LINES_OF_A_FUNCTION = 50

# Each module imports only earlier ones. A new module needs a place here, and in engine/README.md.
ORDER = [
    "errors",
    "content.base",
    "loading.yaml",
    "content.conditions",
    "content.questionnaire",
    "content.steps",
    "content.rules",
    "content.placeholders",
    "content.pack",
    "assessment.scoring",
    "assessment.evaluator",
    "loading.parsing",
    "loading.checks.problems",
    "loading.checks.conditions",
    "loading.checks.scales",
    "loading.checks.placeholders",
    "loading.checks.references",
    "loading.assembly",
    "loading.library",
    "loading.help_services",
    "report.help_lines",
    "assessment.responses",
    "assessment.rules_engine.encoding",
    "assessment.rules_engine.compiler",
    "assessment.trace",
    "assessment.rules_engine.counters",
    "assessment.rules_engine.durable",
    "assessment.inference",
    "assessment.ordering",
    "assessment.effects",
    "assessment.plan",
    "assessment.pipeline",
    "loading.checks.rule_examples",
    "answers.answers_file",
    "answers.interview",
    "simulation.population",
    "simulation.population_checks",
    "simulation.sampling",
    "simulation.completion_time",
    "what_if.better_answers",
    "comparison.counterfactuals",
    "comparison.attribution",
    "comparison.changes",
    "comparison.timeline",
    "what_if.search",
    "report.wording",
    "report.repetition",
    "report.reasons",
    "report.steps",
    "report.help_section",
    "report.plan",
    "what_if.report",
    "report.weeks",
    "comparison.scales",
    "comparison.report",
    "comparison.timeline_report",
    "report.explanation",
    "simulation.statistics",
    "rendering.hooks",
    "rendering.render",
    "rendering.pdf_data",
    "rendering.pdf",
    "rendering.calendar",
    "simulation.word_count",
    "simulation.run",
    "cli.options",
    "cli.report",
    "cli.services",
]
PACKAGES = {
    str(path.parent.relative_to(ENGINE)).replace("/", ".")
    for path in ENGINE.rglob("__init__.py")
    if path.parent != ENGINE
}

# Where a request may be known: everything else of the web is plain functions.
FLASK = {
    "web.app",
    "web.views.comparison",
    "web.http.layout",
    "web.views.home",
    "web.views.help",
    "web.views.private_link",
    "web.http.logs",
    "web.views.information",
    "web.views.downloads",
    "web.views.plan",
    "web.views.quiz",
    "web.http.error_pages",
    "web.views.history",
    "web.http.security",
    "web.cli.serve",
    "web.server.serving",
    "web.http.session",
    "web.server.health",
}

# One door for each library.
DOORS = {
    "yaml": {"engine.loading.yaml"},
    "typst": {"engine.rendering.pdf"},
    "icalendar": {"engine.rendering.calendar"},
    "durable_rules_engine": {"engine.assessment.rules_engine.durable"},
    "durable": set(),
    "jinja2": {"engine.rendering.render", "web.app"},
    "markupsafe": {"engine.rendering.render", "web.views.comparison", "web.views.plan"},
    "click": {
        "engine.cli.options",
        "engine.cli.report",
        "engine.cli.services",
        "web.cli.main",
        "web.cli.take",
        "web.cli.database",
        "web.cli.doctor",
        "web.cli.serve",
        "web.cli.simulate",
    },
    "rich": {"web.cli.terminal.screen", "web.cli.simulate"},
    "flask": FLASK,
    "flask_limiter": {"web.http.security", "web.http.error_pages"},
    "flask_wtf": {"web.http.security", "web.http.error_pages"},
    "segno": {"web.views.private_link"},
    "waitress": {"web.server.serving", "web.server.channels"},
    "werkzeug": FLASK,
    "sqlalchemy": {"web.storage", "web.storage.migrations"},
    "alembic": {"web.storage.migrations"},
    "prometheus_client": {"web.server.metrics"},
    "psycopg": set(),  # SQLAlchemy finds it
    "cryptography": {"web.crypto.server_key", "web.crypto.private_link", "web.crypto.encrypted_body"},
    "mnemonic": {"web.crypto.private_link"},
}

# What would be a hidden input: the same content, answers and day give the same bytes.
# Chance is one as well, but for a generator that is told its seed.
SEEDED = "simulation.sampling"
HIDDEN = {"random", "secrets", "time", "socket", "uuid", "urllib", "locale", "getpass", "tempfile"}
CLOCKS = {"now", "utcnow", "fromtimestamp", "environ", "getenv"}
DATES = {"date", "datetime"}


@cache
def modules(package: str) -> dict[str, ast.Module]:
    """Every module of a package by its dotted name."""
    found = {}
    for path in sorted((ROOT / package).rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        found[name] = ast.parse(path.read_text(encoding="utf-8"))
    return found


@cache
def imports(tree: ast.Module) -> tuple[str, ...]:
    """Every imported module, also inside functions."""
    found: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name their package"
            found.append(node.module or "")
    return tuple(found)


def own(name: str) -> str | None:
    """The engine module a dotted name means."""
    return name.removeprefix("engine.") if name.removeprefix("engine.") in ORDER else None


def test_every_engine_module_has_a_place() -> None:
    """The declared order names exactly the modules that exist, in engine/README.md as well."""
    existing = {name.removeprefix("engine.") for name in modules("engine")} - PACKAGES - {"engine"}
    assert existing == set(ORDER)
    readme = (ENGINE / "README.md").read_text(encoding="utf-8")
    table = [line.split("`")[1] for line in readme.splitlines() if line.startswith("| `")]
    assert table == ORDER


@pytest.mark.parametrize("name", ORDER)
def test_modules_import_only_earlier_ones(name: str) -> None:
    """No module of the engine imports one that comes later, nor anything of the web."""
    tree = ast.parse(
        ENGINE.joinpath(*f"{name}.py".replace(".", "/", name.count(".")).split("/")).read_text(encoding="utf-8")
    )
    earlier = set(ORDER[: ORDER.index(name)])
    for imported in imports(tree):
        assert not imported.startswith(("web", "tests")), imported
        if (module := own(imported)) is not None:
            assert module in earlier, f"{name} imports {module}"


@pytest.mark.parametrize(("library", "doors"), DOORS.items())
def test_one_door_per_library(library: str, doors: set[str]) -> None:
    """A third-party library is imported in its door and nowhere else."""
    for name, tree in {**modules("engine"), **modules("web")}.items():
        if any(imported.split(".")[0] == library for imported in imports(tree)):
            assert any(f"{name}.".startswith(f"{door}.") for door in doors), f"{name} imports {library}"


@pytest.mark.parametrize("name", ORDER)
def test_no_hidden_inputs(name: str) -> None:
    """The engine reads no clock, no environment and no randomness. (What a report calls `today` is an action.)"""
    tree = ast.parse(
        ENGINE.joinpath(*f"{name}.py".replace(".", "/", name.count(".")).split("/")).read_text(encoding="utf-8")
    )
    allowed = {"random"} if name == SEEDED else set()
    assert not {imported.split(".")[0] for imported in imports(tree)} & (HIDDEN - allowed)
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert not attributes & CLOCKS
    asked = [node.value for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "today"]
    assert not {ast.unparse(one).split(".")[-1] for one in asked} & DATES


def test_chance_has_a_seed() -> None:
    """The module that may draw knows nothing of ``random`` but the generator, and always tells it a seed."""
    tree = ast.parse(
        ENGINE.joinpath(*f"{SEEDED}.py".replace(".", "/", SEEDED.count(".")).split("/")).read_text(encoding="utf-8")
    )
    assert not [alias for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    known = [
        (alias.name, alias.asname)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "random"
        for alias in node.names
    ]
    assert known == [("Random", None)]
    made = {
        id(node.func): node.args
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    uses = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == "Random"]
    annotations = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for node in (function.returns, *(one.annotation for one in function.args.args))
    }
    generators = [made.get(id(node)) for node in uses if id(node) not in annotations]
    assert generators
    assert all(generators), "a generator without a seed"


@pytest.mark.parametrize("name", ORDER)
def test_nothing_of_one_pack_is_wired_in(name: str) -> None:
    """No constant or name in the engine speaks of breakups, of eleven steps, or of him or her."""
    tree = ast.parse(
        ENGINE.joinpath(*f"{name}.py".replace(".", "/", name.count(".")).split("/")).read_text(encoding="utf-8")
    )
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    constants = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in prose]
    words = {word for text in constants if isinstance(text, str) for word in text.lower().split()}
    words |= {node.id.lower() for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert not words & {"breakup", "ex", "eleven", "he", "she", "him", "her", "partner", "contact", "safety_first"}
    assert 11 not in constants


def test_one_place_reads_the_clock() -> None:
    """Of the web, one module asks which day it is; all others are told, or ask the clock they were given."""
    asking = {
        name
        for name, tree in modules("web").items()
        if {
            node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and not ast.unparse(node.value).endswith("clock")
        }
        & (CLOCKS - {"environ", "getenv"})
    }
    assert asking == {"web.clock"}


def test_content_folders_hold_no_python() -> None:
    """Questionnaires and rules are for authors: YAML and words only."""
    for folder in ("questionnaires", "rules"):
        assert not [path for path in (ROOT / folder).rglob("*") if path.suffix in {".py", ".pyc"}]


@pytest.mark.parametrize("package", ["engine", "web"])
def test_modules_and_functions_stay_readable(package: str) -> None:
    """Modules stay near 300 lines and functions near 40."""
    for name, tree in modules(package).items():
        path = ROOT.joinpath(*name.split("."))
        path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        lines = len(path.read_text(encoding="utf-8").splitlines())
        assert lines <= MOST_LINES, f"{name} has {lines} lines"
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno
                assert length <= MOST_LINES_OF_A_FUNCTION, f"{name}.{node.name} has {length} lines"
