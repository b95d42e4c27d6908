from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from agent.errors import SourceError
from agent.records import EvalEntry, Label
from agent.sources.files.records import read_entries, read_labels, read_records, read_summaries

ROOT = Path(__file__).parents[4]
SHARED = ROOT.parent / "shared" / "data"

RECORD: dict[str, Any] = {
    "key": "weighing-tokens",
    "title": "Weighing Tokens",
    "abstract": None,
    "abstract_complete": False,
    "authors": ["Ada Lovelace"],
    "arxiv_id": "2305.10601v2",
    "categories": ["cs.CL"],
    "published": "2023-05-17",
    "kind": "paper",
    "entries": [{"line": 7, "section_id": "3.1.1", "entry_title": "WT: Weighing"}],
}
PAPER: dict[str, Any] = {
    "id": "2511.00001",
    "title": "Sampling",
    "abstract": "We sample.",
    "categories": ["cs.LG"],
    "announced": "2025-11-13",
}
LABEL: dict[str, Any] = {"id": "2511.00001", "grade": 3, "primary": "4.2.1", "secondary": ["6.2.1"]}
ENTRY: dict[str, Any] = {"key": "k", "title": "T", "abstract": None, "section_ids": ["4.2.1"]}


def write(folder: Path, *rows: dict[str, Any]) -> Path:
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def shared(name: str) -> Path:
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"the development data is not here: {path}")
    return path


def test_catalog_records_and_listed_papers_may_be_in_one_file(tmp_path: Path) -> None:
    read = read_records(write(tmp_path, RECORD, PAPER))
    (record,) = read.records
    assert (record.key, record.arxiv_id, record.abstract) == ("weighing-tokens", "2305.10601", None)
    assert record.published == date(2023, 5, 17)
    assert record.entries[0].line == 7
    assert [paper.id for paper in read.papers] == ["2511.00001"]


def test_an_entry_and_a_record_without_a_title_are_kept(tmp_path: Path) -> None:
    row = RECORD | {"title": None, "entries": [{"line": 9, "section_id": "1.1", "entry_title": None}]}
    (record,) = read_records(write(tmp_path, row)).records
    assert record.title is None
    assert record.entries[0].entry_title == ""


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (RECORD | {"key": ""}, "line 2: the field 'key' is ''"),
        (RECORD | {"key": "b", "arxiv_id": "N/A"}, "line 2: the field 'arxiv_id' is 'N/A'"),
        (RECORD | {"key": "b", "entries": [{"line": 0, "section_id": "1"}]}, "the field 'entries.0.line' is 0"),
        (RECORD, "line 2: 'weighing-tokens' was already given in line 1"),
        ({"title": "neither"}, "line 2: the field 'id' is missing"),
    ],
)
def test_a_bad_record_is_refused_in_one_line(tmp_path: Path, row: dict[str, Any], told: str) -> None:
    path = write(tmp_path, RECORD, row)
    with pytest.raises(SourceError) as caught:
        read_records(path)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_labels_are_read_with_base_ids_and_other_fields_are_ignored(tmp_path: Path) -> None:
    rows = (LABEL | {"id": "2511.00001v3", "operation": "x"}, {"id": "2511.00002", "grade": 0, "primary": None})
    assert read_labels(write(tmp_path, *rows)) == (
        Label(id="2511.00001", grade=3, primary="4.2.1", secondary=("6.2.1",)),
        Label(id="2511.00002", grade=0, primary=None),
    )


@pytest.mark.parametrize("change", [{"grade": 4}, {"grade": "3"}, {"grade": None}, {"primary": 4.2}])
def test_a_bad_label_is_refused_naming_the_field(tmp_path: Path, change: dict[str, Any]) -> None:
    with pytest.raises(SourceError, match=f"line 1: the field '{next(iter(change))}"):
        read_labels(write(tmp_path, LABEL | change))


def test_entries_for_placement_are_read_and_need_a_leaf(tmp_path: Path) -> None:
    assert read_entries(write(tmp_path, ENTRY)) == (
        EvalEntry(key="k", title="T", abstract=None, section_ids=("4.2.1",)),
    )
    with pytest.raises(SourceError, match="line 1: the field 'section_ids'"):
        read_entries(write(tmp_path, ENTRY | {"section_ids": []}))


def test_the_committed_summaries_cover_the_list_and_hold_no_abstract() -> None:
    path = ROOT / "data" / "summaries.jsonl"
    summaries = read_summaries(path)
    assert len(summaries) == 141
    assert sum(summary.summary is not None for summary in summaries) == 130
    assert sum(summary.record.arxiv_id is not None for summary in summaries) == 129
    assert sum(len(summary.record.entries) for summary in summaries) == 144
    assert "abstract" not in {field for line in path.read_text("utf-8").splitlines() for field in json.loads(line)}


def test_the_committed_labels_are_read_whole() -> None:
    labels = read_labels(ROOT / "data" / "labels" / "2025-11-12_to_14.jsonl")
    assert len(labels) == 435
    assert {label.grade for label in labels} == {0, 1, 2, 3}


@pytest.mark.parametrize(
    ("name", "records", "papers"), [("catalog_papers.jsonl", 141, 0), ("background-2025-09-to-11.jsonl.gz", 0, 3000)]
)
def test_the_real_files_for_sync_are_read_whole(name: str, records: int, papers: int) -> None:
    read = read_records(shared(name))
    assert (len(read.records), len(read.papers)) == (records, papers)
