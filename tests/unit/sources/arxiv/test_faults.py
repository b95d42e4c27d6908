"""Under every fault of arXiv the list is complete, or it says that it is not. Never silent, never for ever."""

from __future__ import annotations

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from agent.errors import SourceError
from agent.records import Listing, Window
from tests.replicas.arxiv_faults import API_FAULTS, RSS_FAULTS, mixed
from tests.replicas.arxiv_server import ArxivServer
from tests.support.arxiv_night import (
    CATEGORIES,
    DAYS,
    TONIGHT,
    SkippingClock,
    announced,
    api,
    http,
    nightly,
    on_schedule,
    rss,
    week,
)

PAPERS = week()
WINDOW = Window(since=DAYS[2], until=TONIGHT)
THREE_DAYS = DAYS[2:]


def complete_days(listing: Listing) -> dict[date, str]:
    """Each day whose every category is complete, and by which source."""
    rows = {day: [row for row in listing.coverage if row.day == day] for day in THREE_DAYS}
    assert all(len(of_day) == len(CATEGORIES) for of_day in rows.values())
    assert all(row.complete or row.reason for row in listing.coverage)
    return {day: of_day[0].source for day, of_day in rows.items() if all(row.complete for row in of_day)}


def assert_honest(listing: Listing) -> dict[date, str]:
    """No paper twice, none that was not announced, and no day called complete that is short."""
    ids = [paper.id for paper in listing.papers]
    assert len(ids) == len(set(ids))
    assert set(ids) <= set().union(*(announced(PAPERS, day) for day in THREE_DAYS))
    days = complete_days(listing)
    for day, source in days.items():
        expected = announced(PAPERS, day) if "rss" in source else on_schedule(PAPERS, day)
        assert expected <= {paper.id for paper in listing.papers if paper.announced == day}, (day, source)
    return days


@pytest.mark.parametrize("fault", API_FAULTS)
def test_a_passing_fault_of_the_api_is_outlived(fault: str) -> None:
    with ArxivServer(PAPERS, plan=lambda kind, number: fault if number in (0, 1, 5) else "") as server:
        listing = api(server, http()).listing(WINDOW)
    assert set(assert_honest(listing)) == set(THREE_DAYS)


@pytest.mark.parametrize("fault", API_FAULTS)
def test_a_lasting_fault_of_the_api_leaves_tonight_to_the_feed_and_the_other_days_incomplete(fault: str) -> None:
    with ArxivServer(PAPERS, plan=lambda kind, number: fault if kind == "api" else "") as server:
        listing = nightly(server, http()).listing(WINDOW)
    days = assert_honest(listing)
    harmless = {"duplicate", "two versions", "lower total later"}
    assert set(days) == (set(THREE_DAYS) if fault in harmless else {TONIGHT})
    assert {paper.id for paper in listing.papers if paper.announced == TONIGHT} == announced(PAPERS, TONIGHT)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("empty page", "an empty page, 7 papers short"),
        ("short page", "an empty page, 1 papers short"),
        ("higher total", "an empty page, 1 papers short"),
        ("error entry", "an error entry: 'internal error'"),
        ("html", "not a whole Atom feed"),
        ("truncated", "not a whole Atom feed"),
        ("no dates", "an entry without its dates"),
        ("rate exceeded", "b'Rate exceeded.'"),
        ("moving", "arXiv counts 7 papers, [4-6] were found"),
    ],
)
def test_an_incomplete_day_says_why(fault: str, reason: str) -> None:
    with ArxivServer(PAPERS, plan=lambda kind, number: fault if kind == "api" else "503") as server:
        try:
            listing = api(server, http()).listing(Window(since=DAYS[2], until=DAYS[2]))
            said = str({row.reason for row in listing.coverage})
        except SourceError as error:
            said = str(error)
    assert re.search(reason, said)


@pytest.mark.parametrize("fault", RSS_FAULTS)
def test_a_lasting_fault_of_the_feed_leaves_the_night_to_the_api(fault: str) -> None:
    with ArxivServer(PAPERS, plan=lambda kind, number: fault if kind == "rss" else "") as server:
        listing = nightly(server, http()).listing(WINDOW)
    expected = dict.fromkeys(THREE_DAYS, "api")
    if fault == "stale feed":
        expected[DAYS[3]] = "rss+api"
    assert assert_honest(listing) == expected


@pytest.mark.parametrize("fault", RSS_FAULTS)
def test_a_faulty_feed_alone_is_an_error_or_an_incomplete_night(fault: str) -> None:
    with ArxivServer(PAPERS, plan=lambda kind, number: fault) as server:
        try:
            listing = rss(server, http()).listing(WINDOW)
        except SourceError:
            return
    assert TONIGHT not in assert_honest(listing)


@pytest.mark.parametrize("fault", ["503", "hang", "drip", "drip in the head", "html", "429 retry-after"])
def test_when_nothing_answers_it_is_an_error_before_the_deadline(fault: str) -> None:
    clock = SkippingClock()
    with ArxivServer(PAPERS, plan=lambda kind, number: fault) as server:
        client = http(clock, delay=3.0, timeout=0.08)
        started = clock.now()
        with pytest.raises(SourceError, match=r"api could not be read .*; rss could not be read"):
            nightly(server, client).listing(WINDOW)
    limit = 2 * client.patience + client.timeout
    assert clock.now() - started < limit, "a day of the API, a short second try, and the feed"


def end_of_a_mix(seed: int) -> str:
    """Read three days through a random mix of faults, and say how it ended."""
    clock = SkippingClock()
    with ArxivServer(PAPERS, plan=mixed(seed, share=(0.1, 0.3, 0.5, 0.8)[seed % 4])) as server:
        client = http(clock, delay=1.0, timeout=0.06)
        started = clock.now()
        try:
            days = assert_honest(nightly(server, client).listing(WINDOW))
            end = "complete" if len(days) == len(THREE_DAYS) else "incomplete"
        except SourceError:
            end = "error"
    assert clock.now() - started < 4 * client.patience, seed
    return end


@pytest.mark.parametrize("mixes", [30, pytest.param(200, marks=pytest.mark.slow)])
def test_over_many_random_mixes_of_faults_no_short_day_is_called_complete_and_no_run_hangs(mixes: int) -> None:
    # Side by side, since each waits for a good part of its time.
    with ThreadPoolExecutor(2) as pool:
        ends = Counter(pool.map(end_of_a_mix, range(mixes)))
    assert ends["complete"] > mixes / 4, ends
    assert ends["incomplete"] > mixes / 10, ends
