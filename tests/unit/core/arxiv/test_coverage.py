from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.arxiv.coverage import (
    UNREAD,
    best,
    combine,
    first_reading,
    quiet_days,
    rows_for,
    settle,
    unread,
    window_for,
)
from agent.core.arxiv.schedule import announcement_days
from agent.records import Coverage, Listing, Paper, Window

MON, TUE, WED, THU, FRI = (date(2025, 11, day) for day in (10, 11, 12, 13, 14))


def row(day: date, *, complete: bool = True, listed: int = 9, source: str = "api", category: str = "cs.CL") -> Coverage:
    reason = None if complete else "HTTP 503"
    return Coverage(day=day, category=category, source=source, listed=listed, complete=complete, reason=reason)


def paper(paper_id: str, day: date, version: int = 1) -> Paper:
    return Paper(id=paper_id, version=version, title="T", abstract="A", categories=("cs.CL",), announced=day)


def reading(source: str, papers: list[Paper], day: date, reason: str | None = None) -> Listing:
    rows = rows_for([day], ["cs.CL"], papers, source, lambda _day, _category: reason)
    return Listing(papers=tuple(papers), coverage=rows)


def test_the_first_night_reads_tonight_only() -> None:
    assert window_for(FRI, [], 3) == Window(since=FRI, until=FRI)


def test_a_usual_night_goes_back_over_the_overlap_but_not_before_the_first_night() -> None:
    assert window_for(FRI, [row(MON), row(TUE), row(WED), row(THU)], 3) == Window(since=TUE, until=FRI)
    assert window_for(FRI, [row(THU)], 3) == Window(since=THU, until=FRI)


@pytest.mark.parametrize("outage", ["machine off", "arXiv down"])
def test_after_a_three_day_outage_the_next_good_night_reads_all_four_days(outage: str) -> None:
    failed = [row(day, complete=False, listed=0) for day in (TUE, WED, THU)] if outage == "arXiv down" else []
    assert window_for(FRI, [row(MON), *failed], 0) == Window(since=TUE, until=FRI)


def test_a_first_night_that_never_ended_is_made_up_for() -> None:
    begun = unread(Window(since=TUE, until=TUE), ["cs.CL"], (), "HTTP 503")
    assert [(one.day, one.complete, one.reason) for one in begun] == [(TUE, False, "HTTP 503")]
    assert window_for(FRI, begun, 0) == Window(since=TUE, until=FRI)


def test_a_note_that_a_day_was_to_be_read_gives_way_to_every_reading_of_it() -> None:
    note = unread(Window(since=WED, until=THU), ["cs.CL"], [row(WED)], "killed")
    assert [one.day for one in note] == [THU], "nothing is noted of a day that has been read"
    short = row(THU, complete=False, listed=0)
    assert best([*note, short]) == best([short, *note]) == (short,)


def test_an_incomplete_day_is_read_again_until_another_source_completes_it() -> None:
    stored = [row(MON), row(TUE, complete=False), row(WED), row(THU)]
    assert window_for(FRI, stored, 0).since == TUE
    assert window_for(FRI, [*stored, row(TUE, source="rss")], 0).since == FRI


def test_what_the_user_asks_for_is_read_whatever_is_stored() -> None:
    stored = [row(MON, complete=False)]
    assert window_for(FRI, stored, 3, since=WED, until=THU) == Window(since=WED, until=THU)
    assert window_for(FRI, stored, 3, since=WED) == Window(since=WED, until=FRI)
    assert window_for(FRI, stored, 3, until=WED) == Window(since=WED, until=WED)


@given(st.lists(st.sampled_from(["ok", "failed", "off"]), min_size=1, max_size=30), st.integers(0, 5))
def test_night_after_night_no_day_is_left_behind(nights: list[str], overlap: int) -> None:
    days = announcement_days(MON, MON + timedelta(days=60))[: len(nights) + 2]
    stored = [row(days[0])]
    for day, night in zip(days[1:], [*nights, "ok"], strict=True):
        if night == "off":
            continue
        window = window_for(day, stored, overlap)
        assert window.since is not None and window.until is not None
        read = announcement_days(window.since, window.until)
        stored += settle(stored, [row(one, complete=night == "ok") for one in read])
    done = {one.day for one in best(stored) if one.complete}
    assert done == set(days)


def test_a_failed_second_reading_does_not_undo_a_complete_day() -> None:
    stored = [row(THU, listed=9)]
    fresh = [row(THU, complete=False, listed=2), row(FRI, complete=False, listed=1)]
    assert settle(stored, fresh) == (stored[0], fresh[1])


def test_far_fewer_papers_than_on_the_same_weekday_is_a_warning() -> None:
    fridays = [row(FRI - timedelta(days=7 * week), listed=100 + week) for week in range(1, 5)]
    assert quiet_days([row(FRI, listed=60)], fridays) == ()
    (warning,) = quiet_days([row(FRI, listed=40)], fridays)
    assert "2025-11-14 cs.CL: 40 papers, on a Friday usually 102.5" in warning
    assert quiet_days([row(FRI, listed=0)], fridays[:2]) == (), "two weeks are no habit"
    assert quiet_days([row(THU, listed=0)], fridays) == (), "another weekday"


def test_the_first_run_of_a_list_says_what_it_read_and_how_to_read_more() -> None:
    one_day = Window(since=FRI, until=FRI)
    (note,) = first_reading(one_day, (), 152)
    assert note == (
        "the first run of this list read 2025-11-14 alone (152 papers); "
        "`triage run --since 2025-11-07` reads the week before it too"
    )
    paused = first_reading(one_day, (), 152, date(2025, 9, 10))
    assert paused == (
        "no day between 2025-09-10 and 2025-11-14 was read, and this run read the latter alone (152 papers); "
        "`triage backfill --since 2025-09-10 --until 2025-11-14` reads the others",
    )
    killed = rows_for([FRI], ["cs.CL"], (), UNREAD, lambda _day, _category: "did not end")
    assert first_reading(one_day, killed, 152) == (note,)
    assert first_reading(one_day, [row(THU, listed=3)], 152) == ()
    assert first_reading(Window(since=WED, until=FRI), (), 152) == (), "who gives days knows of them"


def test_both_readings_together_are_their_union_dated_by_the_feed() -> None:
    rss = reading("rss", [paper("1", FRI), paper("2", FRI)], FRI)
    api = reading("api", [paper("2", FRI, version=2), paper("3", FRI)], FRI)
    both = combine(rss, api)
    assert [(p.id, p.version, p.announced) for p in both.papers] == [("1", 1, FRI), ("2", 2, FRI), ("3", 1, FRI)]
    assert [(r.source, r.listed, r.complete) for r in both.coverage] == [("rss+api", 3, True)]


def test_a_late_paper_counts_on_the_day_of_its_announcement() -> None:
    rss = reading("rss", [paper("1", FRI)], FRI)
    late = [paper("1", WED)]
    api = Listing(papers=tuple(late), coverage=rows_for([WED, FRI], ["cs.CL"], late, "api", lambda _d, _c: None))
    both = combine(rss, api)
    assert [p.announced for p in both.papers] == [FRI]
    assert [(r.day, r.listed) for r in both.coverage] == [(WED, 0), (FRI, 1)]


def test_a_feed_that_lacks_what_a_broken_api_still_showed_is_not_complete() -> None:
    rss = reading("rss", [paper("1", FRI)], FRI)
    api = reading("api", [paper("2", FRI)], FRI, "HTTP 503")
    (short,) = combine(rss, api).coverage
    assert not short.complete
    assert short.reason == "rss: the feed lacks papers of that day that the API has; api: HTTP 503"
    (whole,) = combine(rss, reading("api", [paper("1", FRI)], FRI, "HTTP 503")).coverage
    assert (whole.complete, whole.source, whole.reason) == (True, "rss", None)


def test_when_neither_reading_is_complete_both_reasons_are_told() -> None:
    (both,) = combine(
        reading("rss", [], FRI, "the feed is of 2025-11-13"), reading("api", [], FRI, "HTTP 429")
    ).coverage
    assert both.reason == "rss: the feed is of 2025-11-13; api: HTTP 429"
