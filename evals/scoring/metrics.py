"""Every figure we report, as a pure function of cases. To add one: write the function, add a line to METRICS and to
the README.

Undefined is None, never zero. A failed judgment stays in: wrong in placement, last in ranking.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sklearn.metrics import average_precision_score, f1_score

from evals.result import Pick, PlacedPaper, Ranked

CORE = 3
IN_SCOPE = 2


def share(hits: Sequence[bool]) -> float | None:
    """Return the share of hits, None of nothing."""
    return sum(hits) / len(hits) if hits else None


def hits_at(cases: Sequence[PlacedPaper], k: int) -> list[bool]:
    """Say of each paper whether one of its first ``k`` leaves is a leaf that lists it (any listed leaf counts)."""
    return [not set(case.top[:k]).isdisjoint(case.gold) for case in cases]


def coarsen(cases: Sequence[PlacedPaper], level: Mapping[str, str]) -> list[PlacedPaper]:
    """Replace leaves by what they belong to (their section, their tier), so that a metric can be read at that level.

    A leaf that ``level`` does not know (``NO_LEAF``) stays as it is, and so stays wrong.
    """

    def lift(leaves: Sequence[str]) -> tuple[str, ...]:
        return tuple(level.get(leaf, leaf) for leaf in leaves)

    return [case.model_copy(update={"gold": lift(case.gold), "top": lift(case.top)}) for case in cases]


def top1(cases: Sequence[PlacedPaper]) -> float | None:
    """Share of papers whose first leaf lists them."""
    return share(hits_at(cases, 1))


def top3(cases: Sequence[PlacedPaper]) -> float | None:
    """Share of papers with a leaf that lists them among the first three."""
    return share(hits_at(cases, 3))


def macro_f1(cases: Sequence[PlacedPaper]) -> float | None:
    """Mean F1 of the leaves that list at least one paper, each leaf alike (scikit-learn, ``average="macro"``).

    A paper listed twice counts for the leaf that was chosen if that is one of its two, else for the first listed.
    """
    if not cases:
        return None
    gold, first = gold_and_first(cases)
    return float(f1_score(gold, first, labels=sorted(set(gold)), average="macro", zero_division=0))


def gold_and_first(cases: Sequence[PlacedPaper]) -> tuple[list[str], list[str]]:
    """Return one gold leaf and the first leaf of each paper, as ``macro_f1`` counts them; no leaf is the empty text."""
    first = [case.top[0] if case.top else "" for case in cases]
    return [leaf if leaf in case.gold else case.gold[0] for case, leaf in zip(cases, first, strict=True)], first


def set_match(cases: Sequence[PlacedPaper]) -> float | None:
    """Of the papers listed in several leaves, the share whose primary and secondary leaves are exactly those."""
    return share([set(case.chosen) == set(case.gold) for case in cases if len(case.gold) > 1])


def average_precision(cases: Sequence[Ranked], at_least: int) -> float | None:
    """Area under precision-recall as the step sum (scikit-learn): equal scores count as one step, so no order is
    invented.

    Relevant is a gold grade of ``at_least`` or more. None when no paper is relevant.
    """
    gold = [case.gold >= at_least for case in cases]
    if not any(gold):
        return None
    return float(average_precision_score(gold, [sortable(case) for case in cases]))


def ap_core(cases: Sequence[Ranked]) -> float | None:
    """Average precision for core papers (grade 3)."""
    return average_precision(cases, CORE)


def ap_in_scope(cases: Sequence[Ranked]) -> float | None:
    """Average precision for papers in scope (grade 2 or 3)."""
    return average_precision(cases, IN_SCOPE)


def recall_core_at_budget(cases: Sequence[Ranked]) -> float | None:
    """Share of the core papers that are within the review budget of their day."""
    return share([case.read for case in cases if case.gold >= CORE])


def precision_at_budget(cases: Sequence[Ranked]) -> float | None:
    """Share of the papers within the review budget that are in scope."""
    return share([case.gold >= IN_SCOPE for case in cases if case.read])


def read_per_accepted(cases: Sequence[Ranked]) -> float | None:
    """Papers a reviewer reads within the budget for each core paper found there. None when none is found."""
    accepted = share([case.gold >= CORE for case in cases if case.read])
    return 1 / accepted if accepted else None


def work_saved_at_95(cases: Sequence[Ranked]) -> float | None:
    """WSS@95 for papers in scope: the share of papers that need not be read to find 95 % of them, less the 5 % lost.

    ``(TN + FN) / N - (1 - 0.95)`` at the highest cut that reaches the recall (Cohen et al., JAMIA 13(2):206-219, 2006,
    doi:10.1197/jamia.M1929). All papers of equal score are read together.
    """
    relevant = sorted((sortable(case) for case in cases if case.gold >= IN_SCOPE), reverse=True)
    if not relevant:
        return None
    cut = relevant[needed(len(relevant)) - 1]
    return sum(sortable(case) < cut for case in cases) / len(cases) - 0.05


def recall_at_budget(picks: Sequence[Pick]) -> float | None:
    """Share of the catalog's picks that are within the review budget of their night."""
    return share([pick.read for pick in picks])


def recall_at_20(picks: Sequence[Pick]) -> float | None:
    """Share of the catalog's picks among the first twenty of their night."""
    return share([pick.within(20) for pick in picks])


def median_rank(picks: Sequence[Pick]) -> float | None:
    """Median rank of the catalog's picks in their nights."""
    return float(statistics.median(pick.rank for pick in picks)) if picks else None


def needed(n: int) -> int:
    """Return how many of ``n`` papers are at least 95 % of them (whole numbers: 0.95 * 20 is not 19 in floating
    point)."""
    return -(-95 * n // 100)


def sortable(case: Ranked) -> float:
    """Return the score as it ranks: a failed judgment below every score."""
    return -1.0 if case.score is None else case.score


METRICS: dict[str, Callable[[Sequence[Any]], float | None]] = {
    "top1": top1,
    "top3": top3,
    "macro_f1": macro_f1,
    "set_match": set_match,
    "ap_core": ap_core,
    "ap_in_scope": ap_in_scope,
    "recall_core_at_budget": recall_core_at_budget,
    "precision_at_budget": precision_at_budget,
    "read_per_accepted": read_per_accepted,
    "work_saved_at_95": work_saved_at_95,
    "recall_at_budget": recall_at_budget,
    "recall_at_20": recall_at_20,
    "median_rank": median_rank,
}
