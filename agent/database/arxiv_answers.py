"""arXiv's answers about single papers, kept for a time when it does not answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from sqlalchemy import select

from agent.database.connection import ListDatabase
from agent.database.tables import arxiv_answers
from agent.records import Paper

EVERY_LIST: Final = ""
"""What the rows that belong to no list alone have as their list."""


class ArxivAnswers(ListDatabase):
    """Answers by the id that was asked for, such as ``2401.00011`` or ``2401.00011v1``: all lists share them."""

    def arxiv_answers(self, ids: Iterable[str]) -> dict[str, Paper | None]:
        """Return what arXiv said of these ids; None: it has no such paper. An id never answered is left out."""
        asked = select(arxiv_answers.c.id, arxiv_answers.c.paper).where(arxiv_answers.c.list_id == EVERY_LIST)
        rows = self._rows_of(asked, arxiv_answers.c.id, ids)
        return {row.id: Paper.model_validate_json(row.paper) if row.paper else None for row in rows}

    def save_arxiv_answers(self, answers: Mapping[str, Paper | None]) -> None:
        """Keep what arXiv said of each id, in place of what it said earlier."""
        rows = {name: paper.model_dump_json() if paper else None for name, paper in answers.items()}
        self._put(arxiv_answers, ({"list_id": EVERY_LIST, "id": name, "paper": paper} for name, paper in rows.items()))
