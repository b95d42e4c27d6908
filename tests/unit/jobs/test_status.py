"""The state of a list in the status of its fleet."""

from __future__ import annotations

import pytest

from agent.database.shared.queue import QueuedNight
from agent.jobs.status import _state

FAILED = QueuedNight("a", "failed", 3, None, None, {})
DOING = QueuedNight("a", "doing", 1, None, 7, {})
TODO = QueuedNight("a", "todo", 0, None, None, {})


@pytest.mark.parametrize(
    ("jobs", "expected"),
    [
        ([FAILED, DOING, TODO], ("doing", DOING)),
        ([FAILED, TODO], ("queued", TODO)),
        ([FAILED], ("failed", FAILED)),
        ([], ("idle", None)),
    ],
)
def test_the_job_that_is_shown_is_the_one_that_the_state_is_of(
    jobs: list[QueuedNight], expected: tuple[str, QueuedNight | None]
) -> None:
    assert _state(jobs) == expected
