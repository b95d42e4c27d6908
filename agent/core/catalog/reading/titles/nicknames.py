"""The nickname of a paper: before the colon of its title, or apart from the title."""

from __future__ import annotations

import re
from typing import Final

from agent.core.catalog.formats.inline import Node, unescape
from agent.core.catalog.pieces.names import INITIALS
from agent.core.catalog.reading.scanned import EDGE, LETTER, NAME_WORDS, SHORTCODE, Leaf
from agent.core.catalog.reading.titles.cited import colon_names
from agent.core.catalog.reading.titles.groups import GroupReader

COINED: Final = re.compile(r"\d|[a-z][A-Z]|^[A-Z]{2,}")
_PICTURE: Final = re.compile(r"[\u2600-\u27bf\U0001f000-\U0001faff]")
"""An emoji before a few words tells what they are about: they are no name."""
_CUT: Final = re.compile(r"(?<!\w)et\.? al$")
"""What the names of authors end with."""


class NicknameReader(GroupReader):
    """Finds the nickname that stands before a title."""

    def _name_before(self, stop: int) -> tuple[int, int] | None:
        """Return the short name that stands before a title: in bold or brackets, or before a colon."""
        for leaf in reversed(self._leaves):
            if leaf.node.end > stop or leaf.linked:
                continue
            text = self._source[leaf.node.start : leaf.node.end]
            words = unescape(text).strip(EDGE)
            if not words or self._is_in_shortcode(leaf.node, stop):
                continue
            if not LETTER.search(words) or ("," in words and colon_names(text) is not None):
                return None
            if leaf.parents and leaf.parents[0].kind == "paren" and self._is_beside_name(leaf.parents[0]):
                continue
            return self._bare_name(leaf.node.start, leaf.node.end) if self._is_name(leaf, words, stop) else None
        return None

    def _is_name(self, leaf: Leaf, words: str, stop: int) -> bool:
        """Return whether a few words are a name: marked as one, or a single one that is coined or begins the title."""
        if len(words.split()) > NAME_WORDS or _PICTURE.match(words):
            return False
        if INITIALS.match(words) or _CUT.search(words):
            return False  # authors
        if not self._is_title_text(words) and not self._goes_on_with(words, stop):
            return False
        grouped = any(parent.kind in ("bold", "bracket", "paren", "code") for parent in leaf.parents)
        if grouped or self._source[leaf.node.start : leaf.node.end].rstrip().endswith((":", "\uff1a")):
            return True
        return " " not in words and (COINED.search(words) is not None or self._goes_on_with(words, stop))

    def _is_beside_name(self, paren: Node) -> bool:
        """Return whether parentheses say more of the name in bold before them: ``**SAM** (Acme, 7B) "Title"``."""
        bold = next((node for node in self._nodes if node.kind == "bold" and node.end <= paren.start), None)
        return bold is not None and not self._source[bold.end : paren.start].strip()

    def _is_in_shortcode(self, node: Node, stop: int) -> bool:
        """Return whether a stretch is a part of ``:game_die:``, which the underscore parts."""
        if self._source[node.start - 1 : node.start] != "_" and self._source[node.end : node.end + 1] != "_":
            return False
        codes = SHORTCODE.finditer(self._source, self._start, stop)
        return any(code.start() <= node.start < code.end() for code in codes)

    def _goes_on_with(self, words: str, at: int) -> bool:
        """Return whether the source from there on begins with these words, in any case."""
        return re.match(rf"\W*{re.escape(words)}\b", self._source[at : self._end], re.IGNORECASE) is not None

    def _bare_name(self, start: int, end: int) -> tuple[int, int]:
        """Return a nickname's stretch without brackets around it."""
        start, end = self._trim(start, end)
        if self._source[start : start + 1] in ("(", "[") and self._source[end - 1 : end] in (")", "]"):
            return start + 1, end - 1
        return start + (self._source[start] in "(["), end


def nickname_of(title: str) -> str:
    """Return the nickname that a title begins with before its colon, such as ``SpoonPick``, or an empty text."""
    before, colon, after = title.partition(":")
    words = before.split()
    if not colon or not after.strip() or not 1 <= len(words) <= NAME_WORDS or len(before) > 32:
        return ""
    coined = any(re.search(r"\d|.[^\W\d_a-z]|[^\w\s-]", word) for word in words)
    return (
        before.strip()
        if (len(words) == 1 and words[0][0].isupper())
        or (coined and words[0][0].isupper())
        or (coined and len(words) == 1)
        else ""
    )
