"""A listing of papers that are known already, to rank them together."""

from __future__ import annotations

from collections.abc import Sequence

from agent.records import Listing, Paper, Window


class GivenPapers:
    """Implements Source: whatever the window, it lists these papers, and says nothing of any day."""

    def __init__(self, papers: Sequence[Paper]) -> None:
        self._papers = tuple(papers)

    @property
    def name(self) -> str:
        return "stored papers"

    def listing(self, window: Window) -> Listing:
        return Listing(papers=self._papers, coverage=())
