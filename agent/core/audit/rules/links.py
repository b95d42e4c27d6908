"""Find links that do not lead to the paper of their entry. Every rule prefers silence to a false alarm."""

from __future__ import annotations

import html
import re
from typing import Final

import ftfy

from agent.core.arxiv.ids import abs_url, base_id, exists_by_form
from agent.core.audit.findings import Case, Confidence, Finding, FindingKind, Papers, describe, likeness
from agent.core.escaping import one_line
from agent.core.papers.matching import SAME_TOPIC, Identity, normalise_title, paper_identity, same_paper, same_title
from agent.core.papers.publication import says_withdrawn
from agent.core.papers.resolve import choose
from agent.records import Entry, Paper

_NAME_WORDS: Final = 3
_ARXIV_PAGE: Final = re.compile(r"(?:https?://)?(?:[a-z0-9-]+\.)?arxiv\.org/(?:abs|pdf|html)(?:/|$)", re.IGNORECASE)
_FIRST_MONTH: Final = "0704"
_FIVE_DIGITS: Final = "1501"


def check_link(case: Case, papers: Papers) -> Finding | None:
    """Return what is wrong with the arXiv link of an entry: wrong_id, dead_link, unresolved, or nothing."""
    listed = case.listed_id
    if listed is None:
        unread = unreadable_link(case.entry)
        return _dead(case, papers, f"{unread} names no paper") if unread else None
    if why := why_impossible(listed):
        return _dead(case, papers, f"{listed} cannot exist: {why}")
    resolved = case.record is not None and case.record.arxiv_id == listed
    if listed not in papers:
        return None if resolved else _unresolved(case, f"arXiv was not asked about {listed}, or did not answer")
    paper = papers[listed]
    if paper is None:
        if resolved:
            return _unresolved(case, f"arXiv has no {listed}, but had it when the list was resolved")
        return _dead(case, papers, f"arXiv has no {listed}")
    first = papers.get(first_version(listed))
    if resolved or _is_the_paper(case, paper) or (first and _is_the_paper(case, first)):
        return None
    if doubt := _doubt(case, paper):
        return _unresolved(case, f"{listed} is {describe(paper)}: {doubt}", paper)
    return _wrong(case, paper, papers)


def unreadable_link(entry: Entry) -> str | None:
    """Return the link of an entry that should lead to a paper on arXiv and holds no id, as ``arxiv.org/abs/N/A``."""
    link = (entry.url or "").strip()
    return link if _ARXIV_PAGE.match(link) and base_id(link) is None else None


def why_impossible(arxiv_id: str) -> str | None:
    """Return why arXiv never gave this id, or None when it may have (https://info.arxiv.org/help/arxiv_identifier.html).

    Ids of four digits after the dot begin in April 2007, those of five in January 2015.
    """
    if not exists_by_form(arxiv_id):
        return "its month is not one of twelve"
    month, dot, number = arxiv_id.partition(".")
    if not dot or not month.isdigit():
        return None
    if month < _FIRST_MONTH or not number.strip("0"):
        return "such ids begin with 0704.0001"
    digits = 4 if month < _FIVE_DIGITS else 5
    return None if len(number) == digits else f"ids of that month have {digits} digits after the dot"


def first_version(arxiv_id: str) -> str:
    """Return the key of a paper's first version in ``Papers``: a list may print the title of the day it was added."""
    return f"{arxiv_id}v1"


def paper_of(case: Case, papers: Papers) -> Paper | None:
    """Return the paper that the entry is about, as arXiv has it now; None when it is not known for sure."""
    paper_id = case.record.arxiv_id if case.record else None
    if paper_id is None and case.listed_id and (at_link := papers.get(case.listed_id)):
        return at_link if _is_the_paper(case, at_link) else None
    paper = papers.get(paper_id) if paper_id else None
    return paper if paper and _is_record(case, paper) else None


def check_missing(case: Case, papers: Papers) -> Finding | None:
    """Return missing_link for an entry that names a paper and links nowhere."""
    if case.entry.url is not None:
        return None
    proposed, sure = _propose(case, papers)
    if proposed is None:
        return case.finding(FindingKind.MISSING_LINK, "no link; its paper was not found on arXiv", "low")
    detail = f"no link; proposed: {abs_url(proposed)} {_evidence(case, papers, proposed)}"
    return case.finding(FindingKind.MISSING_LINK, detail, "high" if sure else "medium", proposed_id=proposed)


def check_withdrawn(case: Case, paper: Paper | None) -> Finding | None:
    """Return withdrawn when arXiv says so of the entry's own paper (None: not known); withdrawn *from* a venue is
    something else."""
    if paper is None or not says_withdrawn(paper.comment):  # not the stored flag: an earlier rule may have set it
        return None
    detail = f"{paper.id} {describe(paper)} is withdrawn; its comment says: {one_line(paper.comment or '')}"
    return case.finding(FindingKind.WITHDRAWN, detail, "medium", found=paper)


def _is_the_paper(case: Case, paper: Paper) -> bool:
    """Return whether the entry, or what sync found for it, names this paper.

    Where sync knows another arXiv paper that has the entry's very title, only that one counts.
    """
    if case.record and case.record.title and _is_record(case, paper):
        return True
    named = _printed_in(case, paper) or choose(case.entry, [paper], linked=True) is not None
    return named and not (_named_exactly(case) and normalise_title(paper.title) != normalise_title(case.entry.title))


def _printed_in(case: Case, paper: Paper) -> bool:
    """Return whether the entry prints the paper's whole title anywhere: it may call its link by a name only."""
    title, line = normalise_title(paper.title), normalise_title(html.unescape(case.entry.raw))
    return len(title.split()) > _NAME_WORDS and title.replace(" ", "") in line.replace(" ", "")


def _is_record(case: Case, paper: Paper) -> bool:
    record = case.record
    if record is None or record.title is None:
        return False
    known = Identity(titles=(record.title,), authors=record.authors)
    return same_paper(known, paper_identity(paper).model_copy(update={"ids": frozenset()}))


def _named_exactly(case: Case) -> bool:
    record = case.record
    return bool(
        record
        and record.arxiv_id
        and record.title
        and normalise_title(record.title) == normalise_title(case.entry.title)
    )


def _doubt(case: Case, paper: Paper) -> str | None:
    """Return why the paper under the link might still be the entry's, or None when it cannot be."""
    entry = case.entry
    nickname = _nickname(entry.title) or (entry.title if len(entry.title.split()) <= _NAME_WORDS else "")
    text = f"{paper.title} {paper.abstract}"
    if case.record is not None and case.record.arxiv_id is not None:
        return None
    if nickname and re.search(rf"(?<!\w){re.escape(nickname)}(?!\w)", text):
        return f"it mentions {nickname}"
    if (like := likeness(entry.title, paper.title)) >= SAME_TOPIC:
        return f"the titles are alike ({like} of 100), but not the same"
    listed = Identity(titles=(paper.title,), authors=entry.authors)
    if entry.authors and paper.authors and same_paper(listed, Identity(titles=(paper.title,), authors=paper.authors)):
        return "an author is the same"
    return None


def _wrong(case: Case, paper: Paper, papers: Papers) -> Finding:
    proposed, sure = _propose(case, papers)
    like = likeness(case.entry.title, paper.title)
    detail = f"{case.listed_id} is {describe(paper)}, {like} of 100 alike"
    confidence: Confidence = "high" if sure and like < SAME_TOPIC else "medium"
    detail += (
        f"; proposed: {proposed} {_evidence(case, papers, proposed)}" if proposed else "; the right id was not found"
    )
    return case.finding(FindingKind.WRONG_ID, detail, confidence, found=paper, proposed_id=proposed)


def _dead(case: Case, papers: Papers, what: str) -> Finding:
    proposed, sure = _propose(case, papers)
    detail = f"{what}; proposed: {proposed} {_evidence(case, papers, proposed)}" if proposed else what
    return case.finding(FindingKind.DEAD_LINK, detail, "high" if sure else "medium", proposed_id=proposed)


def _unresolved(case: Case, why: str, paper: Paper | None = None) -> Finding:
    return case.finding(FindingKind.UNRESOLVED, why, "low", found=paper)


def _propose(case: Case, papers: Papers) -> tuple[str | None, bool]:
    """Return the id of the entry's own paper, if there is one, and whether title and authors leave no doubt."""
    record = case.record
    if record is None or record.arxiv_id is None or record.arxiv_id == case.listed_id:
        return None, False
    if record.arxiv_id not in papers:
        return record.arxiv_id, False
    paper = papers[record.arxiv_id]
    if paper is None or not _is_record(case, paper):
        return None, False
    return record.arxiv_id, choose(case.entry, [paper]) is not None and _same_name(case.entry.title, paper.title)


def _same_name(listed: str, found: str) -> bool:
    """Return whether two titles are one and neither nickname speaks against it: such a line may hold more than one
    mistake.
    """
    names = {normalise_title(name) for name in (_nickname(listed), _nickname(found)) if name}
    return len(names) < 2 and same_title(listed, found)


def _nickname(title: str) -> str:
    """Return what stands before the colon, or nothing when that is more than a name."""
    before, colon, _ = ftfy.fix_text(title).partition(":")
    return before.strip() if colon and len(before.split()) <= _NAME_WORDS else ""


def _evidence(case: Case, papers: Papers, proposed: str) -> str:
    paper = papers.get(proposed)
    if paper is None:
        return f"'{case.record.title if case.record else ''}' (as resolved earlier; not checked at arXiv now)"
    return f"{describe(paper)}, {likeness(case.entry.title, paper.title)} of 100 alike"
