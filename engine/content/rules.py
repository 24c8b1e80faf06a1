"""Rules: a condition, the effects that follow when it is true, and the reason.

These are the models of ``rules/<pack>/*.yaml``. The operators in ``conditions`` and the effects in ``effects`` are
closed sets: a new one needs a decision in ``docs/decisions/``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from engine.content.base import Id, KindId, Model, Text, Unique
from engine.content.conditions import Condition
from engine.content.effects import AnyEffect


class Examples(Model):
    """Answers for which the rule fires, and answers for which it does not. Items not named are unanswered."""

    fires: tuple[Mapping[Id, Any], ...] = ()
    silent: tuple[Mapping[Id, Any], ...] = ()


class Rule(Model):
    """One rule. A ``gate`` reads items only, and is evaluated before all other rules."""

    id: Id
    gate: bool = False
    because: Text
    reasons_shown_in: tuple[KindId, ...] = ()
    """The kinds of plan that show its reasons; empty: all kinds that are not ``allowlist_only``."""
    when: Condition
    then: Annotated[tuple[AnyEffect, ...], Field(min_length=1)]
    examples: Examples = Examples()

    @property
    def findings(self) -> tuple[str, ...]:
        """The findings that it records."""
        additions = (effect.addition for effect in self.then)
        return tuple(dict.fromkeys(added.id for added in additions if added is not None and added.kind == "finding"))

    @property
    def holds(self) -> bool:
        """True if it holds steps."""
        return any(effect.holds for effect in self.then)


class RuleFile(Model):
    """A file of rules: every file of ``rules/<pack>/`` except ``steps.yaml``."""

    rules: Annotated[tuple[Rule, ...], Unique("rule", "everything")]
