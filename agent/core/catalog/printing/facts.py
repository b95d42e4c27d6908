"""The values that are printed of a paper."""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

from agent.core.catalog.pieces.labels import find_page, find_repository
from agent.core.catalog.reading.titles.nicknames import nickname_of
from agent.core.catalog.words import printed_title
from agent.core.papers.publication import accepted_at
from agent.records import Paper


class Facts(NamedTuple):
    """The values that are printed of a paper."""

    paper: Paper
    title: str
    nickname: str
    day: date
    accepted: tuple[str, int, str] | None
    code: str | None
    page: str | None
    summary: str


def read_facts(paper: Paper, summary: str) -> Facts:
    """Return what is printed of a paper; ``summary`` sums it up, empty where nobody did."""
    said = f"{paper.abstract} {paper.comment or ''}"
    title = printed_title(paper)
    return Facts(
        paper=paper,
        title=title,
        nickname=nickname_of(title),
        day=printed_day(paper),
        accepted=accepted_at(paper),
        code=find_repository(said),
        page=find_page(said),
        summary=" ".join(summary.split()),
    )


def printed_day(paper: Paper) -> date:
    """Return the day to print: of the submission, as arXiv's page of the paper has it, where that lies in the month of
    the id; else of the announcement, unless the id is from an earlier month, as of a cross-list."""
    match = re.match(r"(\d\d)(\d\d)\.", paper.id)
    if match is None or not 1 <= int(match[2]) <= 12:
        return paper.published or paper.announced
    year, month = 2000 + int(match[1]), int(match[2])
    if paper.published is not None and (paper.published.year, paper.published.month) == (year, month):
        return paper.published
    later = (paper.announced.year - year) * 12 + paper.announced.month - month
    if -1 <= later <= 1:
        return paper.announced
    if paper.published is not None:
        return paper.published
    return paper.announced if later < 0 else date(year, month, 1)
