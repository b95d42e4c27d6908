"""Read one printed entry, bullet or table row: what it lists, and the form it is printed in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from markdown_it.token import Token

from agent.core.catalog_outline import Row, Table, plain
from agent.records import Record

Column = Literal["title", "authors", "venue", "year", "link", "other"]

_YEAR: Final = re.compile(r"(?<!\d)(?:(?P<full>(?:19|20)\d\d)|['\u2019](?P<short>\d\d))(?!\d)")
_SEPARATOR: Final = r"[\s.,;:()\[\]*_`\u2013\u2014|-]*"
_AUTHORS: Final = re.compile(
    r"(?P<open>[\s.,;:()\u2013\u2014-]*(?P<mark>[*_]))(?P<names>[^*_]+?)(?P<close>\.?(?P=mark)[\s.,;:()*_`\u2013\u2014-]*)"
)
# A venue is a few words, then the year, then perhaps a track: "NeurIPS 2023 Datasets & Benchmarks".
_VENUE: Final = re.compile(
    r"(?P<name>(?:[^\W_][\w&/+'\u2019-]*[ ,]+){0,6}?(?:[^\W\d_][\w&/+-]*?)??)[ -]?"
    + _YEAR.pattern
    + r"(?P<track>(?: +(?:[A-Z][\w&/-]*|&|and|of))*)(?P<after>[.)\]*_`]*)"
)
_UNLINKED: Final = re.compile(rf"(?P<title>.+?)(?P<tail>\. +{_VENUE.pattern})")
# What a link beside a title is called, as in "**Title**. [[Paper](...)]".
_LABELS: Final = frozenset(
    {
        "paper",
        "pdf",
        "arxiv",
        "link",
        "url",
        "html",
        "abs",
        "doi",
        "code",
        "github",
        "project",
        "page",
        "website",
        "blog",
    }
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

    ``prefix`` is what comes before the title (indentation, bullet, an emoji all entries share). ``authors`` is what
    stands before and after the names, null when none are printed; ``separator`` stands between title and venue when
    no authors do. ``columns`` is empty for bullets; ``edges`` and ``label`` (text of a link column) are for rows.
    """

    prefix: str = "- "
    bold: Literal["no", "inside", "outside"] = "no"
    separator: str = ". "
    authors: tuple[str, str] | None = None
    shows: Literal["venue", "year", "nothing"] = "venue"
    end: str = "."
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


class _Piece(NamedTuple):
    text: str
    bold: bool
    italic: str
    link: int | None
    bold_outside: bool
    breaks: bool


def read_bullet(tokens: Sequence[Token], loose: Sequence[bool] = (), marker: str = "- ") -> Reading:
    """Read the first paragraph of a list item; ``loose`` as in ``Bullet``. An empty title means nothing is listed."""
    pieces, urls, anchor = _pieces(tokens)
    pieces, further_lines = _without_loose(pieces, loose)
    text = _text(pieces)
    start, end, url = _title_span(pieces, urls)
    title, tail = _text(pieces[start:end]), _tail(pieces[end:])
    if url is None and (bare := re.search(r"https?://[^\s<>]+", text)):
        url = bare[0].rstrip(".,;)")
        rest = text.replace(url, "").strip(" -:;,.()[]\u2013\u2014|")
        return Reading(rest or url, url, further_lines=further_lines)
    linked = url not in (None, title) and any(piece.link is not None for piece in pieces[start:end])
    if not linked and start == 0:
        title = title.rstrip(" [(,:")
        if not tail.strip(" [(") and (split := _UNLINKED.fullmatch(title)):
            title, tail = split["title"], split["tail"]
    style, authors, venue, year = _read_tail(tail)
    if linked:
        inside = all(piece.bold for piece in pieces[start:end] if piece.text.strip())
        outside = any(piece.bold_outside for piece in pieces[start:end])
        bold: Literal["no", "inside", "outside"] = "outside" if outside else "inside" if inside else "no"
        lead = "".join(piece.text for piece in pieces[:start])
        style = style.model_copy(update={"prefix": marker + lead, "bold": bold})
    return Reading(title, url, authors, venue, year, style if linked else None, anchor, further_lines)


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
    year = _year(found) if (found := _YEAR.search(year_text)) else None
    venue = " ".join(_YEAR.sub("", plain(cells.get("venue", ()))).split())
    authors = _names(plain(cells.get("authors", ())))
    style = None
    if url is not None:
        bold = cell.style.bold if cell.style else "no"
        label = link.title if link.title and "://" not in link.title else "Paper"
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


def _pieces(tokens: Sequence[Token]) -> tuple[list[_Piece], list[str], bool]:
    pieces: list[_Piece] = []
    urls: list[str] = []
    bold = bold_at_link = 0
    italic, link, anchor = "", None, False
    for token in tokens:
        if token.type in ("strong_open", "strong_close"):
            bold += token.nesting
        elif token.type in ("em_open", "em_close"):
            italic = token.markup if token.nesting == 1 else ""
        elif token.type == "link_open":
            href = str(token.attrGet("href") or "")
            anchor = anchor or href.startswith("#")
            if not href.startswith("#"):
                urls.append(href)
                link, bold_at_link = len(urls) - 1, bold
        elif token.type == "link_close":
            link, bold_at_link = None, 0
        elif token.type in ("text", "code_inline", "softbreak", "hardbreak"):
            breaks = token.type in ("softbreak", "hardbreak")
            code = "`" if token.type == "code_inline" and link is None else ""
            text = " " if breaks else code + token.content + code
            pieces.append(_Piece(text, bold > 0, italic, link, bold_at_link > 0, breaks))
    return pieces, urls, anchor


def _text(pieces: Sequence[_Piece]) -> str:
    return " ".join("".join(piece.text for piece in pieces).split())


def _without_loose(pieces: list[_Piece], loose: Sequence[bool]) -> tuple[list[_Piece], int]:
    """Drop lines that Markdown glues to the item but that are not its own, as a lone word under the last entry.

    A glued line is the entry's own inside a link or bold text, or when it brings the year a linked entry lacks.
    """
    breaks = [i for i, piece in enumerate(pieces) if piece.breaks]
    for count, (start, is_loose) in enumerate(zip(breaks, loose, strict=False)):
        piece = pieces[start]
        stop = breaks[count + 1] if count + 1 < len(breaks) else len(pieces)
        before, line = pieces[:start], pieces[start:stop]
        completes = any(p.link is not None for p in before) and not _YEAR.search(_text(before))
        inside = piece.link is not None or piece.bold or piece.italic
        if is_loose and not inside and not (completes and _YEAR.search(_text(line))):
            return before, count
    return pieces, len(breaks)


def _title_span(pieces: Sequence[_Piece], urls: Sequence[str]) -> tuple[int, int, str | None]:
    """Return where the title is among the pieces, and its link."""
    first = next((i for i, piece in enumerate(pieces) if piece.link is not None), None)
    bold = next((i for i, piece in enumerate(pieces) if piece.bold and piece.text.strip()), len(pieces))
    if first is not None:
        link = pieces[first].link
        after = next((i for i in range(first, len(pieces)) if pieces[i].link != link), len(pieces))
        before, words = _text(pieces[:first]), _text(pieces[first:after])
        label = words.casefold() in _LABELS or before.endswith(("[", "("))
        if link is not None and not (label and re.search(r"\w", before)):
            return first, after, urls[link]
    stop = len(pieces) if first is None else first
    url = urls[pieces[first].link or 0] if first is not None else None
    if bold < stop:
        return bold, next((i for i in range(bold, stop) if not pieces[i].bold), stop), url
    return 0, next((i for i in range(stop) if pieces[i].italic), stop), url


def _tail(pieces: Sequence[_Piece]) -> str:
    """Return the text up to the next link, italics as they are marked in the source."""
    text, italic = "", ""
    for piece in pieces:
        if piece.link is not None:
            break
        if piece.italic != italic:
            text += italic + piece.italic
            italic = piece.italic
        text += piece.text
    return text + italic


def _read_tail(tail: str) -> tuple[Style, tuple[str, ...], str | None, int | None]:
    authors: tuple[str, ...] = ()
    wrap: tuple[str, str] | None = None
    separator = " "
    match = _AUTHORS.match(tail)
    if match and not _YEAR.search(match["names"]):
        authors, wrap = _names(match["names"]), (match["open"], match["close"])
        rest = tail[match.end() :]
    else:
        separator = found[0] if (found := re.match(_SEPARATOR, tail)) else ""
        rest = tail[len(separator) :]
    printed = _VENUE.match(rest)
    if printed is None:
        return Style(separator=separator, authors=wrap, shows="nothing", end=""), authors, None, None
    venue = " ".join(f"{printed['name']} {printed['track']}".replace(",", " ").split())
    shows: Literal["venue", "year"] = "venue" if venue else "year"
    style = Style(separator=separator, authors=wrap, shows=shows, end=printed["after"])
    return style, authors, venue or None, _year(printed)


def _year(match: re.Match[str]) -> int:
    return int(match["full"] or f"20{match['short']}")


def _names(text: str) -> tuple[str, ...]:
    names = (name.strip().removeprefix("and ").rstrip(".") for name in re.split(r"[,;]| and ", text))
    return tuple(name for name in names if name and name != "et al")


def _has_link(cell: Sequence[Token]) -> bool:
    return any(token.type == "link_open" for token in cell)
