"""A small week of arXiv in our own words, and the sources as wiring builds them, but impatient."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from datetime import time as clock_time
from typing import Any

from agent.sources.arxiv.http import ArxivHttp
from agent.sources.arxiv.query_api import ArxivApi, ArxivQuery
from agent.sources.arxiv.rss import ArxivRss
from agent.sources.arxiv.source import ArxivNightly
from tests.replicas.arxiv_corpus import EASTERN, Deposit, late, submitted
from tests.replicas.arxiv_server import ArxivServer

CATEGORIES = ("cs.CL", "cs.LG")
DAYS = tuple(date(2025, 11, day) for day in (10, 11, 12, 13, 14))
TONIGHT = DAYS[-1]
A_DAY = 7
"""Papers a day in CATEGORIES: two pages of four."""


@dataclass
class SkippingClock:
    """Monotonic seconds; sleeping costs no time, only moves the clock."""

    skipped: float = 0.0

    def now(self) -> float:
        return time.monotonic() + self.skipped

    def sleep(self, seconds: float) -> None:
        self.skipped += seconds


def deposit(paper_id: str, announced: date, categories: Sequence[str]) -> Deposit:
    return Deposit(
        id=paper_id,
        title=f"On the {paper_id} case: a < b & more",
        abstract=f"We study case {paper_id}. It is small.",
        categories=tuple(categories),
        announced=announced,
        published=submitted(paper_id, announced),
        authors=("Ada Example", "Ben Example"),
    )


def week() -> list[Deposit]:
    """Five nights; on the last one a paper held for nine days, a replaced one, and an old one newly cross-listed."""
    papers = []
    for day in DAYS:
        for n in range(A_DAY):
            paper_id = f"2511.{day.day:02}{n:03}"
            papers.append(
                deposit(paper_id, day, (CATEGORIES[n % 2], "cs.CV") if n % 5 else ("cs.CV", CATEGORIES[n % 2]))
            )
        papers += [deposit(f"2511.{day.day:02}9{n:02}", day, ("cs.CV",)) for n in range(4)]
    held = late(papers, [f"2511.{TONIGHT.day}003"], days=9)
    old = deposit("1812.00001", TONIGHT, ("cs.CV", "cs.LG"))
    revised = deposit("2509.00002", TONIGHT, ("cs.CL",))
    return [
        *held,
        replace(old, kind="cross", published=datetime(2018, 12, 3, tzinfo=UTC), words={}),
        replace(revised, kind="replace", version=3, published=datetime(2025, 9, 2, tzinfo=UTC), words={}),
    ]


def announced(papers: Sequence[Deposit], day: date) -> set[str]:
    """What the feed announces in CATEGORIES on a day."""
    return {p.id for p in papers if p.announced == day and p.kind != "replace" and set(CATEGORIES) & set(p.categories)}


def on_schedule(papers: Sequence[Deposit], day: date) -> set[str]:
    """What was submitted in time for a day, and announced: all that a query by date can find."""
    return {p.id for p in papers if p.id in announced(papers, day) and p.published == submitted(p.id, day)}


def midnight(day: date) -> datetime:
    """The moment from which the feeds carry the day."""
    return datetime.combine(day, clock_time(0, 1), EASTERN)


def http(clock: SkippingClock | None = None, **settings: Any) -> ArxivHttp:
    clock = clock or SkippingClock()
    given: dict[str, Any] = {"timeout": 0.25, "attempts": 4, "patience": 60.0, **settings}
    return ArxivHttp(clock=clock.now, sleep=clock.sleep, **given)


def rss(server: ArxivServer, client: ArxivHttp, night: date = TONIGHT, **settings: bool) -> ArxivRss:
    return ArxivRss(client, server.rss_url, CATEGORIES, now=lambda: midnight(night), **settings)


def api(server: ArxivServer, client: ArxivHttp, night: date = TONIGHT, **settings: bool) -> ArxivApi:
    query = ArxivQuery(client, server.api_url, page_size=4)
    return ArxivApi(query, CATEGORIES, now=lambda: midnight(night), **settings)


def nightly(server: ArxivServer, client: ArxivHttp, night: date = TONIGHT) -> ArxivNightly:
    parts = (rss(server, client, night), api(server, client, night))
    return ArxivNightly(client, *parts, CATEGORIES, now=lambda: midnight(night))
