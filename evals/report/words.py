"""The output of ``triage eval``: a result as JSON or in words, compared and written as a page where that was asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from agent.core.survey.taxonomy import Taxonomy
from agent.errors import ConfigError
from agent.ports import Progress
from evals import compare
from evals.compare import Comparison
from evals.material import Material
from evals.report import tables
from evals.report.page import check_ready, write_page
from evals.result import EvalResult
from evals.run import JudgeBuilder


class Done(NamedTuple):
    """A finished evaluation: ``worse`` says whether a comparison found it worse beyond noise, ``problem`` why the page
    was not written (None: it was, or was not wanted)."""

    json: dict[str, Any]
    words: str
    failed: int
    worse: bool
    problem: str | None


def run(
    material: Material,
    build_judge: JudgeBuilder,
    taxonomy: Taxonomy,
    *,
    page: Path | None,
    against: Path | None,
    progress: Progress,
) -> Done:
    """Evaluate, compare with the result in ``against`` and write the HTML ``page``.

    Raises ConfigError, before anything is judged, when the comparison or the page is not possible.
    """
    old = compare.read_result(against) if against else None
    if old:
        material.check_comparable(old)
    if page:
        check_ready(page)
    evaluation = material.evaluate(build_judge, progress)
    result = evaluation.result
    comparison = compare.compare(old, result) if old else None
    written, problem = None, None
    if page:
        try:
            written = write_page(page, evaluation, taxonomy, material.evaluate_baselines(), comparison)
        except ConfigError as error:  # the result is shown all the same
            problem = str(error)
    shown = result.model_dump(mode="json")
    if comparison:
        shown["comparison"] = comparison.model_dump(mode="json")
    parts = [_tables(result), _left_out(result), _compared(comparison) if comparison else "", str(written or "")]
    return Done(
        json=shown,
        words="\n\n".join(part for part in parts if part),
        failed=result.failed,
        worse=comparison is not None and comparison.verdict == "worse",
        problem=problem,
    )


def _tables(result: EvalResult) -> str:
    rows = (tables.placement_rows([result]), tables.relevance_rows([result]), tables.retrospective_rows([result]))
    return "\n\n".join(tables.markdown(part) for part in rows if len(part) > 1)


def _left_out(result: EvalResult) -> str:
    """Say how many judgments failed and what was not counted, without which the tables could not be understood."""
    lines = []
    if result.failed:
        lines.append(f"{result.failed} judgments failed: they count as wrong in placement, as last in ranking")
    if (ranked := result.relevance) and (ranked.unlabelled or ranked.labels_without_paper):
        lines.append(
            f"not counted: {ranked.unlabelled} papers without a label, "
            f"{ranked.labels_without_paper} labels without a paper"
        )
    return "\n".join(lines)


def _compared(comparison: Comparison) -> str:
    lines = [f"{comparison.old} -> {comparison.new}: {comparison.verdict}"]
    for name in ("placement", "relevance", "retrospective"):
        if change := getattr(comparison, name):
            lines += [
                f"{name} {each.metric}: {each.old:.3f} -> {each.new:.3f}, {each.verdict}" for each in change.differences
            ]
            shared = change.differences[0].n
            lines += [
                f"{name}: {shared} papers judged by both, {change.alone} by one alone"
                + ("" if change.same_data else "; the papers, their texts or their labels are not the same"),
                f"{name} fixed: {', '.join(change.fixed) or '-'}",
                f"{name} broken: {', '.join(change.broken) or '-'}",
            ]
    return "\n".join(lines)
