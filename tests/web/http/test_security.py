"""What every response says, and what no request may do."""

from __future__ import annotations

import gzip
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.clients.page import read_page
from tests.clients.site import Site, secret_of
from tests.web.http.test_session import begin_journey
from web.app import create_app
from web.crypto.encrypted_body import BodyTooLargeError, NewerFormatError, UnreadableError
from web.http.security import MOST_BYTES, PERMISSIONS, POLICY
from web.settings import Settings
from web.storage import UnavailableError

EXAMPLES = {"code": "A" * 22, "name": "you_two", "number": "1"}
NAME = "Maximiliane"


@pytest.fixture
def client(site: Site) -> FlaskClient:
    """A device on which a journey is open."""
    device = site.app.test_client()
    begin_journey(site, device)
    return device


def routes(app: Flask) -> Iterator[tuple[str, str]]:
    """Every address with every method it has, filled with what could stand in it."""
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda match: EXAMPLES.get(match[1], "1"), rule.rule)
        for method in sorted((rule.methods or set()) - {"OPTIONS"}):
            yield method, path


def check_headers(response: TestResponse, path: str) -> None:
    """The headers that every response has."""
    headers = response.headers
    assert headers["Content-Security-Policy"] == POLICY, path
    assert headers["X-Content-Type-Options"] == "nosniff", path
    assert headers["Referrer-Policy"] == ("no-referrer" if path.startswith("/open/") else "same-origin"), path
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin", path
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin", path
    assert headers["Permissions-Policy"] == PERMISSIONS, path
    assert "Server" not in headers
    assert "X-Powered-By" not in headers
    if not path.startswith(("/static", "/favicon", "/robots")):
        assert headers["Cache-Control"] == "no-store", path
    if path.startswith(("/quiz", "/plan", "/link", "/open", "/have", "/delete", "/everything", "/continue", "/keep")):
        assert headers["X-Robots-Tag"].startswith("noindex"), path


def test_headers_of_every_route(site: Site, client: FlaskClient) -> None:
    """Whatever is asked for, with or without a journey, by any method: the headers are there, and never a 500."""
    for device in (client, site.app.test_client()):
        for method, path in [
            *routes(site.app),
            ("GET", "/nowhere"),
            ("POST", "/help"),
            ("DELETE", "/"),
            ("PUT", "/quiz/1"),
        ]:
            if path == "/exit":
                continue
            response = device.open(path, method=method)
            assert response.status_code < 500, (method, path)
            check_headers(response, path)


def test_the_policy_allows_nothing_unsafe() -> None:
    """No inline script or style, no other host, no frame."""
    assert POLICY.startswith("default-src 'none'")
    assert "unsafe" not in POLICY
    assert "http" not in POLICY
    assert "frame-ancestors 'none'" in POLICY
    assert "base-uri 'none'" in POLICY


def test_https_is_for_good(tmp_path: Path, site: Site) -> None:
    """Who came over https comes over https again; at home nothing is promised."""
    secure = Site(tmp_path / "other", options={"base_url": "https://example.org"})
    response = secure.app.test_client().get("/", base_url="https://example.org")
    assert response.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "Strict-Transport-Security" not in site.app.test_client().get("/").headers
    secure.storage.close()


@pytest.mark.parametrize("options", [{}, {"allowed_hosts": ("example.org",)}], ids=["any", "one"])
@pytest.mark.parametrize("host", ["a..b", ".x", f"{'a' * 70}.org"])
def test_a_host_that_cannot_be_one(host: str, options: dict[str, Any], tmp_path: Path) -> None:
    """A host that no name has gets the page for bad requests on every route, and no error of the program."""
    site = Site(tmp_path / "kept", options=options)
    client = site.app.test_client()
    for method, path in (("GET", "/"), ("POST", "/quiz/1/x"), ("GET", "/nothing"), ("GET", "/healthz")):
        response = client.open(path, method=method, headers={"Host": host})
        assert (response.status_code, response.mimetype) == (400, "text/html"), path


def test_only_own_hosts(tmp_path: Path) -> None:
    """A request that names another host is answered with a plain page, and no address is made of it."""
    site = Site(tmp_path / "kept", options={"base_url": "https://example.org", "allowed_hosts": ("www.Example.org",)})
    client = site.app.test_client()
    for host in (
        "example.org",
        "example.org:443",
        "www.example.org",
        "127.0.0.1:8000",
        "localhost",
        "[::1]:8000",
        "EXAMPLE.org",
    ):
        assert client.get("/", headers={"Host": host}).status_code == 200, host
    for host in ("evil.example", "example.org.evil.example", "evilexample.org", "[::2]", "", "a b"):
        response = client.get("/", headers={"Host": host})
        assert response.status_code == 400, host
        assert "evil" not in response.text
        check_headers(response, "/")
    site.storage.close()


def test_links_begin_with_the_address_people_use(tmp_path: Path) -> None:
    """Whatever host the request names."""
    site = Site(tmp_path / "kept", options={"base_url": "http://example.org"})
    client = site.app.test_client()
    begin_journey(site, client)
    page = client.get("/link", headers={"Host": "localhost:9"})
    assert "http://example.org/open/" in page.text
    assert "localhost:9/open" not in page.text
    site.storage.close()


@pytest.mark.parametrize(("hops", "address"), [(0, "127.0.0.1"), (1, "203.0.113.9"), (2, "198.51.100.7")])
def test_proxies_only_if_they_are_known(tmp_path: Path, hops: int, address: str) -> None:
    """What a proxy says of a person's address is believed of as many proxies as there are."""
    site = Site(tmp_path / "kept", options={"proxy_hops": hops})
    seen: list[str | None] = []

    @site.app.before_request
    def look() -> None:
        from flask import request

        seen.append(request.remote_addr)

    site.app.test_client().get("/help", headers={"X-Forwarded-For": "198.51.100.7, 203.0.113.9"})
    assert seen == [address]
    site.storage.close()


# Forged forms


def test_every_form_has_a_token(site: Site, client: FlaskClient) -> None:
    """No POST without a token, or with another device's, changes anything."""
    other = site.app.test_client()
    theirs = read_page(other.get("/start").text).form("/start").initial_fields["csrf_token"]
    posts = [path for method, path in routes(site.app) if method == "POST" and path != "/exit"]
    assert len(posts) >= 8
    for path in posts:
        for token in ({}, {"csrf_token": ""}, {"csrf_token": "x"}, {"csrf_token": theirs}):
            response = client.post(path, data={**token, "confirm": "yes", "adult": "yes", "keep": "yes"})
            assert response.status_code in {303, 403, 404}, path
            if response.status_code == 303:
                assert path in {"/delete", "/link/new", "/open", "/plans/unreadable"}, "asked from the beginning"
                assert response.headers["Location"] in {path, "/have?e=malformed"}
    assert client.get("/continue").headers["Location"] == "/quiz/1"
    cookie = client.get_cookie("s")
    assert cookie is not None
    assert cookie.max_age is None


def test_every_room_of_a_journey_is_known_as_private(site: Site) -> None:
    """Every page of a room asks a closed device for the link, or none does."""
    private = {"private_link", "quiz", "plan", "downloads", "history", "comparison"}
    asking: set[str] = set()
    public: set[str] = set()
    for rule in site.app.url_map.iter_rules():
        if "GET" in (rule.methods or ()):
            path = re.sub(r"<(?:\w+:)?(\w+)>", lambda match: EXAMPLES.get(match[1], "1"), rule.rule)
            location = site.app.test_client().get(path).headers.get("Location")
            (asking if location == "/have?e=closed" else public).add(rule.endpoint.rpartition(".")[0])
    assert asking - {"home"} == private, "/continue only leads on to where one stopped"
    assert public == {"home", "information", "health"}


def test_what_was_typed_is_offered_again(site: Site, client: FlaskClient) -> None:
    """A form with an unknown token comes back with everything that was in it, and a button."""
    typed = {"partner_name": f'{NAME} "<b>&', "shared_ties": ["home", "pets"], "csrf_token": "old", "sitting": "x"}
    response = client.post("/quiz/1/you_two?back=check", data=typed)
    assert response.status_code == 403
    form = read_page(response.text).form("/quiz/1/you_two")
    assert form.initial_fields["partner_name"] == [typed["partner_name"]]
    assert form.initial_fields["shared_ties"] == ["home", "pets"]
    assert form.initial_fields["csrf_token"] != ["old"]
    assert "reopen" not in form.names, "the journey is open: nobody is asked for its link"


@pytest.mark.parametrize("fetch_site", ["cross-site", "same-site"])
def test_a_form_of_another_site(client: FlaskClient, fetch_site: str) -> None:
    """It is neither accepted nor offered again; otherwise one press would send another person's input."""
    form = read_page(client.get("/start").text).form("/start")
    for token in (form.initial_fields["csrf_token"], ["x"]):
        headers = {"Sec-Fetch-Site": fetch_site}
        response = client.post("/quiz/1/you_two", data={"csrf_token": token, "partner_name": NAME}, headers=headers)
        assert response.status_code == 403
        assert NAME not in response.text


def test_no_referrer_is_needed(tmp_path: Path) -> None:
    """Over https a form from the page of a link comes without referrer and with ``Origin: null``: it is taken."""
    site = Site(tmp_path / "kept", options={"base_url": "https://example.org"})
    client = site.app.test_client()
    address = "https://example.org"
    form = read_page(client.get("/start", base_url=address).text).form("/start")
    headers = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}
    response = client.post("/start", data={**form.initial_fields, "adult": "yes"}, headers=headers, base_url=address)
    assert response.headers["Location"] == "/quiz/1"
    site.storage.close()


# Sizes


def test_too_much(client: FlaskClient) -> None:
    """Input that no browser sends is refused with a plain page: bytes, fields, URLs and odd encodings."""
    token = read_page(client.get("/start").text).form("/start").initial_fields["csrf_token"][0]
    assert client.post("/quiz/1/you_two", data={"csrf_token": token, "x": "x" * MOST_BYTES}).status_code == 413
    many = {"csrf_token": token, **{f"f{number}": "x" for number in range(3000)}}
    for path in ("/quiz/1/you_two", "/start", "/have"):
        assert client.post(path, data=many, content_type="multipart/form-data").status_code == 400
        assert client.post(path, data=many).status_code < 500
    assert client.get("/" + "x" * 5000).status_code == 404
    assert client.get(f"/open/{'x' * 5000}").headers["Location"] == "/have?e=malformed"
    assert client.get("/quiz/" + "9" * 400).status_code == 404
    assert client.get("/%00%ff%c0").status_code == 404
    assert (
        client.post(
            "/have", data={"csrf_token": token, "text": "\x00\ud800".encode("utf-8", "surrogatepass")}
        ).status_code
        == 303
    )
    assert (
        client.post("/have", data=b"\xff\xfe=%ff", content_type="application/x-www-form-urlencoded").status_code == 403
    )
    assert client.post("/have", json={"text": "x"}).status_code == 403


# Rates


@pytest.fixture
def held_back(tmp_path: Path) -> Iterator[Site]:
    """A site where the third beginning of a minute and the third dead link of an hour are unusual."""
    site = Site(tmp_path / "kept")
    settings = Settings(data_dir=site.folder, start_limit="2 per minute", open_limit="2 per hour")
    site.__dict__["app"] = create_app(settings, storage=site.storage, clock=site.clock)
    yield site
    site.storage.close()


def started(client: FlaskClient, **fields: str) -> TestResponse:
    form = read_page(client.get("/start").text).form("/start")
    return client.post("/start", data={**form.initial_fields, "adult": "yes", **fields})


def pressed(client: FlaskClient, reply: TestResponse, action: str) -> TestResponse:
    """Press the one button of the page that asks for it."""
    assert reply.status_code == 200
    check_headers(reply, action)
    page = read_page(reply.text)
    assert [form.has_plain_button for form in page.forms] == [True]
    return client.post(action, data=page.form(action).initial_fields)


def test_a_class_that_starts_at_once(held_back: Site) -> None:
    """Above the usual rate of one address everyone begins, with one more press each, and waits for nothing."""
    for person in range(20):
        client = held_back.app.test_client()
        reply = started(client)
        if person >= 2:
            reply = pressed(client, reply, "/start")
        assert reply.status_code == 303
        assert reply.headers["Location"] == "/quiz/1"


def test_a_button_works_once_and_for_ten_minutes(held_back: Site) -> None:
    """What a script has read from one page begins one journey; an old or a made-up pass begins none."""
    for _ in range(2):
        started(held_back.app.test_client())
    client = held_back.app.test_client()
    fields = read_page(started(client).text).form("/start").initial_fields
    assert client.post("/start", data=fields).status_code == 303
    other = held_back.app.test_client()
    (press,) = fields["press"]
    assert started(other, press=press).status_code == 200
    assert started(other, press="x").status_code == 200
    fields = read_page(started(other).text).form("/start").initial_fields
    held_back.clock.advance(minutes=11)
    assert other.post("/start", data=fields).status_code == 200


def test_a_flood_is_held_back(held_back: Site) -> None:
    """Twenty times as many beginnings are a page that says when to come again."""
    client = held_back.app.test_client()
    fields = {**read_page(client.get("/start").text).form("/start").initial_fields, "adult": "no"}
    statuses = [client.post("/start", data=fields).status_code for _ in range(41)]
    assert statuses == [303] * 40 + [429]
    response = client.post("/start", data=fields)
    assert 0 < int(response.headers["Retry-After"]) <= 60
    check_headers(response, "/start")


def test_dead_links_of_others(held_back: Site) -> None:
    """After many dead links a right one opens with one more press, at every door; and right ones are never counted."""
    owner = held_back.person()
    owner.start()
    secret = secret_of(owner)
    stranger = held_back.app.test_client()
    token = read_page(stranger.get("/start").text).form("/start").initial_fields
    for _ in range(5):
        assert post_open(stranger, secret.code).status_code == 303
    for _ in range(2):
        assert post_open(stranger, "A" * 22).headers["Location"] == "/lost"
    doors: list[tuple[str, dict[str, Any]]] = [
        ("/have", {"text": " ".join(secret.words)}),
        ("/open", {"code": secret.code}),
    ]
    for action, typed in doors:
        client = held_back.app.test_client()
        token = read_page(client.get("/have").text).form("/have").initial_fields
        reply = client.post(action, data={**token, **typed})
        assert pressed(client, reply, action).headers["Location"] == "/continue"
    client = held_back.app.test_client()
    token = read_page(client.get("/have").text).form("/have").initial_fields
    reply = client.post("/quiz/1/you_two", data={**token, "reopen": secret.code, "partner_name": NAME})
    assert NAME in reply.text, "what was typed is still there"
    assert pressed(client, reply, "/quiz/1/you_two").status_code == 303


def post_open(client: FlaskClient, code: str) -> TestResponse:
    token = read_page(client.get("/have").text).form("/have").initial_fields
    return client.post("/open", data={**token, "code": code, "replace": "yes"})


# Compression


def test_gzip_but_not_with_the_link(site: Site, client: FlaskClient) -> None:
    """Pages are compressed, unless they hold the private link: then their length must tell nothing."""
    zipped = {"Accept-Encoding": "gzip"}
    assert "Content-Encoding" not in client.get("/robots.txt", headers=zipped).headers, "too small to be worth it"
    site.app.view_functions["information.robots"] = lambda: "words " * 1000
    response = client.get("/robots.txt", headers=zipped)
    assert response.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in response.headers["Vary"]
    assert int(response.headers["Content-Length"]) == len(response.data) < 100
    assert gzip.decompress(response.data).decode() == "words " * 1000
    for refusing in ({}, {"Accept-Encoding": "gzip;q=0, identity"}):
        assert "Content-Encoding" not in client.get("/robots.txt", headers=refusing).headers
    for path in ("/link", "/link/qr.svg", "/link/new", f"/open/{'A' * 22}"):
        assert "Content-Encoding" not in client.get(path, headers=zipped).headers, path


# Errors


@pytest.mark.parametrize(
    "error",
    [UnavailableError(), UnreadableError(), NewerFormatError(), BodyTooLargeError(), KeyError(NAME), ValueError(NAME)],
)
def test_errors_are_pages(site: Site, client: FlaskClient, caplog: pytest.LogCaptureFixture, error: Exception) -> None:
    """Whatever happens below: a page, what was typed if something was, and no word of it in the log."""

    def fail(*_: object, **__: object) -> None:
        raise error

    token = read_page(client.get("/start").text).form("/start").initial_fields["csrf_token"][0]
    journeys: Any = site.state.journeys
    journeys.load = journeys.change = fail
    expected = {UnavailableError: 503, UnreadableError: 503, NewerFormatError: 503, BodyTooLargeError: 413}.get(
        type(error), 500
    )
    with caplog.at_level(logging.DEBUG):
        get_response = client.get("/quiz/1/you_two")
        post_response = client.post("/quiz/1/you_two", data={"csrf_token": token, "partner_name": NAME})
    assert (get_response.status_code, post_response.status_code) == (expected, expected)
    for response in (get_response, post_response):
        check_headers(response, "/quiz/1/you_two")
        assert "Traceback" not in response.text
    if isinstance(error, UnavailableError):
        assert post_response.headers["Retry-After"]
    if isinstance(error, UnavailableError | KeyError | ValueError):
        assert read_page(post_response.text).form("/quiz/1/you_two").initial_fields["partner_name"] == [NAME]
    assert NAME not in caplog.text
    if expected == 500:
        assert f"{type(error).__name__} at POST /quiz/<int:number>/<name>" in caplog.text


def test_the_log_never_holds_an_address(site: Site, client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    """An error outside of all views is logged by its place, without the link that was asked for."""

    def broken(_: Any) -> Any:
        raise RuntimeError(NAME)

    site.app.after_request_funcs[None].append(broken)
    code = "AbcdefghijklmnopqrstuA"
    assert client.get(f"/open/{code}").status_code == 500
    assert code not in caplog.text
    assert NAME not in caplog.text
    assert "RuntimeError at GET /open/<code>" in caplog.text


def test_no_method(client: FlaskClient) -> None:
    """A wrong method says which are right."""
    response = client.delete("/")
    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]
