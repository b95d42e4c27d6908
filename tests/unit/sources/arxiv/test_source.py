"""The default source over several nights, with the window and the ledger as a run keeps them."""

from __future__ import annotations

from datetime import date

from agent.core.arxiv.coverage import settle, window_for
from agent.errors import SourceError
from agent.records import Coverage, Window
from tests.replicas.arxiv_server import ArxivServer
from tests.support.arxiv_night import DAYS, TONIGHT, announced, http, nightly, week

PAPERS = week()
EVERYTHING: set[str] = set().union(*(announced(PAPERS, day) for day in DAYS))


def run_nights(server: ArxivServer, nights: tuple[date, ...]) -> tuple[set[str], list[Coverage]]:
    """Run the given nights as the workflow does; return every id listed and the ledger."""
    listed: set[str] = set()
    ledger: list[Coverage] = []
    for night in nights:
        server.today = night
        try:
            listing = nightly(server, http(), night).listing(window_for(night, ledger, overlap_days=0))
        except SourceError:
            continue
        listed |= {paper.id for paper in listing.papers}
        ledger = [*ledger, *settle(ledger, listing.coverage)]
    return listed, ledger


def complete_days(ledger: list[Coverage]) -> set[date]:
    return {row.day for row in ledger if row.complete}


def test_night_after_night_every_announcement_is_listed() -> None:
    with ArxivServer(PAPERS) as server:
        listed, ledger = run_nights(server, DAYS)
    assert listed == EVERYTHING
    assert complete_days(ledger) == set(DAYS)
    assert {row.source for row in ledger} == {"rss+api"}


def test_after_a_three_day_outage_one_good_night_recovers_all_four_days() -> None:
    with ArxivServer(PAPERS) as server:
        server.plan = lambda kind, number: "503" if DAYS[0] < server.today < TONIGHT else ""
        listed, ledger = run_nights(server, DAYS)
    assert listed == EVERYTHING
    assert complete_days(ledger) == set(DAYS)


def test_when_the_machine_was_off_for_three_nights_none_is_lost() -> None:
    with ArxivServer(PAPERS) as server:
        listed, ledger = run_nights(server, (DAYS[0], TONIGHT))
    assert listed == EVERYTHING
    assert complete_days(ledger) == set(DAYS)


def test_a_night_seen_by_one_source_only_is_complete_and_the_report_says_so() -> None:
    night = Window(since=TONIGHT, until=TONIGHT)
    for down, alone, said in (("api", "rss", "RSS is used alone"), ("rss", "api", "knows no paper that was held back")):
        with ArxivServer(PAPERS, plan=lambda kind, number, down=down: "503" if kind == down else "") as server:  # type: ignore[misc]
            listing = nightly(server, http()).listing(night)
        assert {(row.source, row.complete) for row in listing.coverage} == {(alone, True)}
        assert any(f"{down} could not be read" in note and said in note for note in listing.notes)


def test_the_report_says_how_the_readings_differ_and_what_they_cost() -> None:
    with ArxivServer(PAPERS) as server:
        listing = nightly(server, http(delay=3.0)).listing(Window(since=TONIGHT, until=TONIGHT))
        spent = len(server.calls)
    assert listing.notes == (
        "papers in one reading only: 2 in RSS, 0 in the API",  # the held one and the newly cross-listed one
        f"arXiv: {spent} requests, at least 3 s apart",
    )


def test_a_past_window_needs_no_feed_unless_the_api_falls_short() -> None:
    past = Window(since=DAYS[3], until=DAYS[3])
    with ArxivServer(PAPERS) as server:
        listing = nightly(server, http()).listing(past)
        assert {call.kind for call in server.calls} == {"api"}
    assert {paper.id for paper in listing.papers} == announced(PAPERS, DAYS[3])
    with ArxivServer(PAPERS, today=DAYS[3], plan=lambda kind, number: "503" if kind == "api" else "") as server:
        rescued = nightly(server, http()).listing(past)
    assert {paper.id for paper in rescued.papers} == announced(PAPERS, DAYS[3])
    assert {row.source for row in rescued.coverage} == {"rss"}
