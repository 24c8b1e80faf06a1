"""An empty storage on a disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.house import House
from web.storage import Storage


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the storage lies."""
    return tmp_path / "kept"


@pytest.fixture
def storage(folder: Path) -> Iterator[Storage]:
    """A storage with nothing in it, which waits for nobody."""
    found = Storage.open(folder, patience=0.2)
    yield found
    found.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A site with nobody in it yet."""
    found = House(tmp_path / "kept")
    yield found
    found.storage.close()
