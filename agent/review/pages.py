"""The values shown of a paper: its text with the quotes marked, its links, its sections, its place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

from agent.core.arxiv.ids import abs_url
from agent.core.catalog.blocks import split_lines
from agent.core.escaping import one_line
from agent.core.night.buckets import why_it_waits
from agent.core.night.drafts import NEAREST_SHOWN
from agent.core.survey.survey import Survey
from agent.database.review_steps import PaperState
from agent.errors import ConfigError
from agent.records import Decision, Judgment, Paper
from agent.review.inbox import Flag, PaperRow, Tab
from agent.review.session import Session

ABSTRACT_SHOWN: Final = 20_000
TEXT_SHOWN: Final = 2_000
AUTHORS_SHOWN: Final = 12
NEIGHBOURS: Final = 2
CHOICES: Final = 3

_CODE: Final = re.compile(
    r"https?://(?:github\.com|gitlab\.com|huggingface\.co|codeberg\.org)/[\w.-]+(?:/[\w.-]*\w)?", re.ASCII
)


class Segment(NamedTuple):
    """A run of the abstract; ``quoted``: the judge gave it as evidence."""

    text: str
    quoted: bool


class ListLine(NamedTuple):
    """A line of the list as it is or will be. ``number`` is 1-based."""

    number: int
    text: str
    new: bool


class Link(NamedTuple):
    """A link that leads off the page."""

    name: str
    url: str


class NearestPaper(NamedTuple):
    """A paper that the list has already."""

    title: str
    text: str


class Choice(NamedTuple):
    """A section that the paper may go into. ``key`` is the key that chooses it, empty for one found by typing."""

    key: str
    leaf: str
    label: str
    definition: str
    chosen: bool


@dataclass(frozen=True)
class Card:
    """All that the page shows of one paper. ``problem`` says why it has no lines in the list."""

    tab: Tab
    row: PaperRow
    title: str
    authors: str
    categories: tuple[str, ...]
    comment: str
    links: tuple[Link, ...]
    abstract: tuple[Segment, ...]
    unfound_quotes: tuple[str, ...]
    operation: str
    reason: str
    warnings: tuple[str, ...]
    choices: tuple[Choice, ...]
    nearest: tuple[NearestPaper, ...]
    lines: tuple[ListLine, ...]
    entry: str
    problem: str
    meaning: str
    decision: Decision | None
    final: bool

    @property
    def chosen(self) -> Choice | None:
        return next((choice for choice in self.choices if choice.chosen), None)


def card(session: Session, tab: Tab, row: PaperRow, section: str = "") -> Card:
    """Return the card of a paper; ``section`` is a leaf that the reviewer looks at instead of the proposed one."""
    paper, survey = session.paper(row.paper_id), session.survey
    state = session.store.review_state(paper.id)
    judgment = session.store.latest_judgment(paper.id)
    choices = _choices(survey, state, judgment, row, section)
    leaf = next((choice.leaf for choice in choices if choice.chosen), "")
    typed = state.decision.entry if state.decision and leaf == row.section else None
    lines, entry, problem = _lines(session, paper, leaf, typed)
    evidence = judgment.evidence if judgment else ()
    segments, unfound = mark_quotes(paper.abstract, evidence)
    final = state.decision is not None and not state.decision.unlisted and survey.contains(paper)
    return Card(
        tab=tab,
        row=row,
        title=one_line(paper.title[:TEXT_SHOWN]) or paper.id,
        authors=authors_shown(paper.authors),
        categories=tuple(one_line(name[:40]) for name in paper.categories[:8]),
        comment=one_line((paper.comment or "")[:TEXT_SHOWN]),
        links=links_of(paper),
        abstract=segments,
        unfound_quotes=unfound,
        operation=one_line(judgment.operation[:TEXT_SHOWN]) if judgment else "",
        reason=one_line(judgment.reason[:TEXT_SHOWN]) if judgment else _failure(session, paper.id),
        warnings=(
            *_warnings(paper, judgment, state, row, tab, survey.taxonomy.leaf_ids),
            *filter(None, [session.nearest_problem]),
        ),
        choices=choices,
        nearest=_nearest(session, paper, state, leaf),
        lines=lines,
        entry=entry,
        problem=problem,
        meaning=_meaning(session, row),
        decision=state.decision,
        final=final,
    )


def mark_quotes(abstract: str, quotes: Sequence[str]) -> tuple[tuple[Segment, ...], tuple[str, ...]]:
    """Return the abstract in runs, those that a quote covers marked, and the quotes that are not found in it.

    White space and invisible characters do not count in the comparison; the text is cut at ``ABSTRACT_SHOWN``.
    """
    text = one_line(abstract[:ABSTRACT_SHOWN])
    covered: set[int] = set()
    unfound = []
    for quote in map(one_line, quotes):
        start = text.find(quote) if quote else -1
        if start < 0:
            unfound.append(quote[:TEXT_SHOWN])
        else:
            covered.update(range(start, start + len(quote)))
    edges = [0, *(at for at in range(1, len(text)) if (at in covered) is not (at - 1 in covered)), len(text)]
    runs = [Segment(text[start:end], start in covered) for start, end in pairwise(edges)]
    cut = [Segment(" … (cut here)", False)] if len(abstract) > ABSTRACT_SHOWN else []
    return (*(run for run in runs if run.text), *cut), tuple(unfound)


def links_of(paper: Paper) -> tuple[Link, ...]:
    """Return the links of a paper: its pages at arXiv, made from its id, and code on a known host that it names."""
    page = abs_url(paper.id)
    links = [Link(name, page.replace("/abs/", f"/{name}/")) for name in ("abs", "pdf", "html")]
    found = _CODE.search(f"{paper.comment or ''} {paper.abstract[:ABSTRACT_SHOWN]}")
    return (*links, *([Link("code", found[0])] if found else []))


def authors_shown(authors: Sequence[str]) -> str:
    """Return the authors on one line, a long list cut."""
    shown = ", ".join(one_line(name[:100]) for name in authors[:AUTHORS_SHOWN])
    more = len(authors) - AUTHORS_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown or "authors unknown"


def _choices(
    survey: Survey, state: PaperState, judgment: Judgment | None, row: PaperRow, section: str
) -> tuple[Choice, ...]:
    """Return the sections on offer: what the judge named, the best first, and the one that the reviewer chose."""
    named = [row.section, *([state.draft.section] if state.draft else []), *(judgment.top if judgment else ())]
    leaves = [leaf for leaf in dict.fromkeys(named) if leaf in survey.taxonomy.leaf_ids][:CHOICES]
    chosen = section if section in survey.taxonomy.leaf_ids else leaves[0] if leaves else ""
    shown = [*leaves, *([chosen] if chosen and chosen not in leaves else [])]
    return tuple(
        Choice(
            key=str(number) if leaf in leaves else "",
            leaf=leaf,
            label=survey.heading(leaf),
            definition=survey.taxonomy.leaf(leaf).definition.strip(),
            chosen=leaf == chosen,
        )
        for number, leaf in enumerate(shown, start=1)
    )


def _lines(session: Session, paper: Paper, leaf: str, typed: str | None) -> tuple[tuple[ListLine, ...], str, str]:
    """Return the new lines between their neighbours, the entry alone, and why there are none (empty: there are)."""
    if not leaf:
        return (), "", "No section is chosen: press m to choose one, and the line appears here."
    try:
        placed = session.place(paper, leaf, typed)
    except ConfigError as error:
        return (), "", str(error)
    if placed is None:
        return (), "", "The list has this paper already."
    lines = split_lines(placed.text)
    height = placed.entry.count("\n") + 1
    first, last = max(1, placed.line - NEIGHBOURS), min(len(lines), placed.line + height - 1 + NEIGHBOURS)
    new = range(placed.line, placed.line + height)
    shown = tuple(ListLine(at, lines[at - 1].rstrip("\r\n")[:TEXT_SHOWN], at in new) for at in range(first, last + 1))
    return shown, placed.entry, ""


def _nearest(session: Session, paper: Paper, state: PaperState, leaf: str) -> tuple[NearestPaper, ...]:
    if not leaf:
        return ()
    if session.nearest is not None:
        found = session.nearest(paper, NEAREST_SHOWN, leaf)
        return tuple(
            NearestPaper(one_line(known.title), one_line(known.operation or known.text[:280])) for known in found
        )
    titles = state.draft.nearest if state.draft and state.draft.section == leaf else ()
    return tuple(NearestPaper(one_line(title), "") for title in titles)


def _warnings(
    paper: Paper, judgment: Judgment | None, state: PaperState, row: PaperRow, tab: Tab, leaves: Sequence[str]
) -> tuple[str, ...]:
    found = []
    if judgment and tab is Tab.QUEUE:
        found.append(f"Waits in the queue: {one_line(why_it_waits(paper, judgment, leaves)[:TEXT_SHOWN])}")
    elif judgment and judgment.unsure:
        found.append(f"Contested: {one_line(judgment.unsure[:TEXT_SHOWN])}")
    if state.draft and state.draft.flag:
        found.append(f"Suspicious text: {one_line(state.draft.flag[:TEXT_SHOWN])}")
    elif Flag.SUSPICIOUS in row.flags:
        found.append("Suspicious text: it reads like instructions to a judge")
    if paper.withdrawn and tab is not Tab.QUEUE:
        found.append("Withdrawn from arXiv")
    return tuple(found)


def _meaning(session: Session, row: PaperRow) -> str:
    """Return what the score means in the decisions of the past, empty while there are too few."""
    found = session.inbox.share_accepted(row.score) if row.score is not None else None
    if found is None:
        return ""
    accepted, of, band = found
    return f"{accepted} of {of} papers with a score of {band:.1f} to {band + 0.1:.1f} were accepted"


def _failure(session: Session, paper_id: str) -> str:
    failure = session.inbox.failures.get(paper_id)
    return one_line(failure.reason[:TEXT_SHOWN]) if failure else "no judgment; the next run asks again"
