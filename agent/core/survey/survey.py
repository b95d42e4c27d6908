"""The list under care, as one value: its taxonomy, its parsed catalog, and what is known of the papers it lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from agent.core.catalog.parse import Catalog, Heading, parse
from agent.core.papers import matching
from agent.core.survey import known_papers
from agent.core.survey.known_papers import Knowledge
from agent.core.survey.taxonomy import Taxonomy
from agent.errors import ConfigError
from agent.records import Paper, PaperRecord, Summary


def headings_of(taxonomy: Taxonomy) -> dict[str, Heading]:
    """Return how each leaf's heading reads in the catalog."""
    return {leaf.id: Heading(title=leaf.heading, parent=leaf.parent) for leaf in taxonomy.leaves}


@dataclass(frozen=True)
class Survey:
    """Build with ``Survey.of``. ``papers`` are the resolved papers behind the catalog's entries."""

    taxonomy: Taxonomy
    catalog: Catalog
    papers: Sequence[PaperRecord]
    knowledge: Knowledge

    @classmethod
    def of(cls, taxonomy: Taxonomy, text: str, records: Sequence[PaperRecord], summaries: Sequence[Summary]) -> Survey:
        """Raises ConfigError when the catalog lacks the section of a leaf.

        ``records`` (from sync) win over ``summaries`` (own words, committed with the list) where both know a paper.
        """
        catalog = parse(text, headings_of(taxonomy))
        if catalog.missing:
            wanted = ", ".join(repr(taxonomy.leaf(leaf).heading) for leaf in catalog.missing)
            raise ConfigError(f"the catalog has no section {wanted}; add it there, or take the leaf out of taxonomy/")
        papers = known_papers.merge(records, summaries)
        return cls(taxonomy, catalog, papers, known_papers.build(catalog.entries, papers, summaries, taxonomy))

    @cached_property
    def _indexes(self) -> tuple[matching.Index, ...]:
        """The list as resolved, and as printed: insertion sees only what is printed, and must not know more."""
        entries = self.catalog.entries
        return tuple(matching.index(matching.catalog_identities(entries, papers)) for papers in (self.papers, ()))

    def contains(self, paper: Paper) -> bool:
        """Say whether the catalog has this paper already, under whatever link or nickname."""
        identity = matching.paper_identity(paper)
        return any(index.find(identity) is not None for index in self._indexes)

    def heading(self, leaf: str) -> str:
        return self.taxonomy.leaf(leaf).label
