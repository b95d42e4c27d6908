"""Copies the state of a list into another database, wholly or not at all."""

from __future__ import annotations

from sqlalchemy import Connection, Table, insert, select

from agent.database.arxiv_answers import EVERY_LIST
from agent.database.connection import ListDatabase
from agent.database.tables import arxiv_answers, metadata
from agent.errors import ConfigError

_ROWS_AT_ONCE = 1000


class ListCopy(ListDatabase):
    """What is copied into: the rows of one list."""

    def fill_from(self, source: ListDatabase, name: str) -> dict[str, int]:
        """Copy all rows of the list of ``source``, in one transaction, and return how many each table has of them.

        What arXiv answered belongs to all lists: it is added to what is there. Raises ConfigError when there are rows
        of this list already; ``name`` is how its message calls the target.
        """
        copied: dict[str, int] = {}
        with source.engine.connect() as reading, self._writing() as connection:
            held = [table.name for table in metadata.sorted_tables if self._count(connection, table)]
            if held:
                raise ConfigError(
                    f"{name} already holds a list {self._list_id!r} (in {', '.join(held)}); nothing was copied: give "
                    "another name as [state] list, or another database"
                )
            for table in metadata.sorted_tables:
                copied[table.name] = self._copy(reading, connection, table, source)
        return copied

    def _count(self, connection: Connection, table: Table) -> int:
        return len(connection.execute(select(table.c.list_id).where(self._of_list(table)).limit(1)).all())

    def _copy(self, reading: Connection, connection: Connection, table: Table, source: ListDatabase) -> int:
        """Copy the rows of one table in portions, in the order in which they were inserted; return their number."""
        shared = table is arxiv_answers
        chosen = table.c.list_id == EVERY_LIST if shared else source._of_list(table)
        order = [table.c.seq] if "seq" in table.c else list(table.primary_key)
        columns = [column for column in table.c if column.name not in ("seq", "list_id")]
        found = reading.execution_options(yield_per=_ROWS_AT_ONCE).execute(
            select(*columns).where(chosen).order_by(*order)
        )
        count = 0
        for portion in found.partitions():
            rows = [dict(row._mapping) for row in portion]
            if shared:
                self._upsert(connection, table, ({"list_id": EVERY_LIST, **row} for row in rows))
            else:
                connection.execute(insert(table), [{"list_id": self._list_id, **row} for row in rows])
            count += len(rows)
        return count
