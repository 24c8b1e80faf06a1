"""What several views take from a request: the open journey, a sitting, a plan, the private link, help lines.

No view imports another view; what two of them need is here.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from flask import abort, redirect, request, url_for

from engine.assessment.pipeline import Assessment
from engine.assessment.plan import Plan
from engine.loading.help_services import ANYONE, Services
from engine.report.help_lines import select_help_lines
from engine.report.plan import before_file
from engine.report.steps import ActionPreferences
from web.crypto.private_link import Secret
from web.forms.progress import SittingProgress
from web.http.layout import base_url
from web.http.security import mark_secret_shown
from web.http.session import is_kept, secret_of_open_journey
from web.http.state import app_state, content_state
from web.journeys import history
from web.journeys.action_notes import action_preferences
from web.journeys.journey import Journey
from web.journeys.sitting import Version
from web.storage import NotFoundError

_PRIVATE_PATH: Final = re.compile(
    r"/(?:(?:quiz|plan)/\d{1,6}(?:/[a-z0-9_-]{1,64})?|compare/\d{1,6}/\d{1,6}|plans|timeline|link|continue)?"
)
OTHER_AUDIENCE: Final = {"women": "men", "men": "women"}
"""Help lines for one of the two are shown without those that are only for the other."""


# The journey that is open


def current_secret() -> Secret:
    """The secret of the journey that is open on this device.

    Raises:
        NotFoundError: none is open. A view behind ``require_journey`` always has one.
    """
    secret = secret_of_open_journey()
    if secret is None:
        raise NotFoundError
    return secret


def opened_journey() -> Journey:
    """The journey that is open on this device.

    Raises:
        NotFoundError: none is open, or it was deleted or got another link.
    """
    state = app_state()
    journey = state.journeys.load(current_secret(), state.today())
    if journey is None:
        raise NotFoundError
    return journey


# The sitting and the plan of an address


def require_sitting(number: int) -> SittingProgress:
    """The sitting with this number in the open journey, or 404."""
    return sitting_progress(opened_journey(), number)


def sitting_progress(journey: Journey, number: int) -> SittingProgress:
    """The sitting with this number in the open journey, which has been loaded already, or 404."""
    sitting = journey.sitting(number)
    if sitting is None:
        abort(404)
    pack, form = content_state().content_versions.form_of(sitting.content_digest, sitting.questionnaire)
    return SittingProgress(pack, form, sitting, app_state().today(), current_secret(), journey)


@dataclass(frozen=True)
class PlannedSitting:
    """The plan that an address names, with the sitting and the journey it belongs to."""

    journey: Journey
    progress: SittingProgress
    version: Version
    shown_plan: history.ShownPlan

    @property
    def assessment(self) -> Assessment:
        return self.shown_plan.full

    @property
    def plan(self) -> Plan:
        return self.shown_plan.plan

    @property
    def as_answered(self) -> bool:
        """False if a check-in made the plan more careful: what rests on the answers alone is left out then."""
        return not self.shown_plan.moved_by_check_in

    @property
    def before_file(self) -> str | None:
        """What is asked before anything of this plan becomes a file."""
        return before_file(self.assessment, self.shown_plan.check_in)

    @property
    def number(self) -> int:
        return self.progress.sitting.number

    @property
    def preferences(self) -> ActionPreferences:
        return action_preferences(self.journey.action_notes, self.number)

    @property
    def country(self) -> str | None:
        """The country of the help lines: the one that was chosen, or else the operator's."""
        return country_of(self.journey.settings.get("country"))

    @property
    def country_assumed(self) -> bool:
        """Whether the country is the operator's, as the person chose none."""
        return self.country is not None and self.journey.settings.get("country") is None


def find_plan(number: int) -> PlannedSitting | None:
    """The plan of what was finished last in a sitting; None if nothing was. A check-in redirects to its plan."""
    journey = opened_journey()
    progress = sitting_progress(journey, number)
    version = progress.sitting.finished
    if version is None:
        return None
    content_versions = content_state().content_versions
    shown = history.shown_plan(content_versions, journey, progress.sitting)
    if shown is None:
        full = history.full_sitting_of(content_versions, journey, progress.sitting)
        abort(redirect(url_for("plan.show", number=full.number) if full else url_for("history.show"), 303))
    return PlannedSitting(journey, progress, version, shown)


def require_plan(number: int) -> PlannedSitting:
    """The same as :func:`find_plan`, or 404."""
    return find_plan(number) or abort(404)


# The private link


def link_context(*, first: bool = False) -> dict[str, Any]:
    """What a template that shows the private link needs. It marks the response as one that holds a secret.

    Args:
        first: whether it is shown for the first time, at the first save.
    """
    mark_secret_shown()
    secret = current_secret()
    return {
        "url": link_of(secret),
        "words": secret.words,
        "first": first,
        "next_url": safe_next_path(request.args.get("next", "")),
        "keeps_place": is_kept(),
    }


def link_of(secret: Secret) -> str:
    """The private link as people pass it on."""
    return f"{base_url()}{url_for('home.link_page', code=secret.code)}"


def safe_next_path(path: str) -> str:
    """The path of a page of this site that a person wants to go on to, or else the one where they stopped."""
    return path if path and _PRIVATE_PATH.fullmatch(path) else url_for("home.resume")


# Help lines


def help_context(kinds: Collection[str] | None = None) -> dict[str, Any]:
    """What a template with help lines needs. The country comes from the address or from the operator's settings.

    Args:
        kinds: the kinds of help to show; without it all.
    """
    services = content_state().services
    audience = request.args.get("for", ANYONE)
    audience = audience if audience in OTHER_AUDIENCE else ANYONE
    chosen = request.args.get("country")
    country = country_of(chosen)
    all_kinds = [kind.id for kind in services.kinds]
    shown_kinds = [kind for kind in kinds if kind in all_kinds] if kinds is not None else all_kinds
    lines = select_help_lines(
        _for_audience(services, audience), shown_kinds, country, app_state().today(), discreet=True
    )
    return {
        "lines": lines,
        "countries": lines.countries,
        "country": country,
        "assumed": chosen is None and country is not None,
        "audience": audience,
    }


def country_of(chosen: object) -> str | None:
    """The country whose help lines a person sees: the one they chose, as far as the content has it.

    Without any choice it is the operator's; an empty choice is a choice, and means no country.
    """
    if chosen is None:
        return app_state().settings.default_country
    return next((country.id for country in content_state().services.countries if country.id == chosen), None)


def _for_audience(services: Services, audience: str) -> Services:
    if audience not in OTHER_AUDIENCE:
        return services
    remaining = tuple(service for service in services.services if set(service.audience) != {OTHER_AUDIENCE[audience]})
    return services.model_copy(update={"services": remaining})
