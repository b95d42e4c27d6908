"""Version 3: the steps that reviewers take on the review page, to be taken back one by one."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "3"
down_revision = "2"


def upgrade() -> None:
    """Create the table of the steps; nothing is known of earlier ones."""
    op.create_table(
        "review_steps",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
        *(_text(name) for name in ("list_id", "paper_id", "before", "after", "by")),
        sa.Column("taken_at", sa.DateTime, nullable=False),
        sa.Column("undone", sa.Integer, nullable=False),
        sa.Column("published", sa.Integer, nullable=False),
    )
    op.create_index("review_steps_by_paper", "review_steps", ["list_id", "paper_id"])


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, nullable=False)
