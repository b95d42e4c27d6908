"""Tell the papers of a night that are in the list already, by an id anywhere in it or by an entry's title."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import chain
from typing import Final, NamedTuple

from agent.core.catalog.formats.style import Found
from agent.core.catalog.parse import Catalog
from agent.core.catalog.parsing.leaf_section import Section, entry_of
from agent.core.papers import matching
from agent.records import Paper

_COMMON: Final = 2000
"""A word of more entries tells none of them from the others."""
_CANDIDATES: Final = 60


class _Place(NamedTuple):
    """An entry that was found, and the section that it stands in."""

    section: Section
    entry: Found


class _Words(NamedTuple):
    """The entries that hold a word of a new title: ``places`` by their line, ``lines`` by the word."""

    places: dict[int, _Place]
    lines: dict[str, list[int]]


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


def _words_of(catalog: Catalog, wanted: frozenset[str]) -> _Words:
    """Return the entries that hold one of the words, by the word: those with a paper's title hold most of its words.
    A word that is common has none.
    """
    places: dict[int, _Place] = {}
    lines: dict[str, list[int]] = {}
    common: set[str] = set()
    for section in catalog.sections.values() if wanted else ():
        for entry in section.found:
            source = section.page.source(entry.line, entry.end_line)
            for word in wanted.intersection(matching.fold_words(source)):
                places[entry.line] = _Place(section, entry)
                found = lines.setdefault(word, [])
                found.append(entry.line)
                if len(found) > _COMMON:
                    common.add(word)
                    wanted -= common
    return _Words(places, {word: found for word, found in lines.items() if word not in common})


def _is_listed(
    identity: matching.Identity,
    catalog: Catalog,
    words: _Words,
    every: Callable[[], matching.Index],
) -> bool:
    """Say whether an entry is this paper by its title: of all entries, those with the most words of it are read.

    All of them are where a title has no telling word, or where its letters stand in the list divided otherwise.
    """
    title = identity.titles[0]
    telling = dict.fromkeys(matching.normalise_words(title))
    if telling and _has_words(identity, telling, words):
        return True
    if telling and matching.printed_key(title) not in catalog.folded:
        return False
    return every().find(identity) is not None


def _has_words(identity: matching.Identity, telling: Iterable[str], words: _Words) -> bool:
    """Say whether one of the entries with the most of these words is the paper."""
    votes = Counter(chain.from_iterable(words.lines.get(word, ()) for word in telling))
    like = [words.places[line] for line, _ in votes.most_common(_CANDIDATES)]
    entries = [entry_of(section.leaf, entry, section.page) for section, entry in like]
    return matching.index(matching.catalog_identities(entries)).find(identity) is not None
