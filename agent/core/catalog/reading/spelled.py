"""Venues whose name is spelled out before its letters: ``Conference on Robot Learning (CoRL), Nov 2023``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from agent.core.catalog.formats.style import Piece

_CAPITAL: Final = re.compile(r"[^\W\d_a-z]")
_BETWEEN: Final = re.compile(r"(?:,? |,)")


def join_spelled(source: str, pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """Return the pieces of an entry, in order, with each name of a venue joined to its letters in parentheses, and to
    the date behind them: together they are where the paper appeared."""
    found: list[Piece] = []
    for piece in pieces:
        venue, last = piece.venue, found[-1] if found else None
        if (
            venue is not None
            and last is not None
            and last.kind == "words"
            and source[last.end : piece.start] == " ("
            and source.startswith(")", piece.end)
            and _spells(source[last.start : last.end], venue.name)
        ):
            found[-1] = piece._replace(start=last.start, end=piece.end + 1)
        elif (
            piece.kind == "date"
            and last is not None
            and last.venue is not None
            and last.venue.form is None
            and source[last.end - 1] == ")"
            and _BETWEEN.fullmatch(source, last.end, piece.start)
        ):
            dated = last.venue.model_copy(update={"form": piece.form, "between": source[last.end : piece.start]})
            found[-1] = last._replace(end=piece.end, venue=dated)
        else:
            found.append(piece)
    return tuple(found)


def _spells(words: str, name: str) -> bool:
    """Return whether the capitals of a short name are initials of some words, in their order: ``RSS`` those of
    ``Robotics: Science and Systems``."""
    initials = iter(word[0] for word in re.findall(r"\w+", words) if word[0].isupper())
    capitals = _CAPITAL.findall(name)
    return len(capitals) > 1 and all(capital in initials for capital in capitals)
