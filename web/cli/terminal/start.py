"""Before the first question: which questionnaire, which file, and whether there is a draft to go on with."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from engine.answers.answers_file import AnswersFileContents, answers_text, read_sitting
from engine.answers.interview import begin, resume
from engine.content.pack import Form, Pack
from engine.errors import FileError, HeartworkError, problem
from engine.loading.library import Library
from web.cli.terminal import phrases
from web.cli.terminal.conversation import Conversation
from web.cli.terminal.draft import Draft, drafts_in
from web.cli.terminal.screen import Screen


class UnclearError(Exception):
    """It is not clear what to ask, or where the answers should go; the command has to be called otherwise."""


def open_conversation(
    library: Library, name: str | None, output: Path | None, day: date | None, today: date
) -> Conversation | None:
    """The conversation, greeted and ready to run; None if its file turned out to be finished, which is then said.

    Args:
        name: the questionnaire, if one was named.
        output: the file, if one was named.
        day: the day the answers speak of, if one was named; else that of the draft, else today.

    Raises:
        HeartworkError: the draft cannot be read, or the file not be written.
        UnclearError: it is not clear which questionnaire or file is meant.
    """
    begun = None if output is None else _begun(output, library)
    pack, form = _chosen(library, name or (begun.file.questionnaire if begun else None))
    asked = form.questionnaire.questionnaire
    target = output or _unfinished(library, asked) or _unused(day or today)
    begun = begun or _begun(target, library)
    if begun is not None and begun.file.questionnaire != asked:
        raise FileError([problem("HW611", begun.source.where(("questionnaire",)), id=begun.file.questionnaire)])
    draft, screen = Draft(target), Screen()
    if begun is None:
        draft.prepare()
        conversation = Conversation(begin(pack, form, day or today), draft, screen)
        conversation.greet(phrases.INTO.format(file=target))
        return conversation
    return _go_on(pack, form, begun, day or begun.as_of, draft, screen)


def _go_on(
    pack: Pack, form: Form, begun: AnswersFileContents, day: date, draft: Draft, screen: Screen
) -> Conversation | None:
    asking, lost = resume(pack, form, day, begun.file.answers, begun.file.left_open)
    if draft.finished_as(answers_text(pack, begun.file.questionnaire, day, asking.responses.answers)):
        draft.discard()
        screen.say(phrases.ALREADY.format(file=draft.target))
        return None
    draft.prepare()
    conversation = Conversation(asking, draft, screen)
    said = [phrases.GOING_ON.format(file=draft.target, day=begun.file.taken_on)]
    if begun.file.content is None or not pack.has_digest(begun.file.content):
        said.append(phrases.OTHER_CONTENT)
    if lost:
        said.append(phrases.NOT_KEPT.format(count=len(lost)))
    conversation.greet(*said)
    return conversation


def _begun(target: Path, library: Library) -> AnswersFileContents | None:
    """What the draft of a file holds, if there is one."""
    draft = Draft(target)
    return read_sitting(draft.path, library) if draft.exists else None


def _chosen(library: Library, name: str | None) -> tuple[Pack, Form]:
    full = [one for one, (_, form) in library.forms.items() if form.has_plan]
    if name is None and len(full) == 1:
        return library.forms[full[0]]
    if name is not None and name in library.forms:
        return library.forms[name]
    wrong = "name a questionnaire" if name is None else f"there is no questionnaire “{name}”"
    message = f"{wrong}; use one of: {', '.join(library.forms)}"
    raise UnclearError(message)


def _unfinished(library: Library, questionnaire: str) -> Path | None:
    """The file, in this folder and of the usual name, of which there is a draft."""
    found = [target for target in drafts_in(Path(), "answers-*.yaml") if _asks(target, library) == questionnaire]
    if len(found) > 1:
        message = f"there are several drafts here; name one with -o: {', '.join(map(str, found))}"
        raise UnclearError(message)
    return found[0] if found else None


def _asks(target: Path, library: Library) -> str | None:
    try:
        begun = _begun(target, library)
    except HeartworkError:
        return None  # whatever it is, it is nothing to go on with
    return None if begun is None else begun.file.questionnaire


def _unused(day: date) -> Path:
    """A file of the usual name that does not exist yet, neither finished nor as a draft."""
    number = 1
    while True:
        target = Path(f"answers-{day}{f'-{number}' if number > 1 else ''}.yaml")
        if not target.exists() and not Draft(target).exists:
            return target
        number += 1
