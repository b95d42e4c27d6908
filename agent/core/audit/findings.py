"""The findings of an audit: one per thing that is wrong, with its evidence, its line and its proposal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Literal

from pydantic import Field
from rapidfuzz import fuzz

from agent.core.arxiv.ids import base_id
from agent.core.escaping import one_line
from agent.core.papers.matching import identifiers, join_records, normalise_title
from agent.records import Entry, Paper, PaperRecord, Record

Confidence = Literal["high", "medium", "low"]

Papers = Mapping[str, Paper | None]
"""What arXiv said of an id: its paper, or None for an id that does not exist. An id that is no key was not answered.
``2305.09593v1`` is the first version, known only where its title may matter."""


class FindingKind(StrEnum):
    """In the order in which a curator reads them, and in which the repairs are committed."""

    WRONG_ID = "wrong_id"
    DEAD_LINK = "dead_link"
    DUPLICATE_ENTRY = "duplicate_entry"
    SHARED_LINK = "shared_link"
    MISSING_LINK = "missing_link"
    HEADING_MISMATCH = "heading_mismatch"
    STRAY_LINE = "stray_line"
    MOJIBAKE = "mojibake"
    WITHDRAWN = "withdrawn"
    NOW_PUBLISHED = "now_published"
    VENUE_MISMATCH = "venue_mismatch"
    BARE_URL = "bare_url"
    UNRESOLVED = "unresolved"


class Finding(Record):
    """One thing that is wrong in ``line`` (1-based); ``entry_title`` is null when the line is no entry.

    ``detail`` says what is wrong, the evidence and the proposal. ``listed_id`` is the arXiv id the list prints,
    ``found_title`` the title arXiv has under it, ``proposed_id`` the right one; each null when there is none.
    ``unresolved`` means that nothing could be checked: no guess was made. ``replacement`` is what a repair prints that
    is no id; it stands in ``detail`` too.
    """

    kind: FindingKind
    line: int
    entry_title: str | None
    detail: str
    listed_id: str | None = None
    found_title: str | None = None
    proposed_id: str | None = None
    confidence: Confidence
    replacement: str | None = Field(default=None, exclude=True)

    @property
    def wrong(self) -> bool:
        """Whether something is wrong: False where it could not be checked."""
        return self.kind is not FindingKind.UNRESOLVED


@dataclass(frozen=True)
class Case:
    """An entry and what is known of it: the record that ``triage sync`` made (None: unresolved), the listed id."""

    entry: Entry
    record: PaperRecord | None
    listed_id: str | None

    @cached_property
    def name(self) -> str:
        """The printed title in the words by which titles are compared."""
        return normalise_title(self.entry.title)

    @cached_property
    def paper_link(self) -> str | None:
        """The identifier that the entry's link names (``arxiv:2305.10601``), or None when it leads to no paper."""
        if self.listed_id is not None:
            return f"arxiv:{self.listed_id}"
        return next(iter(identifiers(self.entry.url or "")), None)

    def finding(
        self,
        kind: FindingKind,
        detail: str,
        confidence: Confidence,
        *,
        found: Paper | None = None,
        proposed_id: str | None = None,
        replacement: str | None = None,
    ) -> Finding:
        """Return a finding on the entry's line."""
        return Finding(
            kind=kind,
            line=self.entry.line,
            entry_title=self.entry.title,
            detail=detail,
            listed_id=self.listed_id,
            found_title=found.title if found else None,
            proposed_id=proposed_id,
            confidence=confidence,
            replacement=replacement,
        )


def read_cases(entries: Sequence[Entry], records: Sequence[PaperRecord]) -> tuple[Case, ...]:
    """Return each entry with its record and the arXiv id that it links.

    ``records`` say what the entries' papers are (``triage sync``), the better ones first.
    """
    known = join_records(entries, [record for record in records if record.title])
    return tuple(Case(entry, known.get(entry.line), base_id(entry.url or "")) for entry in entries)


def likeness(a: str, b: str) -> int:
    """Return how alike two titles are, 0-100, whatever the order of their words."""
    return round(fuzz.token_set_ratio(normalise_title(a), normalise_title(b)))


def describe(paper: Paper) -> str:
    """Return the evidence on a paper in one phrase: title, first author, year."""
    first = paper.authors[0] if paper.authors else ""
    by = f"{first} et al., " if len(paper.authors) > 1 else f"{first}, " if first else ""
    return one_line(f"'{paper.title}' ({by}{(paper.published or paper.announced).year})")


class Audit(Record):
    """The object that ``triage audit --json`` prints.

    ``resolved`` counts the entries whose paper is known; ``patch`` or ``pr_url`` is where the repairs went, ``notes``
    say what could not be done there; ``problem`` says why arXiv could not be asked about everything (None: it could).
    """

    entries: int
    resolved: int
    findings: tuple[Finding, ...]
    patch: str | None = None
    pr_url: str | None = None
    notes: tuple[str, ...] = ()
    problem: str | None = None

    @property
    def clean(self) -> bool:
        """Whether nothing is wrong, as far as could be checked."""
        return not any(finding.wrong for finding in self.findings)
