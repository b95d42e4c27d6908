"""Entries in raw HTML: the items of a list, terms with their descriptions, the rows of a table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from agent.core.catalog.blocks import Html
from agent.core.catalog.formats.style import Exemplar, Found, Page
from agent.core.catalog.reading.entry import read_entry

_ITEM: Final = re.compile(r"[ \t]*<(?P<element>li|tr|dt|dd|p)\b[^>]*>", re.IGNORECASE)
_ROWSPAN: Final = re.compile(r"<td\b[^>]*\browspan\s*=\s*[\"']?(?P<rows>\d{1,5})", re.IGNORECASE)
_TERM: Final = re.compile(r"<dt\b|</dl>", re.IGNORECASE)
_HEADER: Final = re.compile(r"<th\b", re.IGNORECASE)


def find_items(block: Html, page: Page) -> Iterator[Found]:
    """Yield the items of an HTML block that stand on lines of their own."""
    line = block.line
    while line <= block.end_line:
        text = page.source(line, line)
        match = _ITEM.match(text)
        end = _end(match["element"].lower(), line, block.end_line, page) if match else None
        if match is None or end is None:
            line += 1
            continue
        source = page.source(line, end)
        if not _HEADER.search(source) and not re.search(r"<(?:ul|ol|table)\b", source, re.IGNORECASE):
            reading = read_entry(source, match.end(), len(source), page.references)._replace(html=True)
            linked = any(piece.kind in ("address", "id") for piece in reading.pieces)
            if reading.title and reading.url and linked and not reading.anchor:
                last = _last_of_group(source, end, block.end_line, page)
                yield Found(line, end, last, "html", Exemplar(reading, 0))
                line = last + 1
                continue
        line += 1


def _last_of_group(source: str, end: int, last: int, page: Page) -> int:
    """Return the last line of the notes of a row of HTML, or ``last`` where it has none.

    Notes are rows that its first cell spans too, each of one cell over the whole width without a paper of its own.
    """
    spanned = _ROWSPAN.search(source)
    rows = int(spanned["rows"]) - 1 if spanned else 0
    stop = end
    while rows > 0 and stop < last and _ITEM.match(page.source(stop + 1, stop + 1)):
        below = _end("tr", stop + 1, last, page)
        if below is None or not re.search(r"<td[^>]*\bcolspan\b", page.source(stop + 1, below), re.IGNORECASE):
            break
        stop, rows = below, rows - 1
    return stop


def _end(element: str, line: int, last: int, page: Page) -> int | None:
    """Return the line that ends an element, or None when it shares that line with another one."""
    if element == "dt":  # a term and what is said of it, up to the next term
        stops = (n for n in range(line + 1, last + 1) if _TERM.search(page.source(n, n)))
        stop = next(stops, None)
        return stop - 1 if stop else None
    close, opening = f"</{element}>", re.compile(rf"<{element}\b", re.IGNORECASE)
    for number in range(line, last + 1):
        text = page.source(number, number)
        if number > line and opening.search(text):
            return number - 1 if element in ("li", "p", "dd") else None
        if close in text.lower():
            tail = text.lower().rsplit(close, 1)[1].strip()
            return number if not tail and len(opening.findall(text)) <= 1 else None
    return None
