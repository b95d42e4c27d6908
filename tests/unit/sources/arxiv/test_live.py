"""A smoke test against the real arXiv: a few polite requests. Never run by default: ``pytest -m live``."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from agent.core.arxiv.schedule import announcement_days
from agent.records import Window
from agent.settings import ArxivSettings
from agent.sources.arxiv.http import ArxivHttp
from agent.sources.arxiv.query_api import ArxivApi, ArxivQuery
from agent.sources.arxiv.rss import ArxivRss

CATEGORIES = ("cs.CL", "cs.IR")
ENDPOINTS = ArxivSettings()

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def client(pytestconfig: pytest.Config) -> ArxivHttp:
    if "live" not in (pytestconfig.getoption("-m") or ""):
        pytest.skip("talks to the real arXiv: run with -m live")
    return ArxivHttp()


def test_a_working_day_of_last_week_is_listed_whole(client: ArxivHttp) -> None:
    today = datetime.now(UTC).date()
    day = announcement_days(today - timedelta(days=14), today - timedelta(days=5))[-1]
    listing = ArxivApi(ArxivQuery(client, ENDPOINTS.api_url), CATEGORIES).listing(Window(since=day, until=day))
    assert [row.reason for row in listing.coverage] == [None, None]
    assert len(listing.papers) > 20


def test_a_well_known_paper_is_found_by_id_and_by_title(client: ArxivHttp) -> None:
    query = ArxivQuery(client, ENDPOINTS.api_url)
    (by_id,) = query.find_ids(["1706.03762"])
    assert by_id.title == "Attention Is All You Need"
    assert by_id.id in {paper.id for paper in query.find('ti:"attention is all you need"')}


def test_the_feed_is_a_feed(client: ArxivHttp) -> None:
    listing = ArxivRss(client, ENDPOINTS.rss_url, CATEGORIES).listing(Window())
    assert listing.papers or listing.coverage or datetime.now(UTC).weekday() >= 5
