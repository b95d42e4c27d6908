"""A worker of a fleet: takes nights from the queue, one at a time, and gives those of dead workers to others.

A worker that was frozen finds, once it goes on, that its night went to another: the session in which it wrote was ended
(see ``agent/database/shared/postgres.py``), and it begins anew as a new worker without touching the job.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import traceback
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import Any, Final, NoReturn

from procrastinate import JobContext
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job
from psycopg_pool import PoolTimeout

from agent.database.shared.queue import end_sessions_of, end_worker_on, rescue_turn, worker_of, worker_session
from agent.errors import OK, DatabaseLostError, TriageError
from agent.jobs.fleet_file import Fleet
from agent.jobs.ledgers import open_ledger
from agent.jobs.night import NightWanted, run_night
from agent.jobs.queue import QUEUE, NightFailed, NightQueue
from agent.ports import Unwatched
from agent.records import RunReport

RECONNECT_SECONDS: Final = 5.0


def _words(error: Exception) -> str:
    return str(error) if isinstance(error, TriageError) else type(error).__name__


class Worker:
    """One process. ``say`` prints a line, ``until_empty`` ends it when the queue has nothing to do now."""

    def __init__(
        self,
        fleet: Fleet,
        *,
        now: Callable[[], datetime],
        summarise: Callable[[RunReport], str],
        say: Callable[[str], None],
        until_empty: bool = False,
    ) -> None:
        self._fleet, self._now, self._summarise, self._say = fleet, now, summarise, say
        self._until_empty = until_empty
        self._queue = NightQueue(fleet, self._run_job)
        self._running: Job | None = None
        self._stopping = False
        # A night that fails is told in its own line, and so is what no one expected.
        logging.getLogger("procrastinate").setLevel(logging.CRITICAL)

    def run(self) -> None:
        """Work until a signal ends it; the night under way is given back to the queue then.

        Raises ConfigError when the queue's tables cannot be used.
        """
        asyncio.run(self._work())

    async def _work(self) -> None:
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopped.set)
        stop = asyncio.create_task(stopped.wait())
        while not stopped.is_set():
            try:
                async with self._queue.opened():
                    working = asyncio.create_task(self._take_jobs())
                    await asyncio.wait({working, stop}, return_when=asyncio.FIRST_COMPLETED)
                    if stopped.is_set() and self._running is not None:
                        await self._give_back(self._running)
                    if stopped.is_set():
                        working.cancel()
                    await asyncio.gather(working, return_exceptions=stopped.is_set())
                if self._until_empty:
                    break
            except DatabaseLostError as error:
                cause = type(error.__cause__).__name__
                self._say(f"triage: worker: the database does not answer ({cause}); trying again")
            await asyncio.wait({stop}, timeout=RECONNECT_SECONDS)
        stop.cancel()

    async def _take_jobs(self) -> None:
        stalled = self._fleet.stalled_after_seconds
        # The queue forgets which worker had a stalled night as soon as another begins.
        await self._try_rescue()
        rescue = asyncio.create_task(self._rescue_forever())
        try:
            await self._queue.app.run_worker_async(
                queues=[QUEUE],
                concurrency=1,
                wait=not self._until_empty,
                install_signal_handlers=False,
                update_heartbeat_interval=stalled / 3,
                stalled_worker_timeout=stalled,
                worker_middleware=[self._around_job],
            )
        finally:
            rescue.cancel()

    async def _rescue_forever(self) -> None:
        while True:
            await asyncio.sleep(self._fleet.stalled_after_seconds / 3)
            await self._try_rescue()

    async def _try_rescue(self) -> None:
        try:
            await self._rescue()
        except (ConnectorException, PoolTimeout, TriageError) as error:
            self._say(f"triage: worker: could not look after dead workers ({_words(error)}); trying again")

    async def _rescue(self) -> None:
        """Give the nights of workers without a heartbeat back to the queue. One worker at a time does it."""
        jobs = self._queue.app.job_manager
        with rescue_turn(self._queue.database) as mine:
            if not mine:
                return
            stalled = await jobs.get_stalled_jobs(
                queue=QUEUE, seconds_since_heartbeat=self._fleet.stalled_after_seconds
            )
            for job in stalled:
                if self._running is not None and job.id == self._running.id:
                    continue
                if job.worker_id is not None:
                    end_sessions_of(self._queue.database, job.worker_id)
                elif job.lock is not None:
                    end_worker_on(self._queue.database, job.lock)
                await jobs.retry_job(job, retry_at=datetime.now(UTC))
                self._say(f"triage: {job.lock}: its worker {job.worker_id or ''} is dead; the night is queued again")

    async def _around_job(self, call: Callable[[], Awaitable[Any]], context: JobContext, worker: object) -> Any:
        """Run a job; never let the queue store the end of one that meanwhile belongs to another worker."""
        self._running = context.job
        try:
            return await call()
        finally:
            if self._stopping:
                await asyncio.Event().wait()
            self._begin_anew_if_lost(context.job)
            self._running = None

    def _begin_anew_if_lost(self, job: Job) -> None:
        try:
            lost = worker_of(self._queue.database, job.id or 0) != job.worker_id
        except TriageError:
            return  # the database is away: the queue cannot store the end of the job either
        if lost:
            self._say(f"triage: {job.lock}: this worker stood still, and another took its night; it begins anew")
            sys.stderr.flush()
            os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])

    async def _give_back(self, job: Job) -> NoReturn:
        """Queue the night under way again, and end the process: the thread that runs it cannot be ended otherwise."""
        self._stopping = True
        assert job.worker_id is not None, "a job that is run has a worker"
        try:
            end_sessions_of(self._queue.database, job.worker_id)
            await self._queue.app.job_manager.retry_job(job, retry_at=datetime.now(UTC))
            await self._queue.app.job_manager.unregister_worker(job.worker_id)
            self._say(f"triage: {job.lock}: stopped; what was judged is kept, and the night is queued again")
        except (ConnectorException, PoolTimeout, TriageError) as error:
            self._say(
                f"triage: {job.lock}: stopped; what was judged is kept. The queue could not be told "
                f"({_words(error)}): another worker takes the night in {self._fleet.stalled_after_seconds:g} s"
            )
        finally:
            sys.stderr.flush()
            sys.stdout.flush()
            os._exit(OK)

    def _run_job(self, context: JobContext, list_name: str, name: str, day: date | None) -> None:
        """Run a night in the thread of its job. Raises NightFailed when it did not end well."""
        job = context.job
        assert job.worker_id is not None, "a job that is run has a worker"
        session = worker_session(job.worker_id)
        again = f", attempt {job.attempts + 1}" if job.attempts else ""
        self._say(f"{list_name}: night {name} begins{again} (worker {job.worker_id})")
        try:
            wanted = NightWanted(
                chosen=self._fleet.list_named(list_name),
                name=name,
                job=job.id or 0,
                attempt=job.attempts,
                since=day,
                until=day,
                deliver="none" if day else None,
                budget=0 if day else None,
                session=session,
            )
            ledger = open_ledger(self._fleet, self._now, session)
            ended = run_night(self._fleet, wanted, Unwatched(), self._now, summarise=self._summarise, ledger=ledger)
        except TriageError as error:
            self._say(f"triage: {list_name}: {error}")
            raise NightFailed(str(error), retry=True) from None
        except Exception:
            self._say(f"triage: {list_name}: not foreseen:\n{traceback.format_exc()}")
            raise
        self._say(f"{list_name}: {ended.line}")
        if ended.code != OK:
            raise NightFailed(ended.line, retry=ended.retry)
