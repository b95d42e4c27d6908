"""The other JSON-lines inputs: paper records, summaries, labels of a night, entries for placement evals."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agent.records import EvalEntry, Label, Paper, PaperRecord, Record, Summary
from agent.sources.files.json_lines import read_rows
from agent.sources.files.rows import (
    eval_entry_from_row,
    label_from_row,
    paper_from_row,
    record_from_row,
    summary_from_row,
)


class RecordFile(Record):
    """The content of a file for ``triage sync --from``: records of catalog entries, and listed papers."""

    records: tuple[PaperRecord, ...]
    papers: tuple[Paper, ...]


def read_records(path: Path) -> RecordFile:
    """Return the rows with a ``key`` as records, the others, in the listing format, as papers. Raises SourceError."""
    made = tuple(read_rows(path, _record_or_paper, lambda row: row.key if isinstance(row, PaperRecord) else row.id))
    return RecordFile(
        records=tuple(row for row in made if isinstance(row, PaperRecord)),
        papers=tuple(row for row in made if isinstance(row, Paper)),
    )


def _record_or_paper(row: Mapping[str, Any]) -> PaperRecord | Paper:
    return record_from_row(row) if "key" in row else paper_from_row(row)


def read_summaries(path: Path) -> tuple[Summary, ...]:
    """Return the own-words summaries of catalog papers. Raises SourceError."""
    return tuple(read_rows(path, summary_from_row, lambda summary: summary.record.key))


def read_labels(path: Path) -> tuple[Label, ...]:
    """Return the labels of a night, each paper once. Raises SourceError."""
    return tuple(read_rows(path, label_from_row, lambda label: label.id))


def read_entries(path: Path) -> tuple[EvalEntry, ...]:
    """Return the entries of a placement eval, each key once. Raises SourceError."""
    return tuple(read_rows(path, eval_entry_from_row, lambda entry: entry.key))
