"""The daily announcement feed: what arXiv says it announced, on the day it says so.

Format: https://info.arxiv.org/help/rss_specifications.html. One feed serves all categories together; an item is
``new``, ``cross`` (newly cross-listed), ``replace`` or ``replace-cross``. Only the first two announce a paper. An
item's categories begin with its primary one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from io import BytesIO
from typing import Any, Final

import feedparser

from agent.core.arxiv import coverage, schedule
from agent.core.arxiv import ids as arxiv_ids
from agent.records import Listing, Paper, Window
from agent.sources.arxiv.http import ArxivHttp, BadAnswer

_LONGEST: Final = 2000
"""arXiv cuts a feed at this many items."""


class ArxivRss:
    """Tonight's announcements. Any other day of the window is incomplete, since the feed has one day only."""

    name = "rss"

    def __init__(
        self,
        http: ArxivHttp,
        url: str,
        categories: Sequence[str],
        *,
        cross_lists: bool = True,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._http = http
        self._url = f"{url.rstrip('/')}/{'+'.join(categories)}"
        self._categories = categories
        self._cross_lists = cross_lists
        self._now = now

    def listing(self, window: Window) -> Listing:
        """Return the feed's papers if its day lies in the window; ``agent.core.arxiv.coverage`` says what is complete.

        An open end of the window is the latest announcement. Raises SourceError when no valid feed could be read.
        """
        until = window.until or schedule.latest_day(self._now())
        since = window.since or until
        feed = self._http.get(self._url, _read_feed)
        day = parsedate_to_datetime(feed.feed.published).date()
        items = [item for item in feed.entries if item.get("arxiv_announce_type") in ("new", "cross")]
        if not self._cross_lists:
            items = [item for item in items if _categories(item)[:1] and _categories(item)[0] in self._categories]
        fresh = since <= day <= until
        papers = tuple({paper.id: paper for paper in (_paper(item, day) for item in items)}.values()) if fresh else ()
        days = set(schedule.announcement_days(since, until)) | {paper.announced for paper in papers}

        def short(other: date, category: str) -> str | None:
            if other != day:
                return f"the feed is of {day}, not of this day"
            if len(feed.entries) >= _LONGEST:
                return f"the feed is cut at {_LONGEST} items; configure fewer categories"
            if not any(category in paper.categories for paper in papers):
                return f"the feed has nothing in {category}"
            return None

        rows = coverage.rows_for(sorted(days), self._categories, papers, self.name, short)
        stale = [f"RSS: the feed is stale: it is of {day}" for newest in sorted(days)[-1:] if day < newest]
        return Listing(papers=papers, coverage=rows, notes=tuple(stale))


def _read_feed(body: bytes) -> Any:
    feed = feedparser.parse(BytesIO(body))  # plain bytes that look like a path would be opened as a file
    harmless = isinstance(feed.get("bozo_exception"), feedparser.CharacterEncodingOverride)
    if not feed.get("version", "").startswith("rss") or (feed.bozo and not harmless):
        raise BadAnswer(f"not a whole RSS feed: {body[:40]!r}")
    try:
        parsedate_to_datetime(feed.feed.get("published") or "")
    except ValueError:
        raise BadAnswer(f"an RSS feed without a date: {feed.feed.get('published')!r}") from None
    for item in feed.entries:
        if arxiv_ids.base_id(item.get("link") or "") is None or not item.get("title"):
            raise BadAnswer(f"an RSS item without an arXiv link or title: {item.get('link')!r}")
    return feed


def _paper(item: Any, day: date) -> Paper:
    """Read an item. Its description is ``arXiv:2511.00001v1 Announce Type: new``, a line end, ``Abstract: ...``."""
    head, _, abstract = item.get("summary", "").partition("Abstract:")
    return Paper(
        id=arxiv_ids.base_id(item.link) or "",
        version=arxiv_ids.version(head.split(" ")[0]) or 1,
        title=" ".join(item.title.split()),
        abstract=" ".join(abstract.split()),
        authors=tuple(name.strip() for name in item.get("author", "").split(",") if name.strip()),
        categories=_categories(item),
        announced=day,
    )


def _categories(item: Any) -> tuple[str, ...]:
    return tuple(tag.term for tag in item.get("tags", ()))
