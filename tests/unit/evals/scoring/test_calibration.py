"""Calibration by hand."""

from __future__ import annotations

import pytest

from evals.scoring import calibration
from tests.support.eval_cases import ranked

CASES = ranked([(3, 0.95), (2, 0.91), (0, 0.9), (0, 0.15), (2, 0.12), (0, None)])


def test_reliability_and_error_of_two_bins_by_hand() -> None:
    rows = calibration.reliability(CASES)
    assert rows == (
        (pytest.approx(0.135), pytest.approx(0.5), 2),
        (pytest.approx(0.92), pytest.approx(2 / 3), 3),
    )
    expected = (2 * (0.5 - 0.135) + 3 * (0.92 - 2 / 3)) / 5
    assert calibration.expected_calibration_error(rows) == pytest.approx(expected)


def test_a_score_of_one_is_in_the_last_bin() -> None:
    assert calibration.reliability(ranked([(3, 1.0), (3, 0.95)])) == ((pytest.approx(0.975), 1.0, 2),)


def test_risk_coverage_decides_the_surest_first() -> None:
    assert calibration.risk_coverage(ranked([(3, 0.95), (0, 0.9), (0, 0.4), (2, 0.4)])) == (
        (0.25, 0.0),
        (0.5, 0.5),
        (1.0, 0.5),
    )


def test_a_decision_against_the_chance_is_the_least_sure() -> None:
    """A model may grade a paper in scope and say by its fit that it hardly is: it is not sure of that."""
    sure, against = ranked([(3, 0.95), (0, 0.6)])
    hardly = against.model_copy(update={"chance": 0.1})
    even = against.model_copy(update={"gold": 2, "chance": 0.5})
    assert calibration.risk_coverage([hardly, even, sure]) == ((1 / 3, 0.0), (2 / 3, 0.0), (1.0, 1 / 3))


def test_the_threshold_keeps_95_percent_of_core() -> None:
    cases = ranked([(3, 0.9 - at / 100) for at in range(20)] + [(0, 0.85), (0, 0.5)])
    found = calibration.calibrate(cases)
    assert found.keep_95_core == pytest.approx(0.72)
    assert found.kept == pytest.approx(20 / 22)


def test_no_threshold_keeps_core_papers_that_failed() -> None:
    assert calibration.keep_95_core(ranked([(3, 0.9), (3, None)])) is None
    assert calibration.keep_95_core(ranked([(0, 0.9)])) is None


def test_calibration_of_nothing_is_undefined() -> None:
    found = calibration.calibrate([])
    assert (found.ece, found.reliability, found.risk_coverage, found.keep_95_core, found.kept) == (
        None,
        (),
        (),
        None,
        None,
    )
