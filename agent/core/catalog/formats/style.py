"""What an entry says, piece by piece, with the place of each piece in its source: what a new entry is printed from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from agent.core.catalog.formats.names import Manner
from agent.core.catalog.formats.venues import Venue

PieceKind = Literal[
    "title", "nickname", "address", "id", "date", "venue", "authors", "code", "page", "extra", "words", "mark"
]
"""``title`` is the whole title, or what follows the nickname that is split from it; ``address`` is the paper's link;
``code``, ``page`` and ``extra`` are whole links with the brackets around them; ``words`` are another paper's own
words, ``mark`` is an emoji or an image."""

Column = Literal["title", "name", "authors", "venue", "date", "link", "code", "page", "other"]
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
    """What an entry says. ``title`` is empty when nothing is listed; ``anchor`` marks a table-of-contents line.

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


class Exemplar(NamedTuple):
    """A sibling that a new entry may be printed like: its source from ``start`` on, after its marker ``prefix``."""

    reading: Reading
    start: int
    prefix: str = ""


@dataclass(frozen=True)
class Style:
    """How a section prints an entry: like its ``siblings``, the nearest first, else like those of other sections.

    ``prefix`` is the list marker of the next entry with its indentation, empty for rows and paragraphs. ``columns`` and
    ``edges`` describe a table that has no row yet. ``preprint`` is what the list calls a preprint's venue.
    """

    prefix: str = "- "
    siblings: tuple[Exemplar, ...] = ()
    relatives: tuple[Exemplar, ...] = ()
    columns: tuple[Column, ...] = ()
    edges: bool = True
    preprint: str = "arXiv"


class Found(NamedTuple):
    """An entry in the list, from ``line`` to ``end_line``; ``last_line`` is the last one of all that hangs on it.

    ``kind`` is the block it stands in. A new neighbour must be a block of the same kind.
    """

    line: int
    end_line: int
    last_line: int
    exemplar: Exemplar
    kind: Literal["bullet", "paragraph", "row", "html", "heading"]

    @property
    def reading(self) -> Reading:
        """What the entry says."""
        return self.exemplar.reading


class Page(NamedTuple):
    """The lines of the list, each with its line end, and the addresses of its reference links."""

    lines: tuple[str, ...]
    references: References

    def source(self, line: int, end_line: int) -> str:
        """Return some lines (1-based, inclusive) joined by line feeds, without the last line end."""
        return "\n".join(text.rstrip("\r\n") for text in self.lines[line - 1 : end_line]).rstrip()
