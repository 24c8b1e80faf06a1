"""Migrations create the current tables from an empty database and from every released version."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

from tests.factories.sample_journey import CONTENT, JOURNEY_BODY, SECRET, SITTING, SITTING_ID
from tests.paths import ROOT
from tests.servers.waiting import SECONDS
from tests.tools.make_fixtures import FIXTURES
from web.journeys.sitting import from_body
from web.server.startup import open_migrated
from web.storage import NewerDatabaseError, Storage, tables
from web.storage.migrations import REVISIONS, current_revision, head_revision, upgrade, versions


def differences(storage: Storage) -> list[Any]:
    """The differences between the tables and ``web.storage.tables``."""
    with storage.database.reading() as connection:
        return list(compare_metadata(MigrationContext.configure(connection), tables.metadata))


def test_migrations_make_the_tables(storage: Storage) -> None:
    """After all migrations the tables are exactly those of ``web.storage.tables``."""
    assert differences(storage) == []
    names = {"journey", "sitting", "content", "alembic_version"}
    assert set(inspect(storage.database.engine).get_table_names()) == names
    columns = {
        name: [column["name"] for column in inspect(storage.database.engine).get_columns(name)]
        for name in ("journey", "sitting", "content")
    }
    assert columns == {
        "journey": ["locator", "revision", "seen_day", "body"],
        "sitting": ["id", "locator", "content_digest", "state", "revision", "body"],
        "content": ["digest", "json"],
    }


def test_a_missing_column_would_be_noticed(storage: Storage) -> None:
    """The comparison finds a column that a migration has omitted."""
    with storage.database.writing() as connection:
        connection.execute(text("ALTER TABLE sitting DROP COLUMN state"))
    assert differences(storage)


def test_migrating_twice_is_migrating(storage: Storage) -> None:
    """Migrating current tables changes nothing."""
    upgrade(storage.database.writer)
    with storage.database.reading() as connection:
        assert current_revision(connection) == head_revision()


def fixtures() -> list[Path]:
    return sorted(FIXTURES.glob("heartwork-*.sqlite"))


def test_every_revision_has_a_fixture() -> None:
    """Every revision of the tables has a database as a fixture."""
    folder = Path(str(versions.__file__)).parent
    revisions = {path.name[1:4] for path in folder.glob("r*.py")}
    assert {path.stem.removeprefix("heartwork-") for path in fixtures()} == revisions
    assert head_revision() == max(revisions)


def test_revisions_are_those_of_alembic() -> None:
    """``REVISIONS`` lists Alembic's revisions, oldest first."""
    scripts = ScriptDirectory(str(Path(str(versions.__file__)).parents[1]))
    assert list(REVISIONS) == [script.revision for script in scripts.walk_revisions()][::-1]


@pytest.mark.sqlite
def test_a_start_loads_no_migrations(folder: Path) -> None:
    """A process with current tables does not import Alembic, which would be the slowest part of a start."""
    open_migrated(folder).close()
    program = (
        "import sys, pathlib; from web.server.startup import open_migrated;"
        "open_migrated(pathlib.Path(sys.argv[1])).close(); print('alembic' in sys.modules)"
    )
    command = [sys.executable, "-c", program, str(folder)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=SECONDS)
    assert result.stdout == "False\n"


@pytest.mark.parametrize("path", fixtures(), ids=lambda path: path.stem)
def test_released_databases_are_upgraded(path: Path, folder: Path) -> None:
    """A database of any released version is migrated, and its journeys can be read."""
    folder.mkdir()
    shutil.copy(path, folder / "heartwork.sqlite")
    storage = open_migrated(folder)
    assert differences(storage) == []
    assert storage.database.check() == ()
    journey = storage.read_journey(SECRET)
    assert journey is not None
    assert (journey.revision, journey.body, len(journey.sittings)) == (2, JOURNEY_BODY, 2)
    (stored_sitting,) = (sitting for sitting in journey.sittings if sitting.id == SITTING_ID)
    assert from_body(SITTING_ID, SITTING.revision, stored_sitting.body) == SITTING
    assert storage.read_content(CONTENT.digest) == CONTENT.json
    storage.close()


def test_a_newer_database_is_left_alone(storage: Storage, folder: Path, database: str | None) -> None:
    """A database that a later version migrated is refused and not changed."""
    with storage.database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '999'"))
    with pytest.raises(NewerDatabaseError) as refused:
        open_migrated(folder, database)
    assert refused.value.code == "newer_database"
    with storage.database.reading() as connection:
        assert current_revision(connection) == "999"


def test_a_failing_migration_changes_nothing(folder: Path, tmp_path: Path) -> None:
    """A migration that fails half way leaves the tables as they were."""
    engine = create_engine(f"sqlite:///{tmp_path}/half.db")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE sitting (id TEXT)"))  # prevents the creation of the third table
    engine.dispose()
    with pytest.raises(Exception, match="unavailable"):
        open_migrated(folder, f"sqlite:///{tmp_path}/half.db")
    engine = create_engine(f"sqlite:///{tmp_path}/half.db")
    assert inspect(engine).get_table_names() == ["sitting"]
    engine.dispose()
