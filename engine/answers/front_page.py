"""The front page of a questionnaire: the models of ``questionnaires/front_pages/*.yaml``.

``questionnaires/README.md`` describes every field for authors. No plan depends on a front page, so it is in no snapshot
and changes no digest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import AfterValidator, StringConstraints

from engine.assessment.pipeline import Assessment
from engine.content.base import WORDS, Id, KindId, Model, Text, VersionOne, check_text
from engine.content.pack import Form
from engine.content.placeholders import placeholders

LONGEST_DESCRIPTION: Final = 160
LONGEST_NAME: Final = 40


def _check_for_others(value: str) -> str:
    if any(mark in value for mark in "{}\n"):
        message = "titles and link previews show this to others: one line, without placeholders"
        raise ValueError(message)
    return value


Name = Annotated[
    str,
    StringConstraints(max_length=LONGEST_NAME),
    AfterValidator(check_text),
    AfterValidator(_check_for_others),
    WORDS,
]
"""A few words that anybody may see over a shoulder, in a list of tabs or in a link preview."""
Description = Annotated[
    str,
    StringConstraints(max_length=LONGEST_DESCRIPTION),
    AfterValidator(check_text),
    AfterValidator(_check_for_others),
    WORDS,
]


class Fact(Model):
    """One line of the list below the buttons, with its first words in bold."""

    title: Text
    text: Text | None = None


class Passage(Model):
    """A heading and what stands below it. Every line break begins a paragraph."""

    title: Text
    text: Text


class ExamplePlan(Model):
    """The plan of somebody made up, which anyone can read before starting."""

    answers: Id
    """The name of a file in ``questionnaires/examples``, without ``.yaml``."""
    label: Name
    """Says on every screen and every sheet that nobody real is meant."""
    about: Text
    """Beside the label, above the plan."""
    title: Text
    text: Text
    """The heading and the line above the first steps, which the front page shows."""
    more: Text | None = None
    """Below them; ``{more}`` stands for the number of the other steps."""


class YoungPage(Model):
    """What somebody reads who says that they are too young."""

    title: Text
    text: Text
    help: tuple[KindId, ...] = ()
    """The kinds of help lines on this page."""


class AgeQuestion(Model):
    """Asked before the first question. Whoever answers no gets a page with help in place of the questions."""

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
    name: Name | None = None
    """In the top bar of the front page; other pages have the neutral name there."""
    neutral_name: Name | None = None
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
    lead = None if named else questionnaire.intro  # nobody has said yet whom its placeholders mean
    return FrontPage(front_page=1, questionnaire=questionnaire.id, title=questionnaire.title, lead=lead)
