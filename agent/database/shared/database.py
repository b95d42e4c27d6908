"""The data that lists on PostgreSQL share: the pace of arXiv, readings of a night, the nights and their cost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Final
from uuid import uuid4

from sqlalchemy import URL, Engine, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError

from agent.database.connection import sqlite_engine, writing
from agent.database.shared.postgres import designed_errors, open_engine, read_url, session_name
from agent.database.shared.tables import arxiv_pace, listings, shared_metadata
from agent.errors import ConfigError

OWN_FILE: Final = "nights.sqlite3"
LISTINGS_KEPT: Final = timedelta(days=7)
_LOCK_WAIT: Final = "300s"
_LONGEST_READING: Final = "900s"
_NOW: Final = func.clock_timestamp()


class SharedDatabase:
    """Its sessions last as long as one transaction, so there is nothing to close. ``session`` is what they are called.

    Every method raises ConfigError when the database cannot be used.
    """

    def __init__(self, address: str, session: str | None = None) -> None:
        self.url = read_url(address)
        self.session = session or session_name()

    @cached_property
    def engine(self) -> Engine:
        """The database, with the shared tables made."""
        engine = open_engine(self.url, self.session, brief=True)
        with designed_errors(self.url), writing(engine, "shared tables") as connection:
            shared_metadata.create_all(connection)
        return engine


class OwnDatabase:
    """The shared tables of one machine, as a file in ``folder``; ``session`` as in ``SharedDatabase``.

    Every method raises ConfigError when the file cannot be used.
    """

    def __init__(self, folder: Path, session: str | None = None) -> None:
        self._file = folder / OWN_FILE
        self.url = URL.create("sqlite", database=str(self._file))
        self.session = session or session_name()

    @cached_property
    def engine(self) -> Engine:
        """The database, with the shared tables made."""
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(
                f"{self._file.parent}: {error.strerror}; make the folder of fleet.toml writable"
            ) from None
        engine = sqlite_engine(self._file, brief=True)
        with designed_errors(self.url), writing(engine, "shared tables") as connection:
            shared_metadata.create_all(connection)
        return engine


class ArxivTurns:
    """The pace of all who ask arXiv through one database: one request at a time, ``delay`` seconds after another.

    A turn that was begun and never ended, by a process that died, is over after ``longest`` seconds.
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
            .on_conflict_do_update(index_elements=[arxiv_pace.c.only], set_=mine, where=arxiv_pace.c.free_at <= _NOW)
            .returning(arxiv_pace.c.only)
        )
        with designed_errors(self._database.url), self._database.engine.begin() as connection:
            if connection.execute(take).first() is not None:
                return 0.0
            left = select(func.extract("epoch", arxiv_pace.c.free_at - _NOW))
            return max(0.001, float(connection.execute(left).scalar_one()))


class SharedListings:
    """Complete readings of arXiv, so that one serves all lists that ask for the same."""

    def __init__(self, database: SharedDatabase) -> None:
        self._database = database

    @contextmanager
    def one_reader(self, key: str) -> Iterator[str | None]:
        """Let one at a time read what ``key`` names. Yield what another has read of it, or None.

        A process that has waited for five minutes reads as well.
        """
        engine = self._database.engine
        with engine.connect() as connection:
            try:
                connection.execute(text(f"SET LOCAL lock_timeout = '{_LOCK_WAIT}'"))
                connection.execute(text(f"SET LOCAL idle_in_transaction_session_timeout = '{_LONGEST_READING}'"))
                turn = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")
                connection.execute(turn, {"key": f"paper-triage listing {key}"})
            except DBAPIError as error:
                if error.connection_invalidated:
                    raise
                connection.rollback()
            with engine.connect() as reading:
                found = reading.execute(select(listings.c.listing).where(listings.c.key == key)).scalar()
            yield found

    def keep(self, key: str, listing: str) -> None:
        """Keep a reading for some days."""
        moment = datetime.now(UTC)
        row = {"read_at": moment, "listing": listing}
        put = insert(listings).values(key=key, **row).on_conflict_do_update(index_elements=["key"], set_=row)
        with self._database.engine.begin() as connection:
            connection.execute(delete(listings).where(listings.c.read_at < moment - LISTINGS_KEPT))
            connection.execute(put)
