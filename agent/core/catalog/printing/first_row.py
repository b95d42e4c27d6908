"""The first row of a table, which has no sibling to follow."""

from __future__ import annotations

from agent.core.arxiv.ids import abs_url
from agent.core.catalog.formats.style import Column, Style
from agent.core.catalog.pieces.names import Manner, format_names
from agent.core.catalog.printing.facts import Facts
from agent.core.catalog.words import author_name, escape


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
