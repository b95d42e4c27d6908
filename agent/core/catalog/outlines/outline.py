"""The outline of a text: its blocks, read in chunks that begin at headings.

A chunk is kept in memory: after an edit only the changed ones are read again. Chunks of nothing but a heading and
one-line bullets need no Markdown library, which is ten times as slow.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from agent.core.catalog.blocks import Bullet, HeadingLine, Html, Outline, Paragraph, Quote, plain_text, split_lines
from agent.core.catalog.outlines.chunks import chunk_starts
from agent.core.catalog.outlines.parsed import parse_chunk

_SIMPLE: Final = re.compile(
    r"(?P<prefix>(?:(?P<sign>[-*+])|\d{1,9}(?P<dot>[.)])) {1,4})"
    r"(?!\s|#{1,6}(?:\s|$)|>|```|~~~|<|[-*+](?:\s|$)|\d{1,9}[.)](?:\s|$)|\[[^\]]+\]:|(?:[*_-]\s*){3,}$)"
)
_HEADING: Final = re.compile(r"(?P<marks>#{1,6})[ \t]+(?P<text>[^\r\n]*?)(?:[ \t]+#+)?[ \t]*$")


@lru_cache(maxsize=4)
def outline(text: str) -> Outline:
    """Return the blocks of the text that stand at its top level, list items with those nested in them."""
    lines = split_lines(text)
    starts = chunk_starts(lines)
    parts: list[tuple[Outline, int]] = []
    for start, stop in zip(starts, [*starts[1:], len(lines)], strict=True):
        parts.append((chunk_outline("".join(lines[start:stop]).removeprefix("\ufeff" if start == 0 else "\0")), start))
    return Outline(
        lines,
        tuple(h._replace(line=h.line + n, end_line=h.end_line + n) for part, n in parts for h in part.headings),
        tuple(_shifted(b, n) for part, n in parts for b in part.bullets),
        tuple(
            t._replace(
                line=t.line + n, end_line=t.end_line + n, rows=tuple(r._replace(line=r.line + n) for r in t.rows)
            )
            for part, n in parts
            for t in part.tables
        ),
        tuple(Paragraph(p.line + n, p.end_line + n) for part, n in parts for p in part.paragraphs),
        tuple(Html(h.line + n, h.end_line + n) for part, n in parts for h in part.html),
        tuple(line + n for part, n in parts for line in part.rules),
        tuple(_quote_at(q, n) for part, n in parts for q in part.quotes),
    )


def _quote_at(quote: Quote, n: int) -> Quote:
    return Quote(
        quote.line + n,
        quote.end_line + n,
        tuple(_shifted(bullet, n) for bullet in quote.bullets),
        tuple(Paragraph(p.line + n, p.end_line + n) for p in quote.paragraphs),
    )


def _shifted(bullet: Bullet, n: int) -> Bullet:
    if not n:
        return bullet
    if bullet.simple:
        line = bullet.line + n
        return Bullet(line, line, bullet.prefix, bullet.source, (), (Paragraph(line, line),), ())
    return Bullet(
        bullet.line + n,
        bullet.end_line + n,
        bullet.prefix,
        bullet.source,
        bullet.loose,
        tuple(Paragraph(p.line + n, p.end_line + n) for p in bullet.paragraphs),
        tuple(_shifted(child, n) for child in bullet.children),
        bullet.level,
    )


@lru_cache(maxsize=8192)
def chunk_outline(text: str) -> Outline:
    """Return the outline of one chunk, with lines counted from its beginning."""
    lines = split_lines(text)
    return _simple_chunk(lines) or parse_chunk(text, lines)


def _simple_chunk(lines: tuple[str, ...]) -> Outline | None:
    """Return the outline of a heading with one-line bullets and blank lines below it, or None for anything else."""
    headings: list[HeadingLine] = []
    bullets: list[Bullet] = []
    before = ""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            before = ""
            continue
        match = _SIMPLE.match(line)
        if match is None:
            heading = _HEADING.match(line) if number == 1 else None
            if heading is None:
                return None
            headings.append(HeadingLine(len(heading["marks"]), plain_text(heading["text"]), 1, 1))
            continue
        sign = match["sign"] or match["dot"]
        if before not in ("", sign) or "\t" in line:
            return None
        before = sign
        prefix = match["prefix"]
        bullets.append(
            Bullet(number, number, prefix, line[len(prefix) :].strip(), (), (Paragraph(number, number),), ())
        )
    return Outline(lines, tuple(headings), tuple(bullets), (), (), (), ())
