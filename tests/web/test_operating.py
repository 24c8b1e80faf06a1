"""docs/operating.md and the examples in deploy/: they say what is so."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.web.house import House
from tests.web.serving import ROOT
from web.settings import VARIABLES_ONLY, Settings, variable

TEXT = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
UNIT = ROOT / "deploy" / "heartwork.service"
PROXY = ROOT / "deploy" / "nginx.conf"


def section(name: str) -> str:
    return TEXT.split(f"\n## {name}\n")[1].split("\n## ")[0]


def test_every_setting_is_described() -> None:
    """The table has all settings in their order, with what is usual, and none that does not exist."""
    rows = re.findall(r"^\| `(HEARTWORK_\w+)` \| (?:`([^`]*)`)? ?\|", section("Settings"), re.MULTILINE)
    assert sorted(name for name, _ in rows) == sorted(map(variable, Settings.model_fields))
    named = dict(rows)
    for name, field in Settings.model_fields.items():
        if field.is_required():
            continue
        usual = "no" if field.default is False else "" if field.default in {None, ()} else str(field.default)
        assert named[variable(name)] == usual, name
    for name in VARIABLES_ONLY:
        assert re.search(rf"`{variable(name)}` \|.*never an option", section("Settings"))


def test_variables_exist() -> None:
    """Every variable that the page or an example names is one of a setting."""
    known = set(map(variable, Settings.model_fields))
    for text in (TEXT, UNIT.read_text(), PROXY.read_text()):
        assert set(re.findall(r"HEARTWORK_[A-Z_]+", text)) <= known


def test_every_point_has_its_test() -> None:
    """Each row of the checklist names tests that exist."""
    rows = [line for line in section("Hardening").splitlines() if line.startswith("| ") and "---" not in line][1:]
    assert len(rows) > 15
    for row in rows:
        named = re.findall(r"`(test_\w+)\.py::(test_\w+)`", row)
        assert named, row
        for module, name in named:
            source = (Path(__file__).parent / f"{module}.py").read_text(encoding="utf-8")
            assert re.search(rf"^def {name}\(", source, re.MULTILINE), (module, name)


def test_every_number_is_described(tmp_path: Path) -> None:
    """The table names exactly the metrics there are, with their labels."""
    house = House(tmp_path / "kept", options={"metrics": "loopback"})
    site = house.app.extensions["heartwork"]
    site.metrics.sitting("started")
    site.metrics.storage_error("unavailable")
    house.app.test_client().get("/")
    text = house.app.test_client().get("/metrics").text
    house.storage.close()
    there = {
        name for name in re.findall(r"^# TYPE (heartwork_\w+)", text, re.MULTILINE) if not name.endswith("_created")
    }
    assert set(re.findall(r"^\| `(heartwork_\w+)`", section("Watching"), re.MULTILINE)) == there


def test_the_unit() -> None:
    """The unit starts the command, reloads by SIGHUP, gives more time than the server takes, and opens nothing needless."""
    text = UNIT.read_text()
    settings = dict(re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE))
    assert settings["ExecStart"].endswith("/heartwork serve")
    assert "-HUP" in settings["ExecReload"]
    assert int(settings["TimeoutStopSec"]) > 2 * 5
    assert settings["StateDirectoryMode"] == "0700"
    for name in ("NoNewPrivileges", "ProtectHome", "PrivateTmp", "PrivateDevices", "DynamicUser"):
        assert settings[name] == "yes"
    assert settings["LimitCORE"] == "0"
    if shutil.which("systemd-analyze") is None:
        pytest.skip("there is no systemd-analyze here: the rest of the test needs it")
    found = subprocess.run(["systemd-analyze", "verify", str(UNIT)], capture_output=True, text=True, check=False)
    told = [line for line in found.stderr.splitlines() if "heartwork" in line and "not executable" not in line]
    assert told == []


def test_the_proxy(tmp_path: Path) -> None:
    """The proxy logs no path, passes on what is needed, and hides what is for watchers."""
    text = PROXY.read_text()
    servers = text.split("\nserver {")[1:]
    assert len(servers) == 2
    for one in servers:
        assert "access_log off;" in one
        assert "error_log /dev/null crit;" in one
    for wanted in ("Host $host", "X-Forwarded-For $remote_addr", "X-Forwarded-Proto $scheme", "location = /metrics"):
        assert wanted in servers[1]
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    if not Path(nginx).exists():
        pytest.skip("there is no nginx here: the rest of the test needs it")
    key = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=example.org"]
    subprocess.run([*key, "-keyout", "k.pem", "-out", "c.pem"], cwd=tmp_path, capture_output=True, check=True)
    site = re.sub(
        r"/etc/letsencrypt/live/example.org/(fullchain|privkey).pem",
        lambda one: str(tmp_path / {"f": "c.pem", "p": "k.pem"}[one[1][0]]),
        text,
    )
    (tmp_path / "nginx.conf").write_text(f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{\n{site}\n}}\n")
    found = subprocess.run(
        [nginx, "-t", "-c", str(tmp_path / "nginx.conf")], capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stderr
