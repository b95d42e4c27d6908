"""Entries elsewhere in a list that are printed as some sibling is, and count as one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from agent.core.catalog.formats.style import Exemplar, Piece, PieceKind
from agent.core.catalog.segments import replace_pieces

_LETTERS: Final[dict[PieceKind, str]] = {"title": "T", "nickname": "N", "address": "A", "date": "D", "authors": "P"}
_BESIDE_ID: Final = ("address", "date")


def tells(exemplar: Exemplar, kind: str) -> bool:
    """Say whether an entry has a piece of a kind, of venues one that is no preprint's."""
    return any(p.kind == kind and not (p.venue and p.venue.preprint) for p in exemplar.reading.pieces)


def weigh_alike(
    kinds: Sequence[str], siblings: Sequence[Exemplar], related: Sequence[tuple[Exemplar, float]]
) -> list[tuple[Exemplar, float]]:
    """Return the relatives with their weights: of the ``kinds`` of pieces that a paper has, those that no sibling has
    may stand in relatives that are printed as some sibling is, such pieces aside: these count as siblings."""
    lacking = [kind for kind in kinds if not any(tells(exemplar, kind) for exemplar in siblings)]
    letters = {kind: letter for kind, letter in _LETTERS.items() if kind not in lacking}
    forms = {skeleton(exemplar, letters) for exemplar in siblings} if lacking else set()
    alike = {id(e) for e, _ in related if any(tells(e, kind) for kind in lacking) and skeleton(e, letters) in forms}
    return [(exemplar, 1.0 if id(exemplar) in alike else weight) for exemplar, weight in related]


def weigh_numbered(
    siblings: Sequence[Exemplar], related: Sequence[tuple[Exemplar, float]]
) -> list[tuple[Exemplar, float]]:
    """Return the relatives with their weights: where every venue of the siblings is one that papers appeared in, those
    that print the id of a preprint, their title and authors as some sibling does, count as siblings."""
    told = [exemplar.reading.venues[0] for exemplar in siblings if exemplar.reading.venues]
    if not told or any(venue.arxiv for venue in told) or any(tells(exemplar, "id") for exemplar in siblings):
        return list(related)
    forms = {_bare_skeleton(exemplar) for exemplar in siblings}
    alike = {id(e) for e, _ in related if tells(e, "id") and _bare_skeleton(e) in forms}
    return [(exemplar, 1.0 if id(exemplar) in alike else weight) for exemplar, weight in related]


def _bare_skeleton(exemplar: Exemplar) -> str:
    """Return the form of an entry without its address and date, which stand elsewhere beside an id than beside a
    venue, nor brackets."""
    return re.sub(r"[()\[\]]", "", skeleton(exemplar, {k: v for k, v in _LETTERS.items() if k not in _BESIDE_ID}))


def skeleton(exemplar: Exemplar, kinds: Mapping[PieceKind, str] = _LETTERS) -> str:
    """Return the form of an entry: letters for its title, address, date and authors, those of the ``kinds``, the marks
    and words between."""
    reading = exemplar.reading
    pieces = [piece for piece in reading.pieces if piece.start >= exemplar.start]
    letters = [kinds[p.kind] + _manner_of(p) if p.kind in kinds else None for p in pieces]
    form = replace_pieces(reading.source, exemplar.start, len(reading.source), pieces, letters)
    return re.sub(r"[\s.,;:]+", "", re.sub(r"\n\s*[-*+] ", "", form))


def _manner_of(piece: Piece) -> str:
    """Return how a date is printed, or authors are."""
    return piece.form + (f"{piece.manner.name}{piece.manner.most}" if piece.manner else "")
