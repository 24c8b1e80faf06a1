"""Reads and checks front pages: their texts, the help lines they name, and the answers of the example."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from engine.answers.answers_file import AnswersFileContents, read_answers_file
from engine.answers.front_page import FrontPage, FrontPageContent, default_front_page
from engine.assessment.pipeline import Assessment
from engine.assessment.plan import is_short
from engine.content.pack import Form, Pack
from engine.content.placeholders import placeholders
from engine.content.serialization import texts
from engine.errors import (
    ContentError,
    HeartworkError,
    Problem,
    by_place,
    did_you_mean,
    has_faults,
    join_ids,
    no_such,
    problem,
)
from engine.loading.help_services import Services
from engine.loading.library import Library, content_root
from engine.loading.parsing import ParsedFile, parse_file

FOLDER: Final = "questionnaires/front_pages"
EXAMPLES: Final = "questionnaires/examples"
MINUTES: Final = "minutes"
"""The duration of all questions, in words."""
FIRST_MINUTES: Final = "first_minutes"
"""The duration up to the first plan, if the questionnaire offers one."""
MORE: Final = "more"
"""The number of steps of the example that are not shown; allowed below them only."""


def load_front_page(
    questionnaire: str, library: Library, services: Services, root: Path | None = None
) -> FrontPageContent:
    """The front page of a questionnaire, or one made of its title and introduction if there is no file for it.

    Args:
        root: the content folder (by default the shipped content).

    Raises:
        ContentError: with every problem found in the file, or in the answers of its example.
    """
    path = (root or content_root()) / FOLDER / f"{questionnaire}.yaml"
    if not path.exists():
        return FrontPageContent(default_front_page(library.forms[questionnaire][1]))
    content, problems = _Reader(library, services, root).read(path)
    if content is None or has_faults(problems):
        raise ContentError(problems)
    return content


def check_front_pages(library: Library, services: Services, root: Path | None = None) -> list[Problem]:
    """All problems of the front pages of a content folder."""
    reader = _Reader(library, services, root, plain=True)  # the same result, without compiling the rules engine
    folder = (root or content_root()) / FOLDER
    return [reported for path in sorted(folder.glob("*.yaml")) for reported in reader.read(path)[1]]


class _Reader:
    """Reads the front pages of one content folder."""

    def __init__(self, library: Library, services: Services, root: Path | None, *, plain: bool = False) -> None:
        self.library, self.services, self.plain = library, services, plain
        self.root = root or content_root()
        self.prefix = "" if root is None else f"{root}/"

    def read(self, path: Path) -> tuple[FrontPageContent | None, list[Problem]]:
        """The front page in a file and all problems, sorted by place; no page if it cannot be used."""
        try:
            file = parse_file(FrontPage, path, f"{self.prefix}{FOLDER}/{path.name}")
        except ContentError as error:
            return None, list(error.problems)
        if (misplaced := self._misplaced(file, path)) is not None:
            return None, [misplaced]
        pack, form = self.library.forms[file.model.questionnaire]
        problems = [*_unknown_placeholders(file, form), *self._unknown_help(file)]
        example = None
        try:
            example = self._example(file)
        except HeartworkError as error:
            problems += error.problems
        if example is not None:
            problems += _unfit(file, example, pack)
        return FrontPageContent(file.model, example), by_place(problems)

    def _misplaced(self, file: ParsedFile[FrontPage], path: Path) -> Problem | None:
        name, forms = file.model.questionnaire, self.library.forms
        location = file.source.where(("questionnaire",))
        with_plan = [form_name for form_name, (_, form) in forms.items() if form.has_plan]
        if name not in with_plan:
            return problem("HW801", location, id=name, hint=did_you_mean(name, with_plan), allowed=join_ids(with_plan))
        return problem("HW802", location, id=name, file=path.name) if path.stem != name else None

    def _unknown_help(self, file: ParsedFile[FrontPage]) -> Iterator[Problem]:
        kinds = [kind.id for kind in self.services.kinds]
        for index, name in enumerate(file.model.age.young.help if file.model.age else ()):
            if name not in kinds:
                yield no_such("kind", name, kinds, file.source.where(("age", "young", "help", index)))

    def _example(self, file: ParsedFile[FrontPage]) -> Assessment | None:
        """The assessed answers of the example; none if the front page has no example."""
        page = file.model
        if page.example is None:
            return None
        name = f"{EXAMPLES}/{page.example.answers}.yaml"
        location = file.source.where(("example", "answers"))
        if not (self.root / name).is_file():
            raise ContentError([problem("HW803", location, path=f"{self.prefix}{name}")])
        contents = read_answers_file(self.root / name, self.library)
        if (reason := _not_of_this(contents, page)) is not None:
            raise ContentError([problem("HW804", location, reason=reason, id=page.questionnaire)])
        return contents.assess(plain=self.plain)


def _not_of_this(contents: AnswersFileContents, page: FrontPage) -> str | None:
    """Why an answers file cannot be the example of a front page; None if it can."""
    if contents.file.questionnaire != page.questionnaire:
        return f"they are of “{contents.file.questionnaire}”"
    return "they bring their own content along" if contents.file.snapshot is not None else None


def _unknown_placeholders(file: ParsedFile[FrontPage], form: Form) -> Iterator[Problem]:
    has_first_plan = any(section.first_plan for section in form.questionnaire.sections)
    everywhere = [MINUTES, *([FIRST_MINUTES] if has_first_plan else [])]
    for path, _, text in texts(file.model):
        allowed = [*everywhere, MORE] if path == ("example", "more") else everywhere
        for name in placeholders(text):
            if name not in allowed:
                facts = {"hint": did_you_mean(name, allowed), "allowed": join_ids(allowed)}
                yield problem("HW316", file.source.where(path), found=f"{{{name}}}", **facts)


def _unfit(file: ParsedFile[FrontPage], example: Assessment, pack: Pack) -> Iterator[Problem]:
    """Problems of an example: it must answer all sensitive items, fire no gate, and have a full plan."""
    location = file.source.where(("example", "answers"))
    for name in example.responses.visible:
        if name in pack.sensitive and example.responses.answers.get(name) is None:
            yield problem("HW805", location, id=name)
    gates = {rule.id for rule in pack.rules if rule.gate}
    for firing in example.trace.firings:
        if firing.rule in gates:
            yield problem("HW806", location, rule=firing.rule, items=join_ids(firing.items))
    if example.plan is not None and is_short(pack, example.plan):
        yield problem("HW807", location, kind=example.plan.kind.id)
