"""The layout of the code: which folder may import which, where each library is imported, and how big things may be."""

from __future__ import annotations

import ast
from functools import cache
from graphlib import TopologicalSorter
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest

from tests.paths import ROOT

ENGINE_ORDER: Final = (
    "errors",
    "content",
    "assessment",
    "loading",
    "answers",
    "report",
    "comparison",
    "what_if",
    "rendering",
    "simulation",
    "cli",
)
"""Folders and modules of ``engine``: each imports only what comes before it."""
WEB_ORDER: Final = (
    "clock",
    "settings",
    "crypto",
    "storage",
    "journeys",
    "forms",
    "app_state",
    "http",
    "views",
    "server",
    "app",
    "cli",
)
"""The same for ``web``."""
ASSESSMENT_ORDER: Final = (
    "scoring",
    "evaluator",
    "responses",
    "trace",
    "rules_engine",
    "inference",
    "ordering",
    "effects",
    "additions",
    "plan",
    "pipeline",
)
REPORT_ORDER: Final = (
    "help_lines",
    "wording",
    "remarks",
    "reasons",
    "path",
    "actions",
    "steps",
    "help_section",
    "scales",
    "plan",
    "weeks",
    "explanation",
)
ORDERS: Final = {
    "engine": ENGINE_ORDER,
    "web": WEB_ORDER,
    "engine.assessment": ASSESSMENT_ORDER,
    "engine.report": REPORT_ORDER,
}
# Modules that may know of a request; everything else in ``web`` is plain functions.
FLASK: Final = frozenset(
    {"web.app", "web.http", "web.views", "web.server.health", "web.server.serving", "web.cli.serve"}
)
WITHOUT_FLASK: Final = frozenset({"web.http.static_files"})

# Each library is imported in one place.
LIBRARIES: Final[dict[str, frozenset[str]]] = {
    "alembic": frozenset({"web.storage.migrations"}),
    "click": frozenset({"engine.cli", "web.cli"}),
    "cryptography": frozenset({"web.crypto"}),
    "durable": frozenset(),
    "durable_rules_engine": frozenset({"engine.assessment.rules_engine.durable"}),
    "flask": FLASK,
    "flask_limiter": frozenset({"web.http.security", "web.http.error_pages"}),
    "flask_wtf": frozenset({"web.http.security", "web.http.error_pages"}),
    "icalendar": frozenset({"engine.rendering.calendar"}),
    "jinja2": frozenset({"engine.rendering.bytecode", "engine.rendering.render", "web.app"}),
    "markupsafe": frozenset({"engine.rendering.render", "web.views"}),
    "mnemonic": frozenset({"web.crypto.private_link"}),
    "prometheus_client": frozenset({"web.server.metrics"}),
    "psycopg": frozenset({"web.storage.databases.postgres_connection"}),
    "rich": frozenset({"web.cli"}),
    "segno": frozenset({"web.views.private_link"}),
    "sqlalchemy": frozenset({"web.storage"}),
    "typst": frozenset({"engine.rendering.pdf"}),
    "waitress": frozenset({"web.server"}),
    "werkzeug": FLASK,
    "yaml": frozenset({"engine.loading.yaml"}),
}

# Inputs that no argument shows. The same content, answers and day give the same bytes.
HIDDEN: Final = frozenset({"random", "secrets", "time", "socket", "uuid", "urllib", "locale", "getpass", "tempfile"})
SEEDED: Final = "engine.simulation.sampling"
"""The one module that uses ``random``, always with a seed."""
CLOCKS: Final = frozenset({"now", "utcnow", "fromtimestamp"})
ENVIRONMENT: Final = frozenset({"environ", "getenv"})
DATES: Final = frozenset({"date", "datetime"})

MOST_ENTRIES: Final = 12
MOST_LINES: Final = 320
MOST_LINES_OF_A_FUNCTION: Final = 50


@cache
def modules(package: str) -> dict[str, ast.Module]:
    """Every module of a package by its dotted name."""
    trees = {}
    for path in sorted((ROOT / package).rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        trees[name] = ast.parse(path.read_text(encoding="utf-8"))
    return trees


def all_modules() -> dict[str, ast.Module]:
    return {**modules("engine"), **modules("web")}


@cache
def imports(name: str) -> frozenset[str]:
    """Every module that a module imports, also inside functions, and every name it imports from one, dotted."""
    imported: set[str] = set()
    for node in ast.walk(all_modules()[name]):
        if isinstance(node, ast.Import):
            imported.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: imports name their package"
            assert node.module is not None
            imported.add(node.module)
            imported.update(f"{node.module}.{alias.name}" for alias in node.names)
    return frozenset(imported)


def is_in(name: str, places: frozenset[str]) -> bool:
    """Whether a module is one of these, or inside one of these packages."""
    return any(f"{name}.".startswith(f"{place}.") for place in places)


def part_of(name: str, package: str) -> str | None:
    """The entry of a package that a dotted name is in; None if it is elsewhere."""
    prefix = f"{package}."
    return name.removeprefix(prefix).split(".")[0] if name.startswith(prefix) else None


def entries(folder: Path) -> set[str]:
    """What a person sees in a folder."""
    hidden = {"__init__.py", "__pycache__", "README.md", "py.typed"}
    return {path.name for path in folder.iterdir()} - hidden


@pytest.mark.parametrize("package", ORDERS)
def test_the_order_names_what_exists(package: str) -> None:
    """The declared order of a package names exactly its folders and modules."""
    existing = {name.removesuffix(".py").removesuffix(".toml") for name in entries(ROOT.joinpath(*package.split(".")))}
    assert existing - {"_content"} == set(ORDERS[package])


@pytest.mark.parametrize("package", ORDERS)
def test_imports_run_down(package: str) -> None:
    """No folder of a package imports one that comes later."""
    order = ORDERS[package]
    for name in modules(package.split(".", maxsplit=1)[0]):
        part = part_of(name, package)
        if part is None:
            continue
        earlier = set(order[: order.index(part) + 1])
        for imported in imports(name):
            other = part_of(imported, package)
            assert other is None or other in earlier, f"{name} imports {imported}"


@pytest.mark.parametrize("package", ["engine", "web"])
def test_modules_import_in_no_circle(package: str) -> None:
    """No module imports one that imports it, directly or through others, inside a folder either."""
    trees = modules(package)
    graph = {name: {imported for imported in imports(name) if imported in trees} - {name} for name in trees}
    TopologicalSorter(graph).prepare()  # raises CycleError with the circle


def test_the_engine_knows_nothing_of_the_web() -> None:
    """``web`` imports ``engine``, never the other way round; neither imports tests."""
    for name in all_modules():
        forbidden = ("web", "tests") if is_in(name, frozenset({"engine"})) else ("tests",)
        assert not [imported for imported in imports(name) if imported.split(".")[0] in forbidden], name


def test_no_view_imports_another() -> None:
    """Views share what is in ``request``, and nothing else."""
    for name in modules("web"):
        if part_of(name, "web.views") is None:
            continue
        others = {part_of(imported, "web.views") for imported in imports(name)} - {None, "request"}
        assert not others, f"{name} imports {others}"


@pytest.mark.parametrize(("library", "places"), LIBRARIES.items())
def test_one_place_for_each_library(library: str, places: frozenset[str]) -> None:
    """A third-party library is imported in its place and nowhere else."""
    for name in all_modules():
        if any(imported.split(".")[0] == library for imported in imports(name)):
            assert is_in(name, places - WITHOUT_FLASK), f"{name} imports {library}"
            assert name not in WITHOUT_FLASK or library not in {"flask", "werkzeug"}


@pytest.mark.parametrize("name", modules("engine"))
def test_the_engine_has_no_hidden_inputs(name: str) -> None:
    """The engine reads no clock, no environment and no randomness. (What a report calls `today` is an action.)"""
    allowed = {"random"} if name == SEEDED else set()
    assert not {imported.split(".")[0] for imported in imports(name)} & (HIDDEN - allowed)
    attributes = [node for node in ast.walk(modules("engine")[name]) if isinstance(node, ast.Attribute)]
    assert not {node.attr for node in attributes} & (CLOCKS | ENVIRONMENT)
    assert not {ast.unparse(node.value).split(".")[-1] for node in attributes if node.attr == "today"} & DATES


def test_random_numbers_have_a_seed() -> None:
    """The module that draws uses nothing of ``random`` but its generator, and always gives it a seed."""
    tree = modules("engine")[SEEDED]
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import)], "only the generator, by its name"
    assert {imported for imported in imports(SEEDED) if imported.split(".")[0] == "random"} == {
        "random",
        "random.Random",
    }
    calls = {
        id(node.func): node.args
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    annotations = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for node in (function.returns, *(argument.annotation for argument in function.args.args))
    }
    uses = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == "Random"]
    seeds = [calls.get(id(node)) for node in uses if id(node) not in annotations]
    assert seeds
    assert all(seeds), "a generator without a seed"


@pytest.mark.parametrize("name", modules("engine"))
def test_nothing_of_one_pack_is_wired_in(name: str) -> None:
    """No constant or name in the engine speaks of breakups, of eleven steps, or of him or her."""
    tree = modules("engine")[name]
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    constants = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in prose]
    words = {word for text in constants if isinstance(text, str) for word in text.lower().split()}
    words |= {node.id.lower() for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert not words & {"breakup", "ex", "eleven", "he", "she", "him", "her", "partner", "contact", "safety_first"}
    assert 11 not in constants


def test_one_module_reads_the_clock() -> None:
    """Of the web, one module asks which day it is; all others have a clock that tests can set."""
    asking = {
        name
        for name, tree in modules("web").items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in CLOCKS and not ast.unparse(node.value).endswith("clock")
    }
    assert asking == {"web.clock"}


def test_content_folders_hold_no_python() -> None:
    """Questionnaires and rules are for authors: YAML and words only."""
    for folder in ("questionnaires", "rules"):
        assert not [path for path in (ROOT / folder).rglob("*") if path.suffix in {".py", ".pyc"}]


def folders() -> list[Path]:
    """Every folder of the two packages, but for caches."""
    everything = (path for package in ("engine", "web") for path in (ROOT / package, *(ROOT / package).rglob("*")))
    return [path for path in everything if path.is_dir() and not {"__pycache__", "_content"} & set(path.parts)]


@pytest.mark.parametrize("folder", folders(), ids=lambda path: str(path.relative_to(ROOT)))
def test_folders_stay_small(folder: Path) -> None:
    """A folder holds at most twelve entries; a folder with modules has a README of three to eight lines."""
    if folder.name == "versions":
        return
    assert len(entries(folder)) <= MOST_ENTRIES
    if folder.parent in {ROOT / "engine", ROOT / "web"} or list(folder.glob("*.py")):
        readme = (folder / "README.md").read_text(encoding="utf-8").splitlines()
        lines = [line for line in readme if line.strip() and not line.startswith("#")]
        if folder.parent != ROOT:
            assert 3 <= len(lines) <= 8, f"{len(lines)} lines"


@pytest.mark.parametrize("name", all_modules())
def test_modules_and_functions_stay_readable(name: str) -> None:
    """Modules stay near 300 lines and functions near 40."""
    path = ROOT.joinpath(*name.split("."))
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES
    for node in ast.walk(all_modules()[name]):
        if isinstance(node, ast.FunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno
            assert length <= MOST_LINES_OF_A_FUNCTION, f"{name}.{node.name} has {length} lines"


def test_orders_have_no_repetition() -> None:
    """Each entry has one place."""
    for order in ORDERS.values():
        assert all(earlier != later for earlier, later in pairwise(sorted(order)))


CATCH_ALL: Final = frozenset({"one", "found", "said", "told"})
"""Names that fit any value, so that they say nothing of theirs."""


@pytest.mark.parametrize("name", all_modules())
def test_variables_say_what_they_hold(name: str) -> None:
    """No variable or parameter has a catch-all name."""
    tree = all_modules()[name]
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    fields = {id(node.target) for class_ in classes for node in class_.body if isinstance(node, ast.AnnAssign)}
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in fields]
    variables = {(node.id, node.lineno) for node in names}
    variables |= {(node.arg, node.lineno) for node in ast.walk(tree) if isinstance(node, ast.arg)}
    assert not [(variable, line) for variable, line in variables if variable in CATCH_ALL]
