"""Entries that are table rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from agent.core.catalog.blocks import Table
from agent.core.catalog.formats.columns import read_columns
from agent.core.catalog.formats.style import Column, Exemplar, Found, Page, Piece, Reading
from agent.core.catalog.pieces.blanks import EMPTY
from agent.core.catalog.pieces.dates import find_day_lead, most_exact, read_month_digits
from agent.core.catalog.pieces.labels import leads_to_paper
from agent.core.catalog.pieces.names import read_names
from agent.core.catalog.pieces.venues import Venue
from agent.core.catalog.reading.entry import read_entry

_PIPE: Final = re.compile(r"(?<!\\)\|")
_PLAIN_NAME: Final = re.compile(r"[^\W\d_][^\[\]<>|!]*")
_NUMBER: Final = re.compile(r"\d{1,3}[.)]\s+")


def find_rows(table: Table, page: Page) -> Iterator[Found]:
    """Yield the entries of a table."""
    columns = read_columns(table)
    for row in table.rows:
        source = page.source(row.line, row.line)
        reading = read_row(source, columns, page, edges=table.edges)
        named = reading.url or (reading.title.casefold() not in EMPTY and not _heads_group(source, reading))
        if reading.title and named:
            yield Found(row.line, row.line, row.line, "row", Exemplar(reading, 0))


def _heads_group(source: str, row: Reading) -> bool:
    """Return whether a row names but those below it: one cell says something, and links nothing."""
    told = [cell for cell in row.cells if source[slice(*cell)].strip()]
    return len(told) == 1 < len(row.cells) - 1 and row.url is None


def read_row(source: str, columns: Sequence[Column], page: Page, *, edges: bool) -> Reading:
    """Read one row of a table whose columns are known; ``edges`` tells whether its rows start with a pipe."""
    cells = _cells(source, 0 if edges or columns[0] == "title" else len(columns))
    pieces: list[Piece] = []
    told = Reading(source, "")
    link: str | None = None
    beyond: list[Column] = ["other"] * (len(cells) - len(columns))
    for (start, end), column in zip(cells, (*columns, *beyond), strict=False):
        begin, stop = _trimmed(source, start, end)
        if column == "title" and (counted := _NUMBER.match(source, begin, stop)):
            begin = counted.end()
        cell = read_entry(source, begin, stop, page.references, titled=column in ("title", "name"))
        held = [piece for piece in cell.pieces if piece.start >= begin]
        if column == "title":
            told = told._replace(
                title=cell.title, url=cell.url, nickname=cell.nickname or told.nickname, split=cell.split
            )
        elif column == "name" and cell.title:
            told = told._replace(nickname=cell.title)
            held = [
                _as_name(piece, told.source) if piece.kind == "title" else piece
                for piece in held
                if piece.kind != "nickname"
            ]
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
        bare = column == "date" and {piece.kind for piece in held} <= {"words"}
        if bare and (day := find_day_lead(source, begin, stop)) is not None:
            cell, held = cell._replace(dated=day.key), [Piece("date", day.start, day.end, form=day.form)]
        cell, held = _named(source, begin, stop, column, cell, held)
        told = told._replace(
            authors=told.authors or cell.authors,
            venue=told.venue or cell.venue,
            year=told.year or cell.year,
            dated=most_exact(told.dated, cell.dated),
        )
        pieces += held
    arxiv = link if told.url is None or (link and "arxiv" in link and "arxiv" not in told.url) else told.url
    return told._replace(url=arxiv, pieces=tuple(sorted(pieces, key=lambda piece: piece.start)), cells=tuple(cells))


def _named(
    source: str, start: int, end: int, column: Column, cell: Reading, held: list[Piece]
) -> tuple[Reading, list[Piece]]:
    """Return a cell as its column tells what it holds: authors or a venue, though its words alone do not; a note."""
    words = source[start:end]
    if column == "summary":
        told = [Piece("summary", start, end)] if re.search(r"\w", words) else held
        return cell._replace(venue=None, authors=(), year=None, dated=(0, 0, 0)), told
    if column == "other" and any(piece.kind == "venue" for piece in held):
        return cell._replace(venue=None), [Piece("words", start, end)]  # a note that happens to name one
    if column == "other" and not held and re.search(r"\w", words):
        return cell, [Piece("words", start, end)]
    if column == "authors" and words and not cell.authors and (named := read_names(words, sure=True)) is not None:
        return cell._replace(authors=named[0]), [Piece("authors", start, end, manner=named[1])]
    if column == "date" and not any(piece.kind == "date" for piece in held) and (month := read_month_digits(words)):
        return cell._replace(dated=month.key), [Piece("date", start + month.start, start + month.end, month.form)]
    plain = words.casefold() not in EMPTY and _PLAIN_NAME.fullmatch(words)
    if column == "venue" and {piece.kind for piece in held} <= {"words"} and plain:
        return cell._replace(venue=words), [Piece("venue", start, end, venue=Venue(name=words))]
    return cell, held


def _as_link(source: str, start: int, end: int, piece: Piece, column: Column) -> Piece:
    """Return the link around an address in a column that is not the paper's as an optional piece: all of the cell."""
    kind = "code" if column == "code" else "page" if column == "page" else "extra"
    return Piece(kind, start, end, inner=(piece.start, piece.end))  # type: ignore[arg-type]


def _cells(source: str, width: int) -> list[tuple[int, int]]:
    """Return where the cells of a row stand, without the pipes.

    ``width`` is the number of columns of a table whose rows do not start with a pipe, nor with a title, 0 of another: a
    row of it that starts with a pipe, and has one pipe less than columns, has an empty first cell, though Markdown
    shows its cells one further left.
    """
    pipes = [match.start() for match in _PIPE.finditer(source)]
    first = len(source) - len(source.lstrip())
    edges = bool(pipes) and pipes[0] == first and len(pipes) != width - 1
    starts = [at + 1 for at in pipes] if edges else [first, *(at + 1 for at in pipes)]
    ends = [*pipes[1:], len(source)] if edges else [*pipes, len(source)]
    cells = list(zip(starts, ends, strict=True))
    return [cell for cell in cells if cell != cells[-1] or source[slice(*cell)].strip()] or cells


def _trimmed(source: str, start: int, end: int) -> tuple[int, int]:
    text = source[start:end]
    return start + len(text) - len(text.lstrip()), end - (len(text) - len(text.rstrip())) if text.strip() else start


def _as_name(title: Piece, source: str) -> Piece:
    """Return the piece of a title as that of a nickname, with the full stop of ``Miller et al.``"""
    cited = source.endswith("et al", title.start, title.end) and source.startswith(".", title.end)
    return title._replace(kind="nickname", end=title.end + cited)
