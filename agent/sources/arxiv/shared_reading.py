"""A reading of arXiv that several lists share, so that arXiv is asked once for what they all want to know."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from agent.records import Listing, Window

READ_ONCE = "arXiv: read once for several lists"


class Reader(Protocol):
    """A source that asks arXiv. The last note of its listing counts the requests, if a complete one has any note."""

    @property
    def name(self) -> str: ...

    def listing(self, window: Window) -> Listing: ...


class KeptListings(Protocol):
    """Where the lists keep what was read, as JSON text by what was asked for."""

    def one_reader(self, key: str) -> AbstractContextManager[str | None]:
        """Let one list at a time read what ``key`` names; yield what another has read of it, or None."""

    def keep(self, key: str, listing: str) -> None:
        """Keep a reading."""


class SharedReading:
    """Implements Source. Lists share what was read with the same categories and the same ``choices``, which are all
    else that decides what ``source`` reads in a window.
    """

    def __init__(self, source: Reader, listings: KeptListings, categories: Sequence[str], *choices: object) -> None:
        self._source, self._listings = source, listings
        self._asked = [sorted(categories), *choices]
        self.name = source.name

    def listing(self, window: Window) -> Listing:
        """Return what another list read, or read it: one list at a time. Only what is complete is kept for others.

        Raises what ``source`` raises.
        """
        key = json.dumps([self.name, str(window.since), str(window.until), *self._asked])
        with self._listings.one_reader(key) as found:
            if found is not None:
                listing = Listing.model_validate_json(found)
                return listing.model_copy(update={"notes": (*listing.notes[:-1], READ_ONCE)})
            listing = self._source.listing(window)
            if listing.coverage and all(row.complete for row in listing.coverage):
                self._listings.keep(key, listing.model_dump_json())
            return listing
