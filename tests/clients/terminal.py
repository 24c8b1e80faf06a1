"""A folder in which a questionnaire is taken, and somebody who types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

from click.testing import CliRunner, Result

from engine.answers.interview import Interview, begin
from engine.content.items.base import Item
from engine.content.items.choices import MultipleChoice, SingleChoice
from engine.content.items.date import DateItem
from engine.content.items.number import NumberItem
from engine.content.items.rating import Rating
from engine.content.items.text import ShortText
from engine.content.items.yes_no import YesNo
from engine.content.pack import Form, Pack
from engine.loading.library import load_library
from engine.loading.yaml import read
from tests.paths import ROOT
from web.cli.main import cli
from web.cli.terminal import phrases

GOLDEN: Final = ROOT / "tests" / "golden" / "content"
DAY: Final = date(2026, 10, 5)


@dataclass(frozen=True)
class TakeResult:
    """What the command did with some lines."""

    result: Result
    folder: Path

    @property
    def output(self) -> str:
        return self.result.stdout

    @property
    def review(self) -> str:
        """What was shown from the last look at all answers on."""
        return self.output.rpartition(phrases.REVIEW_TITLE)[2]

    def shows(self, words: str, *, look: bool = False) -> bool:
        """True if these words were shown, however their lines were broken."""
        return " ".join(words.split()) in " ".join((self.review if look else self.output).split())

    def file(self, name: str = "a.yaml") -> dict[str, Any]:
        """A file of answers, or a draft, as it was written."""
        return file_contents(self.folder / name)

    @property
    def files(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir() if path.is_file())

    def question_count(self) -> int:
        """How many questions were put, each time they were."""
        return self.output.count("■ ") + self.output.count("□ ")


def file_contents(path: Path) -> dict[str, Any]:
    source, problems = read(path)
    assert source is not None, problems
    assert isinstance(source.value, dict)
    return source.value


def run_take(folder: Path, lines: list[str], *arguments: object, code: int = 0) -> TakeResult:
    """Call the command in a folder and type these lines."""
    text = "".join(f"{line}\n" for line in lines)
    result = CliRunner().invoke(cli, ["take", *map(str, arguments)], input=text, prog_name="heartwork")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    assert "\x1b" not in result.output
    return TakeResult(result, folder)


def load_form(name: str, content: Path | None = None) -> tuple[Pack, Form]:
    return load_library(content).forms[name]


def random_item_answer(random: Random, item: Item) -> Any:
    """An answer somebody could give."""
    match item:
        case SingleChoice():
            return random.choice(item.options).id
        case MultipleChoice():
            alone = [option.id for option in item.options if option.exclusive]
            combinable = [option.id for option in item.options if not option.exclusive]
            if alone and random.random() < 0.3:
                return (random.choice(alone),)
            chosen = random.sample(combinable, random.randint(1, len(combinable)))
            return tuple(option.id for option in item.options if option.id in chosen)
        case Rating():
            return random.randint(item.first, item.last)
        case YesNo():
            return random.random() < 0.5
        case NumberItem():
            return random.randint(int(item.lowest), int(item.highest))
        case DateItem():
            return (DAY - timedelta(days=random.randint(0, 400))).isoformat()
        case ShortText():
            return random.choice(("Sam", "b", "q", "\\", "-", "1"))


def input_line(item: Item, value: Any) -> str:
    """The line with which somebody gives an answer."""
    match item:
        case _ if value is None:
            return phrases.DECLINE
        case SingleChoice() | MultipleChoice():
            chosen = value if isinstance(value, tuple) else (value,)
            return " ".join(str(number) for number, option in enumerate(item.options, 1) if option.id in chosen)
        case Rating():
            return str(value - item.first + 1)
        case YesNo():
            return "1" if value else "2"
        case ShortText():
            return f"\\{value}"
        case _:
            return str(value)


def input_lines(pack: Pack, form: Form, answers: Mapping[str, Any]) -> tuple[list[str], Interview]:
    """The lines of somebody who gives these answers, and what they then have answered."""
    interview = begin(pack, form, DAY)
    lines: list[str] = []
    while (item := interview.current_item) is not None:
        value = answers.get(item.id)
        is_answered = item.id in answers and (value is not None or item.rather_not_say)
        lines.append(input_line(item, value) if is_answered else "")
        interview = interview.answer(item.id, value) if is_answered else interview.leave_open(item.id)
    return lines, interview


def random_person(random: Random, pack: Pack, form: Form) -> tuple[list[str], Interview]:
    """The lines of somebody who goes through all questions, and what they then have answered."""
    interview = begin(pack, form, DAY)
    lines: list[str] = []
    while (item := interview.current_item) is not None:
        chance = random.random()
        if chance < 0.15 and not item.required:
            lines.append("")
            interview = interview.leave_open(item.id)
        else:
            value = None if chance > 0.9 and item.rather_not_say else random_item_answer(random, item)
            lines.append(input_line(item, value))
            interview = interview.answer(item.id, value)
    return lines, interview
