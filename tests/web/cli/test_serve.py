"""``heartwork serve`` as people run it: a process that starts from nothing, ends well, and keeps what it acknowledged."""

from __future__ import annotations

import http.client
import logging
import os
import re
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.clients.site import Site
from tests.factories.sample_journey import DAY, JOURNEY_BODY, sample_new_sitting
from tests.paths import ROOT
from tests.servers.server_process import HttpClient, Server, serve
from tests.servers.waiting import SECONDS, wait_for_exit
from web.cli import serve as serving
from web.cli.main import cli
from web.cli.serve import listening, purge_daily
from web.crypto.private_link import Secret
from web.crypto.temporary_folder import LOCK_FILE, PREFIX, temporary_folder
from web.http.logs import RedactingFilter
from web.server.startup import open_migrated, open_storage
from web.settings import VARIABLES_ONLY, Settings
from web.storage import UnavailableError

SECRET_IN_PAGE = re.compile(r"/open/(\w{30})")
NAME = "Zacharias-Xylophon"


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a server that is expected not to start."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("HEARTWORK_")}
    return subprocess.run(
        [sys.executable, "-m", "web.cli", "serve", "--port", "0", *arguments],
        cwd=ROOT,
        env={**variables, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )


def run_here(*arguments: str) -> Result:
    """The same in this process, which takes a tenth of the time."""
    variables = {name: None for name in os.environ if name.startswith("HEARTWORK_")}
    return CliRunner(env=variables).invoke(
        cli, ["serve", "--port", "0", *arguments], prog_name="heartwork", catch_exceptions=False
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def start_server() -> Iterator[Callable[..., Server]]:
    """Starts servers that end with the test."""
    servers: list[Server] = []

    def start(folder: Path, **environment: str) -> Server:
        servers.append(serve(folder, 0, **environment))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


def begin(caller: HttpClient) -> Secret:
    """Begin a journey, and take down its link."""
    form = caller.get("/start").page.form("/start")
    assert caller.post("/start", {**form.initial_fields, "adult": ["yes"]}).location == "/quiz/1"
    match = SECRET_IN_PAGE.search(caller.get("/link").body.decode())
    assert match is not None
    return Secret.of_code(match[1])


def answer_first_page(caller: HttpClient) -> None:
    """Answer the first page, with a name that is easy to find again."""
    path = caller.get("/quiz/1").location
    form = caller.get(path).page.form()
    fields = {**form.initial_fields, "pronoun": ["she"], "wish": ["decide"], "partner_name": [NAME]}
    for name in form.names:
        fields.setdefault(name, [form.values(name)[0]])
    assert caller.post(path, fields).status == 303


def test_from_an_empty_folder_to_an_address(folder: Path, start_server: Callable[..., Server]) -> None:
    """It makes the folder, the key and the database, prints address and folder, answers, and says nothing of itself."""
    server = start_server(folder)
    printed = server.log.removeprefix("Loading questionnaires and rules …\n")  # on a machine that is busy
    assert re.fullmatch(rf"Data folder: {folder}\nHeartwork is ready: http://127\.0\.0\.1:\d+\n", printed)
    names = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert {"heartwork.sqlite", "server.key"} <= names.keys()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not [name for name, mode in names.items() if mode & 0o077], "nobody else may read anything"
    answer = HttpClient(server.url).get("/")
    assert answer.status == 200
    assert "Server" not in answer.headers
    assert "waitress" not in str(answer.headers).lower()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_copies_of_killed_commands_are_removed(folder: Path, start_server: Callable[..., Server], workers: str) -> None:
    """A copy that a killed backup or restore left in the data folder goes at the start, with one line; one in use stays."""
    left = folder / f"{PREFIX}{'0' * 32}"
    left.mkdir(parents=True)
    for name in (LOCK_FILE, "copy"):
        (left / name).touch()
    with temporary_folder(folder) as in_use:
        server = start_server(folder, HEARTWORK_WORKERS=workers)
        assert not left.exists()
        assert in_use.exists()
    lines = [line for line in server.log.splitlines() if PREFIX in line]
    assert [(line.split()[1], str(left) in line, in_use.name in line) for line in lines] == [("WARNING", True, False)]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly(folder: Path, start_server: Callable[..., Server], number: int) -> None:
    """SIGTERM and Ctrl-C end it at once, with code 0 and without a word; the log of the database is put away."""
    server = start_server(folder)
    begin(HttpClient(server.url))
    before = server.log
    server.process.send_signal(number)
    assert wait_for_exit(server.process, "heartwork serve") == 0
    server.stop()
    assert server.log == before
    assert not (folder / "heartwork.sqlite-wal").exists() or (folder / "heartwork.sqlite-wal").stat().st_size == 0


def test_what_was_acknowledged_outlives_a_kill(folder: Path, start_server: Callable[..., Server]) -> None:
    """After kill -9 the next server opens the same link, with the same answers, for the same cookie."""
    server = start_server(folder)
    caller = HttpClient(server.url)
    secret = begin(caller)
    answer_first_page(caller)
    place = caller.get("/quiz/1").location
    server.kill()
    again = start_server(folder)
    later = HttpClient(again.url)
    later.jar = caller.jar
    other = HttpClient(again.url)
    form = other.get(f"/open/{secret.code}").page.form("/open")
    assert other.post("/open", form.initial_fields).location == "/continue"
    assert other.get("/quiz/1").location == place
    with closing(sqlite3.connect(folder / "heartwork.sqlite")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_neither_log_nor_database_holds_what_people_write(folder: Path, start_server: Callable[..., Server]) -> None:
    """The bytes of all files and every printed line, searched for the link, the words, the name and the answers."""
    server = start_server(folder)
    caller = HttpClient(server.url)
    secret = begin(caller)
    answer_first_page(caller)
    caller.get(f"/open/{secret.code}")
    caller.get(f"/open/{secret.code}/nowhere")
    caller.get("/link")
    caller.post("/quiz/1/you_two", {"partner_name": [NAME]})
    server.stop()
    written = server.log.encode() + b"".join(path.read_bytes() for path in folder.iterdir())
    keys = (secret.code.encode(), secret.old_code.encode(), secret.raw, secret.key, " ".join(secret.words[:3]).encode())
    for part in (*keys, NAME.encode()):
        assert part not in written


def test_an_answer_that_is_under_way_arrives(folder: Path, start_server: Callable[..., Server]) -> None:
    """A page sent just before the server ends gets its answer."""
    server = start_server(folder)
    line = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=SECONDS)
    with closing(line):
        line.request("GET", "/robots.txt")
        line.getresponse().read()
        line.request("GET", "/help?country=uk")
        server.process.terminate()
        assert line.getresponse().status == 200
    assert wait_for_exit(server.process, "heartwork serve") == 0


def test_a_taken_port(folder: Path, start_server: Callable[..., Server]) -> None:
    """If the port is in use, the command prints one sentence that names the port and the option."""
    port = start_server(folder).url.rpartition(":")[2]
    process = run("--port", port, "--data-dir", str(folder))
    assert process.returncode == 1
    assert process.stdout == ""
    assert process.stderr.count("\n") == 1
    assert process.stderr.startswith(f"heartwork serve: port {port} of 127.0.0.1 ")
    assert "--port" in process.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "value"),
    [
        (("--port", "x"), 2, "--port (HEARTWORK_PORT)"),
        (("--host", "192.0.2.1"), 1, "192.0.2.1"),
        (("--host", "nowhere.invalid"), 1, "nowhere.invalid"),
        (("--data-dir", "/proc/heartwork"), 1, "/proc/heartwork"),
        (("--data-dir", f"{__file__}/x"), 1, "(Not a directory)"),
        (("--database-url", "nothing://x"), 1, "--database-url (HEARTWORK_DATABASE_URL)"),
        (("--database-url", "not a url"), 1, "--database-url (HEARTWORK_DATABASE_URL)"),
        (("--content", "/nowhere"), 1, "/nowhere"),
        (("--questionnaire", "check-in"), 2, "--questionnaire (HEARTWORK_QUESTIONNAIRE)"),
        (("--colour", "green"), 2, "--colour"),
    ],
)
def test_what_stands_in_the_way_is_said_in_a_sentence(
    folder: Path, arguments: tuple[str, ...], code: int, value: str
) -> None:
    """An error prints the value that is wrong, no traceback and nothing on stdout; the exit code is 1 or 2."""
    result = run_here("--data-dir", str(folder), *arguments)
    assert result.exit_code == code, result.stderr
    assert value in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


def test_files_that_are_not_ours(folder: Path) -> None:
    """A file that is not a database, or not a key, is named and not changed."""
    folder.mkdir()
    (folder / "heartwork.sqlite").write_bytes(b"no database " * 999)
    result = run_here("--data-dir", str(folder))
    assert (result.exit_code, result.stdout) == (1, "")
    assert str(folder) in result.stderr
    (folder / "heartwork.sqlite").unlink()
    (folder / "server.key").write_text("no key")
    (folder / "server.key").chmod(0o600)
    result = run_here("--data-dir", str(folder))
    assert (result.exit_code, result.stdout) == (1, "")
    assert str(folder / "server.key") in result.stderr
    assert (folder / "server.key").read_text() == "no key"


@pytest.mark.parametrize("kind", ["directory", "pipe", "link"])
def test_a_deletion_log_that_is_no_file(folder: Path, kind: str) -> None:
    """The server, the commands for the database and doctor name the path and exit with 1."""
    folder.mkdir(mode=0o700)
    path = folder / "tombstones"
    if kind == "link":
        path.symlink_to("nowhere")
    else:
        (os.mkfifo if kind == "pipe" else os.mkdir)(path)
    result = run_here("--data-dir", str(folder))
    assert (result.exit_code, result.stdout) == (1, "")
    assert str(path) in result.stderr
    for command in (("db", "upgrade"), ("db", "purge"), ("db", "backup", str(folder / "backup"))):
        result = CliRunner().invoke(cli, [*command, "--data-dir", str(folder)], catch_exceptions=False)
        assert (result.exit_code, result.stdout) == (1, "")
        assert str(path) in result.stderr
    result = CliRunner().invoke(cli, ["doctor", "--data-dir", str(folder)], catch_exceptions=False)
    assert result.exit_code == 1
    assert re.search(rf"^problem .*{re.escape(str(path))} ", result.stdout, re.MULTILINE)


@pytest.mark.parametrize("mode", [0o604, 0o602, 0o640, 0o620])
def test_a_key_that_others_can_open(folder: Path, mode: int) -> None:
    """The server does not start with a key that others can read or write, says how to close it, and leaves it alone."""
    open_migrated(folder).close()
    key = folder / "server.key"
    key.write_bytes(bytes(32))
    key.chmod(mode)
    result = run_here("--data-dir", str(folder))
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"chmod 600 {key}" in result.stderr
    assert result.stderr.count("\n") == 1
    assert stat.S_IMODE(key.stat().st_mode) == mode
    result = CliRunner().invoke(cli, ["doctor", "--data-dir", str(folder)], catch_exceptions=False)
    assert result.exit_code == 1
    assert f"chmod 600 {key}" in result.stdout


def test_a_key_from_its_variable_needs_no_file(folder: Path) -> None:
    """With the key in its variable the file is neither read nor made."""
    folder.mkdir(mode=0o700)
    (folder / "server.key").write_bytes(bytes(32))
    (folder / "server.key").chmod(0o644)
    settings = Settings(data_dir=folder, server_key=bytes(32))
    open_storage(settings).close()
    (folder / "server.key").unlink()
    open_storage(settings).close()
    assert not (folder / "server.key").exists()


def test_a_later_database(folder: Path) -> None:
    """A database of a later version is not touched."""
    open_migrated(folder).close()
    with closing(sqlite3.connect(folder / "heartwork.sqlite", isolation_level=None)) as database:
        database.execute("UPDATE alembic_version SET version_num = 'r999'")
    result = run_here("--data-dir", str(folder))
    assert (result.exit_code, result.stdout) == (1, "")
    assert str(folder) in result.stderr
    with closing(sqlite3.connect(folder / "heartwork.sqlite")) as database:
        assert database.execute("SELECT version_num FROM alembic_version").fetchall() == [("r999",)]


def test_a_public_address_without_https(folder: Path, start_server: Callable[..., Server]) -> None:
    """It is served, and the operator reads what that means."""
    server = start_server(folder, HEARTWORK_HOST="0.0.0.0")
    assert server.url.startswith("http://127.0.0.1:")
    assert "--base-url" in server.log
    assert "https" in server.log


def test_the_help_names_everything() -> None:
    """Every setting but the key is an option with its own line."""
    text = CliRunner().invoke(serving.serve, ["--help"]).output
    for name in Settings.model_fields:
        assert (f"--{name.replace('_', '-')}" in text) == (name not in VARIABLES_ONLY)


def test_a_socket_is_let_go(tmp_path: Path) -> None:
    """If the start fails after the port was taken, the port is free again."""
    settings = Settings(data_dir=tmp_path, port=0)
    ports: list[int] = []

    def fail() -> None:
        with listening(settings) as listener:
            ports.append(listener.getsockname()[1])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with socket.socket() as again:
        again.bind(("127.0.0.1", ports[0]))


# Forgetting


class Once:
    """A stop that lets the upkeep run one time, or several."""

    def __init__(self, *before: Callable[[], None]) -> None:
        self.before = list(before)

    def wait(self, seconds: float) -> bool:
        assert seconds == timedelta(days=1).total_seconds()
        if not self.before:
            return True
        self.before.pop(0)()
        return False


def test_old_drafts_are_forgotten_daily(site: Site) -> None:
    """At the start, and again each day, by the settings' days."""
    client = site.app.test_client()
    secret = Secret.mint()
    site.state.journeys.start(secret, "breakup", site.state.content.snapshot_for("breakup"), site.clock.today())
    stop: Any = Once(lambda: site.clock.advance(days=30), lambda: site.clock.advance(days=1))
    presence = []
    waiting = stop.wait

    def wait(seconds: float) -> bool:
        presence.append(site.storage.read_journey(secret) is not None)
        return bool(waiting(seconds))

    stop.wait = wait
    purge_daily(site.state, stop)
    assert presence == [True, True, False]
    assert client.get("/").status_code == 200


def test_upkeep_goes_on_after_a_failure(
    site: Site, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A day on which the database cannot be written is no end of forgetting, and no end of the server."""
    failures = iter([UnavailableError(), ValueError(NAME)])

    def fail(*_: object, **__: object) -> None:
        raise next(failures)

    monkeypatch.setattr(serving, "purge", fail)
    stop: Any = Once(lambda: None)
    purge_daily(site.state, stop)
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING", "ERROR"]
    assert NAME not in caplog.text


def test_nothing_deleted_comes_back_with_a_backup(folder: Path, start_server: Callable[..., Server]) -> None:
    """A database that was put back from a backup loses at the next start what was deleted since."""
    storage = open_migrated(folder)
    secret = Secret.mint()
    storage.create_journey(secret, JOURNEY_BODY, sample_new_sitting(), DAY)
    storage.close()
    backup = (folder / "heartwork.sqlite").read_bytes()
    storage = open_migrated(folder)
    storage.delete_journey(secret, DAY)
    storage.close()
    (folder / "heartwork.sqlite").write_bytes(backup)
    start_server(folder).stop()
    with closing(sqlite3.connect(folder / "heartwork.sqlite")) as database:
        assert database.execute("SELECT count(*) FROM journey").fetchone() == (0,)


def test_the_log_has_kinds_and_no_messages() -> None:
    """Whatever a library logs with an error: the kind of the error stays, its words and the traceback go."""
    error = ValueError(NAME)
    record = logging.LogRecord("x", logging.ERROR, "x.py", 1, "it %s", ("failed",), (ValueError, error, None))
    assert RedactingFilter().filter(record)
    assert record.getMessage() == "it failed (ValueError)"
    assert not record.exc_info
