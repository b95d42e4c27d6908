"""``triage backfill``: a range of days is judged day by day, and reviewed as one."""

from __future__ import annotations

import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from agent.database.store import open_store
from agent.records import Coverage, Paper
from tests.conftest import ROOT
from tests.replicas.arxiv_server import ArxivServer
from tests.replicas.openai_server import OpenAIServer
from tests.support.cli import Commands

LIST = ROOT / "tests" / "fixtures" / "gardens" / "triage.toml"
DAYS = ("2025-11-12", "2025-11-13", "2025-11-14")
RANGE = ("--since", DAYS[0], "--until", DAYS[-1])


@pytest.fixture(autouse=True)
def _categories(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIAGE_SOURCE_CATEGORIES", json.dumps(["cs.CL"]))


@pytest.fixture
def listing(tmp_path: Path) -> Path:
    """Three days of eight papers each."""
    rows = [
        {
            "id": f"2511.{day}{number:04}",
            "title": f"Study {day} {number}",
            "abstract": f"We water garden {day} with method {number}. It grows.",
            "announced": announced,
            "categories": ["cs.CL"],
        }
        for day, announced in enumerate(DAYS)
        for number in range(8)
    ]
    file = tmp_path / "range.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, listing: Path) -> Any:
    papers = [Paper.model_validate_json(line) for line in listing.read_text().splitlines()]
    with OpenAIServer(papers) as replica:
        monkeypatch.setenv("OPENAI_BASE_URL", replica.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", "x")
        yield replica


def backfill(triage: Commands, listing: Path, *more: object) -> Any:
    return triage("backfill", "--config", LIST, "--source", listing, "--judge", "openai", "--json", *RANGE, *more)


def test_the_best_of_the_whole_range_are_drafted_within_one_budget(
    triage: Commands, server: OpenAIServer, listing: Path
) -> None:
    ended = backfill(triage, listing, "--yes", "--budget", 4, "--deliver", "patch")
    assert ended.code == 0
    nights, review = ended.json["nights"], ended.json["review"]
    assert [night["buckets"]["drafted"] for night in nights] == [0, 0, 0]
    assert sum(night["listed"] for night in nights) == 24
    assert len(review["drafts"]) == 4
    assert review["cost"]["calls"] == 0
    queued = sum(night["buckets"]["queued"] for night in nights)
    assert review["buckets"]["queued"] == queued - 4
    assert Path(review["patch"]).exists()
    again = backfill(triage, listing, "--yes", "--budget", 4).json
    assert again["review"]["drafts"] == []  # the range has had its four
    assert len(server.calls) == 24


def test_what_it_takes_is_said_before_a_model_is_asked(triage: Commands, server: OpenAIServer, listing: Path) -> None:
    ended = backfill(triage, listing, "--dry-run")
    found = ended.json
    assert (found["days"], found["looked_at"], found["papers"]) == (3, 3, 24)
    assert found["tokens_out"] == 24 * 500
    assert float(found["usd"]) > 0
    assert float(found["worst_usd"]) > float(found["usd"])
    half = backfill(triage, listing, "--dry-run", "--batch").json
    assert float(half["usd"]) == pytest.approx(float(found["usd"]) / 2)
    assert not server.calls


def test_money_is_asked_about_also_when_the_days_that_were_looked_at_are_empty(
    triage: Commands, server: OpenAIServer, listing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of this range the first day, the middle one and the last have no paper."""
    wider = ("--since", "2025-11-05", "--until", "2025-11-26", "--source", "arxiv")
    monkeypatch.setenv("TRIAGE_ARXIV_PAUSE_SECONDS", "0")
    with ArxivServer([]) as arxiv:
        monkeypatch.setenv("TRIAGE_ARXIV_API_URL", arxiv.api_url)
        monkeypatch.setenv("TRIAGE_ARXIV_RSS_URL", arxiv.rss_url)
        found = backfill(triage, listing, *wider, "--dry-run").json
        assert [found[key] for key in ("looked_at", "papers", "model", "usd")] == [3, 0, "gpt-6-luna", None]
        ended = backfill(triage, listing, *wider)
    assert (ended.code, "say --yes" in ended.err, "judged locally" in ended.err) == (2, True, False)
    assert not server.calls


def test_of_a_saved_listing_every_day_is_looked_at(triage: Commands, server: OpenAIServer, listing: Path) -> None:
    wider = ("--since", "2025-11-05", "--until", "2025-11-26")
    found = backfill(triage, listing, *wider, "--dry-run").json
    assert (found["days"], found["looked_at"], found["papers"]) == (16, 16, 24)
    assert float(found["usd"]) > 0


def test_the_days_of_a_range_are_not_called_the_first_of_a_list(triage: Commands, listing: Path) -> None:
    ended = triage("backfill", "--config", LIST, "--source", listing, "--judge", "local", *RANGE)
    assert ended.code == 0 and "the first run of this list" not in ended.err


@pytest.mark.slow
def test_papers_over_the_cap_are_asked_about_again_on_days_that_are_read(
    triage: Commands, server: OpenAIServer, listing: Path
) -> None:
    capped = backfill(triage, listing, "--yes", "--max-cost", 0.001)
    assert (capped.code, len(server.calls)) == (4, 0)
    with open_store(triage.state, exclusive=True) as store:  # as if two of the days had been read from arXiv
        rows = [
            Coverage(day=date.fromisoformat(day), category="cs.CL", source="api", listed=8, complete=True)
            for day in DAYS[1:]
        ]
        store.save_coverage(rows)
    left = backfill(triage, listing, "--dry-run").json
    assert (left["days"], left["papers"], left["again"]) == (1, 24, 16)
    assert left["tokens_out"] == 24 * 500
    later = backfill(triage, listing, "--yes", "--max-cost", 5)
    assert later.code == 0
    assert "1 day, and 16 papers that failed earlier: about 24 papers to judge" in later.err
    assert [night["listed"] for night in later.json["nights"]] == [8, 8, 8]
    assert len(server.calls) == 24
    with open_store(triage.state, exclusive=True) as store:
        store.save_coverage(row.model_copy(update={"day": date.fromisoformat(DAYS[0])}) for row in rows[:1])
    done = triage("backfill", "--config", LIST, "--source", listing, "--judge", "openai", *RANGE, "--dry-run")
    assert done.out == "every day of the range was judged\n"


def test_without_a_terminal_money_is_spent_only_with_yes(triage: Commands, server: OpenAIServer, listing: Path) -> None:
    ended = backfill(triage, listing)
    assert ended.code == 2
    assert "say --yes" in ended.err
    assert "about 24 papers to judge" in ended.err
    assert not server.calls


@pytest.mark.parametrize("answer", ["n\n", ""])
def test_who_says_no_on_the_terminal_or_nothing_stops_it_before_money_is_spent(
    triage: Commands, server: OpenAIServer, listing: Path, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    terminal = io.StringIO(answer)
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdin", terminal)
    ended = backfill(triage, listing)
    assert (ended.code, ended.out.strip()) == (130, "")
    assert ended.err.splitlines()[-1].endswith("triage: stopped; nothing more was done")
    assert not server.calls


@pytest.mark.parametrize("given", ["", "20251112", "2025-W46-3", "2025-11-31", "\u0662025-11-12"])
def test_a_day_is_written_in_one_way_only(triage: Commands, given: str) -> None:
    for days in (("--since", given, "--until", DAYS[0]), ("--since", DAYS[0], "--until", given)):
        ended = triage("backfill", "--config", LIST, *days)
        assert ended.code == 2
        assert f"{given!r}: not a date; write YYYY-MM-DD" in ended.line


def test_what_costs_nothing_is_not_asked_about(triage: Commands, listing: Path) -> None:
    ended = triage("backfill", "--config", LIST, "--source", listing, "--judge", "local", "--json", *RANGE)
    assert ended.code == 0
    assert "judged locally, $0" in ended.err


@pytest.mark.slow
def test_a_range_in_batches_is_reviewed_when_the_last_batch_has_ended(
    triage: Commands, server: OpenAIServer, listing: Path
) -> None:
    first = backfill(triage, listing, "--yes", "--budget", 4, "--batch")
    assert first.code == 0
    assert [night["buckets"]["batched"] for night in first.json["nights"]] == [8, 8, 8]
    assert first.json["review"] is None
    assert "come back" in first.err
    assert len(server.batches.batches) == 3
    for _ in range(6):
        later = backfill(triage, listing, "--yes", "--budget", 4, "--batch")
        assert later.code == 0
        if later.json["review"]:
            break
    assert len(later.json["review"]["drafts"]) == 4
    assert len(server.batches.batches) == 3
    assert set(server.batches.paid.values()) == {1}
    assert sum(server.batches.paid.values()) == 24
