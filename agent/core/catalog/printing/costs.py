"""Reasons against printing a paper like a sibling, each weighed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from typing import Final

from agent.core.catalog.formats.style import Exemplar, Piece, PieceKind, piece_text
from agent.core.catalog.printing.habits import ENOUGH, MOST
from agent.core.catalog.printing.pieces import PiecePrinter
from agent.core.catalog.siblings.dates import print_dates
from agent.core.catalog.siblings.links import hosts_code, is_called_otherwise, is_link_word
from agent.core.catalog.siblings.rows import first_cell
from agent.core.catalog.siblings.venues import is_numbered

_ODD_DATE: Final = 2
_CORE: Final[tuple[PieceKind, ...]] = ("date", "venue", "authors", "id")
_DOI: Final = re.compile(r"\[DOI\][(\[]?$", re.IGNORECASE)
_BOXED: Final = re.compile(r"[(\uff08]\W?$")
"""What stands before a title in parentheses, behind its nickname."""


class SiblingCosts(PiecePrinter):
    """Weighs how little a sibling fits the paper."""

    def _cost(self, exemplar: Exemplar, pieces: Sequence[Piece], values: Sequence[str | None]) -> float:
        facts = self._facts
        kinds = {piece.kind for piece in pieces}
        cost = 0.3 * sum(value is None for value in values) + self._cost_of_core(exemplar, pieces)
        cost += _ODD_DATE * any(piece.kind == "date" and self._form(piece.form) in self._odd_dates for piece in pieces)
        if self._heads:
            cost += 8 * (bool(first_cell(exemplar)) == self.continues)
        if not facts.code and "code" in kinds and self._marks_missing_code and not exemplar.reading.cells:
            cost += 3  # a sign stands where there is no code
        coded = "code" in kinds or any(v and hosts_code(exemplar, p) for p, v in zip(pieces, values, strict=True))
        if facts.code and not coded and len(exemplar.reading.cells) not in self._coded_widths:
            cost += 3 if self._share.get("code", 0) else 3 * self._codes_elsewhere
        if facts.nickname:
            cost += 4 * (self._names != ("nickname" in kinds))
        if not facts.nickname and "nickname" in kinds:
            cost += 1 + exemplar.reading.split
        if any(p.kind == "title" and _BOXED.search(exemplar.reading.source[: p.start]) for p in pieces):
            cost += 3 * (not facts.nickname or "nickname" not in kinds)  # nothing stands before the parentheses
        if exemplar.reading.title.endswith(("?", "!")) and not facts.title.endswith(("?", "!")):
            cost += 1.5  # what stands after a question mark is not what stands after other titles
        return cost + self._cost_of_links(exemplar, pieces)

    def _cost_of_links(self, exemplar: Exemplar, pieces: Sequence[Piece]) -> float:
        """Return how much speaks against a sibling for what the link to its paper is called, or where it leads."""
        cost = 0.0
        links = [piece for piece in pieces if piece.kind == "address"]
        if _is_called_otherwise(exemplar) and not self._all_called_otherwise:
            cost += 2  # a link to a video or slides
        if any(_DOI.search(exemplar.reading.source[: link.start]) for link in links):
            cost += 2  # the paper has no DOI
        if not any("arxiv" in piece_text(exemplar, link).casefold() for link in links):
            cost += 0.5
        return cost

    def _cost_of_core(self, exemplar: Exemplar, pieces: Sequence[Piece]) -> float:
        """Return how much speaks against a sibling for its date, venue, authors and id: those that others have."""
        accepted = self._facts.accepted is not None
        kinds = {piece.kind for piece in pieces}
        few = len(self._siblings) < ENOUGH and not print_dates(self._siblings)  # entries elsewhere would outvote them
        dated = (accepted or few) and any(piece.venue and piece.venue.form for piece in pieces)
        cost = 0
        for kind in _CORE:
            share = self._share.get(kind, 0.0)
            if kind in kinds and share < MOST and kind != ("venue" if accepted else "id"):
                cost += 4
            if kind not in kinds and (share >= MOST or (kind == "venue" and accepted and share > 0)):
                cost += 2 * accepted if kind == "date" and dated else 4  # the venue has the year
        if accepted and self._tells and self._tells_venue(pieces) is False:
            cost += 2
        published = any(piece.venue and not piece.venue.preprint for piece in pieces)
        if not accepted and published and self._preprints > 1:
            cost += 2  # preprints show how a preprint is printed
        if not accepted and published and any(is_numbered(pieces, piece) for piece in pieces):
            cost += 4  # the server would be named twice
        servers = [p for p in pieces if p.venue and p.venue.preprint and not p.venue.form]
        servers = [piece for piece in servers if not is_numbered(pieces, piece)]
        unyeared = any(self._calls_by_venue or not is_link_word(exemplar, piece) for piece in servers)
        if accepted and self._venues.published and unyeared and self._tells_venue(pieces):
            cost += 3  # conferences have their year here, preprints none
        return cost

    @cached_property
    def _all_called_otherwise(self) -> bool:
        """Whether papers are linked as ``page`` or the like here, all of them."""
        return all(map(_is_called_otherwise, self._siblings))

    @cached_property
    def _preprints(self) -> int:
        """How many siblings, and entries that count as ones, have no other venue than that of a preprint."""
        told = [exemplar.reading.venues for exemplar in self._alike]
        return sum(bool(venues) and all(venue.preprint for venue in venues) for venues in told)

    @cached_property
    def continues(self) -> bool:
        """Whether the paper belongs to the group of rows that it is put below: to its year or venue."""
        head = self._heads[0]
        start, end = head.reading.cells[0]
        held = [piece for piece in head.reading.pieces if start <= piece.start and piece.end <= end]
        return all(self._value(head, piece) == piece_text(head, piece) for piece in held)


def _is_called_otherwise(exemplar: Exemplar) -> bool:
    return any(piece.kind == "address" and is_called_otherwise(exemplar, piece) for piece in exemplar.reading.pieces)
