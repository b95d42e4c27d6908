"""Entries that are table rows: what a column holds is told by its header, and by its cells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from agent.core.arxiv.ids import base_id
from agent.core.catalog.blocks import Table
from agent.core.catalog.formats.labels import label_of, leads_to_paper
from agent.core.catalog.formats.names import read_names
from agent.core.catalog.formats.style import Column, Exemplar, Found, Page, Piece, Reading
from agent.core.catalog.formats.venues import Venue, find_venue
from agent.core.catalog.reading.entry import read_entry
from agent.core.catalog.reading.scanned import is_meta_text
from agent.core.catalog.reading.title import nickname_of

_HEADERS: Final[dict[str, Column]] = {
    **dict.fromkeys(
        (
            "link",
            "links",
            "url",
            "pdf",
            "arxiv",
            "doi",
            "\u94fe\u63a5",
            "\u8bba\u6587\u94fe\u63a5",
            "\u8bba\u6587\u5730\u5740",
        ),
        "link",
    ),
    **dict.fromkeys(
        (
            "title",
            "titles",
            "\u6807\u9898",
            "\u9898\u76ee",
            "\u8bba\u6587\u6807\u9898",
            "\u8bba\u6587\u9898\u76ee",
            "\u8bba\u6587\u540d\u79f0",
            "\u6587\u7ae0\u6807\u9898",
        ),
        "title",
    ),
    **dict.fromkeys(("paper", "papers", "work", "works", "article", "\u8bba\u6587"), "title"),
    **dict.fromkeys(("author", "authors", "\u4f5c\u8005"), "authors"),
    **dict.fromkeys(
        (
            "venue",
            "conference",
            "journal",
            "published",
            "publication",
            "source",
            "pub",
            "proceedings",
            "\u4f1a\u8bae",
            "\u53d1\u8868",
        ),
        "venue",
    ),
    **dict.fromkeys(
        ("year", "date", "time", "month", "released", "\u65e5\u671f", "\u65f6\u95f4", "\u5e74\u4efd"), "date"
    ),
    **dict.fromkeys(
        (
            "code",
            "github",
            "repo",
            "repository",
            "implementation",
            "\u4ee3\u7801",
            "\u4ee3\u7801\u94fe\u63a5",
            "\u5f00\u6e90\u4ee3\u7801",
        ),
        "code",
    ),
    **dict.fromkeys(("project", "page", "website", "homepage"), "page"),
    **dict.fromkeys(
        (
            "name",
            "model",
            "method",
            "dataset",
            "acronym",
            "abbreviation",
            "abbr",
            "benchmark",
            "system",
            "approach",
            "\u540d\u79f0",
            "\u6a21\u578b",
        ),
        "name",
    ),
}
_ORDER: Final[tuple[Column, ...]] = ("code", "page", "link", "date", "venue", "authors", "title", "name")
_PIPE: Final = re.compile(r"(?<!\\)\|")
_PAPER: Final = frozenset({"paper", "papers", "\u8bba\u6587"})
_PLAIN_NAME: Final = re.compile(r"[^\W\d_][^\[\]<>|!]*")
_LINK_NAME: Final = re.compile(r"(?<!!)\[+([^\[\]]+)\]+\(")
_SAMPLE: Final = 8


def find_rows(table: Table, page: Page) -> Iterator[Found]:
    """Yield the entries of a table."""
    columns = read_columns(table, page)
    for row in table.rows:
        source = page.source(row.line, row.line)
        reading = read_row(source, columns, page)
        if reading.title:
            yield Found(row.line, row.line, row.line, "row", Exemplar(reading, 0))


def header_columns(table: Table) -> tuple[Column, ...]:
    """Return what each column holds, as far as the header tells."""
    columns: list[Column] = []
    for header in table.header:
        kinds = [_HEADERS[word] for word in re.findall(r"[^\W_]+", header.casefold()) if word in _HEADERS]
        kind: Column = min(kinds, key=_ORDER.index) if kinds else "other"
        if kind == "link" and re.search(r"\btitle\b", header, re.IGNORECASE):
            kind = "title"
        if kind == "title" and kind in columns and "link" not in columns and header.strip().casefold() in _PAPER:
            kind = "link"  # beside the titles, a column called ``Paper`` holds their links
        columns.append(kind if kind == "name" or kind not in columns else "other")
    if "title" not in columns and columns.count("name") == 1:
        columns[columns.index("name")] = "title"
    return tuple(
        column if column != "name" or columns.index("name") == i else "other" for i, column in enumerate(columns)
    )


def read_columns(table: Table, page: Page) -> tuple[Column, ...]:
    """Return what each column holds; if no header names the title it is the first linked column, else the first.

    A column of papers may hold but their links, as ``[[arXiv 2025]](...)``: then the name is all that is listed.
    """
    columns = list(header_columns(table))
    sample = [row.cells for row in table.rows[:_SAMPLE]]
    if "title" not in columns:
        linked = (
            i
            for cells in sample
            for i, cell in enumerate(cells)
            if i < len(columns) and columns[i] in ("other", "name") and "](" in cell
        )
        columns[next(linked, 0)] = "title"
    at = columns.index("title")
    counts = [sum(_has_title(cells[i]) for cells in sample if i < len(cells)) for i in range(len(columns))]
    named = sum(_names_paper(cells[at]) for cells in sample if at < len(cells))
    if sample and 2 * named < len(sample):
        best = max(range(len(columns)), key=lambda i: (counts[i], -i))
        if best != at and 2 * counts[best] >= len(sample) and columns[best] in ("other", "name"):
            columns[best], columns[at] = "title", "name" if "name" not in columns else "other"
        elif "name" in columns:
            columns[columns.index("name")] = "title"
            columns[at] = "link"
    _settle_names(columns, sample)
    if "venue" not in columns:
        venues = (i for i, column in enumerate(columns) if column == "other" and _hold_venues(sample, i))
        if (at := next(venues, -1)) >= 0:
            columns[at] = "venue"
    if "link" not in columns and not any("](" in cells[at] for cells in sample if at < len(cells)):
        papers = (i for i, column in enumerate(columns) if column == "other" and _hold_papers(sample, i))
        if (at := next(papers, -1)) >= 0:
            columns[at] = "link"
    return tuple(columns)


def _settle_names(columns: list[Column], sample: Sequence[Sequence[str]]) -> None:
    """Correct which column holds nicknames: one whose words begin the titles does, one of labels such as ``HF`` not."""
    if "name" in columns and _hold_labels(sample, columns.index("name")):
        columns[columns.index("name")] = "other"
    if "name" not in columns and (name := _column_of_names(sample, columns)) >= 0:
        columns[name] = "name"


def _column_of_names(sample: Sequence[Sequence[str]], columns: Sequence[Column]) -> int:
    """Return the column, whatever it is called, that repeats the nicknames which titles begin with; -1 for none."""
    title = columns.index("title")
    rows = [(cells, _nickname_in(cells[title])) for cells in sample if title < len(cells)]
    named = [(cells, name.casefold()) for cells, name in rows if name]
    for i, column in enumerate(columns):
        same = sum(i < len(cells) and cells[i].strip("*_` ").casefold() == name for cells, name in named)
        if column == "other" and same > 1 and 2 * same > len(named):
            return i
    return -1


def _nickname_in(cell: str) -> str:
    reading = read_entry(cell, 0, len(cell), {})
    return reading.nickname or nickname_of(reading.title)


def _hold_labels(sample: Sequence[Sequence[str]], at: int) -> bool:
    """Return whether the links of a column are all called ``HF`` or the like, so that they name nothing."""
    names = [name for cells in sample if at < len(cells) for name in _LINK_NAME.findall(cells[at])]
    return bool(names) and all(label_of(name) is not None for name in names)


def _hold_venues(sample: Sequence[Sequence[str]], at: int) -> bool:
    """Return whether most cells of a column name venues."""
    cells = [cells[at] for cells in sample if at < len(cells)]
    return 2 * sum(find_venue(cell, 0, len(cell), alone=True) is not None for cell in cells) > len(cells)


def _hold_papers(sample: Sequence[Sequence[str]], at: int) -> bool:
    """Return whether most cells of a column link papers."""
    cells = [cells[at] for cells in sample if at < len(cells)]
    urls = [re.findall(r"\]\((https?://[^\s)]+)", cell) for cell in cells]
    return 2 * sum(any(leads_to_paper(url) for url in found) for found in urls) > len(cells)


def read_row(source: str, columns: Sequence[Column], page: Page) -> Reading:
    """Read one row of a table whose columns are known."""
    cells = _cells(source)
    pieces: list[Piece] = []
    told = Reading(source, "")
    link: str | None = None
    beyond: list[Column] = ["other"] * (len(cells) - len(columns))
    for (start, end), column in zip(cells, (*columns, *beyond), strict=False):
        begin, stop = _trimmed(source, start, end)
        cell = read_entry(source, begin, stop, page.references, titled=column in ("title", "name"))
        held = [piece for piece in cell.pieces if piece.start >= begin]
        if column == "title":
            told = told._replace(
                title=cell.title, url=cell.url, nickname=cell.nickname or told.nickname, split=cell.split
            )
        elif column == "name" and cell.title:
            told = told._replace(nickname=cell.title)
            held = [
                piece._replace(kind="nickname") if piece.kind == "title" else piece
                for piece in held
                if piece.kind != "nickname"
            ]
            held = [_as_page(source, piece) if piece.kind == "address" else piece for piece in held]
        elif column == "link":
            if "venue" in columns:
                held = [piece for piece in held if not (piece.venue and piece.venue.preprint)]
            if told.url is not None and leads_to_paper(told.url) and not leads_to_paper(cell.url or ""):
                held = [
                    _as_link(source, begin, stop, piece, column) if piece.kind == "address" else piece for piece in held
                ]
            else:
                link = link or cell.url
        elif column in ("code", "page", "other"):
            held = [piece for piece in held if piece.kind != "address"] + [
                _as_link(source, begin, stop, piece, column) for piece in held if piece.kind == "address"
            ]
        plain = {piece.kind for piece in held} <= {"words"} and re.fullmatch(
            r"[^\W\d_][^\[\]<>|!]*", source[begin:stop]
        )
        if column == "venue" and plain:
            held = [Piece("venue", begin, stop, venue=Venue(name=source[begin:stop]))]
            cell = cell._replace(venue=source[begin:stop])
        cell, held = _named(source, begin, stop, column, cell, held)
        told = told._replace(
            authors=told.authors or cell.authors,
            venue=told.venue or cell.venue,
            year=told.year or cell.year,
            dated=told.dated if told.dated[0] else cell.dated,
        )
        pieces += held
    arxiv = link if told.url is None or (link and "arxiv" in link and "arxiv" not in told.url) else told.url
    return told._replace(url=arxiv, pieces=tuple(sorted(pieces, key=lambda piece: piece.start)), cells=tuple(cells))


def _named(
    source: str, start: int, end: int, column: Column, cell: Reading, held: list[Piece]
) -> tuple[Reading, list[Piece]]:
    """Return a cell as its column tells what it holds: authors or a venue, though its words alone do not; a note."""
    words = source[start:end]
    if column == "other" and any(piece.kind == "venue" for piece in held):
        return cell._replace(venue=None), [Piece("words", start, end)]  # a note that happens to name one
    if column == "other" and not held and re.search(r"\w", words):
        return cell, [Piece("words", start, end)]
    if column == "authors" and words and not cell.authors and (named := read_names(words, sure=True)) is not None:
        return cell._replace(authors=named[0]), [Piece("authors", start, end, manner=named[1])]
    if column == "venue" and {piece.kind for piece in held} <= {"words"} and _PLAIN_NAME.fullmatch(words):
        return cell._replace(venue=words), [Piece("venue", start, end, venue=Venue(name=words))]
    return cell, held


def _as_link(source: str, start: int, end: int, piece: Piece, column: Column) -> Piece:
    """Return the link around an address in a column that is not the paper's as an optional piece: all of the cell."""
    kind = "code" if column == "code" else "page" if column == "page" else "extra"
    return Piece(kind, start, end, inner=(piece.start, piece.end))  # type: ignore[arg-type]


def _as_page(source: str, piece: Piece) -> Piece:
    return piece


def _has_title(cell: str) -> bool:
    """Return whether a cell holds a linked title, not only a name or the label of a link."""
    reading = read_entry(cell, 0, len(cell), {})
    return len(reading.title.split()) > 2 and any(piece.kind == "address" for piece in reading.pieces)


def _names_paper(cell: str) -> bool:
    """Return whether a cell holds a title, or a name with a link."""
    reading = read_entry(cell, 0, len(cell), {})
    told = (label_of(reading.title) or is_meta_text(reading.title)) and base_id(reading.title) is None
    words = 0 if told else len(reading.title.split())
    return words > 1 or (words == 1 and any(piece.kind == "address" for piece in reading.pieces))


def _cells(source: str) -> list[tuple[int, int]]:
    """Return where the cells of a row stand, without the pipes."""
    pipes = [match.start() for match in _PIPE.finditer(source)]
    first = len(source) - len(source.lstrip())
    edges = bool(pipes) and pipes[0] == first
    starts = [at + 1 for at in pipes] if edges else [first, *(at + 1 for at in pipes)]
    ends = [*pipes[1:], len(source)] if edges else [*pipes, len(source)]
    cells = list(zip(starts, ends, strict=True))
    return [cell for cell in cells if cell != cells[-1] or source[slice(*cell)].strip()] or cells


def _trimmed(source: str, start: int, end: int) -> tuple[int, int]:
    text = source[start:end]
    return start + len(text) - len(text.lstrip()), end - (len(text) - len(text.rstrip())) if text.strip() else start
