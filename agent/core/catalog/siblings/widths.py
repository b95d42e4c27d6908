"""Tables whose cells are padded, so that the pipes of all rows stand below each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple
from unicodedata import east_asian_width

from agent.core.catalog.formats.style import Exemplar

_MOST: Final = 0.8
_SEVERAL: Final = 3


class Width(NamedTuple):
    """How wide the cells of a column are, with their blanks, and on which sides they are filled up."""

    signs: int
    before: bool
    behind: bool

    def pad(self, text: str) -> str:
        """Return a cell that is filled up with blanks; one that is wider stays as it is."""
        room = self.signs - _signs_of(text)
        if room <= 0:
            return text
        left = room // 2 if self.before and self.behind else room if self.before else 0
        return " " * left + text + " " * (room - left)


def read_widths(rows: Sequence[Exemplar]) -> dict[int, Width]:
    """Return the widths of the columns of a table that is padded, empty for any other table: in one that is, most
    cells of each column are equally wide, and filled up in some."""
    tables = [[e.reading.source[slice(*cell)] for cell in e.reading.cells] for e in rows if not e.reading.html]
    if len(tables) < _SEVERAL or len({len(cells) for cells in tables}) > 1:
        return {}
    found: dict[int, Width] = {}
    for number, cells in enumerate(zip(*tables, strict=True)):
        width, count = Counter(map(_signs_of, cells)).most_common(1)[0]
        if count < _MOST * len(cells):
            return {}
        filled = [cell for cell in cells if cell.strip()]
        before = any(cell.startswith("  ") for cell in filled)
        behind = any(cell.endswith("  ") for cell in filled)
        found[number] = Width(width, before, behind or not before)
    padded = any(cell.strip() and (cell[:2] == "  " or cell[-2:] == "  ") for cells in tables for cell in cells)
    return found if padded else {}


def _signs_of(text: str) -> int:
    """Return how wide a text is shown: emoji and Chinese signs are as wide as two letters."""
    return len(text) if text.isascii() else sum(1 + (east_asian_width(sign) in "WF") for sign in text)
