"""One delivery, for a test to start in a process of its own and kill."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import SecretStr

from agent.deliveries.github.pull_request import LABELS, PullRequestDelivery
from agent.deliveries.github.rolling_branch import build_branch
from agent.records import Draft, Record
from tests.support.small_list import LEAVES, TOKEN, insert, read_entries, review


class Job(Record):
    folder: Path
    places: dict[str, str]
    drafts: tuple[Draft, ...]


def deliver(job: Job) -> None:
    branch = build_branch(
        folder=job.folder,
        branch="triage/drafts",
        token=SecretStr(TOKEN),
        environment=os.environ,
        labels=LABELS,
        **job.places,
    )
    delivery = PullRequestDelivery(branch, insert, read_entries, LEAVES)
    delivery.deliver("run-1", job.drafts, review(job.drafts))
