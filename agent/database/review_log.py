"""The log of what reviewers did on the review page: each step with the state before it, so that it can be undone."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Final

from agent.core.night.decisions import Decision
from agent.records import Draft, Record

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS review_log (seq INTEGER PRIMARY KEY AUTOINCREMENT, paper_id TEXT NOT NULL,
    before TEXT NOT NULL, after TEXT NOT NULL, done_by TEXT NOT NULL, done_at TEXT NOT NULL,
    undone INTEGER NOT NULL DEFAULT 0, published INTEGER NOT NULL DEFAULT 0);
"""


class PaperState(Record):
    """What is decided on a paper: its draft (null: none was made), the decision on it, and whether it was dismissed."""

    draft: Draft | None = None
    decision: Decision | None = None
    dismissed: bool = False


class Step(Record):
    """One step of a reviewer. ``seq`` grows with every step."""

    seq: int
    paper_id: str
    before: PaperState
    after: PaperState
    by: str
    at: datetime


class ReviewLog:
    """Reads and writes steps; each write is one transaction, which is on disk when the method returns."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def state(self, paper_id: str) -> PaperState:
        row = self._db.execute("SELECT draft, decision FROM drafts WHERE paper_id = ?", (paper_id,)).fetchone()
        dismissed = self._db.execute("SELECT 1 FROM dismissed WHERE paper_id = ?", (paper_id,)).fetchone()
        draft, decision = row or (None, None)
        return PaperState(
            draft=Draft.model_validate_json(draft) if draft else None,
            decision=Decision.model_validate_json(decision) if decision else None,
            dismissed=dismissed is not None,
        )

    def take(self, paper_id: str, after: PaperState, by: str, at: datetime) -> None:
        """Put the paper into the state ``after`` and log the step."""
        with self._db:
            before = self.state(paper_id)
            self._db.execute(
                "INSERT INTO review_log (paper_id, before, after, done_by, done_at) VALUES (?, ?, ?, ?, ?)",
                (paper_id, before.model_dump_json(), after.model_dump_json(), by, at.isoformat()),
            )
            self._put(paper_id, after, at)

    def last(self, by: str) -> Step | None:
        """Return the newest step of this reviewer that is not undone."""
        row = self._db.execute(
            "SELECT seq, paper_id, before, after, done_by, done_at FROM review_log "
            "WHERE done_by = ? AND undone = 0 ORDER BY seq DESC LIMIT 1",
            (by,),
        ).fetchone()
        return _step(row) if row else None

    def undo(self, step: Step, at: datetime) -> None:
        """Put the paper back into the state before the step; the step stays in the log, as undone."""
        with self._db:
            self._db.execute("UPDATE review_log SET undone = 1, published = 0 WHERE seq = ?", (step.seq,))
            self._put(step.paper_id, step.before, at)

    def latest(self) -> dict[str, Step]:
        """Return the newest step of each paper that is not undone."""
        rows = self._db.execute(
            "SELECT seq, paper_id, before, after, done_by, done_at FROM review_log WHERE undone = 0 ORDER BY seq"
        )
        return {step.paper_id: step for step in map(_step, rows)}

    def unpublished(self) -> tuple[str, ...]:
        """Return the papers with steps, undone ones too, that the pull request may not show yet; the oldest first."""
        rows = self._db.execute(
            "SELECT paper_id FROM review_log WHERE published = 0 GROUP BY paper_id ORDER BY min(seq)"
        )
        return tuple(paper_id for (paper_id,) in rows)

    def mark_published(self, paper_id: str) -> None:
        """Note that the pull request shows the present state of the paper."""
        with self._db:
            self._db.execute("UPDATE review_log SET published = 1 WHERE paper_id = ?", (paper_id,))

    def version(self) -> str:
        """Return a text that differs whenever a step was taken or undone, or a run has finished, since."""
        steps, undone = self._db.execute("SELECT count(*), coalesce(sum(undone), 0) FROM review_log").fetchone()
        (finished,) = self._db.execute("SELECT max(finished) FROM runs").fetchone()
        return f"{steps}.{undone}.{finished or '-'}"

    def _put(self, paper_id: str, state: PaperState, at: datetime) -> None:
        if state.draft is None:
            self._db.execute("DELETE FROM drafts WHERE paper_id = ?", (paper_id,))
        else:
            decision = state.decision
            self._db.execute(
                "INSERT INTO drafts (paper_id, run_id, draft, kind, decision, decided_at) "
                "VALUES (?, 'review', ?, ?, ?, ?) ON CONFLICT (paper_id) DO UPDATE SET draft = excluded.draft, "
                "kind = excluded.kind, decision = excluded.decision, decided_at = excluded.decided_at",
                (
                    paper_id,
                    state.draft.model_dump_json(),
                    decision.kind.value if decision else None,
                    decision.model_dump_json() if decision else None,
                    at.isoformat() if decision else None,
                ),
            )
        if state.dismissed:
            self._db.execute("INSERT OR REPLACE INTO dismissed VALUES (?, ?)", (paper_id, at.isoformat()))
        else:
            self._db.execute("DELETE FROM dismissed WHERE paper_id = ?", (paper_id,))


def _step(row: tuple[int, str, str, str, str, str]) -> Step:
    seq, paper_id, before, after, by, at = row
    return Step(
        seq=seq,
        paper_id=paper_id,
        before=PaperState.model_validate_json(before),
        after=PaperState.model_validate_json(after),
        by=by,
        at=datetime.fromisoformat(at),
    )
