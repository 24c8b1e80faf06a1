"""Help services by country: the models of ``rules/services.yaml``, which belongs to no pack, and its loader."""

from __future__ import annotations

import os
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
"""The kind of service that is always listed first."""
INTERNATIONAL: Final = "international"
"""The country of services for all countries."""
ANYONE: Final = "anyone"
"""The audience of services for everyone."""
UNDATED: Final = "undated"

CheckedHow = Literal["own_site", "government", "secondary", "memory"]
_LABEL_OF_SOURCE: Final[Mapping[str, str]] = {"own_site": "own", "government": "gov", "secondary": "secondary"}
_PARTIAL_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", re.ASCII)
_PHONE_NUMBER = re.compile(r"[+*]?\d(?:[ -]?\d)*", re.ASCII)
_ADDRESS = re.compile(r"https?://\S+")


def earliest_date(seen: str) -> date | None:
    """The first day of a date such as ``2026-10-01``, ``2015-08`` or ``2009``; None for another text.

    Raises:
        ValueError: there is no such day or month.
    """
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
    str,
    _matches(_PHONE_NUMBER, "a number has digits and single spaces or hyphens between them; words belong in `note`"),
]
Address = Annotated[str, _matches(_ADDRESS, "an address begins with https:// or http:// and has no spaces")]
AudienceId = Annotated[Id, RefersTo("audience")]


class ServiceKind(Model):
    """A kind of service. A ``discreet`` one could give a person away, so it is shown only on request."""

    id: Id
    title: Text
    text: Text | None = None
    discreet: bool = False
    in_reports: bool = False
    """True if every report shows it, without a request."""
    audience: Annotated[AudienceId, Field(alias="for")] = ANYONE
    """The people who need this kind. A country is covered if it has a nationwide line for them or for anyone."""
    nearest: KindId | None = None
    """The kind whose lines for anyone are shown where a country has none of this kind."""
    otherwise: Text | None = None
    """What to do in a country that lines of this kind do not cover."""


class Country(Model):
    """A country to choose; ``international`` is the one of services for all countries."""

    id: Id
    title: Text


class Audience(Model):
    """A group of people that a service is for."""

    id: Id
    title: Text


class Phone(Model):
    """A phone number as it is dialled inside the country."""

    number: PhoneNumber
    note: Text | None = None


class TextNumber(Model):
    """A number for text messages, and the word to send if it needs one."""

    number: PhoneNumber
    word: Text | None = None
    by: Literal["text", "whatsapp"] = "text"
    note: Text | None = None


class ServiceSource(Model):
    """A page that confirms a service: its address, or its name if the address is unknown, and its date."""

    label: Literal["own", "gov", "secondary"]
    seen: PartialDate = UNDATED
    address: Address | None = None
    name: Text | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _address_or_name(self) -> ServiceSource:
        if (self.address is None) == (self.name is None):
            message = "a source needs either an `address` or a `name`"
            raise ValueError(message)
        return self


class Service(Model):
    """One service. The first of its ``kinds`` is its main one.

    ``checked`` is the date of the source that confirms the numbers.
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
    """When it answers, or which of its lines ``day_and_night`` is about."""
    zone: Text | None = None
    languages: Text | None = None
    free: bool = False
    cost: Text | None = None
    """A remark about the cost."""
    open_how: CheckedHow | None = None
    """The kind of source that confirms hours and cost; None if it is ``checked_how``, which is about the numbers."""
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
            message = "a service needs `kinds`, unless it is a directory"
        elif self.checked_how in _LABEL_OF_SOURCE:
            label = _LABEL_OF_SOURCE[self.checked_how]
            dates = {source.seen for source in self.sources if source.label == label}
            if self.checked not in dates:
                expected = join_ids(sorted(dates)) if dates else f"no source is labelled {label}"
                message = f"`checked` must be the date of a source with the label that `checked_how` names: {expected}"
        elif self.checked != UNDATED:
            message = f"`checked` must be {UNDATED} if `checked_how` is memory"
        if message:
            raise ValueError(message)
        return self


class Omission(Model):
    """A service that was left out on purpose, and the reason, so that it is not added again unchecked."""

    id: Id
    reason: Text


class ServiceTexts(Model):
    """The texts around the lines. ``{emergency}`` is replaced by the country's emergency number."""

    intro: Text | None = None
    no_country: Text | None = None
    """Replaces ``intro`` where no emergency number is known."""
    no_country_number: PhoneNumber | None = None
    """The number to call where no emergency number is known."""
    local: Text | None = None
    """Replaces ``{emergency}`` where no emergency number is known."""
    calls: Text | None = None
    """Shown above the lines."""
    no_answer: Text | None = None
    """Shown below the lines."""
    unlisted: Text | None = None
    """Shown where the lines of a kind do not cover the country and the kind has no ``otherwise``."""
    about: Text | None = None
    """Where the numbers come from; shown once, with the list of all lines."""


class Services(Model):
    """The file ``rules/services.yaml``."""

    texts: ServiceTexts = ServiceTexts()
    kinds: Annotated[tuple[ServiceKind, ...], Unique("kind")] = ()
    audiences: Annotated[tuple[Audience, ...], Unique("audience")] = ()
    countries: Annotated[tuple[Country, ...], Unique("country")] = ()
    services: Annotated[tuple[Service, ...], Unique("service", "everything")] = ()
    omitted: Annotated[tuple[Omission, ...], Unique("service", "everything")] = ()


# Reading


def load_services(root: Path | None = None) -> Services:
    """The help services of a content folder, by default the shipped one; empty if it has no such file.

    Raises:
        ContentError: with every problem found in the file.
    """
    services, problems = load_services_with_problems(root)
    if has_faults(problems):
        raise ContentError(problems)
    return services


def load_services_with_problems(root: Path | None = None) -> tuple[Services, list[Problem]]:
    """Read the services of a content folder; returns them, and all problems sorted by their places.

    References between entries are checked if the file has the right shape; otherwise the services are empty.
    """
    path = (root or content_root()) / "rules" / SERVICES
    name = printable(f"{root}/rules/{SERVICES}" if root else f"rules/{SERVICES}")
    if not os.path.lexists(path):
        return Services(), []
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
