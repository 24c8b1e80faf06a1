"""HTML pages without scripts: title, text, links, and forms that can be filled in and sent."""

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
    children: list[Node | str] = field(default_factory=list)

    def walk(self) -> Iterator[Node]:
        """This element and its descendants, in document order."""
        yield self
        for child in self.children:
            if isinstance(child, Node):
                yield from child.walk()

    def find(self, tag: str, **attributes: str) -> list[Node]:
        """The descendants with this tag and these attributes (``class_`` matches one of the classes)."""
        return [node for node in self.walk() if node is not self and node.tag == tag and node.has(**attributes)]

    def has(self, **attributes: str) -> bool:
        return all(
            value in self.attributes.get("class", "").split()
            if name == "class_"
            else self.attributes.get(name.replace("_", "-")) == value
            for name, value in attributes.items()
        )

    def without(self, *classes: str) -> Node:
        """A copy without forms, except those of actions, and without elements of these classes."""
        remaining = (child for child in self.children if isinstance(child, str) or not child.is_one_of(classes))
        return replace(
            self, children=[child if isinstance(child, str) else child.without(*classes) for child in remaining]
        )

    def is_one_of(self, classes: tuple[str, ...]) -> bool:
        return (self.tag == "form" and not self.has(class_="act")) or any(self.has(class_=name) for name in classes)

    @property
    def text(self) -> str:
        """Its text, with collapsed white space."""
        texts = (child if isinstance(child, str) else child.text for child in self.children)
        return " ".join(" ".join(texts).split())


@dataclass(frozen=True)
class Control:
    """A form control with a name: a checkbox, a text field, a hidden field or a button."""

    kind: str
    name: str
    value: str
    checked: bool = False


@dataclass(frozen=True)
class Form:
    """A form of a page."""

    action: str
    method: str
    controls: tuple[Control, ...]
    has_plain_button: bool = False
    """Whether it has a submit button without a name."""

    @property
    def buttons(self) -> list[tuple[str, str]]:
        """The named buttons, as name and value."""
        return [(control.name, control.value) for control in self.controls if control.kind == "submit"]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the fields that can be filled in, in document order."""
        kinds = {"hidden", "submit", "button"}
        return tuple(dict.fromkeys(control.name for control in self.controls if control.kind not in kinds))

    def values(self, name: str) -> list[str]:
        """The values that can be chosen for a name."""
        return [control.value for control in self.controls if control.name == name]

    def controls_named(self, name: str) -> list[Control]:
        return [control for control in self.controls if control.name == name]

    @property
    def initial_fields(self) -> dict[str, list[str]]:
        """The fields that a browser sends if nothing is changed and a button without a name is pressed."""
        fields: dict[str, list[str]] = {}
        for control in self.controls:
            if control.kind in {"submit", "button"} or (
                control.kind in {"radio", "checkbox", "option"} and not control.checked
            ):
                continue
            fields.setdefault(control.name, []).append(control.value)
        return fields


@dataclass(frozen=True)
class Page:
    """A parsed response page."""

    root: Node
    html: str = field(repr=False)
    path: str = ""
    """Its address, to which a form without ``action`` is sent."""

    @property
    def title(self) -> str:
        return next(node.text for node in self.root.find("title"))

    @property
    def heading(self) -> str:
        return next((node.text for node in self.root.find("h1")), "")

    @property
    def main(self) -> Node:
        return next(iter(self.root.find("main")))

    @property
    def text(self) -> str:
        return self.main.text

    @property
    def links(self) -> list[str]:
        return [link.attributes["href"] for link in self.root.find("a") if "href" in link.attributes]

    @property
    def forms(self) -> list[Form]:
        return [_form(node, self.path) for node in self.main.find("form")]

    def form(self, action: str | None = None) -> Form:
        """The form with this address, or else the first form that is posted."""
        for form in self.forms:
            if form.method == "post" and (action is None or form.action.split("?")[0].endswith(action)):
                return form
        message = f"no form {action} in {self.title}: {self.text[:200]}"
        raise AssertionError(message)


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Node("#document")
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(node)
        if tag not in _VOID:
            self.open.append(node)

    def handle_endtag(self, tag: str) -> None:
        if any(node.tag == tag for node in self.open[1:]):
            while self.open.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def read_page(html: str) -> Page:
    return Page(read_nodes(html), html)


def read_nodes(html: str) -> Node:
    """The root element of the parsed document."""
    builder = _Builder()
    builder.feed(html)
    builder.close()
    return builder.root


def _form(node: Node, path: str) -> Form:
    attributes = node.attributes
    buttons = [element for element in _enabled_elements(node) if element.tag == "button"]
    return Form(
        action=attributes.get("action", path),
        method=attributes.get("method", "get").lower(),
        controls=tuple(_controls(node)),
        has_plain_button=any(not button.attributes.get("name") for button in buttons),
    )


def _enabled_elements(node: Node) -> Iterator[Node]:
    """All elements except disabled ones and those in a disabled fieldset."""
    for child in node.children:
        if isinstance(child, Node) and "disabled" not in child.attributes:
            yield child
            yield from _enabled_elements(child)


def _controls(node: Node) -> Iterator[Control]:
    for element in _enabled_elements(node):
        name, value = element.attributes.get("name", ""), element.attributes.get("value", "")
        if not name:
            continue
        if element.tag == "input":
            kind = element.attributes.get("type", "text")
            tickable = kind in {"radio", "checkbox"}
            yield Control(kind, name, value or ("on" if tickable else ""), "checked" in element.attributes)
        elif element.tag == "textarea":
            yield Control("text", name, "".join(part for part in element.children if isinstance(part, str)))
        elif element.tag == "button":
            yield Control("submit", name, value)
        elif element.tag == "select":
            options = element.find("option")
            chosen = [option for option in options if "selected" in option.attributes] or options[:1]
            for option in options:
                yield Control("option", name, option.attributes.get("value", option.text), option in chosen)
