"""Which help lines a person is shown: those of a place and of some kinds, in order, with what is said beside them."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from engine.loading.help_services import (
    ANYONE,
    EMERGENCY,
    INTERNATIONAL,
    CheckedHow,
    Service,
    ServiceKind,
    Services,
    first_day,
)

MOST_OPEN: Final = 3
"""How many lines of a kind are shown before the rest is folded."""
STALE_AFTER: Final = timedelta(days=180)
_SURE: Final = frozenset({"own_site", "government"})
_NOT_DIALLED = re.compile(r"[^0-9+*#]")


@dataclass(frozen=True)
class PhoneLine:
    """A number as it is shown, and as a telephone takes it."""

    number: str
    dial: str
    note: str | None


@dataclass(frozen=True)
class HelpLine:
    """One service as it is shown: words only."""

    id: str
    name: str
    emergency: bool
    """True if it is for danger now: it answers at all hours."""
    who: str
    region: str | None
    """The part of the country it is for; none if it is for all of it."""
    phones: tuple[PhoneLine, ...]
    text: str | None
    chat: str | None
    email: str | None
    hours: str | None
    zone: str | None
    languages: str | None
    cost: str | None
    link: str | None
    notes: tuple[str, ...]
    checked: str
    """When it was last seen: ``2026-10-01``, ``2015-08``, ``2009`` or ``undated``."""
    checked_how: CheckedHow
    may_have_changed: bool
    warning: str | None
    """What is said beside it if it may have changed."""


@dataclass(frozen=True)
class HelpGroup:
    """The lines of one kind."""

    kind: str
    title: str
    text: str | None
    first: tuple[HelpLine, ...]
    """The lines to show at once."""
    more: tuple[HelpLine, ...]
    """The lines to fold away."""
    stand_in: bool
    """True if there is no line of this kind, and these are lines for anyone of the nearest kind."""
    otherwise: str | None
    """What to do where these lines leave people of the country out: for their region, or for who they are."""


@dataclass(frozen=True)
class Choice:
    """Something to choose: a country, or a kind."""

    id: str
    title: str


@dataclass(frozen=True)
class HelpLines:
    """All that is shown for a place. Without a place: what is for every place, and the places to choose from."""

    place: Choice | None
    emergency: tuple[HelpLine, ...]
    groups: tuple[HelpGroup, ...]
    directories: tuple[HelpLine, ...]
    countries: tuple[Choice, ...]
    not_shown: tuple[Choice, ...]
    """The kinds that were not asked for, or only with discretion."""
    intro: str | None
    no_country: str | None
    """Said where there is no emergency number, because no country was chosen."""
    calls: str | None
    changed: str | None
    about: str | None


def may_have_changed(checked: str, checked_how: CheckedHow, as_of: date) -> bool:
    """True if it was seen more than 180 days before ``as_of``, on an unknown day, or not at an official place."""
    day = first_day(checked)
    return day is None or as_of - day > STALE_AFTER or checked_how not in _SURE


def helplines(
    services: Services, kinds: Collection[str], country: str | None, as_of: date, discreet: bool
) -> HelpLines:
    """The lines of some kinds in a country, the emergency line first. Nothing is dropped for its age.

    Kinds come in the order of the file, whatever the order of asking. Lines of discreet kinds, and services that are
    above all of such a kind, are there only if ``discreet`` says that they were asked for. A country that is not known
    is none: whoever follows a broken link still finds help.

    Raises:
        ValueError: a kind is not known.
    """
    known = {one.id: one for one in services.kinds}
    if strange := sorted(set(kinds) - known.keys()):
        message = f"unknown kinds of service: {strange}"
        raise ValueError(message)
    place = next((one for one in services.countries if one.id == country), None)
    shown = [one for one in services.services if discreet or not (one.kinds and known[one.kinds[0]].discreet)]
    here = [one for one in shown if one.country == (place.id if place else INTERNATIONAL)]
    wanted = [one for one in services.kinds if one.id in kinds and one.id != EMERGENCY]
    land = place is not None and place.id != INTERNATIONAL
    groups = [_group(services, one, here, land, as_of) for one in wanted if discreet or not one.discreet]
    directories = [
        one
        for one in shown
        if one.country == INTERNATIONAL and one.directory and (not one.kinds or set(one.kinds) & set(kinds))
    ]
    given = {one.kind for one in groups} | {EMERGENCY}
    texts = services.texts
    emergency = _lines(services, [one for one in here if EMERGENCY in one.kinds], as_of)
    return HelpLines(
        place=Choice(place.id, place.title) if place else None,
        emergency=emergency,
        groups=tuple(one for one in groups if one.first or one.otherwise),
        directories=_lines(services, directories, as_of),
        countries=tuple(Choice(one.id, one.title) for one in services.countries),
        not_shown=tuple(Choice(one.id, one.title) for one in services.kinds if one.id not in given),
        intro=texts.intro,
        no_country=None if emergency else texts.no_country,
        calls=texts.calls,
        changed=texts.changed,
        about=texts.about,
    )


def report_lines(services: Services, country: str | None, as_of: date, asked: Collection[str] = ()) -> HelpLines:
    """The lines for a report, which somebody else may find: of kinds that give nobody away, and of those asked for.

    A service that is above all of another kind is not there, whatever else it is; and of the kinds that are left out,
    discreet ones are not even named.

    Raises:
        ValueError: a kind that is asked for is not known.
    """
    kinds = {one.id for one in services.kinds if one.in_reports or one.id == EMERGENCY} | set(asked)
    open_ones = tuple(one for one in services.services if not one.kinds or one.kinds[0] in kinds)
    found = helplines(services.model_copy(update={"services": open_ones}), kinds, country, as_of, discreet=True)
    discreet = {one.id for one in services.kinds if one.discreet}
    return replace(found, not_shown=tuple(one for one in found.not_shown if one.id not in discreet))


def _group(services: Services, kind: ServiceKind, here: Sequence[Service], land: bool, as_of: date) -> HelpGroup:
    own = _of_kind(here, kind.id)
    for_all = any(one.region is None and {ANYONE, kind.audience} & set(one.audience) for one in own)
    near = () if own else _nearest(services, kind, here)
    lines = _lines(services, own or near, as_of)
    otherwise = kind.otherwise or (services.texts.unlisted if land else None)
    return HelpGroup(
        kind=kind.id,
        title=kind.title,
        text=kind.text,
        first=lines[:MOST_OPEN],
        more=lines[MOST_OPEN:],
        stand_in=bool(near),
        otherwise=None if for_all else otherwise,
    )


def _nearest(services: Services, kind: ServiceKind, here: Sequence[Service]) -> Sequence[Service]:
    """What stands in for a kind without a line: lines for anyone of the nearest kind that has some."""
    known = {one.id: one for one in services.kinds}
    passed: set[str] = set()
    while kind.nearest and kind.nearest not in passed:
        kind = known[kind.nearest]
        passed.add(kind.id)
        if found := [one for one in _of_kind(here, kind.id) if ANYONE in one.audience]:
            return found
    return ()


def _of_kind(here: Sequence[Service], kind: str) -> list[Service]:
    """The services of a kind as the file orders them, those that are above all of this kind first."""
    found = [one for one in here if kind in one.kinds and not (one.directory and one.country == INTERNATIONAL)]
    return sorted(found, key=lambda one: one.kinds[0] != kind)


def _lines(services: Services, found: Sequence[Service], as_of: date) -> tuple[HelpLine, ...]:
    return tuple(_line(services, one, as_of) for one in found)


def _line(services: Services, one: Service, as_of: date) -> HelpLine:
    titles = {audience.id: audience.title for audience in services.audiences}
    changed = may_have_changed(one.checked, one.checked_how, as_of)
    warning = services.texts.emergency_changed if EMERGENCY in one.kinds else services.texts.changed
    return HelpLine(
        id=one.id,
        name=one.name,
        emergency=EMERGENCY in one.kinds,
        who=one.who or ", ".join(titles[name] for name in one.audience),
        region=one.region,
        phones=tuple(PhoneLine(phone.number, _NOT_DIALLED.sub("", phone.number), phone.note) for phone in one.phones),
        text=one.text,
        chat=one.chat,
        email=one.email,
        hours=one.hours,
        zone=one.zone,
        languages=one.languages,
        cost=one.cost,
        link=one.link,
        notes=one.notes,
        checked=one.checked,
        checked_how=one.checked_how,
        may_have_changed=changed,
        warning=warning if changed else None,
    )
