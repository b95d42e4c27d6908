"""Version 1: the tables that were created without Alembic. A database that has them keeps them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "1"
down_revision = None


def upgrade() -> None:
    """Create the tables that are missing; every older program did the same whenever it opened a database."""
    _create("papers", _key("id"), _text("paper"))
    _create("records", _key("key"), _text("record"))
    _create("background", _key("id"), _text("paper"))
    _create(
        "judgments", _key("paper_id"), sa.Column("version", sa.Integer, primary_key=True), _key("judge"),
        _text("judgment"),
    )  # fmt: skip
    _create("answers", _key("key"), _text("answer"))
    _create("runs", _key("id"), _text("finished"), _text("report"))
    _create("outcomes", _key("run_id"), _key("paper_id"), _text("bucket"))
    op.create_index("outcomes_by_paper", "outcomes", ["paper_id"], if_not_exists=True)
    optional = [sa.Column(name, sa.Text) for name in ("kind", "decision", "decided_at")]
    _create("drafts", _key("paper_id"), _text("run_id"), _text("draft"), *optional)
    _create("dismissed", _key("paper_id"), _text("dismissed_at"))
    _create("coverage", _key("day"), _key("category"), _key("source"), _text("row"))


def _create(name: str, *columns: sa.Column[Any]) -> None:
    op.create_table(name, *columns, if_not_exists=True)


def _key(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, primary_key=True)


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, nullable=False)
