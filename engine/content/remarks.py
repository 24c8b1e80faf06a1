"""What a report says beside its steps: notices, remarks, each for one place, and contingencies."""

from __future__ import annotations

from typing import Final, Literal, get_args

from engine.content.base import Id, KindId, Model, StepId, Text


class Notice(Model):
    """Something said before the plan. Notices are listed in the order in which they are shown."""

    id: Id
    title: Text
    text: Text
    folded: bool = False
    """True: a report shows its title, which opens to the text."""
    kinds: tuple[KindId, ...] = ()
    """The kinds of plan it is shown open in, in others it is folded; empty: in all that are not ``allowlist_only``."""
    short: bool = False
    """True: with this notice a report is short."""
    lasting: bool = False
    """True: if an earlier sitting raised it and a later one does not, a comparison says so before everything."""
    at_once: Text | None = None
    """What a section's ``followed_by`` shows in place of title and text, while the form is still being answered."""
    at_once_title: Text | None = None
    """The heading above ``at_once``."""
    at_once_also: Text | None = None
    """What else to do at once: it stands below the help lines."""
    on_paper: Text | None = None
    """What stands in place of ``text`` where others may read it: in print, PDF, text and Markdown."""
    help: tuple[Id, ...] = ()
    """Kinds of help lines (``rules/services.yaml``) that belong to it."""
    with_lines: bool = False
    """True: where a report has help lines, the first line of each of these kinds stands in the notice itself,
    unless it is folded."""


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
    """A text for one place of a report. A rule says it (``say``), or it needs none (``base: true``).

    Of the remarks of a place that are said, a report shows the first ones in their order, at most one ``about`` the
    same thing. ``{said:item}`` stands for the clause of an answer; a remark whose clause is missing is passed over.
    """

    id: Id
    text: Text
    about: Id | None = None
    first: tuple[StepId, ...] = ()
    """The steps it suits: it is said only if the plan begins with one of them."""
    today: tuple[Id, ...] = ()
    """Actions of those steps that it suits: it is said only if one of them is the action for today."""
    base: bool = False
    kinds: tuple[KindId, ...] = ()
    advice: Id | None = None
    """See :attr:`engine.content.steps.Action.advice`."""


class AfterDone(Model):
    """What is said once an action is ticked. The first that fits is said; one without ``steps`` fits every action."""

    text: Text
    steps: tuple[StepId, ...] = ()
    actions: tuple[Id, ...] = ()
    """Actions of those steps that it is for; empty: all of them."""


class Reply(Model):
    """What to say or do in one case of a contingency."""

    when: Text
    """The case, as the beginning of a sentence: “If he says not yet”."""
    text: Text


class Contingency(Model):
    """What to do if something happens that a person may worry about. Only a rule offers it.

    A report tells the first ones that rules offer, at most one ``about`` the same thing, and none if it is short.
    """

    id: Id
    title: Text
    about: Id
    text: Text
    replies: tuple[Reply, ...] = ()
    after: Text | None = None
    """Said after the replies."""
    kinds: tuple[KindId, ...] = ()
    """The kinds of plan it may be shown in; empty: in all that are not ``allowlist_only``."""
