"""Reading populations, and the checks that their questionnaire can be answered by them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Final

from engine.assessment.responses import validate_answers
from engine.content.conditions import leaves
from engine.content.items.base import Item
from engine.content.pack import ContentKey
from engine.errors import ContentError, Problem, ResponseError, by_place, did_you_mean, has_faults, join_ids, problem
from engine.loading.checks.conditions import check_condition
from engine.loading.checks.ids import duplicate_ids, fields_of_files
from engine.loading.checks.problems import ProblemCollector, SourcePosition
from engine.loading.library import Library, content_root
from engine.loading.parsing import ParsedFile, parse_file
from engine.loading.yaml import ValuePath
from engine.simulation.population import CIRCUMSTANCE, Case, Population, PopulationFile, Rates, SectionRates

FOLDER: Final = "questionnaires/populations"
_WHOLE_VARIANCE: Final = 1 + 1e-9  # 100 %, with a margin for rounding errors
_FILE: Final = ("file", "")


def population_path(questionnaire: str, root: Path | None = None) -> Path:
    """The path of a questionnaire's population in a content folder."""
    return (root or content_root()) / FOLDER / f"{questionnaire}.yaml"


def check_populations(library: Library, root: Path | None = None) -> list[Problem]:
    """The faults and the advice on all populations of a content folder."""
    folder = (root or content_root()) / FOLDER
    prefix = FOLDER if root is None else str(folder)
    problems: list[Problem] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            problems.extend(read_population(path, library, f"{prefix}/{path.name}")[1])
        except ContentError as error:
            problems.extend(error.problems)
    return problems


def read_population(path: Path, library: Library, name: str | None = None) -> tuple[Population, tuple[Problem, ...]]:
    """Read a population, with the advice on it; ``name`` is the name of the file in messages.

    Raises:
        ContentError: the file has faults; with all problems.
    """
    file = parse_file(PopulationFile, path, name)
    questionnaire = file.model.questionnaire
    if questionnaire not in library.forms:
        facts = {"hint": did_you_mean(questionnaire, library.forms), "allowed": join_ids(library.forms)}
        raise ContentError([problem("HW602", file.source.where(("questionnaire",)), id=questionnaire, **facts)])
    population = Population(file.model, *library.forms[questionnaire])
    check_problems = by_place(_Checks(file, population).run())
    if has_faults(check_problems):
        raise ContentError(check_problems)
    return population, tuple(check_problems)


class _Checks:
    """All checks of one file. Their content keys are ``("file", "")`` and ``("answer", item)``."""

    def __init__(self, file: ParsedFile[PopulationFile], population: Population) -> None:
        self.source, self.file, self.population = file.source, file.model, population
        self.pack, self.form = population.pack, population.form
        self.items = {item.id: item for item in self.form.items}
        self.traits = [trait.id for trait in self.file.traits]
        positions: dict[ContentKey, SourcePosition] = {_FILE: (self.source, ())}
        positions |= {("answer", name): (self.source, ("answers", name)) for name in self.file.answers}
        self.collector = ProblemCollector(population.with_hidden, positions, fields_of_files([file]))

    def run(self) -> list[Problem]:
        self._traits()
        self._circumstances()
        self._sections()
        for name, rates in self.file.answers.items():
            self._check_known("trait", rates.loads, self.traits, ("answers", name, "loads"))
            if name in self.items:
                self._rates(self.items[name], rates)
            else:
                facts = {"id": name, "hint": did_you_mean(name, self.items)}
                self._report("HW501", ("answers", name), **facts)
        for name, item in self.items.items():
            if name not in self.file.answers:
                self._report("HW704" if item.required else "HW707", ("answers",), id=name)
        if all(reported.advice for reported in self.collector.problems):
            self._variances()
        return self.collector.problems

    def _report(self, code: str, path: ValuePath, **facts: object) -> None:
        self.collector.report(code, _FILE, path, at_key=True, **facts)

    def _check_known(self, kind: str, names: Iterable[str], allowed: Iterable[str], path: ValuePath) -> None:
        for name in names:
            self.collector.check_exists(kind, name, allowed, _FILE, (*path, name), at_key=True)

    def _traits(self) -> None:
        taken = {item: f"the item “{item}”" for item in self.pack.items}
        taken[CIRCUMSTANCE] = "what conditions call the circumstance by"
        for index, trait in enumerate(self.file.traits):
            if trait.id in taken:
                self.collector.report("HW701", _FILE, ("traits", index, "id"), id=trait.id, what=taken[trait.id])
            taken[trait.id] = "another trait"
            self._check_known("earlier trait", trait.loads, self.traits[:index], ("traits", index, "loads"))

    def _circumstances(self) -> None:
        circumstances, path = self.file.circumstances, ("circumstances",)
        self.collector.problems += duplicate_ids(self.collector.fields)
        if circumstances and CIRCUMSTANCE in self.pack.items:
            self._report("HW701", path, id=CIRCUMSTANCE, what=f"the item “{CIRCUMSTANCE}”")
        for index, circumstance in enumerate(circumstances):
            self._check_known("trait", circumstance.adds, self.traits, (*path, index, "adds"))
        if circumstances and not any(circumstance.weight for circumstance in circumstances):
            self._report("HW703", path)

    def _sections(self) -> None:
        sections = self.form.questionnaire.sections
        self._check_known("section", self.file.sections, [declared.id for declared in sections], ("sections",))
        stopped = False
        for section in sections:
            section_rates = self.file.sections.get(section.id, SectionRates())
            for name in section.item_ids if stopped or section_rates.skipped else ():
                if self.items[name].required:
                    self._report("HW704", ("sections",), id=name)
            stopped = stopped or section_rates.last > 0

    def _rates(self, item: Item, rates: Rates) -> None:
        expected_field, other_field = ("chances", "weights") if item.takes_several else ("weights", "chances")
        item_path: ValuePath = ("answers", item.id)
        misfit = {"id": item.id, "type": item.type, "needed": expected_field}
        if rates.weights is None and rates.chances is None:
            self._report("HW702", item_path, **misfit)
        if rates.otherwise and expected_field == "weights":
            self._report("HW702", (*item_path, "otherwise"), **misfit)
        elif rates.otherwise:
            self._answers(item, rates.otherwise, (*item_path, "otherwise"))
        parts: list[tuple[ValuePath, Rates | Case]] = [(item_path, rates)]
        parts += [((*item_path, "given", index), case) for index, case in enumerate(rates.given)]
        for path, rates_or_case in parts:
            if getattr(rates_or_case, other_field) is not None:
                self._report("HW702", (*path, other_field), **misfit)
            self._answers(item, getattr(rates_or_case, expected_field), (*path, expected_field))
            if item.required and rates_or_case.left_open:
                self._report("HW704", (*path, "left_open"), id=item.id)
        rated = {name for _, rates_or_case in parts for name in getattr(rates_or_case, expected_field) or ()}
        self._cases(item, rates.given, rated)

    def _answers(self, item: Item, rates: Mapping[str, float] | None, path: ValuePath) -> None:
        """Check that the form accepts each answer, and that exclusive options stand in ``otherwise`` only."""
        taken_on = self.population.taken_on
        if rates is not None and path[-1] != "chances" and not any(rates.values()):
            self._report("HW703", path)
        for answer_key in rates or ():
            answer = item.from_key(answer_key, taken_on)
            raw = {item.id: [answer] if item.takes_several else answer}
            locations = {item.id: self.source.where((*path, answer_key), key=True)}
            try:
                validate_answers(self.pack, self.form, raw, taken_on, complete=False, locations=locations)
            except ResponseError as error:
                self.collector.problems.extend(error.problems)
            exclusive_options = {choice.key for choice in item.choices if choice.exclusive}
            if item.takes_several and (answer_key in exclusive_options) != (path[-1] == "otherwise"):
                self._report("HW708", (*path, answer_key), option=answer_key, here=path[-1])

    def _cases(self, item: Item, cases: tuple[Case, ...], rated: Collection[str]) -> None:
        key: ContentKey = ("answer", item.id)
        readable_items = {earlier_item.id for earlier_item in self.form.items[: self.form.position[item.id]]}
        readable_items |= self.population.hidden_items.keys()
        for index, case in enumerate(cases):
            check_condition(self.collector, case.when, key, ("given", index, "when"))
            for leaf, leaf_path in leaves(case.when):
                exists = leaf.id in self.collector.pack.items if leaf.subject == "item" else leaf.subject != "step"
                if exists and (leaf.subject != "item" or leaf.id not in readable_items):
                    path, subject = ("given", index, "when", *leaf_path), f"the {leaf.subject} “{leaf.id}”"
                    self.collector.report("HW706", key, path, id=item.id, subject=subject)
            self._check_known("rated answer", case.times, rated, ("answers", item.id, "given", index, "times"))

    def _variances(self) -> None:
        """Check that no loadings explain more than the whole variance of a trait or an item."""
        correlations = self.population.correlations
        for index, trait in enumerate(self.file.traits):
            if correlations.explained_variance[trait.id] > _WHOLE_VARIANCE:
                self._report("HW705", ("traits", index, "loads"), id=trait.id)
        for name, rates in self.file.answers.items():
            if correlations.explained_by(rates.loads) > _WHOLE_VARIANCE:
                self._report("HW705", ("answers", name, "loads"), id=name)
