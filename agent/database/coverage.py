"""The announcement days that were read, each with how completely."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from sqlalchemy import select

from agent.database.connection import ListDatabase
from agent.database.tables import coverage
from agent.records import Coverage


class CoverageRows(ListDatabase):
    """One row for each day, category and source; a later reading replaces an earlier one."""

    def save_coverage(self, rows: Iterable[Coverage]) -> None:
        """Keep how completely days were read."""
        self._put(coverage, coverage_rows(rows))

    def coverage(self, since: date) -> tuple[Coverage, ...]:
        """Return what is known of the days from ``since`` on, by day, category and source."""
        rows = self._rows(
            select(coverage.c.row)
            .where(self._of_list(coverage), coverage.c.day >= since)
            .order_by(coverage.c.day, coverage.c.category, coverage.c.source)
        )
        return tuple(Coverage.model_validate_json(row.row) for row in rows)


def coverage_rows(rows: Iterable[Coverage]) -> Iterator[dict[str, object]]:
    """Yield the columns of each row of the table, without its list."""
    for row in rows:
        yield {"day": row.day, "category": row.category, "source": row.source, "row": row.model_dump_json()}
