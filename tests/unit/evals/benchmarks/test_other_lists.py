"""The measure of what is found for lists of other people."""

from __future__ import annotations

import json

from evals.benchmarks.other_lists import LABELS, figures


def test_a_judge_that_ranks_the_other_way_round_is_seen() -> None:
    fits = [2, 2, 2, 1, 0, 0]
    right = figures([([0.9, 0.8, 0.7, 0.6, 0.2, 0.1], fits)])
    wrong = figures([([0.1, 0.2, 0.3, 0.4, 0.8, 0.9], fits)])
    assert (right["ap_clearly"], right["in_scope"], right["of_these_clearly"], right["found_of_clearly"]) == (
        1.0,
        4,
        0.75,
        1.0,
    )
    assert wrong["ap_clearly"] < 0.5 and (wrong["of_these_arguably"], wrong["found_of_clearly"]) == (0.0, 0.0)


def test_each_announcement_is_in_one_sample_and_fits_clearly_arguably_or_not() -> None:
    rows = [json.loads(line) for line in LABELS.read_text("utf-8").splitlines()]
    assert len({row["id"] for row in rows}) == 600 and sum(row["sample"] == 1 for row in rows) == 300
    assert {fit for row in rows for fit in row["fits"].values()} == {1, 2}
