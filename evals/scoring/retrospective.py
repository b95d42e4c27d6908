"""Rank each paper that the list's maintainers picked among all papers of the night on which it was announced.

These labels are the maintainers' own, at real prevalence. The rest of the night is unlabelled, so only ranks are
scored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agent.records import Failure, Judgment
from evals.datasets import PickNight
from evals.result import Pick, PickItem, RetrospectiveResult
from evals.scoring import intervals, metrics


def rank(night: PickNight, outcomes: Mapping[str, Judgment | Failure], budget: int) -> list[Pick]:
    """Rank one night by score (equal scores by paper id, failed judgments last) and return where its picks are."""
    order = sorted((_order(paper.id, outcomes[paper.id]) for paper in night.papers), key=lambda each: each)
    ranks = {paper_id: at for at, (_, paper_id) in enumerate(order, start=1)}
    return [
        Pick(key=key, id=paper_id, rank=ranks[paper_id], of=len(order), read=ranks[paper_id] <= budget)
        for paper_id, key in sorted(night.picks.items())
    ]


def score(picks: Sequence[Pick], budget: int, data: str) -> RetrospectiveResult:
    """Score all picks of all nights. ``data`` is the digest of the nights."""
    return RetrospectiveResult(
        n=len(picks),
        budget=budget,
        recall_at_budget=metrics.recall_at_budget(picks),
        recall_at_budget_ci=intervals.wilson([pick.read for pick in picks]),
        recall_at_20=metrics.recall_at_20(picks),
        recall_at_20_ci=intervals.wilson([pick.rank <= 20 for pick in picks]),
        median_rank=metrics.median_rank(picks),
        median_rank_ci=intervals.bootstrap(picks, metrics.median_rank),
        intervals=f"95 %: {intervals.WILSON} for recall, {intervals.BOOTSTRAP} for the median rank",
        items=tuple(PickItem(key=pick.key, id=pick.id, rank=pick.rank, of=pick.of) for pick in picks),
        data=data,
    )


def _order(paper_id: str, outcome: Judgment | Failure) -> tuple[float, str]:
    return (1.0 if isinstance(outcome, Failure) else -outcome.score, paper_id)
