"""The knowledge of the papers that the list has: each paper once, with all its homes and the best text there is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from agent.core.papers import matching
from agent.core.papers.matching import Identity
from agent.core.survey.taxonomy import Taxonomy
from agent.records import Entry, Paper, PaperRecord, Record, Summary


class Known(Record):
    """One paper that the list has. ``titles`` hold the true one first, where it is known, then those printed.

    ``text`` is the abstract if ``synced``, else our own summary, else empty. ``odd_leaves`` are the homes where the
    list files it oddly; ``odd``: it has no other.
    """

    key: str
    titles: tuple[str, ...]
    authors: tuple[str, ...] = ()
    ids: frozenset[str] = frozenset()
    leaves: tuple[str, ...]
    text: str = ""
    synced: bool = False
    operation: str | None = None
    odd_leaves: tuple[str, ...] = ()
    odd: bool = False

    @property
    def title(self) -> str:
        return self.titles[0]

    @property
    def exemplary_leaves(self) -> tuple[str, ...]:
        """The homes that one may learn from."""
        return () if self.odd else tuple(leaf for leaf in self.leaves if leaf not in self.odd_leaves)

    @property
    def identity(self) -> Identity:
        return Identity(titles=self.titles, authors=self.authors, ids=self.ids)


@dataclass(frozen=True)
class Knowledge:
    """All papers that the list has, in the order in which it has them."""

    papers: tuple[Known, ...]

    def without(self, keys: Collection[str]) -> Knowledge:
        """Return the knowledge of someone who has never seen these papers."""
        return Knowledge(tuple(known for known in self.papers if known.key not in keys)) if keys else self

    def about(self, paper: Paper) -> frozenset[str]:
        """Return the keys of what is the same paper: itself, under whatever title or link, and its twins."""
        return self._about(matching.paper_identity(paper))

    @cached_property
    def _about(self) -> Callable[[matching.Identity], frozenset[str]]:
        """Finds a paper: once, since a night asks for each of its papers several times."""
        return lru_cache(maxsize=4096)(self._find)

    def _find(self, identity: matching.Identity) -> frozenset[str]:
        first = self._index.find(identity)
        if first is None:
            return frozenset()
        found = self._by_key[first].identity
        return frozenset(
            known.key
            for known in self.papers
            if known.key == first
            or matching.same_paper(known.identity, identity)
            or matching.same_paper(known.identity, found)
        )

    @cached_property
    def _by_key(self) -> dict[str, Known]:
        return {known.key: known for known in self.papers}

    @cached_property
    def _index(self) -> matching.Index:
        return matching.index({known.key: known.identity for known in self.papers})


def merge(records: Iterable[PaperRecord], summaries: Iterable[Summary]) -> tuple[PaperRecord, ...]:
    """Return one record per paper: what sync resolved wins over what was committed with the list.

    Records of the same paper have the same key, or name the same entry of the list.
    """
    merged = {summary.record.key: summary.record for summary in summaries}
    places = {name: key for key, record in merged.items() for name in _printed(record)}
    for record in records:
        if record.title is None:
            continue
        key = next((places[name] for name in _printed(record) if name in places), record.key)
        entries = dict.fromkeys([*(merged[key].entries if key in merged else ()), *record.entries])
        merged[key] = record.model_copy(update={"key": key, "entries": tuple(entries)})
        places |= dict.fromkeys(_printed(record), key)
    return tuple(merged.values())


def build(
    entries: Sequence[Entry], records: Iterable[PaperRecord], summaries: Iterable[Summary], taxonomy: Taxonomy
) -> Knowledge:
    """Join entries, merged records and own-words summaries by the printed titles (lines move, titles stay).

    Entries that name the same record are one paper with several homes; an entry without a record stands for itself.
    """
    own = {summary.record.key: summary for summary in summaries}
    resolved = {record.key: record for record in records}
    home = matching.join_records(entries, resolved.values())
    odd = {(leaf.id, matching.printed_key(title)) for leaf in taxonomy.leaves for title in leaf.odd}
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        record = home.get(entry.line)
        key = record.key if record else matching.normalise_title(entry.title) or entry.title
        groups.setdefault(key, []).append(entry)
    return Knowledge(tuple(_known(key, listed, resolved.get(key), own.get(key), odd) for key, listed in groups.items()))


def _printed(record: PaperRecord) -> list[str]:
    """Return what the titles of the record's entries have in common with other printings; no title names nothing."""
    return [name for ref in record.entries if (name := matching.printed_key(ref.entry_title))]


def _known(
    key: str,
    entries: Sequence[Entry],
    record: PaperRecord | None,
    summary: Summary | None,
    odd: Collection[tuple[str, str]],
) -> Known:
    printed = [entry.title for entry in entries]
    true = [record.title] if record and record.title else []
    fair = {e.section_id for e in entries if (e.section_id, matching.printed_key(e.title)) not in odd}
    leaves = tuple(dict.fromkeys(entry.section_id for entry in entries))
    urls = frozenset().union(*(matching.identifiers(entry.url or "") for entry in entries))
    return Known(
        key=key,
        titles=tuple(dict.fromkeys([*true, *printed])),
        authors=(record.authors if record else ()) or next((e.authors for e in entries if e.authors), ()),
        # The links of the list are often wrong: where the true id is known, only that one counts.
        ids=frozenset({f"arxiv:{record.arxiv_id}"}) if record and record.arxiv_id else urls,
        leaves=leaves,
        text=(record.abstract if record else None) or (summary.summary if summary else None) or "",
        synced=bool(record and record.abstract),
        operation=summary.operation if summary else None,
        odd_leaves=tuple(leaf for leaf in leaves if leaf not in fair),
        odd=not fair,
    )
