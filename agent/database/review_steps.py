"""The steps that reviewers took on the review page, each with the state before it, so that it can be taken back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, and_, bindparam, delete, func, insert, select, update

from agent.database.drafts import DISMISSAL_UNDONE, DISMISSED, REOPENED, Drafts
from agent.database.tables import decision_log, dismissed, drafts, review_steps, runs
from agent.records import Decision, DecisionKind, Draft, Record


class PaperState(Record):
    """The decision on a paper: its draft (null: none was made), the decision on it, and whether it was dismissed."""

    draft: Draft | None = None
    decision: Decision | None = None
    dismissed: bool = False


class Step(Record):
    """One step of the reviewer ``by``; a higher ``number`` was taken later."""

    number: int
    paper_id: str
    before: PaperState
    after: PaperState
    by: str


class UnpublishedStep(NamedTuple):
    """A step that the pull request may not show yet, as it was when it was read; ``undone``: 1 if taken back."""

    number: int
    paper_id: str
    undone: int


class ReviewSteps(Drafts):
    """Every step is one transaction, on disk when the method returns, and logged among the decisions too."""

    def review_state(self, paper_id: str) -> PaperState:
        """Return what is decided on a paper now."""
        with self.engine.connect() as connection:
            return self._state(connection, paper_id)

    def review_states(self, paper_ids: Iterable[str]) -> dict[str, PaperState]:
        """Return what is decided on each of these papers now, by id, in a few queries however many they are."""
        wanted = set(paper_ids)
        told = select(drafts.c.paper_id, drafts.c.draft, drafts.c.decision).where(self._of_list(drafts))
        gone = select(dismissed.c.paper_id).where(self._of_list(dismissed))
        found = {row.paper_id: row for row in self._rows_of(told, drafts.c.paper_id, wanted)}
        away = {row.paper_id for row in self._rows_of(gone, dismissed.c.paper_id, wanted)}
        return {each: _paper_state(found.get(each), dismissed=each in away) for each in wanted}

    def take_step(self, paper_id: str, after: PaperState, by: str, at: datetime) -> None:
        """Put the paper into the state ``after``."""
        with self._writing() as connection:
            before = self._state(connection, paper_id)
            row = {"list_id": self._list_id, "paper_id": paper_id, "by": by, "taken_at": at}
            texts = {"before": before.model_dump_json(), "after": after.model_dump_json()}
            connection.execute(insert(review_steps).values(row | texts | {"undone": 0, "published": 0}))
            self._put_state(connection, paper_id, after, by, at)

    def undo_step(self, step: Step, at: datetime) -> None:
        """Put the paper back into the state before the step."""
        this = review_steps.c.seq == step.number
        with self._writing() as connection:
            connection.execute(
                update(review_steps).where(self._of_list(review_steps), this).values(undone=1, published=0)
            )
            self._put_state(connection, step.paper_id, step.before, step.by, at)

    def last_step(self, by: str) -> Step | None:
        """Return the newest step of this reviewer that is not taken back."""
        table = review_steps.c
        rows = self._rows(
            select(review_steps)
            .where(self._of_list(review_steps), table.by == by, table.undone == 0)
            .order_by(table.seq.desc())
            .limit(1)
        )
        return _step(rows[0]) if rows else None

    def latest_step(self, paper_id: str) -> Step | None:
        """Return the newest step on a paper that is not taken back, by whomever."""
        table = review_steps.c
        rows = self._rows(
            select(review_steps)
            .where(self._of_list(review_steps), table.paper_id == paper_id, table.undone == 0)
            .order_by(table.seq.desc())
            .limit(1)
        )
        return _step(rows[0]) if rows else None

    def reviewers(self) -> dict[str, str]:
        """Return who took the newest step on each paper that is not taken back."""
        table = review_steps.c
        rows = self._rows(
            select(table.paper_id, table.by).where(self._of_list(review_steps), table.undone == 0).order_by(table.seq)
        )
        return {row.paper_id: row.by for row in rows}

    def unpublished_steps(self) -> tuple[UnpublishedStep, ...]:
        """Return the steps, also taken back ones, that the pull request may not show yet; oldest first."""
        table = review_steps.c
        rows = self._rows(
            select(table.seq, table.paper_id, table.undone)
            .where(self._of_list(review_steps), table.published == 0)
            .order_by(table.seq)
        )
        return tuple(UnpublishedStep(*row) for row in rows)

    def unpublished(self) -> tuple[str, ...]:
        """Return the papers with such steps, the one with the oldest first."""
        return tuple(dict.fromkeys(step.paper_id for step in self.unpublished_steps()))

    def mark_published(self, steps: Sequence[UnpublishedStep]) -> None:
        """Note that the pull request shows these steps. One that was taken back since it was read is not marked: the
        pull request shows it as it was before.
        """
        if not steps:
            return
        same = and_(review_steps.c.seq == bindparam("number"), review_steps.c.undone == bindparam("as_read"))
        shown = [{"number": step.number, "as_read": step.undone} for step in steps]
        with self._writing() as connection:
            connection.execute(update(review_steps).where(self._of_list(review_steps), same).values(published=1), shown)

    def review_version(self) -> str:
        """Return a text that is another one whenever something was decided or taken back, or a run has finished."""
        finished = select(func.max(runs.c.finished)).where(self._of_list(runs)).scalar_subquery()
        logged = select(func.max(decision_log.c.seq)).where(self._of_list(decision_log)).scalar_subquery()
        ((number, ended),) = self._rows(select(logged, finished))
        return f"{number or 0}" + (f".{ended:%Y%m%d%H%M%S%f}" if ended else "")

    def _state(self, connection: Connection, paper_id: str) -> PaperState:
        this = drafts.c.paper_id == paper_id
        row = connection.execute(select(drafts.c.draft, drafts.c.decision).where(self._of_list(drafts), this)).first()
        gone = select(dismissed.c.paper_id).where(self._of_list(dismissed), dismissed.c.paper_id == paper_id)
        return _paper_state(row, dismissed=connection.execute(gone).first() is not None)

    def _put_state(self, connection: Connection, paper_id: str, state: PaperState, by: str, at: datetime) -> None:
        this = (self._of_list(drafts), drafts.c.paper_id == paper_id)
        decision = state.decision
        if state.draft is None:
            connection.execute(delete(drafts).where(*this))
        else:
            made = {
                "draft": state.draft.model_dump_json(),
                "kind": decision.kind.value if decision else None,
                "decision": decision.model_dump_json() if decision else None,
                "decided_at": at if decision else None,
            }
            if not connection.execute(update(drafts).where(*this).values(made)).rowcount:
                row = {"list_id": self._list_id, "paper_id": paper_id, "run_id": "review"}
                connection.execute(insert(drafts).values(row | made))
        connection.execute(delete(dismissed).where(self._of_list(dismissed), dismissed.c.paper_id == paper_id))
        if state.dismissed:
            values = {"list_id": self._list_id, "paper_id": paper_id, "dismissed_at": at}
            connection.execute(insert(dismissed).values(values))
        self._log_state(connection, paper_id, state, by, at)

    def _log_state(self, connection: Connection, paper_id: str, state: PaperState, by: str, at: datetime) -> None:
        if (said := state.decision) and said.kind is not DecisionKind.UNDECIDED:
            self._log(
                connection, paper_id, said.kind.value, at,
                section=said.section, entry=said.entry, note=said.note, by=by,
            )  # fmt: skip
        elif state.dismissed:
            self._log(connection, paper_id, DISMISSED, at, by=by)
        else:
            self._log(connection, paper_id, REOPENED if state.draft else DISMISSAL_UNDONE, at, by=by)


def _paper_state(row: Row[*tuple[Any, ...]] | None, *, dismissed: bool) -> PaperState:
    """Return the state of a paper whose draft, if it has one, is in ``row``."""
    return PaperState(
        draft=Draft.model_validate_json(row.draft) if row else None,
        decision=Decision.model_validate_json(row.decision) if row and row.decision else None,
        dismissed=dismissed,
    )


def _step(row: Row[tuple[object, ...]]) -> Step:
    return Step(
        number=row.seq,
        paper_id=row.paper_id,
        before=PaperState.model_validate_json(row.before),
        after=PaperState.model_validate_json(row.after),
        by=row.by,
    )
