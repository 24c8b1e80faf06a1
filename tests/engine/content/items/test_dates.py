"""Date items: parsing of typed dates, bounds, and comparisons with future dates."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.assessment.pipeline import assess
from engine.content.items.date import DateItem
from engine.content.items.reading.bounds import day_of_bound, is_bound
from engine.content.items.reading.dates import date_readings
from tests.factories.random_packs import AS_OF, FULL, bare_pack, load, rule

DAY: Final = date(2026, 11, 26)


def item(earliest: str | None = None, latest: str | None = None) -> DateItem:
    return DateItem(id="d", type="date", text="?", earliest=earliest, latest=latest)


def outcome(question: DateItem, text: object, as_of: date = DAY) -> object:
    """The answer, or the codes of the problems."""
    answer, problems = question.validate_on(text, "d", as_of)
    return [problem.code for problem in problems] or answer


def offered(question: DateItem, text: str) -> list[object]:
    return [reading.answer for reading in question.readings(text, DAY)]


@pytest.mark.parametrize(
    "text",
    [
        "2026-04-13",
        "2026-4-13",
        "2026/4/13",
        "2026.04.13",
        "2026 4 13",
        "20260413",
        "13.4.2026",
        "2026年4月13日",
        "2026년 4월 13일",
        "13. 4. 2026",
        "13/4/2026",
        "4/13/2026",
        "13-4-2026",
        "13042026",
        "13 April 2026",
        "13th April, 2026",
        "April 13 2026",
        "13. Apr. 2026",
        "13th of april 2026",
        "2026 April 13",
        "13-Apr-2026",
        "１３／４／２０２６",
        "٢٠٢٦-٠٤-١٣",
        "13–4–2026",
        "\u200e2026-04-13",
    ],
)
def test_one_date(text: str) -> None:
    """A text with one reading gives that date."""
    assert outcome(item(), text) == "2026-04-13"


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-30",
        "31.2.2026",
        "2026-13-04",
        "13/13/2026",
        "today",
        "April 2026",
        "3/4",
        "3/4/126",
        "3/4/6",
        "2026-W14-5",
        "2026-04-03T00:00",
        "1/2-2026",
        "10000-01-01",
        "0",
        "",
        "²/4/2026",
        "3 Smarch 2026",
        "99999999",
        20260403,
        5.0,
        True,
    ],
)
def test_no_date(text: object) -> None:
    """Impossible days, parts of dates, times and numbers are refused as dates."""
    assert outcome(item(), text) == ["HW503"]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("3/4/2026", ["2026-03-04", "2026-04-03"]),
        ("03042026", ["2026-03-04", "2026-04-03"]),
        ("3.4.26", ["1926-03-04", "1926-04-03", "2026-03-04", "2026-04-03"]),
        ("13 April 26", ["1926-04-13", "2026-04-13"]),
    ],
)
def test_what_can_mean_several_days_is_asked_about(text: str, days: list[str]) -> None:
    """A text is ambiguous if day and month can be swapped, or if its year has two digits."""
    assert outcome(item(), text) == ["HW509"]
    assert offered(item(), text) == days
    assert [outcome(item(), day) for day in days] == days


def test_bounds_decide_between_readings() -> None:
    """Readings outside the bounds are dropped. A two-digit year is ambiguous even with one reading left."""
    assert outcome(item("2026-04-01", "2026-04-30"), "3/4/2026") == "2026-04-03"
    assert outcome(item("-10y", "today"), "31.12.25") == ["HW509"]
    assert offered(item("-10y", "today"), "31.12.25") == ["2025-12-31"]
    assert outcome(item("2020-01-01", "2021-01-01"), "3.4.26") == ["HW504"]


@pytest.mark.parametrize(
    ("text", "code"),
    [("0026-04-03", "HW504"), ("0001-01-01", "HW504"), ("9999-12-31", "HW504"), ("1850-01-01", "HW504")],
)
def test_there_are_always_bounds(text: str, code: str) -> None:
    """An item without bounds has the default bounds."""
    assert outcome(item(), text) == [code]
    field = item().input_on(DAY)
    assert (field.lowest, field.highest, field.moves) == ("1906-11-26", "2076-11-26", True)


def test_bounds_may_be_counted_from_the_day_of_the_sitting() -> None:
    """Relative bounds depend on the day of the sitting, and a stored answer is not checked against them again."""
    question = item("-10y", "today")
    assert outcome(question, "2026-11-26") == "2026-11-26"
    assert outcome(question, "2026-11-27") == ["HW504"]
    assert outcome(question, "2026-11-27", date(2026, 11, 27)) == "2026-11-27"
    assert outcome(question, "2016-11-25") == ["HW504"]
    assert question.validate_answer("2016-11-25", "d") == ("2016-11-25", [])
    field = question.input_on(DAY)
    assert (field.lowest, field.highest, field.moves) == ("2016-11-26", "2026-11-26", True)
    assert item("2000-01-01", "2030-12-31").input_on(DAY).moves is False


@pytest.mark.parametrize(
    ("bound", "as_of", "day"),
    [
        ("today", "2026-11-26", "2026-11-26"),
        ("-10y", "2026-11-26", "2016-11-26"),
        ("-1y", "2024-02-29", "2023-02-28"),
        ("-6m", "2026-08-31", "2026-02-28"),
        ("+1m", "2026-12-31", "2027-01-31"),
        ("-30d", "2026-01-01", "2025-12-02"),
        ("+1d", "2026-12-31", "2027-01-01"),
        ("+200y", "9999-01-01", "9999-12-31"),
        ("-200y", "0100-01-01", "0001-01-01"),
        ("+1d", "9999-12-31", "9999-12-31"),
        ("2020-02-02", "2026-11-26", "2020-02-02"),
    ],
)
def test_the_day_of_a_bound(bound: str, as_of: str, day: str) -> None:
    """An offset to a missing day gives the last day of the month, and dates stop at the limits of ``date``."""
    assert day_of_bound(bound, date.fromisoformat(as_of)).isoformat() == day


@pytest.mark.parametrize(
    "text", ["yesterday", "10y", "-10", "-10w", "+-1d", "-201y", "-99999d", "2026-02-30", "1.1.2000", ""]
)
def test_no_bound(text: str) -> None:
    """Other texts, and offsets of more than 200 years, are refused as bounds."""
    assert not is_bound(text)
    assert [code for code, _, _ in item(earliest=text).content_faults()] == ["HW203"]


@pytest.mark.parametrize(
    ("earliest", "latest", "codes"),
    [("today", "-1d", ["HW314"]), ("-1y", "today", []), ("-6m", "-1y", ["HW314"]), ("2030-01-01", "today", [])],
)
def test_bounds_in_order(earliest: str, latest: str, codes: list[str]) -> None:
    """Two bounds in the wrong order are reported, unless one is fixed and the other relative."""
    assert [code for code, _, _ in item(earliest, latest).content_faults()] == codes


@pytest.mark.parametrize(
    ("answer", "operator", "days", "truth"),
    [
        ("2026-11-27", "at_most", 30, False),
        ("2076-01-01", "at_most", 0, False),
        ("2026-11-26", "at_most", 0, True),
        ("2026-10-27", "at_most", 30, True),
        ("2026-10-26", "at_most", 30, False),
        ("2026-11-27", "at_least", 0, False),
        ("2026-11-29", "at_most", -3, True),
        ("2026-11-28", "at_most", -3, False),
    ],
)
def test_a_day_to_come_is_not_at_most_some_days_ago(answer: str, operator: str, days: int, truth: bool) -> None:
    """``at_most`` is false for a future date, unless the number of days is negative."""
    (comparison,) = item().comparisons(operator, (days,))
    value = comparison.quantity.read(answer, DAY)
    assert value is not None
    assert (value <= days if operator == "at_most" else value >= days) is truth


@given(st.text(max_size=60) | st.text(alphabet="0123456789./- ", max_size=12))
def test_nothing_breaks_the_reader(text: str) -> None:
    """Any text gives dates that can be parsed again, or none."""
    for day in date_readings(text).dates:
        assert day in date_readings(day.isoformat()).dates


@pytest.mark.parametrize("condition", [{"item": "met", "at_most": 30}, {"not": {"item": "met", "at_least": 31}}])
def test_rules_about_days_ago(condition: dict[str, Any]) -> None:
    """A rule about the last 30 days does not fire for a future date, unless it negates ``at_least``."""
    pack = load(bare_pack([{"id": "met", "type": "date", "text": "?"}], [rule("a", condition)]))

    def fires(days_ago: int) -> bool:
        met = (AS_OF - timedelta(days=days_ago)).isoformat()
        return bool(assess(pack, FULL, {"met": met}, AS_OF).trace.firings)

    assert [fires(days) for days in (0, 30, 31)] == [True, True, False]
    assert fires(-1) is ("not" in condition)
