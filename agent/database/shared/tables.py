"""The tables that belong to no list: arXiv's pace, tonight's readings, the nights of a fleet with what they spent.

To change one: change it here, add the next revision in ``../migrations/fleet_versions/`` and raise ``VERSION``; a test
compares both.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, Date, DateTime, Float, Integer, MetaData, Table, Text

from agent.database.schema import Schema

VERSION: Final = 1
"""The newest revision in ``../migrations/fleet_versions/``."""

shared_metadata: Final = MetaData()

FLEET: Final = Schema(
    shared_metadata, VERSION, "fleet_versions", version_table="fleet_alembic_version", first_table="fleet_nights"
)

arxiv_pace = Table(
    "fleet_arxiv_pace",
    shared_metadata,
    Column("only", Integer, primary_key=True),
    Column("free_at", DateTime(timezone=True), nullable=False),
    Column("holder", Text, nullable=False),
)
"""One row: from when on arXiv may be asked again, and who asked last."""

listings = Table(
    "fleet_listings",
    shared_metadata,
    Column("key", Text, primary_key=True),
    Column("read_at", DateTime(timezone=True), nullable=False),
    Column("listing", Text, nullable=False),
)
"""Complete readings of arXiv, by what was asked."""

nights = Table(
    "fleet_nights",
    shared_metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("list_id", Text, nullable=False),
    Column("night", Text, nullable=False),
    Column("day", Date, nullable=False),
    Column("worker", Text, nullable=False),
    Column("reserved", Float, nullable=False),
    Column("spent", Float),
    Column("started", DateTime(timezone=True), nullable=False),
    Column("ended", DateTime(timezone=True)),
    Column("code", Integer),
    Column("line", Text),
)
"""Every attempt at a night. ``reserved`` and ``spent`` are US dollars; null: it has not ended, or was killed."""
