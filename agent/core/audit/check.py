"""Run all rules of the audit over a list. Each is a pure function of the list and of what is known of its papers."""

from __future__ import annotations

from collections.abc import Sequence

from agent.core.audit.findings import Case, Finding, FindingKind, Papers, read_cases
from agent.core.audit.rules.duplicates import find_duplicates, find_shared
from agent.core.audit.rules.headings import find_headings
from agent.core.audit.rules.links import (
    check_link,
    check_missing,
    check_withdrawn,
    first_version,
    paper_of,
    unreadable_link,
    why_impossible,
)
from agent.core.audit.rules.text import find_bare_urls, find_mojibake, find_strays
from agent.core.audit.rules.venues import check_venue
from agent.core.catalog.parse import Catalog
from agent.records import Entry

__all__ = [
    "Finding",
    "FindingKind",
    "Papers",
    "audit",
    "first_versions_to_ask",
    "ids_to_ask",
    "read_cases",
    "unknown_entries",
]


def audit(catalog: Catalog, cases: Sequence[Case], papers: Papers) -> tuple[Finding, ...]:
    """Return all findings, by line and then by kind.

    ``cases`` are the catalog's entries with what is known of them (``read_cases``), ``papers`` what arXiv has under the
    ids of ``ids_to_ask``. What neither says is ``unresolved``, never guessed.
    """
    found = [
        *find_shared(cases),
        *find_duplicates(cases),
        *find_headings(catalog),
        *find_strays(catalog),
        *find_mojibake(catalog),
        *find_bare_urls(catalog),
        *(finding for case in cases for finding in _of_case(case, papers)),
    ]
    if _links_its_entries(catalog):
        found += [finding for case in cases if (finding := check_missing(case, papers))]
    order = {kind: place for place, kind in enumerate(FindingKind)}
    return tuple(sorted(found, key=lambda finding: (finding.line, order[finding.kind])))


def ids_to_ask(cases: Sequence[Case]) -> tuple[str, ...]:
    """Return the arXiv ids that an audit needs looked up: the printed ones, and those of the entries' papers."""
    ids = {case.listed_id for case in cases} | {case.record.arxiv_id for case in cases if case.record}
    return tuple(sorted(name for name in ids if name and not why_impossible(name)))


def first_versions_to_ask(findings: Sequence[Finding], papers: Papers) -> tuple[str, ...]:
    """Return the first versions that may clear a suspicion: of papers that changed since, perhaps their title."""
    listed = {f.listed_id for f in findings if f.kind is FindingKind.WRONG_ID and f.listed_id}
    return tuple(sorted(first_version(i) for i in listed if (paper := papers.get(i)) and paper.version > 1))


def unknown_entries(cases: Sequence[Case], papers: Papers) -> tuple[Entry, ...]:
    """Return the entries whose paper must be searched for: not resolved yet, and no link or an arXiv link in doubt."""
    wanting = (
        case
        for case in cases
        if case.record is None and (case.entry.url is None or case.listed_id or unreadable_link(case.entry))
    )
    return tuple(case.entry for case in wanting if paper_of(case, papers) is None)


def _of_case(case: Case, papers: Papers) -> list[Finding]:
    paper = paper_of(case, papers)
    checks = (check_link(case, papers), check_withdrawn(case, paper), check_venue(case, paper))
    return [finding for finding in checks if finding]


def _links_its_entries(catalog: Catalog) -> bool:
    """Return whether this list links: in one that does not, no link is missing."""
    return 2 * sum(entry.url is not None for entry in catalog.entries) > len(catalog.entries)
