"""Intervals and tests against published or hand-computed values."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, f1_score

from evals.scoring import intervals, metrics
from tests.support.eval_cases import ranked


def test_wilson_interval_of_a_published_example() -> None:
    # 15 of 148: 0.0624 to 0.1605 (Newcombe, Statistics in Medicine 17, 1998, table I, method 3).
    low, high = intervals.wilson([True] * 15 + [False] * 133) or (0, 0)
    assert (round(low, 4), round(high, 4)) == (0.0624, 0.1605)


def test_nothing_has_no_interval() -> None:
    assert intervals.wilson([]) is None
    assert intervals.bootstrap([], metrics.ap_core) is None


def test_bootstrap_is_repeatable_and_holds_the_figure() -> None:
    cases = ranked([(3, 0.9), (0, 0.8), (3, 0.7), (0, 0.6), (0, 0.5), (3, 0.4), (0, 0.3)])
    found = intervals.bootstrap(cases, metrics.work_saved_at_95, lambda case: case.gold == 3)
    assert found == intervals.bootstrap(cases, metrics.work_saved_at_95, lambda case: case.gold == 3)
    assert found is not None
    assert found[0] < (metrics.work_saved_at_95(cases) or 0) < found[1]


def test_a_single_relevant_paper_has_no_bootstrap_interval() -> None:
    assert intervals.bootstrap(ranked([(3, 0.9), (0, 0.8)]), metrics.ap_core, lambda case: case.gold == 3) is None


def test_resamples_in_which_a_metric_is_undefined_do_not_spoil_the_interval() -> None:
    cases = ranked([(3, 0.9), (0, 0.8), (0, 0.2)])
    found = intervals.bootstrap(cases, metrics.ap_core)
    assert found is not None
    assert 0 < found[0] <= found[1] <= 1


def test_mcnemar_is_the_exact_two_sided_binomial() -> None:
    assert intervals.mcnemar(0, 0) == 1.0
    assert intervals.mcnemar(5, 5) == 1.0
    assert intervals.mcnemar(8, 1) == pytest.approx(2 * (1 + 9) / 2**9)
    assert intervals.mcnemar(1, 8) == intervals.mcnemar(8, 1)


def test_average_precision_of_resamples_is_that_of_scikit_learn_with_counts_as_weights() -> None:
    rng = np.random.default_rng(7)
    gold = rng.random(60) < 0.3
    scores = rng.integers(0, 12, 60) / 12
    counts = rng.multinomial(60, np.full(60, 1 / 60), size=40)
    expected = [average_precision_score(gold, scores, sample_weight=row) for row in counts]
    assert intervals.weighted_average_precision(gold, scores, counts) == pytest.approx(np.array(expected))


def test_average_precision_interval_agrees_with_the_plain_bootstrap() -> None:
    cases = ranked([(3 if at % 7 == 1 else 0, 1 - at / 100) for at in range(60)])
    quick = intervals.average_precision_interval(
        [case.gold == 3 for case in cases], [metrics.sortable(case) for case in cases]
    )
    plain = intervals.bootstrap(cases, metrics.ap_core, lambda case: case.gold == 3)
    assert quick == pytest.approx(plain, abs=0.03)


def test_scores_have_no_lead_over_themselves() -> None:
    gold, scores = [True, False, True, False, False], [0.9, 0.8, 0.3, 0.2, 0.1]
    assert intervals.average_precision_interval(gold, scores, less=scores) == (0.0, 0.0)


def test_macro_f1_of_resamples_is_that_of_scikit_learn_with_counts_as_weights() -> None:
    rng = np.random.default_rng(3)
    gold, first = (rng.choice(list("abcd"), 50).tolist() for _ in range(2))
    first[:5] = ["", "x", "y", "", "z"]
    counts = rng.multinomial(50, np.full(50, 1 / 50), size=20)
    expected = [
        f1_score(gold, first, labels=list("abcd"), average="macro", sample_weight=row, zero_division=0)
        for row in counts
    ]
    assert intervals.weighted_macro_f1(gold, first, counts) == pytest.approx(np.array(expected))


def test_a_leaf_that_a_resample_lacks_is_not_counted_as_a_failure() -> None:
    assert intervals.weighted_macro_f1(["a", "b"], ["a", "a"], np.array([[2, 0]])).tolist() == [1.0]
    assert intervals.macro_f1_interval(["a"], ["a"]) is None
