"""The state that all requests of a process share: settings, storage, content and clock. It does not use Flask."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final

from engine.answers.front_page import FrontPageContent
from engine.answers.front_page_files import load_front_page
from engine.assessment.pipeline import assess
from engine.loading.help_services import Services, load_services
from engine.loading.library import Library, load_library
from engine.report.plan import build_report
from web.clock import Clock
from web.crypto.private_link import Secret
from web.crypto.server_key import TokenCipher
from web.forms.front_page import FrontPageView, minutes_to_answer, minutes_to_first_plan
from web.journeys.content_versions import ContentVersions
from web.journeys.journey import Event, Journey, Journeys
from web.settings import Settings, SettingsError
from web.storage import Content, Storage, StorageError
from web.storage.errors import failure_of
from web.storage.failure_log import FailureLog, cause_of


class EventCounters:
    """The interface of the event counters of a process. This implementation counts nothing."""

    def sitting(self, event: Event) -> None:
        """Count a sitting that was started, or finished for the first time."""

    def storage_error(self, code: str) -> None:
        """Count a failed call of the storage."""


@dataclass(frozen=True, eq=False)
class LoadedContent:
    """The content of a folder, checked against the settings."""

    library: Library
    services: Services
    questionnaire: str
    """The name of the questionnaire that new journeys start with."""
    front_page: FrontPageContent


@dataclass(frozen=True, eq=False)
class ContentState(LoadedContent):
    """The content of a process and values computed from it. A reload creates a new instance."""

    content_versions: ContentVersions
    """The packs of the library and earlier versions of them, by digest."""

    @property
    def digests(self) -> frozenset[str]:
        """The digests of all packs in the library."""
        return frozenset(pack.content_digest for pack in self.library.packs.values())

    @property
    def avoided_words(self) -> frozenset[str]:
        """The words that private links must not contain, from all packs."""
        return frozenset(word for pack in self.library.packs.values() for word in pack.content.avoid_in_links)

    @cached_property
    def front_page_view(self) -> FrontPageView:
        """The front page with the values of its placeholders and the example plan, without help lines."""
        _, form = self.library.forms[self.questionnaire]
        example = self.front_page.example
        report = None if example is None else build_report(example)
        return FrontPageView(self.front_page.page, minutes_to_answer(form), minutes_to_first_plan(form), report)

    def snapshot_for(self, questionnaire: str) -> Content:
        """The snapshot that is stored for a new sitting of this questionnaire."""
        pack, _ = self.library.forms[questionnaire]
        return Content(pack.content_digest, pack.snapshot)

    def warm(self, today: date) -> None:
        """Compile all rules and build the front page, so that no request waits for them."""
        for name, (pack, _) in self.library.forms.items():
            assess(pack, name, {}, today, complete=False)
        _ = self.front_page_view


class AppState:
    """The state of a process. All attributes are safe to use from several threads.

    A reload replaces ``content`` in one assignment. Code that reads it twice may see two versions, so read it once; a
    view calls ``web.http.state.content_state``, which reads it once for each request.
    """

    def __init__(
        self,
        settings: Settings,
        loaded: LoadedContent,
        storage: Storage,
        clock: Clock,
        key: bytes,
        counters: EventCounters | None = None,
    ) -> None:
        self.settings: Final = settings
        self.storage: Final = storage
        self.clock: Final = clock
        self.key: Final = key
        self.counters: Final = counters or EventCounters()
        self.failure_log: Final = FailureLog()
        self.journeys: Final = Journeys(storage, self.counters.sitting, self.storage_failed)
        self.new_links: Final = TokenCipher(key, "new link")
        """Encrypts a new private link for the form that confirms it."""
        self.content: ContentState = self._content_state(loaded)

    def _content_state(self, loaded: LoadedContent) -> ContentState:
        return ContentState(**vars(loaded), content_versions=ContentVersions(loaded.library, self.storage.read_content))

    def load_journey(self, secret: Secret) -> Journey | None:
        """Load the journey of a private link, and record today as its last access. None if there is no such journey."""
        return self.journeys.load(secret, self.today())

    def storage_failed(self, error: Exception) -> None:
        """Count a failed call of the storage, and log it if the operator can fix the cause."""
        code = failure_of(error)
        if code is not None:
            self.counters.storage_error(code)
            self.failure_log.report(code, cause_of(error))
        elif isinstance(error, StorageError):
            self.counters.storage_error(error.code)

    def today(self) -> date:
        """The calendar day in the time zone of the settings."""
        return self.clock.today()

    def reload(self) -> bool:
        """Load the content from its folder again, and return whether it changed.

        Sittings keep the content they were started with. If an error is raised, the old content stays in use.

        Raises:
            ContentError: the content has problems.
            SettingsError: the settings do not fit the content.
            OSError: a file cannot be read.
        """
        new = self._content_state(load_content(self.settings))
        new.warm(self.today())
        changed = (new.digests, new.front_page.page) != (self.content.digests, self.content.front_page.page)
        self.content = new
        return changed


def load_content(settings: Settings) -> LoadedContent:
    """Load questionnaires, rules, help lines, and the front page of the questionnaire that the settings select.

    Raises:
        ContentError: the content has problems; the error has all of them.
        SettingsError: the settings select no questionnaire with a plan, or a country that the content does not have.
    """
    library, services = load_library(settings.content), load_services(settings.content)
    full_names = [name for name, (_, form) in library.forms.items() if form.has_plan]
    questionnaire = settings.questionnaire or (full_names[0] if len(full_names) == 1 else None)
    if questionnaire not in full_names:
        raise SettingsError((f"--questionnaire (HEARTWORK_QUESTIONNAIRE) must be one of: {', '.join(full_names)}.",))
    countries = [country.id for country in services.countries]
    if settings.default_country is not None and settings.default_country not in countries:
        problem = f"must be one of: {', '.join(countries)}" if countries else "is set, but the content has no countries"
        raise SettingsError((f"--default-country (HEARTWORK_DEFAULT_COUNTRY) {problem}.",))
    front_page = load_front_page(questionnaire, library, services, settings.content)
    return LoadedContent(library, services, questionnaire, front_page)
