"""The lists of the review page: which papers wait for a person, which were decided, and what is filtered of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from typing import Final

from agent.core.escaping import one_line
from agent.core.judging.injection import suspicious
from agent.database.review_steps import PaperState
from agent.database.store import Store
from agent.records import NO_LEAF, Bucket, DecisionKind, Draft, Failure, Judgment, Paper

TITLE_SHOWN: Final = 300
TEXT_SEARCHED: Final = 20_000
"""Characters that are searched for instructions to a judge: ten times the longest abstract that arXiv takes."""

RUNS_SEARCHED: Final = 30
ENOUGH: Final = 10
"""Decisions in a band of scores from which on their share of acceptances is told."""

ACCEPTED: Final = (DecisionKind.ACCEPTED, DecisionKind.EDITED, DecisionKind.MOVED)


class Tab(StrEnum):
    """The lists, in the order of the page."""

    DRAFTS = "drafts"
    QUEUE = "queue"
    FAILED = "failed"
    DECIDED = "decided"


class Flag(StrEnum):
    """The marks of papers that a reviewer should look at twice."""

    CONTESTED = "contested"
    SUSPICIOUS = "suspicious text"
    NO_QUOTE = "no quote"
    NO_SECTION = "no section"
    WITHDRAWN = "withdrawn"


SORTS: Final = {"score": "best score", "new": "newest", "section": "section", "title": "title"}


@dataclass(frozen=True)
class PaperRow:
    """One line of a list. ``section`` is a leaf id, empty without one; ``status`` says how a paper was decided."""

    paper: Paper
    judgment: Judgment | None
    title: str
    section: str
    score: float | None
    status: str = ""
    by: str = ""

    @property
    def paper_id(self) -> str:
        return self.paper.id

    @property
    def night(self) -> date:
        return self.paper.announced

    @cached_property
    def flags(self) -> tuple[Flag, ...]:
        """The oddities of the paper: looked for when it is shown, since to search a thousand texts takes a second."""
        return flags_of(self.paper, self.judgment)

    @property
    def key(self) -> str:
        return html_key(self.paper_id)


@dataclass(frozen=True)
class Filter:
    """A reviewer's filter: words of the title or id, a leaf, a flag, a night; and the order."""

    text: str = ""
    section: str = ""
    flag: str = ""
    night: str = ""
    sort: str = "score"

    def apply(self, rows: Sequence[PaperRow]) -> list[PaperRow]:
        """Return the rows that pass, in the order asked for."""
        words = self.text.casefold().split()
        kept = [
            row
            for row in rows
            if (not self.section or row.section == self.section)
            and (not self.flag or self.flag in row.flags)
            and (not self.night or row.night.isoformat() == self.night)
            and all(word in f"{row.title} {row.paper_id}".casefold() for word in words)
        ]
        if self.sort == "title":
            kept.sort(key=lambda row: row.title.casefold())
        elif self.sort == "section":
            kept.sort(key=lambda row: (row.section, -(row.score or 0)))
        elif self.sort == "new":
            kept.sort(key=lambda row: (row.night, row.paper_id), reverse=True)
        elif self.sort == "score":
            kept.sort(key=lambda row: -(row.score or 0))
        return kept


class Inbox:
    """All lists of a state folder at one moment. ``update`` follows one paper, which is cheaper than to read all."""

    def __init__(self, store: Store) -> None:
        self.version = store.review_version()
        self.failures = _failures(store)
        self._rows: dict[Tab, dict[str, PaperRow]] = {tab: {} for tab in Tab}
        self.decisions: dict[str, tuple[float, bool]] = {}
        states = {draft.paper_id: PaperState(draft=draft) for draft in store.open_drafts()}
        decided = {draft.paper_id: PaperState(draft=draft, decision=decision) for draft, decision in store.decisions()}
        states |= dict(reversed(decided.items()))
        # A dismissed paper may have been drafted since, as someone asked for on the pull request.
        states |= {paper_id: PaperState(dismissed=True) for paper_id in store.dismissed() if paper_id not in states}
        queued = {paper.id: paper for paper in store.queued()}
        failed = store.undecided({Bucket.FAILED})
        papers = queued | store.papers({*states, *failed} - queued.keys())
        judgments = store.latest_judgments({*states, *queued})
        by = store.reviewers()
        for paper_id, state in states.items():
            self._put(papers.get(paper_id), judgments.get(paper_id), state, by.get(paper_id, ""))
        for paper in queued.values():
            self._put_paper(Tab.QUEUE, paper, judgments.get(paper.id), None, "", "")
        for paper_id in failed:
            if paper_id in papers:
                self._put_paper(Tab.FAILED, papers[paper_id], None, None, "", "")

    def rows(self, tab: Tab) -> list[PaperRow]:
        return list(self._rows[tab].values())

    def find(self, paper_id: str) -> tuple[Tab, PaperRow] | None:
        """Return the list that a paper is in, and its row there."""
        return next(((tab, rows[paper_id]) for tab, rows in self._rows.items() if paper_id in rows), None)

    def counts(self) -> dict[Tab, int]:
        return {tab: len(rows) for tab, rows in self._rows.items()}

    def update(self, store: Store, paper_id: str) -> None:
        """Read one paper again, after a step on it."""
        for rows in self._rows.values():
            rows.pop(paper_id, None)
        self.decisions.pop(paper_id, None)
        step = store.latest_step(paper_id)
        paper, judgment = store.paper(paper_id), store.latest_judgment(paper_id)
        self._put(paper, judgment, store.review_state(paper_id), step.by if step else "")
        self.version = store.review_version()

    def share_accepted(self, score: float) -> tuple[int, int, float] | None:
        """Return how many of the decided drafts with about this score were accepted, of how many, and from which score.

        A band is a tenth wide. None when fewer than ``ENOUGH`` drafts of the band were decided.
        """
        band = min(int(score * 10), 9)
        alike = [accepted for other, accepted in self.decisions.values() if min(int(other * 10), 9) == band]
        return (sum(alike), len(alike), band / 10) if len(alike) >= ENOUGH else None

    def _put(self, paper: Paper | None, judgment: Judgment | None, state: PaperState, who: str) -> None:
        if paper is None:
            return
        draft, decision = state.draft, state.decision
        if draft is None and state.dismissed:
            self._put_paper(Tab.DECIDED, paper, judgment, None, "dismissed", who)
        elif draft is None:
            self._put_paper(Tab.QUEUE, paper, judgment, None, "", "")
        elif decision is None:
            self._put_paper(Tab.DRAFTS, paper, judgment, draft, "", "")
        else:
            self.decisions[paper.id] = (draft.score, decision.kind in ACCEPTED)
            section = decision.section or draft.section
            moved = draft.model_copy(update={"section": section})
            self._put_paper(Tab.DECIDED, paper, judgment, moved, decision.kind.value, decision.by or "in the list")

    def _put_paper(
        self, tab: Tab, paper: Paper, judgment: Judgment | None, draft: Draft | None, status: str, by: str
    ) -> None:
        leaf = draft.section if draft else (judgment.primary or "") if judgment else ""
        self._rows[tab][paper.id] = PaperRow(
            paper=paper,
            judgment=judgment,
            title=one_line(paper.title[:TITLE_SHOWN]) or paper.id,
            section="" if leaf == NO_LEAF else leaf,
            score=draft.score if draft else judgment.score if judgment else None,
            status=status,
            by=by,
        )


def flags_of(paper: Paper, judgment: Judgment | None) -> tuple[Flag, ...]:
    """Return what is odd about a paper and its judgment."""
    text = f"{paper.title[:TEXT_SEARCHED]}\n{paper.comment or ''}\n{paper.abstract}"
    found = {
        Flag.CONTESTED: judgment is not None and judgment.unsure is not None,
        Flag.SUSPICIOUS: suspicious(text[:TEXT_SEARCHED]) is not None,
        Flag.NO_QUOTE: judgment is not None and not judgment.evidence,
        Flag.NO_SECTION: judgment is not None and judgment.primary in (None, NO_LEAF),
        Flag.WITHDRAWN: paper.withdrawn,
    }
    return tuple(flag for flag, holds in found.items() if holds)


def html_key(paper_id: str) -> str:
    """Return the paper id as it may stand in an HTML id."""
    return "".join(char if char.isalnum() else "-" for char in paper_id)


def neighbour(rows: Sequence[PaperRow], paper_id: str) -> str | None:
    """Return the paper to go on with when this one leaves the list: the next, else the one before, else None."""
    ids = [row.paper_id for row in rows]
    following = dict(pairwise(ids))
    before = {after: first for first, after in following.items()}
    if paper_id not in ids:
        return ids[0] if ids else None
    return following.get(paper_id) or before.get(paper_id)


def _failures(store: Store) -> dict[str, Failure]:
    """Return why each failed paper failed, as the newest run that asked about it said."""
    failures = [failure for _, report in reversed(store.runs(RUNS_SEARCHED)) for failure in report.failures]
    return {failure.paper_id: failure for failure in failures}
