"""Is a population one that the questionnaire can be answered by?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Final

from engine.assessment.responses import validate_answers
from engine.content.conditions import leaves
from engine.content.pack import Form, Key, Pack
from engine.content.questionnaire import Item, ItemReference, MultipleChoice
from engine.errors import ContentError, Problem, ResponseError, did_you_mean, listed, problem
from engine.loading.checks.conditions import check_condition
from engine.loading.checks.problems import ProblemCollector, SourcePosition
from engine.loading.library import Library, content_root
from engine.loading.parsing import read_model
from engine.loading.yaml import Source, ValuePath, read
from engine.simulation.population import (
    CIRCUMSTANCE,
    Case,
    Population,
    PopulationFile,
    Rates,
    SkippedPage,
    Ties,
    answer_from,
    hidden_items,
    with_hidden,
)

FOLDER: Final = "questionnaires/populations"
_WHOLE: Final = 1 + 1e-9  # all of a spread, and what adding broken numbers may make of it
_FILE: Final = ("file", "")


def population_of(questionnaire: str, root: Path | None = None) -> Path:
    """Where the population that answers a questionnaire lies in a content folder."""
    return (root or content_root()) / FOLDER / f"{questionnaire}.yaml"


def check_populations(library: Library, root: Path | None = None) -> list[Problem]:
    """Everything that is wrong with, or worth a look in, the populations of a content folder."""
    folder = (root or content_root()) / FOLDER
    prefix = FOLDER if root is None else str(folder)
    found: list[Problem] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            found.extend(read_population(path, library, f"{prefix}/{path.name}")[1])
        except ContentError as error:
            found.extend(error.problems)
    return found


def read_population(path: Path, library: Library, name: str | None = None) -> tuple[Population, tuple[Problem, ...]]:
    """Read a population, and what is worth a look in it; ``name`` is what messages call the file.

    Raises:
        ContentError: it cannot be drawn from; with every problem found.
    """
    source, problems = read(path, name)
    if source is None:
        raise ContentError(problems)
    reading = read_model(PopulationFile, source)
    if reading.problems or reading.model is None:
        raise ContentError(reading.problems)
    file = reading.model
    if file.questionnaire not in library.forms:
        facts = {"hint": did_you_mean(file.questionnaire, library.forms), "allowed": listed(library.forms)}
        raise ContentError([problem("HW602", source.where(("questionnaire",)), id=file.questionnaire, **facts)])
    pack, form = library.forms[file.questionnaire]
    found = sorted(set(_Checks(source, file, pack, form).run()), key=lambda one: (one.where, one.code))
    if any(not one.advice for one in found):
        raise ContentError(found)
    return Population(file, pack, form), tuple(found)


class _Checks:
    """All checks of one file. The desk knows places: of ("file", "") the whole, of ("answer", id) an item's rates."""

    def __init__(self, source: Source, file: PopulationFile, pack: Pack, form: Form) -> None:
        self.source, self.file, self.pack, self.form = source, file, pack, form
        self.items: Mapping[str, Item] = {item.id: item for item in form.items}
        self.traits = [trait.id for trait in file.traits]
        self.day = date.fromisoformat(file.taken_on)
        anchors: dict[Key, SourcePosition] = {("answer", name): (source, ("answers", name)) for name in file.answers}
        self.desk = ProblemCollector(with_hidden(file, pack), {_FILE: (source, ()), **anchors})

    def run(self) -> list[Problem]:
        self._traits()
        self._circumstances()
        self._sections()
        for name, rates in self.file.answers.items():
            self._known("trait", rates.loads, self.traits, ("answers", name, "loads"))
            if name in self.items:
                self._rates(self.items[name], rates)
            else:
                facts = {"id": name, "hint": did_you_mean(name, self.items)}
                self._report("HW501", ("answers", name), **facts)
        for name, item in self.items.items():
            if name not in self.file.answers:
                self._report("HW704" if item.required else "HW707", ("answers",), id=name)
        if all(one.advice for one in self.desk.problems):
            self._spreads()
        return self.desk.problems

    def _report(self, code: str, path: ValuePath, **facts: object) -> None:
        self.desk.report(code, _FILE, path, at_key=True, **facts)

    def _known(self, kind: str, names: Iterable[str], among: Iterable[str], path: ValuePath) -> None:
        for name in names:
            self.desk.known(kind, name, among, _FILE, (*path, name), at_key=True)

    def _traits(self) -> None:
        taken = {item: f"the item “{item}”" for item in self.pack.items}
        taken[CIRCUMSTANCE] = "what conditions call the circumstance by"
        for index, trait in enumerate(self.file.traits):
            if trait.id in taken:
                self.desk.report("HW701", _FILE, ("traits", index, "id"), id=trait.id, what=taken[trait.id])
            taken[trait.id] = "another trait"
            self._known("earlier trait", trait.loads, self.traits[:index], ("traits", index, "loads"))

    def _circumstances(self) -> None:
        all_of_them, path = self.file.circumstances, ("circumstances",)
        self.desk.once("circumstance", [one.id for one in all_of_them], _FILE, path)
        if all_of_them and CIRCUMSTANCE in self.pack.items:
            self._report("HW701", path, id=CIRCUMSTANCE, what=f"the item “{CIRCUMSTANCE}”")
        for index, one in enumerate(all_of_them):
            self._known("trait", one.adds, self.traits, (*path, index, "adds"))
        if all_of_them and not any(one.weight for one in all_of_them):
            self._report("HW703", path)

    def _sections(self) -> None:
        sections = self.form.questionnaire.sections
        self._known("section", self.file.sections, [one.id for one in sections], ("sections",))
        stopped = False
        for section in sections:
            page = self.file.sections.get(section.id, SkippedPage())
            for one in section.items if stopped or page.skipped else ():
                item = self.items[one.use if isinstance(one, ItemReference) else one.id]
                if item.required:
                    self._report("HW704", ("sections",), id=item.id)
            stopped = stopped or page.last > 0

    def _rates(self, item: Item, rates: Rates) -> None:
        fits, other = ("chances", "weights") if isinstance(item, MultipleChoice) else ("weights", "chances")
        here: ValuePath = ("answers", item.id)
        misfit = {"id": item.id, "type": item.type, "needed": fits}
        if rates.weights is None and rates.chances is None:
            self._report("HW702", here, **misfit)
        if rates.otherwise and fits == "weights":
            self._report("HW702", (*here, "otherwise"), **misfit)
        elif rates.otherwise:
            self._answers(item, rates.otherwise, (*here, "otherwise"))
        parts: list[tuple[ValuePath, Rates | Case]] = [(here, rates)]
        parts += [((*here, "given", index), case) for index, case in enumerate(rates.given)]
        for path, one in parts:
            if getattr(one, other) is not None:
                self._report("HW702", (*path, other), **misfit)
            self._answers(item, getattr(one, fits), (*path, fits))
            if item.required and one.left_open:
                self._report("HW704", (*path, "left_open"), id=item.id)
        rated = {name for _, one in parts for name in getattr(one, fits) or ()}
        self._cases(item, rates.given, rated)

    def _answers(self, item: Item, rates: Mapping[str, float] | None, path: ValuePath) -> None:
        """Each answer has to be one that the form accepts."""
        if rates is not None and path[-1] != "chances" and not any(rates.values()):
            self._report("HW703", path)
        for written in rates or ():
            answer = answer_from(item, written, self.day)
            raw = {item.id: [answer] if isinstance(item, MultipleChoice) else answer}
            place = self.source.where((*path, written), key=True)
            try:
                validate_answers(self.pack, self.form, raw, self.day, complete=False, places={item.id: place})
            except ResponseError as error:
                self.desk.problems.extend(error.problems)
            alone = (
                {option.id for option in item.options if option.exclusive}
                if isinstance(item, MultipleChoice)
                else set()
            )
            if isinstance(item, MultipleChoice) and (written in alone) != (path[-1] == "otherwise"):
                self._report("HW708", (*path, written), option=written, here=path[-1])

    def _cases(self, item: Item, cases: tuple[Case, ...], rated: Collection[str]) -> None:
        key: Key = ("answer", item.id)
        known = {one.id for one in self.form.items[: self.form.position[item.id]]}
        known |= {one.id for one in hidden_items(self.file)}
        for index, case in enumerate(cases):
            check_condition(self.desk, case.when, key, ("given", index, "when"))
            for leaf, inside in leaves(case.when):
                exists = leaf.id in self.desk.pack.items if leaf.subject == "item" else leaf.subject != "step"
                if exists and (leaf.subject != "item" or leaf.id not in known):
                    subject = f"the {leaf.subject} “{leaf.id}”"
                    self.desk.report("HW706", key, ("given", index, "when", *inside), id=item.id, subject=subject)
            self._known("rated answer", case.times, rated, ("answers", item.id, "given", index, "times"))

    def _spreads(self) -> None:
        ties = Ties(self.file)
        for index, trait in enumerate(self.file.traits):
            if ties.explained[trait.id] > _WHOLE:
                self._report("HW705", ("traits", index, "loads"), id=trait.id)
        for name, rates in self.file.answers.items():
            if ties.spread(rates.loads) > _WHOLE:
                self._report("HW705", ("answers", name, "loads"), id=name)
