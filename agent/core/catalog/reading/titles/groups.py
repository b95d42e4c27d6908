"""Tell what a group of words holds that is no title: authors, a date, a key, code."""

from __future__ import annotations

import re
from typing import Final

from agent.core.catalog.formats.inline import Node
from agent.core.catalog.pieces.dates import find_dates
from agent.core.catalog.pieces.names import read_names
from agent.core.catalog.reading.scanned import EDGE, ID, NAME_WORDS, is_meta_text
from agent.core.catalog.reading.titles.cited import CitedReader

_CITED_GROUP: Final = re.compile(r"(?P<names>.+?\bet al\.?|.+),\s+(?P<rest>[^,]+)")

_SHORT: Final = 8
_ABBREVIATED: Final = re.compile(r"(?<![^\W_])(?:[a-z]|vs|cf|et al|etc|approx|resp|vol|no|v?\d+)\.$", re.IGNORECASE)
"""What a full stop ends that does not end a title."""


class GroupReader(CitedReader):
    """Tells what brackets, parentheses, emphasis or quotation marks hold."""

    def _is_strong(self, group: Node) -> bool:
        """Return whether quoted or emphasised words are long enough for a title, and no names."""
        return self._words(group) > NAME_WORDS and self._is_title_text(self._seen(group)) and not self._is_names(group)

    def _is_parenthesised(self, group: Node) -> bool:
        """Return whether emphasised words are all that stands in parentheses: ``(*A Journal*) Title``."""
        around = (self._source[group.start - 1 : group.start], self._source[group.end : group.end + 1])
        return group.kind != "quote" and around in (("(", ")"), ("\uff08", "\uff09"))

    def _is_dated(self, group: Node) -> bool:
        """Return whether a group holds a venue with its year, or a date with a month."""
        text = self._seen(group).strip(EDGE)
        return is_meta_text(text) and ID.search(text) is None and any(True for _ in find_dates(text))

    def _is_cited(self, group: Node) -> bool:
        """Return whether parentheses hold authors with a date or venue: ``(Miller et al., Jan. 2024)``."""
        found = _CITED_GROUP.fullmatch(self._seen(group).strip("()\uff08\uff09[] "))
        return found is not None and is_meta_text(found["rest"]) and read_names(found["names"], sure=True) is not None

    def _is_apart(self, group: Node) -> bool:
        """Return whether a group follows the full stop that ends a title: ``A Title. (Miller).``"""
        before = self._source[max(self._start, group.start - _SHORT) : group.start].rstrip()
        return before.endswith(".") and _ABBREVIATED.search(before) is None

    def _is_authors(self, group: Node) -> bool:
        """Return whether parentheses hold several authors, or one with ``et al``: ``(Ada Miller, Bo Chen)``. Behind a
        full stop, which ends the title, surnames alone are authors too."""
        ended = self._source[self._start : group.start].rstrip()[-1:] in tuple(".?!")
        named = read_names(self._seen(group).strip("()\uff08\uff09 "), sure=ended)
        whole = named is not None and len(named[0]) > 1 and (ended or all(" " in name for name in named[0]))
        return named is not None and (whole or named[1].most is not None)

    def _is_boxed(self, node: Node) -> bool:
        """Return whether a group is code in bold, or brackets with nothing but code: where the paper appeared, or what
        it is about, in lists that print this so."""
        if node.kind in ("bracket", "paren"):
            seen = [child for child in node.children if self._source[child.start : child.end].strip()]
            return bool(seen) and all(child.kind == "code" or self._is_boxed(child) for child in seen)
        return node.kind == "bold" and [child.kind for child in node.children] == ["code"]
