"""Decide from the readings of arXiv which announced days are complete, and which have to be read again.

What *complete* means for one announced day:

- **by RSS alone**: the feed carries this day's own date, is whole, and has papers of every configured category. It
  is arXiv's own announcement, so late and newly cross-listed papers are in it; it cannot prove that no item is missing.
- **by the API alone**: every paper *submitted* in the day's window of the schedule was read, and their number is the
  total that arXiv states. A paper held back by moderation counts on the day it should have come, and one newly
  cross-listed from an earlier month is not seen.
- **by both**: either is complete, and the list is their union. When only RSS is complete, but the API has a paper
  of that day that the feed lacks, the feed is short and the day is incomplete.

A working day on which nothing at all is found is never complete: an outage looks the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from statistics import median
from typing import Final

from agent.core.arxiv.schedule import announcement_days
from agent.records import Coverage, Listing, Paper, Window

UNREAD: Final = "none"
"""The source of a row that says only that a day was to be read."""

_QUIET: Final = 0.5
_ENOUGH_WEEKS: Final = 3


def window_for(
    latest: date, stored: Sequence[Coverage], overlap_days: int, since: date | None = None, until: date | None = None
) -> Window:
    """Return the announced days to read now; both ends are always set.

    ``since``/``until`` are what the user asked for, and win (``until`` alone is that one day, ``since`` alone reaches
    to ``latest``). Otherwise: ``latest``, back over ``overlap_days`` and over every day since the first of ``stored``
    that has no complete row. ``stored`` holds the rows of the last weeks; an earlier gap is for a backfill.
    """
    if since is not None or until is not None:
        end = until or max(latest, since or latest)
        return Window(since=since or end, until=end)
    rows = best(stored)
    if not rows:
        return Window(since=latest, until=latest)
    first = min(row.day for row in rows)
    short = {row.day for row in rows if not row.complete}
    read = {row.day for row in rows}
    gaps = [day for day in announcement_days(first, latest) if day in short or day not in read]
    overlap = max(first, latest - timedelta(days=overlap_days))
    return Window(since=min([overlap, latest, *gaps]), until=latest)


def first_reading(window: Window, stored: Sequence[Coverage], papers: int, last: date | None = None) -> tuple[str, ...]:
    """Return a note on the first run of a list or after a long pause, which reads one day alone, and how to read more;
    else nothing.

    ``stored`` is what earlier runs kept of the last weeks: nothing, or that they did not end. ``last`` is the last day
    that was read before (None: none ever was).
    """
    if window.since is None or window.since != window.until or any(row.source != UNREAD for row in stored):
        return ()
    if last is not None and last < window.since:
        return (
            f"no day between {last} and {window.since} was read, and this run read the latter alone ({papers} papers); "
            f"`triage backfill --since {last} --until {window.since}` reads the others",
        )
    week = window.since - timedelta(days=7)
    read = f"the first run of this list read {window.since} alone ({papers} papers)"
    return (f"{read}; `triage run --since {week}` reads the week before it too",)


def best(rows: Iterable[Coverage]) -> tuple[Coverage, ...]:
    """Return the best row of each day and category, oldest first: a complete one if there is one, then one that was
    read at all, then the longest.
    """
    found: dict[tuple[date, str], Coverage] = {}
    for row in rows:
        key = (row.day, row.category)
        if key not in found or _worth(row) > _worth(found[key]):
            found[key] = row
    return tuple(found[key] for key in sorted(found))


def _worth(row: Coverage) -> tuple[bool, bool, int]:
    return (row.complete, row.source != UNREAD, row.listed)


def unread(window: Window, categories: Sequence[str], stored: Sequence[Coverage], reason: str) -> tuple[Coverage, ...]:
    """Return an incomplete row for each announced day of the window and category of which nothing is stored yet."""
    assert window.since is not None and window.until is not None
    days = announcement_days(window.since, window.until)
    known = {(row.day, row.category) for row in stored}
    rows = rows_for(days, categories, (), UNREAD, lambda _day, _category: reason)
    return tuple(row for row in rows if (row.day, row.category) not in known)


def settle(stored: Iterable[Coverage], fresh: Iterable[Coverage]) -> tuple[Coverage, ...]:
    """Return the fresh rows, but the stored one where a failed second reading would undo a complete day."""
    done = {(row.day, row.category): row for row in best(stored) if row.complete}
    return tuple(row if row.complete else done.get((row.day, row.category), row) for row in fresh)


def quiet_days(fresh: Sequence[Coverage], stored: Sequence[Coverage]) -> tuple[str, ...]:
    """Return a warning for each fresh day and category with under half the median of the same weekday.

    Needs three earlier complete days of that weekday; says nothing otherwise.
    """
    usual = [row for row in best(stored) if row.complete]
    warnings = []
    for row in fresh:
        counts = [
            old.listed
            for old in usual
            if old.category == row.category and old.day < row.day and old.day.weekday() == row.day.weekday()
        ]
        if len(counts) >= _ENOUGH_WEEKS and row.listed < _QUIET * median(counts):
            warnings.append(
                f"{row.day} {row.category}: {row.listed} papers, on a {row.day:%A} usually {median(counts):g}: "
                "look whether arXiv was down"
            )
    return tuple(warnings)


def rows_for(
    days: Iterable[date],
    categories: Sequence[str],
    papers: Iterable[Paper],
    source: str,
    reason: Callable[[date, str], str | None],
) -> tuple[Coverage, ...]:
    """Return a row per day and category, counting ``papers``; ``reason`` says why one is incomplete, or None."""
    listed = _count(papers)
    return tuple(
        Coverage(
            day=day,
            category=category,
            source=source,
            listed=listed[day, category],
            complete=(why := reason(day, category)) is None,
            reason=why,
        )
        for day in days
        for category in categories
    )


def _count(papers: Iterable[Paper]) -> Counter[tuple[date, str]]:
    """Return how many papers are announced on each day in each category."""
    return Counter((paper.announced, category) for paper in papers for category in set(paper.categories))


def combine(rss: Listing, api: Listing) -> Listing:
    """Return the union of both readings, judged together; papers by id.

    The feed knows the announced day, the API knows everything else of a paper that both have.
    """
    announced = {paper.id: paper.announced for paper in rss.papers}
    found = {paper.id: paper for paper in rss.papers}
    for paper in api.papers:
        found[paper.id] = paper.model_copy(update={"announced": announced.get(paper.id, paper.announced)})
    papers = tuple(found[paper_id] for paper_id in sorted(found))
    short_feed = {paper.announced for paper in api.papers if paper.id not in announced}
    by_api = {(row.day, row.category): row for row in api.coverage}
    by_rss = {(row.day, row.category): row for row in rss.coverage}
    listed = _count(papers)
    rows = []
    for key in sorted(by_api.keys() | by_rss.keys()):
        row = _judge(by_rss.get(key), by_api.get(key), feed_is_short=key[0] in short_feed)
        rows.append(row.model_copy(update={"listed": listed[key]}))
    days_of_rss = set(announced.values())
    only_rss = len(announced.keys() - {paper.id for paper in api.papers})
    only_api = sum(paper.announced in days_of_rss and paper.id not in announced for paper in api.papers)
    differ = f"papers in one reading only: {only_rss} in RSS, {only_api} in the API"
    notes = (*rss.notes, *api.notes, *([differ] if announced and api.papers and only_rss + only_api else []))
    return Listing(papers=papers, coverage=tuple(rows), notes=notes)


def _judge(rss: Coverage | None, api: Coverage | None, *, feed_is_short: bool) -> Coverage:
    if rss is not None and rss.complete and feed_is_short and not (api is not None and api.complete):
        rss = rss.model_copy(update={"complete": False, "reason": "the feed lacks papers of that day that the API has"})
    read = [row for row in (rss, api) if row is not None]
    complete = [row for row in read if row.complete]
    said = complete or read
    return said[0].model_copy(
        update={
            "source": "+".join(row.source for row in said),
            "complete": bool(complete),
            "reason": None if complete else "; ".join(f"{row.source}: {row.reason}" for row in read),
        }
    )
