"""Answering a questionnaire by hand: asks, listens, keeps each answer at once, and shows everything before the end."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from engine.answers.answers_file import answers_text
from engine.answers.interview import Interview
from engine.content.placeholders import placeholder_filler
from engine.content.questionnaire import Item, ShortText
from engine.errors import ResponseError
from engine.report.wording import answer_words
from web.cli.terminal import phrases
from web.cli.terminal.draft import Draft
from web.cli.terminal.parsing import NotUnderstoodError, choices, how, refusal, value_of
from web.cli.terminal.screen import Screen


class _StoppedError(Exception):
    """The person wants to stop here."""


class Conversation:
    """One person at one terminal with one questionnaire."""

    def __init__(self, asking: Interview, draft: Draft, screen: Screen) -> None:
        self.asking = asking
        self._draft, self._screen = draft, screen
        self._kept = asking
        self._section: str | None = None

    # The beginning and the end

    def greet(self, *said: str) -> None:
        """Say what this is, and what has to be known before the first question."""
        questionnaire = self.asking.form.questionnaire
        self._screen.title(self.say(questionnaire.title))
        if questionnaire.intro:
            self._screen.say(self.say(questionnaire.intro))
        self._screen.gap()
        for line in said:
            self._screen.say(line, style="dim")
        self._screen.say(phrases.SHORT_KEYS, style="dim")

    def part(self, *, written: bool, content: Path | None) -> None:
        """Say where the answers are and what to do next; ``content`` is the folder if it is not the shipped one."""
        target = str(self._draft.target)
        more = () if content is None else ("--content", str(content))
        if written:
            self._screen.gap()
            self._screen.say(phrases.DONE.format(file=target))
            self._screen.say(phrases.NEXT)
            files = (target,) if self.asking.form.has_plan else (phrases.EARLIER, "--check-in", target)
            self._screen.command(shlex.join(("heartwork", "report", *files, *more)))
        elif self._draft.exists:
            self._screen.say(phrases.SAVED.format(file=self._draft.path))
            self._screen.command(shlex.join(("heartwork", "take", "-o", target, *more)))
        else:
            self._screen.say(phrases.NOTHING_SAVED)

    def run(self) -> bool:
        """Ask until all is answered and written, which is True, or until somebody stops, which is saved.

        Raises:
            FileError: the answers cannot be written.
        """
        try:
            while True:
                while (item := self.asking.current) is not None:
                    self._ask(item)
                if self._look():
                    return True
        except (_StoppedError, EOFError, KeyboardInterrupt):
            self._screen.gap()
            self._keep()
            return False

    # Keeping

    def _move(self, asking: Interview) -> None:
        self.asking = asking
        self._keep()

    def _keep(self) -> None:
        """Put the answers onto the disk, if they are other ones than there."""
        now, kept = self.asking, self._kept
        if (now.given, now.left_open) != (kept.given, kept.left_open):
            left_open = (item.id for item in now.form.items if item.id in now.left_open)
            self._draft.save(answers_text(now.pack, self._name, now.as_of, now.given, left_open))
            self._kept = now

    @property
    def _name(self) -> str:
        return self.asking.form.questionnaire.questionnaire

    # One question

    def _ask(self, item: Item) -> None:
        """Put one question until something follows from what is typed."""
        self._show(item)
        before = self.asking
        while self.asking is before:
            self._hear(item, self._screen.ask().strip())

    def _show(self, item: Item) -> None:
        screen, progress = self._screen, self.asking.progress
        section = next(one for one, items in self.asking.sections if item in items)
        if section.id != self._section:
            self._section = section.id
            place = phrases.SECTION.format(section=progress.section, sections=progress.sections)
            screen.title(self.say(section.title), place)
            for text in (section.before, section.intro):
                if text:
                    screen.say(self.say(text))
        screen.gap()
        words = phrases.QUESTION.format(question=progress.question, questions=progress.questions)
        screen.bar(progress.question, progress.questions, words)
        screen.say(self.say(item.text), style="bold")
        for line in (item.help and self.say(item.help), how(item, self.say)):
            if line:
                screen.say(line, style="dim", indent=2)
        rows = [(str(place), words) for place, words in enumerate(choices(item, self.say), 1)]
        screen.rows([*rows, (phrases.NOT_SAID, phrases.RATHER_NOT)] if item.rather_not_say else rows)
        self._show_state(item)

    def _show_state(self, item: Item) -> None:
        if item.id in self.asking.left_open:
            self._screen.say(phrases.OPEN_SO_FAR, style="dim")
        elif self.asking.is_answered(item.id):
            self._screen.say(phrases.SO_FAR.format(answer=self._answer(item)), style="dim")
        elif item.required:
            self._screen.say(phrases.REQUIRED, style="dim")

    def _hear(self, item: Item, typed: str) -> None:
        match typed if isinstance(item, ShortText) else typed.casefold():
            case "":
                self._pass_over(item)
            case phrases.BACK:
                self._back()
            case phrases.STOP:
                raise _StoppedError
            case phrases.LIST:
                self._list()
                self._show(item)
            case phrases.EXPLAIN:
                self._explain(item)
                self._show(item)
            case phrases.NOT_SAID:
                self._not_said(item)
            case phrases.TAKE_BACK:
                self._take_back(item)
            case _:
                self._answered(item, typed)

    def _pass_over(self, item: Item) -> None:
        if self.asking.is_settled(item.id):
            self._move(self.asking.keep())
        else:
            self._leave(item)

    def _leave(self, item: Item) -> None:
        try:
            self._move(self.asking.leave(item.id))
        except ResponseError as error:
            self._refuse(refusal(item, error.problems[0].code, None, self.say))

    def _back(self) -> None:
        before = self.asking
        self._move(before.back())
        if self.asking is before:
            self._refuse(phrases.FIRST)

    def _not_said(self, item: Item) -> None:
        if item.rather_not_say:
            self._move(self.asking.answer(item.id, None))
        else:
            self._refuse(phrases.NOT_OFFERED_AND_NEEDED if item.required else phrases.NOT_OFFERED)

    def _take_back(self, item: Item) -> None:
        if self.asking.is_answered(item.id):
            self._leave(item)
        else:
            self._refuse(phrases.NO_ANSWER_YET)

    def _answered(self, item: Item, typed: str) -> None:
        if isinstance(item, ShortText):
            typed = typed.removeprefix(phrases.PLAINLY)
        value = None
        try:
            value = value_of(item, typed, self.say)
            self._move(self.asking.answer(item.id, value))
        except NotUnderstoodError as error:
            self._refuse(str(error))
        except ResponseError as error:
            self._refuse(refusal(item, error.problems[0].code, value, self.say))

    def _refuse(self, words: str) -> None:
        self._screen.say(words, style="yellow")

    def _explain(self, item: Item) -> None:
        self._screen.gap()
        self._screen.rows(phrases.KEYS)
        if isinstance(item, ShortText):
            self._screen.say(phrases.KEYS_OF_TEXT, indent=2)

    # Lists

    def _list(self) -> None:
        settled = [item for item in self._listed() if self.asking.is_settled(item.id)]
        self._screen.title(phrases.LIST_TITLE)
        self._show_answers(settled, numbered=False)
        if not settled:
            self._screen.say(phrases.NOTHING_YET)
        self._section = None

    def _listed(self) -> Iterator[Item]:
        return (item for _, items in self.asking.sections for item in items if item.id not in self.asking.telling)

    def _show_answers(self, listed: list[Item], *, numbered: bool) -> None:
        for section, items in self.asking.sections:
            rows = [
                (str(listed.index(item) + 1) if numbered else "", self.say(item.text), self._answer(item))
                for item in items
                if item in listed
            ]
            if rows:
                self._screen.title(self.say(section.title))
                self._screen.rows(rows)

    def _answer(self, item: Item) -> str:
        """An answer in words, as lists show it; sensitive ones are not repeated."""
        if not self.asking.is_answered(item.id):
            return phrases.LEFT_OPEN
        if item.id in self.asking.pack.sensitive:
            return phrases.ANSWERED
        value = self.asking.responses.answers[item.id]
        if value is None:
            return phrases.RATHER_NOT
        if isinstance(value, bool):
            return phrases.YES if value else phrases.NO
        words = answer_words(item, value)
        return ", ".join(words if isinstance(item, ShortText) else map(self.say, words))

    def say(self, text: str) -> str:
        """A text of the content in the voice of the answers so far."""
        return placeholder_filler(self.asking.pack.content.voice, self.asking.responses.answers).say(text)

    # The look before the end

    def _look(self) -> bool:
        """Show everything; True if it is written, False if something is to be asked again."""
        listed = self._show_look()
        before = self.asking
        while self.asking is before:
            typed = self._screen.ask().strip().casefold()
            match typed:
                case phrases.WRITE:
                    self._finish()
                    return True
                case phrases.STOP:
                    raise _StoppedError
                case phrases.BACK:
                    self.asking = before.back()
                case phrases.LIST:
                    self._show_look()
                case phrases.EXPLAIN:
                    self._screen.rows(phrases.KEYS_OF_LOOK)
                case _ if typed.isascii() and typed.isdigit() and 1 <= int(typed[:9]) <= len(listed):
                    self.asking = before.go_to(listed[int(typed[:9]) - 1].id)
                case _:
                    self._refuse(phrases.LOOK_WHICH.format(count=len(listed)))
        return False

    def _show_look(self) -> list[Item]:
        listed = list(self._listed())
        self._section = None
        self._screen.title(phrases.LOOK_TITLE)
        self._show_answers(listed, numbered=True)
        self._show_dropped()
        self._screen.gap()
        self._screen.say(phrases.LOOK_HOW, style="dim")
        return listed

    def _show_dropped(self) -> None:
        quiet = self.asking.pack.sensitive
        told = [name for name in self.asking.dropped if name not in quiet]
        if told:
            self._screen.gap()
            self._screen.say(phrases.DROPPED)
            self._screen.rows([("·", self.say(self.asking.item(name).text)) for name in told])
        if untold := len(self.asking.dropped) - len(told):
            self._screen.gap()
            self._screen.say(phrases.DROPPED_TOO.format(count=untold))

    def _finish(self) -> None:
        found = self.asking.complete()
        self._draft.finish(answers_text(self.asking.pack, self._name, self.asking.as_of, found.answers))
