"""The figures of the report, as SVG text. matplotlib is drawn on without pyplot: no window, no global state."""

from __future__ import annotations

import io
from collections.abc import Sequence

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from evals.report.learning import Learned
from evals.result import Calibration, PlacedItem, SectionScore

NOWHERE = "none"
"""The column of papers without a leaf: failed, or judged to have none."""


def confusion(items: Sequence[PlacedItem], leaves: Sequence[str]) -> str:
    """Draw a heat map at leaf level: listed leaf (rows) by first leaf (columns). A paper listed twice is counted in
    the row of the leaf that was chosen if that is one of its two, else of the first listed."""
    columns = [*leaves, NOWHERE]
    at = {name: place for place, name in enumerate(columns)}
    counts = [[0] * len(columns) for _ in leaves]
    for item in items:
        first = item.top[0] if item.top and item.top[0] in at else NOWHERE
        gold = first if first in item.gold else item.gold[0]
        counts[at[gold]][at[first]] += 1
    dark = max(map(max, counts)) / 2
    figure, axes = _axes(11, 10)
    axes.imshow(counts, cmap="Blues", aspect="auto")
    for row, line in enumerate(counts):
        for column, count in enumerate(line):
            if count:
                shade = "white" if count > dark else "black"
                axes.text(column, row, str(count), ha="center", va="center", fontsize=7, color=shade)
    axes.set_xticks(range(len(columns)), columns, rotation=90, fontsize=7, parse_math=False)
    axes.set_yticks(range(len(leaves)), leaves, fontsize=7, parse_math=False)
    axes.set_xlabel("first leaf of the judge")
    axes.set_ylabel("leaf that lists the paper")
    return _svg(figure, "confusion")


def per_section(scores: dict[str, SectionScore]) -> str:
    """Draw, for each leaf, the share of its papers put there first and among the first three, with their number."""
    figure, axes = _axes(11, max(2.0, 0.24 * len(scores) + 0.8))
    at = range(len(scores))
    axes.barh(at, [score.top3 for score in scores.values()], color="#c6dbef", label="among the first three")
    axes.barh(at, [score.top1 for score in scores.values()], color="#2171b5", height=0.5, label="first")
    axes.set_yticks(at, [f"{leaf} (n={score.n})" for leaf, score in scores.items()], fontsize=7, parse_math=False)
    axes.set_ylim(len(scores) - 0.5, -0.5)
    axes.set_xlim(0, 1)
    axes.set_xlabel("share of the leaf's papers")
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, fontsize=8, frameon=False)
    return _svg(figure, "per-section")


def reliability(calibration: Calibration) -> str:
    """Draw the share of papers in scope against the mean chance of each bin, with the number of papers."""
    figure, axes = _axes(5, 4.5)
    axes.plot([0, 1], [0, 1], linestyle="--", color="grey", linewidth=1)
    axes.plot(
        [score for score, _, _ in calibration.reliability],
        [observed for _, observed, _ in calibration.reliability],
        marker="o",
        color="#2171b5",
    )
    for score, observed, n in calibration.reliability:
        axes.annotate(str(n), (score, observed), textcoords="offset points", xytext=(5, 5), fontsize=8)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.set_xlabel("mean chance of being in scope")
    axes.set_ylabel("share in scope")
    return _svg(figure, "reliability")


def risk_coverage(calibration: Calibration) -> str:
    """Draw the share of wrong decisions against the share of papers decided, surest first."""
    figure, axes = _axes(5, 4.5)
    axes.plot(
        [coverage for coverage, _ in calibration.risk_coverage],
        [risk for _, risk in calibration.risk_coverage],
        color="#2171b5",
    )
    axes.set_xlim(0, 1)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("share of papers decided, surest first")
    axes.set_ylabel("share decided wrongly")
    return _svg(figure, "risk-coverage")


def learning_curve(rows: Sequence[Learned]) -> str:
    """Draw each figure of the local judge against the number of labels that it learned from."""
    figure, axes = _axes(7, 4.5)
    lines = {
        "AP core": [row.ap_core for row in rows],
        "AP in scope": [row.ap_in_scope for row in rows],
        "right section first": [row.top1 for row in rows],
        "among the first three": [row.top3 for row in rows],
    }
    for name, values in lines.items():
        known = [(row.labels, value) for row, value in zip(rows, values, strict=True) if value is not None]
        axes.plot([labels for labels, _ in known], [value for _, value in known], marker="o", label=name)
    axes.set_xticks([row.labels for row in rows])
    axes.set_ylim(0, 1)
    axes.set_xlabel("labels")
    axes.legend(loc="lower right", fontsize=8, frameon=False)
    return _svg(figure, "learning-curve")


def _axes(width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.add_subplot()


def _svg(figure: Figure, name: str) -> str:
    """Return the ``<svg>`` element alone. The salt keeps ids of two figures on one page apart, and the text
    repeatable."""
    buffer = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": name, "svg.fonttype": "none"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :]
