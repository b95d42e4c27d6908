"""The queue of nights: when they are due, when they are tried again, and that none is queued twice."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from procrastinate.jobs import Job
from procrastinate.periodic import PeriodicDeferrer

from agent.database.shared.queue import NIGHT, queued_nights
from agent.errors import ConfigError
from agent.jobs.fleet_file import read_fleet
from agent.jobs.queue import MOST_ATTEMPTS, BackOff, NightFailed, NightQueue
from agent.jobs.status import read_status
from tests.unit.jobs.test_fleet_file import fleet_file

NOON = datetime(2026, 7, 15, 12, tzinfo=UTC)
LISTS = """
[[lists]]
name = "berlin"
folder = "."
cron = "0 5 * * 1-5"
time_zone = "Europe/Berlin"
[[lists]]
name = "utc"
folder = "."
cron = "0 5 * * 1-5"
"""


@pytest.fixture
def queue(shared_state: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> NightQueue:
    monkeypatch.setenv("TRIAGE_STATE_URL", shared_state)
    return NightQueue(read_fleet(fleet_file(tmp_path, LISTS)))


async def test_a_night_begins_by_the_clock_of_its_list_and_is_queued_once(queue: NightQueue) -> None:
    async with queue.app.open_async():
        for _ in range(2):  # two workers
            deferrer = PeriodicDeferrer(queue.app.periodic_registry, **queue.app.periodic_defaults)
            await deferrer.defer_jobs(deferrer.get_previous_tasks(NOON.timestamp()))
        waiting = queued_nights(queue.database)
        due = {job.list_id: datetime.fromtimestamp(int(str(job.args["timestamp"])), UTC) for job in waiting}
        assert len(waiting) == 2
        # In July Berlin is two hours ahead.
        assert due == {"berlin": NOON.replace(hour=3), "utc": NOON.replace(hour=5)}
        assert await queue.fill(["utc"], NOON) == [], "a night that waits is not queued again"
        assert await queue.fill_days("utc", [date(2026, 7, 13), date(2026, 7, 14)], NOON) == [
            date(2026, 7, 13),
            date(2026, 7, 14),
        ]
        assert await queue.fill_days("utc", [date(2026, 7, 14)], NOON) == []
        nights = [(job.list_id, job.args.get("day")) for job in queued_nights(queue.database)]
        assert nights == [("berlin", None), ("utc", None), ("utc", "2026-07-13"), ("utc", "2026-07-14")]


def test_a_cron_line_that_is_none_is_a_designed_error(
    shared_state: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIAGE_STATE_URL", shared_state)
    for cron in ("at dawn", "0 0 30 2 *"):
        path = fleet_file(tmp_path, f'[[lists]]\nname = "a"\nfolder = "."\ncron = "{cron}"\n')
        with pytest.raises(ConfigError) as raised:
            NightQueue(read_fleet(path))
        assert f"list a: cron '{cron}': " in str(raised.value)
        assert "write five fields such as 30 5 * * 1-5" in str(raised.value)


def test_a_night_in_the_hour_that_the_clock_shows_twice_is_one(
    shared_state: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIAGE_STATE_URL", shared_state)
    lists = LISTS.replace("0 5 * * 1-5", "30 2 * * *").partition('[[lists]]\nname = "utc"')[0]
    queue = NightQueue(read_fleet(fleet_file(tmp_path, lists)))
    [berlin] = queue.app.periodic_registry.periodic_tasks.values()
    noon, days = datetime(2026, 10, 24, 12, tzinfo=UTC), 86_400
    deferrer = PeriodicDeferrer(queue.app.periodic_registry, **queue.app.periodic_defaults)
    due = list(deferrer.get_timestamps(berlin, int(noon.timestamp()), noon.timestamp() + 2 * days))
    expected = [datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 26, 1, 30, tzinfo=UTC)]
    assert [datetime.fromtimestamp(moment, UTC) for moment in due] == expected
    late = list(deferrer.get_timestamps(berlin, None, noon.timestamp() + days))
    assert [datetime.fromtimestamp(moment, UTC) for moment in late] == expected[:1]
    between = datetime(2026, 10, 25, 1, tzinfo=UTC)  # the clock shows 2:30 again half an hour later
    status = read_status(queue.fleet, lambda: between)
    assert status.lists[0].next_night == expected[1]


def test_a_fleet_without_a_database_has_no_queue(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="triage run --all"):
        NightQueue(read_fleet(fleet_file(tmp_path, LISTS)))


def test_a_night_is_tried_again_with_longer_waits_and_not_for_ever() -> None:
    def wait(attempts: int, error: Exception) -> float | None:
        job = Job(id=1, status="doing", queue="q", lock=None, queueing_lock=None, task_name=NIGHT, attempts=attempts)
        decision = BackOff(100.0).get_retry_decision(exception=error, job=job)
        return decision and decision.retry_at and (decision.retry_at - datetime.now(UTC)).total_seconds()

    short = NightFailed("arXiv did not answer", retry=True)
    waits = [wait(attempt, short) for attempt in range(MOST_ATTEMPTS)]
    assert [round((each or 0.0) / 100) for each in waits[:-1]] == [1, 2, 4, 8, 16]
    assert waits[-1] is None
    assert wait(0, NightFailed("no triage.toml", retry=False)) is None
    assert wait(0, ValueError()) is None
