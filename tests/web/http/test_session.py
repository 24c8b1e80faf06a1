"""What a device knows, for how long, and what it never shows."""

from __future__ import annotations

import base64
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask, Request
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder

from tests.clients.page import read_page
from tests.clients.site import SettableClock, Site
from tests.factories.sample_journey import PATHS_WITHOUT_COOKIE
from web.crypto.private_link import Secret
from web.crypto.server_key import FILE, KeyFileError, TokenCipher, server_key
from web.http.session import KEPT_MINUTES, EncryptedCookies

KEY = bytes(32)


def begin_journey(site: Site, client: FlaskClient) -> Secret:
    """Begin a journey and take down its link."""
    form = read_page(client.get("/start").text).form("/start")
    assert client.post("/start", data={**form.initial_fields, "adult": "yes"}).status_code == 303
    return secret_in(site, client)


def secret_in(site: Site, client: FlaskClient) -> Secret:
    """The secret in a device's cookie, as only the server can read it."""
    cookie = client.get_cookie("s")
    assert cookie is not None
    values = site.app.session_interface.cipher.unseal(cookie.value)  # type: ignore[attr-defined]
    return Secret.of_code(values["secret"])


def is_open(client: FlaskClient) -> bool:
    return client.get("/continue").headers["Location"] != "/have?e=closed"


def test_nothing_is_set_before_it_is_needed(site: Site) -> None:
    """Help, privacy, a lost link and the way out set no cookie and ask for none."""
    client = site.app.test_client()
    for path in (*PATHS_WITHOUT_COOKIE, "/robots.txt", "/nowhere"):
        response = client.get(path)
        assert "Set-Cookie" not in response.headers, path
        assert "Cookie" not in response.headers.get("Vary", ""), path


def test_the_cookie(site: Site) -> None:
    """It is for this site and no script, ends with the browser, and shows neither link nor token."""
    client = site.app.test_client()
    secret = begin_journey(site, client)
    header = client.post("/start", data={}).headers.get("Set-Cookie") or ""
    cookie = client.get_cookie("s")
    assert cookie is not None
    assert cookie.http_only
    assert cookie.same_site == "Lax"
    assert cookie.path == "/"
    assert cookie.max_age is None
    assert cookie.expires is None
    assert secret.code not in cookie.value + header
    assert secret.old_code not in cookie.value + header
    raw = base64.urlsafe_b64decode(cookie.value + "==")
    assert secret.raw not in raw
    assert secret.code.encode() not in raw
    assert secret.old_code.encode() not in raw


def test_the_cookie_over_https(tmp_path: Path) -> None:
    """Over https its name binds it to this host and to https."""
    site = Site(tmp_path / "kept", options={"base_url": "https://example.org"})
    response = site.app.test_client().get("/start", base_url="https://example.org")
    header = response.headers["Set-Cookie"]
    assert header.startswith("__Host-s=")
    for part in ("Secure", "HttpOnly", "Path=/", "SameSite=Lax"):
        assert f"; {part}" in header
    assert "Domain" not in header
    site.storage.close()


def test_two_idle_hours(site: Site) -> None:
    """Once its link was shown, a device is open for two hours after its last use, and each use counts."""
    client = site.app.test_client()
    begin_journey(site, client)
    client.get("/link")
    for _ in range(4):
        site.clock.advance(minutes=110)
        assert is_open(client)
    site.clock.advance(minutes=121)
    assert not is_open(client)
    assert not is_open(client)


def test_the_cookie_is_not_written_each_time(site: Site) -> None:
    """Only every five minutes the use is noted."""
    client = site.app.test_client()
    begin_journey(site, client)
    site.clock.advance(minutes=4)
    assert "Set-Cookie" not in client.get("/continue").headers
    site.clock.advance(minutes=1)
    assert "Set-Cookie" in client.get("/continue").headers
    assert "Set-Cookie" not in client.get("/continue").headers


def test_a_closed_device_still_knows_its_forms(site: Site) -> None:
    """After the idle hours the link is gone from the cookie; the token is not, so that a page sent late is taken."""
    client = site.app.test_client()
    begin_journey(site, client)
    form = read_page(client.get("/link").text).form("/keep")
    site.clock.advance(hours=9)
    response = client.post("/keep", data={**form.initial_fields, "keep": "yes"})
    assert response.status_code == 403
    assert "reopen" in read_page(response.text).form("/keep").names
    assert client.get("/continue").headers["Location"] == "/have?e=closed"


def test_keep_my_place(site: Site) -> None:
    """Only if it was chosen, a draft stays for seven days after each use."""
    client = site.app.test_client()
    begin_journey(site, client)
    form = read_page(client.get("/link").text).form("/keep")
    response = client.post("/keep", data={**form.initial_fields, "keep": "yes", "next": "/quiz/1"})
    assert response.headers["Location"] == "/quiz/1"
    assert f"Max-Age={KEPT_MINUTES * 60}" in response.headers["Set-Cookie"]
    for _ in range(3):
        site.clock.advance(days=6)
        assert f"Max-Age={KEPT_MINUTES * 60}" in client.get("/continue").headers["Set-Cookie"]
    client.post("/keep", data={**form.initial_fields, "keep": "no"})
    cookie = client.get_cookie("s")
    assert cookie is not None
    assert cookie.max_age is None
    site.clock.advance(hours=3)
    assert not is_open(client)


def test_a_kept_device_is_closed_after_seven_days(site: Site) -> None:
    """Whatever the browser does with its cookies."""
    client = site.app.test_client()
    begin_journey(site, client)
    form = read_page(client.get("/link").text).form("/keep")
    client.post("/keep", data={**form.initial_fields, "keep": "yes"})
    site.clock.advance(days=7, minutes=1)
    assert not is_open(client)


@pytest.mark.parametrize("value", ["", "x", "A" * 60, "A" * 9000, "é", "....", "YQ", "%00"])
def test_a_cookie_of_somebody_else(site: Site, value: str) -> None:
    """Whatever is sent as a cookie is a closed device."""
    client = site.app.test_client(use_cookies=False)
    response = client.get("/continue", headers={"Cookie": f"s={value}"})
    assert response.headers["Location"] == "/have?e=closed"
    assert client.get("/", headers={"Cookie": f"s={value}"}).status_code == 200


def test_another_key_closes_devices_and_no_journey(tmp_path: Path) -> None:
    """A server that lost its key knows no device any more, and opens every link."""
    site = Site(tmp_path / "kept")
    client = site.app.test_client()
    secret = begin_journey(site, client)
    (site.folder / FILE).unlink()
    later = Site(tmp_path / "kept", site.clock)
    other = later.app.test_client()
    cookie = client.get_cookie("s")
    assert cookie is not None
    other.set_cookie("s", cookie.value)
    assert not is_open(other)
    form = read_page(other.get(f"/open/{secret.code}").text).form("/open")
    assert other.post("/open", data=form.initial_fields).headers["Location"] == "/continue"
    site.storage.close()
    later.storage.close()


def test_the_key_is_made_once_for_nobody_else(tmp_path: Path) -> None:
    """The key file is private to its owner and is not created again."""
    folder = tmp_path / "new" / "data"
    key = server_key(folder)
    assert server_key(folder) == key
    assert stat.S_IMODE((folder / FILE).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [path.name for path in folder.iterdir()] == [FILE]
    assert server_key(folder, KEY) == KEY
    (folder / FILE).write_text("no key")
    with pytest.raises(KeyFileError):
        server_key(folder)


def test_what_is_sealed_for_one_purpose_is_nothing_for_another() -> None:
    """A cookie is no new link, even under the same key; and no two seals look alike."""
    cookie, link = TokenCipher(KEY, "cookie"), TokenCipher(KEY, "new link")
    sealed = cookie.seal({"secret": "x"})
    assert cookie.unseal(sealed) == {"secret": "x"}
    assert link.unseal(sealed) is None
    assert cookie.seal({"secret": "x"}) != sealed
    for index in range(len(sealed)):
        changed = sealed[:index] + ("A" if sealed[index] != "A" else "B") + sealed[index + 1 :]
        assert cookie.unseal(changed) is None or index == len(sealed) - 1


def test_a_cookie_without_its_time_is_closed() -> None:
    """A link without the minute of its last use is not believed; one from a clock that was ahead is."""
    cookies = EncryptedCookies(
        TokenCipher(KEY, "cookie"), SettableClock(datetime.fromtimestamp(60 * 60, UTC)), secure=False
    )
    for used, has_secret in ((None, False), ("10", False), (10, True), (500, True)):
        cookie = cookies.cipher.seal({"secret": "x", "used": used, "csrf_token": "t"})
        request = Request(EnvironBuilder(headers=[("Cookie", f"s={cookie}")]).get_environ())
        device = cookies.open_session(Flask("test"), request)
        assert ("secret" in device) is has_secret
        assert device["csrf_token"] == "t"


def test_the_test_clock_is_asked() -> None:
    """A clock that moves only when a test sets it."""
    clock = SettableClock()
    before = clock.now()
    clock.advance(hours=1)
    assert clock.now() - before == timedelta(hours=1)
