"""Run ``heartwork db …`` and kill it at every line or every few milliseconds, for ``test_backups``.

``python -m tests.clients.killed_commands FOLDER line|ms FIRST STEP COMMAND…`` runs a command in a copy of FOLDER and kills
it after FIRST executed lines of the modules that create and remove files, or after FIRST milliseconds. It repeats this
in further copies, each time STEP later, until the command ends by itself. The data folder is ``kept`` in each copy. The
output is each path with ``killed``, and the last one with ``ended``.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any, Final

from tests.servers.waiting import SECONDS
from web.cli import database
from web.crypto import private_files, server_key, temporary_folder
from web.server import startup
from web.storage import backups, deletion_log, migrations

MODULES: Final = (backups, database, deletion_log, private_files, server_key, startup, temporary_folder)
FILES: Final = frozenset(str(module.__file__) for module in MODULES)


def kill_at(line_number: int) -> Callable[[FrameType, str, Any], Any]:
    """A trace function that kills this process when it has executed this many lines of the modules."""
    lines_left = line_number

    def trace(frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal lines_left
        if frame.f_code.co_filename not in FILES:
            return None
        if event == "line":
            lines_left -= 1
            if lines_left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    return trace


def run_until(unit: str, moment: int, folder: Path, command: list[str]) -> None:
    """Run a command in a folder, in a forked process."""
    os.chdir(folder)
    os.environ["HEARTWORK_DATA_DIR"] = str(folder / "kept")
    if unit == "line":
        sys.settrace(kill_at(moment))
    else:
        signal.setitimer(signal.ITIMER_REAL, moment / 1000)  # SIGALRM ends a process like SIGKILL, even inside SQLite
    database.db.main(command, standalone_mode=False)
    os._exit(0)


def main(folder: Path, unit: str, first: int, step: int, command: list[str]) -> None:
    for moment in count(first, step):
        copy = folder.with_name(f"{folder.name}-{moment}")
        shutil.copytree(folder, copy)
        process = multiprocessing.get_context("fork").Process(target=run_until, args=(unit, moment, copy, command))
        process.start()
        process.join(SECONDS)
        assert process.exitcode in {0, -signal.SIGKILL, -signal.SIGALRM}, process.exitcode
        print(copy, "killed" if process.exitcode else "ended", flush=True)
        if not process.exitcode:
            return


if __name__ == "__main__":
    migrations.head_revision()  # loaded once for all forks
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5:])
