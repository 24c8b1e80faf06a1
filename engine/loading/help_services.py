"""Help services by country: the models of ``rules/services.yaml``, which belongs to no pack, and how it is read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field, model_validator

from engine.content.base import Id, Model, Text
from engine.errors import ContentError, Problem, did_you_mean, listed, problem
from engine.loading.library import SERVICES, content_root, printable
from engine.loading.parsing import Reading, read_model
from engine.loading.yaml import ValuePath, read

EMERGENCY: Final = "emergency"
"""The kind that always comes first."""
INTERNATIONAL: Final = "international"
"""The country of services that are for every country."""
ANYONE: Final = "anyone"
"""The audience that leaves nobody out."""
UNDATED: Final = "undated"

CheckedHow = Literal["own_site", "government", "secondary", "memory"]
_LABELS: Final[Mapping[str, str]] = {"own_site": "own", "government": "gov", "secondary": "secondary"}
_SEEN = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", re.ASCII)
_NUMBER = re.compile(r"[+*]?\d(?:[ -]?\d)*", re.ASCII)
_ADDRESS = re.compile(r"https?://\S+")


def first_day(seen: str) -> date | None:
    """The earliest day a date such as ``2026-10-01``, ``2015-08`` or ``2009`` can mean; none if it is unknown."""
    found = _SEEN.fullmatch(seen)
    return date(int(found[1]), int(found[2] or 1), int(found[3] or 1)) if found else None


def _check_seen(value: str) -> str:
    try:
        known = value == UNDATED or first_day(value) is not None
    except ValueError:
        known = False
    if not known:
        message = f"expected a date such as 2026-10-01, 2015-08 or 2009, or {UNDATED}"
        raise ValueError(message)
    return value


def _check_number(value: str) -> str:
    if not _NUMBER.fullmatch(value):
        message = "a number is digits, with single spaces or hyphens between them; words go into `note`"
        raise ValueError(message)
    return value


def _check_address(value: str) -> str:
    if not _ADDRESS.fullmatch(value):
        message = "an address begins with https:// or http:// and has no spaces"
        raise ValueError(message)
    return value


Seen = Annotated[str, AfterValidator(_check_seen)]
Number = Annotated[str, AfterValidator(_check_number)]
Address = Annotated[str, AfterValidator(_check_address)]


class ServiceKind(Model):
    """A kind of service. One that is ``discreet`` could give a person away: it is shown only where asked for."""

    id: Id
    title: Text
    text: Text | None = None
    discreet: bool = False
    in_reports: bool = False
    """True: reports show it without being asked. Everyone's report does, so that it gives nobody away."""
    audience: Annotated[Id, Field(alias="for")] = ANYONE
    """Whom lines of this kind are for: a line for them, or for anyone, in the whole country leaves nobody out."""
    nearest: Id | None = None
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

    number: Number
    note: Text | None = None


class SeenAt(Model):
    """A page that was read: its address, or its name if the address is not known, and its own date."""

    label: Literal["own", "gov", "secondary"]
    seen: Seen = UNDATED
    address: Address | None = None
    name: Text | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _one_way(self) -> SeenAt:
        if (self.address is None) == (self.name is None):
            message = "a source has an `address`, or a `name` if its address is not known"
            raise ValueError(message)
        return self


class Service(Model):
    """One service. The first of its ``kinds`` is what it is above all.

    ``checked`` is the date of the source that showed the number, never a day on which nothing was read.
    """

    id: Id
    country: Id
    kinds: tuple[Id, ...] = ()
    audience: Annotated[tuple[Id, ...], Field(alias="for", min_length=1)]
    who: Text | None = None
    region: Text | None = None
    name: Text
    phones: tuple[Phone, ...] = ()
    text: Text | None = None
    chat: Text | None = None
    email: Text | None = None
    hours: Text | None = None
    zone: Text | None = None
    languages: Text | None = None
    cost: Text | None = None
    link: Address | None = None
    notes: tuple[Text, ...] = ()
    directory: bool = False
    sources: Annotated[tuple[SeenAt, ...], Field(min_length=1)]
    checked: Seen
    checked_how: CheckedHow

    @model_validator(mode="after")
    def _usable(self) -> Service:
        message = ""
        if not (self.phones or self.text or self.chat or self.email or self.link):
            message = "a service needs a way to reach it: `phones`, `text`, `chat`, `email` or `link`"
        elif not self.kinds and not self.directory:
            message = "a service needs `kinds`; only a directory may be for all of them"
        elif self.checked_how in _LABELS:
            dates = {one.seen for one in self.sources if one.label == _LABELS[self.checked_how]}
            if self.checked not in dates:
                wanted = listed(sorted(dates)) if dates else f"no source is labelled {_LABELS[self.checked_how]}"
                message = f"`checked` is the date of a source of the kind `checked_how` names: {wanted}"
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
    """What is said around the lines."""

    intro: Text | None = None
    no_country: Text | None = None
    calls: Text | None = None
    changed: Text | None = None
    """Beside every line that may have changed."""
    emergency_changed: Text | None = None
    """The same beside emergency numbers."""
    unlisted: Text | None = None
    """Where the lines of a kind leave people of the country out, and the kind itself says nothing."""
    about: Text | None = None


class Services(Model):
    """``rules/services.yaml``."""

    texts: ServiceTexts = ServiceTexts()
    kinds: tuple[ServiceKind, ...] = ()
    audiences: tuple[Audience, ...] = ()
    countries: tuple[Country, ...] = ()
    services: tuple[Service, ...] = ()
    omitted: tuple[Omission, ...] = ()


# Reading


def load_services(root: Path | None = None) -> Services:
    """The help services of a content folder (shipped content unless told); none if it has no such file.

    Raises:
        ContentError: with every problem found in the file.
    """
    services, problems = load_services_with_problems(root)
    if any(not one.advice for one in problems):
        raise ContentError(problems)
    return services


def load_services_with_problems(root: Path | None = None) -> tuple[Services, list[Problem]]:
    """Read the services of a content folder and return what of them is whole, and all problems by their places."""
    path = (root or content_root()) / "rules" / SERVICES
    name = printable(f"{root}/rules/{SERVICES}" if root else f"rules/{SERVICES}")
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return Services(), []
    except (OSError, ValueError):
        pass  # reading it says what is wrong
    source, problems = read(path, name, partly=True)
    if source is None:
        return Services(), problems
    reading = read_model(Services, source)
    found = {*problems, *reading.problems, *_disagreements(reading)}
    return reading.model or Services(), sorted(found, key=lambda one: (one.where, one.code, one.broken))


def _disagreements(reading: Reading[Services]) -> Iterator[Problem]:
    """What the parts say of each other: every id once, and every word that names one names one that exists."""
    model = reading.model
    if model is None:
        return
    kinds, audiences, countries = (_placed(reading, part) for part in ("kinds", "audiences", "countries"))
    services = _placed(reading, "services")
    yield from _once(reading, "kind", kinds)
    yield from _once(reading, "audience", audiences)
    yield from _once(reading, "country", countries)
    yield from _once(reading, "service", [*services, *_placed(reading, "omitted")])
    ids = [one.id for one in model.kinds]
    known = {"country": [one.id for one in model.countries], "audience": [one.id for one in model.audiences]}
    for path, one in kinds:
        yield from _known(reading, "kind", ids, [(one.nearest, (*path, "nearest"))])
        if one.audience != ANYONE:
            yield from _known(reading, "audience", known["audience"], [(one.audience, (*path, "for"))])
    for path, one in services:
        yield from _known(reading, "country", known["country"], [(one.country, (*path, "country"))])
        yield from _known(reading, "kind", ids, [(name, (*path, "kinds", at)) for at, name in enumerate(one.kinds)])
        groups = [(name, (*path, "for", at)) for at, name in enumerate(one.audience)]
        yield from _known(reading, "audience", known["audience"], groups)


def _placed(reading: Reading[Services], part: str) -> list[tuple[ValuePath, Any]]:
    """The entries of a part with their places in the file, where broken ones may stand between them."""
    value = reading.source.value
    written = value.get(part, ()) if isinstance(value, dict) and (part,) not in reading.gone else ()
    kept = [(part, index) for index in range(len(written)) if (part, index) not in reading.gone]
    return list(zip(kept, getattr(reading.model, part), strict=True))


def _once(reading: Reading[Services], kind: str, entries: Iterable[tuple[ValuePath, Any]]) -> Iterator[Problem]:
    first: dict[str, ValuePath] = {}
    for path, one in entries:
        if one.id in first:
            other = reading.source.where((*first[one.id], "id"))
            yield problem("HW301", reading.source.where((*path, "id")), kind=kind, id=one.id, other=other)
        first.setdefault(one.id, path)


def _known(
    reading: Reading[Services], kind: str, ids: list[str], named: Iterable[tuple[str | None, ValuePath]]
) -> Iterator[Problem]:
    for name, path in named:
        if name is not None and name not in {*ids, *reading.broken} and kind not in reading.lost:
            facts = {"kind": kind, "id": name, "hint": did_you_mean(name, ids), "allowed": f": {listed(ids)}"}
            yield problem("HW302", reading.source.where(path), **facts)
