"""A reload replaces the content of a process as a whole; a request keeps the content that it began with."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from engine.errors import ContentError
from tests.clients.site import Site
from tests.paths import ROOT
from web.http.state import content_state


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A copy of the shipped content, which a test may change."""
    folder = tmp_path / "content"
    for name in ("questionnaires", "rules"):
        shutil.copytree(ROOT / name, folder / name)
    return folder


@pytest.fixture
def reloading(content: Path, tmp_path: Path) -> Iterator[Site]:
    """A site on that content."""
    site = Site(tmp_path / "kept", options={"content": content})
    yield site
    site.storage.close()


def retitle(content: Path, key: str = "title") -> None:
    """Change the title of the questionnaire, or break it with an unknown key."""
    file = content / "questionnaires" / "breakup.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("\ntitle:", f"\n{key}: Another #", 1), encoding="utf-8")


def test_a_reload_replaces_the_content_as_a_whole(reloading: Site, content: Path) -> None:
    """The new content is another value with its own versions; the value before stays as it was."""
    before = reloading.state.content
    assert not reloading.state.reload()
    retitle(content)
    assert reloading.state.reload()
    after = reloading.state.content
    assert before.digests != after.digests
    assert before.content_versions is not after.content_versions
    for state in (before, after):
        (digest,) = {pack.content_digest for pack in state.library.packs.values()} & state.digests
        assert state.content_versions.pack_of(digest) is state.library.forms[state.questionnaire][0]
        assert state.snapshot_for(state.questionnaire).digest == digest
    with pytest.raises(FrozenInstanceError):
        before.library = after.library  # type: ignore[misc]


def test_content_with_problems_replaces_nothing(reloading: Site, content: Path) -> None:
    """If the new content has problems, the state is the same value as before."""
    before = reloading.state.content
    retitle(content, key="titlle")
    with pytest.raises(ContentError):
        reloading.state.reload()
    assert reloading.state.content is before


def test_a_request_keeps_its_content(reloading: Site, content: Path) -> None:
    """A reload while a request is answered changes nothing for that request; the next one has the new content."""
    with reloading.app.test_request_context():
        before = content_state()
        retitle(content)
        assert reloading.state.reload()
        assert content_state() is before
    with reloading.app.test_request_context():
        assert content_state() is reloading.state.content
