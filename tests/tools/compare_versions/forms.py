"""Pages of a walk: as the tests read them, also where an answer is no whole page."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.clients.page import Form, Node, Page, read_nodes

Fields = dict[str, list[str]]


@dataclass(frozen=True)
class VisitedPage(Page):
    """A page, or whatever else came back."""

    @property
    def main(self) -> Node:
        """The main part, or all of it if there is none."""
        return next(iter(self.root.find("main")), self.root)

    @property
    def main_links(self) -> list[str]:
        """Where the main part leads to, each address once and without its anchor."""
        links = (link.attributes.get("href", "") for link in self.main.find("a"))
        return list(dict.fromkeys(link.partition("#")[0] for link in links if link.startswith("/")))

    def posted_form(self, ending: str = "", **hidden: str) -> Form:
        """The first form that is posted to an address with this ending and has these values in its fields.

        Raises:
            LookupError: there is none.
        """
        for form in self.forms:
            fields = form.initial_fields
            fits = all(value in fields.get(name, []) for name, value in hidden.items())
            if form.method == "post" and form.action.partition("?")[0].endswith(ending) and fits:
                return form
        message = f"no form to …{ending} with {hidden} on {self.path}"
        raise LookupError(message)

    def words(self) -> list[str]:
        """The last word of each entry, in the first ordered list with twelve of them."""
        for ordered_list in self.main.find("ol"):
            entries = [entry.text for entry in ordered_list.find("li")]
            if len(entries) == 12:
                return [re.findall("[a-z]+", entry)[-1] for entry in entries]
        message = f"no twelve words on {self.path}"
        raise LookupError(message)


def visited_page(path: str, html: str) -> VisitedPage:
    """The page with this HTML at an address."""
    return VisitedPage(read_nodes(html), html, path)
