"""Start of the dialogue: select the questionnaire and the file, and resume a draft."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from itertools import chain, count
from pathlib import Path

import click

from engine.answers.answers_file import AnswersFile, AnswersFileContents, read_answers_file
from engine.answers.interview import Interview, begin, resume
from engine.content.pack import Form, Pack
from engine.errors import FileError, HeartworkError, problem
from engine.loading.library import Library
from web.cli.terminal.conversation import Conversation
from web.cli.terminal.draft import ENDING, Draft
from web.cli.terminal.phrases import phrase
from web.cli.terminal.screen import Screen


def open_conversation(
    library: Library, name: str | None, output: Path | None, day: date | None, today: date, earlier: Path | None = None
) -> Conversation | None:
    """Create the dialogue and print its start. None if the answers file is already finished; this is then printed.

    Args:
        name: the questionnaire; by default that of the draft, or the only one with a plan.
        output: the answers file; by default the only draft in the current folder, or a new name.
        day: the date of the answers; by default that of the draft, or today.
        earlier: for a check-in, the answers file of the full questionnaire before it.

    Raises:
        HeartworkError: a file cannot be read or written.
        click.UsageError: the questionnaire or the file is ambiguous or does not exist.
    """
    contents = None if output is None else _draft_contents(output, library)
    pack, form = _chosen_form(library, name or (contents.file.questionnaire if contents else None))
    questionnaire = form.questionnaire.questionnaire
    named_answers = _named_answers(library, pack, form, earlier)
    target = output or _unfinished_target(library, questionnaire) or _unused_target(day or today)
    contents = contents or _draft_contents(target, library)
    draft, screen = Draft(target), Screen()
    if contents is None:
        interview, lines = begin(pack, form, day or today), [phrase("into", file=target)]
    elif contents.file.questionnaire != questionnaire:
        raise FileError([problem("HW611", contents.source.where(("questionnaire",)), id=contents.file.questionnaire)])
    else:
        file = contents.file
        interview, dropped = resume(pack, form, day or contents.as_of, file.answers, file.left_open)
        lines = _resume_lines(pack, file, target, dropped)
        if _is_finished(target, interview, library):
            draft.discard()
            screen.print(phrase("already", file=target))
            return None
    draft.prepare()
    conversation = Conversation(interview, draft, screen, earlier, named_answers)
    conversation.greet(*lines)
    return conversation


def _named_answers(library: Library, pack: Pack, form: Form, earlier: Path | None) -> Mapping[str, object]:
    """The answers in the earlier file of a check-in, for the name and the pronoun of the other person."""
    if earlier is None:
        return {}
    if form.has_plan:
        message = f"--after is for a check-in, and “{form.questionnaire.questionnaire}” is not one"
        raise click.UsageError(message)
    contents = read_answers_file(earlier, library)
    earlier_pack, earlier_form = library.forms[contents.file.questionnaire]
    if earlier_pack.id != pack.id or not earlier_form.has_plan:
        message = f"--after needs answers to a full questionnaire of “{pack.id}”; {earlier} has other answers"
        raise click.UsageError(message)
    return contents.file.answers


def _resume_lines(pack: Pack, file: AnswersFile, target: Path, dropped: Collection[str]) -> list[str]:
    lines = [phrase("going_on", file=target, day=file.taken_on)]
    if file.content is None or not pack.has_digest(file.content):
        lines.append(phrase("other_content"))
    if dropped:
        lines.append(phrase("not_kept", count=len(dropped)))
    return lines


def _is_finished(target: Path, interview: Interview, library: Library) -> bool:
    """Whether the answers file has the answers of the draft: the process ended before it removed the draft."""
    try:
        contents = read_answers_file(target, library)
    except HeartworkError:
        return False
    written = contents.file.questionnaire, contents.as_of, contents.file.answers
    return written == (interview.form.questionnaire.questionnaire, interview.as_of, interview.responses.answers)


def _draft_contents(target: Path, library: Library) -> AnswersFileContents | None:
    """Read the draft of a file, if there is one."""
    draft = Draft(target)
    return read_answers_file(draft.path, library) if draft.exists else None


def _chosen_form(library: Library, name: str | None) -> tuple[Pack, Form]:
    full_names = [form_name for form_name, (_, form) in library.forms.items() if form.has_plan]
    if name is None and len(full_names) == 1:
        name = full_names[0]
    if name is not None and name in library.forms:
        return library.forms[name]
    reason = "name a questionnaire" if name is None else f"there is no questionnaire “{name}”"
    message = f"{reason}; use one of: {', '.join(library.forms)}"
    raise click.UsageError(message)


def _unfinished_target(library: Library, questionnaire: str) -> Path | None:
    """The file in the current folder with a default name and a draft of this questionnaire."""
    drafts = sorted(Path().glob(f"answers-*.yaml{ENDING}"))
    targets = [path.with_suffix("") for path in drafts]
    targets = [target for target in targets if _questionnaire_of(target, library) == questionnaire]
    if len(targets) > 1:
        message = f"there are several drafts here; name one with -o: {', '.join(map(str, targets))}"
        raise click.UsageError(message)
    return targets[0] if targets else None


def _questionnaire_of(target: Path, library: Library) -> str | None:
    try:
        contents = _draft_contents(target, library)
    except HeartworkError:
        return None  # the file is not a draft that can be resumed
    return None if contents is None else contents.file.questionnaire


def _unused_target(day: date) -> Path:
    """A default name for which there is neither a file nor a draft."""
    names = chain([f"answers-{day}.yaml"], (f"answers-{day}-{number}.yaml" for number in count(2)))
    return next(path for path in map(Path, names) if not path.exists() and not Draft(path).exists)
