"""Selects the help lines for a country and some kinds, in order, with the texts beside them."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import Any, Final, Literal

from engine.loading.help_services import (
    ANYONE,
    EMERGENCY,
    INTERNATIONAL,
    CheckedHow,
    Service,
    ServiceKind,
    Services,
    earliest_date,
)

MOST_OPEN: Final = 3
"""How many lines of a kind are shown before the rest is folded."""
STALE_AFTER: Final = timedelta(days=180)
_OFFICIAL: Final = frozenset({"own_site", "government"})
_EMERGENCY_NUMBER: Final = "{emergency}"
_NOT_DIALLED = re.compile(r"[^0-9+*#]")


@dataclass(frozen=True)
class PhoneLine:
    """A telephone number as it is displayed and as it is dialled."""

    number: str
    dial: str
    note: str | None


@dataclass(frozen=True)
class TextLine:
    """A number that accepts text messages."""

    number: str
    dial: str | None
    """None if no link opens it: WhatsApp needs another form of the number."""
    word: str | None
    """The message to send."""
    by: Literal["text", "whatsapp"]
    note: str | None


@dataclass(frozen=True)
class HelpLine:
    """One service in words."""

    id: str
    name: str
    emergency: bool
    """True for an emergency line, which answers at all hours."""
    who: str
    region: str | None
    """The region that it serves; none if it serves the whole country."""
    phones: tuple[PhoneLine, ...]
    texts: tuple[TextLine, ...]
    chat: str | None
    email: str | None
    day_and_night: bool
    hours: str | None
    """Its hours in words, or the channels for which ``day_and_night`` is true."""
    zone: str | None
    languages: str | None
    free: bool
    cost: str | None
    official: bool
    """True if its own page or an official page shows hours and cost; other lines are marked as listed elsewhere."""
    link: str | None
    notes: tuple[str, ...]
    checked: str
    """When it was last verified: ``2026-10-01``, ``2015-08``, ``2009`` or ``undated``."""
    checked_how: CheckedHow
    may_have_changed: bool


_AS_WRITTEN: Final = Service.model_fields.keys() & {line_field.name for line_field in fields(HelpLine)}
"""The texts of the file for this line."""


@dataclass(frozen=True)
class Choice:
    """The name of a country, of a kind, or of a line that is shown elsewhere."""

    id: str
    title: str


@dataclass(frozen=True)
class HelpGroup:
    """The lines of one kind."""

    kind: str
    title: str
    text: str | None
    above: tuple[Choice, ...]
    """Names of lines of this kind that are shown earlier in the report."""
    first: tuple[HelpLine, ...]
    """The lines that are always visible."""
    more: tuple[HelpLine, ...]
    """The lines that are folded."""
    stand_in: bool
    """True if no line of this kind exists and these are general lines of the nearest kind."""
    otherwise: str | None
    """Advice for people in the country whom these lines do not serve, because of their region or their group."""


@dataclass(frozen=True)
class HelpLines:
    """All help lines for a country. Without a country: lines for every country, and the countries to choose from."""

    place: Choice | None
    emergency: tuple[HelpLine, ...]
    groups: tuple[HelpGroup, ...]
    directories: tuple[HelpLine, ...]
    countries: tuple[Choice, ...]
    not_shown: tuple[Choice, ...]
    """Kinds that were not requested or are discreet."""
    intro: str | None
    """What to do in an emergency; worded for every country if none was chosen."""
    calls: str | None
    """The text above the lines."""
    no_answer: str | None
    """The text below the lines."""
    about: str | None
    """The sources of the numbers."""
    no_country: PhoneLine | None = None
    """The emergency number if no country was chosen."""
    page: str | None = None
    """The URL of the page with all lines, for reports that leave the program."""

    @property
    def all_lines(self) -> tuple[HelpLine, ...]:
        """Every line once, in the order of the report."""
        grouped = [line for group in self.groups for line in (*group.first, *group.more)]
        return tuple({line.id: line for line in (*self.emergency, *grouped, *self.directories)}.values())


def may_have_changed(checked: str, checked_how: CheckedHow, as_of: date) -> bool:
    """True if the line was verified more than 180 days before ``as_of``, on an unknown day, or not on an official
    page.
    """
    checked_on = earliest_date(checked)
    return checked_on is None or as_of - checked_on > STALE_AFTER or checked_how not in _OFFICIAL


def select_help_lines(
    services: Services, kinds: Collection[str], country: str | None, as_of: date, discreet: bool
) -> HelpLines:
    """The lines of some kinds in a country, the emergency line first. No line is dropped because of its age.

    Kinds are in the order of the file. Lines of discreet kinds, and services that belong mainly to such a kind, are
    included only if ``discreet`` requests them. An unknown country counts as none, so that a broken link still leads
    to help.

    Raises:
        ValueError: a kind is not known.
    """
    if unknown_kinds := sorted(set(kinds) - {kind.id for kind in services.kinds}):
        message = f"unknown kinds of service: {unknown_kinds}"
        raise ValueError(message)
    chosen = next((option for option in services.countries if option.id == country), None)
    unmentioned = {kind.id for kind in services.kinds if kind.discreet and not discreet}
    permitted = [service for service in services.services if unmentioned.isdisjoint(service.kinds[:1])]
    local = [service for service in permitted if service.country == (chosen.id if chosen else INTERNATIONAL)]
    group_kinds = set(kinds) - {EMERGENCY} - unmentioned
    in_country = chosen is not None and chosen.id != INTERNATIONAL
    groups = [_group(services, kind, local, in_country, as_of) for kind in services.kinds if kind.id in group_kinds]
    directories = [
        service
        for service in permitted
        if service.country == INTERNATIONAL
        and service.directory
        and (not service.kinds or set(service.kinds) & set(kinds))
    ]
    covered = {group.kind for group in groups} | {EMERGENCY}
    texts = services.texts
    emergency = _lines(services, [service for service in local if EMERGENCY in service.kinds], as_of)
    number = next((phone.number for line in emergency for phone in line.phones), texts.local)
    return HelpLines(
        place=Choice(chosen.id, chosen.title) if chosen else None,
        emergency=emergency,
        groups=tuple(group for group in groups if group.first or group.otherwise),
        directories=_lines(services, directories, as_of),
        countries=tuple(Choice(option.id, option.title) for option in services.countries),
        not_shown=tuple(Choice(kind.id, kind.title) for kind in services.kinds if kind.id not in covered),
        intro=_filled(texts.intro if emergency else texts.no_country or texts.intro, number),
        calls=texts.calls,
        no_answer=_filled(texts.no_answer, number),
        about=texts.about,
        no_country=_phone(texts.no_country_number) if texts.no_country_number and not emergency else None,
    )


def report_lines(
    services: Services, country: str | None, as_of: date, asked: Collection[str] = (), page: str | None = None
) -> HelpLines:
    """The lines for a report that other people may find: of kinds that reveal nothing, and of requested kinds.

    A service that belongs mainly to another kind is left out. Discreet kinds that are left out are not even named.

    Args:
        services: the services of a content folder.
        country: the id of a country; None for international directories.
        as_of: the day to which the age of lines is counted.
        asked: ids of further kinds that the person requested.
        page: the URL of the page with all lines, if there is one.

    Raises:
        ValueError: a requested kind is not known.
    """
    kinds = {kind.id for kind in services.kinds if kind.in_reports or kind.id == EMERGENCY} | set(asked)
    permitted = tuple(service for service in services.services if not service.kinds or service.kinds[0] in kinds)
    lines = select_help_lines(services.model_copy(update={"services": permitted}), kinds, country, as_of, discreet=True)
    discreet_kinds = {kind.id for kind in services.kinds if kind.discreet}
    not_shown = tuple(kind for kind in lines.not_shown if kind.id not in discreet_kinds)
    return replace(lines, not_shown=not_shown, page=page)


def _group(services: Services, kind: ServiceKind, local: Sequence[Service], in_country: bool, as_of: date) -> HelpGroup:
    of_kind = _of_kind(local, kind.id)
    for_all = any(service.region is None and {ANYONE, kind.audience} & set(service.audience) for service in of_kind)
    stand_ins = () if of_kind else _nearest(services, kind, local)
    lines = _lines(services, of_kind or stand_ins, as_of)
    otherwise = kind.otherwise or (services.texts.unlisted if in_country else None)
    return HelpGroup(
        kind=kind.id,
        title=kind.title,
        text=kind.text,
        above=(),
        first=lines[:MOST_OPEN],
        more=lines[MOST_OPEN:],
        stand_in=bool(stand_ins),
        otherwise=None if for_all else otherwise,
    )


def _nearest(services: Services, kind: ServiceKind, local: Sequence[Service]) -> Sequence[Service]:
    """A substitute for a kind without lines: general lines of the nearest kind that has some."""
    kinds_by_id = {other.id: other for other in services.kinds}
    visited: set[str] = set()
    while kind.nearest and kind.nearest not in visited:
        kind = kinds_by_id[kind.nearest]
        visited.add(kind.id)
        if for_anyone := [service for service in _of_kind(local, kind.id) if ANYONE in service.audience]:
            return for_anyone
    return ()


def _of_kind(local: Sequence[Service], kind: str) -> list[Service]:
    """The services of a kind in the order of the file, those that belong mainly to it first."""
    matches = [
        service
        for service in local
        if kind in service.kinds and not (service.directory and service.country == INTERNATIONAL)
    ]
    return sorted(matches, key=lambda service: service.kinds[0] != kind)


def _filled(text: str | None, emergency: str | None) -> str | None:
    """The text with the emergency number; None if it needs one and there is none."""
    if text is None or (_EMERGENCY_NUMBER in text and emergency is None):
        return None
    return text.replace(_EMERGENCY_NUMBER, emergency or "")


def _lines(services: Services, selected: Sequence[Service], as_of: date) -> tuple[HelpLine, ...]:
    return tuple(_line(services, service, as_of) for service in selected)


def _line(services: Services, service: Service, as_of: date) -> HelpLine:
    titles = {audience.id: audience.title for audience in services.audiences}
    emergency = EMERGENCY in service.kinds
    shown: dict[str, Any] = {
        "emergency": emergency,
        "who": service.who or ", ".join(titles[name] for name in service.audience),
        "phones": tuple(_phone(phone.number, phone.note) for phone in service.phones),
        "texts": tuple(
            TextLine(text.number, _dialled(text.number) if text.by == "text" else None, text.word, text.by, text.note)
            for text in service.texts
        ),
        "official": (service.open_how or service.checked_how) in _OFFICIAL,
        "may_have_changed": may_have_changed(service.checked, service.checked_how, as_of),
    }
    as_written = {name: getattr(service, name) for name in _AS_WRITTEN - shown.keys()}
    return HelpLine(**as_written, **shown)


def _phone(number: str, note: str | None = None) -> PhoneLine:
    return PhoneLine(number, _dialled(number), note)


def _dialled(number: str) -> str:
    """A number as a telephone dials it, without the words beside it."""
    return _NOT_DIALLED.sub("", number)
