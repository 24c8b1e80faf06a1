"""The pages of a form: each section on one page, or on several of about equal length."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

from engine.content.items.base import Item
from engine.content.items.rating import Rating
from engine.content.pack import Form, Pack
from engine.content.questionnaire import ItemReference, Section

MOST_ITEMS: Final = 5
"""The maximum of items on a page."""
MOST_OTHERS: Final = 4
"""The maximum of items that are not ratings; ratings need the least space."""
FEWEST_ITEMS: Final = 3
MOST_ROWS: Final = 28
"""The maximum of choices on a page, unless a page would get too few items: five screens of a phone."""
KEEP_PAGE: Final = "keep"
OFFER_PAGE: Final = "offer"
BEFORE_PREFIX: Final = "before-"
NOTICE_PREFIX: Final = "next-"
"""The prefix of the names of notice pages: a URL in a phone's history must not reveal an answer."""
_RESERVED_NAMES: Final = frozenset({KEEP_PAGE, OFFER_PAGE, "check", "finish", "later"})
"""Other names in URLs besides pages."""


@dataclass(frozen=True, eq=False)
class PageSpec:
    """A page with questions. Its visible items depend on the answers. Each form has one value for each page."""

    name: str
    """Its name in URLs: the section's id, and ``section-2`` and so on for further pages."""
    section: Section
    items: tuple[str, ...]
    part: int
    """The number of its part, from 1: a section with the following sections that continue it."""

    def is_saved_at_once(self, pack: Pack) -> bool:
        """Whether answers are saved when they are chosen; a page with a sensitive item waits for its button."""
        return pack.sensitive.isdisjoint(self.items)


@lru_cache(maxsize=64)
def pages_of(form: Form) -> tuple[PageSpec, ...]:
    """All question pages, in the order of the form."""
    pages: list[PageSpec] = []
    used: set[str] = set()
    part = 0
    for section in form.questionnaire.sections:
        part += not (section.continues and part)
        for number, items in enumerate(_split_section(section), 1):
            name = _unused_name(section.id if number == 1 else f"{section.id}-{number}", used)
            pages.append(PageSpec(name, section, items, part))
    return tuple(pages)


@lru_cache(maxsize=64)
def pages_by_name(form: Form) -> Mapping[str, PageSpec]:
    """All question pages by name, visible or not."""
    return {page.name: page for page in pages_of(form)}


def page_of_item(form: Form, item: str) -> PageSpec:
    """The page of an item."""
    return _pages_by_item(form)[item]


@lru_cache(maxsize=64)
def _pages_by_item(form: Form) -> Mapping[str, PageSpec]:
    return {item: page for page in pages_of(form) for item in page.items}


def _split_section(section: Section) -> list[tuple[str, ...]]:
    items = [item for item in section.items if not isinstance(item, ItemReference)]
    item_ids = tuple(item.id for item in items)
    by_rows = min(-(-sum(map(_rows, items)) // MOST_ROWS), len(item_ids) // FEWEST_ITEMS)
    others = frozenset(item.id for item in items if not isinstance(item, Rating))
    count = max(1, by_rows)
    while not all(_fits(page, others) for page in _even_parts(item_ids, count)):
        count += 1
    return _even_parts(item_ids, count)


def _fits(page: tuple[str, ...], others: frozenset[str]) -> bool:
    return len(page) <= MOST_ITEMS and len(others.intersection(page)) <= MOST_OTHERS


def _even_parts(item_ids: tuple[str, ...], count: int) -> list[tuple[str, ...]]:
    """A sequence divided into parts of nearly equal length, the first ones longer."""
    length, longer_parts = divmod(len(item_ids), count)
    starts = [index * length + min(index, longer_parts) for index in range(count + 1)]
    return [item_ids[start:end] for start, end in pairwise(starts)]


def _rows(item: Item) -> int:
    labelled = [choice for choice in item.choices if choice.text]
    return (len(labelled) or 1) + item.rather_not_say


def _unused_name(name: str, used: set[str]) -> str:
    while name in used or name in _RESERVED_NAMES or name.startswith((BEFORE_PREFIX, NOTICE_PREFIX)):
        name += "-p"
    used.add(name)
    return name
