"""``triage backfill``: a long range of announcement days, one night each, so that it can be stopped and goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime

from agent.core.arxiv import schedule
from agent.database.store import open_store
from agent.ports import Progress
from agent.records import RunReport
from agent.settings import Settings
from agent.wiring import night as wiring
from agent.workflow import graph


def backfill(
    settings: Settings, options: wiring.NightOptions, progress: Progress, now: Callable[[], datetime]
) -> Iterator[RunReport]:
    """Yield the report of each day between ``options.since`` and ``until``, the oldest first.

    A day that an earlier run has read completely is left out. Raises TriageError as a run does; the days before are
    kept.
    """
    assert options.since is not None and options.until is not None
    for day in schedule.announcement_days(options.since, options.until):
        if _done(settings, day):
            continue
        with wiring.open_night(settings, replace(options, since=day, until=day), progress, now) as services:
            yield asyncio.run(graph.run(services))["report"]


def _done(settings: Settings, day: date) -> bool:
    """Say whether every configured category of the day was read completely, and judged."""
    with open_store(settings.state, exclusive=False) as store:
        rows = [row for row in store.coverage(day) if row.day == day and row.source != "file"]
    return {row.category for row in rows if row.complete} >= set(settings.source.categories)
