"""``heartwork doctor``: what is wrong is found and said with what to do, and nothing is changed."""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from tests.paths import ROOT
from web.cli.doctor import CheckResult, run_checks
from web.cli.main import cli
from web.crypto.server_key import server_key
from web.server.startup import open_migrated
from web.settings import Settings
from web.storage import Storage

DAY = date(2026, 11, 26)


@pytest.fixture
def sound(storage: Storage, folder: Path) -> dict[str, Any]:
    """Settings of an installation that is as it should be."""
    server_key(folder)
    return {
        "data_dir": folder,
        "base_url": "https://example.org",
        "proxy_hops": 1,
        "operator_name": "Example Trust",
        "operator_contact": "help@example.org",
        "metrics": "loopback",
        "default_country": "uk",
        "timezone": "Europe/London",
    }


def results_of(settings: dict[str, Any], **changes: Any) -> list[CheckResult]:
    return list(run_checks(Settings(**{**settings, **changes}), DAY))


def messages_of(settings: dict[str, Any], **changes: Any) -> str:
    return "\n".join(message for kind, message in results_of(settings, **changes) if kind != "ok")


def test_a_sound_installation(sound: dict[str, Any]) -> None:
    """Nothing is wrong, and nothing is advised."""
    assert {kind for kind, _ in results_of(sound)} == {"ok"}


def test_an_empty_installation(tmp_path: Path) -> None:
    """Before the first start there are no problems, and looking makes nothing."""
    results = results_of({"data_dir": tmp_path / "new"})
    assert "problem" not in {kind for kind, _ in results}
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"base_url": None}, "--base-url"),
        ({"base_url": "http://example.org"}, "without https"),
        ({"proxy_hops": 0}, "--proxy-hops 1"),
        ({"operator_contact": None}, "HEARTWORK_OPERATOR_CONTACT"),
        ({"metrics": "off"}, "HEARTWORK_METRICS"),
        ({"database_url": "mysql://h/d"}, "names no database"),
        ({"database_url": "postgresql://u:secretword@127.0.0.1:1/d"}, "cannot be used"),
        ({"database_url": "postgresql://u:secretword@127.0.0.1:1/d"}, "HEARTWORK_SERVER_KEY"),
        ({"content": Path("/nowhere")}, "heartwork check"),
        ({"default_country": None}, "HEARTWORK_DEFAULT_COUNTRY"),
        ({"default_country": "atlantis"}, "--default-country (HEARTWORK_DEFAULT_COUNTRY) has to be one of: ar"),
    ],
)
def test_settings_that_need_something(sound: dict[str, Any], changes: dict[str, Any], sentence: str) -> None:
    """Each is named with what to do, and without a password."""
    messages = messages_of(sound, **changes)
    assert sentence in messages
    assert "secretword" not in messages


def test_what_others_can_read(sound: dict[str, Any], folder: Path) -> None:
    """Files that others can open are named, with the command that closes them."""
    (folder / "server.key").chmod(0o644)
    assert f"chmod go= {folder / 'server.key'}" in messages_of(sound)
    (folder / "server.key").chmod(0o600)
    (folder / "server.key").write_bytes(b"short")
    assert "holds no key" in messages_of(sound)


def test_more_workers_than_connections(sound: dict[str, Any], postgres: str, tmp_path: Path) -> None:
    """PostgreSQL that has too few connections for all workers is a problem, before it is one at night."""
    with closing(open_migrated(tmp_path / "other", postgres)) as storage:
        most = storage.database.most_processes(threads=8)
    assert most is not None
    assert most < 10
    settings = {**sound, "database_url": postgres, "threads": 8}
    assert "max_connections" not in messages_of(settings, workers=most)
    assert f"connections for {most} processes of 8 threads, and {most + 1} are to answer" in messages_of(
        settings, workers=most + 1
    )


def test_a_full_disk(sound: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is nearly full is said before it is."""
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    assert "make room" in messages_of(sound)


def test_tables_of_another_version(sound: dict[str, Any], storage: Storage) -> None:
    """Tables that are behind or ahead are told apart."""
    for revision, sentence in (("999", "later version"), (None, "heartwork db upgrade")):
        with storage.database.writing() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '999'"))
            if revision is None:
                connection.execute(text("DELETE FROM alembic_version"))
        assert sentence in messages_of(sound)


@pytest.mark.parametrize("content", [None, b""])
def test_a_lost_database(sound: dict[str, Any], storage: Storage, folder: Path, content: bytes | None) -> None:
    """A database that is not there any more is a problem, and looking makes none."""
    storage.close()
    (folder / "heartwork.sqlite").unlink()
    if content is not None:
        (folder / "heartwork.sqlite").write_bytes(content)
    before = sorted(folder.iterdir())
    assert "`heartwork db init`" in messages_of(sound)
    assert "problem" in {kind for kind, _ in results_of(sound)}
    assert sorted(folder.iterdir()) == before


def test_a_damaged_database(sound: dict[str, Any], storage: Storage, folder: Path) -> None:
    """A file that is no database is a problem and no traceback."""
    storage.close()
    (folder / "heartwork.sqlite").write_bytes(b"something else" * 1000)
    assert "cannot be used" in messages_of(sound)


def test_the_command(sound: dict[str, Any], folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends with 0 if there is no problem, 1 if there is one, 2 if a setting cannot be used."""
    for name in [name for name in os.environ if name.startswith("HEARTWORK_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HEARTWORK_DATA_DIR", str(folder))
    monkeypatch.chdir(ROOT)
    result = CliRunner().invoke(cli, ["doctor"])
    assert (result.exit_code, result.output.splitlines()[-1]) == (0, "There are no problems.")
    result = CliRunner().invoke(cli, ["doctor", "--base-url", "http://example.org"])
    assert (result.exit_code, result.output.splitlines()[-1]) == (1, "There is a problem.")
    assert CliRunner().invoke(cli, ["doctor", "--base-url", "x"]).exit_code == 2
