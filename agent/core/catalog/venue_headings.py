"""Headings that name a venue with its year, and a new one printed and placed like them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from agent.core.catalog.formats.style import Found
from agent.core.catalog.places import Place

_NAME: Final = r"(?P<name>[A-Za-z][A-Za-z*&+-]*)"
_VENUE_YEAR: Final = re.compile(rf"{_NAME}(?P<between>[ ,'\u2019-]{{1,2}})(?P<year>(?:19|20)?\d\d)")
_YEAR_VENUE: Final = re.compile(rf"(?P<year>(?:19|20)\d\d)(?P<between>[ -]){_NAME}")
_SHORT: Final = 2
"""So many digits has a short year."""


class NewHeading(NamedTuple):
    """A heading that is made: after which line it goes, the entry to print like, and the lines before and behind."""

    after: int
    anchor: Found
    before: tuple[str, ...]
    behind: tuple[str, ...]


class _Dated(NamedTuple):
    place: Place
    match: re.Match[str]
    year: int


def make_venue_heading(
    places: Sequence[Place], lines: Sequence[str], name: str, year: int, *, least: int
) -> NewHeading | None:
    """Return the heading for a venue's year, printed like those of ``places``, which hold other venues: the newest
    year first where theirs fall, else behind the last. None where fewer than ``least`` of them name a venue with its
    year.
    """
    told = [dated for place in places if (dated := _read(place)) is not None]
    if len(told) < least:
        return None
    falling = all(a.year >= b.year for a, b in pairwise(told)) and told[0].year >= told[-1].year
    level = all(a.year == b.year for a, b in pairwise(told))
    older = next((dated for dated in told if dated.year < year), None) if falling or level else None
    model = older or told[-1]
    heading = model.place.heading
    source = lines[heading.line - 1].rstrip("\r\n")
    if source.count(heading.text) != 1 or heading.end_line != heading.line:
        return None
    shown = f"{year}" if len(model.match["year"]) > _SHORT else f"{year % 100:02}"
    parts = (name, shown) if model.match.start("name") < model.match.start("year") else (shown, name)
    title = source.replace(heading.text, model.match["between"].join(parts))
    between = [line.rstrip("\r\n") for line in lines[heading.line : model.place.found[0].line - 1]]
    row = model.place.found[0].kind == "row"
    opening = (title, *(line for line in between if row or not line.strip()))
    gap = ("",) if heading.line > 1 and not lines[heading.line - 2].strip() else ()
    if older is not None:
        return NewHeading(heading.line - 1, model.place.found[0], opening, gap)
    last = model.place.found[-1]
    return NewHeading(last.last_line, last, (*gap, *opening), ())


def names_year(place: Place) -> int:
    """Return the year that the heading of a venue prints, 0 where it prints none."""
    dated = _read(place)
    return dated.year if dated else 0


def _read(place: Place) -> _Dated | None:
    text = place.heading.text.strip()
    match = _VENUE_YEAR.fullmatch(text) or _YEAR_VENUE.fullmatch(text)
    if match is None or place.date is not None or not place.found or place.heading.kind != "markdown":
        return None
    digits = match["year"]
    return _Dated(place, match, int(digits) + (2000 if len(digits) == _SHORT else 0))
