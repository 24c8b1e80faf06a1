"""The dialogue: ask questions, save each answer at once, and show a review at the end."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from engine.answers.answers_file import answers_text
from engine.answers.interview import Interview
from engine.content.items.base import Item
from engine.content.placeholders import placeholder_filler
from engine.errors import ResponseError
from web.cli.terminal import phrases
from web.cli.terminal.draft import Draft
from web.cli.terminal.parsing import NotUnderstoodError, instruction, label, number_in, refusal, value_of
from web.cli.terminal.phrases import phrase
from web.cli.terminal.screen import Screen


class Conversation:
    """The dialogue of one person with one questionnaire."""

    def __init__(
        self,
        interview: Interview,
        draft: Draft,
        screen: Screen,
        earlier: Path | None = None,
        named_answers: Mapping[str, object] = MappingProxyType({}),
    ) -> None:
        """Create a dialogue.

        Args:
            earlier: for a check-in, the answers file of the full questionnaire before it.
            named_answers: the answers in that file, for the name and the pronoun of the other person.
        """
        self._interview = self._saved = interview
        self._draft, self._screen = draft, screen
        self._earlier, self._named_answers = earlier, named_answers
        self._shown_section: str | None = None

    # Start and end

    def greet(self, *lines: str) -> None:
        """Print the title and the introduction of the questionnaire, these lines, and the most important keys."""
        questionnaire = self._interview.form.questionnaire
        self._screen.title(self._fill(questionnaire.title))
        if questionnaire.intro:
            self._screen.print(self._fill(questionnaire.intro))
        self._screen.print()
        for line in (*lines, phrase("short_keys")):
            self._screen.print(line, style="dim")

    def run(self) -> bool:
        """Ask questions until the person finishes or stops. The draft is saved in both cases.

        Returns:
            Whether the answers file is written.

        Raises:
            FileError: a file cannot be written.
        """
        try:
            while True:
                item = self._interview.current_item
                interview = self._review() if item is None else self._ask(item)
                if interview is None:
                    return True
                self._interview = interview
                self._save()
        except (EOFError, KeyboardInterrupt):
            self._screen.print()
            self._save()
            return False

    def show_next_steps(self, *, written: bool, content: Path | None) -> None:
        """Print the path of the answers and the next command. ``content`` is the value of ``--content``, if any."""
        target = str(self._draft.target)
        if written:
            self._screen.print()
            self._screen.print(phrase("done", file=target))
            self._screen.print(phrase("next"))
            earlier = str(self._earlier or phrase("earlier"))
            files = (target,) if self._interview.form.has_plan else (earlier, "--check-in", target)
            command: tuple[str, ...] = ("heartwork", "report", *files)
        elif self._draft.exists:
            self._screen.print(phrase("saved", file=self._draft.path))
            after = () if self._earlier is None else ("--after", str(self._earlier))
            command = ("heartwork", "take", *after, "-o", target)
        else:
            self._screen.print(phrase("nothing_saved"))
            return
        content_option = () if content is None else ("--content", str(content))
        self._screen.print(
            f"  {shlex.join((*command, *content_option))}", soft_wrap=True
        )  # on one line, so that it can be copied

    def _save(self) -> None:
        """Save the draft if the answers have changed."""
        interview, saved = self._interview, self._saved
        if (interview.answers, interview.left_open) != (saved.answers, saved.left_open):
            left_open = (item.id for item in interview.form.items if item.id in interview.left_open)
            questionnaire = interview.form.questionnaire.questionnaire
            text = answers_text(interview.pack, questionnaire, interview.as_of, interview.answers, left_open)
            self._draft.save(text)
            self._saved = interview

    # One question

    def _ask(self, item: Item) -> Interview:
        """Ask a question until the input is valid; return the next state of the interview."""
        self._show_question(item)
        while True:
            typed = self._screen.ask()
            try:
                return self._next_interview(item, typed)
            except NotUnderstoodError as error:
                words = str(error)
            except ResponseError as error:
                words = refusal(item, error.problems[0].code, typed, self._interview.as_of, self._fill)
            self._screen.print(words, style="yellow")

    def _next_interview(self, item: Item, typed: str) -> Interview:
        """The next state of the interview after a line of input; the same state to show the question again."""
        interview = self._interview
        match typed if item.is_free_text else typed.casefold():
            case phrases.BACK:
                previous = interview.back()
                if previous is interview:
                    raise NotUnderstoodError(phrase("first"))
                return previous
            case phrases.STOP:
                raise EOFError
            case phrases.LIST:
                self._show_list()
                return interview
            case phrases.EXPLAIN:
                self._screen.print()
                self._screen.rows(phrases.keys("keys_of_question"))
                if item.is_free_text:
                    self._screen.indented(phrase("keys_of_text"))
                return interview
            case phrases.DECLINE:
                if not item.rather_not_say:
                    raise NotUnderstoodError(phrase("not_offered_and_needed" if item.required else "not_offered"))
                return interview.answer(item.id, None)
            case phrases.RETRACT if not interview.is_answered(item.id):
                raise NotUnderstoodError(phrase("no_answer_yet"))
            case "" if interview.is_settled(item.id):
                return interview.keep_answer()
            case phrases.RETRACT | "":
                return interview.leave_open(item.id)
        return interview.answer(item.id, value_of(item, typed, self._fill))

    def _show_question(self, item: Item) -> None:
        screen, interview, progress = self._screen, self._interview, self._interview.progress
        section = next(section for section, items in interview.sections if item in items)
        if section.id != self._shown_section:
            self._shown_section = section.id
            position = phrase("section", section=progress.section, sections=progress.sections)
            screen.title(self._fill(section.title), position)
            for text in filter(None, (section.before, section.intro)):
                screen.print(self._fill(text))
        screen.print()
        position = phrase("question", question=progress.question, questions=progress.questions)
        screen.bar(progress.question, progress.questions, position)
        screen.print(self._fill(item.text), style="bold")
        for line in filter(None, (item.help and self._fill(item.help), instruction(item, interview.as_of, self._fill))):
            screen.indented(line, "dim")
        rows = [(str(number), label(choice, self._fill)) for number, choice in enumerate(item.choices, 1)]
        screen.rows([*rows, (phrases.DECLINE, phrase("rather_not"))] if item.rather_not_say else rows)
        if item.id in interview.left_open:
            screen.print(phrase("open_so_far"), style="dim")
        elif interview.is_answered(item.id):
            screen.print(phrase("so_far", answer=self._answer(item)), style="dim")
        elif item.required:
            screen.print(phrase("required"), style="dim")

    # All answers

    def _show_list(self) -> None:
        items = [item for item in self._listed_items() if self._interview.is_settled(item.id)]
        self._screen.title(phrase("list_title"))
        self._show_answers(items, numbered=False)
        if not items:
            self._screen.print(phrase("nothing_yet"))

    def _review(self) -> Interview | None:
        """Show all answers and handle the keys of the review. None if the answers file is written."""
        items = self._listed_items()
        self._show_review(items)
        while True:
            typed = self._screen.ask().casefold()
            match typed:
                case phrases.WRITE:
                    self._finish()
                    return None
                case phrases.STOP:
                    raise EOFError
                case phrases.BACK:
                    return self._interview.back()
                case phrases.LIST:
                    return self._interview
                case phrases.EXPLAIN:
                    self._screen.rows(phrases.keys("keys_of_review"))
                case _ if number := number_in(typed, len(items)):
                    return self._interview.go_to(items[number - 1].id)
                case _:
                    self._screen.print(phrase("review_which", count=len(items)), style="yellow")

    def _show_review(self, items: list[Item]) -> None:
        self._screen.title(phrase("review_title"))
        self._show_answers(items, numbered=True)
        interview = self._interview
        named = [interview.item(name) for name in interview.dropped if name not in interview.pack.sensitive]
        if named:
            self._screen.print()
            self._screen.print(phrase("dropped"))
            self._screen.rows([("·", self._fill(item.text)) for item in named])
        if sensitive_count := len(interview.dropped) - len(named):
            self._screen.print()
            self._screen.print(phrase("dropped_too", count=sensitive_count))
        self._screen.print()
        self._screen.print(phrase("review_how"), style="dim")

    def _finish(self) -> None:
        interview = self._interview
        answers = interview.complete().answers
        questionnaire = interview.form.questionnaire.questionnaire
        self._draft.finish(answers_text(interview.pack, questionnaire, interview.as_of, answers))

    def _listed_items(self) -> list[Item]:
        revealing_items = self._interview.revealing_items
        return [item for _, items in self._interview.sections for item in items if item.id not in revealing_items]

    def _show_answers(self, items: list[Item], *, numbered: bool) -> None:
        self._shown_section = None
        numbers = {item.id: str(number) if numbered else "" for number, item in enumerate(items, 1)}
        for section, section_items in self._interview.sections:
            rows = [
                (numbers[item.id], self._fill(item.text), self._answer(item))
                for item in section_items
                if item.id in numbers
            ]
            if rows:
                self._screen.title(self._fill(section.title))
                self._screen.rows(rows)

    def _answer(self, item: Item) -> str:
        """The text of an answer in lists. Answers to sensitive questions are not shown."""
        if not self._interview.is_answered(item.id):
            return phrase("left_open")
        if item.id in self._interview.pack.sensitive:
            return phrase("answered")
        value = self._interview.responses.answers[item.id]
        if value is None:
            return phrase("rather_not")
        labels = [label(choice, self._fill) for choice in item.chosen(value)]
        return ", ".join(labels or (item.words(value) if item.is_free_text else map(self._fill, item.words(value))))

    def _fill(self, text: str) -> str:
        """Fill the placeholders of a text with the answers so far."""
        answers = {**self._named_answers, **self._interview.responses.answers}
        return placeholder_filler(self._interview.pack.content.voice, answers).fill(text)
