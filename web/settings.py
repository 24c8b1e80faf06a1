"""The settings of an installation, read from options and ``HEARTWORK_…`` variables and validated at start-up."""

from __future__ import annotations

import ipaddress
import re
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from engine.errors import did_you_mean

PREFIX: Final = "HEARTWORK_"
KEY_BYTES: Final = 32
VARIABLES_ONLY: Final = frozenset({"server_key", "metrics_token"})
"""Secrets. They are not options, because other users can see the arguments of a process."""
_RATE = re.compile(r"\d{1,6} per (second|minute|hour|day)")
_HOST = re.compile(r"[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]")
_PORT: Final = re.compile(r":\d*$")
_LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")
_REASONS: Final = {
    "value_error": "{error}",
    "greater_than_equal": "it must be at least {ge}",
    "less_than_equal": "it must be at most {le}",
    "int_parsing": "it must be a whole number",
    "bool_parsing": "it must be yes or no",
    "literal_error": "it must be one of: {expected}",
    "string_too_short": "it must have at least {min_length} characters",
}
"""Messages by the error type of pydantic, with the fields of its context."""


class SettingsError(Exception):
    """Some settings are not valid. Each message is one sentence that names the option and the variable."""

    def __init__(self, messages: tuple[str, ...]) -> None:
        super().__init__("\n".join(messages))
        self.messages: Final = messages


def _require(condition: Callable[[Any], object], message: str) -> AfterValidator:
    """A validator that rejects values for which the condition is false. It accepts None."""

    def validate(value: Any) -> Any:
        if value is not None and not condition(value):
            raise ValueError(message)
        return value

    return AfterValidator(validate)


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not re.search(r"[\s\x00-\x1f\"<>\\]", text)


def _is_base_url(text: str) -> bool:
    return _is_url(text) and not urlsplit(text).path.strip("/") and not set(text) & set("?#@")


def _known_zone(name: str | None) -> str | None:
    if name is not None and name not in (zones := available_timezones()):
        hint = did_you_mean(name, zones).rstrip("?")
        message = f"“{name}” is not the name of a time zone, such as Europe/London or UTC{hint}"
        raise ValueError(message)
    return name


def _host_names(hosts: Any) -> Any:
    """Split host names at commas, and validate each of them."""
    names = [host.strip() for host in hosts.split(",")] if isinstance(hosts, str) else hosts
    for name in names:
        if name and not _HOST.fullmatch(name):
            message = f"“{name}” is not a host name, such as example.org"
            raise ValueError(message)
    return tuple(filter(None, names))


def key_of(text: str) -> bytes:
    """Decode a server key of 32 bytes from hexadecimal digits or base64.

    Raises:
        ValueError: the text is not such a key. The message does not contain it.
    """
    digits = text.strip()
    key = b""
    with suppress(ValueError):
        if re.fullmatch(r"[0-9A-Fa-f]{64}", digits):
            return bytes.fromhex(digits)
        key = urlsafe_b64decode(digits.replace("+", "-").replace("/", "_") + "=" * (-len(digits) % 4))
    if len(key) != KEY_BYTES:
        message = "it must be 32 bytes in base64 or hexadecimal digits"
        raise ValueError(message)
    return key


_NOT_EMPTY: Final = _require(str.strip, "it is empty")
Host = Annotated[str, _NOT_EMPTY]
Text = Annotated[str | None, _NOT_EMPTY]
Rate = Annotated[
    str, _require(_RATE.fullmatch, "it must be a rate such as “30 per minute” (second, minute, hour or day)")
]
Url = Annotated[str, _require(_is_url, "it must be a complete URL, such as https://www.bbc.com/weather")]
BaseUrl = Annotated[
    str | None,
    _require(_is_base_url, "it must be a URL without a path, such as https://example.org"),
    AfterValidator(lambda url: url and url.rstrip("/")),
]
Days = Annotated[int, Field(ge=1, le=3650)]
Key = Annotated[bytes | None, BeforeValidator(lambda value: key_of(value) if isinstance(value, str) else value)]


class Settings(BaseModel):
    """The settings of an installation. The descriptions are the help texts of the options."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    host: Host = Field("127.0.0.1", description="The address to listen on; 0.0.0.0 listens on all addresses.")
    port: int = Field(8000, ge=0, le=65535, description="The port to listen on; 0 selects a free port.")
    data_dir: Path = Field(description="The folder of the database, the server key and the deletion log (tombstones).")
    base_url: BaseUrl = Field(
        None, description="The public URL of the site, such as https://example.org; private links start with it."
    )
    allowed_hosts: Annotated[tuple[str, ...], BeforeValidator(_host_names)] = Field(
        (), description="Other host names to accept, separated by commas."
    )
    database_url: Text = Field(
        None, description="The URL of a database, instead of SQLite in the data folder.", repr=False
    )
    proxy_hops: int = Field(
        0, ge=0, le=10, description="The number of trusted reverse proxies in front of this server."
    )
    workers: int = Field(1, ge=1, le=32, description="The number of worker processes.")
    threads: int = Field(4, ge=1, le=64, description="The number of threads in each process that handle requests.")
    content: Path | None = Field(
        None, description="The content folder, with questionnaires/ and rules/; by default the shipped content."
    )
    questionnaire: Text = Field(
        None, description="The questionnaire to start with, if the content has several with plans."
    )
    default_country: str | None = Field(
        None,
        description="The country of help lines, such as uk, until people choose one; by default directories are shown.",
    )
    timezone: Annotated[str | None, AfterValidator(_known_zone)] = Field(
        None,
        description="The time zone that decides the current day, such as Europe/London; default: that of the machine.",
    )
    operator_name: Text = Field(None, description="The name of the operator, for the privacy page.")
    operator_contact: Text = Field(
        None, description="The contact of the operator: an e-mail address, a URL or a telephone number."
    )
    exit_url: Url = Field("https://www.bbc.com/weather", description="The neutral page that “Exit this page” opens.")
    start_limit: Rate = Field(
        "30 per minute",
        description="The rate of new journeys from one IP address above which each needs a confirmation.",
    )
    open_limit: Rate = Field(
        "30 per minute",
        description="The rate of invalid links from one IP address above which each needs a confirmation.",
    )
    draft_days: Days = Field(30, description="Days after the last access until drafts are deleted.")
    idle_days: Days = Field(400, description="Days after the last access until a journey is deleted.")
    log_format: Literal["text", "json"] = Field("text", description="The format of log lines: text or json.")
    log_requests: bool = Field(
        False, description="Log the route, status and duration of each request, without IP addresses."
    )
    metrics: Literal["off", "loopback", "token"] = Field(
        "off",
        description="Access to /metrics: off, loopback (this machine only) or token (with HEARTWORK_METRICS_TOKEN).",
    )
    metrics_token: str | None = Field(
        None, min_length=16, description="The token for /metrics; only as a variable.", repr=False
    )
    server_key: Key = Field(
        None, description="32 bytes in base64 or hexadecimal digits; only as a variable.", repr=False
    )

    @model_validator(mode="after")
    def _metrics_token_set(self) -> Settings:
        if self.metrics == "token" and not self.metrics_token:
            message = f"{_name('metrics')} is not valid: “token” also needs {_name('metrics_token')}."
            raise ValueError(message)
        return self

    @property
    def secure(self) -> bool:
        """Whether the public URL uses https."""
        return self.base_url is not None and self.base_url.startswith("https://")

    @property
    def zone(self) -> ZoneInfo | None:
        """The time zone that decides the current day. None means that of the machine."""
        return ZoneInfo(self.timezone) if self.timezone else None

    @cached_property
    def hosts(self) -> tuple[str, ...]:
        """The host names to accept. Empty if no public name is set: then all names are accepted."""
        base_host = _PORT.sub("", urlsplit(self.base_url).netloc) if self.base_url else ""
        host_names = tuple(host.lower() for host in (base_host, *self.allowed_hosts) if host)
        if is_loopback(self.host):
            address = self.host.strip("[]").lower()
            return tuple(dict.fromkeys((*host_names, *_LOOPBACK, f"[{address}]" if ":" in address else address)))
        return (*host_names, *_LOOPBACK) if host_names else ()


def is_loopback(host: str) -> bool:
    """Whether an address can be reached only from this machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def default_data_dir(environ: Mapping[str, str]) -> Path:
    """The default data folder: ``heartwork`` in ``$XDG_DATA_HOME``, or in ``~/.local/share``."""
    base = environ.get("XDG_DATA_HOME", "")
    return (Path(base) if Path(base).is_absolute() else Path.home() / ".local" / "share") / "heartwork"


def read_settings(options: Mapping[str, Any], environ: Mapping[str, str]) -> Settings:
    """Read the settings. An option takes precedence over its variable, and an empty variable counts as unset.

    Raises:
        SettingsError: some values are not valid; the error has all messages.
    """
    values = {name: environ[variable(name)] for name in Settings.model_fields if environ.get(variable(name))}
    values |= {name: value for name, value in options.items() if value is not None and value != ()}
    try:
        return Settings(**{"data_dir": default_data_dir(environ), **values})
    except ValidationError as error:
        raise SettingsError(tuple(map(_message, error.errors()))) from None


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + name.upper()


def option(name: str) -> str:
    """The command-line option of a setting."""
    return "--" + name.replace("_", "-")


def _name(setting: str) -> str:
    """The name of a setting in messages."""
    return variable(setting) if setting in VARIABLES_ONLY else f"{option(setting)} ({variable(setting)})"


def _message(error: ErrorDetails) -> str:
    context = {name: str(value) for name, value in error.get("ctx", {}).items()}
    if error["type"] == "literal_error":  # “'text' or 'json'”
        context["expected"] = context["expected"].replace(" or ", ", ").replace("'", "")
    reason = _REASONS.get(error["type"], "it cannot be read").format(**context)
    return f"{_name(str(error['loc'][0]))} is not valid: {reason}." if error["loc"] else reason
