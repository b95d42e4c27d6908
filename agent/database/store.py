"""The memory of a list: one SQLite file and one process lock per state folder.

Every write is a transaction of its own, so that a killed run keeps what it has. What a run *decided* (outcomes and
drafts) is written once, at its end: a killed run leaves no repeats.
"""

from __future__ import annotations

import fcntl
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from agent.core.night.decisions import Decision, DecisionKind, changeable
from agent.errors import ConfigError
from agent.records import Bucket, Coverage, Draft, JudgeIdentity, Judgment, Paper, PaperRecord, RunReport

SCHEMA = """
CREATE TABLE IF NOT EXISTS papers (id TEXT PRIMARY KEY, paper TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS records (key TEXT PRIMARY KEY, record TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS background (id TEXT PRIMARY KEY, paper TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS judgments (paper_id TEXT, version INT, judge TEXT, judgment TEXT NOT NULL,
    PRIMARY KEY (paper_id, version, judge));
CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, answer TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS runs (id TEXT PRIMARY KEY, finished TEXT NOT NULL, report TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS outcomes (run_id TEXT, paper_id TEXT, bucket TEXT NOT NULL, PRIMARY KEY (run_id, paper_id));
CREATE INDEX IF NOT EXISTS outcomes_by_paper ON outcomes (paper_id);
CREATE TABLE IF NOT EXISTS drafts (paper_id TEXT PRIMARY KEY, run_id TEXT NOT NULL, draft TEXT NOT NULL,
    kind TEXT, decision TEXT, decided_at TEXT);
CREATE TABLE IF NOT EXISTS dismissed (paper_id TEXT PRIMARY KEY, dismissed_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS coverage (day TEXT, category TEXT, source TEXT, row TEXT NOT NULL,
    PRIMARY KEY (day, category, source));
"""

_JUDGED = (Bucket.DRAFTED, Bucket.QUEUED, Bucket.REJECTED)


class Store:
    """Open with ``open_store``, which turns what a damaged file or full disk raises into a ConfigError."""

    def __init__(self, folder: Path, db: sqlite3.Connection) -> None:
        self.folder = folder
        self._db = db

    # papers

    def save_papers(self, papers: Iterable[Paper]) -> None:
        """Keep the latest of each paper, but the first announcement date: a second reading may only guess it."""
        with self._db:
            self._db.executemany(
                "INSERT INTO papers VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET paper = "
                "json_set(excluded.paper, '$.announced', json_extract(paper, '$.announced'))",
                [(paper.id, paper.model_dump_json()) for paper in papers],
            )

    def paper(self, paper_id: str) -> Paper | None:
        text = self._one("SELECT paper FROM papers WHERE id = ?", paper_id)
        return Paper.model_validate_json(text) if text else None

    # what sync knows

    def save_records(self, records: Iterable[PaperRecord]) -> None:
        self._put_all("records", "key, record", ((r.key, r.model_dump_json()) for r in records))

    def records(self) -> tuple[PaperRecord, ...]:
        rows = self._db.execute("SELECT record FROM records ORDER BY key")
        return tuple(PaperRecord.model_validate_json(text) for (text,) in rows)

    def save_background(self, papers: Iterable[Paper]) -> None:
        self._put_all("background", "id, paper", ((p.id, p.model_dump_json()) for p in papers))

    def background(self) -> tuple[Paper, ...]:
        """Return unlabelled earlier announcements, in the order of their ids."""
        rows = self._db.execute("SELECT paper FROM background ORDER BY id")
        return tuple(Paper.model_validate_json(text) for (text,) in rows)

    # judgments, and the raw answers behind them

    def judgment(self, paper: Paper, judge: JudgeIdentity) -> Judgment | None:
        text = self._one(
            "SELECT judgment FROM judgments WHERE paper_id = ? AND version = ? AND judge = ?",
            paper.id, paper.version, judge.model_dump_json(),
        )  # fmt: skip
        return Judgment.model_validate_json(text) if text else None

    def latest_judgment(self, paper_id: str) -> Judgment | None:
        """Return what was last said of the paper, by whatever judge."""
        text = self._one("SELECT judgment FROM judgments WHERE paper_id = ? ORDER BY rowid DESC LIMIT 1", paper_id)
        return Judgment.model_validate_json(text) if text else None

    def save_judgment(self, paper: Paper, judgment: Judgment) -> None:
        row = (paper.id, paper.version, judgment.judge.model_dump_json(), judgment.model_dump_json())
        self._put_all("judgments", "paper_id, version, judge, judgment", [row])

    def get(self, key: str) -> dict[str, Any] | None:
        """Return the raw answer stored under a content key, or None."""
        text = self._one("SELECT answer FROM answers WHERE key = ?", key)
        return json.loads(text) if text else None

    def put(self, key: str, answer: Mapping[str, Any]) -> None:
        self._put_all("answers", "key, answer", [(key, json.dumps(answer))])

    # runs

    def finish_run(
        self, report: RunReport, outcomes: Mapping[str, Bucket], coverage: Sequence[Coverage], finished: datetime
    ) -> None:
        """Write in one transaction what the run decided: its papers are repeats now, its days covered, its drafts open.

        No day is called covered earlier, for one that was read but not judged must be read again.
        """
        with self._db:
            self._db.execute(
                "INSERT INTO runs VALUES (?, ?, ?)", (report.run_id, finished.isoformat(), report.model_dump_json())
            )
            self._db.executemany("INSERT OR REPLACE INTO coverage VALUES (?, ?, ?, ?)", map(_coverage_row, coverage))
            self._db.executemany(
                "INSERT OR REPLACE INTO outcomes VALUES (?, ?, ?)",
                [(report.run_id, paper_id, bucket.value) for paper_id, bucket in outcomes.items()],
            )
            self._db.executemany(
                "INSERT OR REPLACE INTO drafts (paper_id, run_id, draft) VALUES (?, ?, ?)",
                [(draft.paper_id, report.run_id, draft.model_dump_json()) for draft in report.drafts],
            )

    def runs(self, limit: int) -> tuple[tuple[datetime, RunReport], ...]:
        """Return the newest finished runs first: when each ended, and its report."""
        rows = self._db.execute("SELECT finished, report FROM runs ORDER BY finished DESC, id DESC LIMIT ?", (limit,))
        return tuple((datetime.fromisoformat(at), RunReport.model_validate_json(text)) for at, text in rows)

    def latest_outcomes(self) -> dict[str, Bucket]:
        """Return the newest bucket that a judge gave, or ``failed`` if none was needed since, by paper id."""
        rows = self._db.execute(
            "SELECT o.paper_id, o.bucket FROM outcomes o JOIN runs r ON r.id = o.run_id ORDER BY r.finished, r.id"
        )
        latest: dict[str, Bucket] = {}
        for paper_id, bucket in rows:
            if bucket in (*_JUDGED, Bucket.FAILED):
                latest[paper_id] = Bucket(bucket)
            elif latest.get(paper_id) is Bucket.FAILED:
                del latest[paper_id]
        return latest

    def queued(self) -> tuple[Paper, ...]:
        """Return the papers that wait in the queue, the latest announced first: no one drafted or dismissed them."""
        settled = {*self.drafted(), *self.dismissed()}
        latest = self.latest_outcomes().items()
        waiting = [paper_id for paper_id, bucket in latest if bucket is Bucket.QUEUED and paper_id not in settled]
        papers = [paper for paper_id in waiting if (paper := self.paper(paper_id))]
        return tuple(sorted(papers, key=lambda paper: (paper.announced, paper.id), reverse=True))

    def dismiss(self, paper_id: str, at: datetime) -> None:
        """Take a paper out of the queue: a person does not want it drafted."""
        self._put_all("dismissed", "paper_id, dismissed_at", [(paper_id, at.isoformat())])

    def undo_dismissal(self, paper_id: str) -> None:
        """Take a dismissal back."""
        with self._db:
            self._db.execute("DELETE FROM dismissed WHERE paper_id = ?", (paper_id,))

    def dismissed(self) -> tuple[str, ...]:
        """Return the ids of the dismissed papers, the latest dismissal first."""
        rows = self._db.execute("SELECT paper_id FROM dismissed ORDER BY dismissed_at DESC, paper_id")
        return tuple(paper_id for (paper_id,) in rows)

    def nights(self) -> dict[date, tuple[str, ...]]:
        """Return the ids of all papers that a judge was asked about, by announcement day, the latest day first."""
        rows = self._db.execute(
            "SELECT json_extract(paper, '$.announced') AS day, id FROM papers WHERE id IN "
            "(SELECT paper_id FROM outcomes WHERE bucket IN (?, ?, ?, ?)) ORDER BY day DESC, id",
            (*_JUDGED, Bucket.FAILED),
        )
        return {
            date.fromisoformat(day): tuple(paper_id for _, paper_id in night)
            for day, night in groupby(rows, key=lambda row: row[0])
        }

    def rejected(self) -> tuple[Paper, ...]:
        """Return the papers that people did not want."""
        rows = self._db.execute(
            "SELECT paper_id FROM drafts WHERE kind = ? ORDER BY paper_id", (DecisionKind.REJECTED.value,)
        )
        return tuple(paper for (paper_id,) in rows.fetchall() if (paper := self.paper(paper_id)))

    # drafts and what people decided

    def drafted(self) -> dict[str, Bucket]:
        """Return the papers that were ever drafted: a person decides on those, no later run does."""
        return {paper_id: Bucket.DRAFTED for (paper_id,) in self._db.execute("SELECT paper_id FROM drafts")}

    def open_drafts(self) -> tuple[Draft, ...]:
        """Return the drafts no one has decided on yet, oldest first."""
        rows = self._db.execute("SELECT draft FROM drafts WHERE kind IS NULL ORDER BY run_id, rowid")
        return tuple(Draft.model_validate_json(text) for (text,) in rows)

    def place(self, draft: Draft) -> None:
        """Keep what a person drafted: a paper from the queue, or an open draft in another section.

        A draft that was decided meanwhile stays as it was.
        """
        with self._db:
            self._db.execute(
                "INSERT INTO drafts (paper_id, run_id, draft) VALUES (?, 'review', ?) "
                "ON CONFLICT (paper_id) DO UPDATE SET draft = excluded.draft WHERE kind IS NULL",
                (draft.paper_id, draft.model_dump_json()),
            )

    def changeable_drafts(self) -> tuple[Draft, ...]:
        """Return the drafts a person may still decide on, or decide otherwise."""
        rows = self._db.execute("SELECT draft, decision FROM drafts ORDER BY run_id, rowid")
        return tuple(
            Draft.model_validate_json(draft)
            for draft, decision in rows
            if decision is None or changeable(Decision.model_validate_json(decision))
        )

    def decide(self, decision: Decision, at: datetime) -> None:
        """Keep a decision on a draft; ``undecided`` takes an earlier one back."""
        kind = None if decision.kind is DecisionKind.UNDECIDED else decision.kind.value
        with self._db:
            self._db.execute(
                "UPDATE drafts SET kind = ?, decision = ?, decided_at = ? WHERE paper_id = ?",
                (kind, decision.model_dump_json() if kind else None, at.isoformat(), decision.paper_id),
            )

    def decisions(self) -> tuple[tuple[Draft, Decision], ...]:
        """Return every decided draft with its decision, the oldest first."""
        rows = self._db.execute("SELECT draft, decision FROM drafts WHERE kind IS NOT NULL ORDER BY decided_at, rowid")
        return tuple((Draft.model_validate_json(a), Decision.model_validate_json(b)) for a, b in rows)

    def reopen(self, paper_ids: Iterable[str]) -> None:
        """Forget what was decided on these drafts: they are open again."""
        with self._db:
            self._db.executemany(
                "UPDATE drafts SET kind = NULL, decision = NULL, decided_at = NULL WHERE paper_id = ?",
                [(paper_id,) for paper_id in paper_ids],
            )

    # coverage

    def save_coverage(self, rows: Iterable[Coverage]) -> None:
        self._put_all("coverage", "day, category, source, row", map(_coverage_row, rows))

    def coverage(self, since: date) -> tuple[Coverage, ...]:
        rows = self._db.execute(
            "SELECT row FROM coverage WHERE day >= ? ORDER BY day, category, source", (since.isoformat(),)
        )
        return tuple(Coverage.model_validate_json(text) for (text,) in rows)

    # the two statements everything above is made of

    def _one(self, query: str, *values: object) -> str | None:
        row = self._db.execute(query, values).fetchone()
        return row[0] if row else None

    def _put_all(self, table: str, columns: str, rows: Iterable[tuple[object, ...]]) -> None:
        marks = ", ".join("?" for _ in columns.split(","))
        with self._db:
            self._db.executemany(f"INSERT OR REPLACE INTO {table} ({columns}) VALUES ({marks})", rows)


def _coverage_row(row: Coverage) -> tuple[str, str, str, str]:
    return (row.day.isoformat(), row.category, row.source, row.model_dump_json())


@contextmanager
def open_store(folder: Path, *, exclusive: bool) -> Iterator[Store]:
    """Open the state folder, creating it if needed.

    ``exclusive`` takes the folder's process lock, which the operating system drops when the process dies.
    Raises ConfigError when the folder cannot be written, is locked by another run, or holds a damaged database.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("w")
    except OSError as error:
        raise ConfigError(f"state folder {folder}: {error.strerror}; give a writable folder with --state") from None
    with lock:
        if exclusive:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ConfigError(
                    f"state folder {folder} is in use by another run; wait for it to end, or give another --state"
                ) from None
        try:
            with closing(sqlite3.connect(folder / "triage.sqlite3", timeout=30)) as db:
                db.execute("PRAGMA journal_mode = WAL")
                db.executescript(SCHEMA)
                yield Store(folder, db)
        except sqlite3.DatabaseError as error:
            raise ConfigError(
                f"state folder {folder}: triage.sqlite3: {error}; move it away, or use --state"
            ) from error
