"""Whether a process can do its work: database, tables, content, rules engine. It knows nothing of Flask."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from threading import Lock
from typing import Final

from engine.assessment.pipeline import assess
from engine.assessment.rules_engine.durable import tally
from web.app_state import Site
from web.storage.migrations import current, head

FRESH: Final = 1.0
"""Seconds for which what was found holds: asking often costs nothing more."""
log: Final = logging.getLogger("heartwork")


class Readiness:
    """What was found when it was last looked at."""

    def __init__(self, site: Site) -> None:
        self._site: Final = site
        self._lock: Final = Lock()
        self._found: dict[str, str] = {}
        self._until = 0.0
        self._head: Final = head()

    def look(self) -> dict[str, str]:
        """Each part with ``ok`` or what is wrong with it, in one word."""
        with self._lock:
            if time.monotonic() >= self._until:
                self._found = {
                    "database": self._asked(lambda: self._site.storage.count() >= 0, "unavailable"),
                    "migrations": self._asked(self._migrated, "behind"),
                    "content": self._asked(lambda: self._site.questionnaire in self._site.library.forms, "missing"),
                    "rules": self._asked(self._decides, "wrong"),
                }
                self._until = time.monotonic() + FRESH
            return dict(self._found)

    def _asked(self, question: Callable[[], bool], otherwise: str) -> str:
        try:
            return "ok" if question() else otherwise
        except Exception as error:  # noqa: BLE001 - whatever it is, this part does not work
            log.warning("not ready: %s (%s)", otherwise, type(error).__name__)
            return otherwise

    def _migrated(self) -> bool:
        with self._site.storage.database.reading() as connection:
            return current(connection) == self._head

    def _decides(self) -> bool:
        """The rules engine and the plain evaluator say the same of somebody who has not answered anything."""
        name = self._site.questionnaire
        pack, _ = self._site.library.forms[name]
        before = tally()
        assess(pack, name, {}, self._site.today(), complete=False)
        after = tally()
        return (after.mismatches, after.failures) == (before.mismatches, before.failures)
