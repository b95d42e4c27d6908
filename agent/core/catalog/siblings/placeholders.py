"""Placeholders: the signs that entries print where they have nothing to say, such as ``-`` in a cell."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from agent.core.catalog.formats.style import Exemplar
from agent.core.catalog.pieces.blanks import EMPTY
from agent.core.catalog.siblings.rows import kinds_in

_HTML_CELL: Final = re.compile(r"<td\b[^>]*>([^<>]{0,8})</td>", re.IGNORECASE)
_MISSING: Final = re.compile(
    r"[|,\u00b7/]\s*(?:-{1,3}|\u2013|\u2014|N/?A|none|null|\u274c|\u2717|\u00d7)\s*$", re.IGNORECASE
)
_SHORTCODE: Final = re.compile(r":[a-z0-9_+-]+:")
_NONE: Final = frozenset({"none", "null", "\u65e0", "\u6682\u65e0"})
"""What says that there is none: it stands in no column but where others say so too."""
_PADDED: Final = 3
"""So many blanks fill up a cell."""
_NO: Final = frozenset("no nope nein non n\u00e3o \u043d\u0435\u0442 \u306a\u3057 \uc5c6\uc74c".split())  # noqa: SIM905
"""What stands for a link that is not there, in a column of such."""


def placeholders(siblings: Sequence[Exemplar], relatives: Sequence[Exemplar]) -> dict[int, str]:
    """Return what each column prints where it has nothing to say, such as ``-``, or a sign where others have words.

    Where no cell of a column is empty, that of tables as wide elsewhere in the list tells, of the ``relatives``.
    """
    own = _blank_cells(siblings)
    other = _blank_cells(relatives) if siblings else {}
    every = Counter(text for texts in (own or other).values() for text in texts.elements() if text)
    usual = next((text for text, _ in every.most_common() if not _is_cross(text) and text.casefold() not in _NONE), "")
    width = max((len(e.reading.cells) for e in siblings), default=0)
    bare = {n for n, texts in other.items() if texts[""] > max(1, texts.total() - texts[""])}
    found = {n: texts for n, texts in other.items() if n in bare or texts.most_common(1)[0][0] or not usual} | own
    return {n: found[n].most_common(1)[0][0] if n in found else usual for n in range(width)}


def _is_cross(text: str) -> bool:
    """Return whether a sign says no, as a cross does: it stands for what can be there or not, such as code."""
    return _SHORTCODE.fullmatch(text) is not None or (bool(text) and not text.isascii() and not text.isalpha())


def _blank_cells(siblings: Sequence[Exemplar]) -> dict[int, Counter[str]]:
    """Return what stands in the cells that say nothing, by column."""
    found: dict[int, Counter[str]] = {}
    signs: dict[int, Counter[str]] = {}
    telling: set[int] = set()
    linked = {n for e in siblings for n in range(len(e.reading.cells)) if kinds_in(e, n) & {"code", "page", "extra"}}
    for exemplar in siblings:
        reading = exemplar.reading
        for number, (start, end) in enumerate(reading.cells):
            text = reading.source[start:end].strip()
            coded = _SHORTCODE.fullmatch(text) is not None
            kinds = {piece.kind for piece in reading.pieces if start <= piece.start and piece.end <= end}
            said = text.casefold()
            if said in EMPTY or (said in _NO and number in linked) or not (kinds or re.search(r"\w", text)):
                found.setdefault(number, Counter())[text] += 1
            elif kinds == {"mark"} and (coded or not re.search(r"\w", text)):
                signs.setdefault(number, Counter())[text] += 1
            else:
                telling.add(number)
    for number in telling & signs.keys():
        found.setdefault(number, Counter()).update(signs[number])
    return found


def html_placeholder(siblings: Sequence[Exemplar]) -> str:
    """Return what the cells of HTML rows print where they have nothing to say, such as ``-``; empty for nothing."""
    sources = (exemplar.reading.source for exemplar in siblings if exemplar.reading.html)
    cells = [cell.strip() for source in sources for cell in _HTML_CELL.findall(source)]
    signs = Counter(cell for cell in cells if cell.casefold() in EMPTY or not re.search(r"\w", cell))
    return signs.most_common(1)[0][0] if signs else ""


def has_empty_cells(siblings: Sequence[Exemplar]) -> bool:
    """Say whether a cell of the rows holds nothing, not even a blank: ``|Title||2025|``."""
    return any(start == end for exemplar in siblings for start, end in exemplar.reading.cells)


def usual_empty_cell(rows: Sequence[Exemplar]) -> str | None:
    """Return the blanks in most cells that hold nothing else; None where none of them is so short."""
    cells = Counter(e.reading.source[slice(*cell)] for e in rows if not e.reading.html for cell in e.reading.cells)
    blank = {cell: number for cell, number in cells.items() if 0 < len(cell) < _PADDED and not cell.strip()}
    return max(blank, key=lambda cell: blank[cell]) if blank else None


def marks_missing_code(exemplar: Exemplar) -> bool:
    """Return whether an entry ends with a sign, as ``| -``, where others link their code."""
    coded = any(piece.kind == "code" for piece in exemplar.reading.pieces)
    return not coded and _MISSING.search(exemplar.reading.source) is not None
