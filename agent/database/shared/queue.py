"""The tables of procrastinate's queue in the shared database: made once, and looked at for the status."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import inspect, text

from agent.database.connection import writing
from agent.database.shared.database import SharedDatabase
from agent.database.shared.postgres import designed_errors, end_holder, end_sessions

NIGHT: Final = "triage night"
"""The name of the task that all jobs are of."""


_WORKER: Final = "triage worker "


class QueuedNight(NamedTuple):
    """A job that is waiting, under way or failed. ``status`` is ``todo``, ``doing`` or ``failed``."""

    list_id: str
    status: str
    attempts: int
    scheduled_at: datetime | None
    worker: int | None
    args: dict[str, object]


def worker_session(worker: int) -> str:
    """Return what the database calls the sessions of a worker's night."""
    return f"{_WORKER}{worker}"


def connection_text(database: SharedDatabase) -> str:
    """Return the address as the driver takes it, with the password if there is one."""
    return database.url.set(drivername="postgresql").render_as_string(hide_password=False)


def make_queue_tables(database: SharedDatabase, schema: str) -> None:
    """Run procrastinate's schema in a database that does not have it."""
    with designed_errors(database.url), writing(database.engine, "queue tables") as connection:
        if not inspect(connection).has_table("procrastinate_jobs"):
            connection.exec_driver_sql(schema.replace("%", "%%"))


@contextmanager
def rescue_turn(database: SharedDatabase) -> Iterator[bool]:
    """Yield whether this worker is the one to look after the nights of dead ones, as long as the block lasts.

    Raises ConfigError or DatabaseLostError when the database does not answer, as the functions below do.
    """
    with designed_errors(database.url), database.engine.begin() as connection:
        turn = text("SELECT pg_try_advisory_xact_lock(hashtextextended('paper-triage rescue', 0))")
        yield bool(connection.execute(turn).scalar_one())


def end_sessions_of(database: SharedDatabase, worker: int) -> int:
    """End the sessions of a worker's night, and with them its locks; return how many there were."""
    with designed_errors(database.url):
        return end_sessions(database.engine, worker_session(worker))


def end_worker_on(database: SharedDatabase, list_id: str) -> int:
    """End the session of whichever worker has the lock of a list; return how many there were."""
    with designed_errors(database.url):
        return end_holder(database.engine, list_id, _WORKER)


def worker_of(database: SharedDatabase, job: int) -> int | None:
    """Return which worker has a job under way, None when nobody has."""
    asked = text("SELECT worker_id FROM procrastinate_jobs WHERE id = :job AND status = 'doing'")
    with designed_errors(database.url), database.engine.connect() as connection:
        return connection.execute(asked, {"job": job}).scalar()


def queued_nights(database: SharedDatabase) -> list[QueuedNight]:
    """Return the nights that wait, are under way or failed, in their order; of failed ones the newest of each list."""
    asked = text(
        "SELECT lock, status::text, attempts, scheduled_at, worker_id, args FROM procrastinate_jobs "
        "WHERE task_name = :task AND (status IN ('todo', 'doing') OR status = 'failed' AND id IN "
        "(SELECT max(id) FROM procrastinate_jobs WHERE task_name = :task GROUP BY lock)) "
        "ORDER BY status = 'todo', priority DESC, id"
    )
    with designed_errors(database.url), database.engine.connect() as connection:
        if not inspect(connection).has_table("procrastinate_jobs"):
            return []
        return [QueuedNight(*row) for row in connection.execute(asked, {"task": NIGHT})]


def heartbeats(database: SharedDatabase) -> dict[int, float]:
    """Return how many seconds ago each worker was alive."""
    asked = text("SELECT id, extract(epoch FROM now() - last_heartbeat) FROM procrastinate_workers ORDER BY id")
    with designed_errors(database.url), database.engine.connect() as connection:
        if not inspect(connection).has_table("procrastinate_workers"):
            return {}
        return {int(worker): round(float(age), 1) for worker, age in connection.execute(asked)}
