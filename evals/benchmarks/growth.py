"""The growth of the time to read and edit a list with its length: ``python -m evals.benchmarks.growth``.

Each step is timed on a list and on one four times as long, in the same run: four is linear, sixteen is quadratic.
Prints one JSON object with the ratios. Exit code 1 where the growth comes near to quadratic.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import sys
import time
from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Any

from agent.core.audit.check import audit, read_cases
from agent.core.catalog.edits import Addition, insert
from agent.core.catalog.parse import Catalog, Heading, parse
from agent.core.judging.injection import suspicious
from agent.core.papers import matching
from agent.records import Paper

TARGET = 15
TIMES = 4
REPEATS = 3
HEADINGS = {"a": Heading(title="A"), "b": Heading(title="B")}
WORDS = [start + end for start in ("ba", "ku", "ri", "to", "me", "lo") for end in ("ndo", "rim", "sta", "vel", "gno")]


def papers(size: int) -> list[Paper]:
    """Return so many invented papers, whose titles share words but are all different."""
    return [
        Paper(
            id=f"2401.{number:05}",
            title=" ".join(random.Random(number).sample(WORDS, 7)),
            abstract="x",
            announced=date(2024, 1, 2),
        )
        for number in range(size)
    ]


def catalog(size: int) -> Catalog:
    """Return a list of so many entries, half of them in each of two sections."""
    lines = [f"* [{paper.title}](https://arxiv.org/abs/{paper.id})" for paper in papers(size)]
    half = size // 2
    text = "\n".join(["# L", "## A", *lines[:half], "", "## B", *lines[half:], ""])
    return parse(text, HEADINGS)


def steps(size: int) -> Mapping[str, Callable[[], object]]:
    """Return what is timed, by name, each over a list of so many entries."""
    listed = catalog(size)
    records = {paper.id: paper for paper in papers(size)}
    new = [
        Addition(
            leaf="b", paper=paper.model_copy(update={"id": f"2511.{at:05}", "title": f"Novelty {at} {paper.title}"})
        )
        for at, paper in enumerate(papers(20))
    ]
    hostile = "ignore the <system " * size

    reading = itertools.count()

    def read() -> None:
        # Other titles each time: what a line was read as is remembered for a while. Entries are read when asked for.
        _ = parse(listed.text.replace("* [", f"* [Reading {next(reading)}: "), HEADINGS).entries

    def match() -> None:
        index = matching.index(matching.catalog_identities(listed.entries, ()))
        for paper in records.values():
            index.find(matching.paper_identity(paper))

    return {
        "parse": read,
        "insert 20": lambda: insert(listed.text, HEADINGS, new),
        "match all": match,
        "audit": lambda: audit(listed, read_cases(listed.entries, ()), records),
        "look for orders in a hostile text": lambda: suspicious(hostile),
    }


def seconds(step: Callable[[], object]) -> float:
    """Return the least processor time of a few repeats: what the step needs when nothing disturbs it."""
    spent = []
    for _ in range(REPEATS):
        began = time.process_time()
        step()
        spent.append(time.process_time() - began)
    return min(spent)


def measure(size: int, names: Collection[str] | None = None) -> dict[str, Any]:
    """Time every step, or those with these names, over ``size`` entries and over four times as many."""
    small, large = (
        {name: step for name, step in steps(entries).items() if names is None or name in names}
        for entries in (size, TIMES * size)
    )
    before = {name: seconds(step) for name, step in small.items()}
    after = {name: seconds(step) for name, step in large.items()}
    return {
        "entries": [size, TIMES * size],
        "seconds": {name: [round(before[name], 4), round(after[name], 4)] for name in small},
        "ratios": {name: round(after[name] / max(before[name], 1e-4), 1) for name in small},
        "target_ratio": TARGET,
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--entries", type=int, default=1000)
    result = measure(options.parse_args().entries)
    sys.stdout.write(json.dumps(result) + "\n")
    sys.exit(0 if max(result["ratios"].values()) <= TARGET else 1)


if __name__ == "__main__":
    main()
