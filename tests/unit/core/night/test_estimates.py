"""The estimate of a range of days."""

from __future__ import annotations

import pytest

from agent.core.night.estimates import estimate_range, in_words


@pytest.mark.parametrize(
    ("days", "counts", "again", "words"),
    [
        (1, [1], 0, "1 day: about 1 paper to judge"),
        (2, [], 0, "2 days (drawn from 0 of them): about 0 papers to judge"),
        (10, [3, 4], 0, "10 days (drawn from 2 of them): about 35 papers to judge"),
        (1, [2], 1, "1 day, and 1 paper that failed earlier: about 3 papers to judge"),
    ],
)
def test_an_estimate_counts_days_and_papers_in_words(days: int, counts: list[int], again: int, words: str) -> None:
    found = estimate_range(
        days,
        sum(counts),
        None,
        looked_at=len(counts),
        again=again,
        model=None,
        concurrency=1,
        batch=False,
        reads_arxiv=True,
    )
    assert in_words(found).startswith(f"{words}, judged locally, $0, about ")
