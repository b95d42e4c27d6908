"""Dates and venues that an entry or a group begins with, before its title."""

from __future__ import annotations

import re
from typing import Final

from agent.core.catalog.pieces.dates import find_dates, find_month_lead
from agent.core.catalog.pieces.venues import find_venue

_LONGEST_VENUE: Final = 40
_AFTER_YEAR: Final = r"\s*[|:,]\s+|\s+[\u2013\u2014-]\s+"
"""What sets a year off from the title behind it: titles begin with a number, too, as in *2048 Is Solved*."""


def begins_dated(text: str) -> bool:
    """Return whether a text begins with a date, or with a venue and its year: ``2023-VLDB, rank A``."""
    venue = find_venue(text, 0, len(text), alone=False)
    first = next(find_dates(text), None)
    return (venue is not None and venue.start == 0 and venue.year is not None) or (
        first is not None and first.start == 0
    )


def lead_length(text: str) -> int:
    """Return how long the date or venue is that a plain entry begins with, with what sets it off."""
    stripped = len(text) - len(text.lstrip(" \t-|:,."))
    month = find_month_lead(text, stripped, len(text)) if text[stripped : stripped + 1] in ("1", "2") else None
    if month is not None and (after := re.match(r"\s*[|:,.]\s+|\s+[\u2013\u2014-]\s+", text[month.end :])):
        return month.end + len(after[0])
    for found in find_dates(text, stripped):
        if found.start > stripped:
            break
        sets_off = r"\s*[|:,.\u2013\u2014-]\s*|\s+" if found.month else _AFTER_YEAR
        if after := re.match(sets_off, text[found.end :]):
            return found.end + len(after[0])
        break
    venue = find_venue(text, stripped, min(len(text), stripped + _LONGEST_VENUE), alone=False)
    if venue is not None and venue.start == stripped and (venue.year is not None or venue.venue.preprint):
        after = re.match(r"\s*[|\u2013\u2014]\s*|\s+-+\s+|:\s+", text[venue.end :])
        return venue.end + len(after[0]) if after else 0
    return 0
