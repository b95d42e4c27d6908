"""The status of a fleet: of each list its last night and what waits, of the workers who is alive, of the money."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from agent.database.shared.database import SharedDatabase
from agent.database.shared.nights import FleetNights
from agent.database.shared.queue import QueuedNight, heartbeats, queued_nights
from agent.database.store import open_shared_store
from agent.errors import ConfigError
from agent.jobs.fleet_file import Fleet, FleetList
from agent.records import Record


class ListStatus(Record):
    """``state``: ``doing``, ``queued``, ``failed`` or ``idle``. ``code`` is the exit code of the last ended attempt.

    ``next_night`` is null where the queue's packages are not installed, or the cron line is none.
    """

    name: str
    cron: str
    time_zone: str
    next_night: datetime | None
    state: str
    worker: int | None
    attempts: int
    waiting: int
    last_ended: datetime | None
    code: int | None
    line: str | None
    open_drafts: int
    queued_papers: int
    usd_today: float


class WorkerStatus(Record):
    """``seconds`` since it was last alive; ``night``: the list that it has under way."""

    worker: int
    alive: bool
    seconds: float
    night: str | None


class FleetStatus(Record):
    """``usd_today`` is what was spent today, or may be by nights under way; ``limit`` null: no cap."""

    lists: tuple[ListStatus, ...]
    workers: tuple[WorkerStatus, ...]
    usd_today: float
    limit: float | None


def read_status(fleet: Fleet, now: Callable[[], datetime]) -> FleetStatus:
    """Return the status of a fleet. Raises ConfigError for one without a database, or whose database cannot be used."""
    if not fleet.state_url:
        raise ConfigError("the status of a fleet is in its database: give state_url in fleet.toml or TRIAGE_STATE_URL")
    database = SharedDatabase(fleet.state_url)
    queue, nights = queued_nights(database), FleetNights(database)
    latest, spent = nights.latest(), nights.spent_on(now().date())
    rows = []
    for each in fleet.lists:
        mine = [job for job in queue if job.list_id == each.name]
        state, job = _state(mine)
        attempt = latest.get(each.name)
        with open_shared_store(fleet.state_url, fleet.home, each.name, exclusive=False) as store:
            drafts, papers = len(store.open_drafts()), len(store.queued())
        rows.append(
            ListStatus(
                name=each.name,
                cron=each.cron,
                time_zone=each.time_zone,
                next_night=_next_night(each, now()),
                state=state,
                worker=job.worker if job and job.status == "doing" else None,
                attempts=job.attempts if job else 0,
                waiting=sum(job.status == "todo" for job in mine),
                last_ended=attempt.ended if attempt else None,
                code=attempt.code if attempt else None,
                line=attempt.line if attempt else None,
                open_drafts=drafts,
                queued_papers=papers,
                usd_today=spent.get(each.name, 0.0),
            )
        )
    workers = _workers(fleet, heartbeats(database), queue)
    return FleetStatus(
        lists=tuple(rows), workers=workers, usd_today=round(sum(spent.values()), 6), limit=fleet.max_cost_usd_per_day
    )


def _next_night(chosen: FleetList, moment: datetime) -> datetime | None:
    try:
        from agent.jobs.times import Times

        return datetime.fromtimestamp(Times(chosen.cron, chosen.time_zone, moment).get_next(), UTC)
    except (ImportError, ValueError, KeyError):
        return None


_STATES: Final = {"doing": "doing", "todo": "queued", "failed": "failed"}
"""What the queue calls a job -> the state of its list, that which matters most first."""


def _state(jobs: list[QueuedNight]) -> tuple[str, QueuedNight | None]:
    """Return the state of a list with the first of its jobs that is in it, None for an idle list."""
    for status, state in _STATES.items():
        for job in jobs:
            if job.status == status:
                return state, job
    return "idle", None


def _workers(fleet: Fleet, ages: dict[int, float], queue: list[QueuedNight]) -> tuple[WorkerStatus, ...]:
    doing = {job.worker: job.list_id for job in queue if job.status == "doing"}
    return tuple(
        WorkerStatus(worker=worker, alive=age <= fleet.stalled_after_seconds, seconds=age, night=doing.get(worker))
        for worker, age in ages.items()
    )
