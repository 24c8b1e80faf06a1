"""The texts of a report beside its steps: notices, remarks and contingencies."""

from __future__ import annotations

from typing import Final, Literal, get_args

from engine.content.base import Id, KindId, Model, StepId, Text


class Notice(Model):
    """A text before the plan. Notices are listed in the order in which they are shown."""

    id: Id
    title: Text
    text: Text
    folded: bool = False
    """True: a report shows the title only, which expands to the text."""
    kinds: tuple[KindId, ...] = ()
    """The kinds of plan that show it expanded; others fold it. Empty: all kinds that are not ``allowlist_only``."""
    short: bool = False
    """True: a report with this notice is short."""
    lasting: bool = False
    """True: if only the earlier of two sittings raised it, their comparison begins by saying so."""
    at_once: Text | None = None
    """The text that a section's ``followed_by`` shows while the form is being answered, in place of title and text."""
    at_once_title: Text | None = None
    """The heading above ``at_once``."""
    at_once_also: Text | None = None
    """Further advice below the help lines."""
    on_paper: Text | None = None
    """Replaces ``text`` in formats that other people may see: print, PDF, text and Markdown."""
    help: tuple[Id, ...] = ()
    """The kinds of help lines in ``rules/services.yaml`` that belong to it."""
    with_lines: bool = False
    """True: an unfolded notice includes the first help line of each of these kinds, if the report has help lines."""


RemarkSlot = Literal[
    "heading",
    "wish",
    "situation",
    "opening",
    "leave_alone",
    "held_heading",
    "not_now",
    "strength",
    "tension",
    "scale",
    "come_back",
]
REMARK_SLOTS: Final[tuple[RemarkSlot, ...]] = get_args(RemarkSlot)


class Remark(Model):
    """A text for one place of a report. A rule selects it (``say``), unless it is always selected (``base: true``).

    For each place a report shows the first selected remarks, and at most one with the same ``about``. ``{said:item}``
    is replaced by the clause of an answer; a remark is skipped if the clause is missing.
    """

    id: Id
    text: Text
    about: Id | None = None
    first: tuple[StepId, ...] = ()
    """Shown only if the plan begins with one of these steps; empty: with any step."""
    today: tuple[Id, ...] = ()
    """Shown only if the action for today is one of these actions of those steps; empty: any action."""
    base: bool = False
    kinds: tuple[KindId, ...] = ()
    advice: Id | None = None
    """See :attr:`engine.content.steps.Action.advice`."""


class AfterDone(Model):
    """A text shown when an action is ticked: the first that fits. Without ``steps`` it fits every action."""

    text: Text
    steps: tuple[StepId, ...] = ()
    actions: tuple[Id, ...] = ()
    """The actions of those steps that it fits; empty: all of them."""


class Reply(Model):
    """The advice for one case of a contingency."""

    when: Text
    """The case, as the first words of a sentence: “If he says not yet”."""
    text: Text


class Contingency(Model):
    """Advice for an event that a person may worry about. A report includes it only if a rule selects it.

    A report shows the first selected contingencies, at most one with the same ``about``, and none if it is short.
    """

    id: Id
    title: Text
    about: Id
    text: Text
    replies: tuple[Reply, ...] = ()
    after: Text | None = None
    """A text after the replies."""
    kinds: tuple[KindId, ...] = ()
    """The kinds of plan that may show it; empty: all kinds that are not ``allowlist_only``."""
