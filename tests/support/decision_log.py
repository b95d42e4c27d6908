"""The log of decisions, as a person reads it in the database: the program only adds to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select

from agent.database.store import Store
from agent.database.tables import decision_log


def read_log(store: Store) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return the rows of the store's list, the oldest first."""
    mine = select(decision_log).where(store._of_list(decision_log)).order_by(decision_log.c.seq)
    with store.engine.connect() as connection:
        return connection.execute(mine).all()
