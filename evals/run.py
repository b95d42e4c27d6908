"""The evaluation itself: which judge is built for what, who is judged, and the result. Same judges as the nightly
run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from agent.core.judging import costs
from agent.errors import ConfigError, JudgeError
from agent.ports import Judge, Progress, Unwatched
from agent.records import Failure, JudgeIdentity, Judgment, Paper, Usage
from evals import datasets
from evals.datasets import LabelledNight, Listed, Nights, PickNight
from evals.result import EvalResult
from evals.scoring import placement, relevance, retrospective
from evals.scoring.placement import Levels

JudgeBuilder = Callable[[frozenset[str], frozenset[str]], Judge]
"""Build a new judge that has never seen the catalog records of these keys, nor a label of the papers of these ids (nor,
as always, the paper it is asked about)."""


@dataclass(frozen=True)
class Evaluation:
    """A result, with the judgments and papers behind it: the report quotes them, a saved result never does."""

    result: EvalResult
    outcomes: Mapping[str, Judgment | Failure]
    papers: Mapping[str, Paper]


@dataclass
class _Tally:
    """The state that accumulates over the judges of one evaluation."""

    usage: list[Usage] = field(default_factory=list)
    identity: JudgeIdentity | None = None
    failed: int = 0


def evaluate(
    build_judge: JudgeBuilder,
    *,
    levels: Levels,
    budget: int,
    listed: Sequence[Listed] | None = None,
    nights: Nights | None = None,
    picks: Sequence[PickNight] | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Judge and score every part that is given.

    Placement asks one judge about every listed paper: it leaves out the paper's own entry and twins itself. Every
    labelled night and every retrospective night gets a judge of its own, told of the whole night first, as in a
    nightly run. No judge has learned from a label of a paper of the part that it is asked for. Raises ConfigError when
    no part is given.
    """
    return asyncio.run(_evaluate(build_judge, levels, budget, listed, nights, picks, progress or Unwatched()))


async def _evaluate(
    build_judge: JudgeBuilder,
    levels: Levels,
    budget: int,
    listed: Sequence[Listed] | None,
    nights: Nights | None,
    picks: Sequence[PickNight] | None,
    progress: Progress,
) -> Evaluation:
    tally = _Tally()
    outcomes: dict[str, Judgment | Failure] = {}
    papers: dict[str, Paper] = {}
    progress.begin(_asked_about(listed, nights, picks))

    async def ask(
        tonight: Sequence[Paper],
        asked: Mapping[str, Paper],
        *,
        without: frozenset[str] = frozenset(),
        reported: frozenset[str] = frozenset(),
    ) -> dict[str, Judgment | Failure]:
        judge = build_judge(without, reported)
        judge.prepare(tonight)
        answers = await _judge_all(judge, tuple(asked.values()), progress)
        tally.usage.append(judge.usage)
        tally.identity = tally.identity or judge.identity
        tally.failed += sum(isinstance(each, Failure) for each in answers)
        return dict(zip(asked, answers, strict=True))

    placed, ranked, picked = None, None, None
    if listed is not None:
        found = await ask((), {each.key: each.paper for each in listed})
        cases = [placement.place(each, found[each.key]) for each in listed]
        placed = placement.score(cases, levels, datasets.digest_listed(listed))
        outcomes |= found
        papers |= {each.key: each.paper for each in listed}
    if nights is not None:
        found = {}
        for night in nights.nights:
            asked = {paper.id: paper for paper in night.papers if paper.id in night.labels}
            found |= await ask(night.papers, asked, reported=ids_of(nights.nights))
            papers |= asked
        ranked = relevance.score(relevance.rank(nights, found, budget), nights, budget)
        outcomes |= found
    if picks is not None:
        ranks = []
        for pick_night in picks:
            asked = {paper.id: paper for paper in pick_night.papers}
            found = await ask(pick_night.papers, asked, without=pick_night.without, reported=ids_of(picks))
            ranks += retrospective.rank(pick_night, found, budget)
        picked = retrospective.score(ranks, budget, datasets.digest_picks(picks))
    if tally.identity is None:
        raise ConfigError("eval: nothing to judge; give catalog entries, --night with --labels, or --retrospective")
    result = EvalResult(
        judge=tally.identity,
        placement=placed,
        relevance=ranked,
        retrospective=picked,
        failed=tally.failed,
        cost=costs.total(tally.usage),
    )
    return Evaluation(result=result, outcomes=outcomes, papers=papers)


def ids_of(nights: Iterable[LabelledNight | PickNight]) -> frozenset[str]:
    """Return the ids of all papers of the nights, asked about or not."""
    return frozenset(paper.id for night in nights for paper in night.papers)


def _asked_about(listed: Sequence[Listed] | None, nights: Nights | None, picks: Sequence[PickNight] | None) -> int:
    """Return how many papers all parts ask about."""
    labelled = sum(len(night.labels) for night in (nights.nights if nights else ()))
    return len(listed or ()) + labelled + sum(len(night.papers) for night in (picks or ()))


async def _judge_all(judge: Judge, papers: Sequence[Paper], progress: Progress) -> list[Judgment | Failure]:
    async def one(paper: Paper) -> Judgment | Failure:
        try:
            return await judge.judge(paper)
        except JudgeError as error:
            return Failure(paper_id=paper.id, reason=str(error))
        finally:
            progress.advance()

    return await asyncio.gather(*(one(paper) for paper in papers))
