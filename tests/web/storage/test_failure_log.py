"""The log of failures: each kind once a minute, with the number of those between."""

from __future__ import annotations

from typing import get_args

import pytest

from web.storage.errors import FailureCode
from web.storage.failure_log import INTERVAL, SENTENCES, FailureLog


def test_each_kind_is_logged_once_in_an_interval(caplog: pytest.LogCaptureFixture) -> None:
    """A thousand failures are one line, and the next line has their number; another kind has a line of its own."""
    seconds = [0.0]
    failure_log = FailureLog(lambda: seconds[0])
    for _ in range(1000):
        failure_log.report("full")
    failure_log.report("away")
    assert [record.args for record in caplog.records] == [
        ("full", SENTENCES["full"], ""),
        ("away", SENTENCES["away"], ""),
    ]
    seconds[0] = INTERVAL
    failure_log.report("full")
    assert caplog.records[-1].args is not None
    assert "999" in str(caplog.records[-1].args)


def test_each_kind_has_a_sentence() -> None:
    """No kind of failure is logged without words."""
    assert set(SENTENCES) == set(get_args(FailureCode))
