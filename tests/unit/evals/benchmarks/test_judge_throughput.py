"""The benchmark of throughput, on a night small enough for a test."""

from __future__ import annotations

from evals.benchmarks import judge_throughput
from evals.benchmarks.judge_throughput import Case


def test_the_benchmark_asks_about_every_paper_once_and_counts_what_the_server_saw() -> None:
    result = judge_throughput.measure("small", Case(papers=12, latency=0.02, slots=1, most_at_once=None, target=2.0))
    assert (result["papers"], result["requests"], result["turned_away"]) == (12, 12, 0)
    assert result["wall_s"] >= result["ideal_s"] == 0.24
