"""The values that are printed of a paper, and the first row of a table, which has no sibling to follow."""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

from agent.core.arxiv.ids import abs_url
from agent.core.catalog.formats.style import Column, Style
from agent.core.catalog.pieces.labels import find_page, find_repository
from agent.core.catalog.pieces.names import Manner, format_names
from agent.core.catalog.reading.title import nickname_of
from agent.core.catalog.words import author_name, escape, printed_title
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
    """Return the day to print: of the announcement, unless the id is from an earlier month, as of a cross-list."""
    months = paper.announced.year * 12 + paper.announced.month
    match = re.match(r"(\d\d)(\d\d)\.", paper.id)
    if match is None or not 1 <= int(match[2]) <= 12:
        return paper.published or paper.announced
    given = (2000 + int(match[1])) * 12 + int(match[2])
    if -1 <= given - months <= 1:
        return paper.announced
    if paper.published is not None:
        return paper.published
    return paper.announced if given > months else date(2000 + int(match[1]), int(match[2]), 1)


def print_first_row(facts: Facts, style: Style, *, linked: bool) -> str:
    """Return the first row of a table, by the meaning of its columns."""
    title, url = escape(facts.title), abs_url(facts.paper.id)
    name, year, track = facts.accepted or (style.preprint, facts.day.year, "")
    authors = [n for author in facts.paper.authors if (n := author_name(author))]
    has_date = "date" in style.columns
    cells: dict[Column, str] = {
        "title": f"[{title}]({url})" if linked else title,
        "name": escape(facts.nickname),
        "authors": format_names(authors, Manner()),
        "venue": " ".join(f"{escape(name)} {'' if has_date else year} {track}".split()),
        "date": str(year),
        "link": f"[Paper]({url})",
        "code": f"[Code]({facts.code})" if facts.code else "",
        "page": f"[Project]({facts.page})" if facts.page else "",
        "summary": escape(facts.summary),
        "other": "",
    }
    row = " | ".join(cells[column] for column in style.columns)
    return f"| {row} |" if style.edges else row
