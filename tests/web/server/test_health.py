"""Health checks, metrics and log lines, which contain no data of a person."""

from __future__ import annotations

import json
import logging
import re
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from tests.clients.site import Site, example, secret_of
from tests.servers.server_process import HttpClient, serve
from tests.servers.waiting import SECONDS, join
from tests.web.cli.test_serve import NAME, answer_first_page, begin
from web.http import logs
from web.http.logs import LogFormatter
from web.server import health
from web.server.health import Readiness
from web.settings import SettingsError, read_settings
from web.storage import UnavailableError

KINDS = ("safety_first", "heal_and_let_go", "space_first", "reconnect")
TOKEN = "a-token-of-some-length"


@pytest.fixture
def watched(tmp_path: Path) -> Any:
    site = Site(tmp_path / "kept", options={"metrics": "loopback", "base_url": "https://example.org"})
    yield site
    site.storage.close()


def numbers(site: Site) -> dict[str, float]:
    response = site.app.test_client().get("/metrics")
    assert response.status_code == 200
    lines = (line.rpartition(" ") for line in response.text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


def test_alive_and_ready(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Health checks accept any host name, set no cookie and name the part that fails; liveness is independent of it."""
    monkeypatch.setattr(health, "CACHE_SECONDS", 0.0)
    client = site.app.test_client()
    headers = {"Host": "10.0.0.7:8000"}
    answer = client.get("/readyz", headers=headers)
    assert (answer.status_code, answer.json) == (
        200,
        dict.fromkeys(("database", "deletion_log", "migrations", "content", "rules"), "ok"),
    )
    assert "Set-Cookie" not in answer.headers
    with site.storage.database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '000'"))
    assert client.get("/readyz", headers=headers).json["migrations"] == "behind"  # type: ignore[index]

    def refuse() -> None:
        raise UnavailableError

    monkeypatch.setattr(site.storage, "count", refuse)
    answer = client.get("/readyz", headers=headers)
    assert (answer.status_code, answer.json["database"]) == (503, "unavailable")  # type: ignore[index]
    assert client.get("/healthz", headers=headers).text == "ok\n"
    assert client.get("/help", headers=headers).status_code == 400, "other pages go by their names"


def test_wrong_rules_are_noticed(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process is not ready if the rules engine and the plain evaluator differ."""
    assert Readiness(site.state).check()["rules"] == "ok"
    monkeypatch.setattr(health, "assess", lambda *_, **__: 1 / 0)
    assert Readiness(site.state).check()["rules"] == "wrong"


def test_looking_often_costs_nothing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Results are cached for a second."""
    readiness = Readiness(site.state)
    assert set(readiness.check().values()) == {"ok"}
    monkeypatch.setattr(site.storage, "count", lambda: 1 / 0)
    assert readiness.check()["database"] == "ok"


def test_storage_is_written_at_most_once_in_ten_seconds(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database is read each second; the result of a write is cached for ten seconds."""
    seconds = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: seconds[0])
    probes: list[float] = []

    def refuse() -> None:
        probes.append(seconds[0])
        raise UnavailableError(code="full")

    with monkeypatch.context() as patch:
        patch.setattr(site.storage.database, "probe_write", refuse)
        readiness = Readiness(site.state)
        for _ in range(25):
            assert readiness.check()["database"] == "full"
            seconds[0] += 1
    assert probes == [1000.0, 1010.0, 1020.0]


def test_a_storage_that_does_not_answer_takes_one_thread(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one health check waits for the database, others are answered."""
    monkeypatch.setattr(health, "CACHE_SECONDS", 0.0)
    is_asked, answers = threading.Event(), threading.Event()

    def wait() -> int:
        is_asked.set()
        assert answers.wait(SECONDS)
        return 0

    readiness = Readiness(site.state)
    monkeypatch.setattr(site.storage, "count", wait)
    waiting = threading.Thread(target=readiness.check)
    waiting.start()
    try:
        assert is_asked.wait(SECONDS)
        assert readiness.check()["database"] == "slow"
    finally:
        answers.set()
        join([waiting], "the first look")
    assert readiness.check()["database"] == "ok"


def test_damaged_rows_are_logged(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    """A damaged sitting or journey leads to a page; the operator has one line, without its person."""
    person = site.person()
    person.start()
    secret = secret_of(person)
    for table in ("sitting", "journey"):
        with site.storage.database.writing() as connection:
            connection.execute(text(f"UPDATE {table} SET body = x'00'"))  # noqa: S608 - two names
        for _ in range(3):
            person.client.get("/plans")
    lines = [record.getMessage() for record in caplog.records if "damaged_row" in record.getMessage()]
    assert len(lines) == 1
    assert secret.code not in lines[0]


def test_numbers(watched: Site) -> None:
    """Metrics count requests, durations, evaluations and sittings."""
    person = watched.person()
    person.get("/")
    before = numbers(watched)
    assert before['heartwork_requests_total{method="GET",route="/",status="200"}'] == 1
    assert before["heartwork_engine_mismatches_total"] >= 0
    state = watched.state
    state.counters.sitting("started")
    state.counters.storage_error("unavailable")
    state.content.warm(state.today())
    after = numbers(watched)
    assert after['heartwork_sittings_total{event="started"}'] == 1
    assert after['heartwork_storage_errors_total{code="unavailable"}'] == 1
    assert after["heartwork_evaluation_seconds_count"] > before["heartwork_evaluation_seconds_count"]
    assert after["heartwork_engine_evaluations_total"] > before["heartwork_engine_evaluations_total"]


def test_numbers_know_nobody(watched: Site) -> None:
    """Metric names and labels after every kind of event: none comes from answers, advice or addresses."""
    watched.options.pop("base_url")
    person = watched.person()
    person.start()
    person.walk(example("first-weeks"))
    person.finish()
    person.get("/nowhere/secret", status=404)
    samples = numbers(watched)
    assert samples['heartwork_sittings_total{event="started"}'] == 1
    assert samples['heartwork_sittings_total{event="finished"}'] == 1
    labels = {pair for name in samples for pair in re.findall(r'(\w+)="([^"]*)"', name)}
    assert {name for name, _ in labels} <= {"method", "route", "status", "le", "event", "code"}
    rules = {rule.rule for rule in watched.app.url_map.iter_rules()} | {"none"}
    assert {value for name, value in labels if name == "route"} <= rules
    text_of = watched.app.test_client().get("/metrics").text
    for needle in (*KINDS, secret_of(person).code, "gate", "notice", "kind"):
        assert needle not in text_of


@pytest.mark.parametrize(
    ("headers", "remote", "status"),
    [
        ({}, "127.0.0.1", 200),
        ({}, "10.1.2.3", 404),
        ({"Host": "example.org"}, "127.0.0.1", 404),
        ({"X-Forwarded-For": "10.1.2.3"}, "127.0.0.1", 404),
        ({"Forwarded": "for=10.1.2.3"}, "127.0.0.1", 404),
    ],
)
def test_numbers_for_this_machine_only(watched: Site, headers: dict[str, str], remote: str, status: int) -> None:
    """Who comes from elsewhere, or over a proxy, finds no such page."""
    answer = watched.app.test_client().get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": remote})
    assert answer.status_code == status


def test_numbers_by_token_and_not_at_all(tmp_path: Path, site: Site) -> None:
    """With a token it takes the token, from everywhere; without the setting there are no numbers."""
    token_house = Site(tmp_path / "other", options={"metrics": "token", "metrics_token": TOKEN})
    for authorization, status in ((f"Bearer {TOKEN}", 200), (f"Bearer {TOKEN}x", 404), ("", 404), ("Bearer é", 404)):
        answer = token_house.app.test_client().get(
            "/metrics", headers={"Authorization": authorization.encode().decode("latin-1")}
        )
        assert answer.status_code == status
    token_house.storage.close()
    assert site.app.test_client().get("/metrics").status_code == 404


def test_a_token_is_needed() -> None:
    """With “token” and without a token nothing starts, nor with one that is guessed easily; neither is repeated."""
    for variables in (
        {"HEARTWORK_METRICS": "token"},
        {"HEARTWORK_METRICS_TOKEN": "short"},
        {"HEARTWORK_METRICS": "all"},
    ):
        with pytest.raises(SettingsError) as caught:
            read_settings({}, variables)
        assert "HEARTWORK_METRICS" in str(caught.value)
        assert "short" not in str(caught.value)
    with pytest.raises(SettingsError, match="one of: off, loopback, token"):
        read_settings({"metrics": "all"}, {})
    assert TOKEN not in repr(read_settings({"metrics": "token"}, {"HEARTWORK_METRICS_TOKEN": TOKEN}))


def test_lines_stay_lines(site: Site) -> None:
    """What would begin another line, or steer a terminal, is a space; rules of the engine are not named."""
    record = logging.makeLogRecord(
        {"name": "x", "levelname": "ERROR", "msg": "a\nfake\r\x1b[31m line\u2028", "created": 0}
    )
    assert LogFormatter("text").format(record) == "1970-01-01T00:00:00Z ERROR a fake [31m line "
    entry = json.loads(LogFormatter("json").format(record))
    assert entry == {"time": "1970-01-01T00:00:00Z", "level": "ERROR", "message": "a fake [31m line "}
    record = logging.makeLogRecord({"name": logs.INFERENCE_LOGGER, "msg": "differ on %s", "args": ("gate-fear",)})
    assert logs.RedactingFilter().filter(record)
    assert "gate-fear" not in LogFormatter("text").format(record)


def test_requests_have_ids(site: Site) -> None:
    """Every response carries an id; one that comes from outside is only believed from a proxy of one's own."""
    client = site.app.test_client()
    first, second = (client.get("/", headers={"X-Request-Id": "abcdefgh-1"}).headers["X-Request-Id"] for _ in range(2))
    assert first != second != "abcdefgh-1"
    assert re.fullmatch(r"[0-9a-f]{16}", first)


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_log_of_a_server(form: str, tmp_path: Path) -> None:
    """A line for each request, with route, status, time and id; no link, name, address, query or cookie in any."""
    server = serve(tmp_path / "data", 0, HEARTWORK_LOG_FORMAT=form, HEARTWORK_LOG_REQUESTS="yes")
    try:
        caller = HttpClient(server.url)
        secret = begin(caller)
        answer_first_page(caller)
        caller.get(f"/open/{secret.code}?who={NAME}")
        answer = caller.get("/nowhere%0Afake")
    finally:
        server.stop()
    lines = [line for line in server.log.splitlines() if "route" in line]
    assert len(lines) >= 6
    for needle in (
        secret.code,
        secret.old_code,
        NAME,
        '127.0.0.1"',
        "she",
        "nowhere",
        "fake",
        "Cookie",
    ):
        assert not any(str(needle) in line for line in lines)
    assert any(answer.headers["X-Request-Id"] in line and "404" in line for line in lines)
    if form == "json":
        entries = [json.loads(line) for line in lines]
        assert set(entries[0]) == {"time", "level", "message", "request", "route", "status", "ms"}
        assert "/open/<code>" in {entry["route"] for entry in entries}
