"""The judgments of papers, each of one version by one judge."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import and_, bindparam, delete, func, insert, select

from agent.database.connection import ListDatabase
from agent.database.papers import IDS_A_QUERY
from agent.database.tables import judgments
from agent.records import JudgeIdentity, Judgment, Paper


class Judgments(ListDatabase):
    """A judge that judges the same version again replaces its judgment, which is then the latest of the paper."""

    def judgments(self, papers: Iterable[Paper], judge: JudgeIdentity) -> dict[str, Judgment]:
        """Return what this judge said of these versions of the papers, by paper id, in a few queries."""
        versions = {paper.id: paper.version for paper in papers}
        wanted = sorted(versions)
        found: dict[str, Judgment] = {}
        for start in range(0, len(wanted), IDS_A_QUERY):
            rows = self._rows(
                select(judgments.c.paper_id, judgments.c.version, judgments.c.judgment).where(
                    self._of_list(judgments),
                    judgments.c.paper_id.in_(wanted[start : start + IDS_A_QUERY]),
                    judgments.c.judge == judge.model_dump_json(),
                )
            )
            found |= {
                row.paper_id: Judgment.model_validate_json(row.judgment)
                for row in rows
                if row.version == versions[row.paper_id]
            }
        return found

    def latest_judgment(self, paper_id: str) -> Judgment | None:
        """Return what was last said of the paper, by whatever judge."""
        of_paper = and_(self._of_list(judgments), judgments.c.paper_id == paper_id)
        text = self._value(select(judgments.c.judgment).where(of_paper).order_by(judgments.c.seq.desc()).limit(1))
        return Judgment.model_validate_json(text) if text else None

    def latest_judgments(self, paper_ids: Iterable[str]) -> dict[str, Judgment]:
        """Return what was last said of each of these papers, by id, in a few queries however many they are."""
        found: dict[str, Judgment] = {}
        wanted = sorted(set(paper_ids))
        for start in range(0, len(wanted), IDS_A_QUERY):
            of_papers = and_(self._of_list(judgments), judgments.c.paper_id.in_(wanted[start : start + IDS_A_QUERY]))
            newest = select(func.max(judgments.c.seq)).where(of_papers).group_by(judgments.c.paper_id)
            rows = self._rows(select(judgments.c.judgment).where(judgments.c.seq.in_(newest)))
            found |= {said.paper_id: said for said in (Judgment.model_validate_json(row.judgment) for row in rows)}
        return found

    def judgments_of_models(self) -> tuple[Judgment, ...]:
        """Return what judges other than the embedded one said, the latest of a paper last."""
        by_models = judgments.c.judge.not_like('{"name":"local"%')
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
