"""The forms of the dates that entries print."""

from __future__ import annotations

from collections.abc import Sequence

from agent.core.catalog.formats.style import Exemplar


def date_forms(exemplars: Sequence[Exemplar]) -> list[str]:
    """Return the form of each date that entries print, those of venues too."""
    pieces = (piece for exemplar in exemplars for piece in exemplar.reading.pieces)
    return [form for piece in pieces if (form := piece.form or (piece.venue.form if piece.venue else None))]


def print_dates(siblings: Sequence[Exemplar]) -> bool:
    """Return whether any of the siblings on arXiv has a date of its own, not that of a venue alone."""
    served = [each for each in siblings if "arxiv" in (each.reading.url or "")]
    return any(piece.kind == "date" for each in served for piece in each.reading.pieces)


def odd_dates(exemplars: Sequence[Exemplar]) -> frozenset[str]:
    """Return the forms of dates that are a mere year where most entries print the month."""
    forms = [piece.form for exemplar in exemplars for piece in exemplar.reading.pieces if piece.kind == "date"]
    years = [form for form in forms if form in ("%Y", "%y")]
    return frozenset(years) if 3 * len(years) <= len(forms) else frozenset()
