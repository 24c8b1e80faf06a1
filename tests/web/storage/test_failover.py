"""Two PostgreSQL servers with synchronous replication: no acknowledged answer is lost if either server is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing
from datetime import date
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Final

import pytest

from tests.clients.crowd import Crowd, crowd, wait_for_pages
from tests.clients.patient import PatientClient
from tests.clients.person import Fields, Person, Response
from tests.clients.site import Site, secret_of
from tests.servers import postgres_server as cluster
from tests.servers.postgres_faults import (
    DURABLE,
    demand_standby,
    hung,
    is_followed,
    kill,
    promote,
    start_standby,
)
from tests.servers.server_process import Server, serve
from tests.servers.waiting import SECONDS, run_at_once, wait_until
from web.server.startup import open_migrated
from web.storage import Storage, UnavailableError

PEOPLE: Final = 8
MOST_SECONDS: Final = 30.0
"""Seconds within which requests must succeed again."""
NAME: Final = "Quillon"
CANCEL: Final = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
"""Cancels the wait for the standby of every commit."""
TERMINATE: Final = CANCEL.replace("cancel", "terminate")
"""The same, and closes its connection."""

Pair = tuple[cluster.Cluster, cluster.Cluster]


def started_pair(options: tuple[str, ...]) -> Iterator[Pair]:
    """A primary and its synchronous standby."""
    if reason := cluster.why_not():
        pytest.skip(reason)
    primary = cluster.new_cluster(options)
    if primary is None:
        pytest.skip("the server that was named cannot be killed")
    standby = start_standby(primary)
    demand_standby(primary)
    yield primary, standby
    cluster.away(standby)
    cluster.away(primary)


@pytest.fixture
def pair_to_lose() -> Iterator[Pair]:
    """A pair for a single test, with PostgreSQL's default durability."""
    yield from started_pair(DURABLE)


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    """A pair that several tests share."""
    yield from started_pair(("fsync=off", "full_page_writes=off", *DURABLE))


@pytest.fixture
def site(pair: Pair, tmp_path: Path) -> Iterator[Site]:
    """A site on the primary, with an empty database."""
    site = Site(tmp_path, database=cluster.emptied(pair[0].url))
    yield site
    site.storage.close()


@pytest.fixture
def codes(site: Site, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The kinds of failure of the site's storage so far."""
    codes: list[str] = []
    monkeypatch.setattr(site.state.counters, "storage_error", codes.append)
    return codes


def filled(person: Person) -> tuple[str, Fields]:
    """The path and the fields of the first page, with a name."""
    form = person.questions
    assert form is not None
    return form.action, {**form.initial_fields, "partner_name": [NAME], "pronoun": ["she"]}


def offered(refusal: Response) -> tuple[str, Fields]:
    """The path and the typed fields of a page that was refused."""
    form = next(form for form in refusal.page.forms if form.method == "post")
    return form.action, form.initial_fields


def interrupted(primary: cluster.Cluster, statement: str, post: Callable[[], Response]) -> Response:
    """The response to a form whose commit is cancelled while it waits for the standby."""

    def cancel() -> None:
        wait_until(lambda: cluster.rows(primary.url, statement), "a commit to wait for the standby")

    answers: list[Response] = []
    run_at_once([cancel, lambda: answers.append(post())], "a commit that does not wait any more")
    return answers[0]


def test_a_commit_that_the_standby_lacks(
    pair: Pair, site: Site, codes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A commit with a warning is not acknowledged, and sending the page again stores it once."""
    monkeypatch.setattr("web.app.PAGE_SECONDS", SECONDS)
    primary, standby = pair
    person, second = site.person(), site.person()
    person.start()
    action, fields = filled(person)
    form = second.get("/start").form("/start")
    adult = {"adult": ["yes"], **second.hidden_fields(form)}
    with hung(standby):
        refused_page = interrupted(primary, CANCEL, partial(person.client.post, action, fields))
        refused_start = interrupted(primary, TERMINATE, partial(second.client.post, "/start", adult))
    assert (refused_page.status, refused_start.status) == (503, 503)
    assert codes == ["not_replicated", "not_replicated"]
    assert offered(refused_page)[1]["partner_name"] == [NAME]
    secret = secret_of(person)
    assert site.sitting(secret).answers["partner_name"] == NAME, "the primary has the commit"
    revision = site.sitting(secret).revision
    assert person.client.post(*offered(refused_page)).status == 303
    assert (site.sitting(secret).answers["partner_name"], site.sitting(secret).revision) == (NAME, revision)
    assert second.client.post(*offered(refused_start)).location == "/quiz/1"
    second.get("/quiz/1")
    journey = site.journey(secret_of(second))
    assert journey is not None
    assert [sitting.number for sitting in journey.sittings] == [1]


def test_a_lost_standby(pair: Pair, site: Site, codes: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the standby nothing is acknowledged and everything can be read; writes work when it is back."""
    monkeypatch.setattr("web.app.PAGE_SECONDS", 2.0)
    primary, standby = pair
    person = site.person()
    person.start()
    path = person.path
    action, fields = filled(person)
    with hung(standby):
        refusal = person.client.post(action, fields)
        assert (refusal.status, codes) == (503, ["slow"])
        person.get(path)
        again = person.client.post(*offered(refusal))
        assert again.status == 503, "the commit before it is not decided yet"
        assert site.sitting(secret_of(person)).answers == {}
    wait_until(lambda: is_followed(primary), "the standby to follow again")
    wait_until(lambda: person.client.post(*offered(again)).status == 303, "the page to be taken")
    assert site.sitting(secret_of(person)).answers["partner_name"] == NAME


def test_a_standby_takes_no_writes(pair: Pair, site: Site, tmp_path: Path) -> None:
    """A standby that is used as the database can be read; writes fail as ``read_only``."""
    person = site.person()
    person.start()
    secret = secret_of(person)
    lsn = "SELECT pg_wal_lsn_diff(sent_lsn, replay_lsn) FROM pg_stat_replication"
    wait_until(lambda: cluster.rows(pair[0].url, lsn) == [(0,)], "the standby to show what it has")
    with closing(Storage.connect(tmp_path / "standby", pair[1].url)) as storage:
        assert storage.read_journey(secret) is not None
        with pytest.raises(UnavailableError) as refused:
            storage.touch(secret, date.max)
    assert refused.value.code == "read_only"


def url_of(*servers: cluster.Cluster) -> str:
    """The URL of several servers in libpq's notation, which selects the one that accepts writes."""
    hosts = ",".join(f"127.0.0.1:{server.port}" for server in servers)
    return f"postgresql://heartwork@{hosts}/postgres?target_session_attrs=read-write"


@pytest.fixture
def servers(pair_to_lose: Pair, tmp_path: Path) -> Iterator[list[Server]]:
    """Two processes of Heartwork that are connected to both PostgreSQL servers."""
    variables = {"HEARTWORK_DATABASE_URL": url_of(*pair_to_lose), "HEARTWORK_SERVER_KEY": "ab" * 32}
    servers = [serve(tmp_path / name, 0, **variables) for name in ("first", "second")]
    yield servers
    for server in servers:
        server.stop()


def crowd_of(servers: list[Server]) -> AbstractContextManager[Crowd]:
    """Eight people, four at each process, who send refused pages again."""
    urls = cycle([server.url for server in servers])
    return crowd(PEOPLE, lambda: PatientClient(next(urls)))


def lost_pages(people: Crowd, server: cluster.Cluster, folder: Path) -> list[tuple[str, list[str]]]:
    """The acknowledged answers that a server lacks."""
    storage = open_migrated(folder, server.url)
    try:
        return people.lost_pages(storage)
    finally:
        storage.close()


@pytest.mark.exhaustive
def test_a_killed_primary_loses_no_answer(pair_to_lose: Pair, servers: list[Server], tmp_path: Path) -> None:
    """The primary is killed while people answer, and the standby is promoted: no acknowledged answer is lost."""
    primary, standby = pair_to_lose
    with ExitStack() as stack:
        with crowd_of(servers) as people:
            wait_for_pages(people, 3 * PEOPLE)
            kill(primary)
            promote(standby)
            wait_for_pages(people, PEOPLE, MOST_SECONDS)
            new_standby = start_standby(standby)
            stack.callback(cluster.away, new_standby)
            demand_standby(standby)
            wait_for_pages(people, 3 * PEOPLE)
        assert lost_pages(people, standby, tmp_path / "promoted") == []
        kill(standby)
        promote(new_standby)
        assert lost_pages(people, new_standby, tmp_path / "new") == []


@pytest.mark.exhaustive
def test_a_hung_primary_loses_no_answer(pair_to_lose: Pair, servers: list[Server], tmp_path: Path) -> None:
    """The primary hangs and accepts connections: people continue at the promoted standby."""
    primary, standby = pair_to_lose
    with crowd_of(servers) as people:
        wait_for_pages(people, 3 * PEOPLE)
        with hung(primary):
            promote(standby)
            wait_for_pages(people, PEOPLE, MOST_SECONDS)
            kill(primary)  # before it resumes: otherwise there would be two primaries
        wait_for_pages(people, 3 * PEOPLE)
    assert lost_pages(people, standby, tmp_path / "promoted") == []
