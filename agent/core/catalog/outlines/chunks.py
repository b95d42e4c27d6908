"""The headings at which the chunks of a text begin: those that surely are none of code or raw HTML."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_ATX: Final = re.compile(r"#{1,6}(?:[ \t]|$)")
_FENCE: Final = re.compile(
    r"(?P<indent>[ \t]*)(?P<marker>(?:(?:[-*+]|\d{1,9}[.)]|>)[ \t]+)*)(?P<run>`{3,}|~{3,})(?P<info>[^\r\n]*)"
)
_RAW_OPEN: Final = re.compile(r"<!--|<(?:script|pre|style|textarea)\b|<\?|<![A-Z]|<!\[CDATA\[", re.IGNORECASE)
_RAW_CLOSE: Final = re.compile(r"-->|</(?:script|pre|style|textarea)>|\?>|\]\]>", re.IGNORECASE)


class _Chunks:
    """Finds headings that surely are none of a code block's or of raw HTML, line by line."""

    def __init__(self) -> None:
        self._fence: tuple[str, int] | None = None
        self._raw = self._html = False
        self.unclear = False

    def begins(self, line: str) -> bool:
        """Say whether a line surely is a heading. ``unclear`` is set when nothing is sure from there on."""
        first = line[:1]
        if self._raw:
            self._raw = not _RAW_CLOSE.search(line)
            return False
        fenced = _FENCE.match(line) if "```" in line or "~~~" in line else None
        if self._fence is not None and self._in_fence(line, fenced):
            return False
        if fenced and not (fenced["run"][0] == "`" and "`" in fenced["info"]):
            self._open(fenced)
            return False
        self._note_html(line)
        return first == "#" and not self._html and _ATX.match(line) is not None

    def _note_html(self, line: str) -> None:
        text = line.lstrip()
        if not text:
            self._html = False
        elif text[0] == "<":
            opened = _RAW_OPEN.match(text)
            self._raw = opened is not None and not _RAW_CLOSE.search(text, len(opened[0]))
            self._html = True

    def _in_fence(self, line: str, fenced: re.Match[str] | None) -> bool:
        """Follow a fence; a line with less indentation ends the list item it is in, and the fence with it."""
        run, width = self._fence or ("", 0)
        closes = fenced and not fenced["marker"] and fenced["run"].startswith(run) and not fenced["info"].strip()
        outside = bool(line.strip()) and len(line) - len(line.lstrip()) < width
        if closes or outside:
            self._fence = None
        return bool(closes) or not outside

    def _open(self, fenced: re.Match[str]) -> None:
        indent = len(fenced["indent"].expandtabs(4))
        if indent > 3 and not fenced["marker"]:
            self.unclear = True  # indented code, or a fence within a list item
        nested = fenced["marker"].strip(" \t>") or fenced["indent"]
        self._fence = (fenced["run"], len((fenced["indent"] + fenced["marker"]).expandtabs(4)) if nested else 0)


def chunk_starts(lines: Sequence[str]) -> list[int]:
    """Return where chunks begin."""
    starts = [0]
    chunks = _Chunks()
    for number, line in enumerate(lines):
        if chunks.begins(line) and number:
            starts.append(number)
        if chunks.unclear:
            break
    return starts
