"""Number items: a typed text gives one number, is ambiguous, or is refused."""

from __future__ import annotations

from datetime import date
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.content.items.number import NumberItem
from engine.content.items.reading.numbers import number_readings

DAY: Final = date(2026, 11, 26)
ARABIC: Final = "٠١٢٣٤٥٦٧٨٩"


def item(highest: float = 100_000_000, *, whole: bool = False) -> NumberItem:
    """A number item with a wide range."""
    return NumberItem(id="n", type="number", text="?", lowest=-highest, highest=highest, whole=whole)


def outcome(question: NumberItem, text: str) -> object:
    """The answer, or the codes of the problems."""
    answer, problems = question.validate_on(text, "n", DAY)
    return [problem.code for problem in problems] or answer


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7", 7),
        ("+3", 3),
        ("＋３", 3),
        ("007", 7),
        ("-5", -5),
        ("−5", -5),
        ("–5", -5),
        ("- 5", -5),
        (",5", 0.5),
        (".5", 0.5),
        ("-,5", -0.5),
        ("1,5", 1.5),
        ("10,00", 10),
        ("1.", 1),
        ("0,500", 0.5),
        ("1234,567", 1234.567),
        ("10 000", 10_000),
        ("10\u00a0000", 10_000),
        ("10\u2009000", 10_000),
        ("10\u202f000", 10_000),
        ("1’000", 1000),
        ("1'000", 1000),
        ("1ʼ000", 1000),
        ("1,000,000", 1_000_000),
        ("1.000.000", 1_000_000),
        ("1,00,000", 100_000),
        ("12,34,567", 1_234_567),
        ("1.234,56", 1234.56),
        ("1,234.56", 1234.56),
        ("1’234.56", 1234.56),
        ("1 234,5", 1234.5),
        ("1,000.000", 1000),
        ("１２．５", 12.5),
        ("٣٫٥", 3.5),
        ("١٬٠٠٠", 1000),
        ("१००", 100),
        ("\u200e12\u200f", 12),
    ],
)
def test_one_number(text: str, number: float) -> None:
    """A text with one reading gives that number, in the notation of any country or script."""
    answer = outcome(item(), text)
    assert (answer, type(answer)) == (number, type(number))


@pytest.mark.parametrize(
    "text",
    [
        "1,00,0",
        "1,0000,000",
        "1 00",
        "1  ,5",
        "1e3",
        "0x10",
        "inf",
        "nan",
        "1_000",
        "--5",
        "5-",
        "²",
        "½",
        "Ⅻ",
        "1,000.000,000",
        "1,000 000",
        "1.2.3",
        "five",
        "5 %",
        "5 cups",
        "",
        ".",
        "-",
        "9" * 61,
        "٫",
        "0,000,000",
    ],
)
def test_no_number(text: str) -> None:
    """Wrong grouping, exponents, other bases, words and very long texts are refused as numbers."""
    assert outcome(item(), text) == ["HW503"]


@pytest.mark.parametrize(
    ("text", "spellings"),
    [
        ("1,000", ("1000", "1")),
        ("1.234", ("1234", "1.2340")),
        ("-10,500", ("-10500", "-10.5")),
        ("１.０００", ("1000", "1")),
    ],
)
def test_what_can_mean_two_numbers_is_asked_about(text: str, spellings: tuple[str, ...]) -> None:
    """A text that can mean a thousand, or one with three decimals, gives both readings in unambiguous spellings."""
    assert outcome(item(), text) == ["HW509"]
    readings = item().readings(text, DAY)
    assert tuple(reading.spelling for reading in readings) == spellings
    assert [outcome(item(), reading.spelling) for reading in readings] == [reading.answer for reading in readings]


@pytest.mark.parametrize(
    ("text", "highest", "whole", "expected"),
    [
        ("1,000", 14, False, 1),
        ("1,500", 14, False, 1.5),
        ("1,000", 5000, True, 1000),
        ("1.000", 14, True, ["HW504"]),
        ("3.0", 14, True, 3),
        ("3,5", 14, True, ["HW503"]),
        ("15", 14, True, ["HW504"]),
        ("9" * 60, 14, True, ["HW504"]),
    ],
)
def test_bounds_and_decimals_decide(text: str, highest: float, whole: bool, expected: object) -> None:
    """The range selects between two readings; for a whole number a separator always separates thousands."""
    assert outcome(item(highest, whole=whole), text) == expected


@given(st.integers(-(10**9), 10**9), st.sampled_from([" ", "\u202f", "'", "’"]))
def test_grouped_and_in_other_digits(number: int, mark: str) -> None:
    """A grouped number, and a number in Arabic digits, are read correctly."""
    grouped = f"{number:,}".replace(",", mark)
    assert [reading.number for reading in number_readings(grouped)] == [number]
    translated = str(number).translate(str.maketrans("0123456789", ARABIC))
    assert [reading.number for reading in number_readings(translated)] == [number]


@given(st.text(max_size=80) | st.text(alphabet="0123456789.,' +-٫٬", max_size=20))
def test_nothing_breaks_the_reader(text: str) -> None:
    """Any text gives numbers or none, and the spelling of each has one reading unless it has an exponent."""
    for reading in number_readings(text):
        if "e" not in reading.spelling:
            assert [again.number for again in number_readings(reading.spelling)] in ([reading.number], [])
