"""Pages as a person without scripts has them: title, words, links, and forms that can be filled in and sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from typing import Final

_VOID: Final = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"})

Attributes = dict[str, str]


@dataclass
class Node:
    """One element."""

    tag: str
    attributes: Attributes = field(default_factory=dict)
    inside: list[Node | str] = field(default_factory=list)

    def walk(self) -> Iterator[Node]:
        """This element and all within it, in the order of reading."""
        yield self
        for one in self.inside:
            if isinstance(one, Node):
                yield from one.walk()

    def find(self, tag: str, **attributes: str) -> list[Node]:
        """The elements within with this tag and these attributes (``class_`` is one of the classes)."""
        return [one for one in self.walk() if one is not self and one.tag == tag and one.has(**attributes)]

    def has(self, **attributes: str) -> bool:
        return all(
            value in self.attributes.get("class", "").split()
            if name == "class_"
            else self.attributes.get(name.replace("_", "-")) == value
            for name, value in attributes.items()
        )

    def without(self, *classes: str) -> Node:
        """The same without forms, and without what has one of these classes."""
        left = (one for one in self.inside if isinstance(one, str) or not one.is_one_of(classes))
        return replace(self, inside=[one if isinstance(one, str) else one.without(*classes) for one in left])

    def is_one_of(self, classes: tuple[str, ...]) -> bool:
        return self.tag == "form" or any(self.has(class_=name) for name in classes)

    @property
    def text(self) -> str:
        """The words in it, each run of blanks as one."""
        found = (one if isinstance(one, str) else one.text for one in self.inside)
        return " ".join(" ".join(found).split())


@dataclass(frozen=True)
class Choice:
    """One thing in a form that has a name: a box to tick, a line to type in, something hidden, a button."""

    kind: str
    name: str
    value: str
    on: bool = False


@dataclass(frozen=True)
class Form:
    """A form as it was shown."""

    action: str
    method: str
    choices: tuple[Choice, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """What can be filled in, in the order of reading."""
        kinds = {"hidden", "submit", "button"}
        return tuple(dict.fromkeys(one.name for one in self.choices if one.kind not in kinds))

    def values(self, name: str) -> list[str]:
        """What can be chosen under a name."""
        return [one.value for one in self.choices if one.name == name]

    def of(self, name: str) -> list[Choice]:
        return [one for one in self.choices if one.name == name]

    @property
    def shown(self) -> dict[str, list[str]]:
        """What a browser would send if nothing was touched and a plain button was pressed."""
        found: dict[str, list[str]] = {}
        for one in self.choices:
            if one.kind in {"submit", "button"} or (one.kind in {"radio", "checkbox", "option"} and not one.on):
                continue
            found.setdefault(one.name, []).append(one.value)
        return found


@dataclass(frozen=True)
class Page:
    """A page that came back."""

    root: Node
    html: str = field(repr=False)
    path: str = ""
    """Where it was found: what a form without an address is sent to."""

    @property
    def title(self) -> str:
        return next(one.text for one in self.root.find("title"))

    @property
    def heading(self) -> str:
        return next((one.text for one in self.root.find("h1")), "")

    @property
    def main(self) -> Node:
        return next(iter(self.root.find("main")))

    @property
    def text(self) -> str:
        return self.main.text

    @property
    def links(self) -> list[str]:
        return [one.attributes["href"] for one in self.root.find("a") if "href" in one.attributes]

    @property
    def forms(self) -> list[Form]:
        return [_form(one, self.path) for one in self.main.find("form")]

    def form(self, action: str | None = None) -> Form:
        """The form that is sent to an address (or the first one that is posted)."""
        for one in self.forms:
            if one.method == "post" and (action is None or one.action.split("?")[0].endswith(action)):
                return one
        message = f"no form {action} in {self.title}: {self.text[:200]}"
        raise AssertionError(message)


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Node("#document")
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        one = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].inside.append(one)
        if tag not in _VOID:
            self.open.append(one)

    def handle_endtag(self, tag: str) -> None:
        if any(one.tag == tag for one in self.open[1:]):
            while self.open.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        self.open[-1].inside.append(data)


def read_page(html: str) -> Page:
    builder = _Builder()
    builder.feed(html)
    builder.close()
    return Page(builder.root, html)


def _form(node: Node, path: str) -> Form:
    attributes = node.attributes
    return Form(attributes.get("action", path), attributes.get("method", "get").lower(), tuple(_choices(node)))


def _enabled(node: Node) -> Iterator[Node]:
    """All elements but those that are switched off, by themselves or with the group they are in."""
    for one in node.inside:
        if isinstance(one, Node) and "disabled" not in one.attributes:
            yield one
            yield from _enabled(one)


def _choices(node: Node) -> Iterator[Choice]:
    for one in _enabled(node):
        name, value = one.attributes.get("name", ""), one.attributes.get("value", "")
        if not name:
            continue
        if one.tag == "input":
            kind = one.attributes.get("type", "text")
            tickable = kind in {"radio", "checkbox"}
            yield Choice(kind, name, value or ("on" if tickable else ""), "checked" in one.attributes)
        elif one.tag == "textarea":
            yield Choice("text", name, "".join(part for part in one.inside if isinstance(part, str)))
        elif one.tag == "button":
            yield Choice("submit", name, value)
        elif one.tag == "select":
            options = one.find("option")
            chosen = [option for option in options if "selected" in option.attributes] or options[:1]
            for option in options:
                yield Choice("option", name, option.attributes.get("value", option.text), option in chosen)
