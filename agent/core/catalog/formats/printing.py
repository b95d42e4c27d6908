"""One paper as one line of the list: the paper's own title, made safe for Markdown, in the style of its neighbours."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from agent.core import escaping
from agent.core.arxiv import ids as arxiv_ids
from agent.core.catalog.formats.entry import Column, Style
from agent.core.catalog.formats.inline import VENUE, is_paper_label
from agent.core.papers.publication import venue_line
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
# Beside its link a title has no end of its own but the markup or the full stop after it.
_PLAIN_TITLE: Final = re.compile(r"[^\W\d_](?:[^\W_]|[ ,:;'\u2019?!/+()-])*(?:[^\W_]|[?!)])")
_MAX_AUTHORS: Final = 15


def plain_title(title: str) -> str:
    """Return the title as it will read: white space collapsed, control, bidi and other invisible characters gone."""
    return " ".join(escaping.one_line(title).split())


def escape(text: str) -> str:
    """Return Markdown that shows just ``plain_title(text)``: no link, mention, HTML, math, emphasis or table cell."""
    text = _MARKUP.sub(r"\\\g<0>", plain_title(text))
    for pattern, entity in _ENTITIES:
        text = pattern.sub(entity, text)
    return text


def printed_title(paper: Paper) -> str:
    """Return the title its entry will read as: the paper's own, or its arXiv id if that has no visible character.

    A title that is what links beside titles are called, ``Paper``, gets the id too.
    """
    title = plain_title(paper.title)
    if is_paper_label(title):
        return f"{title} (arXiv:{paper.id})"
    return title or f"arXiv:{paper.id}"


def format_entry(paper: Paper, style: Style) -> str:
    """Return the entry as one line without its line end. The venue is ``arXiv YYYY`` unless the paper was accepted."""
    title = escape(printed_title(paper))
    url = arxiv_ids.abs_url(paper.id)
    linked = {"no": f"[{title}]({url})", "inside": f"[**{title}**]({url})", "outside": f"**[{title}]({url})**"}[
        style.bold
    ]
    name, year, track = venue_line(paper)
    if style.columns:
        return _format_row(style, linked, url, _format_authors(paper.authors), (name, year, track))
    venue = {"venue": " ".join(f"{escape(name)} {year} {track}".split()), "year": str(year)}
    start = style.prefix + (style.lead[0] + venue[style.lead_shows] + style.lead[1] if style.lead else "")
    link = ""
    if style.beside and _PLAIN_TITLE.fullmatch(title) and not VENUE.fullmatch(title):
        linked, link = title if style.bold == "no" else f"**{title}**", style.beside[0] + url + style.beside[1]
    authors = _format_authors(paper.authors, one=style.one_author) if style.authors else ""
    before, after = (
        (style.authors[0] + authors, style.authors[1]) if style.authors and authors else ("", style.separator)
    )
    if style.shows == "nothing":
        end = after.rstrip() if authors else "." if after.startswith(".") else ""
        return start + linked + before + end + link
    return start + linked + before + after + venue[style.shows] + style.end + link


def _format_authors(authors: Sequence[str], *, one: bool = False) -> str:
    # Outside a link GitHub makes a mention of any @ and a reference of any #, escaped or not; no name holds either.
    names = [name for author in authors if (name := escape(re.sub(r"[@#,;*_]", " ", author)))]
    if one and len(names) > 1:
        return f"{names[0]} et al"
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
