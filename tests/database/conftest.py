"""The databases that the tests of the store run on: SQLite, and PostgreSQL where it is installed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine

from agent.database.connection import sqlite_engine
from agent.database.schema import bring_up_to_date
from agent.database.store import Store
from agent.database.tables import LISTS


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty database with the current schema."""
    if request.param == "sqlite":
        made = sqlite_engine(tmp_path / "triage.sqlite3")
    else:
        made = create_engine(request.getfixturevalue("shared_state"))
    bring_up_to_date(made, "the database", LISTS)
    yield made
    made.dispose()


@pytest.fixture
def store(engine: Engine, tmp_path: Path) -> Store:
    return Store(tmp_path, engine)
