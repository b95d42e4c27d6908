"""Entries compared with each other: one link under several papers, one paper under several entries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Final

from rapidfuzz import fuzz

from agent.core.audit.findings import Case, Finding, FindingKind
from agent.core.papers.matching import Identity, identifiers, normalise_title, same_paper

_ALIKE: Final = 80
"""Titles of one paper are at least so alike; the bound of ``matching``, where it was measured."""


def find_shared(cases: Sequence[Case]) -> Iterator[Finding]:
    """Yield shared_link for every entry whose link stands under another paper's entry too."""
    by_link: dict[str, list[Case]] = {}
    for case in cases:
        if case.entry.url:
            by_link.setdefault(_link(case), []).append(case)
    for link, group in by_link.items():
        for case in group:
            others = [other for other in group if not _same(case, other)]
            if others:
                names = ", ".join(f"'{other.entry.title}' (line {other.entry.line})" for other in others)
                yield case.finding(FindingKind.SHARED_LINK, f"{link} is also the link of {names}", "high")


def find_duplicates(cases: Sequence[Case]) -> Iterator[Finding]:
    """Yield duplicate_entry for the later of two entries of one paper.

    A second home, the same entry in another section, is deliberate. Another publication version of it is not.
    """
    groups: dict[str, list[Case]] = {}
    for case in cases:
        groups.setdefault(case.entry.section_id, []).append(case)
    for group in groups.values():
        for first, second in _alike(group):
            if _same(first, second):
                yield _duplicate(first, second, "in the same section")
    by_title: dict[str, list[Case]] = {}
    for case in cases:
        by_title.setdefault(normalise_title(case.entry.title), []).append(case)
    for group in by_title.values():
        for first, second in combinations(group, 2):
            if first.entry.section_id != second.entry.section_id and _another_version(first, second):
                yield _duplicate(first, second, f"as another version, {first.entry.url}")


def _alike(group: Sequence[Case]) -> Iterator[tuple[Case, Case]]:
    """Yield the pairs worth comparing: of one resolved paper, or with titles alike."""
    named = [(case, normalise_title(case.entry.title), case.record.arxiv_id if case.record else None) for case in group]
    for (first, name, paper_id), (second, other_name, other_id) in combinations(named, 2):
        if (paper_id and paper_id == other_id) or fuzz.token_set_ratio(name, other_name) >= _ALIKE:
            yield first, second


def _duplicate(first: Case, second: Case, how: str) -> Finding:
    same_name = normalise_title(first.entry.title) == normalise_title(second.entry.title)
    detail = f"line {first.entry.line} lists this paper already, {how}"
    if not same_name:
        detail += f": as '{first.entry.title}'"
        if second.record and second.record.arxiv_id:
            detail += f"; both are {second.record.arxiv_id} '{second.record.title}'"
    return second.finding(FindingKind.DUPLICATE_ENTRY, detail, "high" if same_name else "medium")


def _link(case: Case) -> str:
    found = identifiers(case.entry.url or "")
    return next(iter(found)) if found else (case.entry.url or "").rstrip("/")


def _another_version(first: Case, second: Case) -> bool:
    return bool(first.entry.url and second.entry.url and _link(first) != _link(second) and _same(first, second))


def _same(a: Case, b: Case) -> bool:
    """Whether two entries are one paper. What sync found decides; the links do not, for they are often wrong."""
    if a.record and b.record and a.record.arxiv_id and b.record.arxiv_id:
        return a.record.arxiv_id == b.record.arxiv_id
    return same_paper(_identity(a), _identity(b))


def _identity(case: Case) -> Identity:
    titles = (case.entry.title, *((case.record.title,) if case.record and case.record.title else ()))
    return Identity(titles=titles, authors=case.entry.authors)
