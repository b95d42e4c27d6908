"""Optional links that an entry lacks, taken from other entries: each with what sets it off there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise, takewhile
from typing import Final

from agent.core.catalog.formats.style import Exemplar, Piece, PieceKind
from agent.core.catalog.pieces.labels import label_of, link_words

_SEPARATOR: Final = " \t\n,;|/\u00b7\u2022.-\u2013\u2014\uff0c\u3001"
_FEWEST: Final = 2
_LONGEST: Final = 60
"""What sets off a link is short."""
_LINKS: Final[tuple[PieceKind, ...]] = ("page", "code", "address")
Print = Callable[[Exemplar, Piece], str | None]
"""What stands for a piece of another entry in the new one, None for nothing."""


def graft_link(
    exemplar: Exemplar,
    pieces: list[Piece],
    values: list[str | None],
    kind: PieceKind,
    donors: Sequence[Exemplar],
    show: Print,
) -> bool:
    """Add a link of a kind to the ``pieces`` of an entry and its text to their ``values``, behind the piece that such
    links stand behind in the donors, the first that fits. Say whether one does."""
    for donor in donors:
        for piece, before in _links_of(donor, kind):
            at = _position(exemplar, pieces, values, donor, before)
            if at is None:
                continue
            number, stop, between = at
            lead = _lead_of(exemplar, pieces, values, number, donor.reading.source[before.end : piece.start], between)
            text = show(donor, piece) if lead is not None else None
            if lead is None or text is None:
                continue
            closing, apart = lead
            start = pieces[number].end + len(closing)
            if start > stop:
                continue
            pieces.insert(number + 1, Piece(kind, start, start))
            values.insert(number + 1, apart + text)
            return True
    return False


def donors_of(kind: PieceKind, exemplar: Exemplar, group: Sequence[Exemplar]) -> list[Exemplar]:
    """Return the entries of the form of ``exemplar`` whose link of a kind is called as most are, by a usual name; none
    where no two are."""
    names = [
        (entry, link_words(entry.reading.source[piece.start : piece.end]) or "")
        for entry in group
        for piece in entry.reading.pieces
        if piece.kind == kind and _is_alike(entry, exemplar)
    ]
    usual = Counter(name for _, name in names if not name or label_of(name)).most_common(1)
    return [entry for entry, name in names if name == usual[0][0]] if usual and usual[0][1] >= _FEWEST else []


def _is_alike(donor: Exemplar, exemplar: Exemplar) -> bool:
    """Return whether two entries are of one form: marked alike around the title, their pieces in one order."""
    markers = {re.sub(r"\d+", "1", entry.prefix.strip()) for entry in (donor, exemplar)}
    return len(markers) == 1 and _form(donor, exemplar) == _form(exemplar, donor)


def _form(entry: Exemplar, other: Exemplar) -> tuple[str, list[PieceKind]]:
    """Return the sign behind the title of an entry, and the order of those of its pieces that another has, too."""
    kinds = {piece.kind for piece in other.reading.pieces} - {"words", "mark", "extra"}
    title = next((piece.end for piece in entry.reading.pieces if piece.kind == "title"), entry.start)
    order = list(dict.fromkeys(piece.kind for piece in entry.reading.pieces if piece.kind in kinds))
    return entry.reading.source[title : title + 1], order


def _links_of(donor: Exemplar, kind: PieceKind) -> Iterator[tuple[Piece, Piece]]:
    """Yield each link of a kind with the piece before it; words and signs between are what it is called."""
    telling = [p for p in donor.reading.pieces if p.start >= donor.start and p.kind not in ("words", "mark")]
    for before, piece in pairwise(telling):
        if piece.kind == kind and piece.start - before.end <= _LONGEST:
            yield piece, before


def _position(
    exemplar: Exemplar, pieces: Sequence[Piece], values: Sequence[str | None], donor: Exemplar, before: Piece
) -> tuple[int, int, str] | None:
    """Return the piece of an entry to put a link behind, where the next piece begins, and what stands between.

    A link stands behind the other optional ones that an entry has, and behind as many links to the paper itself as in
    the donor.
    """
    kept = [number for number, value in enumerate(values) if value is not None]
    links = [number for number in kept if pieces[number].kind in ("code", "page")]
    alike = [number for number in kept if pieces[number].kind == before.kind]
    if before.kind == "address":
        count = sum(p.kind == "address" and donor.start <= p.start <= before.start for p in donor.reading.pieces)
        alike = alike[:count]
    if before.kind in _LINKS:
        alike = [max([*links, *alike])] if links else alike
    if not alike:
        return None
    number = alike[-1]
    stop = pieces[number + 1].start if number + 1 < len(pieces) else len(exemplar.reading.source)
    return number, stop, exemplar.reading.source[pieces[number].end : stop]


def _lead_of(
    exemplar: Exemplar,
    pieces: Sequence[Piece],
    values: Sequence[str | None],
    number: int,
    donated: str,
    between: str,
) -> tuple[str, str] | None:
    """Return what of an entry's own text a link stands behind, and what sets it off; None where that does not fit."""
    own = pieces[number].kind in ("code", "page")
    closers = re.match(r"[)\]*_`>\"\u201d]*", donated)
    if own:
        return "", donated[closers.end() if closers else 0 :]  # such a piece holds its own brackets
    alike = takewhile(lambda signs: signs[0] == signs[1], zip(donated, between, strict=False))
    closing = "".join(sign for sign, _ in alike).rstrip()
    if any(value is not None for value in values[number + 1 :]) or re.search(r"\w", between):
        closing = closing.rstrip(_SEPARATOR)
    if closers and not closing.startswith(closers[0]):
        return None
    return closing, donated[len(closing) :]
