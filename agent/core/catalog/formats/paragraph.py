"""Entries that are paragraphs, or lines of one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from agent.core.catalog.blocks import Paragraph
from agent.core.catalog.formats.labels import leads_to_paper
from agent.core.catalog.formats.style import Exemplar, Found, Page, Reading
from agent.core.catalog.reading.entry import read_entry

_INDENT: Final = re.compile(r"(?:[ \t]*>)*[ \t]*")
_LINKED: Final = re.compile(r"\]\(|\]\[|<a |https?://|arxiv:", re.IGNORECASE)
_MOST_WORDS: Final = 60


def read_paragraphs(paragraph: Paragraph, page: Page) -> Iterator[Found]:
    """Yield the entries of a paragraph: the whole of it, or each of its lines where each is one."""
    lines = range(paragraph.line, paragraph.end_line + 1)
    if len(lines) > 1:
        single = [read_line(page.source(line, line), page) for line in lines]
        whole = [reading is not None and _is_whole(reading) for reading in single]
        if sum(whole) >= 2 and whole[0] and 2 * sum(whole) > len(whole):
            starts = [line for line, is_start in zip(lines, whole, strict=True) if is_start]
            for start, stop in zip(starts, [*starts[1:], paragraph.end_line + 1], strict=True):
                yield from _found(start, stop - 1, page)
            return
    yield from _found(paragraph.line, paragraph.end_line, page)


def is_entry(source: str, page: Page) -> bool:
    """Say whether a paragraph is an entry: a title with a link to it, and no prose around."""
    return read_line(source, page) is not None


def read_line(source: str, page: Page) -> Reading | None:
    """Return what a paragraph says as an entry, or None when it is none."""
    if not _LINKED.search(source) or len(source) > 4000:
        return None
    indent = _INDENT.match(source)
    reading = read_entry(source, indent.end() if indent else 0, len(source), page.references)
    title = next((piece for piece in reading.pieces if piece.kind == "title"), None)
    if title is None or reading.url is None or reading.url.startswith("#") or reading.anchor:
        return None
    before = [p for p in reading.pieces if p.kind == "words" and p.start < title.start]
    after = [p for p in reading.pieces if p.kind == "words" and p.start > title.start]
    words = sum(len(source[p.start : p.end].split()) for p in after)
    runs_on = any(
        source[p.start].islower()
        and not re.search(r"[:.|\u2013\u2014-]\W*$", source[title.end : p.start])
        and len(source[p.start : p.end].split()) > 3
        for p in after[:1]
    )
    if before or words > _MOST_WORDS or runs_on or len(reading.title.split()) > 40:
        return None
    linked = any(p.kind in ("address", "id") for p in reading.pieces)
    return reading if linked and len(reading.title.split()) > 1 else None


def _is_whole(reading: Reading) -> bool:
    return reading.url is not None and leads_to_paper(reading.url) and len(reading.title.split()) > 2


def _found(line: int, end_line: int, page: Page) -> Iterator[Found]:
    source = page.source(line, end_line)
    reading = read_line(source, page)
    if reading is not None:
        indent = _INDENT.match(source)
        prefix = indent[0] if indent else ""
        yield Found(line, end_line, end_line, "paragraph", Exemplar(reading, len(prefix), prefix))
