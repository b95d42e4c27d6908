"""The announcements that were read for one list, kept for the others that ask for the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError

from agent.database.shared.database import SharedDatabase
from agent.database.shared.tables import listings

LISTINGS_KEPT: Final = timedelta(days=7)
_LOCK_WAIT: Final = "300s"
_LONGEST_READING: Final = "900s"
_LOCK_NOT_AVAILABLE: Final = "55P03"
"""https://www.postgresql.org/docs/current/errcodes-appendix.html"""


class SharedListings:
    """Complete readings of arXiv, so that one serves all lists that ask for the same."""

    def __init__(self, database: SharedDatabase) -> None:
        self._database = database

    @contextmanager
    def one_reader(self, key: str) -> Iterator[str | None]:
        """Let one at a time read what ``key`` names. Yield what another has read of it, or None.

        A process that has waited for five minutes reads as well; one that reads for longer than fifteen lets others
        read, too.
        """
        engine = self._database.engine
        with engine.connect() as connection:
            try:
                connection.execute(text(f"SET LOCAL lock_timeout = '{_LOCK_WAIT}'"))
                connection.execute(text(f"SET LOCAL idle_in_transaction_session_timeout = '{_LONGEST_READING}'"))
                turn = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")
                connection.execute(turn, {"key": f"paper-triage listing {key}"})
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                    raise
                connection.rollback()
            with engine.connect() as reading:
                found = reading.execute(select(listings.c.listing).where(listings.c.key == key)).scalar()
            try:
                yield found
            finally:
                _end_turn(connection)

    def keep(self, key: str, listing: str) -> None:
        """Keep a reading for some days."""
        moment = datetime.now(UTC)
        row = {"read_at": moment, "listing": listing}
        put = insert(listings).values(key=key, **row).on_conflict_do_update(index_elements=["key"], set_=row)
        with self._database.engine.begin() as connection:
            connection.execute(delete(listings).where(listings.c.read_at < moment - LISTINGS_KEPT))
            connection.execute(put)


def _end_turn(connection: Connection) -> None:
    """Let the next one read. The server may have ended the session that held the turn, when the reading took long."""
    try:
        connection.rollback()
    except DBAPIError:
        connection.invalidate()
