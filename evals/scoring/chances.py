"""Fit what a model's score says of the chance that a paper is in scope: ``python -m evals.scoring.chances``.

Reads ``evals/model_scores.jsonl`` (the scores of the papers of the labelled background by a strong language model that
answered prompt ``judge/v3``; a local judge that had learned none of their labels broke the ties) and the labels of the
background; nothing that is reported on.

Prints one JSON line for the score as it is and one per strength of the penalty (small ``C``: strong), each with log
loss, Brier score and expected calibration error by repeated stratified five-fold cross-validation; then the slope and
intercept of the strength of least log loss, fitted on all: the constants of ``agent.core.judging.verdict``.

With ``--scores RESULT.json``, what ``triage eval --json`` printed of a model on the labelled background papers, it
prints the lines of ``evals/model_scores.jsonl`` instead.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss
from sklearn.model_selection import StratifiedKFold

from agent.errors import OK, ConfigError, TriageError
from agent.sources.files.records import read_labels
from evals import compare
from evals.result import EvalResult
from evals.scoring.calibration import bin_chances, expected_calibration_error
from evals.scoring.metrics import IN_SCOPE

Floats = NDArray[np.float64]

ROOT = Path(__file__).resolve().parents[2]
SCORES: Final = ROOT / "evals" / "model_scores.jsonl"
LABELS: Final = ROOT / "data" / "labels" / "background-800.jsonl"
STRENGTHS: Final = (1.0, 10.0, 100.0, 1000.0)
FOLDS, REPETITIONS = 5, 20


@dataclass(frozen=True)
class Graded:
    """The papers: scores in [0, 1), gold grades."""

    scores: Floats
    gold: NDArray[np.int_]

    @property
    def in_scope(self) -> NDArray[np.bool_]:
        return np.asarray(self.gold >= IN_SCOPE)


def read_graded() -> Graded:
    """Return the labelled papers that a model judged, by id."""
    labels = {label.id: label.grade for label in read_labels(LABELS)}
    rows = [json.loads(line) for line in SCORES.read_text(encoding="utf-8").splitlines()]
    return Graded(np.array([row["score"] for row in rows]), np.array([labels[row["id"]] for row in rows]))


def fit(graded: Graded, strength: float, rows: NDArray[np.int_] | slice = slice(None)) -> tuple[float, float]:
    """Return slope and intercept of the log-odds of being in scope (Platt, 1999: logistic regression on the score)."""
    model = LogisticRegression(C=strength, max_iter=5000)
    model.fit(graded.scores[rows, None], graded.in_scope[rows])
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def cross_validate(graded: Graded, strength: float) -> dict[str, float]:
    """Return the figures of chances that were fitted without the paper's fold, as means over the repetitions."""
    found = []
    for seed in range(REPETITIONS):
        chances = np.zeros(len(graded.gold))
        for training, testing in StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(chances, graded.gold):
            slope, intercept = fit(graded, strength, training)
            chances[testing] = 1 / (1 + np.exp(-(slope * graded.scores[testing] + intercept)))
        found.append(measure(graded, chances))
    return {name: float(np.mean([each[name] for each in found])) for name in found[0]}


def measure(graded: Graded, chances: Floats) -> dict[str, float]:
    """Return log loss, Brier score and expected calibration error in ten bins."""
    rows = bin_chances(zip(chances, graded.in_scope, strict=True))
    return {
        "log_loss": float(log_loss(graded.in_scope, chances)),
        "brier": float(brier_score_loss(graded.in_scope, chances)),
        "ece": expected_calibration_error(rows) or 0.0,
    }


def choose() -> list[Mapping[str, float | None]]:
    """Return the lines that are printed: the score as it is, every strength, the chosen constants."""
    graded = read_graded()
    tried = {strength: cross_validate(graded, strength) for strength in STRENGTHS}
    best = min(tried, key=lambda strength: tried[strength]["log_loss"])
    slope, intercept = fit(graded, best)
    return [
        {"C": None, **measure(graded, graded.scores)},
        *[{"C": strength} | figures for strength, figures in tried.items()],
        {"C": best, "slope": slope, "intercept": intercept},
    ]


def scores_of(result: EvalResult) -> list[dict[str, str | float]]:
    """Return the rows of ``evals/model_scores.jsonl`` by id. Raises ConfigError for a result without a model's."""
    if result.relevance is None or result.judge.prompt == "-":
        raise ConfigError("--scores: no model graded a night here; give 'triage eval --night --labels --json' of one")
    judged = sorted(result.relevance.items, key=lambda each: each.id)
    return [{"id": item.id, "score": round(item.score, 4)} for item in judged if item.score is not None]


def main(arguments: Sequence[str] | None = None) -> int:
    options = argparse.ArgumentParser(prog="python -m evals.scoring.chances", description=__doc__)
    options.add_argument("--scores", type=Path, metavar="RESULT.json", help="print the scores in this result instead")
    given = options.parse_args(arguments)
    try:
        lines = scores_of(compare.read_result(given.scores)) if given.scores else choose()
    except TriageError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    sys.stdout.write("".join(f"{json.dumps(line)}\n" for line in lines))
    return OK


if __name__ == "__main__":
    sys.exit(main())
