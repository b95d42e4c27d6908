"""The number of a new list item or row among those that are counted."""

from __future__ import annotations

import re
from dataclasses import replace

from agent.core.catalog.formats.style import Style
from agent.core.catalog.ordering.orders import counts_months
from agent.core.catalog.parsing.leaf_section import Section
from agent.core.catalog.pieces.dates import MONTH_OF_ID, format_date
from agent.core.catalog.printing.facts import printed_day
from agent.core.catalog.siblings.rows import title_count
from agent.core.catalog.spots import Spot
from agent.records import Paper


def numbered(style: Style, section: Section, spot: Spot, paper: Paper, count: int) -> Style:
    """Return the style with the list number of the ``count``-th new entry, a paper; equal numbers stay equal."""
    match = re.fullmatch(r"(\D*)(\d+)(\D+)", style.prefix)
    if match is None:
        return style
    if counts_months(section.found):
        return replace(style, prefix=f"{match[1]}{format_date(MONTH_OF_ID, printed_day(paper))}{match[3]}")
    if style.number:
        return replace(style, prefix=f"{match[1]}{style.number}{match[3]}")
    number = int(match[2])
    if spot.anchor is not None and spot.anchor in section.found:
        place = section.beside(spot.anchor)
        numbers = [int(n[0]) for f in place if (n := re.search(r"\d+", f.prefix))]
        at = [f.prefix for f in place]
        here = place.index(spot.anchor)
        neighbour = at[here - 1] if here else at[1] if len(at) > 1 else ""
        same = neighbour.strip() == style.prefix.strip() and 2 * len(set(numbers)) <= len(numbers) + 1
        same = same or (len(at) == 1 and section.repeats_numbers())
        falling = len(numbers) > 1 and numbers[0] > numbers[1]
        if same:
            step = 0
        elif spot.first:
            step = 1 + count if falling and here == 0 else 0
        else:
            step = 1 + count
        number += step
        if spot.opens and not section.repeats_numbers():
            number = 1 + count
    else:
        number += count
    return replace(style, prefix=f"{match[1]}{number}{match[3]}")


def miscounts(section: Section, spot: Spot) -> bool:
    """Say whether the titles of a table are counted, and the new row does not stand where the next number does."""
    here = title_count(spot.anchor.exemplar) if spot.anchor is not None and not spot.opens else None
    if here is None or spot.anchor is None:
        return False
    at = section.found.index(spot.anchor)
    above, below = section.found[at - 1] if at else None, next(iter(section.found[at + 1 : at + 2]), None)
    up = title_count(above.exemplar) if above is not None and above.last_line + 1 == spot.anchor.line else None
    down = title_count(below.exemplar) if below is not None and spot.anchor.last_line + 1 == below.line else None
    if spot.first:
        return up is not None or down != here - 1
    return down is not None or (up or 0) != here - 1
