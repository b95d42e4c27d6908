"""The ranking of labelled papers within whole nights, at their true prevalence, never as accuracy on a balanced set."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from agent.core.judging.verdict import expected_in_scope
from agent.records import Failure, Grade, Judgment
from evals.datasets import Nights
from evals.result import Interval, Ranked, RankedItem, Relevance, RelevanceResult
from evals.scoring import calibration, intervals, metrics


def rank(nights: Nights, outcomes: Mapping[str, Judgment | Failure], budget: int) -> list[Ranked]:
    """Turn judgments into cases, day by day, best score first.

    The budget applies to each announcement day. Equal scores are ordered by paper id, as in the nightly run; failed
    judgments come last, and no reviewer gets to read them, whatever room the budget has left.
    """
    cases = []
    for night in nights.nights:
        by_rank = sorted((case(night.day, label, gold, outcomes) for label, gold in night.labels.items()), key=_order)
        cases += [
            each.model_copy(update={"read": at < budget and each.score is not None}) for at, each in enumerate(by_rank)
        ]
    return cases


def case(day: date, paper_id: str, gold: Grade, outcomes: Mapping[str, Judgment | Failure]) -> Ranked:
    """Turn one judgment into a case that is not ranked yet."""
    outcome = outcomes[paper_id]
    if isinstance(outcome, Failure):
        return Ranked(id=paper_id, day=day, gold=gold, grade=None, score=None)
    chance = expected_in_scope(outcome)
    return Ranked(id=paper_id, day=day, gold=gold, grade=outcome.grade, score=outcome.score, chance=chance)


def score(cases: Sequence[Ranked], nights: Nights, budget: int) -> RelevanceResult:
    """Score all cases, pooled and day by day."""
    days = sorted({each.day for each in cases})
    return RelevanceResult(
        **_figures(cases),
        intervals=(
            f"95 %: {intervals.WILSON} for recall and precision at budget, {intervals.BOOTSTRAP}, relevant and other "
            "papers resampled apart, for average precision and work saved"
        ),
        budget=budget,
        confusion=confuse(cases),
        per_day={str(day): Relevance(**_figures([each for each in cases if each.day == day])) for day in days},
        calibration=calibration.calibrate(cases),
        unlabelled=nights.unlabelled,
        labels_without_paper=nights.labels_without_paper,
        items=tuple(
            RankedItem(id=each.id, day=each.day, grade=each.grade, gold=each.gold, score=each.score) for each in cases
        ),
        data=nights.digest,
    )


def confuse(cases: Sequence[Ranked]) -> tuple[tuple[int, ...], ...]:
    """Count papers by gold grade (rows 0-3) and judged grade (columns 0-3, then failed)."""
    table = [[0] * 5 for _ in range(4)]
    for each in cases:
        table[each.gold][4 if each.grade is None else each.grade] += 1
    return tuple(tuple(row) for row in table)


def _figures(cases: Sequence[Ranked]) -> dict[str, Any]:
    def core(each: Ranked) -> bool:
        return each.gold >= metrics.CORE

    def in_scope(each: Ranked) -> bool:
        return each.gold >= metrics.IN_SCOPE

    def ap_interval(relevant: Callable[[Ranked], bool]) -> Interval | None:
        return intervals.average_precision_interval(
            [relevant(each) for each in cases], [metrics.sortable(each) for each in cases]
        )

    return {
        "n": len(cases),
        "core": sum(map(core, cases)),
        "in_scope": sum(map(in_scope, cases)),
        "ap_core": metrics.ap_core(cases),
        "ap_core_ci": ap_interval(core),
        "ap_in_scope": metrics.ap_in_scope(cases),
        "ap_in_scope_ci": ap_interval(in_scope),
        "recall_core_at_budget": metrics.recall_core_at_budget(cases),
        "recall_core_at_budget_ci": intervals.wilson([each.read for each in cases if core(each)]),
        "precision_at_budget": metrics.precision_at_budget(cases),
        "precision_at_budget_ci": intervals.wilson([in_scope(each) for each in cases if each.read]),
        "read_per_accepted": metrics.read_per_accepted(cases),
        "work_saved_at_95": metrics.work_saved_at_95(cases),
        "work_saved_at_95_ci": intervals.bootstrap(cases, metrics.work_saved_at_95, in_scope),
    }


def _order(each: Ranked) -> tuple[float, str]:
    return (1.0 if each.score is None else -each.score, each.id)
