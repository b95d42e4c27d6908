"""Two results, paper by paper: fixed, broken, still wrong, and whether it is more than noise."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from agent.errors import ConfigError
from evals import compare, run
from evals.compare import NO_EVIDENCE
from evals.datasets import LabelledNight, Listed, Nights, PickNight
from evals.result import EvalResult
from tests.support.eval_cases import DAY, LEVELS, ScriptedJudge, paper, verdict

PAPERS = 40


def placement(wrong: Sequence[int], papers: int = PAPERS) -> EvalResult:
    """Place papers p0, p1 ..., those named in ``wrong`` in a wrong leaf."""
    script = {f"p{at}": verdict(f"p{at}", 0.9, 3, "4.1.1" if at in wrong else "3.1.1") for at in range(papers)}
    items = [Listed(key=each, paper=paper(each), gold=("3.1.1",)) for each in script]
    return run.evaluate(lambda *_: ScriptedJudge(script), levels=LEVELS, budget=10, listed=items).result


def relevance(scores: Sequence[float], gold: Sequence[int]) -> EvalResult:
    script = {f"p{at}": verdict(f"p{at}", score, 2 if score >= 0.5 else 0) for at, score in enumerate(scores)}
    labels = {f"p{at}": grade for at, grade in enumerate(gold)}
    night = LabelledNight(day=DAY, papers=tuple(map(paper, script)), labels=labels)  # type: ignore[arg-type]
    nights = Nights(nights=(night,), unlabelled=0, labels_without_paper=0, digest="d")
    return run.evaluate(lambda *_: ScriptedJudge(script), levels=LEVELS, budget=10, nights=nights).result


def test_fixed_broken_and_still_wrong_are_named() -> None:
    found = compare.compare(placement([1, 2, 3]), placement([3, 4]))
    assert found.placement is not None
    assert (found.placement.fixed, found.placement.broken) == (("p1", "p2"), ("p4",))
    assert found.placement.still_wrong == ("p3",)
    top1 = found.differences[0]
    assert (top1.metric, top1.n, top1.difference, top1.p) == ("top1", 40, pytest.approx(1 / 40), 1.0)
    assert found.verdict == NO_EVIDENCE
    assert (found.relevance, found.retrospective) == (None, None)


def test_a_result_compared_with_itself_shows_no_evidence_of_a_difference() -> None:
    same = placement([1, 2])
    found = compare.compare(same, same)
    assert {each.verdict for each in found.differences} == {"no evidence of a difference"}
    assert found.differences[0].ci == (0.0, 0.0)


def test_a_clearly_better_and_a_clearly_worse_result_are_called_so() -> None:
    good, bad = placement(range(5)), placement(range(20))
    assert compare.compare(bad, good).verdict == "better"
    assert compare.compare(good, bad).verdict == "worse"


def test_average_precision_is_compared_by_a_paired_bootstrap() -> None:
    gold = [3 if at % 4 == 0 else 0 for at in range(60)]
    right = [0.9 - at / 1000 if grade else 0.4 - at / 1000 for at, grade in enumerate(gold)]
    reverse = [1 - score for score in right]
    worse = compare.compare(relevance(right, gold), relevance(reverse, gold))
    by_name = {each.metric: each for each in worse.differences}
    assert by_name["ap_core"].verdict == "worse"
    assert by_name["ap_core"].ci is not None
    assert by_name["ap_core"].ci[1] < 0
    assert by_name["ap_core"].p is None
    assert by_name["in_scope_right"].verdict == "worse"
    same = compare.compare(relevance(right, gold), relevance(right, gold))
    assert same.verdict == NO_EVIDENCE


def test_a_corrected_label_is_not_mistaken_for_a_better_judge() -> None:
    scores = [0.9, 0.8, 0.3, 0.2]
    found = compare.compare(relevance(scores, [0, 0, 3, 3]), relevance(scores, [3, 3, 0, 0]))
    assert found.relevance is not None
    assert (found.relevance.fixed, found.relevance.broken, found.relevance.still_wrong) == ((), (), ())


def test_retrospective_picks_are_compared() -> None:
    def result(score: float) -> EvalResult:
        script = {each: verdict(each, 0.5, 2) for each in ("a", "b")} | {"pick": verdict("pick", score, 2)}
        nights = [PickNight(DAY, tuple(map(paper, script)), {"pick": "key"}, frozenset({"key"}))]
        return run.evaluate(lambda *_: ScriptedJudge(script), levels=LEVELS, budget=1, picks=nights).result

    found = compare.compare(result(0.1), result(0.9))
    assert found.retrospective is not None
    assert found.retrospective.fixed == ("key",)


def test_papers_that_only_one_result_judged_are_counted() -> None:
    found = compare.compare(placement([], papers=5), placement([], papers=7))
    assert found.placement is not None
    assert (found.placement.alone, found.differences[0].n) == (2, 5)


def test_results_without_a_common_paper_are_one_clear_line() -> None:
    with pytest.raises(ConfigError, match="no paper in common"):
        compare.compare(placement([]), relevance([0.9], [3]))


def test_a_printed_and_a_committed_result_are_read_alike(tmp_path: Path) -> None:
    result = placement([1])
    printed, committed = tmp_path / "a.json", tmp_path / "b.json"
    printed.write_text(result.model_dump_json())
    committed.write_text(json.dumps({"date": "2025-11-23", "result": result.model_dump(mode="json")}))
    assert compare.read_result(printed) == compare.read_result(committed) == result


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{"judge": 3}', '{"result": {}}', "\x00", "9" * 5000, "[" * 100_000],
    ids=lambda text: text[:9],
)
def test_a_file_that_is_no_result_is_one_clear_line(text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(ConfigError, match="not an eval result") as caught:
        compare.read_result(path)
    assert "\n" not in str(caught.value)


def test_a_missing_result_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        compare.read_result(tmp_path / "none.json")
