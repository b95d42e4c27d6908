"""Read and extend lists of other people: ``python -m evals.benchmarks.foreign_lists [FOLDER]``.

FOLDER (``../shared/data/lists``) holds one folder per list, with its ``README.md`` and, in ``listed.jsonl``, papers
that it links. Prints a table: per list the entries read, the papers known, the papers of a night inserted, the lines
that Git would call deletions (none may be), and the seconds for both. Exit code 1 below 99 % known or with deletions.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import NamedTuple

from agent.core.catalog.blocks import split_lines
from agent.core.catalog.edits import Addition, insert
from agent.core.catalog.outlines.outline import outline
from agent.core.catalog.parse import Heading, parse
from agent.core.catalog.places import is_place
from agent.core.papers.matching import catalog_identities, index, paper_identity
from agent.records import Paper

_TARGET = 0.99
_NIGHT = 152


class Row(NamedTuple):
    """The outcome of one list."""

    name: str
    entries: int
    linked: int
    listed: int
    known: int
    inserted: int
    by_hand: int
    deletions: int
    seconds: float


def headings_of(text: str) -> dict[str, Heading]:
    """Return every heading of a list that has entries below it and is more than a year, as a leaf of its own."""
    found: dict[str, Heading] = {}
    path: list[tuple[int, str]] = []
    for heading in outline(text).headings:
        if is_place(heading.text):
            continue
        while path and path[-1][0] >= heading.level:
            path.pop()
        found[f"line{heading.line}"] = Heading(title=heading.text, parent=path[-1][1] if path else None)
        path.append((heading.level, heading.text))
    sections = parse(text, found).sections
    return {leaf: heading for leaf, heading in found.items() if leaf in sections and sections[leaf].found}


def measure(folder: Path, papers: list[Paper]) -> Row:
    """Read one list, look up the papers it links, and insert ``papers`` into its sections in turn."""
    text = (folder / "README.md").read_bytes().decode()
    listed = [Paper.model_validate_json(line) for line in _lines(folder / "listed.jsonl")]
    headings = headings_of(text)
    began = time.process_time()
    catalog = parse(text, headings)
    titles = index(catalog_identities(catalog.entries))
    identities = [paper_identity(paper) for paper in listed]
    known = sum(bool(one.ids & catalog.mentioned_ids or titles.find(one)) for one in identities)
    leaves = list(headings)
    additions = [Addition(leaf=leaves[i % len(leaves)], paper=paper) for i, paper in enumerate(papers)]
    edit = insert(text, headings, additions)
    seconds = time.process_time() - began
    new = set(edit.added_lines)
    kept = [line for number, line in enumerate(split_lines(edit.text), 1) if number not in new]
    deletions = sum(a.rstrip("\r\n") != b.rstrip("\r\n") for a, b in zip(kept, split_lines(text), strict=True))
    linked = sum(entry.url is not None for entry in catalog.entries)
    return Row(
        folder.name,
        len(catalog.entries),
        linked,
        len(listed),
        known,
        len(edit.inserted),
        len(edit.by_hand),
        deletions,
        round(seconds, 1),
    )


def night() -> list[Paper]:
    """Return invented papers, as many as a night has, half of them with a nickname and a repository."""
    return [
        Paper.model_validate(
            {
                "id": f"2511.{90000 + number}",
                "title": f"Spoon{number}: A Study of Cutlery {number}"
                if number % 2
                else f"On the Use of Ladle {number}",
                "abstract": "https://github.com/spoon/spoon" if number % 2 else "",
                "authors": ("Ada Miller", "Bo Chen"),
                "announced": "2025-11-13",
            }
        )
        for number in range(_NIGHT)
    ]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", nargs="?", type=Path, default=Path("../shared/data/lists"))
    folder: Path = options.parse_args().folder
    lists = sorted(path.parent for path in folder.glob("*/README.md"))
    if not lists:
        sys.exit(f"{folder}: no list here; it needs one folder per list with a README.md")
    rows = [measure(path, night()) for path in lists]
    out = [f"{'list':36}" + "".join(f"{name:>10}" for name in Row._fields[1:])]
    out += [f"{row.name:36}" + "".join(f"{value:>10}" for value in row[1:]) for row in rows]
    listed, known = sum(row.listed for row in rows), sum(row.known for row in rows)
    out.append(f"known: {known} of {listed}")
    sys.stdout.write("\n".join(out) + "\n")
    sys.exit(0 if known >= _TARGET * listed and not any(row.deletions for row in rows) else 1)


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines() if path.exists() else []


if __name__ == "__main__":
    main()
