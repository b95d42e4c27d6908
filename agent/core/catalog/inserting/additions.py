"""A paper that is to be inserted, its plan, and the entry that it became."""

from __future__ import annotations

from typing import NamedTuple

from agent.core.catalog.formats.style import Style
from agent.core.catalog.spots import Spot
from agent.records import Paper, Record


class Addition(Record):
    """A paper that is to become an entry of the leaf's section; ``summary`` is one sentence on it, empty for none."""

    leaf: str
    paper: Paper
    summary: str = ""


class Inserted(Record):
    """An inserted entry: ``line`` (1-based) is its first line in the new text, ``entry`` its source without line end.

    ``added`` are the first and last line that are new: the entry, the blank lines that set it off, perhaps a heading.
    """

    paper_id: str
    leaf: str
    line: int
    entry: str
    added: tuple[int, int]


class Plan(NamedTuple):
    """A paper with its spot and style; ``choice`` is how many forms have failed, ``heading`` the new one above it."""

    addition: Addition
    spot: Spot
    style: Style
    choice: int = 0
    heading: tuple[str, ...] = ()

    @property
    def place(self) -> tuple[int, str, tuple[str, ...]]:
        """What is equal for the papers that stand together."""
        return (self.spot.after, self.addition.leaf, self.heading)
