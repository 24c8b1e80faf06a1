"""The help lines of a page: for the country that was chosen, and for whom."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from flask import request

from engine.loading.help_services import ANYONE, Services
from engine.report.help_lines import helplines
from web.http.state import app_state, content_state

ONLY: Final = {"women": "men", "men": "women"}
"""Whoever asks for the lines of one is not shown those that are only for the other."""


def help_context(kinds: Collection[str] | None = None) -> dict[str, Any]:
    """What a template with help lines needs. Nobody's country is guessed; the operator may have named one."""
    services = content_state().services
    audience = request.args.get("for", ANYONE)
    audience = audience if audience in ONLY else ANYONE
    chosen = request.args.get("country")
    country = country_of(chosen)
    every = [one.id for one in services.kinds]
    wanted = [one for one in kinds if one in every] if kinds is not None else every
    lines = helplines(_for(services, audience), wanted, country, app_state().today(), discreet=True)
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


def _for(services: Services, audience: str) -> Services:
    if audience not in ONLY:
        return services
    shown = tuple(one for one in services.services if set(one.audience) != {ONLY[audience]})
    return services.model_copy(update={"services": shown})
