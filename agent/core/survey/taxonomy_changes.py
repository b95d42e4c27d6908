"""The disagreements between a list and its taxonomy: headings that are new, leaves whose heading is gone, titles that
are listed no more."""

from __future__ import annotations

from agent.core.catalog.parse import parse
from agent.core.papers.matching import normalise_title
from agent.core.survey.drafting.draft_files import leaf_yaml
from agent.core.survey.drafting.draft_records import TaxonomyDraft
from agent.core.survey.survey import headings_of, nearest_headings
from agent.core.survey.taxonomy import Taxonomy
from agent.records import Record


class NewHeading(Record):
    """A heading with entries that belongs to no leaf; ``draft`` is one for it, as a file of the taxonomy holds it."""

    heading: str
    path: tuple[str, ...]
    line: int
    entries: int
    draft: str


class LostLeaf(Record):
    """A leaf whose heading the list does not print; ``near`` are the headings it may have become, best first."""

    leaf: str
    heading: str
    near: tuple[str, ...]


class UnlistedTitle(Record):
    """An exemplar of a leaf, or an odd entry, that no entry of the list is called. It has no say anywhere."""

    leaf: str
    title: str


class TaxonomyChanges(Record):
    """Without a ``new`` heading and a ``lost`` leaf list and taxonomy agree. Titles come and go with entries."""

    new: tuple[NewHeading, ...]
    lost: tuple[LostLeaf, ...]
    unlisted: tuple[UnlistedTitle, ...]


def find_changes(taxonomy: Taxonomy, draft: TaxonomyDraft, text: str) -> TaxonomyChanges:
    """Compare the taxonomy with the ``text`` of the list, from which ``draft`` was made.

    A heading inside the section of a leaf is part of that leaf, and not new.
    """
    catalog = parse(text, headings_of(taxonomy))
    spans = [range(start, stop + 1) for section in catalog.sections.values() for start, stop in section.spans]
    new = [leaf for leaf in draft.leaves if not any(leaf.line in span for span in spans)]
    # A heading that was renamed is among those without a leaf; only when none is alike do the others count.
    titles = {normalise_title(entry.title) for entry in catalog.entries}
    free, printed = [leaf.heading for leaf in new], [heading.text for heading in catalog.headings]
    return TaxonomyChanges(
        new=tuple(
            NewHeading(
                heading=leaf.heading,
                path=leaf.rows[0].path,
                line=leaf.line,
                entries=sum(len(row.entries) for row in leaf.rows),
                draft=leaf_yaml(leaf),
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
        unlisted=tuple(
            UnlistedTitle(leaf=leaf.id, title=title)
            for leaf in taxonomy.leaves
            if leaf.id not in catalog.missing
            for title in (*leaf.exemplars, *leaf.odd)
            if normalise_title(title) not in titles
        ),
    )
