"""Request helpers for views: the open journey, a sitting, a plan, the private link, help lines.

No view imports another view; shared code is here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Final

from flask import abort, redirect, request, url_for
from markupsafe import Markup

from engine.content.remarks import Notice
from engine.loading.help_services import ANYONE, Services
from engine.rendering.render import AnyReport, OtherWays, render, render_help_line
from engine.report.actions import ActionPreferences
from engine.report.help_lines import HelpLine, report_lines, select_help_lines
from engine.report.help_section import HelpSectionBuilder
from engine.report.plan import before_file
from engine.report.weeks import has_weeks
from engine.what_if.search import has_what_ifs
from web.crypto.private_link import Secret
from web.forms.progress import SittingProgress
from web.http.layout import base_url
from web.http.person_day import MOST_APART, person_day
from web.http.security import mark_secret_shown
from web.http.session import is_kept, note_link_shown, secret_of_open_journey
from web.http.state import app_state, content_state
from web.journeys.action_notes import action_preferences
from web.journeys.history import History, ShownPlan
from web.journeys.sitting import Letter, Sitting
from web.storage import NotFoundError

_PRIVATE_PATH: Final = re.compile(
    r"/(?:(?:quiz|plan)/\d{1,6}(?:/[a-z0-9_-]{1,64})?|compare/\d{1,6}/\d{1,6}|plans|timeline|link|continue)?"
)
OTHER_AUDIENCE: Final = {"women": "men", "men": "women"}
"""Help-line groups of one kind are shown without lines that are only for the other."""


# The open journey


def current_secret() -> Secret:
    """The secret of the journey that is open on this device.

    Raises:
        NotFoundError: no journey is open. On private pages one always is.
    """
    secret = secret_of_open_journey()
    if secret is None:
        raise NotFoundError
    return secret


def opened_history() -> History:
    """The history of the journey that is open on this device.

    Raises:
        NotFoundError: none is open, or it was deleted or has another link.
    """
    journey = app_state().load_journey(current_secret())
    if journey is None:
        raise NotFoundError
    return History(journey, content_state().content_versions)


# The sitting and the plan of a URL


def require_sitting(number: int) -> SittingProgress:
    """The sitting with this number in the open journey; 404 if there is none."""
    return _sitting_progress(opened_history(), number)


def _sitting_progress(history: History, number: int) -> SittingProgress:
    sitting = history.journey.sitting(number) or abort(404)
    pack, form = history.content_versions.form_of(sitting.content_digest, sitting.questionnaire)
    full = None if form.has_plan else history.full_sitting_of(sitting)
    return SittingProgress(pack, form, sitting, _day_of(sitting, history), current_secret(), history.journey, full)


def _day_of(sitting: Sitting, history: History) -> date:
    """The person's day, but not before another sitting was finished; without scripts it might be."""
    day = person_day()
    others = (other.day for other in history.finished if other.number < sitting.number)
    latest = max(others, default=day)
    return latest if timedelta() < latest - day <= MOST_APART else day


def question_urls(progress: SittingProgress, back: str) -> Mapping[str, str]:
    """The URLs of all question pages, by name.

    Args:
        back: the page that each of them leads back to.
    """
    return _question_urls(request.root_path, progress.sitting.number, tuple(progress.pages), back)


@lru_cache(maxsize=256)  # they are the same for everyone
def _question_urls(_root_path: str, number: int, pages: tuple[str, ...], back: str) -> Mapping[str, str]:
    return {page: url_for("quiz.show", number=number, name=page, back=back) for page in pages}


@dataclass(frozen=True)
class PlannedSitting(ShownPlan):
    """The plan of a URL, with its sitting and journey."""

    history: History
    progress: SittingProgress

    @property
    def sitting(self) -> Sitting:
        return self.progress.sitting

    @property
    def can_go_on(self) -> bool:
        """Whether questions are open, or a change is not finished yet."""
        return self.progress.waiting_pages > 0 or self.sitting.state == "continued"

    @property
    def has_what_ifs(self) -> bool:
        """Whether it has a what-if page: not if a check-in made the plan more careful than its answers."""
        return not self.moved_by_check_in and has_what_ifs(self.full.pack, self.plan)

    @property
    def has_weeks(self) -> bool:
        """Whether it has a page for the coming weeks, under the same condition."""
        return not self.moved_by_check_in and has_weeks(self.full.pack, self.plan)

    @property
    def before_file(self) -> str | None:
        """The question to confirm before this plan becomes a file."""
        return before_file(self.full, self.check_in)

    @property
    def preferences(self) -> ActionPreferences:
        return action_preferences(self.history.journey.action_notes, self.sitting.number)

    @property
    def earlier_letter(self) -> Letter | None:
        """The note to the later self from the previous full sitting; None beside a short plan."""
        before = None if self.short else self.history.previous(self.sitting)
        letter = before.letter if before is not None else None
        return letter if letter is not None and not letter.surplus else None

    @property
    def country(self) -> str | None:
        """The country of the help lines: the chosen one, or else the operator's default."""
        return country_of(self.history.journey.settings.get("country"))

    @property
    def country_assumed(self) -> bool:
        """Whether the country is the operator's default."""
        return self.country is not None and self.history.journey.settings.get("country") is None


def find_plan(number: int) -> PlannedSitting | None:
    """The plan that a sitting was last finished with; None if there is none. A check-in redirects to its plan."""
    history = opened_history()
    progress = _sitting_progress(history, number)
    if progress.sitting.finished is None:
        return None
    shown = history.shown_plan(progress.sitting)
    if shown is None:
        full = history.full_sitting_of(progress.sitting)
        abort(redirect(url_for("plan.show", number=full.number) if full else url_for("history.show"), 303))
    if progress.sitting.state == "finished":  # its answers are those that were assessed
        progress = progress.with_responses(shown.full.responses)
    return PlannedSitting(**vars(shown), history=history, progress=progress)


def require_plan(number: int) -> PlannedSitting:
    """The same as :func:`find_plan`, or 404."""
    return find_plan(number) or abort(404)


def html_of(report: AnyReport) -> Markup:
    """A report as it stands on a page."""
    return Markup(render(report, "html"))  # noqa: S704 - every value in it is escaped


# The private link


def link_context() -> dict[str, Any]:
    """The context of a template that shows the private link. It marks the response as containing a secret."""
    mark_secret_shown()
    note_link_shown()
    secret = current_secret()
    return {
        "url": link_of(secret),
        "words": secret.words,
        "discreet": opened_history().discreet,
        "next_url": safe_next_path(request.args.get("next", "")),
        "keeps_place": is_kept(),
        "note": None,
    }


def link_of(secret: Secret) -> str:
    """The private link as people pass it on."""
    return f"{base_url()}{url_for('home.link_page', code=secret.code)}"


def safe_next_path(path: str) -> str:
    """The path of a page of this site to continue at, or else the page where the person stopped."""
    return _own_page(path) or url_for("home.resume")


def _own_page(path: str) -> str | None:
    """The path, if it is that of a page of this site to which a person may be sent back."""
    return path if path != "" and _PRIVATE_PATH.fullmatch(path) else None


# Help lines


def help_context(kinds: Collection[str] | None = None) -> dict[str, Any]:
    """The context of a template with help lines. The country comes from the URL or the operator's default.

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
        "line_html": help_line_html,
        "country": country,
        "assumed": chosen is None and country is not None,
        "audience": audience,
        "back_url": _own_page(request.args.get("back", "")),
    }


def notice_help_context(notice: Notice | None) -> dict[str, Any]:
    """The context of a notice's page: the first line of each of its kinds, in order; empty without a notice.

    The country comes from the URL or the operator's default.
    """
    chosen = request.args.get("country")
    lines = report_lines(content_state().services, country_of(chosen), app_state().today())
    builder = HelpSectionBuilder(lines)
    return {
        "lines": lines,
        "help_in_notice": builder.for_notice(notice, folded=False) if notice else None,
        "line_html": help_line_html,
        "country": country_of(chosen),
        "assumed": chosen is None and lines.place is not None,
    }


def help_line_html(line: HelpLine, tone: str = "", others: OtherWays = "open") -> Markup:
    """A help line as it stands on a page."""
    return Markup(render_help_line(line, tone=tone, others=others))  # noqa: S704 - every value in it is escaped


def country_of(chosen: object) -> str | None:
    """The country whose help lines a person sees: the chosen one, if the content has it.

    Without a choice it is the operator's default; an empty choice means no country.
    """
    if chosen is None:
        return app_state().settings.default_country
    return next((country.id for country in content_state().services.countries if country.id == chosen), None)


def _for_audience(services: Services, audience: str) -> Services:
    if audience not in OTHER_AUDIENCE:
        return services
    remaining = tuple(service for service in services.services if set(service.audience) != {OTHER_AUDIENCE[audience]})
    return services.model_copy(update={"services": remaining})
