"""``triage run --source arxiv`` over HTTP, against a replica of arXiv that is filled from listing files."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import NoReturn

import pytest

from agent.database.store import Store, open_store
from agent.judges.local.judge import LocalJudge
from agent.records import Coverage
from tests.conftest import ROOT
from tests.replicas.arxiv_corpus import read_listing
from tests.replicas.arxiv_server import ArxivServer
from tests.support.arxiv_night import CATEGORIES, DAYS, TONIGHT, announced, midnight, week
from tests.support.cli import Commands

GARDENS = ROOT / "tests" / "fixtures" / "gardens" / "triage.toml"
FIVE = ("cs.CL", "cs.LG", "cs.AI", "cs.IR", "cs.SE")

# A small list, and a recorded judge with nothing recorded: what is listed and covered is the question here.
RUN = ("run", "--config", GARDENS, "--source", "arxiv", "--judge", "recorded", "--deliver", "none", "--json")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pause, no judging: for hundreds of papers even the local ranking would take seconds."""
    monkeypatch.setattr(LocalJudge, "relevance", lambda self, paper: 0.5)
    monkeypatch.setattr(LocalJudge, "leaves", lambda self, paper: ())
    monkeypatch.setattr(LocalJudge, "nearest", lambda self, paper, count, leaf=None: ())
    monkeypatch.setenv("TRIAGE_ARXIV_PAUSE_SECONDS", "0")
    monkeypatch.setenv("TRIAGE_SOURCE_CATEGORIES", json.dumps(FIVE))


def point_at(server: ArxivServer, monkeypatch: pytest.MonkeyPatch, patience: float = 30) -> None:
    """Ask at this server. Only where nothing can come of it may the patience be short: a busy machine is slow."""
    monkeypatch.setenv("TRIAGE_ARXIV_PATIENCE_SECONDS", str(patience))
    monkeypatch.setenv("TRIAGE_ARXIV_API_URL", server.api_url)
    monkeypatch.setenv("TRIAGE_ARXIV_RSS_URL", server.rss_url)


def set_clock(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    for command in ("run", "status"):
        monkeypatch.setattr(f"agent.commands.{command}.now", lambda: moment)


def test_three_real_nights_are_listed_once_each_and_completely(
    triage: Commands, shared_data: Path, quick: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    papers = [paper for path in sorted((shared_data / "listings").glob("*.jsonl")) for paper in read_listing(path)]
    with ArxivServer(papers) as server:
        point_at(server, monkeypatch)
        rows = tmp_path / "rows.jsonl"
        ended = triage(*RUN, "--since", "2025-11-12", "--until", "2025-11-14", "--judgments", rows)
    listed = [json.loads(line)["paper_id"] for line in rows.read_text().splitlines()]
    assert len(listed) == len(set(listed)) == ended.json["listed"] == 435
    assert all(row["complete"] for row in ended.json["coverage"])
    assert {row["day"] for row in ended.json["coverage"]} == {"2025-11-12", "2025-11-13", "2025-11-14"}


@pytest.mark.parametrize("since", [(), ("--since", "2025-11-10")])
def test_a_first_night_says_what_it_read_and_drafts_no_more_than_the_budget(
    triage: Commands, monkeypatch: pytest.MonkeyPatch, since: tuple[str, ...]
) -> None:
    set_clock(monkeypatch, midnight(TONIGHT))
    monkeypatch.setenv("TRIAGE_ARXIV_PAUSE_SECONDS", "0")
    monkeypatch.setenv("TRIAGE_SOURCE_CATEGORIES", json.dumps(CATEGORIES))
    monkeypatch.setenv("TRIAGE_REVIEW_MIN_SCORE", "0")
    with ArxivServer(week(), today=TONIGHT) as server:
        point_at(server, monkeypatch)
        ended = triage("run", "--config", GARDENS, "--judge", "local", "--budget", 2, "--json", *since)
    report = ended.json
    assert (report["buckets"]["drafted"], len(report["drafts"])) == (2, 2)
    assert report["buckets"]["queued"] > 0
    said = (
        f"the first run of this list read {TONIGHT} alone ({report['listed']} papers); `triage run --since 2025-11-07`"
    )
    assert (said in ended.err) == (not since)


def test_a_night_after_months_without_any_says_which_days_nobody_read(
    triage: Commands, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_clock(monkeypatch, midnight(TONIGHT))
    with open_store(triage.state, exclusive=True) as store:
        store.save_coverage([Coverage(day=date(2025, 9, 10), category="cs.CL", source="api", listed=9, complete=True)])
    with ArxivServer(week(), today=TONIGHT) as server:
        point_at(server, monkeypatch)
        ended = triage(*RUN)
    assert {row["day"] for row in ended.json["coverage"]} == {str(TONIGHT)}
    assert f"no day between 2025-09-10 and {TONIGHT} was read" in ended.err
    assert "the first run" not in ended.err


def test_a_night_without_arxiv_is_exit_3_and_the_next_one_reads_it_too(
    triage: Commands, shared_data: Path, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    papers = read_listing(shared_data / "listings" / "2025-11-13.jsonl")
    night = ("--since", "2025-11-13", "--until", "2025-11-13")
    with ArxivServer(papers, plan=lambda kind, number: "503") as server:
        point_at(server, monkeypatch, patience=1)
        down = triage(*RUN, *night)
    assert (down.code, "arXiv" in down.line) == (3, True)
    with ArxivServer(papers) as server:
        point_at(server, monkeypatch)
        assert triage(*RUN, *night).json["listed"] == 107


def test_a_short_day_is_said_to_be_incomplete_and_is_exit_4(
    triage: Commands, shared_data: Path, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    papers = read_listing(shared_data / "listings" / "2025-11-13.jsonl")
    with ArxivServer(papers, plan=lambda kind, number: "" if kind == "rss" else "empty page") as server:
        point_at(server, monkeypatch, patience=1)
        ended = triage(*RUN, "--since", "2025-11-12", "--until", "2025-11-13")
    assert ended.code == 4
    assert "INCOMPLETE 2025-11-12; rss: the feed is of 2025-11-13, not of this day; api: no paper" in ended.err


def test_a_night_that_was_killed_or_got_no_answer_is_made_up_for_even_when_it_was_the_first(
    triage: Commands, quick: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def killed(*_: object) -> NoReturn:
        raise SystemExit(143)

    def night(day: date, *options: object) -> int:
        server.today = day
        set_clock(monkeypatch, midnight(day))
        return triage(*RUN, *options).code

    monkeypatch.setenv("TRIAGE_SOURCE_CATEGORIES", json.dumps(CATEGORIES))
    with ArxivServer(week(), plan=lambda kind, number: "503" if server.today == DAYS[1] else "") as server:
        point_at(server, monkeypatch, patience=1)
        assert night(DAYS[1]) == 3
        point_at(server, monkeypatch)
        with monkeypatch.context() as stopped:
            stopped.setattr(Store, "finish_run", killed)
            assert night(DAYS[2]) == 143
        rows = triage("status", "--config", GARDENS, "--json").json["coverage"]
        assert [(row["day"], row["reason"]) for row in rows if row["category"] == "cs.CL"] == [
            (str(DAYS[1]), rows[0]["reason"]),
            (str(DAYS[2]), "a run began to read this day, and did not end"),
        ]
        assert "HTTP 503" in rows[0]["reason"]
        assert night(TONIGHT, "--judgments", tmp_path / "rows.jsonl") == 4, "nothing is recorded, so all papers fail"
    listed = [json.loads(line)["paper_id"] for line in (tmp_path / "rows.jsonl").read_text().splitlines()]
    assert len(listed) == len(set(listed))
    assert set(listed) == set().union(*(announced(server.papers, day) for day in DAYS[1:]))
    rows = triage("status", "--config", GARDENS, "--json").json["coverage"]
    assert {(row["day"], row["complete"]) for row in rows} == {(str(day), True) for day in DAYS[1:]}


def test_a_category_that_is_no_longer_configured_keeps_no_day_open(
    triage: Commands, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIAGE_SOURCE_OVERLAP_DAYS", "0")
    monkeypatch.setenv("TRIAGE_SOURCE_CATEGORIES", '["cs.CL", "cs.XX"]')
    plan = {"api": "no results", "rss": ""}
    with ArxivServer(week(), today=DAYS[1], plan=lambda kind, number: plan[kind]) as server:
        point_at(server, monkeypatch)
        set_clock(monkeypatch, midnight(DAYS[1]))
        rows = {row["category"]: row["complete"] for row in triage(*RUN).json["coverage"]}
        assert rows == {"cs.CL": True, "cs.XX": False}
        set_clock(monkeypatch, midnight(DAYS[2]))
        server.today = DAYS[2]
        monkeypatch.setenv("TRIAGE_SOURCE_CATEGORIES", '["cs.CL"]')
        assert triage(*RUN).json["window"] == {"from": str(DAYS[2]), "to": str(DAYS[2])}


def test_a_day_that_the_feed_alone_cannot_give_is_told_where_to_get(
    triage: Commands, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIAGE_SOURCE_CATEGORIES", json.dumps(CATEGORIES))
    with ArxivServer(week(), today=TONIGHT) as server:
        point_at(server, monkeypatch)
        ended = triage(*RUN, "--source", "rss", "--since", DAYS[3], "--until", TONIGHT)
    assert (
        "INCOMPLETE 2025-11-13; the feed is of 2025-11-14, not of this day; `triage run --source arxiv` asks"
        in ended.line
    )


def test_other_categories_in_triage_toml_do_not_leave_a_missed_night_behind(
    triage: Commands, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ArxivServer(week()) as server:
        point_at(server, monkeypatch)
        for day, category in ((DAYS[2], "cs.CL"), (DAYS[4], "cs.LG")):
            server.today = day
            set_clock(monkeypatch, midnight(day))
            monkeypatch.setenv("TRIAGE_SOURCE_CATEGORIES", json.dumps([category]))
            monkeypatch.setenv("TRIAGE_SOURCE_OVERLAP_DAYS", "0")
            ended = triage(*RUN)
    assert ended.json["window"] == {"from": str(DAYS[3]), "to": str(DAYS[4])}
    assert "the first run" not in ended.err


def test_the_line_that_cron_keeps_has_every_note(
    triage: Commands, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_clock(monkeypatch, midnight(TONIGHT))
    monkeypatch.setenv("TRIAGE_SOURCE_CATEGORIES", json.dumps(CATEGORIES))
    with ArxivServer(week()) as server:
        point_at(server, monkeypatch)
        line = triage(*RUN).line
    assert "papers in one reading only: 2 in RSS, 0 in the API; arXiv: 2 requests, at least 0 s apart; " in line
    assert line.endswith("`triage run --since 2025-11-07` reads the week before it too")


def test_a_night_is_called_quiet_only_when_it_was_read(
    triage: Commands, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ArxivServer(week(), plan=lambda kind, number: "no results" if kind == "api" else "") as server:
        point_at(server, monkeypatch)
        weekend = triage(*RUN, "--since", "2025-11-15", "--until", "2025-11-16")
        unread = triage(*RUN, "--since", DAYS[1], "--until", DAYS[1])
    assert (weekend.code, weekend.line.startswith("triage: 0 listed: a quiet night;")) == (0, True)
    assert (unread.code, unread.line.startswith("triage: 0 listed; INCOMPLETE 2025-11-11;")) == (4, True)
