"""The queue of nights: procrastinate's app with its one task, the nights that begin by the clock, and retries."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Final

import psycopg
from procrastinate import App, BaseRetryStrategy, JobContext, PsycopgConnector, RetryDecision
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Job
from procrastinate.schema import SchemaManager
from procrastinate.tasks import Task
from psycopg_pool import PoolTimeout

from agent.database.shared.database import SharedDatabase
from agent.database.shared.postgres import describe, refusal
from agent.database.shared.queue import NIGHT, connection_text, make_queue_tables
from agent.errors import ConfigError, DatabaseLostError
from agent.jobs.fleet_file import Fleet
from agent.jobs.times import Times

QUEUE: Final = "triage"
MOST_ATTEMPTS: Final = 6
LONGEST_WAIT: Final = 3600.0
LATEST_START: Final = timedelta(hours=20)
"""A night that no worker began within that time is left to the next one, which reads its days too."""
BACKFILL_PRIORITY: Final = -10

RunJob = Callable[[JobContext, str, str, date | None], None]
"""(context, list, name of the night, its day; None for the open ones). Raises NightFailed."""


class NightFailed(Exception):
    """A night that did not end well. ``retry``: another attempt may."""

    def __init__(self, line: str, *, retry: bool) -> None:
        super().__init__(line)
        self.retry = retry


class BackOff(BaseRetryStrategy):
    """Waits twice as long after each attempt, from ``first`` seconds on, and gives up after six attempts."""

    def __init__(self, first: float) -> None:
        self._first = first

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """Return when to try again, None for never."""
        if not (isinstance(exception, NightFailed) and exception.retry) or job.attempts + 1 >= MOST_ATTEMPTS:
            return None
        wait = min(self._first * 2**job.attempts, LONGEST_WAIT)
        return RetryDecision(retry_at=datetime.now(UTC) + timedelta(seconds=wait))


class NightQueue:
    """The app over the fleet's database, whose tables are made if needed. ``run`` is what a job does.

    Raises ConfigError for a fleet without a database, or whose database or cron lines cannot be used.
    """

    def __init__(self, fleet: Fleet, run: RunJob | None = None) -> None:
        if not fleet.state_url:
            raise ConfigError(
                "workers need a PostgreSQL database that they share: give state_url in fleet.toml or TRIAGE_STATE_URL; "
                "without one, `triage run --all` takes the lists one after the other"
            )
        self.fleet = fleet
        self.database = SharedDatabase(fleet.state_url)
        make_queue_tables(self.database, SchemaManager.get_schema())
        connector = PsycopgConnector(conninfo=connection_text(self.database), min_size=1, max_size=4)
        late = {"max_delay": LATEST_START.total_seconds()}
        self.app = App(connector=connector, periodic_defaults=late)
        self._night = self._register(run)

    def _register(self, run: RunJob | None) -> Task[..., None, ...]:
        @self.app.task(name=NIGHT, queue=QUEUE, pass_context=True, retry=BackOff(self.fleet.retry_seconds))
        def night(
            context: JobContext, list_name: str, timestamp: int, day: str | None = None, name: str | None = None
        ) -> None:
            assert run is not None, "an app that only fills the queue runs nothing"
            due = datetime.fromtimestamp(timestamp, UTC)
            run(context, list_name, name or f"{due:%Y%m%d-%H%M%S}", date.fromisoformat(day) if day else None)

        for each in self.fleet.lists:
            try:
                times = Times(each.cron, each.time_zone)
                times.get_next()  # raises for a day that no month has
            except (ValueError, KeyError) as error:
                raise ConfigError(
                    f"fleet.toml: list {each.name}: cron {each.cron!r}: {error}; write five fields such as 30 5 * * 1-5"
                ) from None
            options = {"lock": each.name, "queueing_lock": each.name, "task_kwargs": {"list_name": each.name}}
            periodic = self.app.periodic_registry.register_task(night, each.cron, each.name, options)  # type: ignore[arg-type]
            # In place of its own times, which know no time zone.
            vars(periodic)["croniter"] = times
        return night

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Open the app as long as the block lasts.

        Raises ConfigError when the database refuses what the queue asks, DatabaseLostError when it does not answer.
        """
        try:
            async with self.app.open_async():
                yield
        except (ConnectorException, PoolTimeout) as error:
            if isinstance(error.__cause__, psycopg.ProgrammingError):
                raise refusal(self.database.url, error.__cause__) from None
            raise DatabaseLostError(describe(self.database.url)) from error

    async def fill(self, names: Sequence[str], at: datetime) -> list[str]:
        """Queue a night of each of the lists now; return those that had none waiting."""
        return [name for name in names if await self._defer(name, name, at)]

    async def fill_days(self, name: str, days: Sequence[date], at: datetime) -> list[date]:
        """Queue a job for each announcement day of a list; return the days that had none waiting.

        It judges the day and drafts nothing. The nights of all lists come first.
        """
        return [day for day in days if await self._defer(name, f"{name} {day}", at, day)]

    async def _defer(self, name: str, queueing_lock: str, at: datetime, day: date | None = None) -> bool:
        given = {"day": day.isoformat(), "name": f"backfill-{day}"} if day else {}
        job = self._night.configure(lock=name, queueing_lock=queueing_lock, priority=BACKFILL_PRIORITY if day else 0)
        try:
            await job.defer_async(list_name=name, timestamp=int(at.timestamp()), **given)
        except AlreadyEnqueued:
            return False
        return True
