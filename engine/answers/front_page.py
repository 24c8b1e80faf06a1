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
    """The plan of an invented person, which everyone can read before the start."""

    answers: Id
    """The name of a file in ``questionnaires/examples``, without ``.yaml``."""
    label: NeutralText
    """The label on every screen and sheet: the person is invented."""
    about: Text
    """The text beside the label, above the plan."""
    title: Text
    text: Text
    """The heading and the line above the first steps on the front page."""
    more: Text | None = None
    """The line below them; ``{more}`` is the number of the other steps."""


class YoungPage(Model):
    """The page for people who say that they are too young."""

    title: Text
    text: Text
    help: tuple[KindId, ...] = ()
    """The kinds of help lines on this page."""


class AgeQuestion(Model):
    """A question before the first page. People who answer no get a page with help instead of the questionnaire."""

    question: Text
    text: Text | None = None
    yes: Text
    no: Text
    link: Text
    """The link from the front page to the page for young people."""
    young: YoungPage


class FrontPage(Model):
    """``questionnaires/front_pages/<questionnaire>.yaml``."""

    front_page: VersionOne
    questionnaire: Id
    name: NeutralText | None = None
    """The name in the top bar of the front page; other pages show the neutral name."""
    neutral_name: NeutralText | None = None
    """The title of every page and of link previews, which does not reveal the subject."""
    description: Description | None = None
    """The description for link previews and search engines, equally neutral."""
    title: Text
    lead: Text | None = None
    facts: tuple[Fact, ...] = ()
    example: ExamplePlan | None = None
    passages: tuple[Passage, ...] = ()
    help: Passage | None = None
    """The text before the link to the page with help lines."""
    age: AgeQuestion | None = None


@dataclass(frozen=True)
class FrontPageContent:
    """A front page with the assessed answers of its example, if it has one."""

    page: FrontPage
    example: Assessment | None = None


def default_front_page(form: Form) -> FrontPage:
    """The front page of a questionnaire without a file for it: its title and introduction."""
    questionnaire = form.questionnaire
    named = questionnaire.intro is not None and any(placeholders(questionnaire.intro))
    lead = None if named else questionnaire.intro  # its placeholders have no answers yet
    return FrontPage(front_page=1, questionnaire=questionnaire.id, title=questionnaire.title, lead=lead)
