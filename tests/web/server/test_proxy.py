"""Two processes on one PostgreSQL behind nginx, as ``deploy/nginx.conf`` sets it up: hops, addresses, a rolling upgrade."""

from __future__ import annotations

import http.client
import os
import re
import ssl
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import Request

import pytest

from tests.clients.crowd import crowd, wait_for_pages
from tests.clients.page import read_page
from tests.clients.person import Person
from tests.clients.site import example, secret_of
from tests.servers import nginx_proxy as proxy
from tests.servers import postgres_server as cluster
from tests.servers.server_process import HttpClient, HttpResponse, Server, serve
from tests.servers.waiting import SECONDS, wait_until
from web.server.startup import open_migrated

FORM = "application/x-www-form-urlencoded"
DEAD_LINK = "A" * 22
"""A code of a link that leads nowhere."""
ANSWERS = example("first-weeks")
NEEDED = proxy.why_not() or cluster.why_not()
pytestmark = pytest.mark.skipif(NEEDED is not None, reason=NEEDED or "")


@dataclass
class Deployment:
    """nginx, two servers behind it, and their database."""

    url: str
    plain: int
    believing: ssl.SSLContext
    database: str
    folder: Path
    ports: list[int]
    servers: list[Server] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    """The id of each request that was answered."""

    def start(self, number: int) -> Server:
        """Start one of the servers at its port."""
        return serve(
            self.folder / str(number),
            self.ports[number],
            HEARTWORK_DATABASE_URL=self.database,
            HEARTWORK_SERVER_KEY="ab" * 32,
            HEARTWORK_BASE_URL=self.url,
            HEARTWORK_PROXY_HOPS="1",
            HEARTWORK_LOG_REQUESTS="yes",
            HEARTWORK_OPEN_LIMIT="2 per hour",
        )

    def restart(self, number: int) -> None:
        """End one of the servers as an operator does, and start it again."""
        server = self.servers[number]
        server.stop()
        assert server.process.returncode == 0, server.log
        self.servers[number] = self.start(number)

    def caller(self) -> HttpClient:
        caller = HttpClient(self.url, self.believing)
        send = caller._send

        def send_and_note(request: Request) -> HttpResponse:
            answer = send(request)
            self.ids.append(answer.headers.get("X-Request-Id", ""))
            return answer

        caller._send = send_and_note  # type: ignore[method-assign]
        return caller


@pytest.fixture(scope="module")
def deployment(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    database = cluster.own_database(postgres_server, f"heartwork_proxy_{worker}")
    plain, safe, *ports = proxy.free_ports(4)
    with proxy.nginx(plain, safe, ports) as believing:
        folder = tmp_path_factory.mktemp("proxy")
        site = Deployment(f"https://{proxy.NAME}:{safe}", plain, believing, database, folder, ports)
        try:
            for number in range(2):
                site.servers.append(site.start(number))
            yield site
        finally:
            for server in site.servers:
                server.stop()


def served_by(deployment: Deployment) -> dict[str, int]:
    """The server that answered each request, by the id in its log."""
    return {
        request_id: number
        for number, server in enumerate(deployment.servers)
        for request_id in re.findall(r"request=(\w+)", server.log)
    }


def test_a_journey_hops_at_every_request(deployment: Deployment) -> None:
    """A whole quiz, its plan, its link on another device and its end: each request meets the other process."""
    before = len(deployment.ids)
    person = Person(deployment.caller())
    person.start()
    person.walk(ANSWERS)
    person.finish()
    assert person.path.startswith("/plan/1")
    secret = secret_of(person)
    assert f"{deployment.url}/open/{secret.code}" in person.get("/link").html
    other = Person(deployment.caller())
    other.send(other.get(f"/open/{secret.code}").form("/open"))
    assert other.path.startswith("/plan/1")
    form = other.get("/delete").form("/delete")
    other.send(form, {**form.initial_fields, "confirm": ["yes"]})
    assert person.client.get("/plan/1").location == "/lost"
    ids = deployment.ids[before:]
    wait_until(lambda: set(ids) <= served_by(deployment).keys(), "a log line for each request")
    met = served_by(deployment)
    assert len(ids) > 40
    assert all(re.fullmatch(r"[0-9a-f]{32}", request_id) for request_id in ids), "the proxy's"
    assert all(met[first] != met[second] for first, second in pairwise(ids))


def test_what_people_get_through_the_proxy(deployment: Deployment) -> None:
    """Plain http leads to https; cookies and headers are those of https; watchers' pages and logs are not for people."""
    line = http.client.HTTPConnection("127.0.0.1", deployment.plain, timeout=SECONDS)
    line.request("GET", "/help?country=uk")
    answer = line.getresponse()
    assert (answer.status, answer.headers["Location"]) == (301, f"{deployment.url}/help?country=uk")
    line.close()
    port = int(deployment.url.rpartition(":")[2])
    line = http.client.HTTPSConnection(proxy.NAME, port, timeout=SECONDS, context=deployment.believing)
    line.request("GET", "/help")
    names = [name for name, _ in line.getresponse().getheaders()]
    line.close()
    assert len(names) == len(set(names)), "the proxy adds none to those of the page"
    assert not {"X-None", "Retry-After"} & set(names)
    person = Person(deployment.caller())
    person.start()
    assert "Strict-Transport-Security" in person.response.headers
    caller = person.client
    assert isinstance(caller, HttpClient)
    assert {cookie.name for cookie in caller.jar} == {"__Host-s"}
    assert "Server" not in person.response.headers or person.response.headers["Server"] == "nginx"
    for path in ("/metrics", "/readyz"):
        assert deployment.caller().get(path).status == 404


def test_people_are_told_apart_by_the_address_that_the_proxy_saw(deployment: Deployment) -> None:
    """Dead links count for the address they came from, whatever the request says of itself, and for no other."""

    def tries(source: str, count: int) -> list[int]:
        line = http.client.HTTPSConnection(
            proxy.NAME,
            int(deployment.url.rpartition(":")[2]),
            timeout=SECONDS,
            source_address=(source, 0),
            context=deployment.believing,
        )
        with closing(line):
            line.request("GET", "/have")
            answer = line.getresponse()
            form = read_page(answer.read().decode()).form("/have")
            cookie = answer.headers["Set-Cookie"].partition(";")[0]
            statuses = []
            for number in range(count):
                headers = {"X-Forwarded-For": f"198.51.100.{number}", "Cookie": cookie, "Content-Type": FORM}
                fields = {**form.initial_fields, "text": DEAD_LINK}
                line.request("POST", "/have", urlencode(fields, doseq=True), headers)
                answer = line.getresponse()
                answer.read()
                statuses.append(answer.status)
            return statuses

    assert tries("127.0.0.2", 6) == [303] * 4 + [200] * 2, "two at each process, then one more press"
    assert tries("127.0.0.3", 2) == [303] * 2


def test_a_rolling_upgrade_loses_nothing(deployment: Deployment) -> None:
    """Processes are restarted in turn while people answer: no request is refused, and every confirmed page is
    stored.
    """
    with crowd(4, deployment.caller) as visitors:
        wait_for_pages(visitors, 12)
        for number in (0, 1):
            deployment.restart(number)
            wait_for_pages(visitors, 6)
    assert len(visitors.started) >= 4
    storage = open_migrated(deployment.folder / "0", deployment.database)
    assert visitors.lost_pages(storage) == []
    assert storage.database.check() == ()
    storage.close()
