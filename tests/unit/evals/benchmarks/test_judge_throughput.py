"""The benchmark runs against a server of its own, and its ratio is a ratio to the ideal."""

from __future__ import annotations

from evals.benchmarks import judge_throughput


def test_the_benchmark_measures_both_ways_of_asking() -> None:
    result = judge_throughput.measure(size=12, latency=0.2, concurrency=4, sample=2)
    assert result["ideal_s"] == 3 * 0.2
    assert result["ratio"] >= 1
    assert result["one_at_a_time_ratio"] >= 4
