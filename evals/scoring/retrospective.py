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
    """Rank one night by score (equal scores by paper id) and return where its picks are.

    A failed judgment has the last rank, whichever others failed, and is not within the budget.
    """
    judged = sorted((each for each in outcomes.values() if isinstance(each, Judgment)), key=_order)
    ranks = {each.paper_id: at for at, each in enumerate(judged, start=1)}
    last = len(night.papers)
    return [
        Pick(
            key=key,
            id=paper_id,
            rank=ranks.get(paper_id, last),
            of=last,
            read=ranks.get(paper_id, budget + 1) <= budget,
            failed=paper_id not in ranks,
        )
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
        recall_at_20_ci=intervals.wilson([pick.within(20) for pick in picks]),
        median_rank=metrics.median_rank(picks),
        median_rank_ci=intervals.bootstrap(picks, metrics.median_rank),
        intervals=f"95 %: {intervals.WILSON} for recall, {intervals.BOOTSTRAP} for the median rank",
        items=tuple(
            PickItem(key=pick.key, id=pick.id, rank=pick.rank, of=pick.of, failed=pick.failed) for pick in picks
        ),
        data=data,
    )


def _order(judgment: Judgment) -> tuple[float, str]:
    return (-judgment.score, judgment.paper_id)
