"""docs/operating.md and the examples in deploy/: they say what is so."""

from __future__ import annotations

import os
import re
import resource
import shutil
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import pytest

from tests.clients.site import Site
from tests.paths import ROOT
from tests.servers.nginx_proxy import free_ports
from tests.servers.waiting import SECONDS, Output, wait_for_exit
from web.server.serving import CONNECTIONS, GRACE_SECONDS
from web.settings import VARIABLES_ONLY, Settings, read_settings, variable
from web.storage.errors import FailureCode

TEXT = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
UNIT = ROOT / "deploy" / "heartwork.service"
PROXY = ROOT / "deploy" / "nginx.conf"


def section(name: str) -> str:
    return TEXT.split(f"\n## {name}\n")[1].split("\n## ")[0]


def test_every_setting_is_described() -> None:
    """The table has all settings in their order, with what is usual, and none that does not exist."""
    rows = re.findall(r"^\| `(HEARTWORK_\w+)` \| (?:`([^`]*)`)? ?\|", section("Settings"), re.MULTILINE)
    assert sorted(name for name, _ in rows) == sorted(map(variable, Settings.model_fields))
    defaults = dict(rows)
    for name, field in Settings.model_fields.items():
        if field.is_required():
            continue
        usual = "no" if field.default is False else "" if field.default in {None, ()} else str(field.default)
        assert defaults[variable(name)] == usual, name
    for name in VARIABLES_ONLY:
        assert re.search(rf"`{variable(name)}` \|.*never an option", section("Settings"))


def test_variables_exist() -> None:
    """Every variable that the page or an example names is one of a setting."""
    variables = set(map(variable, Settings.model_fields))
    for text in (TEXT, UNIT.read_text(), PROXY.read_text()):
        assert set(re.findall(r"HEARTWORK_[A-Z_]+", text)) <= variables


def test_every_point_has_its_test() -> None:
    """Each row of the checklist names tests that exist."""
    rows = [line for line in section("Hardening").splitlines() if line.startswith("| ") and "---" not in line][1:]
    assert len(rows) > 15
    for row in rows:
        tests = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", row)
        assert tests, row
        for path, name in tests:
            source = (ROOT / path).read_text(encoding="utf-8")
            assert re.search(rf"^def {name}\(", source, re.MULTILINE), (path, name)


def test_every_number_is_described(tmp_path: Path) -> None:
    """The table names exactly the metrics there are, with their labels."""
    site = Site(tmp_path / "kept", options={"metrics": "loopback"})
    counters = site.state.counters
    counters.sitting("started")
    counters.storage_error("unavailable")
    site.app.test_client().get("/")
    text = site.app.test_client().get("/metrics").text
    site.storage.close()
    names = {
        name for name in re.findall(r"^# TYPE (heartwork_\w+)", text, re.MULTILINE) if not name.endswith("_created")
    }
    assert set(re.findall(r"^\| `(heartwork_\w+)`", section("Watching"), re.MULTILINE)) == names


def test_every_kind_of_failure_is_described() -> None:
    """The table has the codes there are, in their order."""
    codes = re.findall(r"^\| `(\w+)` \| [a-z]", section("Watching"), re.MULTILINE)
    assert tuple(code for code in codes if not code.startswith("heartwork_")) == get_args(FailureCode)


def test_the_unit(tmp_path: Path) -> None:
    """The unit starts the command, reloads by SIGHUP, gives more time than the server takes, and opens nothing needless."""
    text = UNIT.read_text()
    settings = dict(re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE))
    assert settings["ExecStart"].endswith("/heartwork serve")
    assert "-HUP" in settings["ExecReload"]
    assert int(settings["TimeoutStopSec"]) > 2 * GRACE_SECONDS
    assert int(settings["LimitNOFILE"]) > 2 * CONNECTIONS
    assert settings["StateDirectoryMode"] == "0700"
    for name in ("NoNewPrivileges", "ProtectHome", "PrivateTmp", "PrivateDevices", "DynamicUser"):
        assert settings[name] == "yes"
    assert settings["LimitCORE"] == "0"
    if shutil.which("systemd-analyze") is None:
        pytest.skip("there is no systemd-analyze here: the rest of the test needs it")
    shutil.copy(UNIT, tmp_path / "heartwork@.service")
    for path in (UNIT, tmp_path / "heartwork@8000.service"):
        process = subprocess.run(
            ["systemd-analyze", "verify", str(path)], capture_output=True, text=True, check=False, timeout=SECONDS
        )
        complaints = [
            line for line in process.stderr.splitlines() if "heartwork" in line and "not executable" not in line
        ]
        assert complaints == [], path


def test_the_proxy() -> None:
    """The proxy logs no path, passes on what is needed, and hides what is for watchers."""
    text = PROXY.read_text()
    servers = text.split("\nserver {")[1:]
    assert len(servers) == 2
    for server in servers:
        assert "access_log off;" in server
        assert "error_log /dev/null crit;" in server
    for directive in ("Host $host", "X-Forwarded-For $remote_addr", "X-Forwarded-Proto $scheme", "location = /metrics"):
        assert directive in servers[1]
    assert set(re.findall(r"server 127.0.0.1:\d+ (.*);", text)) == {"max_fails=0"}, "both may be restarted"
    assert "proxy_max_temp_file_size 0;" in servers[1]
    assert re.search(r"client_max_body_size (\w+);\n(?s:.*)client_body_buffer_size \1;", servers[1]), (
        "nothing in a file"
    )


@dataclass
class Unit:
    """What systemd makes of the unit, as far as it can be had without systemd."""

    settings: dict[str, list[str]]
    instance: str
    state: Path

    def environment(self) -> dict[str, str]:
        assignments = dict(assignment.split("=", 1) for assignment in self.settings["Environment"])
        return {name: value.replace("%i", self.instance) for name, value in assignments.items()} | {
            "HEARTWORK_DATA_DIR": str(self.state)
        }

    def start(self) -> subprocess.Popen[str]:
        (command,) = self.settings["ExecStart"]
        program, *arguments = command.split()
        assert program == "/opt/heartwork/bin/heartwork"
        mask, files = int(self.settings["UMask"][0], 8), int(self.settings["LimitNOFILE"][0])

        def before() -> None:
            os.umask(mask)
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))

        return subprocess.Popen(
            [sys.executable, "-m", "web.cli", *arguments],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], **self.environment()},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=before,  # noqa: PLW1509 - nothing else runs here
        )


def test_the_unit_at_work(tmp_path: Path) -> None:
    """Started as the unit says, it listens on the port behind the @, reloads by the unit's command, and ends well by SIGTERM."""
    settings: dict[str, list[str]] = {}
    for name, value in re.findall(r"^(\w+)=(.*)$", UNIT.read_text(encoding="utf-8"), re.MULTILINE):
        settings.setdefault(name, []).append(value)
    port = free_ports(1)[0]
    process = Unit(settings, str(port), tmp_path / "state").start()
    try:
        assert process.stdout is not None
        output = Output(process.stdout)
        assert output.wait_for(r"ready.*\n")[0].endswith(f":{port}\n")
        assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in (tmp_path / "state").rglob("*")} == {0}
        reload = settings["ExecReload"][0].replace("$MAINPID", str(process.pid)).split()
        subprocess.run(reload, check=True, timeout=SECONDS)
        output.wait_for("content reloaded")
    finally:
        process.terminate()
        wait_for_exit(process, "heartwork serve", float(settings["TimeoutStopSec"][0]))
        output.close()
    assert process.returncode == 0


def test_a_unit_without_an_instance(tmp_path: Path) -> None:
    """As heartwork.service, without anything behind an @, it listens where the settings say."""
    unit_settings = {"Environment": re.findall(r"^Environment=(.*)$", UNIT.read_text(encoding="utf-8"), re.MULTILINE)}
    assert read_settings({}, Unit(unit_settings, "", tmp_path).environment()).port == 8000
