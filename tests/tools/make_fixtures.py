"""Write fixtures of this version's storage formats, which later versions must read: ``python -m tests.tools.make_fixtures``.

Existing fixtures are kept: a released format is never written again.
"""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from tests.factories.sample_journey import CONTENT, DAY, JOURNEY_BODY, SECRET, SITTING, SITTING_ID
from tests.paths import ROOT
from web.crypto.encrypted_body import BodyAddress, Table, encrypt_body, format_of
from web.journeys.sitting import to_body
from web.server.startup import open_migrated
from web.storage import NewSitting
from web.storage.migrations import head_revision

FIXTURES: Final = ROOT / "tests" / "web" / "fixtures"


def envelope(table: Table, name: bytes, revision: int, body: dict[str, Any]) -> None:
    """One encrypted body as JSON, with everything needed to decrypt it."""
    path = FIXTURES / f"{table}-body-{format_of(table)}.json"
    if path.exists():
        return
    sealed = encrypt_body(SECRET.key, BodyAddress(table, name, revision), body)
    content = {
        "secret": SECRET.code,
        "table": table,
        "id": name.hex(),
        "revision": revision,
        "body": body,
        "envelope": b64encode(sealed).decode(),
    }
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def database() -> None:
    """A closed database with one journey of two sittings."""
    path = FIXTURES / f"heartwork-{head_revision()}.sqlite"
    if path.exists():
        return
    with TemporaryDirectory() as folder:
        storage = open_migrated(Path(folder))
        first = replace(SITTING, number=1, id="f" * 32, state="draft", versions=(), taken_on=None)
        storage.create_journey(SECRET, JOURNEY_BODY, NewSitting(first.id, CONTENT, "draft", to_body(first)), DAY)
        second = NewSitting(SITTING_ID, CONTENT, SITTING.state, to_body(SITTING))
        storage.add_sitting(SECRET, 1, JOURNEY_BODY, second)
        storage.database.sweep()
        storage.close()
        path.write_bytes(Path(folder, "heartwork.sqlite").read_bytes())


if __name__ == "__main__":
    envelope("journey", SECRET.locator, 7, JOURNEY_BODY)
    envelope("sitting", SITTING_ID.encode(), SITTING.revision, to_body(SITTING))
    database()
