"""Papers that someone graded, each with the source of its grade: what a judge may learn from besides the list."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from agent.records import Grade, Paper, Record


class LabelSource(StrEnum):
    """The kinds of graders of a paper, the most trusted first."""

    PERSON = "person"
    """A decision on a draft, or a dismissal from the queue."""
    FILE = "file"
    """A labels file of the list."""
    MODEL = "model"
    """A model's judgment of an earlier night, or a labels file that says that a model read the papers."""


class LabelledPaper(Record):
    """A paper with its grade. ``primary`` is a leaf id, ``NO_LEAF``, or null when no leaf is known.

    ``chosen``: it was graded because it looked relevant, so it says nothing of how many papers are.
    """

    paper: Paper
    grade: Grade
    primary: str | None = None
    secondary: tuple[str, ...] = ()
    source: LabelSource
    chosen: bool = False


def strongest(labelled: Iterable[LabelledPaper]) -> tuple[LabelledPaper, ...]:
    """Return each paper once, by id, with the grade of its most trusted source; of the same source the last counts."""
    trust = list(LabelSource)
    chosen: dict[str, LabelledPaper] = {}
    for each in labelled:
        earlier = chosen.get(each.paper.id)
        if earlier is None or trust.index(each.source) <= trust.index(earlier.source):
            chosen[each.paper.id] = each
    return tuple(chosen[key] for key in sorted(chosen))
