"""What tests of all folders share: things that are made once a test run, however many processes share the tests."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from tests.factories.made_once import make_once
from tests.factories.parsed_once import keep_snapshots, keep_the_shipped_packs, keep_what_is_parsed

# Tests start hundreds of processes: what one has compiled none of the others compiles again, wherever that is not usual.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# The same examples in every run, so that a failure belongs to a change. `--hypothesis-profile=search` tries others.
settings.register_profile("search", settings.get_profile("default"))
settings.register_profile("repeatable", derandomize=True, database=None)
settings.load_profile("repeatable")
keep_what_is_parsed()
keep_the_shipped_packs()
keep_snapshots()
# Most of what tests hold stays to the end of the run: looking through it for garbage took a fifth of the processor's time.
gc.set_threshold(50_000, 20, 10)


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Callable[[Path], None]], Path]:
    """A folder of this name, filled by the first test of the run that asks for it; the others find it filled."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    return lambda name, fill: make_once(shared / name, fill)
