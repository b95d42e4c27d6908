"""Print a paper like one of its siblings: its source, with each piece replaced by the paper's own."""

from __future__ import annotations

import re
from typing import Final

from agent.core.catalog.formats.style import Exemplar, Piece, PieceKind, piece_text
from agent.core.catalog.pieces.labels import link_words
from agent.core.catalog.printing.costs import SiblingCosts
from agent.core.catalog.printing.grafts import donors_of, graft_link
from agent.core.catalog.printing.rows import RowPrinter
from agent.core.catalog.segments import (
    fold_parts,
    indent_lines,
    rename_anchors,
    replace_pieces,
    settle_breaks,
    without_second_server,
)
from agent.core.catalog.siblings.words import ONE_BLANK, TICKED

_GRAFTED: Final = 1.5
_TWO_STOPS: Final = re.compile(r"([?!.][*_\"\u201d]+)\.(?=\s|$)")
_EMPTY_CELL: Final = re.compile(r"(?P<open><td\b[^>]*>)\s*(?P<close></td>)", re.IGNORECASE)
_ROWSPAN: Final = re.compile(r"\s+rowspan\s*=\s*[\"']?\d+[\"']?", re.IGNORECASE)


class Printer(RowPrinter, SiblingCosts):
    """Prints one paper like any of its siblings, knowing what they share."""

    def print(self, exemplar: Exemplar) -> tuple[str | None, float]:
        """Return the entry printed like this sibling, and how much of it speaks against that."""
        reading = exemplar.reading
        pieces = fold_parts(reading.source, [p for p in reading.pieces if p.start >= exemplar.start])
        values = [self._value(exemplar, piece) for piece in pieces]
        for kind in ("code", "page") if not reading.cells else ():
            linked = [at for at, piece in enumerate(pieces) if piece.kind == kind and piece.inner]
            told = [at for at in linked if values[at] is not None and link_words(piece_text(exemplar, pieces[at]))]
            values = [None if at in told[1:] else value for at, value in enumerate(values)]
        for at in range(1, len(pieces)):
            signed = pieces[at].kind == "mark" and not reading.source[pieces[at - 1].end : pieces[at].start].strip()
            if signed and values[at - 1] is None and pieces[at - 1].kind in ("code", "page"):
                values[at] = None  # the sign of what is not printed
        values = without_second_server(reading.source, pieces, values)
        grafted = self._graft_links(exemplar, pieces, values) if not reading.cells else 0
        for at in range(len(pieces) - 1, 0, -1):
            between = reading.source[pieces[at - 1].end : pieces[at].start]
            if values[at] is None and pieces[at - 1].kind == "words" and re.search(r"[:\uff1a]", between):
                values[at - 1] = None  # the name of what is not printed
        if reading.cells:
            text = self._row(exemplar, pieces, values)
        else:
            text = replace_pieces(reading.source, exemplar.start, len(reading.source), pieces, values)
            text = settle_breaks(text, reading.source)
            text = rename_anchors(text, reading.nickname, self._facts.nickname)
            text = text if self._leaves_blanks else ONE_BLANK.sub("", text)
            text = TICKED.sub("[ ]", text) if self._has_boxes else text  # nobody has read the paper yet
            text = self._style.prefix + indent_lines(text, exemplar.prefix, self._style.prefix)
        if not _TWO_STOPS.search(reading.source):
            text = _TWO_STOPS.sub(r"\1", text)
        if "\n\n\n" not in reading.source:
            text = re.sub(r"\n(?:[ \t]*\n){2,}", "\n\n", text)
        if reading.html:
            text = _ROWSPAN.sub("", text)  # a new row is a group of its own
            text = _EMPTY_CELL.sub(rf"\g<open>{self._blank}\g<close>", text)
        return text, self._cost(exemplar, pieces, values) + _GRAFTED * grafted

    def _graft_links(self, exemplar: Exemplar, pieces: list[Piece], values: list[str | None]) -> int:
        """Add the links to code or page that the paper has and the sibling has not, as others print them; return how
        many."""
        wanted: dict[PieceKind, str | None] = {"code": self._facts.code, "page": self._facts.page}
        shown = {piece.kind for piece, value in zip(pieces, values, strict=True) if value is not None}
        found = 0
        for kind, url in wanted.items():
            donors = donors_of(kind, exemplar, self._group) if url and kind not in shown else []
            found += graft_link(exemplar, pieces, values, kind, donors, self._optional_link) if donors else 0
        return found
