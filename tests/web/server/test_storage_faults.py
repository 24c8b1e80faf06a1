"""Storage that fails while the server runs: what people see, and what the operator finds in log, readiness and metrics."""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.clients.page import Form
from tests.clients.site import Site
from tests.paths import ROOT
from tests.servers import postgres_server as cluster
from tests.servers.nginx_proxy import free_ports
from tests.servers.server_process import FREE, HttpClient, HttpResponse, Server, serve
from tests.servers.waiting import SECONDS, wait_for_exit, wait_until
from tests.web.cli.test_serve import NAME, answer_first_page, begin
from web.server import health

FAILURE = re.compile(r"storage failed \((\w+)\)")


def typed_form(caller: HttpClient) -> tuple[str, dict[str, list[str]]]:
    """The second page, filled in but not sent."""
    path = caller.get("/quiz/1").location
    form = caller.get(path).page.form()
    fields = dict(form.initial_fields)
    for name in form.names:
        fields.setdefault(name, [form.values(name)[0]])
    return path, fields


def readiness(server: Server) -> dict[str, str]:
    results: dict[str, str] = json.loads(HttpClient(server.url).get("/readyz").body)
    return results


def errors_counted(server: Server) -> dict[str, float]:
    text = HttpClient(server.url).get("/metrics").body.decode()
    pairs = re.findall(r'^heartwork_storage_errors_total\{code="(\w+)"\} (\S+)', text, re.MULTILINE)
    return {code: float(number) for code, number in pairs}


def offered_again(answer: HttpResponse, path: str) -> Form:
    """The form on the page that says that nothing was saved."""
    assert answer.status == 503
    assert answer.headers["Retry-After"]
    return answer.page.form(path)


@contextmanager
def limited_file_size(server: Server) -> Iterator[None]:
    """No file of the server may grow, or be written at all, by the limit that `ulimit -f` sets."""
    soft, hard = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (0, hard))
    yield
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def full_disk(server: Server) -> Iterator[None]:
    """Something else took all room of the disk."""
    other = server.folder / "other"
    with other.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):  # noqa: PT012
        while True:
            file.write(bytes(4096))
    yield
    other.unlink()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, of 16 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=16m,mode=700", "tmpfs", str(folder)]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS)
    if mounted.returncode != 0:
        pytest.skip(f"no disk can be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True, timeout=SECONDS)


FAULTS = {"limited_file_size": limited_file_size, "full_disk": full_disk}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_disk_that_takes_nothing(request: pytest.FixtureRequest, tmp_path: Path, fault: str) -> None:
    """People get what they typed, the operator one line, a word and a number; what was saved can be read; then it goes on."""
    folder = request.getfixturevalue("small_disk") if fault == "full_disk" else tmp_path / "data"
    server = serve(folder, HEARTWORK_METRICS="loopback")
    try:
        caller = HttpClient(server.url)
        secret = begin(caller)
        answer_first_page(caller)
        path, fields = typed_form(caller)
        with FAULTS[fault](server):
            for _ in range(3):
                form = offered_again(caller.post(path, fields), path)
            assert caller.get(path).status == 200
            assert readiness(server) == {
                "database": "full",
                "deletion_log": "full",
                "migrations": "ok",
                "content": "ok",
                "rules": "ok",
            }
            assert HttpClient(server.url).get("/healthz").status == 200
            counted = errors_counted(server)
            assert counted == {"full": 4, "deletion_log": 1}
        assert caller.post(path, form.initial_fields).status == 303
    finally:
        server.stop()
    assert sorted(FAILURE.findall(server.log)) == ["deletion_log", "full"]
    assert "Traceback" not in server.log
    for needle in (secret.code, NAME, "/quiz/", "csrf"):
        assert needle not in server.log


def test_a_database_server_that_is_away(tmp_path: Path) -> None:
    """The same while PostgreSQL is stopped; when it is back, what was typed is saved by the button of that page."""
    if reason := cluster.why_not():
        pytest.skip(reason)
    postgres = cluster.new_cluster()
    assert postgres is not None
    try:
        server = serve(tmp_path / "data", HEARTWORK_METRICS="loopback", HEARTWORK_DATABASE_URL=postgres.url)
        try:
            caller = HttpClient(server.url)
            secret = begin(caller)
            path, fields = typed_form(caller)
            postgres.stop()
            form = offered_again(caller.post(path, fields), path)
            results = readiness(server)
            assert results["database"] == results["migrations"] != "ok"
            assert results["deletion_log"] == "ok"
            assert errors_counted(server)[results["database"]] >= 2
            postgres.start()
            assert caller.post(path, form.initial_fields).status == 303
        finally:
            server.stop()
    finally:
        cluster.away(postgres)
    assert FAILURE.findall(server.log) == [results["database"]]
    assert secret.code not in server.log


@pytest.mark.parametrize("kind", ["directory", "pipe", "link to nothing", "removed"])
def test_a_deletion_log_that_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """Nothing is deleted, not even after it was confirmed; when the file is back, it is."""
    monkeypatch.setattr(health, "CACHE_SECONDS", 0.0)
    monkeypatch.setattr(health, "PROBE_SECONDS", 0.0)
    site = Site(tmp_path / "kept", options={"metrics": "loopback"})
    client = site.app.test_client()
    person = site.person()
    person.start()
    log = site.state.storage.deletion_log
    if kind == "removed":
        log.record_sitting("0" * 32, site.state.today())
    saved = log.path.read_bytes() if log.path.exists() else None
    log.path.unlink(missing_ok=True)
    match kind:
        case "directory":
            log.path.mkdir()
        case "pipe":
            os.mkfifo(log.path)
        case "link to nothing":
            log.path.symlink_to("nowhere")
    assert client.get("/readyz").json["deletion_log"] == "gone"  # type: ignore[index]
    form = person.get("/delete").form("/delete")
    answer = person.client.post("/delete", {**form.initial_fields, "confirm": ["yes"]})
    assert answer.status == 503
    assert site.storage.count() == 1
    if kind == "directory":
        log.path.rmdir()
    else:
        log.path.unlink(missing_ok=True)
    if saved is not None:
        log.path.write_bytes(saved)
    assert client.get("/readyz").status_code == 200
    person.client.post("/delete", {**form.initial_fields, "confirm": ["yes"]})
    assert site.storage.count() == 0
    site.storage.close()


@pytest.mark.parametrize("kind", ["full", "closed"])
def test_a_log_that_cannot_be_written(tmp_path: Path, kind: str) -> None:
    """With stdout and stderr on a full disk, or into a pipe that is read no more, people are answered all the same."""
    (port,) = free_ports(1)
    reading, writing = os.pipe()
    output = os.open("/dev/full", os.O_WRONLY) if kind == "full" else writing
    os.close(reading)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HEARTWORK_")}
    command = [sys.executable, "-m", "web.cli", "serve", "--port", str(port), "--data-dir", str(tmp_path / "data")]
    process = subprocess.Popen(
        [*command, "--log-requests", "yes"],
        cwd=ROOT,
        env={**environment, **FREE},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
    )
    os.close(writing)
    try:
        caller = HttpClient(f"http://127.0.0.1:{port}")

        def answers() -> bool:
            assert process.poll() is None, "it ended"
            try:
                return caller.get("/healthz").status == 200
            except OSError:
                return False

        wait_until(answers, "the server to answer")
        begin(caller)
        answer_first_page(caller)
    finally:
        process.terminate()
        wait_for_exit(process, "heartwork serve")
        if kind == "full":
            os.close(output)
