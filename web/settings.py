"""What the operator decides: from options and ``HEARTWORK_…`` variables, checked before anything starts."""

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
"""Secrets, which belong into no list of processes."""
_RATE = re.compile(r"\d{1,6} per (second|minute|hour|day)")
_HOST = re.compile(r"[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]")
_PORT: Final = re.compile(r":\d*$")
_LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")
_REASONS: Final = {
    "value_error": "{error}",
    "greater_than_equal": "it has to be at least {ge}",
    "less_than_equal": "it has to be at most {le}",
    "int_parsing": "it has to be a whole number",
    "bool_parsing": "it has to be yes or no",
    "literal_error": "it has to be one of: {expected}",
    "string_too_short": "it needs at least {min_length} characters",
}
"""What is wrong with a value, by pydantic's types of errors and with what it says of each."""


class SettingsError(Exception):
    """Some settings cannot be used; each message is one sentence that names its option and its variable."""

    def __init__(self, messages: tuple[str, ...]) -> None:
        super().__init__("\n".join(messages))
        self.messages: Final = messages


def _has_to(be: Callable[[Any], object], message: str) -> AfterValidator:
    """A validator that refuses what is not so with a message; a setting without a value is left alone."""

    def validate(value: Any) -> Any:
        if value is not None and not be(value):
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
        message = f"“{name}” is no name of a time zone, such as Europe/London or UTC{hint}"
        raise ValueError(message)
    return name


def _host_names(hosts: Any) -> Any:
    """Host names with commas between them, as a tuple."""
    names = [host.strip() for host in hosts.split(",")] if isinstance(hosts, str) else hosts
    for name in names:
        if name and not _HOST.fullmatch(name):
            message = f"“{name}” is no host name such as example.org"
            raise ValueError(message)
    return tuple(filter(None, names))


def key_of(text: str) -> bytes:
    """A server key as it is written: 32 bytes in hexadecimal figures or in base64.

    Raises:
        ValueError: it is something else. The message does not hold it.
    """
    digits = text.strip()
    key = b""
    with suppress(ValueError):
        if re.fullmatch(r"[0-9A-Fa-f]{64}", digits):
            return bytes.fromhex(digits)
        key = urlsafe_b64decode(digits.replace("+", "-").replace("/", "_") + "=" * (-len(digits) % 4))
    if len(key) != KEY_BYTES:
        message = "it has to be 32 bytes in base64 or hexadecimal figures"
        raise ValueError(message)
    return key


_NOT_EMPTY: Final = _has_to(str.strip, "it is empty")
Host = Annotated[str, _NOT_EMPTY]
Text = Annotated[str | None, _NOT_EMPTY]
Rate = Annotated[str, _has_to(_RATE.fullmatch, "it has to read like “30 per minute”, with second, minute, hour or day")]
Url = Annotated[str, _has_to(_is_url, "it has to be a whole address, such as https://www.bbc.com/weather")]
BaseUrl = Annotated[
    str | None,
    _has_to(_is_base_url, "it has to be an address without a path, such as https://example.org"),
    AfterValidator(lambda url: url and url.rstrip("/")),
]
Days = Annotated[int, Field(ge=1, le=3650)]
Key = Annotated[bytes | None, BeforeValidator(lambda value: key_of(value) if isinstance(value, str) else value)]


class Settings(BaseModel):
    """Everything that differs between one installation and another. The descriptions are the help of the command."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    host: Host = Field("127.0.0.1", description="The address to listen on; 0.0.0.0 is every address of the machine.")
    port: int = Field(8000, ge=0, le=65535, description="The port to listen on; 0 takes a free one.")
    data_dir: Path = Field(description="Where the database, the server's key and the tombstones lie.")
    base_url: BaseUrl = Field(
        None, description="The address people use, such as https://example.org; private links begin with it."
    )
    allowed_hosts: Annotated[tuple[str, ...], BeforeValidator(_host_names)] = Field(
        (), description="Other host names that are answered, with commas between them."
    )
    database_url: Text = Field(None, description="A database other than SQLite in the data folder.", repr=False)
    proxy_hops: int = Field(0, ge=0, le=10, description="How many proxies of your own stand before this server.")
    workers: int = Field(1, ge=1, le=32, description="How many processes answer, each with its own threads.")
    threads: int = Field(4, ge=1, le=64, description="How many requests each process works on at once.")
    content: Path | None = Field(None, description="The folder with questionnaires and rules, if not the shipped one.")
    questionnaire: Text = Field(None, description="What people answer, if there are several full questionnaires.")
    default_country: str | None = Field(
        None, description="Whose help lines people see who chose no country, such as uk; without it, directories."
    )
    timezone: Annotated[str | None, AfterValidator(_known_zone)] = Field(
        None, description="Where it becomes tomorrow: a name such as Europe/London; without it, as on this machine."
    )
    operator_name: Text = Field(None, description="Who runs this site, for the privacy page.")
    operator_contact: Text = Field(None, description="How to reach them: an address, a page or a number.")
    exit_url: Url = Field("https://www.bbc.com/weather", description="The dull page that “Exit this page” leads to.")
    start_limit: Rate = Field(
        "30 per minute", description="Starts of one address before each takes one more press: “30 per minute”."
    )
    open_limit: Rate = Field(
        "30 per minute", description="Dead links from one address before each try takes one more press."
    )
    draft_days: Days = Field(30, description="After how many days without a look a draft is forgotten.")
    idle_days: Days = Field(400, description="After how many days without a look everything is.")
    log_format: Literal["text", "json"] = Field("text", description="How a line of the log is written: text or json.")
    log_requests: bool = Field(
        False, description="Whether each request is logged: its route, status and time, and nobody's address."
    )
    metrics: Literal["off", "loopback", "token"] = Field(
        "off", description="Who may read /metrics: nobody (off), this machine (loopback), or who has a token."
    )
    metrics_token: str | None = Field(
        None, min_length=16, description="Only as a variable: the token for /metrics, if it takes one.", repr=False
    )
    server_key: Key = Field(None, description="Only as a variable: 32 bytes in base64 or hexadecimal.", repr=False)

    @model_validator(mode="after")
    def _metrics_token_set(self) -> Settings:
        if self.metrics == "token" and not self.metrics_token:
            message = f"{_name('metrics')} cannot be used: with “token” it needs {_name('metrics_token')} as well."
            raise ValueError(message)
        return self

    @property
    def secure(self) -> bool:
        """Whether people come over https."""
        return self.base_url is not None and self.base_url.startswith("https://")

    @property
    def zone(self) -> ZoneInfo | None:
        """Where it becomes tomorrow; none is the zone of this machine."""
        return ZoneInfo(self.timezone) if self.timezone else None

    @cached_property
    def hosts(self) -> tuple[str, ...]:
        """The host names that are answered; none if they are not known, which is every name."""
        base_host = _PORT.sub("", urlsplit(self.base_url).netloc) if self.base_url else ""
        host_names = tuple(host.lower() for host in (base_host, *self.allowed_hosts) if host)
        if is_loopback(self.host):
            address = self.host.strip("[]").lower()
            return tuple(dict.fromkeys((*host_names, *_LOOPBACK, f"[{address}]" if ":" in address else address)))
        return (*host_names, *_LOOPBACK) if host_names else ()


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def default_data_dir(environ: Mapping[str, str]) -> Path:
    """Where data lies if nobody says otherwise: ``heartwork`` in the folder this system has for data."""
    base = environ.get("XDG_DATA_HOME", "")
    return (Path(base) if Path(base).is_absolute() else Path.home() / ".local" / "share") / "heartwork"


def read_settings(options: Mapping[str, Any], environ: Mapping[str, str]) -> Settings:
    """The settings: an option comes before its variable, and a variable that is empty is none.

    Raises:
        SettingsError: with everything that is wrong.
    """
    values = {name: environ[variable(name)] for name in Settings.model_fields if environ.get(variable(name))}
    values |= {name: value for name, value in options.items() if value is not None and value != ()}
    try:
        return Settings(**{"data_dir": default_data_dir(environ), **values})
    except ValidationError as error:
        raise SettingsError(tuple(map(_message, error.errors()))) from None


def variable(name: str) -> str:
    """The variable of a setting."""
    return PREFIX + name.upper()


def option(name: str) -> str:
    """The option of a setting."""
    return "--" + name.replace("_", "-")


def _name(setting: str) -> str:
    """What messages call a setting."""
    return variable(setting) if setting in VARIABLES_ONLY else f"{option(setting)} ({variable(setting)})"


def _message(error: ErrorDetails) -> str:
    facts = {name: str(fact) for name, fact in error.get("ctx", {}).items()}
    if error["type"] == "literal_error":  # “'text' or 'json'”
        facts["expected"] = facts["expected"].replace(" or ", ", ").replace("'", "")
    reason = _REASONS.get(error["type"], "it cannot be read").format(**facts)
    return f"{_name(str(error['loc'][0]))} cannot be used: {reason}." if error["loc"] else reason
