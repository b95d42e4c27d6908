"""A stretch of an entry's source as a tree of inline nodes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from agent.core.catalog.formats.inline import Node, scan, unescape, visible
from agent.core.catalog.formats.style import References
from agent.core.catalog.pieces.dates import find_dates
from agent.core.catalog.pieces.journals import names_journal
from agent.core.catalog.pieces.labels import is_label_text, label_of, leads_to_paper
from agent.core.catalog.pieces.names import read_names
from agent.core.catalog.pieces.venues import find_venue

EDGE: Final = (
    " \t\r\n.,;:|/+-\u2013\u2014\u2212()[]{}*_~\"'`\u201c\u201d\u2018\u2019\u201e\u00ab\u00bb"
    "\uff0c\u3002\uff1a\uff1b\u3001\uff08\uff09"
    "\u3010\u3011\u300a\u300b\u300c\u300d<>\u00b7\u2022\u00a0\\=\u2192"
)
_TITLE_EDGE: Final = " \t\r\n|:,;-\u2013\u2014\u00a0\uff1a\uff0c"
ID: Final = re.compile(r"\d(?<![\d.]\d)\d{3}\.\d{4,5}(?:v\d+)?(?![\d.]\d|\d)")
SHORTCODE: Final = re.compile(r":[a-z0-9_+-]+:")
_ENTITY: Final = re.compile(r"&#?\w+;$")
SPACE_ENTITY: Final = re.compile(r"&(?:nbsp|emsp|ensp|thinsp);?")
_MARKED: Final = frozenset({"bold", "italic", "quote", "code"})
_EMPHASIS: Final = frozenset({"quote", "bold", "italic"})
LETTER: Final = re.compile(r"[^\W\d_]")
_SIGNS_BEFORE: Final = re.compile(r"\A[^\w\s]+\s*(?=\w)")
WORDY: Final = re.compile(r"\w")
HARD_BREAK: Final = re.compile(r"(?:\s*<br ?/?>|\\)+\s*\Z", re.IGNORECASE)
"""A hard break at the end of a line."""
SENTENCE_END: Final = re.compile(r"(?<=[^\W\d_]{3})\.\s+(?=\S)")
"""The full stop behind a word, no initial, that other words follow."""
_DAY: Final = re.compile(r"\d{1,2}[/.-]\d{1,2}")
_WORD: Final = re.compile(r"\w+")
_ABBREVIATED: Final = re.compile(r"(?<!\w)[A-Z][a-z]{1,6}\.(?= |$)")
"""A word of a journal's name as sciences cut it: the ``Rev.`` and ``Lett.`` of ``Phys. Rev. Lett.``."""
_CLOSING_CODES: Final = re.compile(r"\s*(?::[a-z0-9_+-]+:\s*)+$")
NUMBERED: Final = re.compile(
    r"[\s(\[]*arxiv[: ]\s?\d{4}\.\d{4,5}(?:v\d)?(?:\W+(?:19|20)\d\d)?[)\].,:\s]*", re.IGNORECASE
)
"""Where a paper is on arXiv, by its id: ``[arXiv:2511.00001]``."""
NAME_WORDS: Final = 3


@dataclass(slots=True, eq=False)  # as the nodes
class Leaf:
    """A visible stretch with the groups and the link it stands in."""

    node: Node
    parents: tuple[Node, ...]
    linked: bool


class Scanned:
    """A stretch of source and its nodes, with the stretches of text, the links and the groups among them.

    ``_wrapping`` is what emphasis, quotes or code hold, by where they stand.
    ``_leaves`` are the stretches of text, ``_all_links`` the links, those within others too, ``_own_links`` the others
    with what they stand in, ``_groups`` the quotes and emphasised words that have no link and are in none.
    """

    def __init__(self, source: str, start: int, end: int, references: References) -> None:
        self._source = source
        self._start, self._end = start, end
        self._nodes = scan(source, start, end, references)
        self._leaves: list[Leaf] = []
        self._all_links: list[Node] = []
        self._own_links: list[tuple[Node, tuple[Node, ...]]] = []
        self._groups: list[Node] = []
        self._wrapping: dict[tuple[int, int], tuple[int, int]] = {}
        self._said: dict[Node, str] = {}
        self._collect(self._nodes, (), linked=False)

    def _collect(self, nodes: Sequence[Node], parents: tuple[Node, ...], *, linked: bool) -> None:
        for node in nodes:
            kind = node.kind
            if kind == "text":
                self._leaves.append(Leaf(node, parents, linked))
                continue
            if kind == "link":
                self._all_links.append(node)
                if not linked:
                    self._own_links.append((node, parents))
            elif kind in _MARKED:
                self._wrapping.setdefault((node.start, node.end), node.inner)
            if node.children:
                links, groups = len(self._all_links), len(self._groups)
                self._collect(node.children, (node, *parents), linked=linked or kind == "link")
                if kind in _EMPHASIS and not linked and len(self._all_links) == links:
                    self._groups.insert(groups, node)
            elif kind in _EMPHASIS and not linked:
                self._groups.append(node)

    def _text(self, start: int, end: int) -> str:
        """Return what a reader sees of a stretch."""
        for leaf in self._leaves:
            if leaf.node.start <= start and end <= leaf.node.end:
                return " ".join(unescape(self._source[start:end]).split())
        return visible(self._source, _within(self._nodes, start, end))

    def _is_title_text(self, text: str) -> bool:
        text = text.strip(EDGE)
        if not LETTER.search(text):
            return bool(WORDY.search(text)) and not _has_date(text) and not ID.fullmatch(text)
        return label_of(text) is None and not is_meta_text(text)

    def _is_meta(self, node: Node) -> bool:
        """Return whether a group holds a link, a date or a venue."""
        if node.find("link", "image"):
            return True
        text = self._seen(node).strip(EDGE)
        return is_meta_text(text) or is_label_text(text)

    def _is_names(self, node: Node) -> bool:
        text = self._seen(node).strip('[]()"\u201c\u201d\u201e\u00ab\u00bb ')
        venue = find_venue(text, 0, len(text), alone=False)
        text = (text[: venue.start] if venue else text).rstrip(" .,;")
        few = len(text.split()) < 4
        several = "," in text or "et al" in text or " and " in text or "&" in text
        return (few or several) and read_names(text, sure=few) is not None

    def _paper(self, node: Node) -> bool:
        return leads_to_paper(node.url)

    def _prose(self, stop: int, *, most: int) -> bool:
        """Return whether more than so many unlinked words stand before, dates, venues and marks aside."""
        count = 0
        for leaf in self._leaves:
            if leaf.node.end > stop:
                break
            if leaf.linked:
                continue
            text = unescape(self._source[leaf.node.start : leaf.node.end]).strip(EDGE)
            if text and not is_meta_text(text) and not _DAY.fullmatch(text):
                count += len(_WORD.findall(SHORTCODE.sub("", text)))
                if count > most:
                    return True
        return False

    def _seen(self, node: Node) -> str:
        """Return what a reader sees of a node."""
        text = self._said.get(node)
        if text is None:
            held = node.children
            if not held or (len(held) == 1 and held[0].kind == "text"):
                text = " ".join(unescape(self._source[slice(*(held[0] if held else node).inner)]).split())
            else:
                text = visible(self._source, held)
            self._said[node] = text
        return text

    def _words(self, node: Node) -> int:
        return len(self._seen(node).split())

    def _trim(self, start: int, end: int) -> tuple[int, int]:
        """Return the stretch without the marks around all of it, white space and the stop at its end."""
        source = self._source
        while True:
            before = (start, end)
            if ":" in source[start:end] and (closing := _CLOSING_CODES.search(source[start:end])):
                end = start + closing.start()
            while start < end and source[start] in _TITLE_EDGE:
                start += 1
            while end > start and source[end - 1] in _TITLE_EDGE + ".[(":
                if source[end - 1] in "[(-|" and source.startswith("\\", end - 2) and end - start > 2:
                    end -= 2  # an escaped sign before what follows the title: ``Title \[[Paper](...)\]``
                    continue
                if (
                    end - start < 2
                    or source[end - 2] == "\\"
                    or (source[end - 1] == ";" and _ENTITY.search(source[start:end]))
                ):
                    break
                end -= 1
            if (around := self._wrapping.get((start, end))) is not None:
                start, end = around
            if (start, end) == before:
                return start, end


@lru_cache(maxsize=4096)
def _has_date(text: str) -> bool:
    return next(find_dates(text), None) is not None


@lru_cache(maxsize=4096)
def is_meta_text(text: str) -> bool:
    """Say whether a text is a date, a venue or an id, and nothing else but signs before it."""
    text = _SIGNS_BEFORE.sub("", text)
    if len(text) > 70 or not text:
        return False
    if ID.fullmatch(text) or NUMBERED.fullmatch(text):
        return True
    dates = list(find_dates(text))
    venue = find_venue(text, 0, len(text), alone=True, dates=dates)
    if (
        venue is not None
        and not _may_be_title(venue.venue.name)
        and not (text[: venue.start] + text[venue.end :]).strip(EDGE)
    ):
        return venue.year is not None or venue.venue.preprint or len(text.split()) < 3
    return len(dates) == 1 and not (text[: dates[0].start] + text[dates[0].end :]).strip(EDGE)


def _may_be_title(name: str) -> bool:
    """Return whether what stands before a year are words that no known venue or journal has: three or more, or two
    parted by a colon."""
    if (": " not in name and len(name.split()) < NAME_WORDS) or len(_ABBREVIATED.findall(name)) > 1:
        return False
    return not names_journal(name) and find_venue(name, 0, len(name), alone=False) is None


def strip_edges(source: str, start: int, end: int) -> tuple[int, int]:
    while start < end:
        if source[start] in EDGE:
            start += 1
        elif source[start] == "&" and (entity := SPACE_ENTITY.match(source, start, end)) is not None:
            start = entity.end()
        else:
            break
    while end > start and source[end - 1] in EDGE:
        if source[end - 1] in ")" and "(" in source[start:end]:
            break
        if source[end - 1] == '"' and source.count('"', start, end) % 2 == 0:
            break  # it closes a quote within
        end -= 1
    return start, end


def before(nodes: Sequence[Node], stop: int) -> list[Node]:
    return [node for node in nodes if node.end <= stop]


def _within(nodes: Sequence[Node], start: int, end: int) -> list[Node]:
    """Return the nodes of a stretch, text cut to it."""
    found: list[Node] = []
    for node in nodes:
        if node.end <= start or node.start >= end:
            continue
        if node.start >= start and node.end <= end:
            found.append(node)
        elif node.kind == "text":
            found.append(
                Node("text", max(start, node.start), min(end, node.end), (max(start, node.start), min(end, node.end)))
            )
        elif node.kind == "code":
            found.append(Node("text", max(start, node.inner[0]), min(end, node.inner[1]), node.inner))
        else:
            found.extend(_within(node.children, start, end))
    return found
