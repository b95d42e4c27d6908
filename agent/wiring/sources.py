"""Build the source of announcements that the settings name."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from agent.errors import ConfigError
from agent.ports import Source
from agent.records import Listing, Window
from agent.settings import Settings
from agent.sources import SOURCES
from agent.sources.files.listing import ListingFile

if TYPE_CHECKING:
    from agent.sources.arxiv.http import ArxivHttp, LastTurn
    from agent.sources.arxiv.query_api import ArxivQuery


def build_source(settings: Settings, now: Callable[[], datetime], session: str | None = None) -> Source:
    """Return the source of announcements; ``session`` is what a shared database calls who reads (None: this process).

    Raises ConfigError for a source that does not exist.
    """
    kind, categories, cross_lists = settings.source.kind, settings.source.categories, settings.source.cross_lists
    if kind not in SOURCES:
        path = Path(kind)
        if "." not in kind and not path.exists():
            raise ConfigError(f"unknown source {kind!r}; allowed: {', '.join(SOURCES)}")
        return ListingFile(path, categories, cross_lists)
    from agent.sources.arxiv.query_api import ArxivApi
    from agent.sources.arxiv.rss import ArxivRss
    from agent.sources.arxiv.source import ArxivNightly

    http = build_http(settings, session)
    rss = ArxivRss(http, settings.arxiv.rss_url, categories, cross_lists=cross_lists, now=now)
    source: Source = rss
    if kind != "rss":
        api = ArxivApi(build_lookup(settings, http), categories, cross_lists=cross_lists, now=now)
        source = ArxivNightly(http, rss, api, categories, now=now)
    return SharedReading(source, settings, session) if settings.state.url else source


def build_http(settings: Settings, session: str | None = None) -> ArxivHttp:
    """Return a way to ask arXiv that keeps the pace which arXiv's terms set, together with all others of this process.

    Lists that share a database share the pace too, whatever machines they run on.
    """
    from agent.sources.arxiv.http import ArxivHttp

    arxiv = settings.arxiv
    http = ArxivHttp(delay=arxiv.pause_seconds, patience=arxiv.patience_seconds, last=_last_turn())
    if settings.state.url:
        from agent.database.shared.database import ArxivTurns, SharedDatabase

        database = SharedDatabase(settings.state.url, session)
        http.turns = ArxivTurns(database, http.delay, longest=http.timeout + http.delay)
    return http


@cache
def _last_turn() -> LastTurn:
    """Return when this process asked arXiv last."""
    from agent.sources.arxiv.http import LastTurn

    return LastTurn()


class SharedReading:
    """A reading of arXiv that serves all lists of a database which ask for the same categories and days."""

    def __init__(self, source: Source, settings: Settings, session: str | None) -> None:
        self._source, self._settings, self._session = source, settings, session
        self.name = source.name

    def listing(self, window: Window) -> Listing:
        """Return what another list read, or read it: one list at a time. Only what is complete is kept for others."""
        from agent.database.shared.database import SharedDatabase, SharedListings

        chosen = self._settings.source
        asked = [self.name, sorted(chosen.categories), chosen.cross_lists, str(window.since), str(window.until)]
        key = json.dumps([*asked, self._settings.arxiv.api_url, self._settings.arxiv.rss_url])
        listings = SharedListings(SharedDatabase(self._settings.state.url, self._session))
        with listings.one_reader(key) as found:
            if found is not None:
                listing = Listing.model_validate_json(found)
                return listing.model_copy(update={"notes": (*listing.notes[:-1], "arXiv: read once for several lists")})
            listing = self._source.listing(window)
            if listing.coverage and all(row.complete for row in listing.coverage):
                listings.keep(key, listing.model_dump_json())
            return listing


def build_lookup(settings: Settings, http: ArxivHttp) -> ArxivQuery:
    """Return what asks arXiv's query endpoint, as politely as ``http`` lets it."""
    from agent.sources.arxiv.query_api import ArxivQuery

    return ArxivQuery(http, settings.arxiv.api_url)
