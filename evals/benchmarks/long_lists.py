"""The time to insert the drafts of a night into a long list: ``python -m evals.benchmarks.long_lists``.

Lists of 5,000, 20,000 and 80,000 lines are read and take twenty papers each. Prints one JSON object with the seconds
and the growth exponent: 1 is linear, 2 quadratic. Exit code 1 above the targets.
"""

from __future__ import annotations

import json
import math
import sys
import time

from agent.core.catalog import blocks
from agent.core.catalog.edits import Addition, insert
from agent.core.catalog.parse import Heading
from agent.records import Paper
from evals.benchmarks.growth import papers

SIZES = (5_000, 20_000, 80_000)
SECONDS = 5.0
EXPONENT = 1.3
PER_SECTION = 100
DRAFTS = 20


def long_list(size: int) -> tuple[str, dict[str, Heading]]:
    """Return a list of so many lines, in sections of a hundred, and its headings."""
    listed = papers(size)
    lines, headings = ["# List"], {}
    for number, paper in enumerate(listed[1:]):
        if number % PER_SECTION == 0:
            lines.append(f"## Section {number}")
            headings[f"s{number}"] = Heading(title=f"Section {number}")
        else:
            lines.append(f"- [2024/01] **{paper.title} {number}** | [[paper]](https://arxiv.org/abs/{paper.id})")
    return "\n".join(lines) + "\n", headings


def measure(size: int) -> float:
    """Return the processor time of inserting the drafts into a list of so many lines that was never read before."""
    text, headings = long_list(size)
    leaves = list(headings)
    drafts = [
        Addition(
            leaf=leaves[at % len(leaves)],
            paper=Paper(
                id=f"2511.{at:05}", title=f"Novelty {at} {paper.title}", abstract="", announced=paper.announced
            ),
        )
        for at, paper in enumerate(papers(DRAFTS))
    ]
    blocks.outline.cache_clear()
    blocks.chunk_outline.cache_clear()
    began = time.process_time()
    edit = insert(text, headings, drafts)
    spent = time.process_time() - began
    if len(edit.inserted) != DRAFTS:
        sys.exit(f"{len(edit.inserted)} of {DRAFTS} drafts were inserted; expected all")
    return spent


def main() -> None:
    spent = [measure(size) for size in SIZES]
    exponent = math.log(spent[-1] / spent[0]) / math.log(SIZES[-1] / SIZES[0])
    result = {
        "lines": SIZES,
        "seconds": [round(seconds, 2) for seconds in spent],
        "exponent": round(exponent, 2),
        "targets": {"seconds": SECONDS, "exponent": EXPONENT},
    }
    sys.stdout.write(json.dumps(result) + "\n")
    sys.exit(0 if spent[-1] <= SECONDS and exponent <= EXPONENT else 1)


if __name__ == "__main__":
    main()
