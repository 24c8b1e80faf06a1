"""Rules: when something is so, then what follows, and because of what.

These are the models of ``rules/<pack>/*.yaml``. Operators (``conditions``) and effects (``effects``) are closed sets: a
new one needs a decision in ``docs/decisions/``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from engine.content.base import Id, Model, Text
from engine.content.conditions import Condition
from engine.content.effects import AnyEffect


class Examples(Model):
    """Answers for which the rule fires, and answers for which it stays silent; everything else is left open."""

    fires: tuple[Mapping[Id, Any], ...] = ()
    silent: tuple[Mapping[Id, Any], ...] = ()


class Rule(Model):
    """One rule. A ``gate`` reads items only and is asked before all others."""

    id: Id
    gate: bool = False
    because: Text
    reasons_shown_in: tuple[Id, ...] = ()
    """The kinds of plan in which its reasons may be told; empty: in all that are not ``allowlist_only``."""
    when: Condition
    then: Annotated[tuple[AnyEffect, ...], Field(min_length=1)]
    examples: Examples = Examples()

    @property
    def findings(self) -> tuple[str, ...]:
        """The findings it records."""
        additions = (effect.addition for effect in self.then)
        return tuple(dict.fromkeys(added.id for added in additions if added is not None and added.kind == "finding"))

    @property
    def holds(self) -> bool:
        """True if it holds steps."""
        return any(effect.holds for effect in self.then)


class RuleFile(Model):
    """Any other file of ``rules/<pack>/``."""

    rules: tuple[Rule, ...]
