"""Read the authors that an entry begins with, before its title."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from agent.core.catalog.formats.inline import unescape
from agent.core.catalog.formats.style import Piece, References
from agent.core.catalog.pieces.names import INITIALS, Manner, are_several, read_names
from agent.core.catalog.pieces.venues import find_venue
from agent.core.catalog.reading.badges import BadgeReader
from agent.core.catalog.reading.scanned import WORDY
from agent.core.catalog.reading.titles.cited import colon_names
from agent.core.catalog.reading.titles.nicknames import COINED
from agent.core.catalog.reading.titles.plain import Title

ABBREVIATED: Final = re.compile(r"et al$|\u0438 \u0434\u0440$|\b[A-Z\u0410-\u042f]$|\bu\. ?a$|\by cols?$|\bet coll$")
"""Names whose full stop belongs to them."""
_DATED_NAMES: Final = re.compile(r"[^\W\d]\.? \((?:19|20)\d\d[a-z]?\)[.,:]?\s*$")
_CUT_NAMES: Final = re.compile(r"(?:\w et al\.?|\w & \w+)[,:]\s*$")
_YEAR_END: Final = re.compile(r"(?<!\bal)[.,:\s]*\(?(?:(?:19|20)\d\d[a-z]?\)?[.,:\s]*)?$")


class _Lead(NamedTuple):
    """What sets authors off from the title behind them; the last three, only from one that is a link."""

    quoted: bool  # ``Miller, "Title"``
    emphasised: bool  # ``Miller, *Title*``
    coloned: bool  # ``Miller, A., Chen, B.: Title``
    dated: bool  # ``Miller et al. (2024), [Title](...)``
    cut: bool  # ``Miller et al., [Title](...)``
    stopped: bool  # ``Ada Miller, Bo Chen. [Title](...)``

    @property
    def marked(self) -> bool:
        """Whether it is more than a full stop."""
        return any(self[:-1])


class LeadingReader(BadgeReader):
    """Reads authors before the title; ``_authors`` are those told so far, wherever they stand."""

    def __init__(self, source: str, start: int, end: int, references: References) -> None:
        super().__init__(source, start, end, references)
        self._authors: tuple[str, ...] = ()
        self._title: Title | None = None

    def _leading_authors(self, start: int, end: int) -> Piece | None:
        """Return the authors that an entry begins with, as citations do, where its title is set off from them."""
        if self._title is None or self._authors or end > self._title.start:
            return None
        if self._cited is not None:
            self._authors = self._cited_names
            return self._cited
        lead = self._lead_to(self._title, self._source[start:end])
        word = WORDY.search(self._source, start, end)
        begin = word.start() if word else end
        if not any(lead) or self._is_boxed_in(begin, self._title):
            return None
        if not (lead.quoted or lead.coloned) and self._prose(begin, most=0):
            return None
        text = self._without_year(begin, end, lead)
        named = self._leading_names(text, lead, self._source[begin + len(text) :])
        if named is None:
            return None
        self._authors = named[0]
        return Piece("authors", begin, begin + len(text), manner=named[1])

    def _lead_to(self, title: Title, words: str) -> _Lead:
        """Return what sets these words off from the title."""
        before = self._source[: title.start].rstrip("[")
        linked = title.link is not None
        return _Lead(
            quoted=before.rstrip("*_` \u00a0\u202f")[-1:] in ('"', "\u201c", "\u201e", "\u00ab"),
            emphasised=before[-1:] in ("*", "_"),
            coloned=colon_names(words) is not None,
            dated=linked and _DATED_NAMES.search(before) is not None,
            cut=linked and _CUT_NAMES.search(before) is not None,
            stopped=linked and before.rstrip().endswith((".", "al*", "al_")),
        )

    def _is_boxed_in(self, begin: int, title: Title) -> bool:
        """Return whether words stand in brackets that are not those of the title's link."""
        linked = title.link is not None and begin == title.link.inner[0]
        return self._source[begin - 1] in "[(" and not linked

    def _without_year(self, begin: int, end: int, lead: _Lead) -> str:
        """Return names without the year and signs behind them, but with the full stop of an abbreviation."""
        text = _YEAR_END.sub("", self._source[begin:end])
        if ABBREVIATED.search(text) and self._source[begin + len(text)] == ".":
            text += "."
        return text.rstrip(" ,:") if lead.cut else text

    def _leading_names(self, text: str, lead: _Lead, after: str) -> tuple[tuple[str, ...], Manner] | None:
        """Return the authors that words are, or None where they are a venue or nickname. Several will do before a full
        stop, else one."""
        listed = lead.marked and not lead.coloned and ("," in text or INITIALS.match(text) is not None)
        named = read_names(unescape(text), sure=lead.quoted or lead.dated or lead.cut or listed)
        if named is None or (lead.dated and find_venue(text, 0, len(text), alone=True) is not None):
            return None  # ``ICML (2024), [Title](...)``
        if " " not in text and (after.lstrip("<>/u ").startswith(":") or COINED.search(text)):
            return None  # ``SAM: [Title](...)``
        return named if lead.marked or are_several(named) else None
