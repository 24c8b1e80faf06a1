"""docs/privacy.md and the page /privacy say what is so."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from tests.clients.site import Site
from tests.paths import ROOT
from tests.web.http.test_session import begin_journey
from web.http.security import POLICY
from web.http.session import IDLE_MINUTES, KEPT_MINUTES
from web.settings import Settings
from web.storage.tables import metadata

TEXT: Final = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")
SHELLS: Final = sorted((ROOT / "web" / "views" / "templates").rglob("*.html"))


def rows(heading: str) -> list[list[str]]:
    """The cells of the table that begins with a heading."""
    lines = TEXT.splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith(f"| {heading} |")) + 2
    rows = []
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def test_every_file_is_named(site: Site) -> None:
    """The data folder holds the files of the table and no others."""
    secret = begin_journey(site, site.app.test_client())
    site.storage.delete_journey(secret, site.clock.today())
    described = {cell.strip("`") for cell, *_ in rows("file")}
    files = {re.sub("-(wal|shm)$", "", path.name) for path in site.folder.iterdir()}
    assert files == described


def test_every_column_is_named() -> None:
    """The table names all columns of the database, and says what can be read of each."""
    described = {
        (table.strip("`"), column) for table, cell, _ in rows("table") for column in re.findall(r"`(\w+)`", cell)
    }
    assert described == {(table.name, column.name) for table in metadata.tables.values() for column in table.columns}


def test_times() -> None:
    """The days and minutes in the tables are those of the program."""
    usual = Settings(data_dir=Path())
    assert f"| {usual.draft_days} days (`--draft-days`) |" in TEXT
    assert f"| {usual.idle_days} days (`--idle-days`) |" in TEXT
    assert f"{IDLE_MINUTES} minutes without use" in TEXT
    assert f"{KEPT_MINUTES // 24 // 60} days after the last use" in TEXT


@pytest.mark.parametrize("shell", SHELLS, ids=lambda path: path.name)
def test_pages_load_nothing_from_elsewhere(shell: Path) -> None:
    """No page shell names another host, an inline style or an inline script; the policy would refuse them as well."""
    text = shell.read_text(encoding="utf-8")
    assert not re.search(r"""(?:src|href|action|srcset)=["']?(?:https?:)?//""", text)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert "http" not in POLICY


def test_titles_and_addresses_say_nothing(site: Site) -> None:
    """No title, address or file name of a page speaks of a breakup."""
    telling = re.compile(r"break-?up|\bex\b|heart|love|relationship|safety", re.IGNORECASE)
    client = site.app.test_client()
    begin_journey(site, client)
    for rule in site.app.url_map.iter_rules():
        assert not telling.search(rule.rule), rule.rule
    for path in ("/", "/link", "/link/new", "/have", "/help", "/privacy", "/lost", "/young", "/nowhere", "/delete"):
        title = re.search(r"<title>(.*?)</title>", client.get(path).text, re.DOTALL)
        assert title is not None, path
        assert not telling.search(title[1]), path


def test_the_page_names_the_days(site: Site) -> None:
    """The page for people has the same numbers as the document."""
    page = site.app.test_client().get("/privacy").text
    for days in (30, 400):
        assert f"{days} days" in page
    assert "two hours" in page
    assert "seven days" in page
