"""One delivery, for a test to start in a process of its own and kill."""

from __future__ import annotations

import os
from pathlib import Path

from agent.deliveries.github.pull_request import PullRequestDelivery
from agent.records import Draft, Record
from tests.support.small_list import LEAVES, TOKEN, insert, read_entries, review


class Job(Record):
    folder: Path
    places: dict[str, str]
    drafts: tuple[Draft, ...]


def deliver(job: Job) -> None:
    delivery = PullRequestDelivery(
        folder=job.folder,
        branch="triage/drafts",
        token=TOKEN,
        insert=insert,
        read_entries=read_entries,
        leaves=LEAVES,
        environment=os.environ,
        **job.places,
    )
    delivery.deliver("run-1", job.drafts, review(job.drafts))
