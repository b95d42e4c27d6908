from __future__ import annotations

import gzip
import json
import os
import tracemalloc
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import SourceError
from agent.records import Listing, Window
from agent.sources.files.json_lines import MAX_LINE_BYTES
from agent.sources.files.listing import ListingFile
from agent.sources.files.rows import paper_from_row

ROOT = Path(__file__).parents[4]
SHARED = ROOT.parent / "shared" / "data"
CATEGORIES = ("cs.CL", "cs.LG", "cs.AI", "cs.IR", "cs.SE")
ROW: dict[str, Any] = {
    "id": "2511.00001",
    "title": "Weighing Tokens",
    "abstract": "We weigh tokens.",
    "categories": ["stat.ML", "cs.CL"],
    "announced": "2025-11-13",
}


def read(path: Path, *, cross_lists: bool = True, **window: date) -> Listing:
    return ListingFile(path, CATEGORIES, cross_lists).listing(Window(**window))


def write(folder: Path, *rows: dict[str, Any] | bytes) -> Path:
    path = folder / "night.jsonl"
    path.write_bytes(b"".join((row if isinstance(row, bytes) else json.dumps(row).encode()) + b"\n" for row in rows))
    return path


def refusal(path: Path) -> str:
    with pytest.raises(SourceError) as caught:
        read(path)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 400
    assert message.startswith(str(path))
    assert caught.value.exit_code == 3
    return message


def test_a_row_becomes_a_paper_with_its_base_id_and_version(tmp_path: Path) -> None:
    row = ROW | {
        "id": "2511.08590v2",
        "title": " Weighing\n  Tokens\x07 ",
        "abstract": "\n One  line\x00,\nand\ttwo. \n",
    }
    (paper,) = read(write(tmp_path, row)).papers
    assert (paper.id, paper.version) == ("2511.08590", 2)
    assert paper.title == "Weighing Tokens"
    assert paper.abstract == "One  line,\nand\ttwo."
    assert paper.announced == date(2025, 11, 13)


def test_null_optional_fields_and_unknown_fields_are_fine(tmp_path: Path) -> None:
    nulls = dict.fromkeys(("authors", "comment", "version", "published", "doi", "journal_ref"))
    (paper,) = read(write(tmp_path, ROW | nulls | {"abstract_source": "paraphrase", "x": {"y": []}})).papers
    assert (paper.authors, paper.comment, paper.version, paper.published) == ((), None, 1, None)


def test_optional_fields_are_kept(tmp_path: Path) -> None:
    row = ROW | {"authors": ["Ada Lovelace"], "comment": "Withdrawn by the authors", "version": 3, "doi": "10.1/x"}
    (paper,) = read(write(tmp_path, row | {"published": "2025-11-10T17:58:01Z"})).papers
    assert (paper.authors, paper.version, paper.doi) == (("Ada Lovelace",), 3, "10.1/x")
    assert (paper.published, paper.withdrawn) == (date(2025, 11, 10), True)


@pytest.mark.parametrize("field", ["id", "title", "abstract", "categories", "announced"])
def test_a_row_without_a_required_field_is_refused_naming_field_and_line(tmp_path: Path, field: str) -> None:
    message = refusal(write(tmp_path, ROW, {name: value for name, value in ROW.items() if name != field}))
    assert f"line 2: the field '{field}' is missing; a row needs id, title, abstract, categories, announced" in message


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("id", "paper 7", "an arXiv id such as 2305.10601"),
        ("id", 2511.08590, "write it in quotes"),
        ("title", None, "a text is needed"),
        ("title", " \n", "empty"),
        ("abstract", "  ", "empty"),
        ("abstract", "\ud800", "empty"),
        ("categories", [], "it is empty"),
        ("categories", "cs.CL", "a list is needed"),
        ("announced", "13.11.2025", "YYYY-MM-DD"),
        ("announced", "2025-02-30", "no such day"),
        ("announced", 1762992000, "YYYY-MM-DD"),
        ("version", 0, "greater than or equal to 1"),
        ("authors", ["Ada", None], "a text is needed"),
        ("id", "x" * 9_000, "an arXiv id"),
    ],
)
def test_a_bad_value_is_refused_with_what_is_allowed(tmp_path: Path, field: str, value: object, told: str) -> None:
    message = refusal(write(tmp_path, ROW | {field: value}))
    assert f"line 1: the field '{field}" in message
    assert told in message


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"{'id': 1}", "not JSON (column 2"),
        (b'["2511.00001"]', "a JSON list, not an object"),
        (b"null", "not an object"),
        (b'{"score": NaN}', "NaN is not JSON"),
        (b'{"score": -Infinity}', "-Infinity is not JSON"),
        (b'{"title": "caf\xe9"}', "not UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"score": ' + b"9" * 5000 + b"}", "a number of 5000 digits"),
        (b'{"version": ' + b"9" * 5_000 + b"}", "line 2"),
    ],
)
def test_a_line_that_is_no_json_object_is_refused_naming_the_line(tmp_path: Path, line: bytes, told: str) -> None:
    message = refusal(write(tmp_path, ROW, line))
    assert "line 2" in message
    assert told in message


def test_an_id_given_twice_is_refused_naming_both_lines(tmp_path: Path) -> None:
    message = refusal(write(tmp_path, ROW, ROW | {"id": "2511.00002"}, ROW | {"id": "2511.00001v2"}))
    assert "line 3: '2511.00001' was already given in line 1" in message


@pytest.mark.parametrize("packed", [False, True])
def test_a_line_of_50_mb_is_refused_without_being_held_in_memory(tmp_path: Path, packed: bool) -> None:
    path = tmp_path / ("night.jsonl.gz" if packed else "night.jsonl")
    with gzip.open(path, "wb", compresslevel=1) if packed else path.open("wb") as file:
        for _ in range(50):
            file.write(b"x" * 1_000_000)
    tracemalloc.start()
    message = refusal(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert f"line 1: longer than {MAX_LINE_BYTES:,} bytes" in message
    assert peak < 4 * MAX_LINE_BYTES


def test_a_gz_file_is_read_like_a_plain_one(tmp_path: Path) -> None:
    path = tmp_path / "night.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(ROW).encode()))
    assert [paper.id for paper in read(path).papers] == ["2511.00001"]


@pytest.mark.parametrize(
    "data",
    [b"not gzip at all", gzip.compress(b"{}" * 4_000)[:-30], b"\x1f\x8b\x08\x00" + b"\xff" * 40],
    ids=["no gzip", "cut off", "garbage"],
)
def test_a_damaged_gz_file_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "night.jsonl.gz"
    path.write_bytes(data)
    assert "the gzip data is damaged" in refusal(path)


def test_an_empty_file_is_a_quiet_night(tmp_path: Path) -> None:
    assert read(write(tmp_path)) == Listing(papers=(), coverage=())
    assert read(write(tmp_path, b"", b"  ")) == Listing(papers=(), coverage=())


def test_windows_line_ends_a_byte_order_mark_and_a_missing_last_line_end_are_fine(tmp_path: Path) -> None:
    path = tmp_path / "night.jsonl"
    rows = [json.dumps(ROW), json.dumps(ROW | {"id": "2511.00002"})]
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(rows).encode())
    assert len(read(path).papers) == 2


def test_a_missing_file_a_folder_and_an_unreadable_file_are_refused(tmp_path: Path) -> None:
    assert "No such file" in refusal(tmp_path / "none.jsonl")
    assert "Is a directory" in refusal(tmp_path)
    secret = write(tmp_path, ROW)
    secret.chmod(0)
    if os.access(secret, os.R_OK):
        pytest.skip("this user may read everything")
    assert "Permission denied" in refusal(secret)


DAYS = ("2025-11-12", "2025-11-13", "2025-11-14")


def test_the_window_is_inclusive_and_what_lies_outside_is_noted(tmp_path: Path) -> None:
    path = write(tmp_path, *(ROW | {"id": f"2511.0000{i}", "announced": day} for i, day in enumerate(DAYS)))
    assert len(read(path).papers) == 3
    inner = read(path, since=date(2025, 11, 13), until=date(2025, 11, 13))
    assert [paper.id for paper in inner.papers] == ["2511.00001"]
    assert inner.notes == (f"{path}: 2 of 3 rows were announced outside the window",)
    assert [c.day for c in inner.coverage] == [date(2025, 11, 13)]
    assert len(read(path, since=date(2025, 11, 13)).papers) == 2


def test_coverage_counts_cross_lists_only_when_they_count(tmp_path: Path) -> None:
    path = write(tmp_path, ROW, ROW | {"id": "2511.00002", "categories": ["cs.CL", "cs.LG"]})
    assert {c.category: c.listed for c in read(path).coverage} == {"cs.CL": 2, "cs.LG": 1}
    assert {c.category: c.listed for c in read(path, cross_lists=False).coverage} == {"cs.CL": 1}
    assert all(c.complete and c.source == "file" for c in read(path).coverage)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_any_value_in_any_field_gives_a_paper_or_one_line(value: object) -> None:
    for field in (*ROW, "authors", "version", "published", "comment"):
        try:
            paper = paper_from_row(ROW | {field: value})
        except ValueError as error:
            assert "\n" not in str(error)
        else:
            paper.model_dump_json()


@pytest.mark.parametrize(("night", "rows"), [("2025-11-12", 246), ("2025-11-13", 152), ("2025-11-14", 219)])
def test_a_real_night_is_read_whole_with_its_abstracts_verbatim(night: str, rows: int) -> None:
    path = SHARED / "listings" / f"{night}.jsonl"
    if not path.exists():
        pytest.skip(f"the development data is not here: {path}")
    given_rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    papers = read(path).papers
    assert len(papers) == rows
    assert all(paper.abstract == row["abstract"].strip() for paper, row in zip(papers, given_rows, strict=True))


def test_the_sample_listing_is_read_whole() -> None:
    assert len(read(ROOT / "data" / "sample_listing.jsonl").papers) == 48
