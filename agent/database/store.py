"""The state of a list: all parts of its database, opened from its state folder.

Every write is a transaction of its own, so that a killed run keeps what it has. What a run *decided* (outcomes and
drafts) is written once, at its end: a killed run leaves no repeats.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from sqlite3 import SQLITE_BUSY, SQLITE_CANTOPEN, SQLITE_FULL, SQLITE_IOERR, SQLITE_LOCKED, SQLITE_PERM, SQLITE_READONLY
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from agent.database.arxiv_answers import ArxivAnswers
from agent.database.connection import END_THE_OTHER, sqlite_engine
from agent.database.coverage import CoverageRows
from agent.database.judgments import Judgments
from agent.database.model_answers import ModelAnswers
from agent.database.papers import Papers
from agent.database.review_steps import ReviewSteps
from agent.database.runs import Runs
from agent.database.schema import bring_up_to_date, copy_sqlite, schema_version
from agent.database.tables import LISTS
from agent.errors import ConfigError, DiskFullError, InUseError, StateError, TriageError
from agent.records import Bucket, Paper

FILE: Final = "triage.sqlite3"
_WRITABLE: Final = "make the file and its folder writable, or use --state"
RESTORE: Final = "put a backup in its place, or move it away to begin anew"
_REMEDIES: Final = {
    SQLITE_BUSY: END_THE_OTHER,
    SQLITE_LOCKED: END_THE_OTHER,
    SQLITE_READONLY: _WRITABLE,
    SQLITE_PERM: _WRITABLE,
    SQLITE_CANTOPEN: _WRITABLE,
    SQLITE_IOERR: "check the disk that it is on, or use --state with a folder on another",
}
"""What to do about the primary result codes of SQLite (https://www.sqlite.org/rescode.html); else: it is damaged."""

DatabaseError = DBAPIError
"""Raised by any method of a store when its database refuses a statement or is gone."""

THE_LIST: Final = ""
"""The name of the list in a database of its own."""


class Store(Papers, Judgments, ModelAnswers, ArxivAnswers, Runs, ReviewSteps, CoverageRows):
    """Open with ``open_store``, which turns what a damaged file or full disk raises into a designed error.

    Whoever keeps it open over many requests turns a ``DatabaseError`` of one of them with ``designed_error``.
    """

    def __init__(self, folder: Path, engine: Engine, list_id: str = THE_LIST) -> None:
        super().__init__(engine, list_id)
        self.folder = folder

    def queued(self) -> tuple[Paper, ...]:
        """Return the papers that wait in the queue, the latest announced first: no one drafted or dismissed them."""
        settled = {*self.drafted(), *self.dismissed()}
        latest = self.latest_outcomes().items()
        waiting = [paper_id for paper_id, bucket in latest if bucket is Bucket.QUEUED and paper_id not in settled]
        return tuple(sorted(self.papers(waiting).values(), key=lambda paper: (paper.announced, paper.id), reverse=True))

    def designed_error(self, error: DatabaseError) -> TriageError:
        """Return the designed error for what the database raised."""
        if self.engine.dialect.name == "sqlite":
            return _designed(self.folder, error, begun=False)
        from agent.database.shared import postgres

        return postgres.designed_error(self.engine.url, error)


@contextmanager
def open_store(folder: Path, *, exclusive: bool) -> Iterator[Store]:
    """Open the state folder, creating it if needed; an older database is migrated after it was copied.

    ``exclusive`` takes the folder's process lock, which the operating system drops when the process dies.
    Raises ConfigError when the folder cannot be written, is locked by another run, or holds a database that is damaged,
    cannot be used or is of a newer program; for a run that has begun, StateError in place of it. Raises DiskFullError.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from None
    file = folder / FILE

    @contextmanager
    def copied() -> Iterator[None]:
        with nullcontext() if exclusive else _locked(folder):
            copy_sqlite(file, file.with_name(f"{FILE}.before-{LISTS.version}"))
            yield

    with _locked(folder) if exclusive else nullcontext():
        engine, begun = sqlite_engine(file), False
        try:
            bring_up_to_date(engine, f"state folder {folder}: {FILE}", LISTS, copied)
            begun = exclusive
            yield Store(folder, engine)
        except DBAPIError as error:
            raise _designed(folder, error, begun=begun) from error
        finally:
            engine.dispose()


def _designed(folder: Path, error: DBAPIError, *, begun: bool) -> TriageError:
    """Return the designed error for what the driver raised, ``begun``: in the middle of a run."""
    code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF  # the rest tells more about the same
    if code == SQLITE_FULL:
        return DiskFullError(f"state folder {folder}")
    remedy = _REMEDIES.get(code, RESTORE)
    said = f"state folder {folder}: {FILE}: {error.orig}; {remedy}"
    return StateError(said) if begun else ConfigError(said)


@contextmanager
def open_shared_store(
    address: str, folder: Path, list_id: str, *, exclusive: bool, session: str | None = None
) -> Iterator[Store]:
    """Open the state of one list in a PostgreSQL database, whose tables are made or migrated if needed.

    ``folder`` is where the list's files are. ``exclusive`` takes the lock of the list, which the server drops when the
    session ends. ``session`` is what the server calls it (None: by machine and process). Raises ConfigError when there
    is no such database or it is of a newer program, InUseError when another run has the list, DatabaseLostError when
    the connection ends in the middle, and StateError when the server refuses something to a run that has begun.
    """
    from agent.database.shared import postgres

    url = postgres.read_url(address)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from None
    engine = postgres.open_engine(url, session or postgres.session_name(), lock=list_id if exclusive else None)
    try:
        with postgres.designed_errors(url):
            bring_up_to_date(engine, postgres.describe(url), LISTS)
        with postgres.designed_errors(url, begun=exclusive):
            yield Store(folder, engine, list_id)
    finally:
        engine.dispose()


def read_shared_version(address: str) -> int:
    """Return the schema version of a PostgreSQL database (0: no tables) and change nothing. Raises ConfigError."""
    from agent.database.shared import postgres

    url = postgres.read_url(address)
    engine = postgres.open_engine(url, postgres.session_name())
    try:
        with postgres.designed_errors(url), engine.connect() as connection:
            return schema_version(connection, LISTS)
    finally:
        engine.dispose()


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the process lock of a state folder. Raises ConfigError when another process has it."""
    from filelock import FileLock, Timeout

    try:
        lock = FileLock(folder / "lock", blocking=False)
        lock.acquire()
    except Timeout:
        raise InUseError(
            f"state folder {folder} is in use by another run; wait for it to end, or give another --state"
        ) from None
    except OSError as error:
        raise _unwritable(folder, error) from None
    try:
        yield
    finally:
        lock.release()


def _unwritable(folder: Path, error: OSError) -> ConfigError:
    return ConfigError(f"state folder {folder}: {error.strerror}; give a writable folder with --state")
