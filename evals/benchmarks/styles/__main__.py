"""New lines in styles that nobody chose: ``python -m evals.benchmarks.styles [--count N] [--seed S] [--show N]``.

Draws so many lists, each in a style of its own: a random composition of what maintainers do, with entries of invented
papers that differ here and there as real ones do. Then left-out papers are inserted. A list is right when every paper
that it has is known, each new entry equals byte for byte what the style prints, at a place that the order allows, no
other line changed, and the offline audit finds nothing but the missing links of entries that have none. Prints shares
by what failed and by piece of the style; ``--show`` prints the first failures. Exit code 0: a measure, not a gate.
"""

from __future__ import annotations

import argparse
import json
import sys

from evals.benchmarks.styles.comparison import compare
from evals.benchmarks.styles.document import draw
from evals.benchmarks.styles.report import show, summarise, tables


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--count", type=int, default=500, help="lists to draw")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--json", action="store_true")
    options.add_argument("--show", type=int, default=0, metavar="N", help="print the first N failures")
    given = options.parse_args()
    outcomes = [compare(draw(given.seed, number)) for number in range(given.count)]
    sys.stdout.write(json.dumps(summarise(outcomes), indent=1) + "\n" if given.json else tables(outcomes))
    sys.stdout.write(show(outcomes, given.show))


if __name__ == "__main__":
    main()
