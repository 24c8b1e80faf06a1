"""The assessment of a file of answers."""

from __future__ import annotations

from engine.answers.answers_file import AnswersFileContents
from engine.assessment.pipeline import Assessment, assess


def assess_file(sitting: AnswersFileContents) -> Assessment:
    """What the engine makes of the answers in a file.

    Raises:
        ResponseError: with the place of each answer that cannot be accepted.
    """
    file = sitting.file
    return assess(sitting.pack, file.questionnaire, file.answers, sitting.as_of, locations=sitting.locations)
