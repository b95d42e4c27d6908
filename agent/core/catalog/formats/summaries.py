"""The words of an entry that sum up its paper: a column for them, or a sentence behind or below the title."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from agent.core.catalog.formats.style import Exemplar, Piece

_HEADERS: Final = frozenset(
    """
    tldr summary summaries description descriptions contribution contributions highlight highlights takeaway takeaways
    comment comments remark remarks note notes overview idea insight
    \u7b80\u4ecb \u6458\u8981 \u603b\u7ed3 \u63cf\u8ff0 \u6982\u8ff0 \u5907\u6ce8 \u4e00\u53e5\u8bdd\u603b\u7ed3
    \u8981\u70b9 \u6982\u8981 \u8bf4\u660e \u30b3\u30e1\u30f3\u30c8 \uc694\uc57d
    """.split()  # noqa: SIM905 (read as prose)
)
_FEWEST_WORDS: Final = 4
_LONGEST: Final = 60
"""More words are a whole abstract."""
_SHARE: Final = 0.6
_ENOUGH: Final = 3
_WORD: Final = re.compile(r"[^\W\d_]+")
_ABSTRACT: Final = re.compile(
    r"(?P<open><details\b[^<>]*>\s*<summary\b[^<>]*>(?:<[^<>]*>|[^\w<>])*abstract(?:</?[^<>]*>|[^\w<>])*</summary>\s*)"
    r"(?P<body>[^<>]*[^<>\s])(?P<close>\s*</details>)",
    re.IGNORECASE,
)
_FOLD: Final = re.compile(r"<(/?)(?:details|summary)\b", re.IGNORECASE)


def open_folds(text: str) -> int:
    """Return how many tags of parts that unfold are opened more often than closed: what follows would be in them."""
    return sum(-1 if end else 1 for end in _FOLD.findall(text))


def names_summary(header: str) -> bool:
    """Say whether the name of a column or of a line is one for what sums up a paper: ``TL;DR``, ``Main idea``."""
    name = re.sub(r"[^\w\s]|_", "", header.casefold())
    return not _HEADERS.isdisjoint([*name.split(), name.replace(" ", "")])


def hold_sentences(cells: Sequence[str]) -> bool:
    """Say whether most cells of a column that say something hold a sentence."""
    telling = [cell for cell in cells if re.search(r"\w", cell)]
    return 2 * sum(is_sentence(cell) for cell in telling) > len(telling)


def share_summaries(siblings: Sequence[Exemplar]) -> bool:
    """Say whether most siblings have such words: a few may be remarks on these papers alone."""
    count = sum(find_summary(exemplar) is not None for exemplar in siblings)
    return count >= min(_ENOUGH, max(2, len(siblings))) and count >= _SHARE * len(siblings)


def find_summary(exemplar: Exemplar) -> Piece | None:
    """Return the words of an entry that sum up its paper, or None when it has none."""
    reading = exemplar.reading
    if reading.cells:
        column = next((piece for piece in reading.pieces if piece.kind == "summary"), None)
        if column is not None:
            return column
    title = reading.title_piece
    last = [piece for piece in reading.pieces if piece.kind == "words" and title and piece.start >= title.end]
    stop = next((end for start, end in reading.cells if title and start <= title.start < end), len(reading.source))
    for piece in last:
        if piece.end <= stop and is_sentence(reading.source[piece.start : piece.end]) and _is_set_off(exemplar, piece):
            return piece
    return None


def is_sentence(text: str) -> bool:
    """Say whether words are a sentence or two: no names, no keyword, no title in capitals, no whole abstract."""
    words = _WORD.findall(text)
    small = 2 * sum(word[0].islower() for word in words) >= len(words)
    return (small and _FEWEST_WORDS <= len(words) <= _LONGEST) or len(re.findall(r"[\u3040-\u9fff]", text)) > 8


def _is_set_off(exemplar: Exemplar, piece: Piece) -> bool:
    """Return whether words begin a line or follow a dash or colon, with no name before them but one for a summary."""
    source = exemplar.reading.source
    ends = [other.end for other in exemplar.reading.pieces if other.end <= piece.start]
    before = source[max(ends, default=exemplar.start) : piece.start]
    key, colon, _ = source[piece.start : piece.end].partition(":")
    if colon and len(key.split()) <= _FEWEST_WORDS and names_summary(key):
        return True
    if re.search(r"[\w(]", re.sub(r"<br ?/?>", "\n", before)):
        key = before.rpartition("\n")[2].strip(" \t-*+>_`:\uff1a|[]()")
        return names_summary(key) and before.rstrip(" *_`").endswith((":", "\uff1a", "]"))
    return re.search(r"[-\u2013\u2014:\uff1a\n>|.][\s*_`]*$|<br ?/?>\s*$", before) is not None


def fit_summary(summary: str, exemplar: Exemplar, piece: Piece) -> str:
    """Return a summary that begins and ends as the sibling's does: with ``TL;DR: ``, with a full stop, or without."""
    told = exemplar.reading.source[piece.start : piece.end]
    key, colon, _ = told.partition(":")
    lead = re.match(r"[^:]*:\s*", told) if colon and len(key.split()) <= _FEWEST_WORDS and names_summary(key) else None
    stopped = told.endswith((".", "\u3002", "!", "?"))
    return (lead[0] if lead else "") + (summary if stopped else summary.rstrip(". "))


def unfolds_abstract(text: str) -> re.Match[str] | None:
    """Return the parts of a stretch that unfolds the abstract of a paper, as plain words; None for any other."""
    return _ABSTRACT.fullmatch(text)


def share_abstracts(siblings: Sequence[Exemplar]) -> bool:
    """Say whether most siblings unfold the abstracts of their papers."""
    count = sum(_ABSTRACT.search(exemplar.reading.source) is not None for exemplar in siblings)
    return 2 * count > len(siblings)
