"""Content packs by their digests: a sitting is shown under the content that it was taken under."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Final

from engine.content.pack import Form, Pack
from engine.errors import ContentError
from engine.loading.library import Library, load_snapshot
from web.crypto.encrypted_body import UnreadableError

MOST_EARLIER_PACKS: Final = 8
"""Earlier packs that stay in memory, each some megabytes; others are read again."""


class ContentVersions:
    """The packs of a library, and earlier ones from their snapshots. It may be used by several threads at once."""

    def __init__(self, library: Library, read_snapshot: Callable[[str], str | None]) -> None:
        """``read_snapshot`` gives the stored snapshot with a digest, or None if there is none."""
        self._library: Final = library
        self._current: Final = {pack.content_digest: pack for pack in library.packs.values()}
        self._earlier_pack: Final = lru_cache(MOST_EARLIER_PACKS)(partial(_load, read_snapshot))

    def pack_of(self, digest: str) -> Pack:
        """The pack with this digest, from the library or from its snapshot.

        Raises:
            UnreadableError: there is no such snapshot, or it is damaged.
        """
        return self._current.get(digest) or self._earlier_pack(digest)

    def form_of(self, digest: str, questionnaire: str) -> tuple[Pack, Form]:
        """The pack with this digest, and its form of a questionnaire.

        Raises:
            UnreadableError: there is none.
        """
        pack = self.pack_of(digest)
        if (form := pack.forms.get(questionnaire)) is None:
            raise UnreadableError
        return pack, form

    def has_plan(self, digest: str, questionnaire: str) -> bool:
        """Whether a questionnaire leads to a plan. A snapshot is only read if the library has no such questionnaire.

        Raises:
            UnreadableError: there is no such questionnaire in the snapshot either.
        """
        library_form = self._library.forms.get(questionnaire)
        form = library_form[1] if library_form is not None else self.form_of(digest, questionnaire)[1]
        return form.has_plan


def _load(read_snapshot: Callable[[str], str | None], digest: str) -> Pack:
    text = read_snapshot(digest)
    try:
        pack = load_snapshot(text, checked=True) if text is not None else None  # its digest is compared below
    except ContentError:
        pack = None
    if pack is None or pack.content_digest != digest:
        raise UnreadableError
    return pack
