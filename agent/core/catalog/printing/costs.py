"""Reasons against printing a paper like a sibling, each weighed."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
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
        kinds = {piece.kind for piece in pieces}
        cost = 0.3 * sum(value is None for value in values) + self._cost_of_core(exemplar, pieces)
        cost += _ODD_DATE * any(piece.kind == "date" and self._form(piece.form) in self._odd_dates for piece in pieces)
        if self._heads:
            cost += 8 * (bool(first_cell(exemplar)) == self.continues)
        cost += self._cost_of_code(exemplar, pieces, values)
        cost += self._cost_of_name(exemplar, kinds)
        if any(p.kind == "title" and _BOXED.search(exemplar.reading.source[: p.start]) for p in pieces):
            cost += 3 * (not self._facts.nickname or "nickname" not in kinds)  # nothing stands before the parentheses
        if exemplar.reading.title.endswith(("?", "!")) and not self._facts.title.endswith(("?", "!")):
            cost += 1.5  # what stands after a question mark is not what stands after other titles
        return cost + self._cost_of_links(exemplar, pieces)

    def _cost_of_code(self, exemplar: Exemplar, pieces: Sequence[Piece], values: Sequence[str | None]) -> int:
        """Return how much speaks against a sibling for the code that it links and the paper has not, or the reverse."""
        has_code = any(piece.kind == "code" for piece in pieces)
        if not self._facts.code:  # a sign may stand where there is no code
            return 3 * (has_code and self._marks_missing_code and not exemplar.reading.cells)
        coded = has_code or any(v and hosts_code(exemplar, p) for p, v in zip(pieces, values, strict=True))
        if coded or len(exemplar.reading.cells) in self._coded_widths:
            return 0
        return 3 * (self._share.get("code", 0) > 0 or self._codes_elsewhere)

    def _cost_of_name(self, exemplar: Exemplar, kinds: Set[PieceKind]) -> int:
        """Return how much speaks against a sibling for the nickname that it has and the paper has not, or the
        reverse."""
        named = "nickname" in kinds
        if self._facts.nickname:
            return 4 * (self._names != named)
        return 1 + exemplar.reading.split if named else 0

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

    def _cost_of_core(self, exemplar: Exemplar, pieces: Sequence[Piece]) -> int:
        """Return how much speaks against a sibling for its date, venue, authors and id: those that others have."""
        cost = sum(self._cost_of_kind(kind, pieces) for kind in _CORE)
        if self._facts.accepted is None:
            return cost + self._cost_for_preprint(pieces)
        return cost + self._cost_for_accepted(exemplar, pieces)

    def _cost_of_kind(self, kind: PieceKind, pieces: Sequence[Piece]) -> int:
        """Return what speaks against a sibling for a piece of a kind that few have, or for lacking what most have."""
        accepted, share = self._facts.accepted is not None, self._share.get(kind, 0.0)
        if any(piece.kind == kind for piece in pieces):
            return 4 * (share < MOST and kind != ("venue" if accepted else "id"))
        if share < MOST and not (kind == "venue" and accepted and share > 0):
            return 0
        if kind == "date" and (accepted or self._few_undated) and any(p.venue and p.venue.form for p in pieces):
            return 2 * accepted  # the venue has the year
        return 4

    def _cost_for_accepted(self, exemplar: Exemplar, pieces: Sequence[Piece]) -> int:
        """Return how much speaks against a sibling for its venue, where the paper was accepted."""
        tells = self._tells_venue(pieces)
        cost = 2 * (self._tells and tells is False)
        servers = [p for p in pieces if p.venue and p.venue.preprint and not p.venue.form]
        servers = [piece for piece in servers if not is_numbered(pieces, piece)]
        unyeared = any(self._calls_by_venue or not is_link_word(exemplar, piece) for piece in servers)
        if tells and self._venues.published and unyeared:
            cost += 3  # conferences have their year here, preprints none
        return cost

    def _cost_for_preprint(self, pieces: Sequence[Piece]) -> int:
        """Return how much speaks against a sibling for the venue where it was published, of a paper that is nowhere."""
        if not any(piece.venue and not piece.venue.preprint for piece in pieces):
            return 0
        cost = 2 * (self._preprints > 1)  # preprints show how a preprint is printed
        if any(is_numbered(pieces, piece) for piece in pieces):
            cost += 4  # the server would be named twice
        return cost

    @cached_property
    def _few_undated(self) -> bool:
        """Whether so few siblings, none with a date, are here that entries elsewhere would outvote them."""
        return len(self._siblings) < ENOUGH and not print_dates(self._siblings)

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
