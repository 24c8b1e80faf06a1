"""The front page of a questionnaire: the models of ``questionnaires/front_pages/*.yaml``.

``questionnaires/README.md`` describes every field for authors. No plan depends on a front page, so it is in no snapshot
and changes no digest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import StringConstraints

from engine.assessment.pipeline import Assessment
from engine.content.base import Id, KindId, Model, NeutralLine, NeutralText, Text, VersionOne
from engine.content.pack import Form
from engine.content.placeholders import placeholders

LONGEST_DESCRIPTION: Final = 160
Description = Annotated[NeutralLine, StringConstraints(max_length=LONGEST_DESCRIPTION)]


class Fact(Model):
    """One line of the list below the buttons, with its first words in bold."""

    title: Text
    text: Text | None = None


class Passage(Model):
    """A heading and what stands below it. Every line break begins a paragraph."""

    title: Text
    text: Text


class ExamplePlan(Model):
    """The plan of an invented person, which anyone can read before starting."""

    answers: Id
    """The name of a file in ``questionnaires/examples``, without ``.yaml``."""
    label: NeutralText
    """Says on every screen and every sheet that the person is invented."""
    about: Text
    """Beside the label, above the plan."""
    title: Text
    text: Text
    """The heading and the line above the first steps, which the front page shows."""
    more: Text | None = None
    """Below them; ``{more}`` stands for the number of the other steps."""


class YoungPage(Model):
    """What people read who say that they are too young."""

    title: Text
    text: Text
    help: tuple[KindId, ...] = ()
    """The kinds of help lines on this page."""


class AgeQuestion(Model):
    """Asked before the first question. People who answer no get a page with help in place of the questions."""

    question: Text
    text: Text | None = None
    yes: Text
    no: Text
    link: Text
    """What leads from the front page to the page for young people."""
    young: YoungPage


class FrontPage(Model):
    """``questionnaires/front_pages/<questionnaire>.yaml``."""

    front_page: VersionOne
    questionnaire: Id
    name: NeutralText | None = None
    """In the top bar of the front page; other pages have the neutral name there."""
    neutral_name: NeutralText | None = None
    """The title of every page and of link previews: it does not say what this is about."""
    description: Description | None = None
    """For link previews and search engines, as neutral."""
    title: Text
    lead: Text | None = None
    facts: tuple[Fact, ...] = ()
    example: ExamplePlan | None = None
    passages: tuple[Passage, ...] = ()
    help: Passage | None = None
    """Followed by a link to the page with help lines."""
    age: AgeQuestion | None = None


@dataclass(frozen=True)
class FrontPageContent:
    """A front page, and the assessed answers of its example if it has one."""

    page: FrontPage
    example: Assessment | None = None


def default_front_page(form: Form) -> FrontPage:
    """The front page of a questionnaire that has no file for it: its own title and introduction."""
    questionnaire = form.questionnaire
    named = questionnaire.intro is not None and any(placeholders(questionnaire.intro))
    lead = None if named else questionnaire.intro  # its placeholders have no answers yet
    return FrontPage(front_page=1, questionnaire=questionnaire.id, title=questionnaire.title, lead=lead)
