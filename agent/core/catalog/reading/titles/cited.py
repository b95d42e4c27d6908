"""Find the authors that a citation begins with, and what ends its title: a venue or a date."""

from __future__ import annotations

import re
from typing import Final

from agent.core.catalog.formats.inline import unescape
from agent.core.catalog.formats.style import Piece, References
from agent.core.catalog.pieces.dates import find_dates
from agent.core.catalog.pieces.names import Manner, are_several, read_names
from agent.core.catalog.pieces.venues import find_venue
from agent.core.catalog.reading.scanned import EDGE, NAME_WORDS, Scanned, is_meta_text

_CITED: Final = re.compile(r"[.,]?\s*\(?(?:19|20)\d\d[a-z]?\)?[.,:]\s+")
_FULL_STOP: Final = re.compile(r"(?<!\b[A-Z])\.\s+")
CITATION_KEY: Final = re.compile(r"(?P<name>[^\W\d_a-z][\w'\u2019-]+)(?P<more>\+| et al\.?)")
"""The first author of a paper, as keys name one: ``Miller et al.``, ``Miller+``."""
LEADS: Final = re.compile(r"(?:,\s+(?:[Ii][Nn]|[Aa][Tt]|@)|\.\s+In:)\s*$")
"""What leads from a title to its venue: ``, in``, or ``. In:``."""
_COMMA: Final = re.compile(r",\s+")
_LONGEST_NAMES: Final = 400
LONGEST_TITLE: Final = 600


class CitedReader(Scanned):
    """Finds the authors before a title, and where the title ends; ``_cited_names`` are the authors found."""

    def __init__(self, source: str, start: int, end: int, references: References) -> None:
        super().__init__(source, start, end, references)
        self._cited_names: tuple[str, ...] = ()

    def _citation(self, begin: int) -> tuple[Piece, int] | None:
        """Return the authors that a citation begins with, and where its title begins: ``Miller, A. (2024). Title``."""
        limits = (node.start for node in self._nodes if node.start > begin and node.kind not in ("text", "paren"))
        text = self._source[begin : min(next(limits, self._end), begin + _LONGEST_NAMES)]
        dated = _CITED.search(text)
        ends = [(dated.start(), dated.end(), True)] if dated else []
        ends += [(found.start(), found.end(), False) for found in _FULL_STOP.finditer(text)]
        for end, after, sure in ends:
            end += bool(re.search(r"\b[A-Z]$|\bal$", text[:end])) and text[end : end + 1] == "."
            left = text[:end]
            named = read_names(unescape(left), sure=sure and re.search(r",|\b[A-Z]\.", left) is not None)
            if named is not None and len(text[after:].split()) >= NAME_WORDS:
                self._cited_names = named[0]
                return Piece("authors", begin, begin + end, manner=named[1]), begin + after
        return self._cited_by_colon(begin, text) or self._cited_by_commas(begin)

    def _cited_by_colon(self, begin: int, text: str) -> tuple[Piece, int] | None:
        """Return the authors before a colon, and where the title begins: ``Miller, A., Chen, B.: Title. In: ICRA``."""
        colon = re.search(r"(?<=\.)(?P<colon>:)\s+", text) or re.search(r":\s+", text)
        left = text[: colon.start()] if colon else ""
        named = read_names(unescape(left), sure=True) if colon and re.search(r", [A-Z]\.", left) else None
        if named is None and colon is not None and (whole := read_names(unescape(left))) is not None:
            # Two words with capitals may be a subject: full names are several, or end with ``et al``.
            full = len(whole[0]) > 2 and all(" " in name for name in whole[0])
            named = whole if full or whole[1].most is not None else None
        if colon is None or named is None:
            return None
        self._cited_names = named[0]
        return Piece("authors", begin, begin + colon.start(), manner=named[1]), begin + colon.end()

    def _cited_by_commas(self, begin: int) -> tuple[Piece, int] | None:
        """Return the authors that commas alone part from the title, and where that begins: ``Ada Miller, Bo Chen, A
        Title, ICRA, 2021``. A venue or date must follow, and what is left for the title be no
        name, or longer than the names are."""
        text = self._source[begin : begin + LONGEST_TITLE]
        limits = (node.start for node in self._nodes if node.start > begin and node.kind not in ("text", "paren"))
        text = text[: next(limits, self._end) - begin]
        first = _COMMA.search(text)
        if first is None or read_names(text[: first.start()], sure=True) is None or " " not in text[: first.start()]:
            return None
        limit = self._end_before_meta(text)
        best: tuple[Piece, int] | None = None
        for comma in _COMMA.finditer(text, 0, limit) if limit < len(text.rstrip(" .,(")) else ():
            named = read_names(unescape(text[: comma.start()]))
            rest = text[comma.end() : limit].strip(EDGE)
            if named is None or len(rest.split()) < NAME_WORDS - 1:
                continue
            longest = max(len(name.split()) for name in named[0])
            if read_names(rest, sure=True) is not None and len(rest.split()) <= longest:
                continue
            self._cited_names = named[0]
            best = Piece("authors", begin, begin + comma.start(), manner=named[1]), begin + comma.end()
        return best

    def _end_before_meta(self, text: str) -> int:
        """Return where a title ends that runs on into a venue or a date."""
        venue = find_venue(text, 0, len(text), alone=False)
        known = (
            venue is not None
            and venue.start > 0
            and (
                venue.year is not None
                or text[: venue.start].rstrip()[-1:] in ".,("
                or LEADS.search(text[: venue.start])
            )
        )
        limit = venue.start if venue is not None and known and self._sets_off(text, venue.start) else len(text)
        dates = [
            found.start for found in find_dates(text, 0, limit) if found.month and self._sets_off(text, found.start)
        ]
        return min([limit, *dates])

    def _sets_off(self, text: str, at: int) -> bool:
        return text[:at].rstrip()[-1:] in tuple(".,([-\u2013\u2014|:?!") or limit_words(text[at:])


def limit_words(text: str) -> bool:
    """Say whether a text begins with a preprint server, which needs no sign before it to end a title."""
    return re.match(r"(?:arxiv|preprint)\b", text, re.IGNORECASE) is not None


def colon_names(text: str) -> tuple[tuple[str, ...], Manner] | None:
    """Return the several authors, or the one with ``et al``, that a text with a colon at its end names; else None."""
    left = text.rstrip()
    named = read_names(unescape(left[:-1])) if left.endswith((":", "\uff1a")) else None
    return named if named is not None and are_several(named) else None


def is_citation_key(text: str) -> bool:
    """Say whether a text names the first author with where or when a paper appeared: ``Miller et al. CVPR24``."""
    return (found := CITATION_KEY.match(text)) is not None and is_meta_text(text[found.end() :].strip(EDGE))
