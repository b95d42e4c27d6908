from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from agent.errors import SourceError
from agent.records import Paper, Window
from agent.sources.arxiv.rss import ArxivRss
from tests.replicas.arxiv_server import ArxivServer
from tests.support.arxiv_night import CATEGORIES, DAYS, TONIGHT, announced, deposit, http, midnight, rss, week

PAPERS = week()
NIGHT = Window(since=TONIGHT, until=TONIGHT)


def test_tonight_s_new_and_cross_listed_papers_are_listed_and_replacements_are_not() -> None:
    with ArxivServer(PAPERS) as server:
        listing = rss(server, http()).listing(NIGHT)
        assert [call.query for call in server.calls] == ["/rss/cs.CL+cs.LG"], "one request for all categories"
    assert {paper.id for paper in listing.papers} == announced(PAPERS, TONIGHT)
    assert "1812.00001" in {paper.id for paper in listing.papers}, "an old paper, cross-listed tonight"
    assert "2509.00002" not in {paper.id for paper in listing.papers}, "a replacement"
    assert all(row.complete for row in listing.coverage)
    assert listing.notes == ()


@pytest.mark.parametrize(
    ("kind", "counts"),
    [
        ("New", True), ("CROSS", True), ("cross-list", True), ("cross_list", True), (" new\n", True), ("", True),
        ("replace_cross", False), ("REPLACE", False), ("Replacement", False),
    ],
)  # fmt: skip
def test_the_kind_of_an_item_may_be_spelled_in_other_ways(kind: str, counts: bool) -> None:
    def spoil(body: bytes) -> bytes:
        return body.replace(b"<arxiv:announce_type>new<", f"<arxiv:announce_type>{kind}<".encode())

    fresh = announced(PAPERS, TONIGHT) - {"1812.00001"}
    with ArxivServer(PAPERS, spoil=spoil) as server:
        listing = rss(server, http()).listing(NIGHT)
    assert fresh & {paper.id for paper in listing.papers} == {p for p in fresh if counts or is_cross(p)}


def is_cross(paper_id: str) -> bool:
    return any(paper.id == paper_id and paper.categories[0] not in CATEGORIES for paper in PAPERS)


def test_an_item_of_an_unknown_kind_makes_the_day_incomplete() -> None:
    with ArxivServer(PAPERS, spoil=lambda body: body.replace(b"type>new<", b"type>renewed<", 1)) as server:
        listing = rss(server, http()).listing(NIGHT)
    assert {row.reason for row in listing.coverage} == {"1 of 9 items of the feed cannot be read"}


@pytest.mark.parametrize("gone", [b"<link>https://arxiv.org/abs/2511.14001</link>", b"https://arxiv.org/abs/"])
def test_an_item_without_a_link_is_named_by_its_guid(gone: bytes) -> None:
    with ArxivServer(PAPERS, spoil=lambda body: body.replace(gone, b"")) as server:
        listing = rss(server, http()).listing(NIGHT)
    assert {paper.id for paper in listing.papers} == announced(PAPERS, TONIGHT)


@pytest.mark.parametrize(
    "stamp",
    [
        "Fri, 14 Nov 2025 00:00:00 -0400", "Fri, 14 Nov 2025 00:00:00 EST", "Fri, 14 Nov 2025 05:00:00 GMT",
        "Fri, 14 Nov 2025 04:00:00 GMT", "Fri, 14 Nov 2025 00:00:00 +0000", "Thu, 13 Nov 2025 20:00:00 -0500",
        "Fri, 14 Nov 2025 01:00:00 GMT", "Fri, 14 Nov 2025 06:10:00 +0100",
    ],
)  # fmt: skip
def test_the_day_of_a_feed_is_that_of_the_east_in_whatever_zone_it_is_stamped(stamp: str) -> None:
    def spoil(body: bytes) -> bytes:
        return re.sub(rb"<pubDate>.*?</pubDate>", f"<pubDate>{stamp}</pubDate>".encode(), body)

    with ArxivServer(PAPERS, spoil=spoil) as server:
        listing = rss(server, http()).listing(NIGHT)
    assert {paper.announced for paper in listing.papers} == {TONIGHT}


def test_an_item_becomes_a_paper() -> None:
    with ArxivServer(PAPERS) as server:
        papers = {paper.id: paper for paper in rss(server, http()).listing(NIGHT).papers}
    paper = papers["2511.14001"]
    assert paper.title == "On the 2511.14001 case: a < b & more"
    assert paper.abstract == "We study case 2511.14001. It is small."
    assert paper.authors == ("Ada Example", "Ben Example")
    assert (paper.version, paper.categories, paper.announced) == (1, ("cs.LG", "cs.CV"), TONIGHT)


def one_item(**fields: Any) -> Paper:
    """Return what becomes of one announced paper with these fields."""
    given = replace(deposit("2511.14001", TONIGHT, ("cs.CL", "cs.LG")), words={}, **fields)
    with ArxivServer([given, deposit("2511.14002", TONIGHT, ("cs.CL", "cs.LG"))]) as server:
        return next(paper for paper in rss(server, http()).listing(NIGHT).papers if paper.id == given.id)


@pytest.mark.parametrize(
    "abstract",
    [
        "We let models think in <think> tags, for k<n and m>2.",
        "See <a href='x'>this</a> &amp; that &lt;b&gt; <script>alert(1)</script> <!-- note -->",
        "If x<y, then <img src=x onerror=y>, as <b>shown</b>.",
    ],
)
def test_an_abstract_is_plain_text_and_keeps_what_looks_like_markup(abstract: str) -> None:
    assert one_item(abstract=abstract).abstract == abstract


def test_a_title_is_plain_text_too_and_its_accents_are_decoded() -> None:
    assert one_item(title=r"Think in <think> Tags & Poincar\'e $\mathcal{O}(n)$").title == (
        r"Think in <think> Tags & Poincaré $\mathcal{O}(n)$"
    )


@pytest.mark.parametrize(
    ("authors", "names"),
    [
        ([r"Ana L\'opez (Inst. of Soil, Univ. of Leaf)", r"Bo Gr\"un"], ("Ana López", "Bo Grün")),
        (["Ana (A (deep, very), B)", "Bo", "Cy (C)"], ("Ana", "Bo", "Cy")),
        (["Ana (Inst, Bo", "Cy"], ("Ana", "Bo", "Cy")),
        (["Ana Lee (1)", "Bo (2)", "((1) Inst A, (2) Inst B)"], ("Ana Lee", "Bo")),
        (["Martin King", "Jr.", "Bo III"], ("Martin King Jr.", "Bo III")),
        ([], ()),
    ],
)
def test_authors_are_split_outside_parentheses_and_affiliations_are_left_out(
    authors: list[str], names: tuple[str, ...]
) -> None:
    assert one_item(authors=tuple(authors)).authors == names


@pytest.mark.parametrize("broken", [b"\x01", b"\x0c", b"&#12;", b"&#x1F;", b"\x00", b"\x7f", b"\xc2\x9b", b"&#155;"])
def test_a_control_character_costs_no_paper(broken: bytes) -> None:
    with ArxivServer(
        PAPERS, spoil=lambda body: body.replace(b"We study case", b"We" + broken + b"study case", 1)
    ) as server:
        listing = rss(server, http()).listing(NIGHT)
    assert {paper.id for paper in listing.papers} == announced(PAPERS, TONIGHT)
    assert {paper.abstract[:13] for paper in listing.papers} == {"We study case"}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (b"R&D", "R&D"), (b"We&nbsp;study", "We study"), (b"Caf&eacute;s", "Cafés"), (b"AT&T;", "AT&T;"),
        (b"&LT;p &AMP; &nope;", "<p & &nope;"),
        (b"We &#xD83D;&#xDE00; study", "We study"), (b"We &#55357;&#xFFFE;&#1114112; study", "We study"),
        (b"We\xed\xa0\xbd study", "We\ufffd\ufffd\ufffd study"), (b"\xff", "\ufffd"),
        (b"R&D &amp; &lt;b&gt; &#960;", "R&D & <b> π"),
    ],
)  # fmt: skip
def test_what_html_alone_allows_costs_no_paper(written: bytes, read: str) -> None:
    with ArxivServer(PAPERS, spoil=lambda body: body.replace(b"We study", written, 1)) as server:
        listing = rss(server, http()).listing(NIGHT)
    assert {paper.id for paper in listing.papers} == announced(PAPERS, TONIGHT)
    assert any(paper.abstract.startswith(f"{read} case") for paper in listing.papers)
    assert all(row.complete for row in listing.coverage)


@pytest.mark.parametrize("broken", [b"We <study>", b"We <study>, R&D", b"a < b"])
def test_a_damaged_item_costs_itself_and_the_day_says_so(broken: bytes) -> None:
    with ArxivServer(PAPERS, spoil=lambda body: body.replace(b"We study", broken, 1)) as server:
        listing = rss(server, http()).listing(NIGHT)
    assert len(listing.papers) == len(announced(PAPERS, TONIGHT)) - 1
    assert {row.reason for row in listing.coverage} == {"1 of 9 items of the feed cannot be read"}


def test_without_cross_lists_only_primary_papers_are_listed() -> None:
    with ArxivServer(PAPERS) as server:
        listing = rss(server, http(), cross_lists=False).listing(NIGHT)
    assert {paper.categories[0] for paper in listing.papers} == set(CATEGORIES)


def test_a_stale_feed_is_known_by_its_own_date() -> None:
    with ArxivServer(PAPERS, plan=lambda kind, number: "stale feed") as server:
        listing = rss(server, http()).listing(NIGHT)
    assert listing.papers == ()
    assert {row.reason for row in listing.coverage} == {"the feed is of 2025-11-13, not of this day"}
    assert listing.notes == (
        "RSS: the feed is stale: it is of 2025-11-13, so that papers held back or newly cross-listed are not known",
    )


def test_the_other_days_of_a_window_are_incomplete_since_the_feed_has_one_day() -> None:
    with ArxivServer(PAPERS) as server:
        listing = rss(server, http()).listing(Window(since=DAYS[2], until=TONIGHT))
    assert {row.day: row.complete for row in listing.coverage} == {DAYS[2]: False, DAYS[3]: False, TONIGHT: True}


def test_an_open_window_is_tonight() -> None:
    with ArxivServer(PAPERS) as server:
        listing = rss(server, http()).listing(Window())
    assert {row.day for row in listing.coverage} == {TONIGHT}


def test_the_empty_feed_of_a_weekend_is_quiet() -> None:
    saturday = date(2025, 11, 15)
    with ArxivServer(PAPERS, today=saturday) as server:
        listing = ArxivRss(http(), server.rss_url, CATEGORIES, now=lambda: midnight(saturday)).listing(
            Window(since=saturday, until=saturday)
        )
    assert (listing.papers, listing.coverage, listing.notes) == ((), (), ())


def test_a_mailing_on_an_assumed_holiday_is_believed() -> None:
    labor_day = date(2025, 9, 2)
    papers = [p for p in PAPERS if p.announced == TONIGHT]
    moved = [type(p)(**{**p.__dict__, "announced": labor_day, "words": {}}) for p in papers]
    with ArxivServer(moved, today=labor_day) as server:
        source = ArxivRss(http(), server.rss_url, CATEGORIES, now=lambda: datetime(2025, 9, 2, 12, tzinfo=UTC))
        listing = source.listing(Window(since=labor_day, until=labor_day))
    assert {row.day for row in listing.coverage} == {labor_day}
    assert all(row.complete for row in listing.coverage)
    assert listing.papers


def test_a_feed_that_is_no_feed_is_an_error() -> None:
    with (
        ArxivServer(PAPERS, plan=lambda kind, number: "html") as server,
        pytest.raises(SourceError, match="not a whole"),
    ):
        rss(server, http()).listing(NIGHT)
