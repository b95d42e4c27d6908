"""The daily announcement feed: what arXiv says it announced, on the day it says so.

Format: https://info.arxiv.org/help/rss_specifications.html. One feed serves all categories together; an item is
``new``, ``cross`` (newly cross-listed), ``replace`` or ``replace-cross``. Only the first two announce a paper; an item
of any other kind counts as damaged. An item's categories begin with its primary one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from agent.core.arxiv import coverage, schedule
from agent.core.arxiv.categories import is_read
from agent.core.arxiv.ids import base_id, version_of
from agent.core.arxiv.tex import decode_accents, decode_name
from agent.core.http import read_date
from agent.core.papers.publication import says_withdrawn
from agent.errors import SourceError
from agent.records import Listing, Paper, Window
from agent.sources.arxiv.http import ArxivHttp, BadAnswer
from agent.sources.arxiv.xml import NotXml, parse_feed, text_of

_LONGEST: Final = 2000
"""arXiv cuts a feed at this many items."""
_HEAD: Final = re.compile(
    r"\s*(?P<name>arXiv:\S+)?\s*(?:Announce Type:\s*(?P<kind>\S+))?\s*(?:Abstract:)?", re.IGNORECASE
)
_KIND: Final = re.compile(r"(?P<announces>new|cross(?:-list)?)|replace(?:ment)?(?:-cross)?")
_EVENING: Final = timedelta(hours=5)
"""From seven in the evening a stamp is of the next day: the mailing is at eight, and some servers forget the hour of
daylight saving."""
_SUFFIX: Final = re.compile(r"(?:Jr|Sr)\.?|I{2,3}|IV")


@dataclass(frozen=True)
class _Feed:
    """One reading of the feed; ``unread`` counts the items that are damaged."""

    day: date
    items: tuple[Any, ...]
    unread: int


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
        day = feed.day
        items = [item for item in feed.items if (kind := _kind(item)) and kind["announces"]]
        if not self._cross_lists:
            items = [item for item in items if is_read(_categories(item), self._categories, cross_lists=False)]
        fresh = since <= day <= until
        papers = tuple({paper.id: paper for paper in (_paper(item, day) for item in items)}.values()) if fresh else ()
        days = set(schedule.announcement_days(since, until)) | {paper.announced for paper in papers}

        def short(other: date, category: str) -> str | None:
            if other != day:
                return f"the feed is of {day}, not of this day"
            if feed.unread:
                return f"{feed.unread} of {len(feed.items) + feed.unread} items of the feed cannot be read"
            if len(feed.items) >= _LONGEST:
                return f"the feed is cut at {_LONGEST} items; configure fewer categories"
            if not any(is_read(paper.categories, (category,), cross_lists=True) for paper in papers):
                return f"the feed has nothing in {category}"
            return None

        rows = coverage.rows_for(sorted(days), self._categories, papers, self.name, short)
        said = f"RSS: the feed is stale: it is of {day}, so that papers held back or newly cross-listed are not known"
        stale = [said for newest in sorted(days)[-1:] if day < newest]
        return Listing(papers=papers, coverage=rows, notes=tuple(stale))


def _read_feed(body: bytes) -> _Feed:
    """Return what the feed holds. A damaged item costs itself only. Raises BadAnswer for what is no whole feed."""
    try:
        root, _, damaged = parse_feed(body, "item")
    except NotXml:
        raise BadAnswer(f"not a whole RSS feed: {body[:40]!r}") from None
    channel = root.find("channel")
    if root.tag == "html":  # a page that says when arXiv is back
        raise BadAnswer(f"not a whole RSS feed: {body[:40]!r}")
    if root.tag != "rss" or channel is None:
        raise SourceError(f"arXiv: not an RSS feed: {body[:40]!r}; check the endpoint")
    stamp = text_of(channel, "pubDate")
    moment = read_date(stamp)
    if moment is None:
        raise BadAnswer(f"an RSS feed without a date: {stamp[:40]!r}", lasting=True)
    items = tuple(channel.iterfind("item"))
    whole = tuple(item for item in items if _id(item) and _kind(item) and text_of(item, "title").strip())
    if items and not whole:
        link = text_of(items[0], "link")[:80]
        raise BadAnswer(f"RSS items without an arXiv link, kind or title: {link!r}", lasting=True)
    day = (moment.astimezone(schedule.EASTERN) + _EVENING).date()
    return _Feed(day, whole, damaged + len(items) - len(whole))


def _kind(item: Any) -> re.Match[str] | None:
    """Return what an item announces, however it is spelled, or None for what no feed of arXiv's does."""
    said = text_of(item, "{*}announce_type").strip() or _head(item)["kind"] or ""
    return _KIND.fullmatch(re.sub(r"[\s_]+", "-", said.lower()))


def _id(item: Any) -> str | None:
    return next((name for form in _names(item) if (name := base_id(form))), None)


def _names(item: Any) -> tuple[str, ...]:
    """Return what may name the paper of an item: its link, its guid (``oai:arXiv.org:2511.00001v1``), its text."""
    guid = text_of(item, "guid").strip()
    return text_of(item, "link"), re.sub(r"^oai:arxiv\.org:", "arXiv:", guid, flags=re.I), _head(item)["name"] or ""


def _head(item: Any) -> re.Match[str]:
    head = _HEAD.match(text_of(item, "description"))
    assert head is not None, "every part of the pattern may be missing"
    return head


def _paper(item: Any, day: date) -> Paper:
    """Read an item. Its description is plain text: ``arXiv:2511.00001v1 Announce Type: new``, ``Abstract: ...``."""
    head = _head(item)
    abstract = " ".join(head.string[head.end() :].split())
    return Paper(
        id=_id(item) or "",
        version=next((version for form in _names(item)[::-1] if (version := version_of(form))), 1),
        title=decode_accents(" ".join(text_of(item, "title").split())),
        abstract=abstract,
        authors=tuple(
            name for creator in item.iterfind("{*}creator") for name in split_authors("".join(creator.itertext()))
        ),
        categories=_categories(item),
        announced=day,
        withdrawn=says_withdrawn(None, abstract),
    )


def split_authors(creator: str) -> tuple[str, ...]:
    """Return the names in arXiv's ``dc:creator``: ``First Last (Aff A, Aff B), Next One``, without affiliations.

    Source: https://github.com/arXiv/arxiv-feed (``feed/fetch_data.py`` joins names and affiliations like this).
    A parenthesis that is never closed ends with its name.
    """
    names: list[str] = []
    for part in _split_outside_parentheses(" ".join(creator.split())):
        name = decode_name(part)
        if _SUFFIX.fullmatch(name) and names:
            names[-1] += f" {name}"
        elif name:
            names.append(name)
    return tuple(names)


def _split_outside_parentheses(text: str) -> Iterator[str]:
    """Yield what stands between the commas outside of parentheses, without the parentheses."""
    depth, kept = 0, ""
    closed = text.count("(") == text.count(")")
    for char in text:
        if char == "(":
            depth += 1
        elif char == ")":
            depth = max(0, depth - 1)
        elif char == "," and (depth == 0 or not closed):
            yield " ".join(kept.split())
            depth, kept = 0, ""
        elif depth == 0:
            kept += char
    yield " ".join(kept.split())


def _categories(item: Any) -> tuple[str, ...]:
    return tuple(name for tag in item.iterfind("category") if (name := "".join(tag.itertext()).strip()))
