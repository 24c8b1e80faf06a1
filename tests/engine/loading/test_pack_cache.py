"""The cache of the shipped packs: used only while nothing has changed, and never needed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.loading import pack_cache
from engine.loading.library import load_with_problems
from engine.loading.pack_cache import Loaded, cached
from tests.factories.small_pack import Folder


class CountedLoader:
    """Loads a folder through the cache and counts how often its files are read."""

    def __init__(self, folder: Folder) -> None:
        self.folder, self.reads = folder, 0

    def _read(self) -> Loaded:
        self.reads += 1
        return load_with_problems(self.folder.path)

    def load(self) -> Loaded:
        return cached(self._read, self.folder.path)


@pytest.fixture
def engine_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that the cache takes for the engine's."""
    engine = tmp_path / "engine"
    engine.mkdir()
    (engine / "module.py").write_text("x = 1\n")
    monkeypatch.setattr(pack_cache, "ENGINE", engine)
    return engine


@pytest.fixture
def cache_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of an empty cache."""
    monkeypatch.setattr(pack_cache, "cache_from_source", lambda _: str(tmp_path / "cache.pyc"))
    return tmp_path / "cache.pickle"


@pytest.fixture
def loader(folder: Folder, engine_folder: Path, cache_file: Path) -> CountedLoader:
    """A loader of the small pack, which has been loaded once."""
    loader = CountedLoader(folder.small())
    loader.load()
    return loader


def test_the_same_packs_and_problems(loader: CountedLoader) -> None:
    """The cache returns what loading returns: digests, examples, locations and advice."""
    (packs, problems), (expected, expected_problems) = loader.load(), load_with_problems(loader.folder.path)
    assert loader.reads == 1
    assert problems == expected_problems
    assert packs.keys() == expected.keys()
    for name, pack in packs.items():
        assert (pack.content, pack.locations) == (expected[name].content, expected[name].locations)
        assert pack.content_digest == expected[name].content_digest
        assert pack.meaning_digest == expected[name].meaning_digest


@pytest.mark.parametrize(
    "change",
    [
        lambda content, _: (content / "rules/small/more.yaml").write_text("rules: []\n"),
        lambda content, _: (content / "rules/empty").mkdir(),
        lambda content, _: (content / "questionnaires/check.yaml").unlink(),
        lambda content, _: (content / "questionnaires/check.yaml").rename(content / "questionnaires/short.yaml"),
        lambda content, _: (content / "rules/small/all.yaml").write_text("rules: []\n"),
        lambda _, engine: (engine / "module.py").write_text("x = 2\n"),
        lambda _, engine: (engine / "texts.toml").write_text("x = 2\n"),
    ],
    ids=range(7),
)
def test_a_change_is_never_missed(
    loader: CountedLoader, engine_folder: Path, change: Callable[[Path, Path], object]
) -> None:
    """A changed, new, missing or renamed file of the content, a new folder, or a change of the engine is read."""
    change(loader.folder.path, engine_folder)
    packs, problems = loader.load()
    assert loader.reads == 2
    expected, expected_problems = load_with_problems(loader.folder.path)
    assert problems == expected_problems
    assert {pack.content_digest for pack in packs.values()} == {pack.content_digest for pack in expected.values()}


@pytest.mark.parametrize("position", [0, 40, -1])
def test_a_damaged_cache_is_replaced(loader: CountedLoader, cache_file: Path, position: int) -> None:
    """A cache with a changed byte, or with a part of its bytes, is not used, and the next load writes it again."""
    sound = bytearray(cache_file.read_bytes())
    damaged = bytearray(sound)
    damaged[position] ^= 1
    for number, content in enumerate((bytes(damaged), bytes(sound[: len(sound) // 2]), b"")):
        cache_file.write_bytes(content)
        loader.load()
        loader.load()
        assert loader.reads == 2 + number


def test_content_with_faults_is_not_cached(loader: CountedLoader) -> None:
    """Content with faults is read each time."""
    loader.folder.plant("rules/small/all.yaml", "{step: rest, by: 5}", "{stp: rest, by: 5}")
    assert [loader.load()[0] for _ in range(2)] == [{}, {}]
    assert loader.reads == 3


def test_content_that_changes_while_it_is_read(loader: CountedLoader, cache_file: Path) -> None:
    """What was read while a file changed is not kept."""
    cache_file.unlink()

    def load() -> Loaded:
        loaded = load_with_problems(loader.folder.path)
        loader.folder.write({"rules/small/more.yaml": "rules: []\n"})
        return loaded

    cached(load, loader.folder.path)
    assert not cache_file.exists()


def test_a_linked_folder_is_not_cached(loader: CountedLoader, tmp_path: Path) -> None:
    """Content behind a link is read each time, as files there are not compared."""
    (tmp_path / "elsewhere").mkdir()
    (loader.folder.path / "rules/small/linked").symlink_to(tmp_path / "elsewhere")
    loader.load()
    loader.load()
    assert loader.reads == 3


def test_a_cache_that_cannot_be_written(loader: CountedLoader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a folder for the cache, content is loaded each time."""
    monkeypatch.setattr(pack_cache, "cache_from_source", lambda _: os.fspath(tmp_path / "nowhere" / "cache.pyc"))
    loader.load()
    loader.load()
    assert loader.reads == 3
