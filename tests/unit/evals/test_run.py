"""The evaluation with scripted judges: who is asked, told and left out, and what the result says."""

from __future__ import annotations

import json
from datetime import date

import pytest

from agent.errors import ConfigError
from agent.records import Grade, Judgment
from evals import run
from evals.datasets import LabelledNight, Listed, Nights, PickNight
from evals.result import EvalResult
from tests.support.eval_cases import DAY, LEVELS, ScriptedJudge, paper, verdict

NEXT_DAY = date(2025, 11, 14)


class Builder:
    """Builds scripted judges and remembers them, with what each was built without."""

    def __init__(self, *script: Judgment) -> None:
        self.script = {each.paper_id: each for each in script}
        self.built: list[ScriptedJudge] = []
        self.reported: list[frozenset[str]] = []

    def __call__(self, without: frozenset[str], reported: frozenset[str]) -> ScriptedJudge:
        self.reported.append(reported)
        self.built.append(ScriptedJudge(self.script, without))
        return self.built[-1]


def listed(key: str, *gold: str, odd: bool = False) -> Listed:
    return Listed(key=key, paper=paper(f"id-{key}"), gold=gold, odd=odd)


def night(day: date, labels: dict[str, Grade], *unlabelled: str) -> LabelledNight:
    return LabelledNight(day=day, papers=tuple(paper(each, day=day) for each in [*labels, *unlabelled]), labels=labels)


def nights(*each: LabelledNight) -> Nights:
    return Nights(nights=each, unlabelled=1, labels_without_paper=2, digest="d")


def test_placement_keeps_failures_as_wrong_and_reports_other_sections_apart() -> None:
    build = Builder(
        verdict("id-a", 0.9, 3, "3.1.1 3.1.2 4.1.1"),
        verdict("id-b", 0.9, 3, "3.1.2 3.1.1"),
        verdict("id-c", 0.9, 3, "6.1.1"),
        verdict("id-e", 0.9, 3, "6.1.1 3.1.2", secondary=("3.1.2",)),
    )
    items = [
        listed("a", "3.1.1"),
        listed("b", "3.1.1", odd=True),
        listed("c", "6.1.1"),
        listed("failed", "4.1.1"),
        listed("e", "3.1.2", "6.1.1"),
    ]
    found = run.evaluate(build, levels=LEVELS, budget=10, listed=items).result
    placed = found.placement
    assert placed is not None
    assert (placed.n, placed.top1, placed.top3, placed.section, placed.tier) == (4, 0.5, 0.75, 0.75, 0.75)
    assert [(item.key, item.top) for item in placed.items][2] == ("failed", ())
    assert (placed.without_odd.n, placed.without_odd.top1) == (3, pytest.approx(2 / 3))
    assert (placed.set_match, placed.set_match_n) == (1.0, 1)
    assert (placed.apart["6"].n, placed.apart["6"].top1) == (1, 1.0)
    assert (placed.per_section["3.1.1"].n, placed.per_section["3.1.1"].top1) == (2, 0.5)
    assert placed.per_section["6.1.1"].n == 2
    assert placed.top1_ci is not None
    assert placed.top1_ci[0] < 0.5 < placed.top1_ci[1]
    assert (found.failed, found.relevance, found.retrospective) == (1, None, None)
    assert [judge.without for judge in build.built] == [frozenset()]


def test_a_judge_that_only_names_a_primary_leaf_is_taken_at_it() -> None:
    only_primary = verdict("id-a", 0.9, 3, "3.1.1").model_copy(update={"top": ()})
    placed = run.evaluate(
        Builder(only_primary), levels=LEVELS, budget=10, listed=[listed("a", "3.1.1")]
    ).result.placement
    assert placed is not None
    assert placed.top1 == 1.0


def test_the_review_budget_applies_to_each_day() -> None:
    build = Builder(
        verdict("a", 0.2, 0), verdict("b", 0.1, 0), verdict("c", 0.9, 3), verdict("d", 0.8, 2), verdict("e", 0.7, 1)
    )
    data = nights(night(DAY, {"a": 3, "b": 0}, "unlabelled"), night(NEXT_DAY, {"c": 3, "d": 2, "e": 3, "failed": 0}))
    ranked = run.evaluate(build, levels=LEVELS, budget=1, nights=data).result.relevance
    assert ranked is not None
    assert ranked.recall_core_at_budget == pytest.approx(2 / 3)
    assert ranked.precision_at_budget == 1.0
    assert ranked.read_per_accepted == 1.0
    assert ranked.per_day["2025-11-14"].recall_core_at_budget == 0.5
    assert ranked.confusion == ((1, 0, 0, 0, 1), (0, 0, 0, 0, 0), (0, 0, 1, 0, 0), (1, 1, 0, 1, 0))
    assert (ranked.n, ranked.unlabelled, ranked.labels_without_paper) == (6, 1, 2)


def test_a_failed_judgment_is_read_by_nobody_though_the_budget_has_room() -> None:
    data = nights(night(DAY, {"a": 3, "failed": 3, "lost": 0}))
    ranked = run.evaluate(Builder(verdict("a", 0.2, 0)), levels=LEVELS, budget=10, nights=data).result.relevance
    assert ranked is not None
    assert (ranked.recall_core_at_budget, ranked.precision_at_budget) == (0.5, 1.0)
    nothing = run.evaluate(Builder(), levels=LEVELS, budget=10, nights=data).result.relevance
    assert nothing is not None
    assert (nothing.recall_core_at_budget, nothing.precision_at_budget) == (0.0, None)


def test_each_night_has_a_judge_of_its_own_that_hears_of_the_whole_night_and_is_asked_the_labelled_papers() -> None:
    build = Builder(verdict("a", 0.2, 0), verdict("c", 0.9, 3))
    data = nights(night(DAY, {"a": 3}, "unlabelled"), night(NEXT_DAY, {"c": 3}))
    run.evaluate(build, levels=LEVELS, budget=1, nights=data)
    assert [(judge.tonight, judge.asked) for judge in build.built] == [(["a", "unlabelled"], ["a"]), (["c"], ["c"])]
    assert build.reported == [{"a", "unlabelled", "c"}] * 2


def test_equal_scores_are_cut_by_paper_id() -> None:
    build = Builder(*(verdict(each, 0.5, 2) for each in ("b", "a", "c")))
    ranked = run.evaluate(build, levels=LEVELS, budget=1, nights=nights(night(DAY, {"b": 0, "a": 3, "c": 0})))
    assert ranked.result.relevance is not None
    assert ranked.result.relevance.recall_core_at_budget == 1.0


def test_retrospective_builds_each_night_without_its_picks_and_ranks_failures_last() -> None:
    build = Builder(verdict("a", 0.2, 1), verdict("b", 0.9, 3), verdict("c", 0.2, 1), verdict("e", 0.1, 0))
    some = [
        PickNight(DAY, tuple(map(paper, ("c", "a", "b"))), {"c": "key-c"}, frozenset({"key-c", "twin"})),
        PickNight(NEXT_DAY, tuple(map(paper, ("failed", "e"))), {"failed": "key-f"}, frozenset({"key-f"})),
    ]
    found = run.evaluate(build, levels=LEVELS, budget=2, picks=some).result
    assert found.retrospective is not None
    assert [(item.key, item.rank, item.of) for item in found.retrospective.items] == [("key-c", 3, 3), ("key-f", 2, 2)]
    assert (found.retrospective.recall_at_budget, found.retrospective.median_rank) == (0.0, 2.5)
    assert [judge.without for judge in build.built] == [{"key-c", "twin"}, {"key-f"}]
    assert build.reported == [{"c", "a", "b", "failed", "e"}] * 2
    assert build.built[0].tonight == ["c", "a", "b"]
    assert found.failed == 1


def test_a_failed_pick_has_the_last_rank_whichever_other_papers_failed() -> None:
    some = [PickNight(DAY, tuple(map(paper, ("a", "b", "c", "d"))), {"b": "key-b"}, frozenset())]
    found = run.evaluate(Builder(verdict("a", 0.1, 0)), levels=LEVELS, budget=3, picks=some).result.retrospective
    assert found is not None
    assert [(item.rank, item.of) for item in found.items] == [(4, 4)]
    assert (found.recall_at_budget, found.recall_at_20) == (0.0, 0.0)


def test_the_result_survives_json_and_adds_up_the_cost_of_all_judges() -> None:
    build = Builder(verdict("id-a", 0.9, 3, "3.1.1"), verdict("a", 0.2, 0))
    result = run.evaluate(
        build, levels=LEVELS, budget=1, listed=[listed("a", "3.1.1")], nights=nights(night(DAY, {"a": 3}))
    ).result
    assert EvalResult.model_validate(json.loads(result.model_dump_json())) == result
    assert result.cost.calls == 2


class Bar:
    total = 0
    done = 0

    def begin(self, total: int) -> None:
        self.total = total

    def advance(self) -> None:
        self.done += 1


def test_every_judgment_moves_the_progress_bar_to_its_end() -> None:
    bar = Bar()
    data = nights(night(DAY, {"a": 3, "b": 3}, "unlabelled"))
    picks = [PickNight(DAY, tuple(map(paper, ("c", "d"))), {"c": "key"}, frozenset())]
    run.evaluate(
        Builder(), levels=LEVELS, budget=1, listed=[listed("a", "3.1.1")], nights=data, picks=picks, progress=bar
    )
    assert bar.total == bar.done == 5


def test_an_evaluation_of_nothing_is_one_clear_line() -> None:
    with pytest.raises(ConfigError, match="nothing to judge"):
        run.evaluate(Builder(), levels=LEVELS, budget=1)


def test_two_runs_give_the_same_bytes() -> None:
    def result() -> str:
        build = Builder(verdict("a", 0.2, 0), verdict("b", 0.9, 3), verdict("c", 0.4, 2), verdict("d", 0.4, 2))
        data = nights(night(DAY, {"a": 3, "b": 3, "c": 0, "d": 0}))
        return run.evaluate(build, levels=LEVELS, budget=1, nights=data).result.model_dump_json()

    assert result() == result()
