"""A saved listing: announcements from a file of JSON lines."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from agent.core.arxiv.categories import is_read
from agent.records import SAVED_LISTING, Coverage, Listing, Paper, Window
from agent.sources.files.json_lines import read_rows
from agent.sources.files.rows import paper_from_row


@dataclass(frozen=True)
class ListingFile:
    """Implements Source. Without ``cross_lists`` only the first category of a paper counts."""

    path: Path
    categories: tuple[str, ...]
    cross_lists: bool

    name = SAVED_LISTING

    def listing(self, window: Window) -> Listing:
        """Return the rows announced in the window, or all rows when it is open; every row is checked either way.

        A day and category that the file has papers of counts as complete; of others there is no coverage row.
        Raises SourceError, naming line and remedy, when any row is bad. An empty file is a quiet night.
        """
        rows = tuple(read_rows(self.path, paper_from_row, lambda paper: paper.id))
        papers = tuple(paper for paper in rows if _within(window, paper))
        left_out = len(rows) - len(papers)
        notes = (f"{self.path}: {left_out} of {len(rows)} rows were announced outside the window",) if left_out else ()
        return Listing(papers=papers, coverage=self._coverage(papers), notes=notes)

    def _coverage(self, papers: tuple[Paper, ...]) -> tuple[Coverage, ...]:
        counts = Counter(
            (paper.announced, category)
            for paper in papers
            for category in self.categories
            if is_read(paper.categories, (category,), cross_lists=self.cross_lists)
        )
        return tuple(
            Coverage(day=day, category=category, source=self.name, listed=listed, complete=True)
            for (day, category), listed in sorted(counts.items())
        )


def _within(window: Window, paper: Paper) -> bool:
    return (window.since is None or paper.announced >= window.since) and (
        window.until is None or paper.announced <= window.until
    )
