"""Tell the papers of a night that are in the list already, by an id anywhere in it or by an entry's title."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Final

from agent.core.catalog.formats.style import Found
from agent.core.catalog.parse import Catalog, entry_of
from agent.core.papers import matching
from agent.records import Paper

_COMMON: Final = 2000
"""A word of more entries tells none of them from the others."""
_CANDIDATES: Final = 60


def find_listed(catalog: Catalog, papers: Sequence[Paper]) -> list[bool]:
    """Return for each paper whether the list has it already, or an earlier one of these papers is the same."""
    titles = [matching.normalise_words(paper.title) for paper in papers]
    words = _words_of(catalog, frozenset(word for title in titles for word in title))
    every = cache(lambda: matching.index(matching.catalog_identities(catalog.entries)))
    identities: list[matching.Identity] = []
    listed: list[bool] = []
    for paper in papers:
        identity = matching.paper_identity(paper)
        mentioned = identity.ids & catalog.mentioned_ids
        twice = any(identity.ids & other.ids or matching.same_paper(identity, other) for other in identities)
        listed.append(bool(mentioned) or twice or _is_listed(identity, catalog, words, every))
        identities.append(identity)
    return listed


def _words_of(catalog: Catalog, wanted: frozenset[str]) -> dict[str, list[Found]]:
    """Return the entries that hold one of the words, by the word: those with a paper's title hold most of its words."""
    found: dict[str, list[Found]] = {}
    for section in catalog.sections.values() if wanted else ():
        for entry in section.found:
            source = section.page.source(entry.line, entry.end_line)
            for word in wanted.intersection(matching.fold_words(source)):
                found.setdefault(word, []).append(entry)
    return found


def _is_listed(
    identity: matching.Identity,
    catalog: Catalog,
    words: Mapping[str, Sequence[Found]],
    every: Callable[[], matching.Index],
) -> bool:
    """Say whether an entry is this paper by its title: of all entries, those with the most words of it are read.

    All of them are where a title has no telling word, or where its letters stand in the list divided otherwise.
    """
    title = identity.titles[0]
    telling = dict.fromkeys(matching.normalise_words(title))
    if telling and _has_words(identity, telling, catalog, words):
        return True
    if telling and matching.printed_key(title) not in catalog.folded:
        return False
    return every().find(identity) is not None


def _has_words(
    identity: matching.Identity, telling: Iterable[str], catalog: Catalog, words: Mapping[str, Sequence[Found]]
) -> bool:
    """Say whether one of the entries with the most of these words is the paper."""
    votes: Counter[Found] = Counter()
    for word in telling:
        for entry in words.get(word, ()) if len(words.get(word, ())) <= _COMMON else ():
            votes[entry] += 1
    like = {entry.line for entry, _ in votes.most_common(_CANDIDATES)}
    entries = [
        entry_of(section.leaf, found, section.page)
        for section in catalog.sections.values()
        for found in section.found
        if found.line in like
    ]
    return matching.index(matching.catalog_identities(entries)).find(identity) is not None
