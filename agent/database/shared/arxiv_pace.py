"""The pace of all who ask arXiv, on whatever machines: one row says from when on the next may ask."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final
from uuid import uuid4

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from agent.database.shared.database import SharedDatabase
from agent.database.shared.postgres import designed_errors
from agent.database.shared.tables import arxiv_pace

_NOW: Final = func.clock_timestamp()
_FREE: Final = or_(arxiv_pace.c.free_at <= _NOW, arxiv_pace.c.free_at > _NOW + timedelta(hours=1))


class SharedPace:
    """Implements Pace for all who share a database: one request at a time, ``delay`` seconds after another.

    A turn that was begun and never ended, by a process that died, is over after ``longest`` seconds. One that is more
    than an hour away was taken by a clock of the server that was set back since: nobody waits for it.
    """

    def __init__(
        self, database: SharedDatabase, delay: float, longest: float, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._database, self._delay, self._longest, self._sleep = database, delay, longest, sleep
        self._holder = uuid4().hex

    def begin(self) -> None:
        """Wait for the next turn, and take it."""
        while (wait := self._try_to_begin()) > 0:
            # A turn may end long before it must: look again after a part of the pause.
            self._sleep(min(wait, max(0.02, self._delay / 4)))

    def end(self) -> None:
        """End the turn: the next one begins after the delay."""
        free_at = _NOW + timedelta(seconds=self._delay)
        mine = arxiv_pace.c.holder == self._holder
        with designed_errors(self._database.url), self._database.engine.begin() as connection:
            connection.execute(update(arxiv_pace).where(mine).values(free_at=free_at))

    def _try_to_begin(self) -> float:
        """Return how many seconds the turn is away; 0: it is taken."""
        until = _NOW + timedelta(seconds=self._longest)
        mine = {"free_at": until, "holder": self._holder}
        take = (
            insert(arxiv_pace)
            .values(only=1, **mine)
            .on_conflict_do_update(index_elements=[arxiv_pace.c.only], set_=mine, where=_FREE)
            .returning(arxiv_pace.c.only)
        )
        with designed_errors(self._database.url), self._database.engine.begin() as connection:
            if connection.execute(take).first() is not None:
                return 0.0
            left = select(func.extract("epoch", arxiv_pace.c.free_at - _NOW))
            return max(0.001, float(connection.execute(left).scalar_one()))
