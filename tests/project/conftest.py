"""Fixtures of the tests about the project itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.factories.bare_machine import Machine


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine with a compiler and no Python."""
    machine = Machine(tmp_path)
    machine.has_compiler()
    return machine
