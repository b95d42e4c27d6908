"""The judgments of papers, each of one version by one judge."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import and_, bindparam, delete, insert, select

from agent.database.connection import ListDatabase
from agent.database.tables import judgments
from agent.records import JudgeIdentity, Judgment, Paper


class Judgments(ListDatabase):
    """A judge that judges the same version again replaces its judgment, which is then the latest of the paper."""

    def judgments(self, papers: Iterable[Paper], judge: JudgeIdentity) -> dict[str, Judgment]:
        """Return what this judge said of these versions of the papers, by paper id, in a few queries."""
        versions = {paper.id: paper.version for paper in papers}
        asked = select(judgments.c.paper_id, judgments.c.version, judgments.c.judgment).where(
            self._of_list(judgments), judgments.c.judge == judge.model_dump_json()
        )
        return {
            row.paper_id: Judgment.model_validate_json(row.judgment)
            for row in self._rows_of(asked, judgments.c.paper_id, versions)
            if row.version == versions[row.paper_id]
        }

    def latest_judgment(self, paper_id: str) -> Judgment | None:
        """Return what was last said of the paper, by whatever judge."""
        of_paper = and_(self._of_list(judgments), judgments.c.paper_id == paper_id)
        text = self._value(select(judgments.c.judgment).where(of_paper).order_by(judgments.c.seq.desc()).limit(1))
        return Judgment.model_validate_json(text) if text else None

    def latest_judgments(self, paper_ids: Iterable[str]) -> dict[str, Judgment]:
        """Return what was last said of each of these papers, by id, in a few queries however many they are."""
        in_order = select(judgments.c.paper_id, judgments.c.judgment).where(self._of_list(judgments))
        rows = self._rows_of(in_order.order_by(judgments.c.seq), judgments.c.paper_id, paper_ids)
        latest = {row.paper_id: row.judgment for row in rows}
        return {paper_id: Judgment.model_validate_json(text) for paper_id, text in latest.items()}

    def judgments_of_models(self) -> tuple[Judgment, ...]:
        """Return what models said, the latest of a paper last: neither what the embedded judge said, nor what the
        review of a backfill repeated, which may be the embedded judge's.
        """
        by_models = and_(*(judgments.c.judge.not_like(f'{{"name":"{name}"%') for name in ("local", "stored")))
        rows = self._rows(
            select(judgments.c.judgment).where(self._of_list(judgments), by_models).order_by(judgments.c.seq)
        )
        return tuple(Judgment.model_validate_json(row.judgment) for row in rows)

    def save_judgments(self, judged: Iterable[tuple[Paper, Judgment]]) -> None:
        """Keep judgments, each of this version of its paper, in one transaction; the last one is the latest."""
        keys, rows = [], []
        for paper, judgment in judged:
            judge = judgment.judge.model_dump_json()
            keys.append({"of_paper": paper.id, "of_version": paper.version, "of_judge": judge})
            values = {"grade": judgment.grade, "score": judgment.score, "judgment": judgment.model_dump_json()}
            rows.append({"paper_id": paper.id, "version": paper.version, "judge": judge, **values})
        if not rows:
            return
        same = delete(judgments).where(
            self._of_list(judgments),
            judgments.c.paper_id == bindparam("of_paper"),
            judgments.c.version == bindparam("of_version"),
            judgments.c.judge == bindparam("of_judge"),
        )
        with self._writing() as connection:
            # New rows, not changed ones: their numbers say which is the latest.
            connection.execute(same, keys)
            connection.execute(insert(judgments).values(list_id=self._list_id), rows)
