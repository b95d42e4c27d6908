"""Version 2: every row belongs to a list, what is queried has a column, and both kinds of answers have a table.

Only SQLite ever had version 1, so what reads its tables may be in SQLite's own words (``rowid``).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any, Final

import sqlalchemy as sa
from alembic import op

revision = "2"
down_revision = "1"

_ROWS_AT_ONCE: Final = 1000
_OLD: Final = ("papers", "records", "background", "judgments", "runs", "outcomes", "drafts", "dismissed", "coverage")
"""The tables that keep their names; ``answers`` becomes two."""

_Row = Mapping[str, Any]


def upgrade() -> None:
    """Move every row into the new tables, in the order in which it was written."""
    op.drop_index("outcomes_by_paper", "outcomes")
    for name in _OLD:
        op.rename_table(name, f"old_{name}")
    tables = _create()
    for name, (query, converted) in _MOVES.items():
        _insert(tables[name], (converted(dict(row._mapping)) for row in op.get_bind().execute(sa.text(query))))
    for name in (*(f"old_{name}" for name in _OLD), "answers"):
        op.drop_table(name)


def _paper(row: _Row) -> _Row:
    return {**row, "announced": date.fromisoformat(json.loads(row["paper"])["announced"])}


def _judgment(row: _Row) -> _Row:
    said = json.loads(row["judgment"])
    return {**row, "grade": said["grade"], "score": said["score"]}


def _arxiv_answer(row: _Row) -> _Row:
    """Return what arXiv said of an id, which was stored under ``arxiv:`` and the id."""
    paper = json.loads(row["answer"])["paper"]
    return {"id": row["key"].removeprefix("arxiv:"), "paper": json.dumps(paper) if paper else None}


def _run(row: _Row) -> _Row:
    return {**row, "finished": _moment(row["finished"])}


def _draft(row: _Row) -> _Row:
    return {**row, "decided_at": _moment(row["decided_at"])}


def _dismissal(row: _Row) -> _Row:
    return {**row, "dismissed_at": _moment(row["dismissed_at"])}


def _logged(row: _Row) -> _Row:
    """Return what is known of an earlier decision: the last one on a draft, or (null) that a paper was dismissed."""
    said = json.loads(row["decision"]) if row["decision"] else {"kind": "dismissed"}
    return {
        "paper_id": row["paper_id"],
        "kind": said["kind"],
        "section": said.get("section"),
        "entry": None,
        "note": said.get("note", ""),
        "by": said.get("by"),
        "decided_at": _moment(row["at"]),
    }


def _day(row: _Row) -> _Row:
    return {**row, "day": date.fromisoformat(row["day"])}


def _moment(text: str | None) -> datetime | None:
    """Return a time as SQLite keeps it: in UTC, without a zone."""
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None) if text else None


_MOVES: Final[Mapping[str, tuple[str, Callable[[_Row], _Row]]]] = {
    "papers": ("SELECT id, paper FROM old_papers", _paper),
    "records": ("SELECT key, record FROM old_records", dict),
    "background": ("SELECT id, paper FROM old_background", dict),
    "judgments": ("SELECT paper_id, version, judge, judgment FROM old_judgments ORDER BY rowid", _judgment),
    "model_answers": ("SELECT key, answer FROM answers WHERE key NOT LIKE 'arxiv:%'", dict),
    "arxiv_answers": ("SELECT key, answer FROM answers WHERE key LIKE 'arxiv:%'", _arxiv_answer),
    "runs": ("SELECT id, finished, report FROM old_runs", _run),
    "outcomes": (
        "SELECT run_id, paper_id, bucket FROM old_outcomes WHERE run_id IN (SELECT id FROM old_runs)",
        dict,
    ),
    "drafts": ("SELECT paper_id, run_id, draft, kind, decision, decided_at FROM old_drafts ORDER BY rowid", _draft),
    "dismissed": ("SELECT paper_id, dismissed_at FROM old_dismissed", _dismissal),
    "decision_log": (
        "SELECT paper_id, decision, decided_at AS at FROM old_drafts WHERE kind IS NOT NULL "
        "UNION ALL SELECT paper_id, NULL, dismissed_at FROM old_dismissed ORDER BY at, paper_id",
        _logged,
    ),
    "coverage": ("SELECT day, category, source, row FROM old_coverage", _day),
}
"""New table -> the query over the old ones, and what makes a new row of an old one."""


def _insert(table: sa.Table, rows: Iterator[_Row]) -> None:
    """Insert the rows in portions, so that a large table need not fit into memory. All belong to the one list."""
    while portion := [{"list_id": "", **row} for row in islice(rows, _ROWS_AT_ONCE)]:
        op.bulk_insert(table, portion)


def _create() -> dict[str, sa.Table]:
    """Create the new tables; return them by name."""
    list_id = "list_id"
    made = [
        op.create_table(
            "papers", _key(list_id), _key("id"), sa.Column("announced", sa.Date, nullable=False), _text("paper")
        ),
        op.create_table("records", _key(list_id), _key("key"), _text("record")),
        op.create_table("background", _key(list_id), _key("id"), _text("paper")),
        op.create_table(
            "judgments", _sequence(), _text(list_id), _text("paper_id"),
            sa.Column("version", sa.Integer, nullable=False), _text("judge"),
            sa.Column("grade", sa.Integer, nullable=False), sa.Column("score", sa.Float, nullable=False),
            _text("judgment"),
            sa.UniqueConstraint(
                list_id, "paper_id", "version", "judge", name="one_judgment_of_a_version_by_a_judge"
            ),
        ),
        op.create_table("model_answers", _key(list_id), _key("key"), _text("answer")),
        op.create_table("arxiv_answers", _key(list_id), _key("id"), sa.Column("paper", sa.Text)),
        op.create_table(
            "runs", _key(list_id), _key("id"), sa.Column("finished", sa.DateTime, nullable=False), _text("report")
        ),
        op.create_table(
            "outcomes", _key(list_id), _key("run_id"), _key("paper_id"), _text("bucket"),
            sa.ForeignKeyConstraint([list_id, "run_id"], ["runs.list_id", "runs.id"], name="outcome_of_a_run"),
        ),
        op.create_table(
            "drafts", _sequence(), _text(list_id), _text("paper_id"), _text("run_id"), _text("draft"),
            sa.Column("kind", sa.Text), sa.Column("decision", sa.Text), sa.Column("decided_at", sa.DateTime),
            sa.UniqueConstraint(list_id, "paper_id", name="one_draft_of_a_paper"),
        ),
        op.create_table(
            "dismissed", _key(list_id), _key("paper_id"), sa.Column("dismissed_at", sa.DateTime, nullable=False)
        ),
        op.create_table(
            "decision_log", _sequence(), _text(list_id), _text("paper_id"), _text("kind"),
            sa.Column("section", sa.Text), sa.Column("entry", sa.Text), _text("note"), sa.Column("by", sa.Text),
            sa.Column("decided_at", sa.DateTime, nullable=False),
        ),
        op.create_table(
            "coverage", _key(list_id), sa.Column("day", sa.Date, primary_key=True), _key("category"), _key("source"),
            _text("row"),
        ),
    ]  # fmt: skip
    op.create_index("outcomes_by_paper", "outcomes", [list_id, "paper_id"])
    op.create_index("decision_log_by_paper", "decision_log", [list_id, "paper_id"])
    return {table.name: table for table in made}


def _key(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, primary_key=True)


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, nullable=False)


def _sequence() -> sa.Column[Any]:
    return sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True)
