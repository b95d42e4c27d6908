"""The evaluation itself: which judge is built for what, who is judged, and the result. Same judges as the nightly
run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from agent.core.judging import costs
from agent.core.survey.survey import Survey
from agent.database.store import Store
from agent.errors import ConfigError, JudgeError
from agent.ports import Judge, Progress, Unwatched
from agent.records import Failure, JudgeIdentity, Judgment, Paper, Usage
from agent.settings import Settings
from agent.wiring import judges
from evals import datasets
from evals.datasets import LabelledNight, Listed, Nights, PickNight
from evals.result import EvalResult, PlacementResult, RelevanceResult, RetrospectiveResult
from evals.scoring import placement, relevance, retrospective
from evals.scoring.placement import Levels

if TYPE_CHECKING:
    from agent.judges.openai.spending_cap import SpendingCap

JudgeBuilder = Callable[[frozenset[str], frozenset[str]], Judge]
"""Build a new judge that has never seen the catalog records of these keys, nor a label of the papers of these ids (nor,
as always, the paper it is asked about)."""


@dataclass(frozen=True)
class Round:
    """The papers that one judge is asked about, by key. It is told of ``tonight`` first, and has never seen the catalog
    records of the keys ``without``, nor a label of the papers ``reported`` (ids).
    """

    asked: Mapping[str, Paper]
    tonight: Sequence[Paper] = ()
    without: frozenset[str] = frozenset()
    reported: frozenset[str] = frozenset()


@dataclass
class Asked:
    """What came back about the papers of one part, and the papers, by key."""

    outcomes: dict[str, Judgment | Failure] = field(default_factory=dict)
    papers: dict[str, Paper] = field(default_factory=dict)


@dataclass(frozen=True)
class Evaluation:
    """A result, with what placement and relevance were scored from: the report quotes it, a saved result never does.

    The two are apart since an entry may be called by the id of a paper of a night, and is judged by another judge then.
    """

    result: EvalResult
    placed: Asked
    ranked: Asked


def judge_builder(
    settings: Settings,
    survey: Survey,
    store: Store,
    answers: Path | None = None,
    cap: SpendingCap | None = None,
    unlearned: frozenset[str] = frozenset(),
) -> JudgeBuilder:
    """Return the builder of the judge that the settings ask for, by the wiring of the nightly run.

    All judges that it builds spend under one ``cap`` (None: the one of the settings). For a learning curve none learns
    from the labels of the papers ``unlearned``.
    """
    shared = cap or judges.build_cap(settings)
    given = judges.read_answers(answers) if answers is not None else None

    def build(without: frozenset[str], reported: frozenset[str]) -> Judge:
        local = judges.build_local(settings, survey, store, without=without, unlearned=reported | unlearned)
        return judges.build_judge(settings, survey, store, local, cap=shared, answers=given)

    return build


@dataclass
class _Asking:
    """The judges of one evaluation, asked one after the other, and what adds up over them."""

    build_judge: JudgeBuilder
    progress: Progress
    usage: list[Usage] = field(default_factory=list)
    identity: JudgeIdentity | None = None
    failed: int = 0
    placed: Asked = field(default_factory=Asked)
    ranked: Asked = field(default_factory=Asked)

    async def ask(self, given: Round) -> dict[str, Judgment | Failure]:
        """Return what a new judge says of each paper of the round, by its key."""
        judge = self.build_judge(given.without, given.reported)
        judge.prepare(given.tonight)
        answers = await _judge_all(judge, tuple(given.asked.values()), self.progress)
        self.usage.append(judge.usage)
        self.identity = self.identity or judge.identity
        self.failed += sum(isinstance(each, Failure) for each in answers)
        return dict(zip(given.asked, answers, strict=True))


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
    asking = _Asking(build_judge, progress)
    progress.begin(sum(len(each.asked) for each in rounds(listed, nights, picks)))
    placed = await _place(asking, listed, levels) if listed is not None else None
    ranked = await _rank(asking, nights, budget) if nights is not None else None
    picked = await _pick(asking, picks, budget) if picks is not None else None
    if asking.identity is None:
        raise ConfigError("eval: nothing to judge; give catalog entries, --night with --labels, or --retrospective")
    result = EvalResult(
        judge=asking.identity,
        placement=placed,
        relevance=ranked,
        retrospective=picked,
        failed=asking.failed,
        cost=costs.total(asking.usage),
    )
    return Evaluation(result=result, placed=asking.placed, ranked=asking.ranked)


async def _place(asking: _Asking, listed: Sequence[Listed], levels: Levels) -> PlacementResult:
    """Ask one judge where each listed paper belongs, and score its answers."""
    (only,) = rounds(listed, None, None)
    found = await asking.ask(only)
    asking.placed = Asked(found, dict(only.asked))
    cases = [placement.place(each, found[each.key]) for each in listed]
    return placement.score(cases, levels, datasets.digest_listed(listed))


async def _rank(asking: _Asking, nights: Nights, budget: int) -> RelevanceResult:
    """Ask a judge of its own about each labelled night, and score how it ranks them."""
    ranked = asking.ranked
    for each in rounds(None, nights, None):
        ranked.outcomes |= await asking.ask(each)
        ranked.papers |= each.asked
    return relevance.score(relevance.rank(nights, ranked.outcomes, budget), nights, budget)


async def _pick(asking: _Asking, picks: Sequence[PickNight], budget: int) -> RetrospectiveResult:
    """Ask a judge of its own about each night that maintainers picked from, and score where their picks rank."""
    ranks = []
    for night, each in zip(picks, rounds(None, None, picks), strict=True):
        ranks += retrospective.rank(night, await asking.ask(each), budget)
    return retrospective.score(ranks, budget, datasets.digest_picks(picks))


def rounds(
    listed: Sequence[Listed] | None, nights: Nights | None, picks: Sequence[PickNight] | None
) -> Iterator[Round]:
    """Yield what each judge is asked: one about all listed papers, one about the labelled papers of each night, and one
    about all papers of each night that maintainers picked from. A part that is None has none.
    """
    if listed is not None:
        yield Round(asked={each.key: each.paper for each in listed})
    labelled, picked = nights.nights if nights else (), picks or ()
    for night in labelled:
        asked = {paper.id: paper for paper in night.papers if paper.id in night.labels}
        yield Round(asked, night.papers, reported=ids_of(labelled))
    for some in picked:
        asked = {paper.id: paper for paper in some.papers}
        yield Round(asked, some.papers, without=some.without, reported=ids_of(picked))


def ids_of(nights: Iterable[LabelledNight | PickNight]) -> frozenset[str]:
    """Return the ids of all papers of the nights, asked about or not."""
    return frozenset(paper.id for night in nights for paper in night.papers)


async def _judge_all(judge: Judge, papers: Sequence[Paper], progress: Progress) -> list[Judgment | Failure]:
    async def one(paper: Paper) -> Judgment | Failure:
        try:
            return await judge.judge(paper)
        except JudgeError as error:
            return Failure(paper_id=paper.id, reason=str(error))
        finally:
            progress.advance()

    return await asyncio.gather(*(one(paper) for paper in papers))
