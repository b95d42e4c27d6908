"""The chances that a model's scores stand for."""

from __future__ import annotations

import pytest

from agent.core.judging import verdict
from evals import results
from evals.scoring import chances


def test_the_constants_are_those_of_the_committed_grades() -> None:
    asis, *tried, chosen = chances.choose()
    best = min(tried, key=lambda row: row["log_loss"] or 0.0)
    assert best["C"] == chosen["C"]
    assert chosen["slope"] == pytest.approx(verdict.CHANCE_SLOPE, abs=0.01)
    assert chosen["intercept"] == pytest.approx(verdict.CHANCE_INTERCEPT, abs=0.01)
    for name, (before, after) in {"ece": (0.187, 0.013), "brier": (0.089, 0.035)}.items():
        assert (asis[name], best[name]) == (pytest.approx(before, abs=6e-4), pytest.approx(after, abs=6e-4))


def test_chances_rise_with_the_score() -> None:
    found = [verdict.chance_in_scope(at / 1000) for at in range(1001)]
    assert found == sorted(set(found))
    assert 0 < found[0] < found[-1] < 1


def test_committed_results_of_models_are_calibrated_by_these_chances() -> None:
    models = [each.result for each in results.read_all() if each.result.judge.prompt != "-" and each.result.relevance]
    assert models
    for result in models:
        assert result.relevance
        found, kept = results.calibration_of(result.relevance.items), result.relevance.calibration
        assert kept.ece == pytest.approx(found.ece), "run: python -m evals.measure --calibration"


def test_the_scores_of_a_model_are_read_from_its_result() -> None:
    found = [each.result for each in results.read_all() if each.result.relevance]
    model = next(result for result in found if result.judge.prompt != "-")
    assert model.relevance
    scores = {item.id: item.score for item in model.relevance.items}
    rows = chances.scores_of(model)
    assert [row["id"] for row in rows] == sorted(scores)
    assert all(row["score"] == pytest.approx(scores[str(row["id"])], abs=1e-4) for row in rows)


def test_a_judge_whose_score_is_not_made_of_a_grade_has_no_scores_to_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert chances.main(["--scores", str(results.FOLDER / "nights-local.json")]) == 2
    assert "no model graded a night here" in capsys.readouterr().err
