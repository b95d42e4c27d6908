"""Find faults of the text itself, without asking arXiv: broken characters, stray lines, bare addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import ftfy
from ftfy.badness import is_bad

from agent.core.audit.findings import Finding, FindingKind
from agent.core.catalog.parse import Catalog

_STRAY_WORDS: Final = 4


def find_mojibake(catalog: Catalog) -> Iterator[Finding]:
    """Yield mojibake for each line that ftfy can repair."""
    titles = {entry.line: entry.title for entry in catalog.entries}
    for number, line in enumerate(catalog.lines, 1):
        repaired = repair_mojibake(line)
        if repaired != line:
            wrong, right = _difference(line.strip(), repaired.strip())
            yield Finding(
                kind=FindingKind.MOJIBAKE,
                line=number,
                entry_title=titles.get(number),
                detail=f"characters read in the wrong encoding: {wrong!r}; proposed: {right!r}",
                confidence="medium" if is_bad(repaired) else "high",
            )


def repair_mojibake(line: str) -> str:
    """Return the line with its characters as they were meant, and nothing else changed."""
    return line if line.isascii() else ftfy.fix_encoding(line)


def find_strays(catalog: Catalog) -> Iterator[Finding]:
    """Yield stray_line for a word or two between entries that is neither entry nor sentence, link nor markup.

    Names stand where authors are printed below a title: words that all begin with a capital are taken for those.
    """
    for stray in catalog.strays:
        words = stray.text.split()
        plain = re.fullmatch(r"[\w\s'-]+", stray.text)
        named = len(words) > 1 and all(word[0].isupper() for word in words)
        if plain and len(words) <= _STRAY_WORDS and not named:
            yield Finding(
                kind=FindingKind.STRAY_LINE,
                line=stray.line,
                entry_title=None,
                detail=f"{stray.text!r} is no entry; was it meant to be one, or to be deleted?",
                confidence="medium",
            )


def find_bare_urls(catalog: Catalog) -> Iterator[Finding]:
    """Yield bare_url for each entry that is an address without a title, where others of its section have one."""
    titled = {entry.section_id for entry in catalog.entries if entry.title != entry.url}
    for entry in catalog.entries:
        if entry.url is not None and entry.title == entry.url and entry.section_id in titled:
            yield Finding(
                kind=FindingKind.BARE_URL,
                line=entry.line,
                entry_title=entry.title,
                detail=f"{entry.url} has no title; what is it called?",
                confidence="medium",
            )


def _difference(before: str, after: str) -> tuple[str, str]:
    """Return the differing middle of two texts, widened to whole words."""
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    end = 0
    while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
        end += 1
    start = before.rfind(" ", 0, start) + 1
    while end and not before[len(before) - end].isspace():
        end -= 1
    return before[start : len(before) - end], after[start : len(after) - end]
