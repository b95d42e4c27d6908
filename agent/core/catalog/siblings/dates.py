"""The forms of the dates that entries print."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from agent.core.catalog.formats.style import Exemplar, Piece, piece_text
from agent.core.catalog.pieces.months import ENGLISH_NAMES

_MONTH: Final = re.compile(rf"\b(?:{ENGLISH_NAMES})\b", re.IGNORECASE)
_SUMMER: Final = re.compile(r"\b(?:june|july)\b", re.IGNORECASE)
_SUMMER_CUT: Final = re.compile(r"\b(?:jun|jul)\b", re.IGNORECASE)
_SHORT: Final = 4
"""June and July have so many letters."""


def date_forms(exemplars: Sequence[Exemplar]) -> list[str]:
    """Return the form of each date that entries print, those of venues too."""
    return [form for _, _, form in _dates_in(exemplars)]


def _dates_in(exemplars: Sequence[Exemplar]) -> Iterator[tuple[Exemplar, Piece, str]]:
    """Yield the pieces that print a date, their own or that of a venue, each with its entry and the form of the
    date."""
    for exemplar in exemplars:
        for piece in exemplar.reading.pieces:
            if form := piece.form or (piece.venue.form if piece.venue else None):
                yield exemplar, piece, form


class MonthStyle(NamedTuple):
    """How entries print the names of months in English: ``spelled`` out, or cut and ``dotted``; null where none
    tells."""

    spelled: bool | None
    dotted: bool | None

    def fit(self, form: str) -> str:
        """Return the form of a date with its month as these entries print theirs."""
        if self.spelled and "%b" in form:
            return form.replace("%b.", "%B").replace("%b", "%B")
        if self.spelled is False and "%B" in form:
            form = form.replace("%B", "%b")
        return form.replace("%b", "%b.") if self.dotted and "%b." not in form else form


def read_months(exemplars: Sequence[Exemplar]) -> MonthStyle:
    """Return how entries print the names of months. ``May`` is a long name and a short one; lists that cut months often
    spell ``June`` and ``July`` out, so those tell only where no month is cut."""
    names = [
        (form, name[0])
        for exemplar, piece, form in _dates_in(exemplars)
        if ("%b" in form or "%B" in form) and (name := _MONTH.search(piece_text(exemplar, piece)))
    ]
    cut = [form for form, name in names if "%b" in form and name.casefold() != "may"]
    spelled = sum("%B" in form and len(name) > _SHORT for form, name in names)
    dotted = 2 * sum("%b." in form for form in cut) > len(cut) if cut else None
    if cut or spelled:
        return MonthStyle(spelled >= len(cut), dotted)
    return MonthStyle(True if any("%B" in form for form, _ in names) else None, None)


def spell_summer(exemplars: Sequence[Exemplar]) -> bool:
    """Return whether entries that print ``June`` or ``July`` are more than those that print ``Jun`` or ``Jul``."""
    texts = [
        piece_text(exemplar, piece) for exemplar, piece, form in _dates_in(exemplars) if "%b" in form or "%B" in form
    ]
    long = sum(_SUMMER.search(text) is not None for text in texts)
    return long > sum(_SUMMER_CUT.search(text) is not None for text in texts)


def print_dates(siblings: Sequence[Exemplar]) -> bool:
    """Return whether any of the siblings on arXiv has a date of its own, not that of a venue alone."""
    served = [each for each in siblings if "arxiv" in (each.reading.url or "")]
    return any(piece.kind == "date" for each in served for piece in each.reading.pieces)


def pad_dates(siblings: Sequence[Exemplar]) -> bool:
    """Return whether some day or month is printed with a zero before it."""
    return any(re.search(r"(?<!\d)0\d(?!\d)", piece_text(e, piece)) for e, piece, _ in _dates_in(siblings))


def odd_dates(exemplars: Sequence[Exemplar]) -> frozenset[str]:
    """Return the forms of dates that are a mere year where most entries print the month."""
    forms = [piece.form for exemplar in exemplars for piece in exemplar.reading.pieces if piece.kind == "date"]
    years = [form for form in forms if form in ("%Y", "%y")]
    return frozenset(years) if 3 * len(years) <= len(forms) else frozenset()
