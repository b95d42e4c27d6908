"""The drafts, with what people decided about each and about papers of the queue."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, insert, select, update

from agent.database.connection import ListDatabase
from agent.database.tables import decision_log, dismissed, drafts
from agent.records import Decision, DecisionKind, Draft

DISMISSED: Final = "dismissed"
DISMISSAL_UNDONE: Final = "dismissal undone"
REOPENED: Final = "reopened"
"""What the log calls decisions besides those of ``DecisionKind``; the last one: what was decided was forgotten."""


class Drafts(ListDatabase):
    """A paper has at most one draft. Every decision is also logged, for people who want to know what led to a draft."""

    def drafted(self) -> frozenset[str]:
        """Return the ids of the papers that were ever drafted: a person decides on those, no later run does."""
        return frozenset(row.paper_id for row in self._rows(select(drafts.c.paper_id).where(self._of_list(drafts))))

    def open_drafts(self) -> tuple[Draft, ...]:
        """Return the drafts no one has decided on yet, oldest first."""
        rows = self._rows(
            select(drafts.c.draft)
            .where(self._of_list(drafts), drafts.c.kind.is_(None))
            .order_by(drafts.c.run_id, drafts.c.seq)
        )
        return tuple(Draft.model_validate_json(row.draft) for row in rows)

    def changeable_drafts(self) -> tuple[Draft, ...]:
        """Return the drafts a person may still decide on, or decide otherwise."""
        from agent.core.night.decisions import changeable  # it loads the matching of titles, which status needs not

        rows = self._rows(
            select(drafts.c.draft, drafts.c.decision)
            .where(self._of_list(drafts))
            .order_by(drafts.c.run_id, drafts.c.seq)
        )
        return tuple(
            Draft.model_validate_json(draft)
            for draft, decision in rows
            if decision is None or changeable(Decision.model_validate_json(decision))
        )

    def decide(self, decision: Decision, at: datetime, *, instead_of: Decision | None = None) -> None:
        """Keep a decision on a draft; ``undecided`` takes an earlier one back.

        ``instead_of`` is the decision that this one follows from, None for an open draft. Nothing is kept when a
        reviewer has decided otherwise since.
        """
        kind = None if decision.kind is DecisionKind.UNDECIDED else decision.kind.value
        made = {"kind": kind, "decision": decision.model_dump_json() if kind else None, "decided_at": at}
        this = (self._of_list(drafts), drafts.c.paper_id == decision.paper_id)
        with self._writing() as connection:
            row = connection.execute(select(drafts.c.decision).where(*this)).first()
            if row and (Decision.model_validate_json(row.decision) if row.decision else None) == instead_of:
                connection.execute(update(drafts).where(*this).values(made))
                self._log(
                    connection, decision.paper_id, decision.kind.value, at,
                    section=decision.section, note=decision.note, by=decision.by,
                )  # fmt: skip

    def decisions(self) -> tuple[tuple[Draft, Decision], ...]:
        """Return every decided draft with its decision, the oldest first."""
        rows = self._rows(
            select(drafts.c.draft, drafts.c.decision)
            .where(self._of_list(drafts), drafts.c.kind.is_not(None))
            .order_by(drafts.c.decided_at, drafts.c.seq)
        )
        return tuple((Draft.model_validate_json(a), Decision.model_validate_json(b)) for a, b in rows)

    def reopen(self, paper_ids: Iterable[str], at: datetime) -> None:
        """Forget what was decided on these drafts: they are open again."""
        forgotten = {"kind": None, "decision": None, "decided_at": None}
        with self._writing() as connection:
            for paper_id in paper_ids:
                this = drafts.c.paper_id == paper_id
                if connection.execute(update(drafts).where(self._of_list(drafts), this).values(forgotten)).rowcount:
                    self._log(connection, paper_id, REOPENED, at)

    def dismissed(self) -> tuple[str, ...]:
        """Return the ids of the dismissed papers, the latest dismissal first."""
        rows = self._rows(
            select(dismissed.c.paper_id)
            .where(self._of_list(dismissed))
            .order_by(dismissed.c.dismissed_at.desc(), dismissed.c.paper_id)
        )
        return tuple(row.paper_id for row in rows)

    def _log(
        self,
        connection: Connection,
        paper_id: str,
        kind: str,
        at: datetime,
        *,
        section: str | None = None,
        entry: str | None = None,
        note: str = "",
        by: str | None = None,
    ) -> None:
        """Log a decision; ``entry`` is what a reviewer typed."""
        row = {"list_id": self._list_id, "paper_id": paper_id, "kind": kind, "decided_at": at}
        said = {"section": section, "entry": entry, "note": note, "by": by}
        connection.execute(insert(decision_log).values(row | said))
