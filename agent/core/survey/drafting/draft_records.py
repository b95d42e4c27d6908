"""A taxonomy that was drafted from a list, before anybody read it."""

from __future__ import annotations

from agent.core.catalog.overview import HeadingOverview
from agent.core.catalog.sections import Heading
from agent.records import InventedPaper, Record


class LeafDraft(Record):
    """A leaf as it will be written, with the headings whose entries it holds: its own, then the places inside it."""

    id: str
    heading: str
    definition: str
    must: str = ""
    belongs: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    exemplars: tuple[str, ...] = ()
    invented: tuple[InventedPaper, ...] = ()
    papers: bool = True
    rows: tuple[HeadingOverview, ...]

    @property
    def line(self) -> int:
        return self.rows[0].line


class SectionDraft(Record):
    """Leaves that stand under one heading of the list, and the file that they are written to."""

    file: str
    section: str
    name: str
    parent: str | None
    leaves: tuple[LeafDraft, ...]


class TaxonomyDraft(Record):
    """A whole taxonomy, unreviewed. ``left_out`` are the headings with entries that became no leaf.

    ``fenced`` are the lines of the list in blocks of code that link to papers.
    """

    title: str
    subject: str
    in_scope: tuple[str, ...]
    condition: str
    out_of_scope: tuple[str, ...]
    grades: tuple[tuple[str, str], ...]
    sections: tuple[SectionDraft, ...]
    left_out: tuple[HeadingOverview, ...]
    introduction: str = ""
    fenced: tuple[int, ...] = ()

    @property
    def leaves(self) -> tuple[LeafDraft, ...]:
        return tuple(leaf for section in self.sections for leaf in section.leaves)

    @property
    def headings(self) -> dict[str, Heading]:
        """Return how each leaf's heading reads in the list, as the parser wants it."""
        return {
            leaf.id: Heading(title=leaf.heading, parent=section.parent)
            for section in self.sections
            for leaf in section.leaves
        }
