"""SIGHUP reloads the content while the server runs, unless the content has problems."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.paths import ROOT
from tests.servers.server_process import HttpClient, Server, serve
from tests.servers.waiting import wait_until
from tests.web.cli.test_serve import answer_first_page, begin


@pytest.fixture
def content(tmp_path: Path) -> Path:
    folder = tmp_path / "content"
    for name in ("questionnaires", "rules"):
        shutil.copytree(ROOT / name, folder / name)
    return folder


def wait_for_log(server: Server, text: str) -> None:
    """Wait until the server has logged something."""
    wait_until(lambda: text in server.log, f"“{text}” in the log")


def replace_text(file: Path, change: Callable[[str], str]) -> None:
    before = file.read_text(encoding="utf-8")
    after = change(before)
    assert after != before
    temporary = file.with_suffix(".new")
    temporary.write_text(after, encoding="utf-8")
    temporary.replace(file)


def test_content_is_taken_anew(content: Path, tmp_path: Path) -> None:
    """New journeys get new content, open journeys keep theirs, and content with problems is not used."""
    file = content / "questionnaires" / "breakup.yaml"
    server = serve(tmp_path / "data", 0, HEARTWORK_CONTENT=str(content))
    try:
        early = HttpClient(server.url)
        begin(early)
        first = early.get("/quiz/1").location
        old = early.get(first).page.form().names
        replace_text(file, lambda text: text.replace("\ntitle:", "\ntitlle:", 1))
        os.kill(server.process.pid, signal.SIGHUP)
        wait_for_log(server, "content not reloaded")
        assert "breakup.yaml" in server.log
        begin(HttpClient(server.url))
        replace_text(file, lambda text: text.replace("\ntitlle:", "\ntitle:", 1) + "\n# a remark\n")
        os.kill(server.process.pid, signal.SIGHUP)
        wait_for_log(server, "content reloaded: unchanged")
        replace_text(file, lambda text: text.replace("\ntitle:", "\ntitle: Another title #", 1))
        os.kill(server.process.pid, signal.SIGHUP)
        wait_for_log(server, "content reloaded: changed")
        late = HttpClient(server.url)
        begin(late)
        answer_first_page(late)
        assert early.get(first).page.form().names == old
        answer_first_page(early)
    finally:
        server.stop()
    assert server.process.returncode == 0
