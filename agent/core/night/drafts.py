"""Make a draft of a paper and its judgment."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Final

from agent.core.catalog.edits import Addition, draft_entry
from agent.core.judging.injection import suspicious
from agent.core.survey.survey import Survey
from agent.records import Draft, Judgment, Paper

NEAREST_SHOWN: Final = 3
"""Listed papers that are named beside a draft."""


def summary_of(judgment: Judgment | None) -> str:
    """Return what a judgment says of its paper in a sentence: what it does, else the first quote of its abstract."""
    if judgment is None:
        return ""
    return judgment.operation or next(iter(judgment.evidence), "")


def split_homeless(drafts: Sequence[Draft], leaves: Container[str]) -> tuple[list[Draft], list[str]]:
    """Return the drafts of sections that the taxonomy has, and a note on each of the others, which wait."""
    waiting = [each for each in drafts if each.section in leaves]
    notes = [f"{each.paper_id} waits: {each.section!r} is no leaf now" for each in drafts if each.section not in leaves]
    return waiting, notes


def create_draft(survey: Survey, paper: Paper, judgment: Judgment, section: str, nearest: Sequence[str]) -> Draft:
    """Return a draft of the paper for ``section`` (a leaf), printed in the style of that section's entries.

    ``nearest`` are titles that the section has already, for the reviewer.
    """
    return Draft(
        paper_id=paper.id,
        title=paper.title,
        section=section,
        heading=survey.heading(section),
        secondary=judgment.secondary,
        score=judgment.score,
        entry=draft_entry(survey.catalog, Addition(leaf=section, paper=paper, summary=summary_of(judgment))),
        evidence=judgment.evidence,
        authors=paper.authors,
        announced=paper.announced,
        operation=judgment.operation,
        reason=judgment.reason,
        runner_up=next((leaf for leaf in judgment.top if leaf != section), None),
        nearest=tuple(nearest),
        flag=suspicious(f"{paper.title}\n{paper.comment or ''}\n{paper.abstract}"),
        judge=judgment.judge,
    )
