"""Help services by country: the models of ``rules/services.yaml``, which belongs to no pack, and how it is read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, model_validator

from engine.content.base import Id, KindId, Model, RefersTo, Text, Unique
from engine.errors import ContentError, Problem, by_place, has_faults, join_ids
from engine.loading.checks.ids import duplicate_ids, fields_of_files, unknown_ids
from engine.loading.library import SERVICES, content_root, printable
from engine.loading.parsing import parse_file

EMERGENCY: Final = "emergency"
"""The kind that always comes first."""
INTERNATIONAL: Final = "international"
"""The country of services that are for every country."""
ANYONE: Final = "anyone"
"""The audience that leaves nobody out."""
UNDATED: Final = "undated"

CheckedHow = Literal["own_site", "government", "secondary", "memory"]
_LABEL_OF_SOURCE: Final[Mapping[str, str]] = {"own_site": "own", "government": "gov", "secondary": "secondary"}
_PARTIAL_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", re.ASCII)
_PHONE_NUMBER = re.compile(r"[+*]?\d(?:[ -]?\d)*", re.ASCII)
_ADDRESS = re.compile(r"https?://\S+")


def earliest_date(seen: str) -> date | None:
    """The earliest day a date such as ``2026-10-01``, ``2015-08`` or ``2009`` can mean; none if it is unknown."""
    match = _PARTIAL_DATE.fullmatch(seen)
    return date(int(match[1]), int(match[2] or 1), int(match[3] or 1)) if match else None


def _check_partial_date(value: str) -> str:
    try:
        valid = value == UNDATED or earliest_date(value) is not None
    except ValueError:
        valid = False
    if not valid:
        message = f"expected a date such as 2026-10-01, 2015-08 or 2009, or {UNDATED}"
        raise ValueError(message)
    return value


def _matches(pattern: re.Pattern[str], message: str) -> AfterValidator:
    def check(value: str) -> str:
        if not pattern.fullmatch(value):
            raise ValueError(message)
        return value

    return AfterValidator(check)


PartialDate = Annotated[str, AfterValidator(_check_partial_date)]
PhoneNumber = Annotated[
    str, _matches(_PHONE_NUMBER, "a number is digits, with single spaces or hyphens between them; words go into `note`")
]
Address = Annotated[str, _matches(_ADDRESS, "an address begins with https:// or http:// and has no spaces")]
AudienceId = Annotated[Id, RefersTo("audience")]


class ServiceKind(Model):
    """A kind of service. One that is ``discreet`` could give a person away: it is shown only where asked for."""

    id: Id
    title: Text
    text: Text | None = None
    discreet: bool = False
    in_reports: bool = False
    """True: reports show it without being asked. Everyone's report does, so that it gives nobody away."""
    audience: Annotated[AudienceId, Field(alias="for")] = ANYONE
    """Whom lines of this kind are for: a line for them, or for anyone, in the whole country leaves nobody out."""
    nearest: KindId | None = None
    """The kind whose lines for anyone stand in where a country has none of this kind."""
    otherwise: Text | None = None
    """What to do where lines of this kind leave people of the country out."""


class Country(Model):
    """A country to choose. ``international`` is no country: its services are for all of them."""

    id: Id
    title: Text


class Audience(Model):
    """Whom a service is for."""

    id: Id
    title: Text


class Phone(Model):
    """A number as it is dialled inside the country."""

    number: PhoneNumber
    note: Text | None = None


class TextNumber(Model):
    """A number that takes written messages, and the word to send if it asks for one."""

    number: PhoneNumber
    word: Text | None = None
    by: Literal["text", "whatsapp"] = "text"
    note: Text | None = None


class ServiceSource(Model):
    """A page that was read: its address, or its name if the address is not known, and its own date."""

    label: Literal["own", "gov", "secondary"]
    seen: PartialDate = UNDATED
    address: Address | None = None
    name: Text | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _address_or_name(self) -> ServiceSource:
        if (self.address is None) == (self.name is None):
            message = "a source has an `address`, or a `name` if its address is not known"
            raise ValueError(message)
        return self


class Service(Model):
    """One service. The first of its ``kinds`` is what it is above all.

    ``checked`` is the date of the source that showed the number, never a day on which nothing was read.
    """

    id: Id
    country: Annotated[Id, RefersTo("country")]
    kinds: tuple[KindId, ...] = ()
    audience: Annotated[tuple[AudienceId, ...], Field(alias="for", min_length=1)]
    who: Text | None = None
    region: Text | None = None
    name: Text
    phones: tuple[Phone, ...] = ()
    texts: tuple[TextNumber, ...] = ()
    chat: Text | None = None
    email: Text | None = None
    day_and_night: bool = False
    hours: Text | None = None
    """When it answers, or what ``day_and_night`` is true of."""
    zone: Text | None = None
    languages: Text | None = None
    free: bool = False
    cost: Text | None = None
    """What else there is to say of the cost."""
    open_how: CheckedHow | None = None
    """The kind of source that showed hours and cost; None: the same as ``checked_how``, which is about the numbers."""
    link: Address | None = None
    notes: tuple[Text, ...] = ()
    directory: bool = False
    sources: Annotated[tuple[ServiceSource, ...], Field(min_length=1)]
    checked: PartialDate
    checked_how: CheckedHow

    @model_validator(mode="after")
    def _usable(self) -> Service:
        message = ""
        if not (self.phones or self.texts or self.chat or self.email or self.link):
            message = "a service needs a way to reach it: `phones`, `texts`, `chat`, `email` or `link`"
        elif not self.kinds and not self.directory:
            message = "a service needs `kinds`; only a directory may be for all of them"
        elif self.checked_how in _LABEL_OF_SOURCE:
            label = _LABEL_OF_SOURCE[self.checked_how]
            dates = {source.seen for source in self.sources if source.label == label}
            if self.checked not in dates:
                expected = join_ids(sorted(dates)) if dates else f"no source is labelled {label}"
                message = f"`checked` is the date of a source of the kind `checked_how` names: {expected}"
        elif self.checked != UNDATED:
            message = f"what is known from memory is {UNDATED}"
        if message:
            raise ValueError(message)
        return self


class Omission(Model):
    """A service that was looked at and left out, and why, so that nobody adds it unchecked."""

    id: Id
    reason: Text


class ServiceTexts(Model):
    """What is said around the lines. ``{emergency}`` stands for the country's emergency number."""

    intro: Text | None = None
    no_country: Text | None = None
    """In place of ``intro`` where no emergency number is known."""
    no_country_number: PhoneNumber | None = None
    """The number to call where no emergency number is known."""
    local: Text | None = None
    """What stands for ``{emergency}`` where no emergency number is known."""
    calls: Text | None = None
    """Above the lines."""
    no_answer: Text | None = None
    """Beneath the lines."""
    unlisted: Text | None = None
    """Where the lines of a kind leave people of the country out, and the kind itself says nothing."""
    about: Text | None = None
    """Where the numbers come from: said once, where all lines are."""


class Services(Model):
    """``rules/services.yaml``."""

    texts: ServiceTexts = ServiceTexts()
    kinds: Annotated[tuple[ServiceKind, ...], Unique("kind")] = ()
    audiences: Annotated[tuple[Audience, ...], Unique("audience")] = ()
    countries: Annotated[tuple[Country, ...], Unique("country")] = ()
    services: Annotated[tuple[Service, ...], Unique("service", "everything")] = ()
    omitted: Annotated[tuple[Omission, ...], Unique("service", "everything")] = ()


# Reading


def load_services(root: Path | None = None) -> Services:
    """The help services of a content folder (shipped content unless told); none if it has no such file.

    Raises:
        ContentError: with every problem found in the file.
    """
    services, problems = load_services_with_problems(root)
    if has_faults(problems):
        raise ContentError(problems)
    return services


def load_services_with_problems(root: Path | None = None) -> tuple[Services, list[Problem]]:
    """Read the services of a content folder and return them, and all problems by their places.

    What the entries say of each other is checked once the file has the right shape: before that there are no services.
    """
    path = (root or content_root()) / "rules" / SERVICES
    name = printable(f"{root}/rules/{SERVICES}" if root else f"rules/{SERVICES}")
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return Services(), []
    except (OSError, ValueError):
        pass  # reading it says what is wrong
    try:
        file = parse_file(Services, path, name)
    except ContentError as error:
        return Services(), by_place(error.problems)
    fields, services = fields_of_files([file]), file.model
    ids = {
        "kind": [kind.id for kind in services.kinds],
        "audience": [audience.id for audience in services.audiences],
        "country": [country.id for country in services.countries],
    }
    return services, by_place([*duplicate_ids(fields, at_id=True), *unknown_ids(fields, ids)])
