"""The time to insert a night's drafts into a long list, and to audit it: ``python -m evals.benchmarks.long_lists``.

Lists of 5,000, 20,000 and 80,000 lines are read and take twenty papers each; then all their entries are read and
compared, of which nothing is known. Prints one JSON object with the processor seconds and the growth exponents: 1 is
linear, 2 quadratic. Exit code 1 above the targets. On a busy machine processor times are too large.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Sequence

from agent.core.audit.check import audit, read_cases
from agent.core.catalog.edits import Addition, insert
from agent.core.catalog.formats import bullet
from agent.core.catalog.outlines import outline
from agent.core.catalog.parse import Heading, parse
from agent.garbage_collection import collect_rarely
from agent.records import Paper
from evals.benchmarks.growth import papers

SIZES = (5_000, 20_000, 80_000)
SECONDS = 5.0
AUDIT_SECONDS = 20.0
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
    forget()
    began = time.process_time()
    edit = insert(text, headings, drafts)
    spent = time.process_time() - began
    if len(edit.inserted) != DRAFTS:
        sys.exit(f"{len(edit.inserted)} of {DRAFTS} drafts were inserted; expected all")
    return spent


def measure_audit(size: int) -> float:
    """Return the processor time of reading all of a list of so many lines, never read before, and of its audit."""
    text, headings = long_list(size)
    forget()
    began = time.process_time()
    listed = parse(text, headings)
    audit(listed, read_cases(listed.entries, ()), {})
    return time.process_time() - began


def forget() -> None:
    """Empty the memories of lists that were read."""
    outline.outline.cache_clear()
    outline.chunk_outline.cache_clear()
    bullet._read_plain.cache_clear()


def exponent_of(spent: Sequence[float]) -> float:
    """Return the power of the list's length that its time grows with."""
    return math.log(spent[-1] / spent[0]) / math.log(SIZES[-1] / SIZES[0])


def main() -> None:
    collect_rarely()  # as every command does
    spent = {"insert": [measure(size) for size in SIZES], "audit": [measure_audit(size) for size in SIZES]}
    targets = {"insert": SECONDS, "audit": AUDIT_SECONDS}
    result = {
        "lines": SIZES,
        "seconds": {name: [round(seconds, 2) for seconds in each] for name, each in spent.items()},
        "exponents": {name: round(exponent_of(each), 2) for name, each in spent.items()},
        "targets": {"seconds": targets, "exponent": EXPONENT},
    }
    sys.stdout.write(json.dumps(result) + "\n")
    met = all(each[-1] <= targets[name] and exponent_of(each) <= EXPONENT for name, each in spent.items())
    sys.exit(0 if met else 1)


if __name__ == "__main__":
    main()
