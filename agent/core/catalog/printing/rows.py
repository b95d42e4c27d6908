"""Print a paper as a row of a table, cell by cell."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.core.catalog.formats.style import Exemplar, Piece
from agent.core.catalog.printing.pieces import PiecePrinter
from agent.core.catalog.segments import BREAKS, replace_pieces
from agent.core.catalog.siblings.links import shows_code
from agent.core.catalog.siblings.rows import COUNTED, kinds_in, pieces_in, title_count


class RowPrinter(PiecePrinter):
    """Prints a row like that of a sibling."""

    def _row(self, exemplar: Exemplar, pieces: Sequence[Piece], values: Sequence[str | None]) -> str:
        source = exemplar.reading.source
        out: list[str] = []
        at = exemplar.start
        edged = source.lstrip().startswith("|")
        for number, (start, end) in enumerate(exemplar.reading.cells):
            held = [(p, v) for p, v in zip(pieces, values, strict=True) if start <= p.start and p.end <= end]
            out.append(source[at:start])
            at = end
            cell = source[start:end]
            told, pads = source, cell
            if (donor := self._donor(exemplar, number)) is not None:
                (start, end), told = donor.reading.cells[number], donor.reading.source
                held = [(p, self._value(donor, p)) for p in pieces_in(donor, number)]
                cell = told[start:end]
            pad = (" " if pads[:1].isspace() else "", " " if pads[-1:].isspace() else "")
            if number in self._ratings or number in self._numbers:
                count = self._next_number(number) if number in self._numbers else ""
                out.append(self._cell(number, count, pad))
                continue
            if (
                number in self._other_days
                or (
                    any(piece.kind == "nickname" and value is None for piece, value in held)
                    and not any(piece.kind == "title" for piece, _ in held)
                )
                or (
                    held
                    and all(value is None or piece.kind == "mark" for piece, value in held)
                    and None in dict(held).values()
                )
            ):
                text = self._blanks.get(number, "")
            else:
                text = replace_pieces(told, start, end, [p for p, _ in held], [v for _, v in held]).strip()
                text = self._counted(text, held)
            if not BREAKS.search(cell):
                text = BREAKS.sub("", text)
            if not cell.lstrip().startswith("<br"):
                text = re.sub(r"^(?:<br ?/?>\s*)+", "", text)
            if not text and edged and at == len(source) and {piece.kind for piece, _ in held} == {"words"}:
                continue  # what stands behind the last pipe is another paper's
            out.append(self._cell(number, text, pad))
        row = "".join(out) + source[at:].rstrip()
        edge = "|" in source[exemplar.start : exemplar.reading.cells[0][0]]
        opened = edge or not row.lstrip().startswith("|")
        return row if opened else f"|{row}"  # without it, the empty first cell would be no cell

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

    def _counted(self, text: str, held: Sequence[tuple[Piece, str | None]]) -> str:
        """Return a cell with the next number where the titles are counted in it: ``3) Title``."""
        count = COUNTED.match(text)
        if count is None or not any(piece.kind == "title" for piece, _ in held):
            return text
        last = 0 if self._style.opens else title_count(self._siblings[0])
        return (
            text[count.end() + 1 :].lstrip() if last is None else f"{last + 1 + self._style.count}{text[count.end() :]}"
        )
