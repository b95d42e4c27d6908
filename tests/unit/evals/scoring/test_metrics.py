"""Metric functions against cases computed by hand, and ranking metrics against trec_eval."""

from __future__ import annotations

import math
import random

import ir_measures
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ir_measures import AP, P, R

from evals.scoring import metrics
from tests.support.eval_cases import LEVELS, picks, placed, ranked

CASES = [
    placed("a", "3.1.1", "3.1.1 3.1.2 4.1.1"),
    placed("b", "3.1.1", "3.1.2 3.1.1 4.1.1"),
    placed("c", "4.1.1", "6.1.1 3.1.1 3.1.2"),
    placed("d", "4.1.1 6.1.1", "6.1.1 4.1.1 3.1.1", chosen="6.1.1 4.1.1"),
    placed("e", "3.1.2", ""),
]


def test_top_1_and_top_3_count_any_listed_leaf_and_keep_failures_as_wrong() -> None:
    assert metrics.top1(CASES) == 2 / 5
    assert metrics.top3(CASES) == 3 / 5


def test_a_wrong_leaf_of_the_right_section_is_right_at_the_level_of_sections() -> None:
    assert metrics.top1(metrics.coarsen(CASES, LEVELS.section)) == 3 / 5
    assert metrics.top1(metrics.coarsen(CASES, LEVELS.tier)) == 3 / 5
    assert metrics.top1(metrics.coarsen([placed("n", "3.1.1", "NO_LEAF")], LEVELS.tier)) == 0


def test_macro_f1_is_the_mean_over_leaves_that_list_a_paper() -> None:
    # 3.1.1: precision 1/1, recall 1/2 -> 2/3; 4.1.1: 0 of 1; 6.1.1 (paper d): precision 1/2, recall 1/1 -> 2/3;
    # 3.1.2: 0.
    assert metrics.macro_f1(CASES) == pytest.approx((2 / 3 + 0 + 2 / 3 + 0) / 4)


def test_set_match_looks_only_at_papers_listed_twice() -> None:
    assert metrics.set_match(CASES) == 1.0
    assert metrics.set_match([*CASES, placed("f", "3.1.1 3.1.2", "3.1.1", chosen="3.1.1")]) == 0.5
    assert metrics.set_match(CASES[:2]) is None


def test_average_precision_by_hand() -> None:
    cases = ranked([(3, 0.9), (0, 0.8), (2, 0.7), (1, 0.6), (3, 0.5)])
    assert metrics.ap_core(cases) == pytest.approx((1 / 1 + 2 / 5) / 2)
    assert metrics.ap_in_scope(cases) == pytest.approx((1 / 1 + 2 / 3 + 3 / 5) / 3)


def test_equal_scores_are_one_step_so_that_their_order_cannot_matter() -> None:
    cases = ranked([(0, 0.5), (3, 0.5), (0, 0.5), (0, 0.5)])
    assert metrics.ap_core(cases) == metrics.ap_core(cases[::-1]) == 0.25


def test_a_failed_judgment_is_last_in_the_ranking() -> None:
    assert metrics.ap_core(ranked([(0, 0.0), (3, None)])) == 0.5


def test_recall_and_precision_at_budget_by_hand() -> None:
    cases = ranked([(3, 0.9), (2, 0.8), (0, 0.7), (0, 0.6), (3, 0.5), (3, 0.4)], read=4)
    assert metrics.recall_core_at_budget(cases) == 1 / 3
    assert metrics.precision_at_budget(cases) == 2 / 4
    assert metrics.read_per_accepted(cases) == 4.0


def test_work_saved_at_95_by_hand() -> None:
    # 20 relevant papers: 19 of them are 95 %. The 19th is found after 30 papers of 100; 70 need not be read.
    scores = [(2, 1.0 - at / 200) for at in range(18)] + [(0, 0.8)] * 11 + [(2, 0.7)] + [(0, 0.5)] * 69 + [(2, 0.1)]
    assert len(scores) == 100
    assert metrics.work_saved_at_95(ranked(scores)) == pytest.approx(0.70 - 0.05)


def test_work_saved_is_negative_when_everything_has_to_be_read() -> None:
    assert metrics.work_saved_at_95(ranked([(0, 0.9), (2, 0.1)])) == pytest.approx(-0.05)


def test_retrospective_figures_by_hand() -> None:
    assert metrics.recall_at_budget(picks([1, 10, 11, 20, 21])) == 2 / 5
    assert metrics.recall_at_20(picks([1, 10, 11, 20, 21])) == 4 / 5
    assert metrics.median_rank(picks([1, 10, 11, 20])) == 10.5


@pytest.mark.parametrize("name", metrics.METRICS)
def test_every_metric_of_nothing_is_undefined_not_zero(name: str) -> None:
    assert metrics.METRICS[name]([]) is None


def test_ranking_metrics_without_a_relevant_paper_are_undefined() -> None:
    cases = ranked([(0, 0.9), (1, 0.1)], read=1)
    assert metrics.ap_core(cases) is None
    assert metrics.recall_core_at_budget(cases) is None
    assert metrics.read_per_accepted(cases) is None
    assert metrics.work_saved_at_95(cases) is None


def test_the_papers_needed_for_95_percent_are_never_one_too_few() -> None:
    for n in range(1, 200):
        assert metrics.needed(n) == math.ceil(n * 95 / 100 - 1e-9), n


@given(st.lists(st.sampled_from([0, 1, 2, 3]), min_size=1, max_size=60), st.integers(0, 2**32 - 1))
def test_ranking_metrics_agree_with_trec_eval(gold: list[int], seed: int) -> None:
    scores = random.Random(seed).sample(range(1, 1001), len(gold))
    rows = sorted(zip(gold, (score / 1001 for score in scores), strict=True), key=lambda row: -row[1])
    cases = ranked(rows, read=10)  # type: ignore[arg-type]
    run = [ir_measures.ScoredDoc("night", case.id, case.score or 0.0) for case in cases]

    def trec(measure: ir_measures.measures.Measure, at_least: int) -> float:
        relevant = [ir_measures.Qrel("night", case.id, int(case.gold >= at_least)) for case in cases]
        return float(ir_measures.calc_aggregate([measure], relevant, run)[measure])

    if 3 in gold:
        assert metrics.ap_core(cases) == pytest.approx(trec(AP, 3))
        assert metrics.recall_core_at_budget(cases) == pytest.approx(trec(R @ 10, 3))
    if {2, 3} & set(gold):
        assert metrics.ap_in_scope(cases) == pytest.approx(trec(AP, 2))
    if len(cases) >= 10:
        assert metrics.precision_at_budget(cases) == pytest.approx(trec(P @ 10, 2))
