"""One paper as one line of the list: the paper's own title, made safe for Markdown, in the style of its neighbours."""

from __future__ import annotations

import re
from typing import Final

from agent.core import arxiv_ids, markdown_text
from agent.core.catalog_entry import Column, Style
from agent.core.catalog_venue import venue_line
from agent.records import Paper

_MARKUP: Final = re.compile(r"[\\`*_\[\]$~|]")
# Entities, for what GitHub would link, or read as HTML, even behind a backslash.
# https://github.github.com/gfm/#autolinks-extension-, https://github.github.com/gfm/#entity-and-numeric-character-references
_ENTITIES: Final = (
    (re.compile(r"&(?=#|\w)"), "&amp;"),
    (re.compile(r"<"), "&lt;"),
    (re.compile(r">"), "&gt;"),
    (re.compile(r"(?<!\w)@(?=\w)"), "&#64;"),
    (re.compile(r"(?<!&)#(?=\w)"), "&#35;"),
    (re.compile(r":(?=//)"), "&#58;"),
    (re.compile(r"(?<=www)\.", re.IGNORECASE), "&#46;"),
)
_MAX_AUTHORS: Final = 15


def plain_title(title: str) -> str:
    """Return the title as it will read: white space collapsed, control, bidi and other invisible characters gone."""
    return " ".join(markdown_text.one_line(title).split())


def escape(text: str) -> str:
    """Return Markdown that shows just ``plain_title(text)``: no link, mention, HTML, math, emphasis or table cell."""
    text = _MARKUP.sub(r"\\\g<0>", plain_title(text))
    for pattern, entity in _ENTITIES:
        text = pattern.sub(entity, text)
    return text


def printed_title(paper: Paper) -> str:
    """Return the title its entry will read as: the paper's own, or its arXiv id if that has no visible character."""
    return plain_title(paper.title) or f"arXiv:{paper.id}"


def format_entry(paper: Paper, style: Style) -> str:
    """Return the entry as one line without its line end. The venue is ``arXiv YYYY`` unless the paper was accepted."""
    title = escape(printed_title(paper))
    url = arxiv_ids.abs_url(paper.id)
    linked = {"no": f"[{title}]({url})", "inside": f"[**{title}**]({url})", "outside": f"**[{title}]({url})**"}[
        style.bold
    ]
    name, year, track = venue_line(paper)
    if style.columns:
        return _format_row(style, linked, url, _format_authors(paper), (name, year, track))
    authors = _format_authors(paper) if style.authors else ""
    before, after = (
        (style.authors[0] + authors, style.authors[1]) if style.authors and authors else ("", style.separator)
    )
    if style.shows == "nothing":
        end = after.rstrip() if authors else "." if after.startswith(".") else ""
        return style.prefix + linked + before + end
    venue = " ".join(f"{escape(name)} {year} {track}".split()) if style.shows == "venue" else str(year)
    return style.prefix + linked + before + after + venue + style.end


def _format_authors(paper: Paper) -> str:
    # Outside a link GitHub makes a mention of any @ and a reference of any #, escaped or not; no name holds either.
    names = [name for author in paper.authors if (name := escape(re.sub(r"[@#,;*_]", " ", author)))]
    return ", ".join(names if len(names) <= _MAX_AUTHORS else [*names[:10], "et al"])


def _format_row(style: Style, title: str, url: str, authors: str, venue: tuple[str, int, str]) -> str:
    name, year, track = venue
    has_year = "year" in style.columns
    cells: dict[Column, str] = {
        "title": title,
        "authors": authors,
        "venue": " ".join(f"{escape(name)} {'' if has_year else year} {track}".split()),
        "year": str(year),
        "link": f"[{escape(style.label)}]({url})",
        "other": "",
    }
    row = " | ".join(cells[column] for column in style.columns)
    return f"| {row} |" if style.edges else row
