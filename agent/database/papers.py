"""The papers of the listings, with what ``triage sync`` knows of listed ones."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, select

from agent.database.connection import ListDatabase
from agent.database.tables import background, papers, records
from agent.records import Paper, PaperRecord


class Papers(ListDatabase):
    """Papers by their base arXiv id; records by the key of their file."""

    def save_papers(self, listed: Iterable[Paper]) -> None:
        """Keep the latest of each paper, but the first announcement date: a second reading may only guess it."""
        rows = ({"id": each.id, "announced": each.announced, "paper": each.model_dump_json()} for each in listed)
        with self._writing() as connection:
            self._upsert(connection, papers, rows, keep="announced")

    def paper(self, paper_id: str) -> Paper | None:
        """Return the paper, or None when no listing had it."""
        found = self._rows(
            select(papers.c.announced, papers.c.paper).where(self._of_list(papers), papers.c.id == paper_id)
        )
        return as_paper(found[0]) if found else None

    def papers(self, paper_ids: Iterable[str]) -> dict[str, Paper]:
        """Return those of these papers that were ever listed, by id, in a few queries however many they are."""
        rows = self._rows_of(select(papers).where(self._of_list(papers)), papers.c.id, paper_ids)
        return {paper.id: paper for paper in map(as_paper, rows)}

    def save_records(self, known: Iterable[PaperRecord]) -> None:
        """Keep what is known of listed papers, in place of what was known under the same keys."""
        self._put(records, ({"key": each.key, "record": each.model_dump_json()} for each in known))

    def records(self) -> tuple[PaperRecord, ...]:
        """Return what is known of listed papers, in the order of their keys."""
        rows = self._rows(select(records.c.record).where(self._of_list(records)).order_by(records.c.key))
        return tuple(PaperRecord.model_validate_json(row.record) for row in rows)

    def save_background(self, unlabelled: Iterable[Paper]) -> None:
        """Keep earlier announcements that no one labelled."""
        self._put(background, ({"id": each.id, "paper": each.model_dump_json()} for each in unlabelled))

    def background(self) -> tuple[Paper, ...]:
        """Return unlabelled earlier announcements, in the order of their ids."""
        rows = self._rows(select(background.c.paper).where(self._of_list(background)).order_by(background.c.id))
        return tuple(Paper.model_validate_json(row.paper) for row in rows)


def as_paper(row: Row[*tuple[Any, ...]]) -> Paper:
    """Return the paper of a row with the columns ``announced`` and ``paper``."""
    paper = Paper.model_validate_json(row.paper)
    return paper if paper.announced == row.announced else paper.model_copy(update={"announced": row.announced})
