"""Find the one leaf that a model names by id, heading or both; a name that could mean two leaves is none."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping

from agent.core.judging.answer import fold
from agent.records import NO_LEAF

_SEVERAL = re.compile(r"[,;|\n\u3001\uff0c\uff1b&]|\band\b", re.IGNORECASE)
_WITH_ID = re.compile(
    r"^\W*(?:(?:(?:section|leaf|sec)(?:[\s_-]?(?:id|no|number))?|id|number)\b\.?[\s:=#]*|no[.:]\s?(?=\d))?\W*(?P<id>[^\s\]):,;]+?)[\]):.,;]*(?:[\s:\u2013\u2014-]+(?P<rest>.*))?$",
    re.IGNORECASE,
)
_NONE = ("none", "null", "n/a", "no leaf fits", "not applicable")
"""What models write for no leaf, unless a leaf is called so."""
_OR = re.compile(r"(?:or|and|vs|versus)\b", re.IGNORECASE)
_LONGEST = 300
"""Characters: no heading is longer, and no pattern is tried on more."""
_ABOVE = re.compile(r"\s*(?:>|»|→|/|::)\s*")
"""Between a heading and the one above it: ``Data / Filtering``."""


class LeafNames:
    """The names of the leaves of one taxonomy: ``labels`` holds the heading of each id, as far as known."""

    def __init__(self, leaves: Collection[str], labels: Mapping[str, str]) -> None:
        self._ids = {*leaves, NO_LEAF}
        meant: defaultdict[str, set[str]] = defaultdict(set)
        for leaf in self._ids:
            meant[fold(leaf)].add(leaf)
        for leaf, label in labels.items():
            for heading in (label, label.removeprefix(leaf)):
                meant[fold(heading)].add(leaf)
        for name in map(fold, _NONE):
            meant[name] = meant.get(name) or {NO_LEAF}
        self._by_name = {name: next(iter(ids)) for name, ids in meant.items() if name and len(ids) == 1}
        self._ambiguous = {name for name, ids in meant.items() if len(ids) > 1}

    def find(self, named: str) -> str | None:
        """Return the id that ``4.2.1``, ``[4.2.1] Sampling``, ``Section 4.2.1``, ``sampling`` or ``Data > Sampling``
        means; None when it means none, or more than one: an id with the heading of another leaf."""
        if named in self._ids:
            return named
        if len(named) > _LONGEST:
            return None
        if (name := fold(named)) in self._by_name:
            return self._by_name[name]
        if name in self._ambiguous:
            return None
        found = _WITH_ID.match(named.strip())
        leaf = self._by_id(found["id"]) if found else None
        if found and leaf is not None:
            rest = found["rest"] or ""
            others = {
                self._by_name.get(fold(rest), leaf),
                *(self._by_id(word.strip("[]().,:;")) for word in rest.split()),
            }
            return leaf if others <= {leaf, None} and not _OR.match(rest) else None
        *above, last = _ABOVE.split(named)
        return self.find(last) if above else None

    def find_all(self, named: str) -> list[str]:
        """Return the ids that the text means: one, or several in a list; empty: not all are known."""
        if (leaf := self.find(named)) is not None:
            return [leaf]
        found = [self.find(part.strip()) for part in _SEVERAL.split(named) if part.strip()]
        known = [leaf for leaf in found if leaf is not None]
        return known if len(known) == len(found) and len(found) > 1 else []

    def _by_id(self, text: str) -> str | None:
        if text in self._ids:
            return text
        folded = self._by_name.get(fold(text))
        return folded if folded is not None and fold(folded) == fold(text) else None
