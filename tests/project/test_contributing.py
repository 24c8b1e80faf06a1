"""What CONTRIBUTING.md says of the code is so, as far as a program can tell."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from tests.paths import ROOT

TEXT: Final = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
MOST_THAT_GO_ON: Final = 5
"""Broad excepts after which a process goes on."""
TIMERS: Final = {"perf_counter", "perf_counter_ns", "process_time", "timeit"}


@cache
def modules(*folders: str) -> dict[Path, tuple[ast.Module, tuple[str, ...]]]:
    """Every module of some folders, with its lines."""
    paths = sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    texts = {path: path.read_text(encoding="utf-8") for path in paths}
    return {path: (ast.parse(text), tuple(text.splitlines())) for path, text in texts.items()}


def location(path: Path, node: ast.stmt | ast.expr | ast.ExceptHandler) -> str:
    return f"{path.relative_to(ROOT)}:{node.lineno}"


def is_broad(handler: ast.ExceptHandler) -> bool:
    """Whether it catches everything, or everything but an end of the process."""
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or ast.unparse(kind) in {"Exception", "BaseException"} for kind in caught)


def test_broad_excepts_raise_again_or_say_why() -> None:
    """A broad ``except`` ends with raising again, or a comment at it says why the process goes on; there are few of these."""
    going_on, silent = [], []
    for path, (tree, lines) in modules("engine", "web", "tests").items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.ExceptHandler) or not is_broad(node):
                continue
            last = node.body[-1]
            if isinstance(last, ast.Raise) and last.exc is None:
                continue
            going_on.append(location(path, node))
            reason = re.search(r"#.* - \w", lines[node.lineno - 1]) or lines[node.lineno].lstrip().startswith("# ")
            silent += [] if reason else [location(path, node)]
    assert silent == []
    assert len(going_on) <= MOST_THAT_GO_ON, going_on


def test_modules_are_nouns() -> None:
    """No module has one of the names that CONTRIBUTING.md refuses."""
    refused = re.search(r"No module is called (.+?)\.", TEXT)
    assert refused is not None
    words = set(re.findall(r"\w+", refused[1])) - {"or"}
    assert len(words) > 5
    assert not words & {path.stem for path in modules("engine", "web", "tests")}


def test_ignores_name_their_rule() -> None:
    """Every ignore, of types or of lint, names what it ignores."""
    nameless = re.compile(r"# (?:noqa(?!: [A-Z]+\d+)|type: ignore(?!\[))")
    for path, (_, lines) in modules("engine", "web", "tests").items():
        assert [line for line in lines if nameless.search(line)] == [], path


def functions_of_tests() -> Iterator[tuple[Path, ast.FunctionDef]]:
    for path, (tree, _) in modules("tests").items():
        if path.name.startswith("test_"):
            for node in ast.walk(tree):
                if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                    yield path, node


def test_every_test_says_what_is_so() -> None:
    """Each test has a docstring that ends as a sentence does."""
    silent = [
        location(path, node)
        for path, node in functions_of_tests()
        if not re.search(r"[.?][”’)]*\s*$", ast.get_docstring(node) or "")
    ]
    assert silent == []


def without_benchmarks() -> Iterator[tuple[Path, ast.Module]]:
    for path, (tree, _) in modules("tests").items():
        if "benchmarks" not in path.parts:
            yield path, tree


def test_no_test_measures_time() -> None:
    """Nothing but the benchmarks uses a timer."""
    for path, tree in without_benchmarks():
        names = {
            node.attr if isinstance(node, ast.Attribute) else node.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute | ast.Name)
        }
        assert not names & TIMERS, path


def test_sleeps_are_in_loops_with_a_deadline() -> None:
    """A test sleeps only in a loop that waits for something, and gives up after some time."""
    for path, tree in without_benchmarks():
        loops = [node for node in ast.walk(tree) if isinstance(node, ast.While)]
        patient = {id(inner) for loop in loops if "monotonic() " in f"{ast.unparse(loop)} " for inner in ast.walk(loop)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"time.sleep", "sleep"}:
                assert id(node) in patient, location(path, node)


def test_how_many_requests_are_sent() -> None:
    """The number of requests in CONTRIBUTING.md is the default of the command."""
    documented = re.search(r"`python -m tests\.benchmarks\.fuzz_web` sends ([\d,]+) requests", TEXT)
    assert documented is not None
    source = (ROOT / "tests" / "benchmarks" / "fuzz_web.py").read_text(encoding="utf-8")
    default = re.search(r'"--requests", type=int, default=([\d_]+)', source)
    assert default is not None
    assert int(documented[1].replace(",", "")) == int(default[1])
