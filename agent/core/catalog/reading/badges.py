"""Read badges and other images of an entry: a badge may show a date, a venue, an id or a repository."""

from __future__ import annotations

import re
from typing import Final

from agent.core.catalog.formats.inline import Node
from agent.core.catalog.formats.style import Piece, PieceKind, References
from agent.core.catalog.pieces.dates import find_dates
from agent.core.catalog.pieces.venues import PrintedVenue, find_venue
from agent.core.catalog.reading.scanned import ID
from agent.core.catalog.reading.titles.linked import TitleReader

_ALT: Final = re.compile(r"!\[([^\[\]]*)\]|\balt\s*=\s*[\"']([^\"']*)")
_BADGE_NAMES: Final = frozenset("badge img image pdf arxiv paper venue conference publish publication status".split())  # noqa: SIM905
"""What a badge may be called that shows the venue of any paper."""
BADGE: Final = re.compile(r"shields\.io|badge", re.IGNORECASE)
_DATING: Final = frozenset("date dated time year month published submitted released updated paper papers pub".split())  # noqa: SIM905
_REPOSITORY: Final = re.compile(
    r"img\.shields\.io/github/[\w/-]*?/([\w.-]+/[\w.-]+?)(?:\.svg|\.png|\?|$)"
    r"|(?:github\.com|gitlab\.com)/([\w.-]+/[\w.-]++)(?!/(?:-/)?(?:blob|raw|tree)/|(?<=/assets)/)"
)
"""The repository that a badge shows; a file of one is a figure of its paper."""


class BadgeReader(TitleReader):
    """Reads images into pieces: ``_venue`` and ``_dates`` are those told so far, ``_marks`` the signs."""

    def __init__(self, source: str, start: int, end: int, references: References) -> None:
        super().__init__(source, start, end, references)
        self._pieces: list[Piece] = []
        self._marks: list[Piece] = []
        self._venue: PrintedVenue | None = None
        self._dates: list[tuple[int, int, int]] = []

    def _piece(self, kind: PieceKind, start: int, end: int, **more: object) -> None:
        if end > start:
            self._pieces.append(Piece(kind, start, end, **more))  # type: ignore[arg-type]

    def _image(self, node: Node) -> None:
        """Read an image: a badge may show a date, a venue or an id, or the stars of a repository."""
        if node.url_span is not None and _REPOSITORY.search(node.url):
            self._piece("code", node.start, node.end)
        elif node.url_span is not None and self._shows_venue(*node.url_span):
            self._venue_badge(node, *node.url_span)
        elif not self._badge(node):
            self._piece("mark", node.start, node.end)

    def _shows_repository(self, link: Node) -> bool:
        """Whether a link is around a badge that shows the stars of a repository: it leads to code."""
        return any(_REPOSITORY.search(image.url) for image in link.find("image"))

    def _shows_venue(self, start: int, end: int) -> bool:
        """Whether a badge names where a paper was accepted, which is no other paper's."""
        shown = self._source[start:end].split("?")[0].rsplit("/", 1)[-1]
        venue = find_venue(shown, 0, len(shown), alone=False)
        dated = next(find_dates(shown), None)
        if venue is not None:
            told = venue.year is not None or dated is not None
            return venue.start == 0 and told and not venue.venue.preprint
        words = re.findall(r"[^\W\d_]{3,}", shown.rpartition("-")[0])
        return dated is not None and not dated.month and any(word.casefold() not in _DATING for word in words)

    def _venue_badge(self, node: Node, start: int, end: int) -> None:
        """Read a badge that shows a venue with its year and nothing else; of any other, the words are the paper's."""
        at = start + self._source[start:end].rfind("/") + 1
        venue = find_venue(self._source[at:end], 0, end - at, alone=False)
        alternative = _ALT.search(self._source, node.start, node.end)
        called = re.findall(r"\w+", (next(filter(None, alternative.groups()), "") if alternative else "").casefold())
        if not _BADGE_NAMES.issuperset(called):
            venue = None  # ``![ICML](...)``
        if venue is None or venue.year is None or self._source[at + venue.end : at + venue.end + 1] != "-":
            self._piece("mark", node.start, node.end)
            return
        self._venue = self._venue or venue
        self._piece("venue", at + venue.start, at + venue.end, venue=venue.venue)

    def _badge(self, node: Node) -> bool:
        """Read the id, or the venue and date, that a badge shows; say whether it shows any."""
        if node.url_span is None or not BADGE.search(node.url):
            return False
        start, end = node.url_span
        if found := ID.search(self._source, start, end):
            self._piece("id", *found.span())
            return True
        end = start + len(self._source[start:end].partition("?")[0])  # what follows says how it looks
        venue = find_venue(self._source, start, end, alone=False)
        dates = list(find_dates(self._source, start, end))
        if venue is not None:
            self._venue = self._venue or venue
            self._piece("venue", venue.start, venue.end, venue=venue.venue)
            dates = [date for date in dates if date.start >= venue.end]
        if dates:
            self._dates.append(dates[0].key)
            self._piece("date", dates[0].start, dates[0].end, form=dates[0].form)
        return venue is not None or bool(dates)
