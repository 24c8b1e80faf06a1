"""What one process has in hand for all requests: settings, content, journeys, clock. It knows nothing of Flask."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import date
from threading import Lock
from typing import TYPE_CHECKING, Final

from engine.assessment.pipeline import assess
from engine.content.pack import Form, Pack
from engine.errors import ContentError
from engine.loading.help_services import Services, load_services
from engine.loading.library import Library, load_library, load_snapshot
from web.clock import Clock
from web.crypto.encrypted_body import Unreadable
from web.crypto.server_key import Sealer
from web.journeys.journey import Event, Journeys
from web.settings import Settings, SettingsError
from web.storage import Content, Storage

if TYPE_CHECKING:
    from web.server.metrics import Metrics

MOST_PACKS: Final = 8
"""Earlier contents that stay in memory, each some megabytes; others are read again."""


class Packs:
    """Packs by their digests: what people took earlier gives the plan it gave then."""

    def __init__(self, library: Library, journeys: Journeys) -> None:
        self._current: Final = {pack.content_digest: pack for pack in library.packs.values()}
        self._journeys: Final = journeys
        self._earlier: Final[OrderedDict[str, Pack]] = OrderedDict()
        self._lock: Final = Lock()

    def of(self, digest: str) -> Pack:
        """The pack with this digest, from the folder or from its snapshot.

        Raises:
            Unreadable: there is no such snapshot, or it is damaged.
        """
        if digest in self._current:
            return self._current[digest]
        with self._lock:
            if (known := self._earlier.get(digest)) is not None:
                self._earlier.move_to_end(digest)
                return known
        text = self._journeys.content(digest)
        try:
            pack = load_snapshot(text, checked=True) if text is not None else None  # its digest is compared below
        except ContentError:
            pack = None
        if pack is None or pack.content_digest != digest:
            raise Unreadable
        with self._lock:
            self._earlier[digest] = pack
            while len(self._earlier) > MOST_PACKS:
                self._earlier.popitem(last=False)
        return pack


@dataclass(frozen=True, eq=False)
class Site:
    """All that a view needs besides its request. Everything in it may be used by several threads at once."""

    settings: Settings
    library: Library
    services: Services
    storage: Storage
    clock: Clock
    key: bytes = field(repr=False)
    questionnaire: str
    """The questionnaire that people begin with."""
    journeys: Journeys = field(init=False)
    packs: Packs = field(init=False)
    metrics: Metrics | None = field(init=False, default=None)
    """Who counts, if anybody does."""
    new_links: Sealer = field(init=False)
    """Seals a new link for the page that shows it first."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "metrics", _metrics() if self.settings.metrics != "off" else None)
        noted = self.metrics.sitting if self.metrics else _unnoted
        object.__setattr__(self, "journeys", Journeys(self.storage, noted))
        object.__setattr__(self, "packs", Packs(self.library, self.journeys))
        object.__setattr__(self, "new_links", Sealer(self.key, "new link"))

    def today(self) -> date:
        return self.clock.today()

    def country_of(self, chosen: object) -> str | None:
        """The country whose help lines somebody sees: the one they chose, as far as it is known.

        Whoever chose nothing at all sees the operator's; an empty choice is one, and means none.
        """
        if chosen is None:
            return self.settings.default_country
        return next((one.id for one in self.services.countries if one.id == chosen), None)

    def pack_of(self, digest: str) -> Pack:
        """The pack a sitting was taken under. See :meth:`Packs.of`."""
        return self.packs.of(digest)

    def form_of(self, digest: str, questionnaire: str) -> tuple[Pack, Form]:
        """The pack a sitting was taken under, and its form.

        Raises:
            Unreadable: there is none.
        """
        pack = self.pack_of(digest)
        if (form := pack.forms.get(questionnaire)) is None:
            raise Unreadable
        return pack, form

    def current(self, questionnaire: str) -> Content:
        """The content that a new sitting of this questionnaire is taken under."""
        pack, _ = self.library.forms[questionnaire]
        return Content(pack.content_digest, pack.snapshot)

    def warm(self) -> None:
        """Compile all rules, so that nobody waits for it."""
        _warm(self.library, self.today())

    def reload(self) -> bool:
        """Take the content as it is in its folder now; true if it is another one than before.

        What was begun under other content goes on with that. If there is anything wrong, all stays as it is.

        Raises:
            ContentError, SettingsError, OSError
        """
        library, services, questionnaire = load_content(self.settings)
        _warm(library, self.today())
        before = {pack.content_digest for pack in self.library.packs.values()}
        object.__setattr__(self, "packs", Packs(library, self.journeys))
        object.__setattr__(self, "library", library)
        object.__setattr__(self, "services", services)
        object.__setattr__(self, "questionnaire", questionnaire)
        return before != {pack.content_digest for pack in library.packs.values()}


def _metrics() -> Metrics:
    from web.server.metrics import Metrics  # which takes a while to load, and most do without

    return Metrics()


def _unnoted(_: Event) -> None:
    """Nobody counts."""


def _warm(library: Library, day: date) -> None:
    for name, (pack, _) in library.forms.items():
        assess(pack, name, {}, day, complete=False)


def load_content(settings: Settings) -> tuple[Library, Services, str]:
    """Questionnaires, rules and help lines, and the questionnaire that people begin with.

    Raises:
        ContentError: with all problems in them.
        SettingsError: it is not clear which questionnaire it is, or there is no such country.
    """
    library, services = load_library(settings.content), load_services(settings.content)
    full = [name for name, (_, form) in library.forms.items() if form.has_plan]
    chosen = settings.questionnaire or (full[0] if len(full) == 1 else None)
    if chosen not in full:
        raise SettingsError((f"--questionnaire (HEARTWORK_QUESTIONNAIRE) has to be one of: {', '.join(full)}.",))
    known = [one.id for one in services.countries]
    if settings.default_country is not None and settings.default_country not in known:
        one_of = f"has to be one of: {', '.join(known)}" if known else "names a country, and the content has none"
        raise SettingsError((f"--default-country (HEARTWORK_DEFAULT_COUNTRY) {one_of}.",))
    return library, services, chosen
