"""A worker that is told to stop while its database is away."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from procrastinate.jobs import Job

from agent.commands.output import summary_line
from agent.database.shared.queue import NIGHT
from agent.jobs.fleet_file import read_fleet
from agent.jobs.worker import Worker
from tests.support.postgres import another_database
from tests.unit.jobs.test_fleet_file import ONE, fleet_file


class Ended(Exception):
    """Stands for the end of the process."""


def test_it_ends_though_it_cannot_give_its_night_back(
    shared_state: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []
    with another_database(shared_state) as address:
        monkeypatch.setenv("TRIAGE_STATE_URL", address)
        fleet = read_fleet(fleet_file(tmp_path, ONE))
        worker = Worker(fleet, now=lambda: datetime.now(UTC), summarise=summary_line, say=lines.append)
    job = Job(id=1, status="doing", queue="q", lock="gardens", queueing_lock=None, task_name=NIGHT, worker_id=1)

    def end(code: int) -> None:
        raise Ended(code)

    monkeypatch.setattr(os, "_exit", end)
    with pytest.raises(Ended, match="0"):
        asyncio.run(worker._give_back(job))
    (line,) = lines
    assert line.startswith("triage: gardens: stopped; what was judged is kept. The queue could not be told (PostgreSQL")
    assert line.endswith("another worker takes the night in 30 s")
