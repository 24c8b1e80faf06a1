"""Settings come from options and variables, and errors name both."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from web.settings import Settings, SettingsError, default_data_dir, is_loopback, key_of, option, read_settings, variable

KEY = bytes(range(32))


def settings(**options: Any) -> Settings:
    return read_settings({"data_dir": "/nowhere", **options}, {})


def complaints(**options: Any) -> str:
    with pytest.raises(SettingsError) as caught:
        settings(**options)
    return "\n".join(caught.value.messages)


def test_an_option_comes_before_its_variable() -> None:
    """An option precedes a variable, and a variable precedes the default."""
    variables = {"HEARTWORK_PORT": "9000", "HEARTWORK_THREADS": "3", "HEARTWORK_EXIT_URL": ""}
    settings = read_settings({"port": "9001", "host": None}, variables)
    assert (settings.port, settings.threads, settings.host) == (9001, 3, "127.0.0.1")
    assert settings.exit_url == Settings(data_dir=Path()).exit_url, "an empty variable is none"


def test_the_default_data_folder() -> None:
    """The default data folder is in the data folder of the system, not in the current folder."""
    assert default_data_dir({"XDG_DATA_HOME": "/data"}) == Path("/data/heartwork")
    for other in ({}, {"XDG_DATA_HOME": ""}, {"XDG_DATA_HOME": "relative"}):
        assert default_data_dir(other) == Path.home() / ".local/share/heartwork"
    assert read_settings({}, {"HEARTWORK_DATA_DIR": "/srv/hw"}).data_dir == Path("/srv/hw")


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("port", "abc", "number"),
        ("port", "65536", "65535"),
        ("threads", "0", "1"),
        ("workers", "0", "1"),
        ("workers", "two", "number"),
        ("timezone", "Europe/Lodon", "“Europe/London”"),
        ("timezone", "../../etc/passwd", "UTC"),
        ("proxy_hops", "-1", "0"),
        ("base_url", "example.org", "https://example.org"),
        ("base_url", "ftp://example.org", "https://example.org"),
        ("base_url", "https://example.org/plans", "https://example.org"),
        ("base_url", "https://me@example.org", "https://example.org"),
        ("base_url", "https://example.org:port", "https://example.org"),
        ("base_url", "https://exa mple.org", "https://example.org"),
        ("exit_url", "javascript:alert(1)", "https://www.bbc.com/weather"),
        ("exit_url", 'https://example.org/"x', "https://www.bbc.com/weather"),
        ("start_limit", "often", "30 per minute"),
        ("open_limit", "30 per fortnight", "30 per minute"),
        ("allowed_hosts", "example.org, a/b", "“a/b”"),
        ("operator_name", "  ", "empty"),
        ("host", " ", "empty"),
    ],
)
def test_what_cannot_be_used(name: str, value: str, reason: str) -> None:
    """The message names the option, the variable and a valid value."""
    messages = complaints(**{name: value})
    assert reason in messages
    assert option(name) in messages
    assert variable(name) in messages


def test_everything_wrong_is_said_at_once() -> None:
    """All errors are reported at once."""
    assert len(complaints(port="x", threads="0", base_url="x").splitlines()) == 3


@pytest.mark.parametrize(
    "text", [KEY.hex(), base64.b64encode(KEY).decode(), base64.urlsafe_b64encode(KEY).decode()[:-1]]
)
def test_a_key_from_outside(text: str) -> None:
    """The variable of the server key accepts hexadecimal digits and both kinds of base64."""
    assert read_settings({}, {"HEARTWORK_SERVER_KEY": text}).server_key == KEY
    assert key_of(f" {text}\n") == KEY


def test_a_bad_key_is_not_repeated() -> None:
    """Neither the error for a key nor the representation of settings contains the key."""
    with pytest.raises(SettingsError) as caught:
        read_settings({}, {"HEARTWORK_SERVER_KEY": "c2VjcmV0"})
    assert "c2VjcmV0" not in str(caught.value)
    assert "HEARTWORK_SERVER_KEY" in str(caught.value)
    assert "--server-key" not in str(caught.value), "there is no such option: lists of processes are public"
    text = repr(
        read_settings({}, {"HEARTWORK_SERVER_KEY": KEY.hex(), "HEARTWORK_DATABASE_URL": "postgresql://u:pw@h/d"})
    )
    assert "pw" not in text
    assert "server_key" not in text


def test_hosts() -> None:
    """On loopback the names of the machine are accepted, in public that of the URL, and without a URL all names."""
    assert set(settings().hosts) == {"127.0.0.1", "localhost", "[::1]"}
    assert set(settings(host="127.0.0.2").hosts) == {"127.0.0.1", "localhost", "[::1]", "127.0.0.2"}
    assert "example.org" in settings(base_url="https://example.org:8443").hosts
    assert "www.example.org" in settings(base_url="https://example.org", allowed_hosts="www.example.org,").hosts
    assert "[fe80::1]" in settings(base_url="http://[fe80::1]:8000").hosts
    assert "[::1]" in settings(host="::1").hosts
    assert settings(host="0.0.0.0").hosts == ()
    assert "example.org" in settings(host="0.0.0.0", base_url="https://example.org").hosts


def test_time_zone() -> None:
    """A time zone has an IANA name; without one it is that of the machine."""
    assert settings(timezone="Pacific/Auckland").zone == ZoneInfo("Pacific/Auckland")
    assert settings(timezone="UTC").zone == ZoneInfo("UTC")
    assert settings().zone is None


def test_https() -> None:
    """The scheme of the public URL decides whether https is used."""
    assert settings(base_url="https://example.org/").base_url == "https://example.org"
    assert settings(base_url="https://example.org").secure
    assert not settings(base_url="http://example.org").secure
    assert not settings().secure


@pytest.mark.parametrize(
    ("host", "only_here"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("example.org", False),
    ],
)
def test_loopback(host: str, only_here: bool) -> None:
    """Loopback addresses can be reached only from this machine."""
    assert is_loopback(host) is only_here
