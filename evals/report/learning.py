"""The learning curve of the local judge: its figures by the number of labels that it learned from.

``python -m evals.measure --learning`` measures it; the report of the local judge shows it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from agent.records import Record
from evals.result import EvalResult

CURVE: Final = Path(__file__).parents[1] / "learning_curve.jsonl"
COUNTS: Final = (0, 100, 200, 400, 800, 1280, 1840, 3080, 4520)
"""Numbers of labels: up to 800 of random papers, then those of chosen papers that a model graded, too."""


class Learned(Record):
    """The figures after so many labels; null where nothing was measured."""

    labels: int
    ap_core: float | None
    ap_in_scope: float | None
    top1: float | None
    top3: float | None


def learned(labels: int, result: EvalResult) -> Learned:
    """Return the figures of a result that the curve shows."""
    ranked, placed = result.relevance, result.placement
    return Learned(
        labels=labels,
        ap_core=ranked.ap_core if ranked else None,
        ap_in_scope=ranked.ap_in_scope if ranked else None,
        top1=placed.top1 if placed else None,
        top3=placed.top3 if placed else None,
    )


def save_curve(rows: Sequence[Learned], path: Path = CURVE) -> Path:
    """Write the curve, in place of an older one, and return its path."""
    path.write_text("".join(row.model_dump_json() + "\n" for row in rows), encoding="utf-8")
    return path


def read_curve(path: Path = CURVE) -> tuple[Learned, ...]:
    """Return the committed curve; empty where the checkout's files are not at hand."""
    if not path.exists():
        return ()
    return tuple(Learned.model_validate(json.loads(line)) for line in path.read_text("utf-8").splitlines())
