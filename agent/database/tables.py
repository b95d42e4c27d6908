"""The tables of the current schema, in SQLAlchemy Core. A column exists where a statement asks for it; the rest of a
record is kept whole, as JSON text.

Every row belongs to a list (``list_id``), so that one database can hold the state of several. To change a table: change
it here, add the next revision in ``migrations/versions/`` and raise ``VERSION``; a test compares both.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import (
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

from agent.database.schema import Schema

VERSION: Final = 3
"""The newest revision in ``migrations/versions/``."""

metadata: Final = MetaData()

LISTS: Final = Schema(metadata, VERSION, "versions", version_table="alembic_version", first_table="papers")

KEY: Final = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that is compared byte by byte, as SQLite does: the order of rows is the same on every database."""


class Moment(TypeDecorator[datetime]):
    """A point in time with its time zone. SQLite has no such type, so UTC without a zone is stored there."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or dialect.name == "postgresql":
            return value
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _key(name: str) -> Column[str]:
    return Column(name, KEY, primary_key=True)


def _sequence() -> Column[int]:
    """Return the number that rows get in the order in which they are inserted, across all lists."""
    return Column("seq", Integer, primary_key=True, autoincrement=True)


papers = Table(
    "papers",
    metadata,
    _key("list_id"),
    _key("id"),
    Column("announced", Date, nullable=False),
    Column("paper", Text, nullable=False),
)
"""Every paper of every listing. ``announced`` is the day of the first listing; the one inside ``paper`` is the last."""

records = Table("records", metadata, _key("list_id"), _key("key"), Column("record", Text, nullable=False))
"""What ``triage sync`` knows of the papers that the list names."""

background = Table("background", metadata, _key("list_id"), _key("id"), Column("paper", Text, nullable=False))
"""Earlier announcements without a label, from which the local judge learns which words are common."""

judgments = Table(
    "judgments",
    metadata,
    _sequence(),
    Column("list_id", KEY, nullable=False),
    Column("paper_id", KEY, nullable=False),
    Column("version", Integer, nullable=False),
    Column("judge", Text, nullable=False),
    Column("grade", Integer, nullable=False),
    Column("score", Float, nullable=False),
    Column("judgment", Text, nullable=False),
    UniqueConstraint("list_id", "paper_id", "version", "judge", name="one_judgment_of_a_version_by_a_judge"),
)
"""``judge`` is the JSON of a ``JudgeIdentity``. The judgment with the highest ``seq`` was stored last."""

model_answers = Table("model_answers", metadata, _key("list_id"), _key("key"), Column("answer", Text, nullable=False))
"""Raw answers of models, by the digest of what was asked; under keys with a colon, what is known
of their servers (what they take, how much at a time) and of batches under way."""

arxiv_answers = Table("arxiv_answers", metadata, _key("list_id"), _key("id"), Column("paper", Text))
"""What arXiv said of an id, with or without a version; null: that it has no such paper."""

runs = Table(
    "runs",
    metadata,
    _key("list_id"),
    _key("id"),
    Column("finished", Moment, nullable=False),
    Column("report", Text, nullable=False),
)

outcomes = Table(
    "outcomes",
    metadata,
    _key("list_id"),
    _key("run_id"),
    _key("paper_id"),
    Column("bucket", Text, nullable=False),
    ForeignKeyConstraint(["list_id", "run_id"], ["runs.list_id", "runs.id"], name="outcome_of_a_run"),
    Index("outcomes_by_paper", "list_id", "paper_id"),
)
"""The bucket in which a run put a paper."""

drafts = Table(
    "drafts",
    metadata,
    _sequence(),
    Column("list_id", KEY, nullable=False),
    Column("paper_id", KEY, nullable=False),
    Column("run_id", KEY, nullable=False),
    Column("draft", Text, nullable=False),
    Column("kind", Text),
    Column("decision", Text),
    Column("decided_at", Moment),
    UniqueConstraint("list_id", "paper_id", name="one_draft_of_a_paper"),
)
"""``kind``, ``decision`` and ``decided_at`` are null while a draft is open. ``run_id`` is ``review`` for what a person
drafted."""

dismissed = Table(
    "dismissed", metadata, _key("list_id"), _key("paper_id"), Column("dismissed_at", Moment, nullable=False)
)
"""Papers that a person took out of the queue."""

decision_log = Table(
    "decision_log",
    metadata,
    _sequence(),
    Column("list_id", KEY, nullable=False),
    Column("paper_id", KEY, nullable=False),
    Column("kind", Text, nullable=False),
    Column("section", Text),
    Column("entry", Text),
    Column("note", Text, nullable=False),
    Column("by", Text),
    Column("decided_at", Moment, nullable=False),
    Index("decision_log_by_paper", "list_id", "paper_id"),
)
"""Everything that was decided about a paper, in that order. Rows are only ever added."""

review_steps = Table(
    "review_steps",
    metadata,
    _sequence(),
    Column("list_id", KEY, nullable=False),
    Column("paper_id", KEY, nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("taken_at", Moment, nullable=False),
    Column("undone", Integer, nullable=False),
    Column("published", Integer, nullable=False),
    Index("review_steps_by_paper", "list_id", "paper_id"),
)
"""What reviewers did on the review page, with the state of the paper before and after it (JSON).

``undone`` and ``published`` are 0 or 1: the step was taken back, the pull request shows it."""

coverage = Table(
    "coverage",
    metadata,
    _key("list_id"),
    Column("day", Date, primary_key=True),
    _key("category"),
    _key("source"),
    Column("row", Text, nullable=False),
)
