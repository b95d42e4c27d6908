"""``triage sync``: from a file, and from arXiv over its real protocol."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent.database.store import open_store
from tests.conftest import ROOT
from tests.support.cli import Commands

GARDENS = ROOT / "tests" / "fixtures" / "gardens" / "triage.toml"


def write(path: Path, *rows: dict[str, object]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


DRIP = {
    "key": "drip",
    "title": "Drip by Drip: Learned Irrigation for Roof Gardens",
    "abstract": "Roof gardens dry out.",
    "authors": ["A. Grower"],
    "arxiv_id": "2401.00099",
    "published": "2024-01-05",
    "entries": [{"line": 7, "section_id": "water", "entry_title": "Drip by Drip: Learned Irrigation for Roof Gardens"}],
}
STRANGER = {
    "id": "2311.00001",
    "title": "Compilers for Lambda Terms",
    "abstract": "We compile terms.",
    "categories": ["cs.PL"],
    "announced": "2023-11-02",
}


def test_records_of_entries_are_kept_and_other_papers_become_background(triage: Commands, tmp_path: Path) -> None:
    ended = triage("sync", "--config", GARDENS, "--from", write(tmp_path / "r.jsonl", DRIP, STRANGER), "--json")
    assert ended.json == {"entries": 4, "resolved": 1, "background": 1, "unread_categories": {}}
    with open_store(triage.state, exclusive=True) as store:
        (record,) = store.records()
        assert (record.arxiv_id, record.entries[0].section_id) == ("2401.00099", "water")


def test_a_listed_paper_in_the_listing_format_becomes_the_record_of_its_entry(triage: Commands, tmp_path: Path) -> None:
    row = STRANGER | {"id": "2404.00014", "title": "LeafWatch: Cheap Cameras that Count Leaves"}
    ended = triage("sync", "--config", GARDENS, "--from", write(tmp_path / "r.jsonl", row), "--json")
    assert ended.json == {"entries": 4, "resolved": 1, "background": 0, "unread_categories": {"cs.PL": 1}}


def test_categories_of_listed_papers_that_no_night_reads_are_named(triage: Commands, tmp_path: Path) -> None:
    rows = [DRIP | {"categories": ["cs.PL"]}, STRANGER]
    ended = triage("sync", "--config", GARDENS, "--from", write(tmp_path / "r.jsonl", *rows))
    assert "papers of the list (1) are of categories that no night reads: cs.PL (1); to find more" in ended.err

    read = triage(
        "sync", "--config", GARDENS, "--from", write(tmp_path / "r.jsonl", DRIP | {"categories": ["cs.LG", "cs.RO"]})
    )
    assert "no night reads" not in read.err


def test_a_record_that_is_no_entry_s_is_kept_as_background(triage: Commands, tmp_path: Path) -> None:
    other = DRIP | {"key": "x", "title": "On Something Else", "arxiv_id": "2001.00001", "entries": []}
    ended = triage("sync", "--config", GARDENS, "--from", write(tmp_path / "r.jsonl", other), "--json")
    assert ended.json == {"entries": 4, "resolved": 0, "background": 1, "unread_categories": {}}


def test_a_person_reads_how_many_papers_are_known_and_what_to_do_about_the_others(
    triage: Commands, tmp_path: Path
) -> None:
    ended = triage("sync", "--config", GARDENS, "--from", write(tmp_path / "r.jsonl", DRIP, STRANGER))
    assert "the papers of 1 of 4 entries are known (not found: 3; `triage audit` names them)" in ended.out


def test_a_bad_record_file_is_one_line_and_nothing_is_kept(triage: Commands, tmp_path: Path) -> None:
    (tmp_path / "r.jsonl").write_text(json.dumps(DRIP) + "\n{broken\n")
    ended = triage("sync", "--config", GARDENS, "--from", tmp_path / "r.jsonl")
    assert (ended.code, "line 2" in ended.line) == (3, True)
    with open_store(triage.state, exclusive=True) as store:
        assert store.records() == ()


def test_the_catalog_s_own_papers_resolve(triage: Commands, shared_data: Path) -> None:
    ended = triage("sync", "--from", shared_data / "catalog_papers.jsonl", "--json")
    assert ended.json == {"entries": 144, "resolved": 143, "background": 0, "unread_categories": {"cs.PL": 1}}


def test_arxiv_that_cannot_be_reached_is_exit_3(triage: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIAGE_ARXIV_API_URL", "http://127.0.0.1:9/api/query")
    monkeypatch.setenv("TRIAGE_ARXIV_PAUSE_SECONDS", "0")
    monkeypatch.setenv("TRIAGE_ARXIV_PATIENCE_SECONDS", "0.2")
    ended = triage("sync", "--config", GARDENS)
    assert (ended.code, "arXiv" in ended.line) == (3, True)
