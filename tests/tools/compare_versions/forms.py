"""HTML pages as somebody without scripts has them: links, and forms to fill in and send."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

Fields = dict[str, list[str]]
_VOID: Final = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"})
_CHOSEN: Final = frozenset({"radio", "checkbox", "option"})


@dataclass
class Element:
    """One element with what is in it."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element | str] = field(default_factory=list)

    def walk(self) -> Iterator[Element]:
        """This element and all in it, in the order of the page, but nothing that is disabled."""
        if "disabled" in self.attributes:
            return
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.walk()

    @property
    def text(self) -> str:
        return "".join(child if isinstance(child, str) else child.text for child in self.children)


@dataclass(frozen=True)
class Control:
    """One thing in a form that has a name."""

    kind: str
    name: str
    value: str
    checked: bool = False


@dataclass(frozen=True)
class Form:
    """A form as it was shown."""

    action: str
    method: str
    controls: tuple[Control, ...]
    has_plain_button: bool
    """Whether it can be sent by a button that says nothing."""

    @property
    def names(self) -> frozenset[str]:
        """What can be filled in."""
        kinds = {"hidden", "submit"}
        return frozenset(control.name for control in self.controls if control.kind not in kinds)

    @property
    def buttons(self) -> list[tuple[str, str]]:
        """The buttons that say something: name and value."""
        return [(control.name, control.value) for control in self.controls if control.kind == "submit"]

    @property
    def shown(self) -> Fields:
        """What a browser sends if nothing is touched, without the button."""
        fields: Fields = {}
        for control in self.controls:
            if control.kind != "submit" and (control.checked or control.kind not in _CHOSEN):
                fields.setdefault(control.name, []).append(control.value)
        return fields

    @property
    def key(self) -> tuple[str, Fields]:
        """What tells it from other forms of the same page."""
        return self.action, self.shown


@dataclass(frozen=True)
class Page:
    """A page that came back."""

    address: str
    root: Element

    @property
    def main(self) -> Element:
        return next((element for element in self.root.walk() if element.tag == "main"), self.root)

    @property
    def links(self) -> list[str]:
        """Where the main part leads to, each address once and without its anchor."""
        links = (element.attributes.get("href", "") for element in self.main.walk() if element.tag == "a")
        return list(dict.fromkeys(link.partition("#")[0] for link in links if link.startswith("/")))

    @property
    def forms(self) -> list[Form]:
        return [self._form(element) for element in self.main.walk() if element.tag == "form"]

    def form(self, ending: str = "", **hidden: str) -> Form:
        """The first form that is posted to an address with this ending and has these values in its fields.

        Raises:
            LookupError: there is none.
        """
        for form in self.forms:
            fields = form.shown
            fits = all(value in fields.get(name, []) for name, value in hidden.items())
            if form.method == "post" and form.action.partition("?")[0].endswith(ending) and fits:
                return form
        message = f"no form to …{ending} with {hidden} on {self.address}"
        raise LookupError(message)

    def words(self) -> list[str]:
        """The last word of each entry, in the first ordered list with twelve of them."""
        for element in self.main.walk():
            entries = [entry.text for entry in element.walk() if entry.tag == "li"] if element.tag == "ol" else []
            if len(entries) == 12:
                return [re.findall("[a-z]+", entry)[-1] for entry in entries]
        message = f"no twelve words on {self.address}"
        raise LookupError(message)

    def _form(self, element: Element) -> Form:
        attributes = element.attributes
        plain = any(one.tag == "button" and not one.attributes.get("name") for one in element.walk() if _sends(one))
        action = attributes.get("action", self.address)
        return Form(action, attributes.get("method", "get").lower(), tuple(_controls(element)), plain)


def read_page(address: str, text: str) -> Page:
    """The page in this HTML."""
    builder = _Builder()
    builder.feed(text)
    builder.close()
    return Page(address, builder.root)


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("#document")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if any(element.tag == tag for element in self._open[1:]):
            while self._open.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


def _sends(element: Element) -> bool:
    return element.tag == "button" and element.attributes.get("type", "submit") == "submit"


def _controls(form: Element) -> Iterator[Control]:
    for element in form.walk():
        name, value = element.attributes.get("name", ""), element.attributes.get("value", "")
        if not name:
            continue
        if element.tag == "input":
            kind = element.attributes.get("type", "text")
            checkable = kind in _CHOSEN
            yield Control(kind, name, value or ("on" if checkable else ""), "checked" in element.attributes)
        elif element.tag == "textarea":
            yield Control("text", name, html.unescape(element.text))
        elif _sends(element):
            yield Control("submit", name, value)
        elif element.tag == "select":
            yield from _options(name, element)


def _options(name: str, select: Element) -> Iterator[Control]:
    options = [element for element in select.walk() if element.tag == "option"]
    chosen = [option for option in options if "selected" in option.attributes] or options[:1]
    for option in options:
        yield Control("option", name, option.attributes.get("value", option.text), option in chosen)
