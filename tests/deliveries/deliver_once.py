"""One delivery in a process of its own, for a test to kill: ``python -m tests.deliveries.deliver_once < job``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from agent.deliveries.github_pr import PullRequestDelivery
from agent.records import Draft, Record
from tests.deliveries.small_list import LEAVES, TOKEN, insert, read_entries, review


class Job(Record):
    folder: Path
    places: dict[str, str]
    drafts: tuple[Draft, ...]


def main() -> None:
    job = Job.model_validate_json(sys.stdin.read())
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


if __name__ == "__main__":
    main()
