"""Compare the venue that an entry prints with what arXiv and the Anthology say of its paper."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from agent.core.audit.findings import Case, Confidence, Finding, FindingKind, describe
from agent.core.escaping import one_line
from agent.core.papers.matching import identifiers
from agent.core.papers.publication import accepted_at
from agent.records import Entry, Paper

_PREPRINT: Final = re.compile(r"arxiv(?:\.org)?|corr|preprint", re.IGNORECASE)
_ANTHOLOGY: Final = re.compile(
    r"acl:(?P<year>20\d\d)\.(?:(?P<findings>findings)-)?(?P<venue>[a-z]+)-?(?P<volume>[a-z]*)"
)
_MAIN_VOLUMES: Final = frozenset({"main", "long", "short", ""})
_NAMES: Final = {"acl": "ACL", "emnlp": "EMNLP", "naacl": "NAACL", "eacl": "EACL", "aacl": "AACL", "tacl": "TACL"}
_OLD_NAMES: Final = {"nips": "neurips"}
_JOURNALS: Final = frozenset({"tacl", "tmlr", "jmlr"})


class Venue(NamedTuple):
    """The venue of a paper; ``track`` is empty for the main one, ``witness`` says who told."""

    name: str
    year: int
    track: str
    witness: str

    def printed(self) -> str:
        """Return the venue as lists print it: ``ACL 2025 Findings``."""
        return f"{self.name} {self.year} {self.track}".rstrip()


def is_preprint(venue: str | None) -> bool:
    """Say whether a printed venue is none: ``arXiv``, in any spelling."""
    return venue is not None and _PREPRINT.fullmatch(venue.strip()) is not None


def venue_of(paper: Paper) -> Venue | None:
    """Return where arXiv says a paper was accepted: by its DOI, journal reference or comment."""
    if paper.doi and (venue := _anthology(paper.doi)):
        return venue
    by_reference = accepted_at(paper.model_copy(update={"comment": None})) if paper.journal_ref else None
    if (found := by_reference or accepted_at(paper)) is None:
        return None
    said = f"journal reference '{paper.journal_ref}'" if by_reference else f"comment '{paper.comment}'"
    return Venue(*found, one_line(f"its {said}"))


def check_venue(case: Case, paper: Paper | None) -> Finding | None:
    """Return now_published for a preprint that was accepted, venue_mismatch where two venues are told apart.

    ``paper`` is the entry's own paper on arXiv (None: not known). A workshop proves nothing against a printed venue.
    """
    entry = case.entry
    if entry.venue is None or entry.year is None:
        return None
    told = venue_of(paper) if paper else None
    if is_preprint(entry.venue):
        if told is None or paper is None:
            return None
        detail = f"{told.witness} says {told.printed()}; proposed: {told.printed()}"
        confidence: Confidence = "medium" if told.track == "Workshop" else "high"
        return case.finding(FindingKind.NOW_PUBLISHED, detail, confidence, found=paper, replacement=told.printed())
    told = _anthology(entry.url or "") or told
    if not _is_dated(entry):
        return None
    if told is None or told.track == "Workshop" or _agrees(entry.venue, entry.year, told):
        return None
    about = f" of {describe(paper)}" if paper else ""
    detail = f"the list says {entry.venue} {entry.year}, {told.witness}{about} says {told.printed()}"
    return case.finding(FindingKind.VENUE_MISMATCH, detail, "medium", found=paper)


def _is_dated(entry: Entry) -> bool:
    """Return whether the year stands with the venue: the date of an entry, ``[2022/12]``, is its first version's."""
    name = re.escape((entry.venue or "").split()[0])
    year = entry.year or 0
    return re.search(rf"{name}\D{{0,40}}(?:{year}|['\u2019]{year % 100:02})(?![\d/.-]\d)", entry.raw) is not None


def _agrees(venue: str, year: int, told: Venue) -> bool:
    """Return whether name and year are the same; the year of a journal may be that of any of its issues."""
    words = [_OLD_NAMES.get(word, word) for word in re.findall(r"[a-z]+", venue.casefold())]
    name = told.name.casefold()
    return re.sub(r"[^a-z]", "", name) in {"".join(words), *words} and (year == told.year or name in _JOURNALS)


def _anthology(link: str) -> Venue | None:
    """Read the venue from an Anthology id: ``2025.findings-acl.605`` (https://aclanthology.org/info/ids/)."""
    for found in identifiers(link):
        match = _ANTHOLOGY.match(found)
        if match and match["venue"] in _NAMES and (match["findings"] or match["volume"] in _MAIN_VOLUMES):
            track = "Findings" if match["findings"] else ""
            return Venue(_NAMES[match["venue"]], int(match["year"]), track, f"the Anthology id {found[4:]}")
    return None
