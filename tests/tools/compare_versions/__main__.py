"""The command: ``python -m tests.tools.compare_versions capture CHECKOUT FOLDER``, and ``… diff BEFORE AFTER``.

``capture`` records the output of a checkout, one file for each page, command or report. ``diff`` lists the differences of
two such folders, and exits with 0 if there are none. A table in ``differences.py`` has the JSON keys that were renamed.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from .commands import capture_commands
from .differences import compare_folders, render_differences
from .pages import capture_pages
from .processes import Checkout

PEOPLE_SCRIPT: Final = Path(__file__).with_name("people.py")
PEOPLE_DEADLINE: Final = 1800.0
"""The time limit for all simulated people, in seconds."""


def main() -> int:
    """Run the command and return its exit code."""
    options = _parser().parse_args()
    if options.command == "capture":
        return _capture(Checkout(options.checkout.resolve()), options.folder.resolve(), options.parts, options.people)
    differences = compare_folders(options.before, options.after)
    print(render_differences(differences, files=options.files, lines=options.lines))
    return 1 if differences else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.tools.compare_versions", description="Compare two checkouts of Heartwork."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    capture = commands.add_parser("capture", help="write down what a checkout does")
    capture.add_argument("checkout", type=Path, help="a checkout with its environment in .venv")
    capture.add_argument("folder", type=Path, help="where it is written; what is there from before is removed")
    capture.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS), help="only these parts")
    capture.add_argument("--people", type=int, default=200, help="how many simulated people (200)")
    diff = commands.add_parser("diff", help="tell where two captures differ")
    diff.add_argument("before", type=Path)
    diff.add_argument("after", type=Path)
    diff.add_argument("--files", type=int, default=20, help="how many differing files are shown (20)")
    diff.add_argument("--lines", type=int, default=12, help="how many lines of each are shown (12)")
    return parser


def _capture(checkout: Checkout, folder: Path, parts: list[str], people: int) -> int:
    if not checkout.python.exists():
        print(f"There is no {checkout.python}: make the environment of the checkout first.", file=sys.stderr)
        return 2
    for part in parts:
        started = time.monotonic()
        target = folder / part
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        PARTS[part](checkout, target, people)
        count = sum(path.is_file() for path in target.rglob("*"))
        print(f"{part}: {count} files in {time.monotonic() - started:.0f} seconds", flush=True)
    return 0


def _capture_people(checkout: Checkout, folder: Path, people: int) -> None:
    """Record the reports of simulated people with the checkout's own Python."""
    command = [str(checkout.python), "-P", str(PEOPLE_SCRIPT), str(folder), str(people)]
    subprocess.run(command, cwd=checkout.folder, env=checkout.environment(), check=True, timeout=PEOPLE_DEADLINE)


PARTS: Final[dict[str, Callable[[Checkout, Path, int], None]]] = {
    "people": _capture_people,
    "commands": lambda checkout, folder, _: capture_commands(checkout, folder),
    "pages": lambda checkout, folder, _: capture_pages(checkout, folder),
}

if __name__ == "__main__":
    sys.exit(main())
