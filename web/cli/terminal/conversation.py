"""Answering a questionnaire by hand: asks, listens, keeps each answer at once, and shows everything before the end."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from engine.answers.answers_file import answers_text
from engine.answers.interview import Interview
from engine.content.items.base import Item
from engine.content.placeholders import placeholder_filler
from engine.errors import ResponseError
from web.cli.terminal import phrases
from web.cli.terminal.draft import Draft
from web.cli.terminal.parsing import NotUnderstoodError, instruction, label, refusal_message, value_of
from web.cli.terminal.screen import Screen


class _StopError(Exception):
    """The person wants to stop here."""


class Conversation:
    """One person at one terminal with one questionnaire."""

    def __init__(self, interview: Interview, draft: Draft, screen: Screen) -> None:
        self.interview = interview
        self._draft, self._screen = draft, screen
        self._saved = interview
        self._section: str | None = None

    # The beginning and the end

    def greet(self, *lines: str) -> None:
        """Say what this is, and what has to be known before the first question."""
        questionnaire = self.interview.form.questionnaire
        self._screen.title(self.fill(questionnaire.title))
        if questionnaire.intro:
            self._screen.paragraph(self.fill(questionnaire.intro))
        self._screen.gap()
        for line in lines:
            self._screen.paragraph(line, style="dim")
        self._screen.paragraph(phrases.SHORT_KEYS, style="dim")

    def show_next_steps(self, *, written: bool, content: Path | None) -> None:
        """Say where the answers are and what to do next; ``content`` is the folder if it is not the shipped one."""
        target = str(self._draft.target)
        content_option = () if content is None else ("--content", str(content))
        if written:
            self._screen.gap()
            self._screen.paragraph(phrases.DONE.format(file=target))
            self._screen.paragraph(phrases.NEXT)
            files = (target,) if self.interview.form.has_plan else (phrases.EARLIER, "--check-in", target)
            self._screen.command(shlex.join(("heartwork", "report", *files, *content_option)))
        elif self._draft.exists:
            self._screen.paragraph(phrases.SAVED.format(file=self._draft.path))
            self._screen.command(shlex.join(("heartwork", "take", "-o", target, *content_option)))
        else:
            self._screen.paragraph(phrases.NOTHING_SAVED)

    def run(self) -> bool:
        """Ask until all is answered and written, which is True, or until somebody stops, which is saved.

        Raises:
            FileError: the answers cannot be written.
        """
        try:
            while True:
                while (item := self.interview.current_item) is not None:
                    self._ask_question(item)
                if self._review():
                    return True
        except (_StopError, EOFError, KeyboardInterrupt):
            self._screen.gap()
            self._save()
            return False

    # Keeping

    def _move(self, interview: Interview) -> None:
        self.interview = interview
        self._save()

    def _save(self) -> None:
        """Put the answers onto the disk, if they are other ones than there."""
        interview, saved = self.interview, self._saved
        if (interview.answers, interview.left_open) != (saved.answers, saved.left_open):
            left_open = (item.id for item in interview.form.items if item.id in interview.left_open)
            self._draft.save(answers_text(interview.pack, self._name, interview.as_of, interview.answers, left_open))
            self._saved = interview

    @property
    def _name(self) -> str:
        return self.interview.form.questionnaire.questionnaire

    # One question

    def _ask_question(self, item: Item) -> None:
        """Put one question until something follows from what is typed."""
        self._show_question(item)
        interview = self.interview
        while self.interview is interview:
            self._handle_input(item, self._screen.ask().strip())

    def _show_question(self, item: Item) -> None:
        screen, progress = self._screen, self.interview.progress
        section = next(section for section, items in self.interview.sections if item in items)
        if section.id != self._section:
            self._section = section.id
            subtitle = phrases.SECTION.format(section=progress.section, sections=progress.sections)
            screen.title(self.fill(section.title), subtitle)
            for text in (section.before, section.intro):
                if text:
                    screen.paragraph(self.fill(text))
        screen.gap()
        position = phrases.QUESTION.format(question=progress.question, questions=progress.questions)
        screen.bar(progress.question, progress.questions, position)
        screen.paragraph(self.fill(item.text), style="bold")
        for line in (item.help and self.fill(item.help), instruction(item, self.fill)):
            if line:
                screen.paragraph(line, style="dim", indent=2)
        rows = [(str(number), label(choice, self.fill)) for number, choice in enumerate(item.choices, 1)]
        screen.rows([*rows, (phrases.DECLINE, phrases.RATHER_NOT)] if item.rather_not_say else rows)
        self._show_answer_state(item)

    def _show_answer_state(self, item: Item) -> None:
        if item.id in self.interview.left_open:
            self._screen.paragraph(phrases.OPEN_SO_FAR, style="dim")
        elif self.interview.is_answered(item.id):
            self._screen.paragraph(phrases.SO_FAR.format(answer=self._answer(item)), style="dim")
        elif item.required:
            self._screen.paragraph(phrases.REQUIRED, style="dim")

    def _handle_input(self, item: Item, typed: str) -> None:
        match typed if item.is_free_text else typed.casefold():
            case "":
                self._skip(item)
            case phrases.BACK:
                self._back()
            case phrases.STOP:
                raise _StopError
            case phrases.LIST:
                self._show_list()
                self._show_question(item)
            case phrases.EXPLAIN:
                self._show_keys(item)
                self._show_question(item)
            case phrases.DECLINE:
                self._decline(item)
            case phrases.RETRACT:
                self._retract(item)
            case _:
                self._submit(item, typed)

    def _skip(self, item: Item) -> None:
        if self.interview.is_settled(item.id):
            self._move(self.interview.keep_answer())
        else:
            self._leave_open(item)

    def _leave_open(self, item: Item) -> None:
        try:
            self._move(self.interview.leave_open(item.id))
        except ResponseError as error:
            self._show_refusal(refusal_message(item, error.problems[0].code, None, self.fill))

    def _back(self) -> None:
        interview = self.interview
        self._move(interview.back())
        if self.interview is interview:
            self._show_refusal(phrases.FIRST)

    def _decline(self, item: Item) -> None:
        if item.rather_not_say:
            self._move(self.interview.answer(item.id, None))
        else:
            self._show_refusal(phrases.NOT_OFFERED_AND_NEEDED if item.required else phrases.NOT_OFFERED)

    def _retract(self, item: Item) -> None:
        if self.interview.is_answered(item.id):
            self._leave_open(item)
        else:
            self._show_refusal(phrases.NO_ANSWER_YET)

    def _submit(self, item: Item, typed: str) -> None:
        if item.is_free_text:
            typed = typed.removeprefix(phrases.PLAINLY)
        value = None
        try:
            value = value_of(item, typed, self.fill)
            self._move(self.interview.answer(item.id, value))
        except NotUnderstoodError as error:
            self._show_refusal(str(error))
        except ResponseError as error:
            self._show_refusal(refusal_message(item, error.problems[0].code, value, self.fill))

    def _show_refusal(self, words: str) -> None:
        self._screen.paragraph(words, style="yellow")

    def _show_keys(self, item: Item) -> None:
        self._screen.gap()
        self._screen.rows(phrases.KEYS)
        if item.is_free_text:
            self._screen.paragraph(phrases.KEYS_OF_TEXT, indent=2)

    # Lists

    def _show_list(self) -> None:
        settled_items = [item for item in self._listed_items() if self.interview.is_settled(item.id)]
        self._screen.title(phrases.LIST_TITLE)
        self._show_answers(settled_items, numbered=False)
        if not settled_items:
            self._screen.paragraph(phrases.NOTHING_YET)
        self._section = None

    def _listed_items(self) -> Iterator[Item]:
        return (
            item
            for _, items in self.interview.sections
            for item in items
            if item.id not in self.interview.revealing_items
        )

    def _show_answers(self, items_shown: list[Item], *, numbered: bool) -> None:
        for section, items in self.interview.sections:
            rows = [
                (str(items_shown.index(item) + 1) if numbered else "", self.fill(item.text), self._answer(item))
                for item in items
                if item in items_shown
            ]
            if rows:
                self._screen.title(self.fill(section.title))
                self._screen.rows(rows)

    def _answer(self, item: Item) -> str:
        """An answer in words, as lists show it; sensitive ones are not repeated."""
        if not self.interview.is_answered(item.id):
            return phrases.LEFT_OPEN
        if item.id in self.interview.pack.sensitive:
            return phrases.ANSWERED
        value = self.interview.responses.answers[item.id]
        if value is None:
            return phrases.RATHER_NOT
        if chosen := item.chosen(value):
            return ", ".join(label(choice, self.fill) for choice in chosen)
        words = item.words(value)
        return ", ".join(words if item.is_free_text else map(self.fill, words))

    def fill(self, text: str) -> str:
        """A text of the content in the voice of the answers so far."""
        return placeholder_filler(self.interview.pack.content.voice, self.interview.responses.answers).fill(text)

    # The review before the end

    def _review(self) -> bool:
        """Show everything; True if it is written, False if something is to be asked again."""
        items = self._show_review()
        interview = self.interview
        while self.interview is interview:
            typed = self._screen.ask().strip().casefold()
            match typed:
                case phrases.WRITE:
                    self._finish()
                    return True
                case phrases.STOP:
                    raise _StopError
                case phrases.BACK:
                    self.interview = interview.back()
                case phrases.LIST:
                    self._show_review()
                case phrases.EXPLAIN:
                    self._screen.rows(phrases.KEYS_OF_REVIEW)
                case _ if typed.isascii() and typed.isdigit() and 1 <= int(typed[:9]) <= len(items):
                    self.interview = interview.go_to(items[int(typed[:9]) - 1].id)
                case _:
                    self._show_refusal(phrases.REVIEW_WHICH.format(count=len(items)))
        return False

    def _show_review(self) -> list[Item]:
        items = list(self._listed_items())
        self._section = None
        self._screen.title(phrases.REVIEW_TITLE)
        self._show_answers(items, numbered=True)
        self._show_dropped()
        self._screen.gap()
        self._screen.paragraph(phrases.REVIEW_HOW, style="dim")
        return items

    def _show_dropped(self) -> None:
        sensitive = self.interview.pack.sensitive
        repeatable = [name for name in self.interview.dropped if name not in sensitive]
        if repeatable:
            self._screen.gap()
            self._screen.paragraph(phrases.DROPPED)
            self._screen.rows([("·", self.fill(self.interview.item(name).text)) for name in repeatable])
        if sensitive_count := len(self.interview.dropped) - len(repeatable):
            self._screen.gap()
            self._screen.paragraph(phrases.DROPPED_TOO.format(count=sensitive_count))

    def _finish(self) -> None:
        responses = self.interview.complete()
        self._draft.finish(answers_text(self.interview.pack, self._name, self.interview.as_of, responses.answers))
