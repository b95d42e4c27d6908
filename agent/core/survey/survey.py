"""The list under care, as one value: its taxonomy, its parsed catalog, and what is known of the papers it lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from rapidfuzz import fuzz

from agent.core.catalog.parse import Catalog, Heading, parse
from agent.core.catalog.places import period_key, period_of
from agent.core.catalog.printing.facts import printed_day
from agent.core.papers import matching
from agent.core.survey import known_papers
from agent.core.survey.known_papers import Knowledge
from agent.core.survey.taxonomy import Leaf, Taxonomy
from agent.errors import ConfigError
from agent.records import Paper, PaperRecord, Summary


def headings_of(taxonomy: Taxonomy) -> dict[str, Heading]:
    """Return how each leaf's heading reads in the catalog."""
    return {leaf.id: Heading(title=leaf.heading, parent=leaf.parent) for leaf in taxonomy.leaves}


def nearest_headings(heading: str, printed: Sequence[str]) -> list[str]:
    """Return up to three of the printed headings that are most like this one, best first; none that is unlike.

    One that holds all of its words, or the other way round, is the likeliest: it was lengthened or cut.
    """
    wanted = heading.casefold()
    alike = {name: fuzz.token_sort_ratio(wanted, name.casefold()) for name in printed}
    near = [name for name in alike if alike[name] >= 50]
    return sorted(near, key=lambda name: (-fuzz.token_set_ratio(wanted, name.casefold()), -alike[name]))[:3]


def _missing(catalog: Catalog, leaves: Sequence[Leaf]) -> str:
    """Return what is said when the list has no section for these leaves, each with the headings nearest to its own."""
    printed = [line.text for line in catalog.headings]
    wanted = []
    for leaf in leaves:
        near = nearest_headings(leaf.heading, printed)
        meant = f" (leaf {leaf.id}; did you mean {' or '.join(map(repr, near))}?)" if near else f" (leaf {leaf.id})"
        wanted.append(repr(leaf.heading) + meant)
    return (
        f"the catalog has no section {', '.join(wanted)}; add it there, correct the leaf's heading, or take the leaf "
        "out of taxonomy/ (`triage init --check` compares both)"
    )


@dataclass(frozen=True)
class Survey:
    """Build with ``Survey.of``. ``papers`` are the resolved papers behind the catalog's entries, ``summaries`` the
    list's own words on them.
    """

    taxonomy: Taxonomy
    catalog: Catalog
    papers: Sequence[PaperRecord]
    summaries: Sequence[Summary]

    @classmethod
    def of(cls, taxonomy: Taxonomy, text: str, records: Sequence[PaperRecord], summaries: Sequence[Summary]) -> Survey:
        """Raises ConfigError when the catalog lacks the section of a leaf.

        ``records`` (from sync) win over ``summaries`` (own words, committed with the list) where both know a paper.
        """
        catalog = parse(text, headings_of(taxonomy))
        if catalog.missing:
            raise ConfigError(_missing(catalog, [taxonomy.leaf(leaf) for leaf in catalog.missing]))
        return cls(taxonomy, catalog, known_papers.merge(records, summaries), tuple(summaries))

    @cached_property
    def knowledge(self) -> Knowledge:
        """What is known of each paper that the list has; judges learn from it, an audit does without."""
        return known_papers.build(self.catalog.entries, self.papers, self.summaries, self.taxonomy)

    @cached_property
    def _indexes(self) -> tuple[matching.Index, ...]:
        """The list as resolved, and as printed: insertion sees only what is printed, and must not know more."""
        entries = self.catalog.entries
        resolved = matching.index(matching.catalog_identities(entries, self.papers))
        return resolved, matching.index(matching.catalog_identities(entries), resolved)

    def contains(self, paper: Paper) -> bool:
        """Say whether the catalog has this paper already, under whatever link or nickname.

        A paper whose id stands anywhere in the file is listed, whatever title the list gives it.
        """
        identity = matching.paper_identity(paper)
        if identity.ids & self.catalog.mentioned_ids:
            return True
        return any(index.find(identity) is not None for index in self._indexes)

    def note_on_alike(self, paper: Paper) -> str | None:
        """Return a note on an entry with a similar title and another arXiv id, which is another paper; None without."""
        identity = matching.paper_identity(paper).model_copy(update={"ids": frozenset[str]()})
        line = self._indexes[1].find(identity)
        entry = next((entry for entry in self.catalog.entries if str(entry.line) == line), None)
        if entry is None:
            return None
        return (
            f"{paper.id} is not taken for the similar {entry.title!r} (line {entry.line}), which has another arXiv id"
        )

    def leaf_of_year(self, leaf: str, paper: Paper) -> str:
        """Return the leaf where a paper goes that was placed in ``leaf``: the same, or its namesake of the right year.

        Lists by year, then by subject, have each subject once a year; a new paper goes below its own, else the latest.
        """
        wanted = self.taxonomy.leaf(leaf)
        if wanted.parent is None or period_of(wanted.parent) is None:
            return leaf
        alike = [one for one in self.taxonomy.leaves if one.heading == wanted.heading and one.parent is not None]
        dated = [(told, one.id) for one in alike if (told := period_of(one.parent or "")) is not None]
        day = printed_day(paper)
        own = [name for told, name in dated if told.year == day.year and told.month in (0, day.month)]
        return own[0] if own else max(dated, key=lambda one: period_key(one[0], day) or (0, 0, 0))[1]

    def heading(self, leaf: str) -> str:
        return self.taxonomy.leaf(leaf).label
