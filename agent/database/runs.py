"""The finished runs, with the bucket of each paper."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import count, groupby
from typing import Any, Final

from sqlalchemy import Connection, Row, and_, func, insert, select, update

from agent.database.connection import ListDatabase
from agent.database.coverage import coverage_rows
from agent.database.papers import as_paper
from agent.database.tables import coverage, drafts, outcomes, papers, runs
from agent.records import Bucket, Coverage, Draft, Paper, RunReport

_JUDGED = (Bucket.DRAFTED, Bucket.QUEUED, Bucket.REJECTED)
_ASKED = tuple(bucket.value for bucket in (*_JUDGED, Bucket.FAILED, Bucket.BATCHED))
_SETTLED_BY: Final = {
    Bucket.KNOWN: (Bucket.FAILED, Bucket.BATCHED),
    Bucket.OFF_CATEGORY: (Bucket.FAILED, Bucket.BATCHED),
    # A night without batches calls a paper that waits in one a repeat, so that says nothing of it.
    Bucket.REPEAT: (Bucket.FAILED,),
}
"""Bucket of a later run -> the earlier buckets that it ends."""

REPORTS_KEPT: Final = timedelta(days=90)
"""How long the report of a run is kept whole: then only its counts, window, judge and cost are."""

REPORTS_A_QUERY: Final = 10

SHORT_REPORT: Final = 2_000
"""Characters: a report that is no longer than this stays as it is."""


class Runs(ListDatabase):
    """The decisions of each run, written at its end in one transaction: a killed run leaves no repeats."""

    def finish_run(
        self, report: RunReport, buckets: Mapping[str, Bucket], covered: Sequence[Coverage], finished: datetime
    ) -> None:
        """Write in one transaction what the run decided: its papers are repeats now, its days covered, its drafts open.

        No day is called covered earlier, for one that was read but not judged must be read again.
        """
        run = {"id": report.run_id, "finished": finished, "report": report.model_dump_json()}
        with self._writing() as connection:
            connection.execute(insert(runs).values(list_id=self._list_id, **run))
            self._upsert(connection, coverage, coverage_rows(covered))
            self._upsert(
                connection,
                outcomes,
                (
                    {"run_id": report.run_id, "paper_id": paper_id, "bucket": bucket.value}
                    for paper_id, bucket in buckets.items()
                ),
            )
            for draft in report.drafts:
                self._add_draft(connection, report.run_id, draft)
            self._shorten_reports(connection, finished - REPORTS_KEPT)

    def _add_draft(self, connection: Connection, run_id: str, draft: Draft) -> None:
        """Insert a draft, unless a reviewer made one of the same paper while the run was under way: that one stays,
        with what was decided on it.
        """
        of_paper = and_(self._of_list(drafts), drafts.c.paper_id == draft.paper_id)
        if connection.execute(select(drafts.c.seq).where(of_paper)).first() is None:
            row = {"paper_id": draft.paper_id, "run_id": run_id, "draft": draft.model_dump_json()}
            connection.execute(insert(drafts).values(list_id=self._list_id, **row))

    def _shorten_reports(self, connection: Connection, before: datetime) -> None:
        """Take the drafts, whole days and words out of the long reports of runs that ended ``before``.

        Drafts, coverage and outcomes have tables of their own, which keep them. The days that stayed incomplete and the
        papers that failed or were left to people stay: a night that lacks something is one that lacks it forever.
        """
        old = and_(self._of_list(runs), runs.c.finished < before, func.length(runs.c.report) > SHORT_REPORT)
        for row in connection.execute(select(runs.c.id, runs.c.report).where(old)).all():
            report = RunReport.model_validate_json(row.report)
            kept = {
                "drafts": (),
                "coverage": tuple(day for day in report.coverage if not day.complete),
                "failures": tuple(each.model_copy(update={"reason": ""}) for each in report.failures),
                "notes": (),
                "by_hand": tuple(each.model_copy(update={"entry": "", "reason": ""}) for each in report.by_hand),
            }
            short = report.model_copy(update=kept)
            of_run = and_(self._of_list(runs), runs.c.id == row.id)
            connection.execute(update(runs).where(of_run).values(report=short.model_dump_json()))

    def runs(self, limit: int) -> tuple[tuple[datetime, RunReport], ...]:
        """Return the newest finished runs first: when each ended, and its report."""
        rows = self._rows(
            select(runs.c.finished, runs.c.report)
            .where(self._of_list(runs))
            .order_by(runs.c.finished.desc(), runs.c.id.desc())
            .limit(limit)
        )
        return tuple((row.finished, RunReport.model_validate_json(row.report)) for row in rows)

    def reports_of(self, prefix: str) -> tuple[RunReport, ...]:
        """Return the reports of the finished runs whose name begins so, by name."""
        named = and_(self._of_list(runs), runs.c.id.startswith(prefix, autoescape=True))
        rows = self._rows(select(runs.c.report).where(named).order_by(runs.c.id))
        return tuple(RunReport.model_validate_json(row.report) for row in rows)

    def drafts_of(self, run_id: str) -> tuple[Draft, ...]:
        """Return the drafts of a run in their order, also of one whose report was shortened."""
        of_run = and_(self._of_list(drafts), drafts.c.run_id == run_id)
        rows = self._rows(select(drafts.c.draft).where(of_run).order_by(drafts.c.seq))
        return tuple(Draft.model_validate_json(row.draft) for row in rows)

    def first_judged(self, limit: int) -> tuple[Paper, ...]:
        """Return so many papers at most, those that the first finished runs judged, in the order of their ids."""
        began = func.min(runs.c.finished)
        judged = and_(self._of_list(outcomes), outcomes.c.bucket.in_([bucket.value for bucket in _JUDGED]))
        first = (
            select(outcomes.c.paper_id)
            .join(runs, and_(runs.c.list_id == outcomes.c.list_id, runs.c.id == outcomes.c.run_id))
            .where(judged)
            .group_by(outcomes.c.paper_id)
            .order_by(began, outcomes.c.paper_id)
            .limit(limit)
        )
        found = select(papers).where(self._of_list(papers), papers.c.id.in_(first)).order_by(papers.c.id)
        return tuple(map(as_paper, self._rows(found)))

    def last_success(self) -> datetime | None:
        """Return when the newest run ended whose drafts were delivered (or had nowhere to go), or None."""
        newest_first = (
            select(runs.c.finished, runs.c.report)
            .where(self._of_list(runs))
            .order_by(runs.c.finished.desc(), runs.c.id)
        )
        for start in count(0, REPORTS_A_QUERY):
            rows = self._rows(newest_first.limit(REPORTS_A_QUERY).offset(start))
            for row in rows:
                if RunReport.model_validate_json(row.report).undelivered is None:
                    ended: datetime = row.finished
                    return ended
            if len(rows) < REPORTS_A_QUERY:
                break
        return None

    def latest_outcomes(self, paper_ids: Iterable[str] | None = None) -> dict[str, Bucket]:
        """Return the newest bucket that a judge gave, by paper id: of these papers, or (None) of all.

        ``failed`` and ``batched`` count until no judge is needed any more: the paper is in the catalog or off category,
        a batched one was drafted, a failed one is a repeat.
        """
        latest: dict[str, Bucket] = {}
        for paper_id, bucket in self._outcomes(paper_ids):
            if bucket in _ASKED:
                latest[paper_id] = Bucket(bucket)
            elif latest.get(paper_id) in _SETTLED_BY.get(bucket, ()):
                del latest[paper_id]
        if Bucket.BATCHED not in latest.values():
            return latest
        drafted = {row.paper_id for row in self._rows(select(drafts.c.paper_id).where(self._of_list(drafts)))}
        return {
            paper_id: bucket
            for paper_id, bucket in latest.items()
            if bucket is not Bucket.BATCHED or paper_id not in drafted
        }

    def _outcomes(self, paper_ids: Iterable[str] | None) -> Iterator[Row[*tuple[Any, ...]]]:
        """Yield paper id and bucket of the outcomes, those of one paper in the order of its runs."""
        same_run = and_(runs.c.list_id == outcomes.c.list_id, runs.c.id == outcomes.c.run_id)
        in_order = (
            select(outcomes.c.paper_id, outcomes.c.bucket)
            .join_from(outcomes, runs, same_run)
            .where(self._of_list(outcomes))
            .order_by(runs.c.finished, runs.c.id, outcomes.c.paper_id)
        )
        if paper_ids is None:
            yield from self._rows(in_order)
        else:
            yield from self._rows_of(in_order, outcomes.c.paper_id, paper_ids)

    def undecided(self, buckets: Collection[Bucket]) -> tuple[str, ...]:
        """Return the ids of the papers whose newest bucket is one of these: ``failed``, ``batched``."""
        ever = self._rows(
            select(outcomes.c.paper_id)
            .where(self._of_list(outcomes), outcomes.c.bucket.in_([bucket.value for bucket in buckets]))
            .distinct()
        )
        latest = self.latest_outcomes(row.paper_id for row in ever)
        return tuple(paper_id for paper_id, bucket in latest.items() if bucket in buckets)

    def batched(self) -> tuple[str, ...]:
        """Return the ids of the papers whose batch was not finished when they were last looked at."""
        return self.undecided({Bucket.BATCHED})

    def nights(self) -> dict[date, tuple[str, ...]]:
        """Return the ids of all papers that a judge was asked about, by announcement day, the latest day first."""
        asked = select(outcomes.c.paper_id).where(self._of_list(outcomes), outcomes.c.bucket.in_(_ASKED))
        rows = self._rows(
            select(papers.c.announced, papers.c.id)
            .where(self._of_list(papers), papers.c.id.in_(asked))
            .order_by(papers.c.announced.desc(), papers.c.id)
        )
        return {day: tuple(row.id for row in night) for day, night in groupby(rows, key=lambda row: row.announced)}
