"""Content packs by digest: a sitting is shown with the content it was taken under."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Final

from engine.content.pack import Form, Pack
from engine.errors import ContentError
from engine.loading.library import Library, load_snapshot
from web.crypto.encrypted_body import UnreadableError

MOST_EARLIER_PACKS: Final = 8
"""The number of earlier packs in memory, a few megabytes each; others are read again."""


class ContentVersions:
    """The packs of a library, and earlier ones from stored snapshots. Thread-safe."""

    def __init__(self, library: Library, read_snapshot: Callable[[str], str | None]) -> None:
        """``read_snapshot`` returns the stored snapshot with a digest, or None."""
        self._library: Final = library
        self._current: Final = {pack.content_digest: pack for pack in library.packs.values()}
        self._earlier_pack: Final = lru_cache(MOST_EARLIER_PACKS)(partial(_load, read_snapshot))

    def pack_of(self, digest: str) -> Pack:
        """The pack with this digest, from the library or a snapshot.

        Raises:
            UnreadableError: the snapshot is missing or damaged.
        """
        return self._current.get(digest) or self._earlier_pack(digest)

    def form_of(self, digest: str, questionnaire: str) -> tuple[Pack, Form]:
        """The pack with this digest, and its form of a questionnaire.

        Raises:
            UnreadableError: one of them is missing.
        """
        pack = self.pack_of(digest)
        if (form := pack.forms.get(questionnaire)) is None:
            raise UnreadableError
        return pack, form

    def has_plan(self, digest: str, questionnaire: str) -> bool:
        """Whether a questionnaire has a plan. A snapshot is read only if the library lacks the questionnaire.

        Raises:
            UnreadableError: the snapshot lacks it too.
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
