"""Every page in every state: whole HTML, nothing inline, light, and in words a tired person can read."""

from __future__ import annotations

import gzip
import re
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from tests.checks.readability import grade, sentences, words
from tests.clients.page import Node, read_page
from tests.paths import ROOT
from tests.tools.preview import pages

TEMPLATES: Final = ROOT / "web" / "views" / "templates"
STATIC: Final = ROOT / "web" / "views" / "static"
MOST_BYTES: Final = 20_000
"""Of a page as it is sent."""
_TAGS: Final = re.compile(r"{#.*?#}|{%.*?%}|{{.*?}}|<[^>]+>", re.DOTALL)
_COMMENTS: Final = re.compile(r"/\*.*?\*/", re.DOTALL)
_BLOCKS: Final = re.compile(r"(?<=[a-z.?’”])\s*</(?:p|li|h\d|span|label|legend|button|a|dt|dd|summary)>")
every_page: Final = cache(pages)
"""Pages are made by the first test that needs them: every process collects all tests."""


@cache
def roots() -> dict[str, Node]:
    """Every page by its name."""
    return {name: read_page(text).root for name, text in every_page().items()}


def test_a_page_is_whole(subtests: pytest.Subtests) -> None:
    """A page has a title, one first heading, one main part, a way out, a way to help, and no id twice."""
    for state, page in roots().items():
        with subtests.test(state):
            assert page.find("title")[0].text.endswith("Your plan")
            assert len(page.find("h1")) == 1
            assert len(page.find("main", id="main")) == 1
            way_out = page.find("form", action="/exit")[0]
            assert way_out.attributes["method"] == "post"
            assert way_out.find("button", class_="exit")
            assert page.find("a", href="/help")
            ids = [node.attributes["id"] for node in page.walk() if "id" in node.attributes]
            assert sorted(set(ids)) == sorted(ids)


def test_nothing_is_inline_or_foreign(subtests: pytest.Subtests) -> None:
    """No page holds a style, a script or a handler, and none loads anything from elsewhere."""
    for state, page in roots().items():
        with subtests.test(state):
            for node in page.walk():
                assert "style" not in node.attributes
                assert not [name for name in node.attributes if name.startswith("on")]
                assert node.tag != "style"
                assert node.tag != "script" or (not node.children and "defer" in node.attributes)
                assert not node.attributes.get("src", "").startswith(("http", "//", "data:"))


def test_everything_points_somewhere(subtests: pytest.Subtests) -> None:
    """Links within a page, labels and descriptions name something that is there; what is asked has a label or a legend."""
    for state, page in roots().items():
        with subtests.test(state):
            ids = {node.attributes["id"] for node in page.walk() if "id" in node.attributes}
            for node in page.walk():
                for name in ("for", "aria-labelledby", "aria-describedby"):
                    assert set(node.attributes.get(name, "").split()) <= ids
                link = node.attributes.get("href", "")
                assert not link.startswith("#") or link[1:] in ids
            for fieldset in page.find("fieldset"):
                assert fieldset.find("legend")[0].text


def test_forms_carry_what_they_need(subtests: pytest.Subtests) -> None:
    """Every form that changes something has a token; forms of a sitting say which one, and questions say what they asked."""
    for state, page in roots().items():
        with subtests.test(state):
            for form in page.find("form"):
                if form.attributes["method"] == "get" or form.attributes.get("action") == "/exit":
                    continue
                assert form.find("input", name="csrf_token")
                for item in form.find("fieldset", class_="item"):
                    names = {control.attributes["name"] for control in item.find("input")} - {"asked", "keep", "adult"}
                    assert not names or [
                        control.attributes["value"] for control in item.find("input", name="asked")
                    ] == sorted(names)


def test_mistakes_are_said_in_every_way() -> None:
    """A page with mistakes says so in its title, in a summary with links, at each field, and to those who listen."""
    page = read_page(every_page()["question-errors"]).root
    assert page.find("title")[0].text.startswith("Error: ")
    links = [node.attributes["href"] for node in page.find("div", class_="faults")[0].find("a")]
    assert links == ["#f-pronoun", "#f-partner_name", "#f-wish", "#f-how_it_ended"]
    invalid = [node.attributes["id"] for node in page.walk() if node.attributes.get("aria-invalid") == "true"]
    assert invalid == ["q-pronoun", "f-partner_name", "q-wish", "q-how_it_ended"]
    assert page.find("input", id="f-partner_name")[0].attributes["value"] == ("Samuel " * 9).strip()


def test_sensitive_answers_are_not_on_the_check_page() -> None:
    """The look at all answers has no word of what was answered about safety, nor which of it was."""
    assert "None of these" not in every_page()["check"]
    parts = read_page(every_page()["check"]).root.find("li", class_="part")
    not_shown = {part.find("h3")[0].text: len(part.find("li")) for part in parts if "Not shown" in part.text}
    assert list(not_shown) == [
        "Contact now",
        "A few more questions",
        "The last two weeks",
        "Your side",
        "If you talked",
    ]
    assert not_shown["A few more questions"] == 1


def test_a_question_that_may_come_up_waits_unseen() -> None:
    """What could come up on the page is there, hidden and disabled, so that it is not sent; what came up is named."""
    item = read_page(every_page()["question-feeling_safe"]).root.find("fieldset", id="q-own_acts_why")[0]
    assert {"hidden", "disabled", "data-when"} <= item.attributes.keys()
    page = read_page(every_page()["question-one-more"]).root
    assert page.find("p", class_="remark")[0].find("a", href="#q-own_acts_why")
    assert "hidden" not in page.find("fieldset", id="q-own_acts_why")[0].attributes


def test_pages_are_light() -> None:
    """The heaviest page in any state is within 20 KB as it is sent; what comes with it is weighed at the real server."""
    weights = {name: len(gzip.compress(text.encode(), 6)) for name, text in every_page().items()}
    assert {name: weight for name, weight in weights.items() if weight > MOST_BYTES} == {}


def classes_used(folder: Path) -> set[str]:
    """The classes that the templates of a folder give to elements."""
    text = " ".join(path.read_text("utf-8") for path in folder.rglob("*.[hj]*"))
    return {name for names in re.findall(r'class="([^"{]*)', text) for name in names.split()}


def test_the_shell_restyles_no_fragment() -> None:
    """What plans and comparisons alone use is styled by the engine, so that they look the same everywhere.

    The shell says at most how it lies within something of the shell's own.
    """
    controls = TEMPLATES / "report"
    fragments = classes_used(ROOT / "engine" / "rendering" / "templates") | classes_used(controls)
    shell = set().union(*(classes_used(folder) for folder in TEMPLATES.iterdir() if folder != controls))
    sheets = _COMMENTS.sub("", "".join(path.read_text("utf-8") for path in STATIC.glob("*.css")))
    selectors = [selector for group in re.findall(r"([^{}]+){", sheets) for selector in group.split(",")]
    styled = [classes for selector in selectors if (classes := set(re.findall(r"\.([a-z][a-z-]+)", selector)))]
    assert {"tick", "reasons"} <= fragments - shell
    assert {"button"} in styled
    assert [classes for classes in styled if classes <= fragments - shell] == []


def template_words(path: Path) -> str:
    """The words that a template itself says, each piece as a line."""
    text = _BLOCKS.sub("\n", path.read_text(encoding="utf-8"))
    pieces = (" ".join(piece.split()) for piece in _TAGS.sub("\n", text).split("\n"))
    return "\n".join(piece for piece in pieces if words(piece))


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.stem)
def test_words_are_plain(path: Path) -> None:
    """Templates shout nothing, belittle nothing, promise nothing, and their sentences are short."""
    text = template_words(path)
    assert "!" not in text
    assert not {"just", "simply", "only", "unfortunately", "journey", "healing"} & {
        word.lower() for word in words(text)
    }
    for sentence in sentences(text):
        assert len(words(sentence)) < 22, sentence


def test_all_words_together_are_easy() -> None:
    """What the templates say is read with ease at the age of twelve."""
    assert grade("\n".join(template_words(path) for path in sorted(TEMPLATES.rglob("*.html")))) < 6


@pytest.mark.parametrize("path", sorted(STATIC.glob("*.js")), ids=lambda path: path.stem)
def test_scripts_are_plain(path: Path) -> None:
    """No script evaluates text, writes markup or keeps anything on the device; two speak, with an address of their page."""
    text = path.read_text(encoding="utf-8")
    forbidden = ["eval", "innerHTML", "Function(", "XMLHttp", "localStorage", "sessionStorage", "cookie", "http"]
    for word in forbidden:
        assert word not in text
    spoken = [line.strip() for line in text.splitlines() if "fetch(" in line]
    assert spoken == {
        "autosave": ["return fetch(address, {"],
        "ticks": ['return fetch(form.getAttribute("action"), {'],
    }.get(path.stem, [])
