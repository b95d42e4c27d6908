"""The decisions of people about drafts, read from what they left in the list."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from rapidfuzz import fuzz

from agent.core.arxiv.ids import base_id
from agent.core.papers.matching import normalise_title, told_apart
from agent.records import Decision, DecisionKind, Draft, Entry, Record

SAME_TITLE: Final = 92
"""From this similarity (rapidfuzz ``ratio``, 0-100) on, an entry whose link was replaced still is the draft's entry."""


CLOSED: Final = "was closed unmerged"
"""How the note of a draft ends that was rejected only because its whole pull request was."""


REFUSED: Final = "refused on the review page"
"""The note of a draft that was rejected on the local page, which is also where that is taken back."""


def changeable(decision: Decision) -> bool:
    """Say whether the list may still say otherwise: a deleted line may be put back, a moved one moved again."""
    return decision.unlisted or (decision.kind is not DecisionKind.ACCEPTED and decision.note != REFUSED)


def is_news(earlier: Decision | None, seen: Decision) -> bool:
    """Say whether what is seen now changes what is known. The same again does not: who said it first, and when, stays.

    Only an entry that stands somewhere takes back a no. A branch that is gone does not: the no may be about its lines.
    """
    if earlier is None:
        return seen.kind is not DecisionKind.UNDECIDED
    if earlier.unlisted and seen.kind is DecisionKind.UNDECIDED:
        # A line that nobody touched is what was accepted on the review page; without a branch it is proposed again.
        return earlier.kind is not DecisionKind.ACCEPTED and seen.section is not None
    if earlier.kind is DecisionKind.REJECTED:
        return seen.section is not None or seen.kind is DecisionKind.ACCEPTED
    same = (earlier.kind, earlier.section) == (seen.kind, seen.section)
    return not same or (seen.kind is DecisionKind.EDITED and earlier.note != seen.note)


def reconsiderable(decision: Decision) -> bool:
    """Say whether ``--reconsider`` may propose the draft again: nobody said no to this paper in particular."""
    return decision.kind is DecisionKind.REJECTED and decision.note.endswith(CLOSED)


class WantedEntry(Record):
    """The entry that a reviewer wants of a proposed paper.

    ``section`` is the leaf, null for no entry at all; ``entry`` the words of the entry, null for those that it has.
    """

    paper_id: str
    title: str
    section: str | None
    entry: str | None = None
    by: str


def as_decided(draft: Draft, decision: Decision) -> Draft:
    """Return the draft as a reviewer accepted it: in the section chosen, with the text typed."""
    changes = {"section": decision.section or draft.section, "entry": decision.entry or draft.entry}
    return draft.model_copy(update=changes)


def find_entries(paper_id: str, title: str, entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Return the entries of a paper: those that carry its arXiv id, in any version, else those with its title.

    An entry that links to another arXiv paper is not asked for its title. A title without letters and digits is
    nobody's.
    """
    # Thousands of decided drafts are looked for each night, and few entries hold the signs of an id at all.
    if named := [entry for entry in entries if paper_id in entry.raw or paper_id in (entry.url or "")]:
        carries = _carrying(paper_id)
        if by_id := tuple(each for each in named if carries.search(each.raw) or carries.search(each.url or "")):
            return by_id
    wanted = normalise_title(title)
    if not wanted:
        return ()
    alike = [entry for entry in entries if fuzz.ratio(normalise_title(entry.title), wanted) >= SAME_TITLE]
    return tuple(each for each in alike if not (each.url and base_id(each.url)) and not told_apart(each.title, title))


def mentions(paper_id: str, text: str, title: str = "") -> bool:
    """Say whether a line of the text, outside of comments in HTML, carries a paper's id, and its title too."""
    if paper_id not in text:
        return False
    carries, wanted = _carrying(paper_id), normalise_title(title)
    lines = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL).splitlines()
    return any(carries.search(line) and wanted in normalise_title(line) for line in lines)


def _carrying(paper_id: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\d.]){re.escape(paper_id)}(?:v\d+)?(?!\d)")


def compare(draft: Draft, entries: Sequence[Entry], *, merged: bool, text: str = "") -> Decision:
    """Return what the list now says about a draft that was once put into it.

    ``entries`` are those of the branch while the pull request is open, and those of the base branch once it is merged:
    only then does a line that nobody touched mean yes. ``text`` is the list that they were read from: a line that
    stands in it under a heading that no leaf has, as after a renaming, is not gone.
    """
    found = find_entries(draft.paper_id, draft.title, entries)
    if not found and mentions(draft.paper_id, text, draft.title):
        kind = DecisionKind.ACCEPTED if merged else DecisionKind.UNDECIDED
        return Decision(paper_id=draft.paper_id, kind=kind, note="it stands in no section that the taxonomy knows")
    if not found:
        return Decision(paper_id=draft.paper_id, kind=DecisionKind.REJECTED, note="the line was removed")
    here = next((entry for entry in found if entry.section_id == draft.section), None)
    if here is None:
        return Decision(
            paper_id=draft.paper_id,
            kind=DecisionKind.MOVED,
            section=found[0].section_id,
            note=f"moved from {draft.section}",
        )
    if _words(here.raw) != _words(draft.entry):
        return Decision(
            paper_id=draft.paper_id, kind=DecisionKind.EDITED, section=here.section_id, note=here.raw.strip()
        )
    kind = DecisionKind.ACCEPTED if merged else DecisionKind.UNDECIDED
    return Decision(paper_id=draft.paper_id, kind=kind, section=here.section_id)


def as_listed(draft: Draft, entries: Sequence[Entry]) -> Decision:
    """Return what the list says about a draft whose paper it is known to have, under whatever title or link."""
    seen = compare(draft, entries, merged=True)
    if seen.kind is DecisionKind.REJECTED:
        return Decision(paper_id=draft.paper_id, kind=DecisionKind.ACCEPTED, note="it is in the catalog")
    return seen


def _words(entry: str) -> str:
    """Return an entry without what is nobody's edit: its list number, which counts on when others are inserted above
    it, and the signs that a formatter of Markdown (prettier, mdformat) chooses for bullets, emphasis and escapes.
    """
    unmarked = re.sub(r"^(?:\d{1,9}[.)]|[-*+]) ", "", squeeze(entry))
    return re.sub(r"\\(?=[^\w\s])", "", unmarked).replace("_", "*")


def squeeze(text: str) -> str:
    """Return the text with each run of white space as one blank: indentation and line ends are nobody's edit."""
    return " ".join(text.split())
