"""Pages of a walk, parsed as in the tests, including responses that are not complete pages."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.clients.page import Form, Node, Page, read_nodes

Fields = dict[str, list[str]]


@dataclass(frozen=True)
class VisitedPage(Page):
    """A parsed response, which may not be a complete page."""

    @property
    def main(self) -> Node:
        """The ``main`` element, or the whole document without one."""
        return next(iter(self.root.find("main")), self.root)

    @property
    def main_links(self) -> list[str]:
        """The distinct link targets in the main part, without fragments."""
        links = (link.attributes.get("href", "") for link in self.main.find("a"))
        return list(dict.fromkeys(link.partition("#")[0] for link in links if link.startswith("/")))

    def posted_form(self, ending: str = "", **hidden: str) -> Form:
        """The first form that is posted to an address with this ending and has these field values.

        Raises:
            LookupError: there is no such form.
        """
        for form in self.forms:
            fields = form.initial_fields
            fits = all(value in fields.get(name, []) for name, value in hidden.items())
            if form.method == "post" and form.action.partition("?")[0].endswith(ending) and fits:
                return form
        message = f"no form to …{ending} with {hidden} on {self.path}"
        raise LookupError(message)

    def words(self) -> list[str]:
        """The last word of each entry in the first ordered list with twelve entries."""
        for ordered_list in self.main.find("ol"):
            entries = [entry.text for entry in ordered_list.find("li")]
            if len(entries) == 12:
                return [re.findall("[a-z]+", entry)[-1] for entry in entries]
        message = f"no twelve words on {self.path}"
        raise LookupError(message)


def visited_page(path: str, html: str) -> VisitedPage:
    """The page with this HTML at an address."""
    return VisitedPage(read_nodes(html), html, path)
