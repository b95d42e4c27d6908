"""Entries that are table rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, repeat
from typing import Final, NamedTuple

from agent.core.catalog.blocks import Table
from agent.core.catalog.formats.columns import read_columns
from agent.core.catalog.formats.style import Column, Exemplar, Found, Page, Piece, PieceKind, Reading
from agent.core.catalog.pieces.blanks import EMPTY
from agent.core.catalog.pieces.dates import find_day_lead, read_month_digits
from agent.core.catalog.pieces.labels import leads_to_paper
from agent.core.catalog.pieces.names import read_names
from agent.core.catalog.pieces.venues import Venue
from agent.core.catalog.reading.entry import read_entry

_PIPE: Final = re.compile(r"(?<!\\)\|")
_PLAIN_NAME: Final = re.compile(r"[^\W\d_][^\[\]<>|!]*")
_NUMBER: Final = re.compile(r"\d{1,3}[.)]\s+")
_OTHER: Final[Column] = "other"
"""What a cell holds that stands behind those of the header."""


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


class _Cell(NamedTuple):
    """A cell of a row: what its ``column`` holds, and where its words stand."""

    source: str
    column: Column
    start: int
    end: int

    @property
    def words(self) -> str:
        return self.source[self.start : self.end]


def read_row(source: str, columns: Sequence[Column], page: Page, *, edges: bool) -> Reading:
    """Read one row of a table whose columns are known; ``edges`` tells whether its rows start with a pipe."""
    places = _cells(source, 0 if edges or columns[0] == "title" else len(columns))
    told = Reading(source, "", cells=tuple(places))
    link: str | None = None
    for place, column in zip(places, chain(columns, repeat(_OTHER)), strict=False):
        cell = _cell_at(source, place, column)
        value = _read_cell(cell, page)
        if column == "link" and "venue" in columns:
            value = value._replace(pieces=tuple(p for p in value.pieces if not (p.venue and p.venue.preprint)))
        if column == "link" and leads_to_paper(told.url) and not leads_to_paper(value.url):
            value = _with_optional_links(cell, value)
        elif column == "link":
            link = link or value.url
        told = _with_cell(told, value, column)
    if told.url is None or (link and "arxiv" in link and "arxiv" not in told.url):
        told = told._replace(url=link)
    return told._replace(pieces=tuple(sorted(told.pieces, key=lambda piece: piece.start)))


def _with_cell(told: Reading, value: Reading, column: Column) -> Reading:
    """Return a row with what one more of its cells tells."""
    if column == "title":
        nickname = value.nickname or told.nickname
        told = told._replace(title=value.title, url=value.url, nickname=nickname, split=value.split)
    elif column == "name" and value.title:
        told = told._replace(nickname=value.title)
    return told.joined(value)


def _cell_at(source: str, place: tuple[int, int], column: Column) -> _Cell:
    """Return the cell in a place; the number before a title, as in ``3. Title``, is no part of it."""
    start, end = _trimmed(source, *place)
    if column == "title" and (counted := _NUMBER.match(source, start, end)):
        start = counted.end()
    return _Cell(source, column, start, end)


def _read_cell(cell: _Cell, page: Page) -> Reading:
    """Read a cell as its column tells what it holds, though its words alone do not."""
    value = read_entry(cell.source, cell.start, cell.end, page.references, titled=cell.column in ("title", "name"))
    value = value._replace(pieces=tuple(piece for piece in value.pieces if piece.start >= cell.start))
    read = _READERS.get(cell.column)
    return read(cell, value) if read else value


def _read_name(cell: _Cell, value: Reading) -> Reading:
    """Read a name: what would be a title elsewhere is the nickname."""
    if not value.title:
        return value
    held = (piece for piece in value.pieces if piece.kind != "nickname")
    pieces = (_as_name(piece, cell.source) if piece.kind == "title" else piece for piece in held)
    return value._replace(pieces=tuple(pieces))


def _read_authors(cell: _Cell, value: Reading) -> Reading:
    """Read authors, of which one name is enough here."""
    named = read_names(cell.words, sure=True) if cell.words and not value.authors else None
    if named is None:
        return value
    return value._replace(authors=named[0], pieces=(Piece("authors", cell.start, cell.end, manner=named[1]),))


def _read_date(cell: _Cell, value: Reading) -> Reading:
    """Read a day without its year, ``10/23``, or a month in digits, ``202511``, that would be no date elsewhere."""
    kinds = {piece.kind for piece in value.pieces}
    if kinds <= {"words"} and (day := find_day_lead(cell.source, cell.start, cell.end)) is not None:
        return value._replace(dated=day.key, pieces=(Piece("date", day.start, day.end, day.form),))
    if "date" not in kinds and (month := read_month_digits(cell.words)):
        piece = Piece("date", cell.start + month.start, cell.start + month.end, month.form)
        return value._replace(dated=month.key, pieces=(piece,))
    return value


def _read_venue(cell: _Cell, value: Reading) -> Reading:
    """Read a venue, be its name known or not."""
    named = cell.words.casefold() not in EMPTY and _PLAIN_NAME.fullmatch(cell.words)
    if not named or not {piece.kind for piece in value.pieces} <= {"words"}:
        return value
    piece = Piece("venue", cell.start, cell.end, venue=Venue(name=cell.words))
    return value._replace(venue=cell.words, pieces=(piece,))


def _read_summary(cell: _Cell, value: Reading) -> Reading:
    """Read a summary: the venues, authors and dates that it names are not those of the paper."""
    value = value._replace(venue=None, authors=(), year=None, dated=(0, 0, 0))
    summary = Piece("summary", cell.start, cell.end)
    return value._replace(pieces=(summary,)) if re.search(r"\w", cell.words) else value


def _read_note(cell: _Cell, value: Reading) -> Reading:
    """Read a note: a venue that it happens to name is not that of the paper, and its links are not its address."""
    words = (Piece("words", cell.start, cell.end),)
    if any(piece.kind == "venue" for piece in value.pieces):
        return value._replace(venue=None, pieces=words)
    if not value.pieces and re.search(r"\w", cell.words):
        return value._replace(pieces=words)
    return _with_optional_links(cell, value)


def _with_optional_links(cell: _Cell, value: Reading) -> Reading:
    """Return a cell whose links do not lead to the paper with each as an optional piece: all of the cell."""
    kind: PieceKind = "code" if cell.column == "code" else "page" if cell.column == "page" else "extra"
    pieces = (
        Piece(kind, cell.start, cell.end, inner=(piece.start, piece.end)) if piece.kind == "address" else piece
        for piece in value.pieces
    )
    return value._replace(pieces=tuple(pieces))


_READERS: Final[Mapping[Column, Callable[[_Cell, Reading], Reading]]] = {
    "name": _read_name,
    "authors": _read_authors,
    "venue": _read_venue,
    "date": _read_date,
    "code": _with_optional_links,
    "page": _with_optional_links,
    "summary": _read_summary,
    "other": _read_note,
}


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
