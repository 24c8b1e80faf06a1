"""Every wait for another thread, another process or another machine has a deadline, in the program and in its tests."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from typing import Final

import pytest

from tests.paths import ROOT

WITHOUT_LIMIT: Final = frozenset({"wait", "join", "get", "result", "acquire", "exception", "select"})
"""Methods that wait for ever if they are called without any argument."""
WITHOUT_TIMEOUT: Final = {
    "subprocess.run": None,
    "subprocess.call": None,
    "subprocess.check_call": None,
    "subprocess.check_output": None,
    "communicate": 1,
    "urlopen": 2,
    "create_connection": 1,
    "HTTPConnection": 2,
    "HTTPSConnection": 2,
    "as_completed": 1,
    "Barrier": 2,
}
"""Calls that need the keyword ``timeout``, or the positional argument of this place."""
NEVER_LIMITED: Final = frozenset({"os.read", "os.waitpid", "os.wait", "signal.pause", "input", "readline", "accept"})
"""Calls that cannot have a deadline: what stands before them has it."""
ALLOWED: Final = {
    ("tests/servers/waiting.py", "os.read(descriptor, size)"): "select has seen that there is something to read",
    ("tests/clients/writers.py", "os.waitpid(child, 0)"): "the child has been killed",
    ("web/cli/terminal/screen.py", "input(PROMPT)"): "waits for a person, who may take as long as they like",
}
"""What waits without a deadline, and why that is right. Whatever no longer does must leave this list."""


def unlimited_waits(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The line and the text of each call that can wait for ever."""
    for node in ast.walk(tree):
        if isinstance(node, ast.For | ast.comprehension) and ast.unparse(node.iter).endswith((".stdout", ".stderr")):
            yield node.iter.lineno, f"for … in {ast.unparse(node.iter)}"
        elif isinstance(node, ast.Call) and _waits_for_ever(node):
            yield node.lineno, ast.unparse(node)


def _waits_for_ever(call: ast.Call) -> bool:
    name = ast.unparse(call.func)
    method = name.rpartition(".")[2]
    has_timeout = any(keyword.arg in {"timeout", None} for keyword in call.keywords)
    if name in NEVER_LIMITED or method in NEVER_LIMITED:
        return True
    if method in WITHOUT_LIMIT and "." in name:
        return not call.args and not call.keywords
    for key in (name, method):
        if key in WITHOUT_TIMEOUT:
            place = WITHOUT_TIMEOUT[key]
            return not has_timeout and (place is None or len(call.args) <= place)
    return False


@cache
def waits_of_the_project() -> tuple[tuple[str, int, str], ...]:
    """File, line and text of all that can wait for ever."""
    waits = []
    for folder in ("engine", "web", "tests"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            tree = ast.parse(path.read_bytes())
            waits += [(path.relative_to(ROOT).as_posix(), line, text) for line, text in unlimited_waits(tree)]
    return tuple(waits)


def test_every_wait_has_a_deadline() -> None:
    """No call waits for ever, but for those that are listed with a reason."""
    assert [wait for wait in waits_of_the_project() if (wait[0], wait[2]) not in ALLOWED] == []


def test_every_exception_is_needed() -> None:
    """Each call on the list is still there."""
    assert ALLOWED.keys() - {(file, text) for file, _, text in waits_of_the_project()} == set()


@pytest.mark.parametrize(
    "line",
    [
        "process.wait()",
        "thread.join()",
        "queue.get()",
        "future.result()",
        "lock.acquire()",
        "selector.select()",
        "process.communicate()",
        "process.communicate(text)",
        "subprocess.run(command, check=True)",
        "urllib.request.urlopen(request)",
        "socket.create_connection(place)",
        "http.client.HTTPConnection(host)",
        "threading.Barrier(2)",
        "for line in process.stdout: pass",
        "[line for line in process.stdout]",
        "process.stdout.readline()",
        "os.waitpid(child, 0)",
        "listener.accept()",
    ],
)
def test_a_wait_without_a_deadline_is_recognised(line: str) -> None:
    """Each way to wait for ever is seen."""
    assert [text for _, text in unlimited_waits(ast.parse(line))] != []


@pytest.mark.parametrize(
    "line",
    [
        "process.wait(20)",
        "stop.wait(timeout=SECONDS)",
        "thread.join(seconds)",
        "', '.join(words)",
        "mapping.get(key)",
        "process.communicate(timeout=SECONDS)",
        "subprocess.run(command, timeout=SECONDS, check=True)",
        "subprocess.run(command, **options)",
        "socket.create_connection(place, 5)",
        "threading.Barrier(2, timeout=SECONDS)",
    ],
)
def test_a_wait_with_a_deadline_is_none(line: str) -> None:
    """A call with a timeout, and one that never waits, is no fault."""
    assert [text for _, text in unlimited_waits(ast.parse(line))] == []
