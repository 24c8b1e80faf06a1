"""``heartwork doctor`` finds problems and changes nothing."""

from __future__ import annotations

import os
import re
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
    """The settings of an installation without faults."""
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


def findings_of(settings: dict[str, Any], **changes: Any) -> dict[str, str]:
    """The messages of all advice and problems, by their codes."""
    return {result.code: result.message for result in results_of(settings, **changes) if result.kind != "ok"}


def test_a_sound_installation(sound: dict[str, Any]) -> None:
    """An installation without faults has neither advice nor problems."""
    assert findings_of(sound) == {}


def test_an_empty_installation(tmp_path: Path) -> None:
    """Before the first start there are no problems, and the checks create nothing."""
    results = results_of({"data_dir": tmp_path / "new"})
    assert "problem" not in {result.kind for result in results}
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("changes", "code", "value"),
    [
        ({"base_url": None}, "no_base_url", "--base-url"),
        ({"base_url": "http://example.org"}, "no_https", "https"),
        ({"proxy_hops": 0}, "no_proxy", "--proxy-hops 1"),
        ({"operator_contact": None}, "no_operator", "HEARTWORK_OPERATOR_CONTACT"),
        ({"metrics": "off"}, "no_metrics", "HEARTWORK_METRICS"),
        ({"database_url": "mysql://h/d"}, "database_url", "HEARTWORK_DATABASE_URL"),
        ({"database_url": "postgresql://u:secretword@127.0.0.1:1/d"}, "database_unusable", "OperationalError"),
        ({"database_url": "postgresql://u:secretword@127.0.0.1:1/d"}, "key_not_shared", "HEARTWORK_SERVER_KEY"),
        ({"content": Path("/nowhere")}, "content", "heartwork check"),
        ({"default_country": None}, "no_country", "HEARTWORK_DEFAULT_COUNTRY"),
        ({"default_country": "atlantis"}, "content_settings", "--default-country (HEARTWORK_DEFAULT_COUNTRY)"),
    ],
)
def test_settings_that_need_something(sound: dict[str, Any], changes: dict[str, Any], code: str, value: str) -> None:
    """A finding names the setting, and no finding contains a password."""
    findings = findings_of(sound, **changes)
    assert value in findings[code]
    assert "secretword" not in "".join(findings.values())


def test_what_others_can_read(sound: dict[str, Any], folder: Path) -> None:
    """Files that other users can open are named with the command that makes them private."""
    (folder / "server.key").chmod(0o644)
    assert f"chmod go= {folder / 'server.key'}" in findings_of(sound)["exposed"]
    (folder / "server.key").chmod(0o600)
    (folder / "server.key").write_bytes(b"short")
    assert list(findings_of(sound)) == ["key_invalid"]


def test_more_workers_than_connections(sound: dict[str, Any], postgres: str, tmp_path: Path) -> None:
    """PostgreSQL with too few connections for all workers is a problem."""
    with closing(open_migrated(tmp_path / "other", postgres)) as storage:
        most = storage.database.most_processes(threads=8)
    assert most is not None
    assert most < 10
    settings = {**sound, "database_url": postgres, "threads": 8}
    assert "connections" not in findings_of(settings, workers=most)
    message = findings_of(settings, workers=most + 1)["connections"]
    assert [int(number) for number in re.findall(r"\d+", message)] == [most, 8, most + 1]


def test_a_full_disk(sound: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk with little space left is a problem."""
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    assert "disk_full" in findings_of(sound)


def test_tables_of_another_version(sound: dict[str, Any], storage: Storage) -> None:
    """Tables of a later and of an earlier revision have different codes."""
    for revision, code in (("999", "tables_newer"), (None, "tables_older")):
        with storage.database.writing() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '999'"))
            if revision is None:
                connection.execute(text("DELETE FROM alembic_version"))
        assert list(findings_of(sound)) == [code]


@pytest.mark.parametrize("content", [None, b""])
def test_a_lost_database(sound: dict[str, Any], storage: Storage, folder: Path, content: bytes | None) -> None:
    """A missing database is a problem, and the checks do not create one."""
    storage.close()
    (folder / "heartwork.sqlite").unlink()
    if content is not None:
        (folder / "heartwork.sqlite").write_bytes(content)
    before = sorted(folder.iterdir())
    assert "database_lost" in findings_of(sound)
    assert sorted(folder.iterdir()) == before


def test_a_damaged_database(sound: dict[str, Any], storage: Storage, folder: Path) -> None:
    """A file that is not a database is a problem and causes no traceback."""
    storage.close()
    (folder / "heartwork.sqlite").write_bytes(b"something else" * 1000)
    assert list(findings_of(sound)) == ["database_unusable"]


def test_the_command(sound: dict[str, Any], folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The exit code is 0 without problems, 1 with a problem, and 2 for a setting that is not valid."""
    for name in [name for name in os.environ if name.startswith("HEARTWORK_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HEARTWORK_DATA_DIR", str(folder))
    monkeypatch.chdir(ROOT)
    result = CliRunner().invoke(cli, ["doctor"])
    assert (result.exit_code, "problem " in result.output) == (0, False)
    result = CliRunner().invoke(cli, ["doctor", "--base-url", "http://example.org"])
    assert (result.exit_code, result.output.count("\nproblem ")) == (1, 1)
    assert CliRunner().invoke(cli, ["doctor", "--base-url", "x"]).exit_code == 2
