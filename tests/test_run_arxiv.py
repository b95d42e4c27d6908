"""``triage run --source arxiv`` over HTTP, against a replica of arXiv that is filled from listing files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands import Commands
from tests.servers.arxiv_corpus import read_listing
from tests.servers.arxiv_server import ArxivServer

# A recorded judge with nothing recorded: what is listed and covered is the question here, not what is judged.
RUN = ("run", "--source", "arxiv", "--judge", "recorded", "--deliver", "none", "--json")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIAGE_ARXIV_PAUSE_SECONDS", "0")


def point_at(server: ArxivServer, monkeypatch: pytest.MonkeyPatch, patience: float = 30) -> None:
    """Ask at this server. Only where nothing can come of it may the patience be short: a busy machine is slow."""
    monkeypatch.setenv("TRIAGE_ARXIV_PATIENCE_SECONDS", str(patience))
    monkeypatch.setenv("TRIAGE_ARXIV_API_URL", server.api_url)
    monkeypatch.setenv("TRIAGE_ARXIV_RSS_URL", server.rss_url)


def test_three_real_nights_are_listed_once_each_and_completely(
    triage: Commands, shared_data: Path, impatient: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
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


def test_a_night_without_arxiv_is_exit_3_and_the_next_one_reads_it_too(
    triage: Commands, shared_data: Path, impatient: None, monkeypatch: pytest.MonkeyPatch
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
    triage: Commands, shared_data: Path, impatient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    papers = read_listing(shared_data / "listings" / "2025-11-13.jsonl")
    with ArxivServer(papers, plan=lambda kind, number: "" if kind == "rss" else "empty page") as server:
        point_at(server, monkeypatch, patience=1)
        ended = triage(*RUN, "--since", "2025-11-12", "--until", "2025-11-13")
    assert ended.code == 4
    assert "INCOMPLETE 2025-11-12" in ended.err
