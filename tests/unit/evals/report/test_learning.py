"""The learning curve: kept, read back, and drawn."""

from __future__ import annotations

from pathlib import Path

from evals.report import figures
from evals.report.learning import Learned, learned, read_curve, save_curve
from tests.unit.evals.report.test_page import evaluation

ROWS = (
    Learned(labels=0, ap_core=0.2, ap_in_scope=0.5, top1=0.4, top3=0.7),
    Learned(labels=100, ap_core=None, ap_in_scope=0.6, top1=0.5, top3=0.8),
)


def test_what_is_saved_is_read_back_and_a_missing_file_is_no_curve(tmp_path: Path) -> None:
    assert read_curve(tmp_path / "curve.jsonl") == ()
    assert read_curve(save_curve(ROWS, tmp_path / "curve.jsonl")) == ROWS


def test_a_row_holds_the_figures_of_its_result() -> None:
    result = evaluation().result
    assert result.relevance and result.placement
    row = learned(100, result)
    assert (row.labels, row.ap_core, row.top3) == (100, result.relevance.ap_core, result.placement.top3)


def test_every_figure_is_a_line_and_what_was_not_measured_is_left_out() -> None:
    svg = figures.learning_curve(ROWS)
    assert svg.startswith("<svg") and "AP core" in svg and "among the first three" in svg
