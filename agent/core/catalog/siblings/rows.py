"""Groups, counts and ratings that the rows of a table have in common."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from agent.core.arxiv.ids import base_id
from agent.core.catalog.formats.style import Exemplar, Piece, PieceKind
from agent.core.catalog.pieces.dates import find_dates

COUNTED: Final = re.compile(r"\d{1,3}(?=[.)]\s)")
"""The number at the beginning of a cell whose titles are counted."""


def pieces_in(exemplar: Exemplar, number: int) -> list[Piece]:
    """Return the pieces in one cell of a table row."""
    start, end = exemplar.reading.cells[number]
    return [piece for piece in exemplar.reading.pieces if start <= piece.start and piece.end <= end]


def kinds_in(exemplar: Exemplar, number: int) -> set[PieceKind]:
    """Return the kinds of the pieces in one cell of a table row."""
    return {piece.kind for piece in pieces_in(exemplar, number)}


def first_cell(exemplar: Exemplar) -> str:
    """Return what stands in the first cell of a table row."""
    reading = exemplar.reading
    return reading.source[slice(*reading.cells[0])].strip() if reading.cells else ""


def group_heads(siblings: Sequence[Exemplar]) -> tuple[Exemplar, ...]:
    """Return the rows whose first cell tells the year or venue of those below them too, which leave it empty; the
    nearest first. Empty for a table without such groups."""
    filled = [exemplar for exemplar in siblings if exemplar.reading.cells and first_cell(exemplar)]
    if not filled or len(filled) == len([e for e in siblings if e.reading.cells]):
        return ()
    return tuple(filled) if all(_tells_when(exemplar) for exemplar in filled) else ()


def _tells_when(exemplar: Exemplar) -> bool:
    """Return whether the first cell of a row holds a year or venue, and nothing else."""
    start, end = exemplar.reading.cells[0]
    held = {piece.kind for piece in exemplar.reading.pieces if start <= piece.start and piece.end <= end}
    return bool(held) and held <= {"date", "venue"}


def have_same_columns(row: Exemplar, other: Exemplar) -> bool:
    """Return whether two rows are as wide, with their titles and papers in the same columns."""
    width = len(row.reading.cells)
    return len(other.reading.cells) == width and all(
        [kind in kinds_in(row, n) for n in range(width)] == [kind in kinds_in(other, n) for n in range(width)]
        for kind in ("title", "address")
    )


def links_beside_code(row: Exemplar) -> bool:
    """Return whether one cell of a row links the paper and its code."""
    return any({"address", "code"} <= kinds_in(row, number) for number in range(len(row.reading.cells)))


def rating_columns(siblings: Sequence[Exemplar]) -> frozenset[int]:
    """Return the columns that hold nothing but signs, of several kinds or not in every row: nobody rated a new paper,
    nor ticked it off."""
    signs: dict[int, set[str]] = {}
    telling: set[int] = set()
    for exemplar in siblings:
        for number, cell in enumerate(exemplar.reading.cells):
            text = exemplar.reading.source[slice(*cell)].strip()
            if re.search(r"[\w\]|<-]", text):
                telling.add(number)
            else:
                signs.setdefault(number, set()).add(text)
    return frozenset(number for number, texts in signs.items() if len(texts) > 1 and number not in telling)


def columns_of_other_days(siblings: Sequence[Exemplar]) -> frozenset[int]:
    """Return the columns whose dates are mostly of other months than the papers of their rows, and that some rows leave
    empty: those of the days on which papers were presented. No such day is known of a new paper."""
    empty: set[int] = set()
    strange: Counter[int] = Counter()
    for exemplar in siblings:
        given = base_id(exemplar.reading.url or "") or ""
        for number, cell in enumerate(exemplar.reading.cells):
            text = exemplar.reading.source[slice(*cell)].strip()
            date = next(find_dates(text), None)
            if date is not None and date.month and given[4:5] == ".":
                strange[number] += 1 if given[:4] != f"{date.year % 100:02}{date.month:02}" else -1
            elif not re.search(r"\w", text):
                empty.add(number)
    return frozenset(number for number in empty if strange[number] > 1)


def next_numbers(siblings: Sequence[Exemplar], *, through: bool) -> dict[int, tuple[int, int]]:
    """Return the number that comes next, with its least width, in each column that counts the rows, where the nearest
    row has the last one; ``through`` says that the rows of all tables are counted as one, and those of one may lack
    some."""
    cells = [[e.reading.source[slice(*cell)].strip() for cell in e.reading.cells] for e in siblings if e.reading.cells]
    found: dict[int, tuple[int, int]] = {}
    if len(cells) == 1 and cells[0][0] == "1" and len(cells[0]) > 2:
        return {0: (2, 0)}
    for number, nearest in enumerate(cells[0] if len(cells) > 1 else ()):
        column = [row[number] for row in cells if number < len(row)]
        counted = sorted(int(text) for text in column if text.isascii() and text.isdigit() and len(text) < 4)
        run = list(range(counted[0], counted[0] + len(column))) if counted else []
        run = counted if through and len(set(counted)) == len(column) else run
        if run and counted == run and nearest.lstrip("0") == str(run[-1]):
            found[number] = (run[-1] + 1, len(nearest) if nearest.startswith("0") else 0)
    return found


def title_count(exemplar: Exemplar) -> int | None:
    """Return the number before the title of a table row, the 3 of ``3) Title``; None where there is none."""
    reading = exemplar.reading
    title = next((piece for piece in reading.pieces if piece.kind == "title"), None)
    cell = next((cell for cell in reading.cells if title and cell[0] <= title.start < cell[1]), (0, 0))
    count = COUNTED.match(reading.source[slice(*cell)].strip())
    return int(count[0]) if count else None


def whole_rows(group: list[tuple[Exemplar, float]]) -> list[tuple[Exemplar, float]]:
    """Return the siblings without rows of HTML that lack the cells which an earlier row spans."""
    widths = [exemplar.reading.source.lower().count("<td") for exemplar, _ in group]
    own = [width for width, (_, weight) in zip(widths, group, strict=True) if weight == 1.0]
    most = max(own, default=0)
    return [one for one, width in zip(group, widths, strict=True) if width == most] if most else group
