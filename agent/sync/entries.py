"""Give every catalog entry a real paper record, from a file or from arXiv."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from agent.core.papers import matching
from agent.core.papers.matching import Identity
from agent.core.papers.resolve import Lookup, record_of, resolve
from agent.core.survey.survey import Survey
from agent.database.store import Store
from agent.ports import Progress
from agent.records import Entry, EntryRef, Paper, PaperRecord, Record
from agent.sources.files.records import read_records

IDS_A_REQUEST: Final = 100
"""So many papers arXiv is asked about at once."""


class Synced(Record):
    """The numbers of entries in the list, of those with a paper record, and of background papers."""

    entries: int
    resolved: int
    background: int


def sync_from_arxiv(
    survey: Survey, store: Store, lookup: Lookup, progress: Progress, labelled: Iterable[str] = ()
) -> Synced:
    """Look up every entry that has no record yet, and every paper of the ids ``labelled`` whose text is not at hand.

    All is kept as it arrives, so that a sync that was stopped goes on where it was. Raises SourceError when arXiv
    cannot be read.
    """
    resolve_entries(survey.catalog.entries, store, lookup, progress)
    _fetch_labelled(labelled, store, lookup, progress)
    return _synced(survey, store)


def _fetch_labelled(ids: Iterable[str], store: Store, lookup: Lookup, progress: Progress) -> None:
    """Keep the papers of these ids as background, which is where the labels are joined to them."""
    there = {paper.id for paper in store.background()}
    missing = [paper_id for paper_id in ids if paper_id not in there and store.paper(paper_id) is None]
    progress.begin(len(missing))
    for start in range(0, len(missing), IDS_A_REQUEST):
        part = missing[start : start + IDS_A_REQUEST]
        store.save_background(lookup.find_ids(part))
        for _ in part:
            progress.advance()


def sync_from_file(survey: Survey, store: Store, path: Path) -> Synced:
    """Keep the file's papers: those that the list has as records of its entries, the rest as unlabelled background.

    Raises SourceError when the file cannot be read.
    """
    rows = read_records(path)
    places = _Places(survey)
    listed = [*places.of_records(rows.records), *places.of_papers(rows.papers)]
    store.save_records(listed)
    taken = {record.key for record in listed}
    unlisted = [paper for record in rows.records if record.key not in taken and (paper := _as_paper(record))]
    store.save_background([*unlisted, *(paper for paper in rows.papers if paper.id not in taken)])
    return _synced(survey, store)


def _synced(survey: Survey, store: Store) -> Synced:
    entries = survey.catalog.entries
    resolved = _resolved(entries, store.records())
    return Synced(entries=len(entries), resolved=resolved, background=len(store.background()))


def resolve_entries(entries: Sequence[Entry], store: Store, lookup: Lookup, progress: Progress) -> None:
    """Look up what has no record yet, one entry at a time, and keep each as it is found. Raises SourceError."""
    records = {record.key: record for record in store.records()}
    progress.begin(len(entries) - _resolved(entries, records.values()))
    for resolution in resolve(entries, tuple(records.values()), lookup):
        (record,) = record_of([resolution])
        earlier = records[record.key].entries if record.key in records else ()
        places = tuple(dict.fromkeys([*earlier, *record.entries]))
        records[record.key] = record.model_copy(update={"entries": places})
        store.save_records([records[record.key]])
        progress.advance()


class _Places:
    """Finds the catalog entries that a record or paper is about."""

    def __init__(self, survey: Survey) -> None:
        self._entries = {str(entry.line): entry for entry in survey.catalog.entries}
        self._index = matching.index(matching.catalog_identities(survey.catalog.entries, survey.papers))
        self._by_title: dict[str, list[Entry]] = {}
        for entry in survey.catalog.entries:
            if key := matching.printed_key(entry.title):
                self._by_title.setdefault(key, []).append(entry)

    def of_records(self, records: Iterable[PaperRecord]) -> Iterator[PaperRecord]:
        """Yield the records with their entries as they stand now: by the title they name, else by identity."""
        for record in records:
            named = [
                entry
                for ref in record.entries
                for entry in self._by_title.get(matching.printed_key(ref.entry_title), ())
            ]
            ids = frozenset({f"arxiv:{record.arxiv_id}"} if record.arxiv_id else ())
            titles = (record.title,) if record.title else ()
            found = named or self._find(Identity(titles=titles, authors=record.authors, ids=ids))
            if found:
                yield record.model_copy(update={"entries": tuple(_ref(entry) for entry in dict.fromkeys(found))})

    def of_papers(self, papers: Iterable[Paper]) -> Iterator[PaperRecord]:
        for paper in papers:
            if found := self._find(matching.paper_identity(paper)):
                yield PaperRecord(
                    key=paper.id,
                    title=paper.title,
                    abstract=paper.abstract,
                    authors=paper.authors,
                    arxiv_id=paper.id,
                    categories=paper.categories,
                    published=paper.published,
                    entries=tuple(_ref(entry) for entry in found),
                )

    def _find(self, identity: Identity) -> list[Entry]:
        line = self._index.find(identity)
        if line is None:
            return []
        found = self._entries[line]
        return self._by_title.get(matching.printed_key(found.title), [found])


def _as_paper(record: PaperRecord) -> Paper | None:
    """Return the record as an announcement, or None if it says too little to be one."""
    if not (record.arxiv_id and record.title and record.abstract and record.published):
        return None
    return Paper(
        id=record.arxiv_id,
        title=record.title,
        abstract=record.abstract,
        authors=record.authors,
        categories=record.categories,
        announced=record.published,
        published=record.published,
    )


def _ref(entry: Entry) -> EntryRef:
    return EntryRef(line=entry.line, section_id=entry.section_id, entry_title=entry.title)


def _resolved(entries: Iterable[Entry], records: Iterable[PaperRecord]) -> int:
    """Return how many catalog entries have a record with a title."""
    return len(matching.join_records(entries, [record for record in records if record.title]))
