"""Print a paper as a row of a table, cell by cell."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from agent.core.catalog.formats.style import Exemplar, Piece
from agent.core.catalog.printing.pieces import PiecePrinter
from agent.core.catalog.segments import BREAKS, replace_pieces
from agent.core.catalog.siblings.links import shows_code
from agent.core.catalog.siblings.rows import COUNTED, kinds_in, pieces_in, title_count

_LEADING_BREAKS: Final = re.compile(r"^(?:<br ?/?>\s*)+")


class _Model(NamedTuple):
    """A cell that one of the new row is printed like, with what stands there instead of each of its ``pieces``."""

    source: str
    start: int
    end: int
    pieces: Sequence[Piece]
    values: Sequence[str | None]

    def lacks_its_pieces(self) -> bool:
        """Whether the paper has nothing of what the cell holds: no name apart from a title, or nothing but signs."""
        kinds = {piece.kind for piece in self.pieces}
        missing = [piece.kind for piece, value in zip(self.pieces, self.values, strict=True) if value is None]
        if "nickname" in missing and "title" not in kinds:
            return True
        return bool(missing) and all(
            p.kind == "mark" or v is None for p, v in zip(self.pieces, self.values, strict=True)
        )


class RowPrinter(PiecePrinter):
    """Prints a row like that of a sibling."""

    def _row(self, exemplar: Exemplar, pieces: Sequence[Piece], values: Sequence[str | None]) -> str:
        source = exemplar.reading.source
        out: list[str] = []
        at = exemplar.start
        edged = source.lstrip().startswith("|")
        for number, (start, end) in enumerate(exemplar.reading.cells):
            out.append(source[at:start])
            at = end
            if number in self._ratings or number in self._numbers:
                text = self._next_number(number) if number in self._numbers else ""
            else:
                model = self._model(exemplar, number, pieces, values)
                text = self._cell_text(number, model)
                if not text and edged and end == len(source) and {piece.kind for piece in model.pieces} == {"words"}:
                    continue  # what stands behind the last pipe is another paper's
            pads = source[start:end]
            pad = (" " if pads[:1].isspace() else "", " " if pads[-1:].isspace() else "")
            out.append(self._cell(number, text, pad))
        row = "".join(out) + source[at:].rstrip()
        edge = "|" in source[exemplar.start : exemplar.reading.cells[0][0]]
        opened = edge or not row.lstrip().startswith("|")
        return row if opened else f"|{row}"  # without it, the empty first cell would be no cell

    def _model(self, exemplar: Exemplar, number: int, pieces: Sequence[Piece], values: Sequence[str | None]) -> _Model:
        """Return what a cell is printed like: that of the sibling, or of a row that has there what this one lacks."""
        if (donor := self._donor(exemplar, number)) is not None:
            given = pieces_in(donor, number)
            told = [self._value(donor, piece) for piece in given]
            return _Model(donor.reading.source, *donor.reading.cells[number], given, told)
        start, end = exemplar.reading.cells[number]
        held = [at for at, piece in enumerate(pieces) if start <= piece.start and piece.end <= end]
        own, told = [pieces[at] for at in held], [values[at] for at in held]
        return _Model(exemplar.reading.source, start, end, own, told)

    def _cell_text(self, number: int, model: _Model) -> str:
        """Return what a cell says, without blanks around it and breaks that no other paper's has."""
        source, start, end, pieces, values = model
        if number in self._other_days or model.lacks_its_pieces():
            text = self._blanks.get(number, "")
        else:
            text = self._counted(replace_pieces(source, start, end, pieces, values).strip(), pieces)
        cell = source[start:end]
        if not BREAKS.search(cell):
            text = BREAKS.sub("", text)
        return text if cell.lstrip().startswith("<br") else _LEADING_BREAKS.sub("", text)

    def _cell(self, number: int, text: str, pad: tuple[str, str]) -> str:
        """Return a cell with its blanks: one that holds nothing is as others are, in a padded table as wide."""
        cell = pad[0] + text + pad[1] if text or self._empty is None else self._empty
        cell = cell or ("" if self._has_empty_cells else " ")
        return self._widths[number].pad(cell) if number in self._widths else cell

    def _donor(self, exemplar: Exemplar, number: int) -> Exemplar | None:
        """Return the nearest row whose cell prints what this row has not of the paper: code, page, venue, nickname."""
        facts = self._facts
        wanted = {"code": facts.code, "page": facts.page, "venue": facts.accepted, "nickname": facts.nickname}
        kinds = {piece.kind for piece in exemplar.reading.pieces}
        missing = {kind for kind, value in wanted.items() if value and kind not in kinds}
        width = len(exemplar.reading.cells)
        for sibling in self._siblings if missing else ():
            held = pieces_in(sibling, number) if len(sibling.reading.cells) == width else []
            titled = any(piece.kind == "title" for piece in held)
            held = [piece for piece in held if piece.kind in missing and not (titled and piece.kind == "nickname")]
            if any(self._value(sibling, piece) is not None for piece in held):
                return sibling
        return self._code_donor(exemplar, number) if "code" in missing else None

    def _code_donor(self, exemplar: Exemplar, number: int) -> Exemplar | None:
        """Return a row without a paper, or one of a table with the same columns elsewhere, whose cell links code, where
        no row here with a paper does, and this one's cell holds but a sign or nothing."""
        if any(map(shows_code, self._siblings)) or kinds_in(exemplar, number) - {"mark"}:
            return None
        if re.search(r"\w", exemplar.reading.source[slice(*exemplar.reading.cells[number])]):
            return None
        own = (e for e in self._style.siblings if len(e.reading.cells) == len(exemplar.reading.cells))
        for row in (*own, *self._rows):
            held = [piece for piece in pieces_in(row, number) if piece.kind != "mark"]
            if held and all(p.kind == "code" and self._value(row, p) is not None for p in held):
                return row
        return None

    def _next_number(self, column: int) -> str:
        number, width = self._numbers[column]
        return f"{self._style.number or number + self._style.count:0{width}}"

    def _counted(self, text: str, pieces: Sequence[Piece]) -> str:
        """Return a cell with the next number where the titles are counted in it: ``3) Title``."""
        count = COUNTED.match(text)
        if count is None or not any(piece.kind == "title" for piece in pieces):
            return text
        last = 0 if self._style.opens else title_count(self._siblings[0])
        return (
            text[count.end() + 1 :].lstrip() if last is None else f"{last + 1 + self._style.count}{text[count.end() :]}"
        )
