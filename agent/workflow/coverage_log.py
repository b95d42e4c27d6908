"""The coverage of earlier nights, and the rows that a night leaves when it never ends.

A night that was killed or could not read anything has finished no run. Without a note of it the next night would not
know that there is something to make up for; least of all after the very first night.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Final

from agent.core.arxiv import coverage
from agent.database.store import Store
from agent.errors import SourceError
from agent.ports import Services
from agent.records import SAVED_LISTING, Coverage

WEEKS: Final = 5
"""Weeks of coverage that are looked at for gaps and for the usual number of papers of a weekday."""


def load_coverage(store: Store, categories: Sequence[str], today: date) -> tuple[Coverage, ...]:
    """Return what is known of the last weeks at arXiv, in the categories that are configured now."""
    return _of_arxiv(store, categories, today - timedelta(weeks=WEEKS))


def days_known(store: Store, covered: Sequence[Coverage], today: date) -> Sequence[Coverage]:
    """Return the rows that say which days are to be made up for: ``covered``, those of the categories that are
    configured now.

    Where none of these was read yet, they take the place of others: of them the days are known, and their gaps closed.
    """
    if covered:
        return covered
    return [row.model_copy(update={"complete": True}) for row in _at_arxiv(store, today - timedelta(weeks=WEEKS))]


def last_day_read(store: Store, categories: Sequence[str]) -> date | None:
    """Return the last day that was read completely at arXiv, in a category that is configured now; None: none ever."""
    return max((row.day for row in _of_arxiv(store, categories, date.min) if row.complete), default=None)


def _of_arxiv(store: Store, categories: Sequence[str], since: date) -> tuple[Coverage, ...]:
    return tuple(row for row in _at_arxiv(store, since) if row.category in categories)


def _at_arxiv(store: Store, since: date) -> Iterator[Coverage]:
    return (row for row in store.coverage(since) if row.source != SAVED_LISTING)


@contextmanager
def log_reading(services: Services) -> Iterator[None]:
    """Save an incomplete row for each day before the block, which is the whole night, and why when the source fails in
    it. What the night has read replaces these rows at its end. Raises what the block raises."""

    def note(reason: str) -> None:
        rows = coverage.unread(services.plan.window, services.plan.categories, services.plan.covered, reason)
        services.store.save_coverage(rows)

    note("a run began to read this day, and did not end")
    try:
        yield
    except SourceError as error:
        note(str(error))
        raise
