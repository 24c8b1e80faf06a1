"""Compiled templates on the disk: used while nothing changed, and done without where they cannot be written."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment

from engine.rendering import bytecode
from engine.rendering.bytecode import template_cache


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module that configures an environment, with a folder for its compiled files."""
    folder = tmp_path / "compiled"
    folder.mkdir()
    monkeypatch.setattr(bytecode, "cache_from_source", lambda path: str(folder / f"{Path(path).stem}.pyc"))
    path = tmp_path / "module.py"
    path.write_text("first")
    return path


def render(module: Path, source: str, name: str = "text") -> str:
    environment = Environment(
        loader=DictLoader({"page": source}), bytecode_cache=template_cache(str(module), name), autoescape=True
    )
    return environment.get_template("page").render()


def cache_files(module: Path) -> set[str]:
    return {path.name for path in (module.parent / "compiled").iterdir()}


def test_a_template_is_compiled_once(module: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second environment uses the compiled template; a changed template is compiled again."""
    assert render(module, "{{ 1 + 1 }}") == "2"
    assert len(cache_files(module)) == 1
    with monkeypatch.context() as patch:
        patch.setattr(Environment, "_generate", lambda *_: pytest.fail("compiled again"))
        assert render(module, "{{ 1 + 1 }}") == "2"
    assert render(module, "{{ 1 + 2 }}") == "3"


def test_options_are_not_mixed_up(module: Path) -> None:
    """Environments of other names, and other code of the module that configures them, have their own files."""
    render(module, "a")
    render(module, "a", "html")
    module.write_text("second")
    render(module, "a")
    assert len(cache_files(module)) == 3


def test_nothing_is_written_without_a_folder(module: Path) -> None:
    """Where Python keeps no compiled files there is no cache, and templates are rendered."""
    (module.parent / "compiled").rmdir()
    assert template_cache(str(module), "text") is None
    assert render(module, "a") == "a"


def test_a_failing_write_is_no_error(module: Path) -> None:
    """If a compiled template cannot be written, such as on a full disk, it is used all the same."""
    cache = template_cache(str(module), "text")
    assert cache is not None
    cache.directory = str(module.parent / "gone")
    environment = Environment(loader=DictLoader({"page": "a"}), bytecode_cache=cache, autoescape=True)
    assert environment.get_template("page").render() == "a"
