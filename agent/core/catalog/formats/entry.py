"""Read one printed entry, bullet or table row: what it lists, and the form it is printed in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from markdown_it.token import Token

from agent.core.catalog.blocks import Row, Table, plain
from agent.core.catalog.formats.inline import (
    LEAD,
    VENUE,
    YEAR,
    find_title,
    is_paper_label,
    marked,
    read_pieces,
    text_of,
    without_loose,
)
from agent.records import Record

Shows = Literal["venue", "year"]
Column = Literal["title", "authors", "venue", "year", "link", "other"]

_SEPARATOR: Final = r"[\s.,;:()\[\]*_`\"\u201c\u201d\u2013\u2014|-]*"
_AUTHORS: Final = re.compile(
    r"(?P<open>[\s.,;:()\u2013\u2014-]*(?P<mark>[*_]{1,2}))(?P<names>[^*_]+?)(?P<close>\.?(?P=mark)[\s.,;:()*_`\u2013\u2014-]*)"
)
_NAME: Final = r"[^\W\d_a-z][\w'\u2019-]*"
_PERSON: Final = rf"(?:(?:{_NAME}\.?|van|von|de|der|den|la|le|el|al|bin|di|da|dos|du) ){{0,4}}{_NAME}"
# Names without italics are known by what follows: at least two, or "et al.", and then a venue or a year.
_PLAIN_AUTHORS: Final = re.compile(
    rf"(?P<open>[\s.,;:()\u2013\u2014-]*)(?P<names>{_PERSON}(?:(?:,? and |,? & |, ){_PERSON})*,? et al"
    rf"|{_PERSON}(?:(?:,? and |,? & |, ){_PERSON})+)(?P<close>[\s.,;:(]+[*_`]*)"
    r"(?=(?:[^\W\d_][\w&/+'\u2019-]*[ '\u2019-]+)+\d|(?<=[.(])\d|(?<=\. )\d)"
)
# A shortcode such as :fire: is no word.
_WORD: Final = re.compile(r"(?<!:)\b\w+\b(?!:)")
_UNLINKED: Final = re.compile(rf"(?P<title>.+?)(?P<tail>\. +{VENUE.pattern})")
_ENDED: Final = re.compile(r"(?P<title>.*[^.])(?P<tail>\.)")
_NO_VENUE: Final = re.compile(
    r"(?:.* )?(?:after|and|at|before|by|for|from|in|of|on|since|the|to|until|with)", re.IGNORECASE
)
_HEADERS: Final[dict[str, Column]] = {
    **dict.fromkeys(("link", "links", "url", "pdf", "arxiv"), "link"),
    **dict.fromkeys(("title", "paper", "papers", "name", "work"), "title"),
    **dict.fromkeys(("author", "authors"), "authors"),
    **dict.fromkeys(("venue", "conference", "journal", "publication", "published"), "venue"),
    **dict.fromkeys(("year", "date"), "year"),
}


class Style(Record):
    """How an entry is printed. The separators are the list's own characters.

    ``prefix`` is what comes before the title (indentation, bullet, an emoji all entries share), ``lead`` what stands
    around a venue or year there (null: none does). ``authors`` is what stands before and after the names, null when
    none are printed, ``one_author`` that only the first is; ``separator`` stands between title and venue when no
    authors do. ``beside`` is what stands around the address in a link after all that; null when the title is the link.
    ``columns`` is empty for bullets; ``edges`` and ``label`` (text of a link column) are for rows.
    """

    prefix: str = "- "
    lead: tuple[str, str] | None = None
    lead_shows: Shows = "venue"
    bold: Literal["no", "inside", "outside"] = "no"
    separator: str = ". "
    authors: tuple[str, str] | None = None
    one_author: bool = False
    shows: Literal[Shows, "nothing"] = "venue"
    end: str = "."
    beside: tuple[str, str] | None = None
    columns: tuple[Column, ...] = ()
    edges: bool = True
    label: str = "Paper"


class Reading(NamedTuple):
    """What an entry says. ``style`` is null unless its title is a link; ``anchor`` marks a table-of-contents line;
    ``further_lines`` counts the lines after the first that belong to it."""

    title: str
    url: str | None = None
    authors: tuple[str, ...] = ()
    venue: str | None = None
    year: int | None = None
    style: Style | None = None
    anchor: bool = False
    further_lines: int = 0


def read_bullet(tokens: Sequence[Token], loose: Sequence[bool] = (), marker: str = "- ") -> Reading:
    """Read the first paragraph of a list item; ``loose`` as in ``Bullet``. An empty title means nothing is listed."""
    pieces, urls, anchor = read_pieces(tokens)
    pieces, further_lines = without_loose(pieces, loose)
    text = text_of(pieces)
    start, end, url, beside = find_title(pieces, urls)
    title = text_of(pieces[start:end])
    tail = re.sub(r"\s+", " ", marked(pieces[end:], bold=end > 0 and pieces[end - 1].bold))
    if url is None and (bare := re.search(r"https?://[^\s<>]+", text)):
        url = bare[0].rstrip(".,;)")
        rest = text.replace(url, "").strip(" -:;,.()[]\u2013\u2014|")
        return Reading(rest or url, url, further_lines=further_lines)
    linked = url not in (None, title) and any(piece.link is not None for piece in pieces[start:end])
    inside = all(piece.bold for piece in pieces[start:end] if piece.text.strip())
    if not linked and not inside:
        title = title.lstrip(" |:-\u2013\u2014").rstrip(" [(,:")
        if not tail.strip(" [(") and (split := _UNLINKED.fullmatch(title) or _ENDED.fullmatch(title)):
            title, tail = split["title"], split["tail"]
    style, authors, venue, year = _read_tail(tail)
    lead = marked(pieces[:start]) + (" " if pieces[start : start + 1] and pieces[start].text[:1].isspace() else "")
    first = LEAD.fullmatch(lead)
    if first:
        venue, year = venue or _venue(first), year or _year(first)
    if not linked and beside is None:
        return Reading(title, url, authors, venue, year, None, anchor, further_lines)
    outside = any(piece.bold_outside for piece in pieces[start:end])
    style = style.model_copy(
        update={
            "prefix": marker if first or _WORD.search(lead) else marker + lead,
            "lead": (first["open"], first["after"] + first["close"]) if first else None,
            "lead_shows": "venue" if first and _venue(first) else "year",
            "bold": "outside" if outside else "inside" if inside else "no",
            "beside": beside,
        }
    )
    return Reading(title, url, authors, venue, year, style, anchor, further_lines)


def header_columns(table: Table) -> tuple[Column, ...]:
    """Return what each column holds, as far as the header tells."""
    columns: list[Column] = []
    for header in table.header:
        kinds = [_HEADERS[word] for word in re.findall(r"\w+", header.casefold()) if word in _HEADERS]
        kind: Column = "link" if "link" in kinds else kinds[0] if kinds else "other"
        columns.append(kind if kind not in columns else "other")
    return tuple(columns)


def read_columns(table: Table) -> tuple[Column, ...]:
    """Return what each column holds; if no header names the title it is the first linked column, else the first."""
    columns = list(header_columns(table))
    if "title" not in columns:
        cells = (enumerate(row.cells) for row in table.rows)
        linked = (i for row in cells for i, cell in row if columns[i] == "other" and _has_link(cell))
        columns[next(linked, 0)] = "title"
    return tuple(columns)


def read_row(row: Row, columns: tuple[Column, ...], edges: bool) -> Reading:
    """Read one row of a table whose columns are known."""
    cells = dict(zip(columns, row.cells, strict=False))
    cell = read_bullet(cells.get("title", ()))
    link = read_bullet(cells.get("link", ()))
    url = cell.url or link.url
    year_text = plain(cells.get("year", ())) + " " + plain(cells.get("venue", ()))
    year = _year(found) if (found := YEAR.search(year_text)) else None
    venue = " ".join(YEAR.sub("", plain(cells.get("venue", ()))).split())
    authors = _names(plain(cells.get("authors", ())))
    style = None
    if url is not None:
        bold = cell.style.bold if cell.style else "no"
        label = link.title if is_paper_label(link.title) else "Paper"
        style = Style(prefix="", bold=bold, columns=columns, edges=edges, label=label)
    return Reading(cell.title, url, authors or cell.authors, venue or cell.venue, year or cell.year, style)


def style_of(styles: Sequence[Style]) -> Style:
    """Return the style most of the neighbours have, of equals the last that shows a venue; emojis stay if all agree."""
    if len({style.prefix for style in styles}) > 1:
        styles = [style.model_copy(update={"prefix": _marker(style.prefix)}) for style in styles]
    counts = Counter(styles)
    return max(reversed(styles), key=lambda style: (counts[style], style.shows == "venue"))


def _marker(prefix: str) -> str:
    return match[0] if (match := re.match(r"\S+[ \t]+", prefix)) else prefix


def _read_tail(tail: str) -> tuple[Style, tuple[str, ...], str | None, int | None]:
    authors: tuple[str, ...] = ()
    wrap: tuple[str, str] | None = None
    separator = " "
    match = _AUTHORS.match(tail) or _PLAIN_AUTHORS.match(tail)
    if match and not YEAR.search(match["names"]):
        authors, wrap = _names(match["names"]), (match["open"], match["close"])
        rest = tail[match.end() :]
    else:
        separator = found[0] if (found := re.match(_SEPARATOR, tail)) else ""
        rest = tail[len(separator) :]
    one = len(authors) == 1 and match is not None and "et al" in match["names"]
    printed = VENUE.match(rest)
    venue = _venue(printed) if printed else None
    if printed is None or _NO_VENUE.fullmatch(printed["name"].strip(" ,")):
        style = Style(separator=separator, authors=wrap, one_author=one, shows="nothing", end="")
        return style, authors, None, None
    shows: Shows = "venue" if venue else "year"
    style = Style(separator=separator, authors=wrap, one_author=one, shows=shows, end=printed["after"])
    return style, authors, venue, _year(printed)


def _venue(match: re.Match[str]) -> str | None:
    return " ".join(f"{match['name']} {match['track']}".replace(",", " ").split()) or None


def _year(match: re.Match[str]) -> int:
    return int(match["full"] or f"20{match['short']}")


def _names(text: str) -> tuple[str, ...]:
    text = re.sub(r",? et al\b\.?", "", text)
    names = (name.strip().removeprefix("and ").rstrip(".") for name in re.split(r"[,;]| and | & ", text))
    return tuple(name for name in names if name)


def _has_link(cell: Sequence[Token]) -> bool:
    return any(token.type == "link_open" for token in cell)
