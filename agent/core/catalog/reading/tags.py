"""Read a line that is nothing but tags in brackets, such as ``[ICLR 2025] [2025.1] [attention]`` below a title."""

from __future__ import annotations

import re
from typing import Final

from agent.core.catalog.formats.style import Piece, Reading, References
from agent.core.catalog.pieces.dates import most_exact
from agent.core.catalog.reading.entry import read_entry
from agent.core.catalog.reading.scanned import is_meta_text

_TAG: Final = re.compile(r"(?P<tag>\\?\[(?P<words>[^\[\]\\]+)\\?\])(?!\()[ \t]*")
_ONLY: Final = re.compile(r"(?:\\?\[[^\[\]\\]+\\?\](?!\()[ \t]*)+")


def read_tags(source: str, start: int, end: int, references: References) -> Reading | None:
    """Return the venue and dates that the tags of a stretch are, all others as words; None where it holds more, or
    where none of them is a venue or date."""
    if _ONLY.fullmatch(source, start, end) is None:
        return None
    told, pieces = Reading(source, ""), list[Piece]()
    for tag in _TAG.finditer(source, start, end):
        if not is_meta_text(tag["words"].strip()):
            pieces.append(Piece("words", *tag.span("tag")))
            continue
        value = read_entry(source, *tag.span("words"), references, titled=False)
        pieces += value.pieces
        told = told._replace(
            venue=told.venue or value.venue,
            year=told.year or value.year,
            dated=most_exact(told.dated, value.dated),
        )
    return told._replace(pieces=tuple(pieces)) if told.venue or told.dated[0] else None
