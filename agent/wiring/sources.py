"""Build the source of announcements that the settings name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from agent.errors import ConfigError
from agent.ports import Source
from agent.settings import Settings
from agent.sources import SOURCES
from agent.sources.files.listing import ListingFile

if TYPE_CHECKING:
    from agent.sources.arxiv.http import ArxivHttp
    from agent.sources.arxiv.query_api import ArxivQuery


def build_source(settings: Settings, now: Callable[[], datetime]) -> Source:
    kind, categories, cross_lists = settings.source.kind, settings.source.categories, settings.source.cross_lists
    if kind not in SOURCES:
        path = Path(kind)
        if "." not in kind and not path.exists():
            raise ConfigError(f"unknown source {kind!r}; allowed: {', '.join(SOURCES)}")
        return ListingFile(path, categories, cross_lists)
    from agent.sources.arxiv.query_api import ArxivApi
    from agent.sources.arxiv.rss import ArxivRss
    from agent.sources.arxiv.source import ArxivNightly

    http = build_http(settings)
    rss = ArxivRss(http, settings.arxiv.rss_url, categories, cross_lists=cross_lists, now=now)
    if kind == "rss":
        return rss
    api = ArxivApi(build_lookup(settings, http), categories, cross_lists=cross_lists, now=now)
    return ArxivNightly(http, rss, api, categories, now=now)


def build_http(settings: Settings) -> ArxivHttp:
    """Return the one way to ask arXiv, to be shared by all who ask: it keeps the pace that arXiv's terms set."""
    from agent.sources.arxiv.http import ArxivHttp

    return ArxivHttp(delay=settings.arxiv.pause_seconds, patience=settings.arxiv.patience_seconds)


def build_lookup(settings: Settings, http: ArxivHttp) -> ArxivQuery:
    """Return what asks arXiv's query endpoint, as politely as ``http`` lets it."""
    from agent.sources.arxiv.query_api import ArxivQuery

    return ArxivQuery(http, settings.arxiv.api_url)
