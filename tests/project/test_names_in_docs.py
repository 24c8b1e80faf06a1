"""What documents name exists: files, modules, tests, links, decisions, and rules of the breakup pack."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Final

import pytest

from engine.loading.library import load_library
from tests.paths import ROOT
from tests.project.documents import DOCUMENTS, FENCE, NEW_FILE, fences, name_of, text_of

FOLDERS: Final = (".ci", "deploy", "docs", "engine", "questionnaires", "requirements", "rules", "tests", "web")
GENERATED: Final = {"answers-DATE.yaml"}
"""Files that a command makes."""
_IN_FOLDERS: Final = "|".join(map(re.escape, FOLDERS))
PATH: Final = re.compile(rf"(?:\.\./)*(?:{_IN_FOLDERS})/[\w./*…-]*")
MODULE: Final = re.compile(r"(?:engine|web|tests)(?:\.\w+)+")
FILE: Final = re.compile(r"[\w./…-]*[\w…-]\.(?:conf|css|html|jinja|js|json|md|py|service|toml|txt|typ|yaml)")
TEST: Final = re.compile(r"((?:[\w/]+/)?test_\w+\.py)::(test_\w+)")
NAMED_IN_CODE: Final = re.compile(
    r"(?<![\w/.])(?:engine|web|tests|docs|deploy)/[\w./-]+\.(?:html|jinja|js|json|md|py|txt|typ|yaml)\b"
)
ROLE: Final = re.compile(r":(?:attr|class|data|exc|func|meth|mod):`~?((?:engine|web|tests)(?:\.\w+)+)`")

every_document = pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)


@cache
def files() -> frozenset[str]:
    """Every file of the project, by its path from the root."""
    paths = [*ROOT.iterdir(), *(path for folder in FOLDERS for path in (ROOT / folder).rglob("*"))]
    return frozenset(name_of(path) for path in paths if path.is_file() and "__pycache__" not in path.parts)


def words_of(document: Path) -> Iterator[str]:
    """The words that a document sets as code, in its text and in its commands."""
    for span in re.findall(r"`([^`\n]+)`", text_of(document)):
        yield from span.split()
    for language in ("", "console", "ini", "sh"):
        for fence in fences(document, language):
            yield from (word for word in re.split(r"[\s=]+", fence) if PATH.fullmatch(word))


def is_path(document: Path, word: str) -> bool:
    """Whether there is such a file or folder; ``*`` and ``…`` stand for any name."""
    start = document.parent if word.startswith("..") else ROOT
    pattern = word.replace("…", "*").rstrip("/")
    return any(start.glob(pattern)) if "*" in pattern else (start / pattern).exists()


def is_file(word: str) -> bool:
    """Whether some file has this name, with the folders before it if any are named."""
    return word in GENERATED or any(f"/{path}".endswith(f"/{word.removeprefix('../')}") for path in files())


def is_module(word: str) -> bool:
    """Whether there is such a module, or such a name in one."""
    module: ModuleType | None = None
    names = word.split(".")
    while names:
        try:
            module = importlib.import_module(".".join(names))
            break
        except ModuleNotFoundError:
            names.pop()
    value: object = module
    for name in word.split(".")[len(names) :]:
        annotated = name in getattr(value, "__annotations__", {})
        if value is None or not (annotated or hasattr(value, name)):
            return False
        value = None if annotated else getattr(value, name)
    return module is not None


def is_test(file: str, function: str) -> bool:
    """Whether exactly one file has this name, and this test is in it."""
    paths = [path for path in files() if f"/{path}".endswith(f"/{file}")]
    return len(paths) == 1 and bool(
        re.search(rf"^def {function}\(", (ROOT / paths[0]).read_text(encoding="utf-8"), re.MULTILINE)
    )


def missing_names(document: Path) -> Iterator[str]:
    """What a document names that is not there."""
    made_by_recipes = NEW_FILE.findall(document.read_text(encoding="utf-8"))
    for word in words_of(document):
        if word in made_by_recipes:
            continue
        if test := TEST.fullmatch(word):
            exists = is_test(*test.groups())
        elif PATH.fullmatch(word):
            exists = is_path(document, word)
        elif MODULE.match(word):
            exists = is_module(word.partition("(")[0])
        elif FILE.fullmatch(word):
            exists = is_file(word)
        else:
            continue
        if not exists:
            yield word


DEFINED_IN: Final = re.compile(r"`([\w.]+)(?:\(\w*\))?` in\s+`([\w/]+\.py)`")


@pytest.mark.parametrize("folder", ["engine", "web"])
def test_definitions_are_where_the_readmes_say(folder: str) -> None:
    """What a README says is “`name` in `module.py`” is defined in that module."""
    readme = (ROOT / folder / "README.md").read_text(encoding="utf-8")
    named = DEFINED_IN.findall(readme)
    for name, module in named:
        path = ROOT / module if (ROOT / module).exists() else ROOT / folder / module
        definition = rf"^\s*(?:def|class) {name.rsplit('.')[-1]}\b|^{name}\b.* ="
        assert re.search(definition, path.read_text(encoding="utf-8"), re.MULTILINE), (name, module)
    assert named or folder == "engine"


@every_document
def test_names_exist(document: Path) -> None:
    """Every path, file, module and test that a document names is there."""
    assert list(missing_names(document)) == []


def test_a_name_that_does_not_exist_is_seen(tmp_path: Path) -> None:
    """Of names that look alike, exactly those that lead nowhere are found."""
    good = (
        "engine/loading/yaml.py", "`tests/packs/phq9`", "rules/*/steps.yaml", "rules/…/steps.yaml", "steps.yaml", "breakup/safety.yaml",
        "engine.loading.yaml", "engine.loading.yaml.parse(text)", "test_names_in_docs.py::test_names_exist", "/open/…", "server.key",
    )  # fmt: skip
    bad = (
        "engine/source.py", "rules/*/stairs.yaml", "breakup/stairs.yaml", "tests.paths.py", "engine.loading.yaml.nothing", "engine.nothing",
        "test_names_in_docs.py::test_nothing", "test_nothing.py::test_names_exist",
    )  # fmt: skip
    document = tmp_path / "document.md"
    document.write_text(
        " ".join(f"`{word.strip('`')}`" for word in (*good, *bad)) + "\n\n```sh\ncp deploy/no.conf web/app.py x/\n```\n"
    )
    assert list(missing_names(document)) == [*bad, "deploy/no.conf"]


def text_files(folder: str) -> Iterator[tuple[str, str]]:
    """Every file of a folder that is text and no document, with its text; for no folder, of the root alone."""
    for path in sorted(files()):
        in_folder = path.startswith(f"{folder}/") if folder else "/" not in path
        if in_folder and not path.endswith((".md", ".png", ".sqlite")) and path != name_of(Path(__file__)):
            yield path, (ROOT / path).read_text(encoding="utf-8", errors="replace")


@pytest.mark.parametrize("folder", [*FOLDERS, ""])
def test_comments_name_what_exists(folder: str) -> None:
    """Every path and every module that a comment, a docstring or a script names is there."""
    gone = []
    for path, text in text_files(folder):
        gone += [f"{path}: {word}" for word in NAMED_IN_CODE.findall(text) if word not in files()]
        gone += [f"{path}: {word}" for word in ROLE.findall(text) if not is_module(word)]
    assert gone == []


@every_document
def test_links_lead_somewhere(document: Path) -> None:
    """Every link to another file, or to a heading, leads to one that is there."""
    for target in re.findall(r"\]\(([^)\s]+)\)", text_of(document)):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = target.partition("#")
        linked = (document.parent / path).resolve() if path else document
        assert linked.exists(), target
        if anchor and linked.suffix == ".md":
            headings = re.findall(r"^#+ (.+)$", FENCE.sub("", linked.read_text(encoding="utf-8")), re.MULTILINE)
            slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
            assert anchor in slugs, target


def test_decisions_are_numbered() -> None:
    """Each decision has one number, in the name of its file and in its heading, and no number is left out."""
    decisions = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    assert [path.name[:3] for path in decisions] == [f"{number:03}" for number in range(1, len(decisions) + 1)]
    for path in decisions:
        assert path.read_text(encoding="utf-8").startswith(f"# {path.name[:3]}: "), path.name


@every_document
def test_decisions_exist(document: Path) -> None:
    """Every decision that a document names by its number exists, and a link with a number leads to that one."""
    text = text_of(document)
    numbers = {path.name[:3] for path in (ROOT / "docs" / "decisions").glob("[0-9]*.md")}
    assert set(re.findall(r"\bADR (\d+)", text)) <= numbers
    for number, target in re.findall(r"\[ADR (\d+)\]\(([^)]+)\)", text):
        assert Path(target).name.startswith(f"{number}-"), target


def test_rules_that_are_named_exist() -> None:
    """Every rule that the READMEs of the content name is one of the breakup pack, and stands in the file named with it."""
    rules = {rule.id for rule in load_library().packs["breakup"].rules}
    for readme in (ROOT / "rules" / "README.md", ROOT / "rules" / "breakup" / "README.md"):
        rule_ids = set(re.findall(r"`([a-z]+(?:-[a-z]+)+)`", text_of(readme)))
        assert rule_ids
        assert rule_ids <= rules
    pairs = re.findall(r"`([a-z-]+)` and `([a-z-]+)` in `(breakup/\w+\.yaml)`", text_of(ROOT / "rules" / "README.md"))
    assert pairs
    for *ids, file in pairs:
        text = (ROOT / "rules" / file).read_text(encoding="utf-8")
        assert all(f"- id: {rule}\n" in text for rule in ids)


@pytest.mark.parametrize("folder", ["rules/breakup", "questionnaires"])
def test_every_file_of_content_is_described(folder: str) -> None:
    """The README of a folder with content has each of its files in the list, and no other."""
    lines = [
        line
        for line in (ROOT / folder / "README.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("- `")
    ]
    described = {name for line in lines for name in re.findall(r"`([\w-]+\.yaml)`", line)}
    assert described == {path.name for path in (ROOT / folder).glob("*.yaml")}
