"""The draft of an answers file: complete at every moment, and private."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.errors import FileError
from web.cli.terminal.draft import Draft


def refusal_codes(call: Callable[[], object]) -> list[str]:
    with pytest.raises(FileError) as caught:
        call()
    return [problem.code for problem in caught.value.problems]


def files(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(folder.iterdir())}


@pytest.fixture
def draft(tmp_path: Path) -> Draft:
    """A draft that was saved once."""
    draft = Draft(tmp_path / "a.yaml")
    draft.prepare()
    draft.save("one")
    return draft


def test_saving_and_finishing(tmp_path: Path) -> None:
    """The draft lies beside the file until the end, when only the file is there."""
    draft = Draft(tmp_path / "a.yaml")
    draft.prepare()
    assert (draft.exists, files(tmp_path)) == (False, {})
    for text in ("one", "two"):
        draft.save(text)
        assert (draft.exists, files(tmp_path)) == (True, {"a.yaml.draft": text})
    draft.finish("three")
    assert (draft.exists, files(tmp_path)) == (False, {"a.yaml": "three"})


def test_finishing_without_a_draft(tmp_path: Path) -> None:
    """Where there was nothing to save, the file can be written all the same."""
    Draft(tmp_path / "a.yaml").finish("x")
    assert files(tmp_path) == {"a.yaml": "x"}


def test_what_another_process_writes_is_not_undone(draft: Draft) -> None:
    """With two processes on one draft, the first to save continues, and the other is refused without replacing
    anything.
    """
    other = Draft(draft.target)
    other.save("other")
    assert refusal_codes(lambda: draft.save("two")) == ["HW612"]
    assert refusal_codes(lambda: draft.finish("two")) == ["HW612"]
    other.finish("done")
    assert refusal_codes(lambda: draft.save("two")) == ["HW612"]
    assert files(draft.target.parent) == {"a.yaml": "done"}


def test_a_file_that_comes_to_exist_is_not_replaced(draft: Draft) -> None:
    """If the file is there at the end, it stays, and so does the draft."""
    draft.target.write_text("mine")
    assert refusal_codes(draft.prepare) == ["HW608"]
    assert refusal_codes(lambda: draft.finish("two")) == ["HW608"]
    assert files(draft.target.parent) == {"a.yaml": "mine", "a.yaml.draft": "one"}


def test_file_systems_without_links(draft: Draft, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where files cannot be linked the end is reached as well, and no file replaced."""

    def no_links(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "link", no_links)
    draft.target.write_text("mine")
    assert refusal_codes(lambda: draft.finish("two")) == ["HW608"]
    assert files(draft.target.parent) == {"a.yaml": "mine", "a.yaml.draft": "one"}
    draft.target.unlink()
    draft.finish("two")
    assert files(draft.target.parent) == {"a.yaml": "two"}


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A disk that is full: nothing can be brought onto it."""

    def no_space(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", no_space)
        yield


@pytest.mark.usefixtures("full")
def test_a_full_disk(tmp_path: Path) -> None:
    """A full disk is reported, and what was saved before is still there."""
    (tmp_path / "a.yaml.draft").write_text("one")
    draft = Draft(tmp_path / "a.yaml")
    assert refusal_codes(draft.prepare) == ["HW608"]
    assert refusal_codes(lambda: draft.save("two")) == ["HW608"]
    assert refusal_codes(lambda: draft.finish("two")) == ["HW608"]
    assert files(tmp_path)["a.yaml.draft"] == "one"
    assert "a.yaml" not in files(tmp_path)


def test_an_interrupted_save_can_be_repeated(draft: Draft, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether an interrupt comes before or after the draft was replaced, saving again works."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    for name, text in (("replace", "one"), ("_sync_folder", "two")):
        with monkeypatch.context() as patched:
            patched.setattr(Path if name == "replace" else Draft, name, interrupt)
            with pytest.raises(KeyboardInterrupt):
                draft.save("two")
        assert draft.path.read_text() == text
        draft.save("two")
    assert files(draft.target.parent) == {"a.yaml.draft": "two"}


def test_what_a_killed_process_left_is_no_hindrance(draft: Draft) -> None:
    """A half-written new draft, of whatever kind, is replaced; a link in its place is not followed."""
    left = draft.target.with_name("a.yaml.draft.new")
    target = draft.target.with_name("mine")
    target.write_text("mine")
    left.symlink_to(target)
    draft.save("two")
    left.write_text("half")
    draft.finish("three")
    assert files(draft.target.parent) == {"a.yaml": "three", "mine": "mine"}


def test_drafts_that_are_no_file(tmp_path: Path) -> None:
    """A folder in the draft's place is reported."""
    (tmp_path / "a.yaml.draft").mkdir()
    assert refusal_codes(lambda: Draft(tmp_path / "a.yaml")) == ["HW608"]
