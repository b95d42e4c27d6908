"""Version 1: the tables that were created without Alembic. A database that has them keeps them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "1"
down_revision = None


def upgrade() -> None:
    """Create the tables that are missing; every older program did the same whenever it opened a database."""
    _create("fleet_arxiv_pace", sa.Column("only", sa.Integer, primary_key=True), _moment("free_at"), _text("holder"))
    _create("fleet_listings", sa.Column("key", sa.Text, primary_key=True), _moment("read_at"), _text("listing"))
    _create(
        "fleet_nights", sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
        _text("list_id"), _text("night"), sa.Column("day", sa.Date, nullable=False), _text("worker"),
        sa.Column("reserved", sa.Float, nullable=False), sa.Column("spent", sa.Float),
        _moment("started"), sa.Column("ended", sa.DateTime(timezone=True)),
        sa.Column("code", sa.Integer), sa.Column("line", sa.Text),
    )  # fmt: skip


def _create(name: str, *columns: sa.Column[Any]) -> None:
    op.create_table(name, *columns, if_not_exists=True)


def _moment(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, nullable=False)
