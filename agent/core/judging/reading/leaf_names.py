"""Find the one leaf that a model names by id, heading or both; a name that could mean two leaves is none."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping

from agent.core.judging.reading.names import fold, plain, slug
from agent.records import NO_LEAF

_SEVERAL = re.compile(r"[,;|\n\u3001\uff0c\uff1b&/+>\u2192]|\b(?:and|then)\b|\s(?=\d{1,2}\)\s)", re.IGNORECASE)
_ITEM = re.compile(r"^\s*(?:\d{1,2}|[a-z])[.)]\s+", re.IGNORECASE)
_TAG = re.compile(r"</?\w{1,20}>")
_WITH_ID = re.compile(
    r"^\W*(?:(?:(?:section|leaf|sec)(?:[\s_-]?(?:id|no|number))?|id|number)(?:\b|_)\.?[\s:=#]*|no[.:]\s?(?=\d))?\W*(?P<id>[^\s()\[\]:,;]+?)[\]):.,;]*(?:[\s:(\u2013\u2014-]+(?P<rest>.*))?$",
    re.IGNORECASE,
)
_NONE = re.compile(
    r"none(_(of_)?(the|these|them|those)(_\w+)?|_fits?|_applies)?|null|n/a|not_applicable|not_listed|unclassified"
    r"|no(_(suitable|matching|fitting|appropriate|such|good))?_(leaf|section|category|match|fit)(_(fits?|found|applies))?"
)
"""What models write for no leaf, as ``fold`` returns it, unless a leaf is called so."""
_ID_LAST = re.compile(r"^(?P<heading>.*\S)[\s:\u2013\u2014-]+[(\[]?(?P<id>[^\s()\[\]]+?)[)\].]*$")
_OR = re.compile(r"(?:or|and|vs|versus)\b", re.IGNORECASE)
_BEHIND_WORD = re.compile(r"^\W*(?P<word>[^\W\d_]{1,20})[\s.:#]{0,4}(?P<numbered>\d.*)$")
_BEFORE_WORD = re.compile(r"^\W*(?P<id>\d[\d.]*)(?P<heading>[^\W\d_].*)$")
_DENIED = re.compile(
    r"^(?:not?|non|nicht|kein\w*|pas|sans?|sin|n\u00e3o|nem|\u043d\u0435\w*|niet|geen|ikke|inte|unlike|except|than|vs|versus|over|besides|top|rank|score|grade|level)$"
    r"|[\u4e0d\u975e\u65e0\u6ca1\u5426]",
    re.IGNORECASE,
)
"""A word before a number which says, in many languages, that it is not this one, or that it counts something else."""
_DENIES = re.compile(r"(?:(?:does|do|is|would|can)[ ]?)?(?:not|n['\u2019]t|no)\b|cannot\b", re.IGNORECASE)
"""What says, behind a leaf, that it is not the one."""
_LONGEST = 300
"""Characters: no heading is longer, and no pattern is tried on more."""
_ABOVE = re.compile(r"\s*(?:>|»|\u203a|→|/|::)\s*")
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
        self._by_name = {name: next(iter(ids)) for name, ids in meant.items() if name and len(ids) == 1}
        self._ambiguous = {name for name, ids in meant.items() if len(ids) > 1}
        slugs: defaultdict[str, set[str]] = defaultdict(set)
        for name, ids in meant.items():
            slugs[slug(name)] |= ids
        self._by_slug = {name: next(iter(ids)) for name, ids in slugs.items() if name and len(ids) == 1}

    def find(self, named: str) -> str | None:
        """Return the id that ``4.2.1``, ``[4.2.1] Sampling``, ``Section 4.2.1``, ``sampling`` or ``Data > Sampling``
        means; None when it means none, or more than one: an id with the heading of another leaf."""
        if named in self._ids:
            return named
        if len(named) > _LONGEST:
            return None
        named = _TAG.sub("", plain(named)).strip()
        if (name := fold(named)) in self._by_name:
            return self._by_name[name]
        if name in self._ambiguous:
            return None
        if named == "-" or _NONE.fullmatch(name):
            return NO_LEAF
        found = _WITH_ID.match(named)
        leaf = self._by_id(found["id"]) if found else None
        if found and leaf is not None:
            return leaf if self._may_follow(found["rest"] or "", leaf) else None
        *above, last = _ABOVE.split(named)
        if above:
            leaf = self.find(last)
            return None if leaf == NO_LEAF or all(self.find(part) for part in above) else leaf
        none = NO_LEAF if re.fullmatch(rf"(?:[^\W\d_]{{1,20}}_)?{slug(NO_LEAF)}", slug(named)) else None
        return self._by_heading_and_id(named) or self._by_slug.get(slug(named)) or self._by_number(named) or none

    def _may_follow(self, rest: str, leaf: str) -> bool:
        """Tell whether what stands behind the id of a leaf names no other leaf."""
        words = (self._by_id(word.strip("[]().,:;")) for word in rest.split())
        if _DENIES.match(rest) and self._by_name.get(fold(rest)) != leaf:
            return False
        others = {self._by_name.get(fold(rest), leaf), *words}
        return others <= {leaf, None} and not _OR.match(rest)

    def _by_heading_and_id(self, named: str) -> str | None:
        """Return the leaf of ``Sampling (4.2.1)``, which has its own heading before its id."""
        found = _ID_LAST.match(named)
        leaf = self._by_id(found["id"]) if found else None
        return leaf if found and self._by_name.get(fold(found["heading"])) == leaf else None

    def _by_number(self, named: str) -> str | None:
        """Return the leaf whose number stands behind a word, which may mean a section in any language, or directly
        before its own heading."""
        if found := _BEHIND_WORD.match(named):
            leaf = None if _DENIED.search(found["word"]) else self._by_id(found["numbered"].partition(" ")[0])
            rest = found["numbered"].partition(" ")[2]
            return leaf if not rest or self._by_name.get(fold(rest)) == leaf else None
        found = _BEFORE_WORD.match(named)
        leaf = self._by_id(found["id"]) if found else None
        return leaf if found and self._by_name.get(fold(found["heading"])) == leaf else None

    def find_all(self, named: str) -> list[str]:
        """Return the ids that the text means: one, or several in a list; empty: not all are known."""
        if (leaf := self.find(named)) is not None:
            return [leaf]
        found = [self.find(part) or self.find(_ITEM.sub("", part)) for part in _SEVERAL.split(named) if part.strip()]
        known = [leaf for leaf in found if leaf is not None]
        return known if len(known) == len(found) and len(found) > 1 else []

    def _by_id(self, text: str) -> str | None:
        if text in self._ids:
            return text
        folded = self._by_name.get(fold(text))
        return folded if folded is not None and fold(folded) == fold(text) else None
