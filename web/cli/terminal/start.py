"""Before the first question: which questionnaire, which file, and whether there is a draft to go on with."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from engine.answers.answers_file import AnswersFileContents, answers_text, read_answers_file
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
    contents = None if output is None else _draft_contents(output, library)
    pack, form = _chosen_form(library, name or (contents.file.questionnaire if contents else None))
    questionnaire_id = form.questionnaire.questionnaire
    target = output or _unfinished_target(library, questionnaire_id) or _unused_target(day or today)
    contents = contents or _draft_contents(target, library)
    if contents is not None and contents.file.questionnaire != questionnaire_id:
        raise FileError([problem("HW611", contents.source.where(("questionnaire",)), id=contents.file.questionnaire)])
    draft, screen = Draft(target), Screen()
    if contents is None:
        draft.prepare()
        conversation = Conversation(begin(pack, form, day or today), draft, screen)
        conversation.greet(phrases.INTO.format(file=target))
        return conversation
    return _resume_draft(pack, form, contents, day or contents.as_of, draft, screen)


def _resume_draft(
    pack: Pack, form: Form, contents: AnswersFileContents, day: date, draft: Draft, screen: Screen
) -> Conversation | None:
    interview, dropped = resume(pack, form, day, contents.file.answers, contents.file.left_open)
    file = contents.file
    is_same_content = file.content is not None and pack.has_digest(file.content)
    digests = {pack.content_digest, file.content} if is_same_content else {pack.content_digest}
    answers = interview.responses.answers
    texts = [answers_text(pack, file.questionnaire, day, answers, content_digest=digest) for digest in digests]
    if any(map(draft.finished_as, texts)):
        draft.discard()
        screen.paragraph(phrases.ALREADY.format(file=draft.target))
        return None
    draft.prepare()
    conversation = Conversation(interview, draft, screen)
    lines = [phrases.GOING_ON.format(file=draft.target, day=file.taken_on)]
    if not is_same_content:
        lines.append(phrases.OTHER_CONTENT)
    if dropped:
        lines.append(phrases.NOT_KEPT.format(count=len(dropped)))
    conversation.greet(*lines)
    return conversation


def _draft_contents(target: Path, library: Library) -> AnswersFileContents | None:
    """What the draft of a file holds, if there is one."""
    draft = Draft(target)
    return read_answers_file(draft.path, library) if draft.exists else None


def _chosen_form(library: Library, name: str | None) -> tuple[Pack, Form]:
    full_names = [form_name for form_name, (_, form) in library.forms.items() if form.has_plan]
    if name is None and len(full_names) == 1:
        return library.forms[full_names[0]]
    if name is not None and name in library.forms:
        return library.forms[name]
    reason = "name a questionnaire" if name is None else f"there is no questionnaire “{name}”"
    message = f"{reason}; use one of: {', '.join(library.forms)}"
    raise UnclearError(message)


def _unfinished_target(library: Library, questionnaire: str) -> Path | None:
    """The file, in this folder and of the usual name, of which there is a draft."""
    targets = [
        target for target in drafts_in(Path(), "answers-*.yaml") if _questionnaire_of(target, library) == questionnaire
    ]
    if len(targets) > 1:
        message = f"there are several drafts here; name one with -o: {', '.join(map(str, targets))}"
        raise UnclearError(message)
    return targets[0] if targets else None


def _questionnaire_of(target: Path, library: Library) -> str | None:
    try:
        contents = _draft_contents(target, library)
    except HeartworkError:
        return None  # whatever it is, it is nothing to go on with
    return None if contents is None else contents.file.questionnaire


def _unused_target(day: date) -> Path:
    """A file of the usual name that does not exist yet, neither finished nor as a draft."""
    number = 1
    while True:
        target = Path(f"answers-{day}{f'-{number}' if number > 1 else ''}.yaml")
        if not target.exists() and not Draft(target).exists:
            return target
        number += 1
