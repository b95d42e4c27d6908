"""The plots of the last nights, as SVG text. matplotlib is drawn on without pyplot: no window, no global state."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Final, NamedTuple

import matplotlib as mpl
from matplotlib.figure import Figure

from agent.records import Bucket

COLOURS: Final = {
    Bucket.DRAFTED: "#11663f",
    Bucket.QUEUED: "#8fb7f0",
    Bucket.FAILED: "#c0392b",
    Bucket.REJECTED: "#d4d4dd",
}

FEWEST: Final = 12
"""Bars for which there is room, so that one night alone is no wall."""


class Run(NamedTuple):
    """One run in the plots: its name, its buckets, and its cost in US dollars (None: unknown)."""

    name: str
    buckets: dict[Bucket, int]
    usd: float | None


def judged(runs: Sequence[Run]) -> str:
    """Draw how many papers each run judged, by the bucket in which they ended; the oldest run first."""
    figure = Figure(figsize=(10, 2.9), layout="constrained")
    axes = figure.add_subplot()
    bottom = [0] * len(runs)
    for bucket, colour in COLOURS.items():
        heights = [run.buckets.get(bucket, 0) for run in runs]
        axes.bar(range(len(runs)), heights, bottom=bottom, color=colour, label=bucket.value, width=0.8)
        bottom = [low + height for low, height in zip(bottom, heights, strict=True)]
    axes.set_xticks(range(len(runs)), [run.name for run in runs], rotation=90, fontsize=7, parse_math=False)
    axes.set_ylabel("papers")
    axes.set_xlim(-0.6, max(len(runs), FEWEST) - 0.4)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=4, fontsize=8, frameon=False)
    return _svg(figure, "judged")


def spent(runs: Sequence[Run]) -> str:
    """Draw what each run cost; a run whose price is not known has no bar."""
    figure = Figure(figsize=(10, 2.1), layout="constrained")
    axes = figure.add_subplot()
    axes.bar(range(len(runs)), [run.usd or 0 for run in runs], color="#4338ca", width=0.8)
    axes.set_xticks(range(len(runs)), [run.name for run in runs], rotation=90, fontsize=7, parse_math=False)
    axes.set_ylabel("US dollars")
    axes.set_ylim(bottom=0)
    axes.set_xlim(-0.6, max(len(runs), FEWEST) - 0.4)
    axes.spines[["top", "right"]].set_visible(False)
    return _svg(figure, "spent")


def _svg(figure: Figure, name: str) -> str:
    """Return the ``<svg>`` element alone. The salt keeps ids of two figures on one page apart, and repeatable."""
    buffer = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": name, "svg.fonttype": "none"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None}, transparent=True)
    text = buffer.getvalue()
    return text[text.index("<svg") :]
