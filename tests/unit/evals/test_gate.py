"""The gate lets the local judge through as it is, and bites when a worse one is planted.

Each listed paper costs a judge that learned from all the others: the quick suite asks about every eighth of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from agent.errors import JudgeError
from agent.records import JudgeIdentity, Judgment, Paper, Usage
from evals import gate, measure
from evals.compare import NO_EVIDENCE, Difference
from evals.material import Material
from evals.result import EvalResult
from evals.run import Evaluation
from tests.support.eval_cases import IDENTITY


class Replay:
    """Implements Judge: gives the judgments of an earlier evaluation again, every so many of them without a leaf."""

    identity: JudgeIdentity = IDENTITY
    usage = Usage()

    def __init__(self, evaluation: Evaluation, spoil_every: int = 0, scores: Mapping[str, float] | None = None) -> None:
        self.spoil_every = spoil_every
        self.scores = scores or {}
        self.asked = 0
        self.judgments = {
            part.papers[key].id: outcome
            for part in (evaluation.placed, evaluation.ranked)
            for key, outcome in part.outcomes.items()
            if isinstance(outcome, Judgment)
        }

    def prepare(self, tonight: Sequence[Paper]) -> None:
        """Nothing to prepare."""

    async def judge(self, paper: Paper) -> Judgment:
        if paper.id not in self.judgments:
            raise JudgeError("not judged before")
        found = self.judgments[paper.id]
        found = found.model_copy(update={"score": self.scores.get(paper.id, found.score)})
        self.asked += 1
        if self.spoil_every and self.asked % self.spoil_every == 0:
            return found.model_copy(update={"top": ("NO_LEAF",), "primary": "NO_LEAF"})
        return found


def _fallen(measured: EvalResult) -> tuple[Difference, ...]:
    return gate.fallen(gate.compare.compare(gate.committed_of("repository"), measured))


@pytest.fixture(scope="module")
def measured() -> tuple[Material, Evaluation]:
    with measure.material("repository") as (material, build_judge):
        assert material.listed is not None
        some = replace(material, listed=material.listed[::8])
        return some, some.evaluate(build_judge)


@pytest.mark.slow
def test_on_the_whole_list_the_local_judge_has_not_fallen_either() -> None:
    with measure.material("repository") as (material, build_judge):
        assert _fallen(material.evaluate(build_judge).result) == ()


def test_the_local_judge_has_not_fallen_below_its_committed_results(measured: tuple[Material, Evaluation]) -> None:
    assert _fallen(measured[1].result) == ()


def test_a_planted_worse_judge_does_not_get_through(measured: tuple[Material, Evaluation]) -> None:
    worse = measured[0].evaluate(lambda *_: Replay(measured[1], spoil_every=2)).result
    fallen = _fallen(worse)
    assert {"top1", "top3"} <= {each.metric for each in fallen}


def test_a_planted_judge_that_ranks_backwards_does_not_get_through(measured: tuple[Material, Evaluation]) -> None:
    nights = measured[0].nights
    assert nights is not None
    backwards = {each: 1 - grade / 3 for night in nights.nights for each, grade in night.labels.items()}
    worse = measured[0].evaluate(lambda *_: Replay(measured[1], scores=backwards)).result
    # The sample has too few core papers for their figure to fall beyond noise; those in scope are enough.
    assert "ap_in_scope" in {each.metric for each in _fallen(worse)}


def test_a_single_paper_more_or_less_is_noise(measured: tuple[Material, Evaluation]) -> None:
    slightly = measured[0].evaluate(lambda *_: Replay(measured[1], spoil_every=40)).result
    found = gate.compare.compare(measured[1].result, slightly)
    assert found.verdict == NO_EVIDENCE
    assert found.placement is not None
    assert found.placement.broken or found.placement.still_wrong


def test_the_same_answers_again_are_exactly_the_same_result(measured: tuple[Material, Evaluation]) -> None:
    again = measured[0].evaluate(lambda *_: Replay(measured[1])).result
    assert again.placement == measured[1].result.placement
    assert again.relevance == measured[1].result.relevance


def test_each_figure_is_one_line(measured: tuple[Material, Evaluation]) -> None:
    same = gate.compare.compare(measured[1].result, measured[1].result)
    lines = gate.describe("repository", same)
    assert len(lines) == len(same.differences) == 5
    assert all("no evidence of a difference" in line for line in lines)


def test_without_a_committed_result_the_gate_says_how_to_make_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(measure, "available", lambda: ["elsewhere"])
    assert gate.main() == 2
    assert "python -m evals.measure" in capsys.readouterr().err
