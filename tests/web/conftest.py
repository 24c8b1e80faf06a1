"""An empty storage on a disk, or in PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.clients.site import Site
from tests.servers import postgres_server as cluster
from web.server.startup import open_migrated
from web.storage import Storage

BOTH: Final = frozenset({"test_store", "test_journey", "test_migrations", "test_deletion", "test_probes"})
"""Modules whose tests are done on both databases, unless they are marked ``sqlite`` as they look into its files."""
SITE_MODULES_ON_BOTH: Final = frozenset({"test_quiz", "test_plan", "test_home", "test_session", "test_history"})
"""The same for whole journeys over the site."""
EXHAUSTIVE_ON_POSTGRES: Final = frozenset({"test_quiz", "test_history"})
"""Those of these modules that are tested on PostgreSQL in exhaustive runs only: the other modules use the same queries."""
TESTS_WITH_TWO_SITES: Final = frozenset({"test_other_content_since"})
"""Tests that open a second site on the files of the first."""
POSTGRES: Final = "postgresql"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    name = metafunc.module.__name__.rpartition(".")[2]
    runs_on_both = (name in BOTH and "storage" in metafunc.fixturenames) or (
        name in SITE_MODULES_ON_BOTH and "site" in metafunc.fixturenames
    )
    if metafunc.function.__name__ in TESTS_WITH_TWO_SITES:
        return
    if runs_on_both and metafunc.definition.get_closest_marker("sqlite") is None:
        reason = cluster.why_not()
        marks = [pytest.mark.skip(reason=reason)] if reason else []
        marks += [pytest.mark.exhaustive] if name in EXHAUSTIVE_ON_POSTGRES else []
        metafunc.parametrize("database", ["sqlite", pytest.param(POSTGRES, marks=marks)], indirect=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a server."""
    if url := os.environ.get(cluster.VARIABLE):
        yield url
        return
    if reason := cluster.why_not():
        pytest.skip(reason)
    server = cluster.new_cluster()
    assert server is not None
    yield server.url
    cluster.away(server)


@pytest.fixture(scope="session")
def postgres_of_worker(postgres_server: str) -> str:
    """A database for this worker alone."""
    return cluster.own_database(postgres_server, f"heartwork_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}")


@pytest.fixture
def postgres(postgres_of_worker: str) -> str:
    """The URL of an empty database."""
    return cluster.emptied(postgres_of_worker)


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str | None:
    """The URL of the database, if it is not SQLite in the folder."""
    if getattr(request, "param", None) != POSTGRES:
        return None
    url: str = request.getfixturevalue("postgres")
    return url


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the storage lies."""
    return tmp_path / "kept"


@pytest.fixture
def storage(folder: Path, database: str | None) -> Iterator[Storage]:
    """An empty storage that never waits."""
    storage = open_migrated(folder, database, patience=0.2)
    yield storage
    storage.close()


@pytest.fixture
def site(tmp_path: Path, database: str | None) -> Iterator[Site]:
    """A site without any journey."""
    site = Site(tmp_path / "kept", database=database)
    yield site
    site.storage.close()
