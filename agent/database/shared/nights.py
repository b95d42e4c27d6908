"""The nights of a fleet: who tried which, how each attempt ended, and what it may spend and did."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import func, insert, select, update

from agent.database.connection import writing
from agent.database.shared.database import FileDatabase, SharedDatabase
from agent.database.shared.postgres import designed_errors
from agent.database.shared.tables import nights


class Attempt(NamedTuple):
    """One attempt at a night that ended. ``code`` is the exit code it would have as a command."""

    list_id: str
    night: str
    worker: str
    started: datetime
    ended: datetime | None
    code: int | None
    line: str | None
    spent: float | None


class FleetNights:
    """Money is in US dollars, a day is one of UTC."""

    def __init__(self, database: SharedDatabase | FileDatabase) -> None:
        self._database = database

    def begin(
        self, list_id: str, night: str, at: datetime, *, most: float | None, limit: float | None
    ) -> tuple[int, float | None]:
        """Write down that a night begins; return its number and what it may spend (None: no cap).

        ``most`` is the cap of the night itself, ``limit`` that of all nights of the day together: what others have
        spent today, or may still spend, is taken off. A night that never ended counts as if it had spent all it could.
        """
        row = {"list_id": list_id, "night": night, "day": at.date(), "worker": self._database.session, "started": at}
        with designed_errors(self._database.url), writing(self._database.engine, "nights") as connection:
            granted = most
            if limit is not None and most is not None:
                gone = select(func.coalesce(func.sum(func.coalesce(nights.c.spent, nights.c.reserved)), 0.0))
                left = limit - float(connection.execute(gone.where(nights.c.day == at.date())).scalar_one())
                granted = max(0.0, min(most, left))
            made = insert(nights).values(**row, reserved=granted or 0.0).returning(nights.c.seq)
            return int(connection.execute(made).scalar_one()), granted

    def end(self, number: int, at: datetime, *, code: int, line: str, spent: float) -> None:
        """Write down how a night ended, and what it spent."""
        ended: dict[str, Any] = {"ended": at, "code": code, "line": line, "spent": spent}
        with designed_errors(self._database.url), self._database.engine.begin() as connection:
            connection.execute(update(nights).where(nights.c.seq == number).values(ended))

    def latest(self) -> dict[str, Attempt]:
        """Return the newest attempt of each list that has ended."""
        newest = select(func.max(nights.c.seq)).where(nights.c.ended.is_not(None)).group_by(nights.c.list_id)
        names = [nights.c[name] for name in Attempt._fields]
        with designed_errors(self._database.url), self._database.engine.connect() as connection:
            rows = connection.execute(select(*names).where(nights.c.seq.in_(newest)))
            return {row.list_id: Attempt(*row) for row in rows}

    def spent_on(self, day: date) -> dict[str, float]:
        """Return what each list spent on a day, or may have spent."""
        total = func.sum(func.coalesce(nights.c.spent, nights.c.reserved))
        asked = select(nights.c.list_id, total).where(nights.c.day == day).group_by(nights.c.list_id)
        with designed_errors(self._database.url), self._database.engine.connect() as connection:
            return {name: round(float(usd), 6) for name, usd in connection.execute(asked)}
