"""The pieces that an entry is made of, each with its place in the source: a new entry is printed from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from agent.core.catalog.pieces.dates import most_exact
from agent.core.catalog.pieces.names import Manner
from agent.core.catalog.pieces.venues import Venue

PieceKind = Literal[
    "title",
    "nickname",
    "address",
    "id",
    "date",
    "venue",
    "authors",
    "code",
    "page",
    "extra",
    "words",
    "mark",
    "summary",
    "key",
]
"""``title`` is the whole title, or what follows the nickname that is split from it; ``address`` is the paper's link;
``code``, ``page`` and ``extra`` are whole links with the brackets around them; ``words`` are another paper's own
words, ``mark`` is an emoji or an image, ``summary`` is all that a column for summaries holds, ``key`` is that of a
citation, as ``MCD+25``."""

Column = Literal["title", "name", "authors", "venue", "date", "link", "code", "page", "summary", "other"]
"""What a column of a table holds; ``name`` is the nickname."""

References = Mapping[str, str]
"""Addresses of reference links by their name in lower case."""


class Piece(NamedTuple):
    """A stretch of an entry's source. ``form`` is the form of a date, ``inner`` the address in an optional link.

    ``name`` is the nickname in a link of its own."""

    kind: PieceKind
    start: int
    end: int
    form: str = ""
    manner: Manner | None = None
    venue: Venue | None = None
    inner: tuple[int, int] | None = None
    name: tuple[int, int] | None = None


class Reading(NamedTuple):
    """The content of an entry. ``title`` is empty when nothing is listed; ``anchor`` marks a table-of-contents line.

    ``pieces`` are in order; their places are those in ``source``. ``split`` says that the nickname is printed as the
    beginning of the title. ``dated`` is the date or year told, (0, 0, 0) for none. ``cells`` are those of a table row.
    """

    source: str
    title: str
    url: str | None = None
    authors: tuple[str, ...] = ()
    venue: str | None = None
    year: int | None = None
    nickname: str = ""
    pieces: tuple[Piece, ...] = ()
    split: bool = False
    anchor: bool = False
    dated: tuple[int, int, int] = (0, 0, 0)
    cells: tuple[tuple[int, int], ...] = ()
    html: bool = False

    @property
    def venues(self) -> list[Venue]:
        """The venues that the pieces print, in order."""
        return [piece.venue for piece in self.pieces if piece.venue is not None]

    @property
    def title_piece(self) -> Piece | None:
        """The piece that prints the title."""
        return next((piece for piece in self.pieces if piece.kind == "title"), None)

    def joined(self, part: Reading) -> Reading:
        """Return the content with that of a further part of the entry, which tells what nothing before it told."""
        return self._replace(
            authors=self.authors or part.authors,
            venue=self.venue or part.venue,
            year=self.year or part.year,
            dated=most_exact(self.dated, part.dated),
            pieces=(*self.pieces, *part.pieces),
        )


class Exemplar(NamedTuple):
    """A sibling that a new entry may be printed like: its source from ``start`` on, after its marker ``prefix``."""

    reading: Reading
    start: int
    prefix: str = ""


@dataclass(frozen=True)
class Style:
    """The style in which a section prints an entry: like its ``siblings``, the nearest first, else like those of other
    sections.

    ``prefix`` is the list marker of the next entry with its indentation, empty for rows and paragraphs. ``columns``
    and ``edges`` describe a table that has no row yet. ``preprint`` is what the list calls a preprint's venue,
    ``count`` the number of new entries that come before this one at its place; ``opens`` says that a heading is put
    above it; ``number`` is that of the entry where numbers run on through the list, else 0. ``summary`` sums up the
    paper in a sentence, empty where nobody did.
    """

    prefix: str = "- "
    siblings: tuple[Exemplar, ...] = ()
    relatives: tuple[Exemplar, ...] = ()
    columns: tuple[Column, ...] = ()
    edges: bool = True
    preprint: str = "arXiv"
    count: int = 0
    opens: bool = False
    number: int = 0
    summary: str = ""


BlockKind = Literal["bullet", "paragraph", "row", "html", "heading"]


class Found:
    """An entry in the list, from ``line`` to ``end_line``; ``last_line`` is the last one of all that hangs on it.

    ``kind`` is the block it stands in: a new neighbour must be a block of the same kind. ``prefix`` is its list marker.
    What it says is read when it is first asked for: of a long list, few entries are.
    """

    __slots__ = ("_exemplar", "_read", "end_line", "kind", "last_line", "line", "prefix")

    def __init__(
        self,
        line: int,
        end_line: int,
        last_line: int,
        kind: BlockKind,
        exemplar: Exemplar | None = None,
        *,
        prefix: str = "",
        read: Callable[[], Exemplar] | None = None,
    ) -> None:
        self.line, self.end_line, self.last_line, self.kind = line, end_line, last_line, kind
        self.prefix = exemplar.prefix if exemplar else prefix
        self._exemplar = exemplar
        self._read = read

    @property
    def exemplar(self) -> Exemplar:
        """The source of the entry with its pieces."""
        if self._exemplar is None and self._read is not None:
            self._exemplar = self._read()
        assert self._exemplar is not None
        return self._exemplar

    @property
    def reading(self) -> Reading:
        """The content of the entry."""
        return self.exemplar.reading

    def ending(self, last_line: int) -> Found:
        """Return the entry with another last line."""
        read = self._read
        return Found(self.line, self.end_line, last_line, self.kind, self._exemplar, prefix=self.prefix, read=read)


class Page(NamedTuple):
    """The lines of the list, each with its line end, and the addresses of its reference links."""

    lines: tuple[str, ...]
    references: References

    def source(self, line: int, end_line: int) -> str:
        """Return some lines (1-based, inclusive) joined by line feeds, without the last line end."""
        if line == end_line:
            return self.lines[line - 1].rstrip()
        return "\n".join(text.rstrip("\r\n") for text in self.lines[line - 1 : end_line]).rstrip()


def piece_text(exemplar: Exemplar, piece: Piece) -> str:
    """Return the source of a piece, without the white space around it."""
    return exemplar.reading.source[piece.start : piece.end].strip()
