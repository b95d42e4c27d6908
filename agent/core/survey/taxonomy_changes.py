"""The disagreements between a list and its taxonomy: headings that are new, and leaves whose heading is gone."""

from __future__ import annotations

from agent.core.catalog.parse import parse
from agent.core.survey.drafting.draft_records import TaxonomyDraft
from agent.core.survey.survey import headings_of, nearest_headings
from agent.core.survey.taxonomy import Taxonomy
from agent.records import Record


class NewHeading(Record):
    """A heading with entries that belongs to no leaf."""

    heading: str
    path: tuple[str, ...]
    line: int
    entries: int


class LostLeaf(Record):
    """A leaf whose heading the list does not print; ``near`` are the headings it may have become, best first."""

    leaf: str
    heading: str
    near: tuple[str, ...]


class TaxonomyChanges(Record):
    """Both empty: list and taxonomy agree."""

    new: tuple[NewHeading, ...]
    lost: tuple[LostLeaf, ...]


def find_changes(taxonomy: Taxonomy, draft: TaxonomyDraft, text: str) -> TaxonomyChanges:
    """Compare the taxonomy with the ``text`` of the list, from which ``draft`` was made.

    A heading inside the section of a leaf is part of that leaf, and not new.
    """
    catalog = parse(text, headings_of(taxonomy))
    spans = [range(start, stop + 1) for section in catalog.sections.values() for start, stop in section.spans]
    new = [leaf for leaf in draft.leaves if not any(leaf.line in span for span in spans)]
    # A heading that was renamed is among those without a leaf; only when none is alike do the others count.
    free, printed = [leaf.heading for leaf in new], [heading.text for heading in catalog.headings]
    return TaxonomyChanges(
        new=tuple(
            NewHeading(
                heading=leaf.heading,
                path=leaf.rows[0].path,
                line=leaf.line,
                entries=sum(len(row.entries) for row in leaf.rows),
            )
            for leaf in new
        ),
        lost=tuple(
            LostLeaf(
                leaf=name,
                heading=heading,
                near=tuple(nearest_headings(heading, free) or nearest_headings(heading, printed)),
            )
            for name in catalog.missing
            for heading in [taxonomy.leaf(name).heading]
        ),
    )
