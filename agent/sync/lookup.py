"""Ask arXiv for papers by id or by title, and remember its answers, so that the next audit can do without it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from agent.core.arxiv.ids import base_id
from agent.core.papers.resolve import Lookup
from agent.database.store import Store
from agent.errors import SourceError
from agent.ports import Progress
from agent.records import Entry, Paper
from agent.sync.entries import IDS_A_REQUEST, resolve_entries

_ABSENT: Final = 0.25
"""The share of the ids asked for at once that may be missing; more is taken for an answer that is not whole."""
_ABSENT_AT_LEAST: Final = 1
"""So many ids may be missing whatever their share."""


class RememberingLookup:
    """Asks arXiv until it fails, and the cache from then on; ``problem`` says why it failed."""

    def __init__(self, store: Store, lookup: Lookup | None) -> None:
        self._store = store
        self._lookup = lookup
        self.problem: str | None = None

    def papers(self, ids: Sequence[str]) -> dict[str, Paper | None]:
        """Return what arXiv, else the cache, else a listed night says of these ids; one that none knows is left out.

        arXiv leaves out the ids it does not have, but also some that it has when it is unwell. So what is left out is
        asked for again, and when that is much, it counts as not answered.
        """
        answers: dict[str, Paper | None] = {}
        for part in _parts(ids):
            found = self._find(part)
            absent = [name for name in part if name not in found]
            if found and len(absent) <= max(_ABSENT_AT_LEAST, _ABSENT * len(part)):
                found |= self._find(absent)
                if self.problem is None:
                    found |= dict.fromkeys([name for name in absent if name not in found])
            self._store.save_arxiv_answers(found)
            answers |= found
        answers |= self._store.arxiv_answers(name for name in ids if name not in answers)
        return answers | self._store.papers(name for name in ids if name not in answers and name == base_id(name))

    def search(self, entries: Sequence[Entry], progress: Progress) -> None:
        """Search for these entries' papers, and keep what is found as records, one by one."""
        if self._lookup is None or self.problem or not entries:
            return
        try:
            resolve_entries(entries, self._store, self._lookup, progress)
        except SourceError as error:
            self.problem = str(error)

    def _find(self, ids: Sequence[str]) -> dict[str, Paper | None]:
        if self._lookup is None or self.problem or not ids:
            return {}
        try:
            papers = {paper.id: paper for paper in self._lookup.find_ids(ids)}
        except SourceError as error:
            self.problem = str(error)
            return {}
        return {name: papers[found] for name in ids if (found := base_id(name)) in papers}


def _parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield the ids in as few parts as one request each allows, all of about one size: when all of a part is missing,
    nothing tells whether arXiv is unwell, and a rest of one id is easily all missing."""
    count = -(-len(ids) // IDS_A_REQUEST)
    for part in range(count):
        yield ids[part * len(ids) // count : (part + 1) * len(ids) // count]
