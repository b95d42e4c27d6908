"""The connection to a database: the engine of a SQLite file, transactions, and the base of all that is read in them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    Engine,
    Executable,
    Insert,
    NullPool,
    QueuePool,
    Row,
    Select,
    Table,
    create_engine,
    event,
    text,
)
from sqlalchemy.dialects import sqlite

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

WAIT_SECONDS: Final = 30
"""How long a statement waits for another process that writes."""

END_THE_OTHER: Final = "another program keeps it to itself: wait for that, or end it"
"""What to do when that was too long."""

VALUES_A_QUERY: Final = 500
"""Databases bound how many values a statement may have (SQLite 999 or 32,766, by its version)."""

_WRITES: Final = "triage_writes"


def sqlite_engine(path: Path, *, brief: bool = False) -> Engine:
    """Return an engine for a SQLite file in which schema changes are part of a transaction, as in other databases.

    The connections of a ``brief`` one end with each transaction, so that nobody has to dispose of it.

    Python's driver commits before it changes a schema unless it is told to begin no transaction by itself
    (https://docs.sqlalchemy.org/en/20/dialects/sqlite.html#enabling-non-legacy-sqlite-transactional-modes-with-the-sqlite3-or-aiosqlite-driver).
    A transaction that writes takes the write lock when it begins, so that it waits for its turn instead of failing
    when another process wrote between its first reading and its first writing.
    """
    pool = NullPool if brief else QueuePool
    settings = {"timeout": WAIT_SECONDS}
    engine = create_engine(URL.create("sqlite", database=str(path)), connect_args=settings, poolclass=pool)

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode = WAL")
        # A killed program loses nothing; a power cut may undo the last transactions, and no later one stands without an
        # earlier one (https://www.sqlite.org/pragma.html#pragma_synchronous). FULL waits for the disk at each commit.
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


@contextmanager
def writing(engine: Engine, of: str = "schema") -> Iterator[Connection]:
    """Open a transaction that writes: committed when the block ends, rolled back when it raises.

    Transactions with the same ``of`` run one after the other; on SQLite, all that write do.
    """
    with engine.connect().execution_options(**{_WRITES: True}) as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            turn = text("SELECT pg_advisory_xact_lock(hashtextextended(:of, 0))")
            connection.execute(turn, {"of": f"paper-triage writes {of}"})
        yield connection


class ListDatabase:
    """The base of all parts of the store: the transactions over the rows of one list."""

    def __init__(self, engine: Engine, list_id: str) -> None:
        self.engine = engine
        self._list_id = list_id

    def _of_list(self, table: Table) -> ColumnElement[bool]:
        """Return the condition that every statement over ``table`` has: its rows belong to this list."""
        return table.c.list_id == self._list_id

    def _rows(self, statement: Executable) -> Sequence[Row[*tuple[Any, ...]]]:
        """Return all rows of a query, read in a transaction of its own."""
        with self.engine.connect() as connection:
            return connection.execute(statement).all()

    def _rows_of(
        self, statement: Select[*tuple[Any, ...]], column: ColumnElement[str], values: Iterable[str]
    ) -> Iterator[Row[*tuple[Any, ...]]]:
        """Yield the rows of a query that have one of the values in a column, in a few queries however many they are.

        The order of the statement holds among the rows of one value.
        """
        wanted = sorted(set(values))
        for start in range(0, len(wanted), VALUES_A_QUERY):
            yield from self._rows(statement.where(column.in_(wanted[start : start + VALUES_A_QUERY])))

    def _value(self, statement: Executable, given: Mapping[str, object] | None = None) -> Any:
        """Return the first column of the first row of a query, its parameters ``given``, or None when there is no
        row."""
        with self.engine.connect() as connection:
            return connection.execute(statement, given).scalar()

    def _writing(self) -> AbstractContextManager[Connection]:
        return writing(self.engine, f"list {self._list_id}")

    def _put(self, table: Table, rows: Iterable[Mapping[str, object]]) -> None:
        """Upsert the rows in a transaction of their own."""
        with self._writing() as connection:
            self._upsert(connection, table, rows)

    def _upsert(
        self, connection: Connection, table: Table, rows: Iterable[Mapping[str, object]], keep: str | None = None
    ) -> None:
        """Insert the rows into this list; of a row that is there, replace all columns but its key and ``keep``."""
        given = [{"list_id": self._list_id, **row} for row in rows]
        if given:
            statement = _upsert_statement(table, connection.dialect.name, keep)
            connection.execute(statement, given)


@cache
def _upsert_statement(table: Table, dialect: str, keep: str | None) -> Insert:
    """Return the statement, built once: that takes as long as to run it. Each database has a class of its own for an
    insert that can turn into an update, all of one form."""
    statement = _insert(table, dialect)
    changed = {c.name: statement.excluded[c.name] for c in table.c if not c.primary_key and c.name != keep}
    return statement.on_conflict_do_update(index_elements=table.primary_key.columns, set_=changed)


def _insert(table: Table, dialect: str) -> sqlite.Insert | postgresql.Insert:
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table)
    return sqlite.insert(table)
