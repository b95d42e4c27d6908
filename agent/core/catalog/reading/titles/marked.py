"""Find the title within the link, the emphasis or the quotation marks that hold it."""

from __future__ import annotations

import re
from typing import Final

from agent.core.catalog.formats.inline import Node, unescape
from agent.core.catalog.pieces.dates import find_dates
from agent.core.catalog.pieces.names import read_names
from agent.core.catalog.reading.scanned import EDGE, NAME_WORDS
from agent.core.catalog.reading.titles.plain import PlainTitleReader, Title

_TITLE_DATE: Final = re.compile(r",\s*$")
_BOXES: Final = ("bracket", "paren")


class MarkedTitleReader(PlainTitleReader):
    """Finds the title in what marks it."""

    def _titled(self, node: Node, link: Node | None, name: tuple[int, int] | None = None) -> Title:
        """Return the title that a link, emphasis or quotation marks hold, with the ``name`` before it."""
        if node is link and (quote := self._quoted_in(node)) is not None:
            return Title(*self._trim(*quote.inner), link, name)
        if name is None and link is not None and (parts := self._parted(node)) is not None:
            return Title(*self._trim(*parts[1]), link, self._trim(*parts[0]), split=True)
        start, end = self._without_asides(node)
        if node is link and (date := self._ending_date(start, end)) is not None:
            end = date
        return Title(*self._trim(start, end), link, name or self._name_before(node.start))

    def _without_asides(self, node: Node) -> tuple[int, int]:
        """Return what marks hold without the date or venue in brackets before or behind a title, or tags around it."""
        start, end = node.inner
        seen = [c for c in node.children if c.kind != "text" or self._source[c.start : c.end].strip()]
        if not seen:
            return start, end
        first, last = seen[0], node.children[-1]
        if first.kind == last.kind == "tag" and first.end < last.start:
            return first.end, last.start  # ``*<li>Title</li>*``
        if first.kind in _BOXES and self._is_meta(first) and first.end < end:
            start = first.end  # ``**[2024.01] Title**``
        if last is not first and last.kind in _BOXES and self._is_dated(last):
            end = last.start  # ``[Title (NeurIPS 2023)](...)``
        return start, end

    def _quoted_in(self, link: Node) -> Node | None:
        """Return the quoted title of a citation that is all one link: ``[Miller, Ada, et al. "Title." ...](...)``."""
        quote = next((child for child in link.children if child.kind == "quote" and self._words(child) > 1), None)
        if quote is None:
            return None
        before = self._source[link.inner[0] : quote.start].strip()
        return quote if "," in before and read_names(unescape(before), sure=True) is not None else None

    def _ending_date(self, start: int, end: int) -> int | None:
        """Return where a date with a month begins that ends the words of a link after a comma: ``Title, Feb 2024``."""
        for date in find_dates(self._source, start, end):
            before = _TITLE_DATE.search(self._source[start : date.start])
            if date.month and before and not self._source[date.end : end].strip(EDGE):
                return start + before.start()
        return None

    def _parted(self, link: Node) -> tuple[tuple[int, int], tuple[int, int]] | None:
        """Return the name and the rest of a title of which only one is marked: ``[SAM: **Cut It Out**]``."""
        seen = [child for child in link.children if self._source[child.start : child.end].strip()]
        kinds = [child.kind for child in seen]
        if kinds == ["quote"]:
            return self._parted(seen[0])  # ``["**SAM**: Cut It Out"](...)``
        if kinds in (["bold", "text"], ["code", "text"]) and self._words(seen[0]) <= NAME_WORDS:
            colon = (
                self._source[slice(*seen[0].inner)].rstrip() + self._source[seen[1].start : seen[1].end].lstrip()[:1]
            )
            return (self._bare_name(*seen[0].inner), seen[1].inner) if re.search(r"[:\uff1a].?$", colon) else None
        if kinds not in (["text", "bold"], ["text", "italic"]):
            return None
        name = self._source[seen[0].start : seen[0].end].rstrip()
        short = name.endswith((":", "\uff1a")) and len(name.split()) <= NAME_WORDS
        return (seen[0].inner, seen[1].inner) if short else None
