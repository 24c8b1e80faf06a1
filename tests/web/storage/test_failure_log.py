"""Each kind of failure is logged once a minute, with the number of those between."""

from __future__ import annotations

import errno
import sqlite3
from contextlib import closing
from typing import get_args

import pytest
from psycopg.errors import AdminShutdown
from sqlalchemy.exc import OperationalError

from web.crypto.encrypted_body import UnreadableError
from web.storage.errors import FailureCode, UnavailableError
from web.storage.failure_log import INTERVAL, SENTENCES, FailureLog, cause_of


def test_each_kind_is_logged_once_in_an_interval(caplog: pytest.LogCaptureFixture) -> None:
    """A thousand failures give one line, the next line counts them, and other kinds are logged separately."""
    seconds = [0.0]
    failure_log = FailureLog(lambda: seconds[0])
    for _ in range(1000):
        failure_log.report("full", "ENOSPC")
    failure_log.report("away", "08006")
    assert [record.args for record in caplog.records] == [
        ("full", SENTENCES["full"], "ENOSPC", ""),
        ("away", SENTENCES["away"], "08006", ""),
    ]
    seconds[0] = INTERVAL
    failure_log.report("full", "ENOSPC")
    assert caplog.records[-1].args is not None
    assert "999" in str(caplog.records[-1].args)


def test_each_kind_has_a_sentence() -> None:
    """Exactly the kinds of failure have sentences."""
    assert set(SENTENCES) == set(get_args(FailureCode))


def test_a_cause_is_a_name_and_never_a_message() -> None:
    """Causes have the names that the system, SQLite, PostgreSQL or Python use."""
    with closing(sqlite3.connect(":memory:")) as connection, pytest.raises(sqlite3.OperationalError) as caught:
        connection.execute("SELECT secret FROM nowhere")
    wrapped = OperationalError("SELECT 'what a person wrote'", {}, caught.value)
    causes: list[tuple[BaseException, str]] = [
        (OSError(errno.ENOSPC, "what a person wrote"), "ENOSPC"),
        (OSError("what a person wrote"), "OSError"),
        (wrapped, "SQLITE_ERROR"),
        (OperationalError("SELECT", {}, AdminShutdown("what a person wrote")), "57P01"),
        (ValueError("what a person wrote"), "ValueError"),
    ]
    for cause, name in causes:
        error = UnavailableError()
        error.__cause__ = cause
        assert cause_of(error) == name
    assert cause_of(UnreadableError("what a person wrote")) == "UnreadableError"
