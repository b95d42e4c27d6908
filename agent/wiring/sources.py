"""Build the source of announcements that the settings name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from agent.errors import ConfigError
from agent.files import exists
from agent.ports import Source
from agent.settings import Settings
from agent.sources import ARXIV_KINDS, SOURCES
from agent.sources.files.listing import ListingFile

if TYPE_CHECKING:
    from agent.sources.arxiv.http import ArxivHttp, LastRequest
    from agent.sources.arxiv.query_api import ArxivQuery
    from agent.sources.arxiv.rss import ArxivRss
    from agent.sources.arxiv.source import ArxivNightly


def build_source(settings: Settings, now: Callable[[], datetime], session: str | None = None) -> Source:
    """Return the source of announcements; ``session`` is what a shared database calls who reads (None: this process).

    Raises ConfigError for a source that does not exist.
    """
    kind, categories, cross_lists = settings.source.kind, settings.source.categories, settings.source.cross_lists
    if kind not in ARXIV_KINDS:
        path = Path(kind)
        if "." not in kind and not exists(path):
            raise ConfigError(f"unknown source {kind!r}; allowed: {', '.join(SOURCES)}")
        return ListingFile(path, categories, cross_lists)
    from agent.sources.arxiv.query_api import ArxivApi
    from agent.sources.arxiv.rss import ArxivRss
    from agent.sources.arxiv.source import ArxivNightly

    http = build_http(settings, session)
    rss = ArxivRss(http, settings.arxiv.rss_url, categories, cross_lists=cross_lists, now=now)
    source: ArxivNightly | ArxivRss = rss
    if kind != "rss":
        api = ArxivApi(build_lookup(settings, http), categories, cross_lists=cross_lists, now=now)
        source = ArxivNightly(http, rss, api, categories, now=now)
    return _shared(source, settings, session) if settings.state.url else source


def _shared(source: ArxivNightly | ArxivRss, settings: Settings, session: str | None) -> Source:
    """Return the source as the lists of a database share it that read the same categories of the same arXiv."""
    from agent.database.shared.database import SharedDatabase
    from agent.database.shared.listings import SharedListings
    from agent.sources.arxiv.shared_reading import SharedReading

    chosen, arxiv = settings.source, settings.arxiv
    listings = SharedListings(SharedDatabase(settings.state.url, session))
    return SharedReading(source, listings, chosen.categories, chosen.cross_lists, arxiv.api_url, arxiv.rss_url)


def build_http(settings: Settings, session: str | None = None) -> ArxivHttp:
    """Return a way to ask arXiv that keeps the pace which arXiv's terms set, together with all others of this process.

    Lists that share a database share the pace too, whatever machines they run on.
    """
    from agent.sources.arxiv.http import ArxivHttp

    arxiv = settings.arxiv
    http = ArxivHttp(delay=arxiv.pause_seconds, patience=arxiv.patience_seconds, last=_last_request())
    if settings.state.url:
        from agent.database.shared.arxiv_pace import SharedPace
        from agent.database.shared.database import SharedDatabase

        database = SharedDatabase(settings.state.url, session)
        http.pace = SharedPace(database, http.delay, longest=http.timeout + http.delay)
    return http


@cache
def _last_request() -> LastRequest:
    """Return when this process asked arXiv last."""
    from agent.sources.arxiv.http import LastRequest

    return LastRequest()


def build_lookup(settings: Settings, http: ArxivHttp) -> ArxivQuery:
    """Return what asks arXiv's query endpoint, at the pace of ``http``."""
    from agent.sources.arxiv.query_api import ArxivQuery

    return ArxivQuery(http, settings.arxiv.api_url)
