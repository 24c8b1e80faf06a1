"""Every word that answering in a terminal says by itself, and the keys it hears: in one place, to be translated.

What is asked, and with which answers, are words of the content.
"""

from __future__ import annotations

from typing import Final

# Keys

BACK: Final = "b"
STOP: Final = "q"
EXPLAIN: Final = "?"
LIST: Final = "l"
DECLINE: Final = "-"
RETRACT: Final = "x"
WRITE: Final = "w"
PLAINLY: Final = "\\"
"""Before a short text that would be taken for a key."""

KEYS: Final = (
    ("Enter", "leave the question open; if it has an answer, keep it"),
    (BACK, "back to the question before"),
    (LIST, "list what you have answered so far"),
    (DECLINE, "“I'd rather not say”, where it is offered"),
    (RETRACT, "take your answer back and leave the question open"),
    (STOP, "save and stop; the same command goes on from there"),
    (EXPLAIN, "show this, and the question once more"),
)
KEYS_OF_TEXT: Final = "To answer with one of these keys, put “\\” before it: \\b"
KEYS_OF_REVIEW: Final = (
    (WRITE, "write the file: you are done"),
    ("a number", "change that answer"),
    (BACK, "back to the last question"),
    (STOP, "save and stop; the same command goes on from there"),
)

# The beginning and the end

INTO: Final = "Your answers go to {file} and nowhere else. They are saved after each question."
GOING_ON: Final = "Going on with {file}, begun on {day}. It is saved after each question."
OTHER_CONTENT: Final = "The questions have changed since then. What still fits is kept."
NOT_KEPT: Final = "Answers that fit no more, and whose questions are asked again if they still exist: {count}"
SHORT_KEYS: Final = (
    "Type your answer and press Enter. Enter alone leaves a question open. b back · q save and stop · ? all keys"
)
ALREADY: Final = "These answers are finished already: {file}"
DONE: Final = "Your answers are in {file}."
NEXT: Final = "Next:"
EARLIER: Final = "EARLIER.yaml"
"""Stands in a command line for the file of the last full sitting."""
SAVED: Final = "Saved in {file}. To go on:"
NOTHING_SAVED: Final = "Nothing was answered, so nothing is saved."

# A question

SECTION: Final = "part {section} of {sections}"
QUESTION: Final = "question {question} of {questions}"
REQUIRED: Final = "This question needs an answer."
RATHER_NOT: Final = "I'd rather not say"
SO_FAR: Final = "So far: {answer}. Enter keeps it."
OPEN_SO_FAR: Final = "Left open so far. Enter keeps it so."
YES: Final = "Yes"
NO: Final = "No"
SEVERAL: Final = "Any of these, such as: 1 3"
NUMBER: Final = "A number from {lowest} to {highest}."
WHOLE: Final = "A whole number from {lowest} to {highest}."
WITH_UNIT: Final = "{line} In {unit}."
DAY: Final = {
    (False, False): "A day such as 2026-11-23.",
    (True, True): "A day such as 2026-11-23, from {lowest} to {highest}.",
    (True, False): "A day such as 2026-11-23, not before {lowest}.",
    (False, True): "A day such as 2026-11-23, not after {highest}.",
}
"""By whether there is an earliest day, and a latest."""
TEXT: Final = "One line, at most {longest} characters."

# What was not understood

ONE_NUMBER: Final = "Please type one number from 1 to {count}."
SEVERAL_NUMBERS: Final = "Please type numbers from 1 to {count}, such as: 1 3"
ALONE: Final = "“{option}” stands alone: choose it without the others, or leave it out."
NEEDED: Final = "This question needs an answer, so it cannot be left open."
NEEDED_OR_DECLINE: Final = "This question needs an answer; - says “I'd rather not say”."
NOT_OFFERED: Final = "“I'd rather not say” is not offered here. Enter leaves the question open."
NOT_OFFERED_AND_NEEDED: Final = "“I'd rather not say” is not offered here, and the question needs an answer."
NO_ANSWER_YET: Final = "There is no answer to take back."
FIRST: Final = "This is the first question."

# Lists

LIST_TITLE: Final = "Answered so far"
NOTHING_YET: Final = "Nothing yet."
REVIEW_TITLE: Final = "A look at your answers"
REVIEW_HOW: Final = "w writes the file · a number changes that answer · b back · q save and stop"
REVIEW_WHICH: Final = "Please type w, a number from 1 to {count}, b or q."
ANSWERED: Final = "Answered"
LEFT_OPEN: Final = "left open"
DROPPED: Final = "These questions do not come up with your other answers, so what you answered there will be left out:"
DROPPED_TOO: Final = "Answers left out that are not repeated here: {count}"
