"""The gate of CI: the local judge may not fall below its committed results by more than noise. ``python -m
evals.gate``.

On what the repository holds, always; on the real nights where their data is beside the checkout. A change for the
better is committed with ``python -m evals.measure``.
"""

from __future__ import annotations

import sys

from agent.errors import FOUND, OK, ConfigError, TriageError
from evals import compare, measure, results
from evals.compare import Comparison, Difference
from evals.result import EvalResult

JUDGE = "local"


def fallen(comparison: Comparison) -> tuple[Difference, ...]:
    """Return the figures that fell by more than noise: a paired test on the papers both judged says worse."""
    return tuple(each for each in comparison.differences if each.verdict == "worse")


def describe(data: str, comparison: Comparison) -> list[str]:
    """Return one line per figure: what it was, what it is, and whether that is more than noise."""
    return [
        f"{data} {each.metric}: {each.old:.3f} -> {each.new:.3f} over {each.n} papers: {each.verdict}"
        for each in comparison.differences
    ]


def committed_of(data: str) -> EvalResult:
    """Return the committed result of the local judge. Raises ConfigError when there is none."""
    for each in results.read_all():
        if each.data == data and each.result.judge.name == JUDGE:
            return each.result
    raise ConfigError(f"evals/results has no result of the {JUDGE} judge on {data}; make it: python -m evals.measure")


def main() -> int:
    """Measure, compare, say what changed on stderr. Return 1 when a figure fell by more than noise, else 0."""
    bad = False
    try:
        for data in measure.available():
            committed = committed_of(data)
            with measure.material(data) as (material, build_judge):
                measured = material.evaluate(build_judge).result
            comparison = compare.compare(committed, measured)
            sys.stderr.write("\n".join(describe(data, comparison)) + "\n")
            bad = bad or bool(fallen(comparison))
    except TriageError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return FOUND if bad else OK


if __name__ == "__main__":
    sys.exit(main())
