from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from agent.core.arxiv import schedule
from agent.errors import SourceError
from agent.records import Window
from agent.sources.arxiv.http import ArxivHttp
from agent.sources.arxiv.query_api import ArxivApi, ArxivQuery
from tests.replicas.arxiv_corpus import read_listing
from tests.replicas.arxiv_server import ArxivServer
from tests.support.arxiv_night import (
    CATEGORIES,
    DAYS,
    TONIGHT,
    announced,
    api,
    deposit,
    http,
    on_schedule,
    week,
)

FIVE = ("cs.CL", "cs.LG", "cs.AI", "cs.IR", "cs.SE")
PAPERS = week()
NIGHT = Window(since=TONIGHT, until=TONIGHT)


def test_three_real_nights_are_listed_whole_and_each_paper_once(shared_data: Path) -> None:
    papers = [paper for path in sorted((shared_data / "listings").iterdir()) for paper in read_listing(path)]
    labelled = (shared_data / "labels" / "2025-11-12_to_14.jsonl").read_text(encoding="utf-8").count("\n")
    with ArxivServer(papers) as server:
        source = ArxivApi(ArxivQuery(http(timeout=30), server.api_url), FIVE)
        listing = source.listing(Window(since=date(2025, 11, 12), until=date(2025, 11, 14)))
        assert len(server.calls) == 3
    expected = {paper.id: paper.announced for paper in papers if set(FIVE) & set(paper.categories)}
    assert {paper.id: paper.announced for paper in listing.papers} == expected
    assert len(listing.papers) == len(expected) == labelled == 435
    assert len(listing.coverage) == 15
    assert all(row.complete for row in listing.coverage)


def test_a_paper_says_all_that_arxiv_says_of_it() -> None:
    full = replace(
        deposit("2511.00001", TONIGHT, ("cs.CL", "cs.AI")),
        title="Tags: $<$b$>$ \n  & more",
        version=3,
        comment="12 pages",
        doi="10.1/x",
        journal_ref="TACL 2025",
        words={},
    )
    with ArxivServer([full]) as server:
        (paper,) = api(server, http()).listing(NIGHT).papers
    assert paper.model_dump() == {
        "id": "2511.00001",
        "version": 3,
        "title": "Tags: $<$b$>$ & more",
        "abstract": "We study case 2511.00001. It is small.",
        "authors": ("Ada Example", "Ben Example"),
        "categories": ("cs.CL", "cs.AI"),
        "announced": TONIGHT,
        "published": full.published.date(),
        "comment": "12 pages",
        "doi": "10.1/x",
        "journal_ref": "TACL 2025",
        "withdrawn": False,
    }


def test_a_withdrawn_paper_is_marked() -> None:
    gone = replace(
        deposit("2511.00001", TONIGHT, ("cs.CL",)), comment="This paper has been withdrawn by the authors", words={}
    )
    with ArxivServer([gone]) as server:
        (paper,) = api(server, http()).listing(NIGHT).papers
    assert paper.withdrawn


def test_cross_lists_count_unless_they_are_switched_off() -> None:
    with ArxivServer(PAPERS) as server:
        all_papers = api(server, http()).listing(NIGHT).papers
        primary = api(server, http(), cross_lists=False).listing(NIGHT).papers
    assert {paper.id for paper in all_papers} == on_schedule(PAPERS, TONIGHT)
    assert {paper.id for paper in primary} == {p.id for p in all_papers if p.categories[0] in CATEGORIES}
    assert len(primary) < len(all_papers)


def test_who_was_submitted_at_the_second_of_the_cut_off_belongs_to_the_next_day() -> None:
    opens, closes = schedule.submission_window(TONIGHT)
    moments = {"2511.00001": opens, "2511.00002": closes - timedelta(seconds=1), "2511.00003": closes}
    papers = [
        replace(deposit(i, TONIGHT, ("cs.CL",)), published=at.astimezone(UTC), words={}) for i, at in moments.items()
    ]
    with ArxivServer(papers) as server:
        listing = api(server, http()).listing(NIGHT)
    assert {paper.id for paper in listing.papers} == {"2511.00001", "2511.00002"}
    assert all(row.complete for row in listing.coverage)


def test_weekends_and_holidays_are_quiet_not_broken_and_cost_no_request() -> None:
    with ArxivServer(PAPERS) as server:
        source = ArxivApi(ArxivQuery(http(), server.api_url), CATEGORIES, now=lambda: datetime(2026, 1, 1, tzinfo=UTC))
        weekend = source.listing(Window(since=date(2025, 11, 15), until=date(2025, 11, 16)))
        labor_day = source.listing(Window(since=date(2025, 9, 2), until=date(2025, 9, 2)))
        assert server.calls == []
    assert (weekend.papers, weekend.coverage) == (labor_day.papers, labor_day.coverage) == ((), ())


def test_a_working_day_without_any_paper_is_incomplete_whatever_the_reason() -> None:
    with ArxivServer([paper for paper in PAPERS if paper.announced != DAYS[3]]) as server:
        listing = api(server, http()).listing(Window(since=DAYS[2], until=TONIGHT))
    short = {row.day: row.reason for row in listing.coverage if not row.complete}
    assert short == {DAYS[3]: "no paper at all on a working day: a holiday, or arXiv is not up to date"}


def test_days_that_are_not_announced_yet_are_not_asked_for_and_not_forgotten() -> None:
    with ArxivServer(PAPERS, today=DAYS[2]) as server:
        listing = api(server, http(), night=DAYS[2]).listing(Window(since=DAYS[1], until=TONIGHT))
        asked = len(server.calls)
        future = api(server, http(), night=DAYS[2]).listing(Window(since=TONIGHT, until=TONIGHT))
        assert len(server.calls) == asked
    waiting = {row.day: row.reason for row in listing.coverage if not row.complete}
    assert waiting == dict.fromkeys(DAYS[3:], "not announced yet")
    assert {row.reason for row in future.coverage} == {"not announced yet"}
    assert {paper.id for paper in listing.papers} == announced(PAPERS, DAYS[1]) | announced(PAPERS, DAYS[2])


def test_a_server_that_gives_fewer_papers_a_page_than_asked_for_is_read_whole() -> None:
    with ArxivServer(PAPERS, largest=3) as server:
        listing = api(server, http()).listing(NIGHT)
    assert {paper.id for paper in listing.papers} == on_schedule(PAPERS, TONIGHT)
    assert all(row.complete for row in listing.coverage)


def test_a_day_that_is_never_whole_still_lists_what_there_is() -> None:
    with ArxivServer(PAPERS, plan=lambda kind, number: "higher total") as server:
        listing = api(server, http()).listing(NIGHT)
    assert {paper.id for paper in listing.papers} == on_schedule(PAPERS, TONIGHT)
    assert not any(row.complete for row in listing.coverage)


def test_one_day_that_arxiv_cannot_answer_does_not_cost_the_days_after_it() -> None:
    broken = {n: "error entry" for n in range(4)}
    with ArxivServer(PAPERS, plan=lambda kind, number: broken.get(number, "")) as server:
        listing = api(server, http()).listing(Window(since=DAYS[2], until=TONIGHT))
    assert {row.day for row in listing.coverage if not row.complete} == {DAYS[2]}


def test_a_wrong_endpoint_or_category_is_an_error_at_once() -> None:
    with ArxivServer(PAPERS) as server:
        client = http()
        source = ArxivApi(ArxivQuery(client, server.api_url), ("cs.CL) AND (",))
        with pytest.raises(SourceError, match=r"HTTP 400 .* check the endpoint and the categories"):
            source.listing(Window(since=TONIGHT, until=TONIGHT))
    assert client.requests == 1


def test_requests_are_spaced_and_never_two_at_once_as_the_replica_sees_it() -> None:
    plan = {1: "503", 3: "empty page", 5: "429"}
    with ArxivServer(PAPERS, plan=lambda kind, number: plan.get(number, "")) as server:
        client = ArxivHttp(delay=0.05)
        api(server, client).listing(Window(since=DAYS[3], until=TONIGHT))
        calls = server.calls
    gaps = [after.at - before.at for before, after in zip(calls, calls[1:], strict=False)]  # noqa: RUF007
    assert len(calls) == client.requests > 6
    assert min(gaps) >= 0.05
    assert {call.together for call in calls} == {1}


def test_papers_are_looked_up_by_id_in_one_request_and_unknown_ids_are_left_out() -> None:
    with ArxivServer(PAPERS) as server:
        query = ArxivQuery(http(), server.api_url)
        found = query.find_ids(["2511.10001", "9999.99999", "2511.14002"])
        assert {paper.id for paper in found} == {"2511.10001", "2511.14002"}
        assert len(server.calls) == 1
        assert [paper.id for paper in query.find('ti:"the 2511.10001 case"')] == ["2511.10001"]
        assert query.find("ti:nowhere") == ()


def test_an_id_that_cannot_exist_does_not_cost_the_others_their_answer() -> None:
    with ArxivServer(PAPERS) as server:
        found = ArxivQuery(http(), server.api_url).find_ids(["2513.00001", "2511.10001v1", "math/0399001"])
        assert {paper.id for paper in found} == {"2511.10001"}
        assert [parse_qs(call.query)["id_list"] for call in server.calls] == [["2511.10001v1"]]
        assert ArxivQuery(http(), server.api_url).find_ids(["2513.00001"]) == ()
        assert len(server.calls) == 1


@pytest.mark.parametrize("refused", [("2511.99999",), ("2511.99998", "2511.99999")])
def test_an_id_for_which_arxiv_refuses_the_request_does_not_cost_the_others_theirs(refused: tuple[str, ...]) -> None:
    papers = [deposit(f"2511.{n:05}", TONIGHT, ("cs.CL",)) for n in range(40)]
    ids = [paper.id for paper in papers]
    with ArxivServer(papers, refuses=refused) as server:
        found = ArxivQuery(http(), server.api_url).find_ids([*ids[:17], *refused, *ids[17:]])
        assert sorted(paper.id for paper in found) == ids
        assert len(server.calls) < 30


def test_when_every_id_is_refused_it_is_not_the_ids() -> None:
    ids = [f"2511.{n:05}" for n in range(60)]
    with ArxivServer([], refuses=ids) as server:
        with pytest.raises(SourceError, match="HTTP 400"):
            ArxivQuery(http(), server.api_url).find_ids(ids)
        assert len(server.calls) == 25


@pytest.mark.parametrize("broken", [b"\x01", b"&#12;", b"\x7f", b"\xc2\x9b", b"&#155;", b"&#x9B;"])
def test_a_control_character_costs_no_paper(broken: bytes) -> None:
    with ArxivServer(PAPERS, spoil=lambda body: body.replace(b"We study", b"We" + broken + b"study", 1)) as server:
        listing = api(server, http()).listing(Window(since=TONIGHT, until=TONIGHT))
    assert {paper.id for paper in listing.papers} == on_schedule(PAPERS, TONIGHT)
    assert {paper.abstract[:13] for paper in listing.papers} == {"We study case"}
    assert all(row.complete for row in listing.coverage)


@pytest.mark.parametrize("year", [b"0001", b"9999"])
def test_an_entry_of_no_year_of_arxivs_costs_no_night(year: bytes) -> None:
    def spoil(body: bytes) -> bytes:
        return re.sub(rb"<published>\d{4}", b"<published>" + year, body, count=1)

    with ArxivServer(PAPERS, spoil=spoil) as server:
        query = ArxivQuery(http(), server.api_url)
        assert len(query.find_ids(["2511.10001", "2511.14002"])) == 1
        with pytest.raises(SourceError, match="an entry without its dates"):
            api(server, http()).listing(NIGHT)


def test_a_damaged_entry_costs_itself_and_the_day_says_so() -> None:
    def spoil(body: bytes) -> bytes:
        return body.replace(b"We study case 2511.14001", b"R<D")

    with ArxivServer(PAPERS, spoil=spoil) as server:
        listing = api(server, http()).listing(Window(since=TONIGHT, until=TONIGHT))
    assert on_schedule(PAPERS, TONIGHT) - {paper.id for paper in listing.papers} == {"2511.14001"}
    assert all(row.reason == "arXiv counts 6 papers, 5 were found" for row in listing.coverage)


def test_accents_in_names_and_titles_are_decoded() -> None:
    given = replace(
        deposit("2511.14001", TONIGHT, ("cs.CL",)), title=r"Poincar\'e Maps", authors=(r"Ana L\'opez",), words={}
    )
    with ArxivServer([given]) as server:
        (paper,) = api(server, http()).listing(Window(since=TONIGHT, until=TONIGHT)).papers
    assert (paper.title, paper.authors) == ("Poincaré Maps", ("Ana López",))
