"""Read the entries and labels in the blocks between two lines of a list, whatever blocks they are."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from operator import attrgetter
from typing import Final, TypeVar

from agent.core.catalog.blocks import (
    SUMMARY_LEVEL,
    Bullet,
    HeadingLine,
    Outline,
    Paragraph,
    Quote,
    Table,
    find_references,
)
from agent.core.catalog.formats.authors import names_in
from agent.core.catalog.formats.bullet import find_bullets, find_line
from agent.core.catalog.formats.html import find_items
from agent.core.catalog.formats.paragraph import read_loose, read_paragraphs, read_unlinked
from agent.core.catalog.formats.style import Found, Page
from agent.core.catalog.formats.table import find_rows
from agent.core.catalog.formats.titled import read_above_keys, read_keyed_groups, read_titled
from agent.core.catalog.outlines.outline import outline
from agent.core.catalog.pieces.labels import leads_to_code, leads_to_paper
from agent.core.catalog.places import is_place, period_of

T = TypeVar("T")

_LABEL: Final = re.compile(r"(?P<mark>\*\*|__|<b>|<strong>)(?P<text>[^*_<>\[\]]+)(?:\*\*|__|</b>|</strong>):?")
_BADGES: Final = re.compile(r"\[!\[[^\]]*\]\([^()\s]*\)\s*\]\([^()\s]*\)|!\[[^\]]*\]\([^()\s]*\)")
_LABEL_LENGTH: Final = 60
_QUOTED: Final = 3


class Lines:
    """The blocks of the list, to be looked up by the lines they stand in."""

    def __init__(self, text: str) -> None:
        self.page = outline(text)
        self.source = Page(self.page.lines, find_references(text))
        self._lines = {
            name: [item.line for item in getattr(self.page, name)]
            for name in ("headings", "bullets", "tables", "paragraphs", "html", "quotes")
        }

    @cached_property
    def quoted(self) -> tuple[Found, ...]:
        """The papers in block quotes, of a list that has several there: one or two are an aside."""
        found: list[Found] = []
        for quote in self.page.quotes:
            for bullet in quote.bullets:
                found += find_bullets(bullet, self.source, ())
            for paragraph in quote.paragraphs:
                found += read_paragraphs(paragraph, self.source)
        papers = [f for f in found if _leads_to_paper(f)]
        return tuple(sorted(papers, key=lambda f: f.line)) if len(papers) >= _QUOTED else ()

    def heading_at(self, line: int) -> int:
        """Return the position, among the headings, of the one in a line."""
        return bisect_left(self._lines["headings"], line)

    def hold_entries(self, start: int, stop: int) -> bool:
        """Say whether entries may stand after line ``start`` and before line ``stop``: a list, a table, HTML."""
        names = ("bullets", "tables", "html")
        return any(self.between(getattr(self.page, name), name, start, stop) for name in names)

    def between(self, items: Sequence[T], name: str, start: int, stop: int) -> Sequence[T]:
        """Return the blocks of one kind that begin after line ``start`` and before line ``stop``."""
        lines = self._lines[name]
        return items[bisect_right(lines, start) : bisect_left(lines, stop)]


def find_entries(
    start: int, end: int, blocks: Lines, headings: Sequence[HeadingLine], taken: set[int]
) -> tuple[Found, ...]:
    """Return the entries in the blocks between two lines, whatever blocks they are."""
    page, source = blocks.page, blocks.source
    bullets = blocks.between(page.bullets, "bullets", start, end + 1)
    paragraphs = blocks.between(page.paragraphs, "paragraphs", start, end + 1)
    found = [*read_above_keys(paragraphs, bullets, source), *read_keyed_groups(paragraphs, bullets, source)]
    keyed = {line for f in found for line in range(f.line, f.end_line + 1)}
    found += [f for b in bullets if b.line not in keyed for f in _read_bullet(b, source, taken)]
    found += [f for t in blocks.between(page.tables, "tables", start, end + 1) for f in _rows(t, source)]
    found += [f for h in blocks.between(page.html, "html", start, end + 1) for f in find_items(h, source)]
    titled = _read_headings(headings, end, source)
    unkeyed = [p for p in paragraphs if p.line not in keyed]
    loose = list(read_loose(unkeyed, source))
    if titled and len(titled) >= sum(not _tells_of(f, titled) for f in found if f.reading.url is not None):
        found = [f for f in found if not any(t.line <= f.line <= t.end_line for t in titled)] + titled
    elif loose and len(loose) >= sum(f.reading.url is not None for f in found):
        loose = sorted([*loose, *read_unlinked(unkeyed, loose, source)], key=lambda f: f.line)
        found = _with_paragraphs(found, _with_quotes(_with_authors(loose, found, source), blocks), page)
    if not found and page.quotes:
        found = [f for f in blocks.quoted if start < f.line <= end]
    return tuple(sorted(found, key=lambda f: f.line))


def _read_bullet(bullet: Bullet, page: Page, taken: set[int]) -> Iterable[Found]:
    """Return the entries of a list item: the whole of it, or those in it; one in a ``taken`` line is none itself."""
    line = find_line(bullet, page) if bullet.line not in taken else None
    return find_bullets(bullet, page, taken) if line is None else [line]


def _read_headings(headings: Sequence[HeadingLine], end: int, page: Page) -> list[Found]:
    """Return the entries that are a heading with what stands below it."""
    stops = [*(heading.line - 1 for heading in headings[1:]), end]
    read = (read_titled(heading, stop, page) for heading, stop in zip(headings, stops, strict=False))
    return [found for found in read if found is not None]


def drop_other_material(
    end: int, found: tuple[Found, ...], inside: tuple[HeadingLine, ...], lines: Sequence[str]
) -> tuple[int, tuple[Found, ...], tuple[HeadingLine, ...]]:
    """Return the end, entries and headings of a section without the headings at its end that hold other material, as
    ``## Related lists`` does: no paper, while there are papers before any other heading."""
    first = next((h.line for h in inside), 0)
    if not first or not any(_leads_to_paper(f) for f in found if f.line < first):
        return end, found, inside
    kept = list(inside)
    while kept and kept[-1].kind != "summary" and not is_place(kept[-1].text):
        below = [f for f in found if f.line >= kept[-1].line]
        if not below or any(_may_be_paper(f) or f.line == kept[-1].line for f in below):
            break
        end = kept.pop().line - 1
        found = found[: -len(below)]
    while end > 1 and not lines[end - 1].strip():
        end -= 1
    return end, found, tuple(kept)


def drop_introduction(found: tuple[Found, ...], inside: Sequence[HeadingLine]) -> tuple[Found, ...]:
    """Return the entries of a section without those above its first year or venue, where none of them leads to a paper
    and those below do: they belong to its introduction."""
    first = next((heading.line for heading in inside if is_place(heading.text)), 0)
    above, below = (tuple(f for f in found if (f.line > first) is side) for side in (False, True))
    # Only where something stands above a place are entries read here: of a long list they are read when asked for.
    introduces = above and not any(map(_leads_to_paper, above)) and any(map(_leads_to_paper, below))
    return below if introduces else found


def _leads_to_paper(entry: Found) -> bool:
    return leads_to_paper(entry.reading.url)


def _may_be_paper(entry: Found) -> bool:
    reading = entry.reading
    return _leads_to_paper(entry) or bool(reading.authors or reading.venue or reading.year)


def _tells_of(item: Found, titled: Sequence[Found]) -> bool:
    """Return whether an item stands below one of the titles, in line order, and links its paper or its code."""
    at = bisect_right(titled, item.line, key=attrgetter("line")) - 1
    url = item.reading.url or ""
    below = at >= 0 and item.line <= titled[at].end_line
    return below and (url == titled[at].reading.url or leads_to_code(url))


def _rows(table: Table, page: Page) -> Iterator[Found]:
    rows = list(find_rows(table, page))
    yield from rows[:-1]
    if rows:
        yield rows[-1].ending(table.end_line)


def _with_authors(loose: Sequence[Found], items: Sequence[Found], page: Page) -> list[Found]:
    """Return the paragraph entries with the list item at once below each that holds but its authors."""
    below = {item.line: item for item in items if item.kind == "bullet" and item.reading.url is None}
    return [_join_authors(f, below[f.end_line + 1], page) if f.end_line + 1 in below else f for f in loose]


def _with_quotes(loose: Sequence[Found], blocks: Lines) -> list[Found]:
    """Return the paragraph entries with the quotation at once below each that is but words: it sums up the paper."""
    quotes = {quote.line: quote for quote in blocks.page.quotes if not quote.bullets and len(quote.paragraphs) == 1}
    return [_join_quote(f, quotes.get(f.end_line + 1), blocks.source) for f in loose] if quotes else list(loose)


def _join_quote(entry: Found, quote: Quote | None, page: Page) -> Found:
    if quote is None or re.search(r"\]\(|https?:|<a\b", page.source(quote.line, quote.end_line)):
        return entry
    whole = next(read_paragraphs(Paragraph(entry.line, quote.end_line), page), None)
    same = whole is not None and whole.end_line == quote.end_line and whole.reading.title == entry.reading.title
    return whole if whole is not None and same else entry.ending(quote.end_line)


def _join_authors(entry: Found, item: Found, page: Page) -> Found:
    source = page.source(entry.line, item.end_line)
    named = names_in(source, len(page.source(entry.line, entry.end_line)) + 1, len(source))
    if named is None or entry.reading.authors or item.end_line > item.line:
        return entry
    reading = entry.reading._replace(source=source, authors=named[0], pieces=(*entry.reading.pieces, named[1]))
    return Found(entry.line, item.end_line, item.end_line, entry.kind, entry.exemplar._replace(reading=reading))


def _with_paragraphs(found: Sequence[Found], loose: Sequence[Found], page: Outline) -> list[Found]:
    """Join paragraph entries with the others: list items without a link below a paragraph are its notes."""
    lines = [f.line for f in loose]
    last = {f.line: f.last_line for f in loose}
    kept: list[Found] = []
    bounds = sorted([*(h.line for h in page.headings), *page.rules])
    for entry in found:
        at = bisect_left(lines, entry.line) - 1
        parted = at >= 0 and bisect_left(bounds, lines[at]) != bisect_left(bounds, entry.line)
        if at >= 0 and entry.kind == "bullet" and entry.reading.url is None and not parted:
            last[lines[at]] = max(last[lines[at]], entry.last_line)
        else:
            kept.append(entry)
    starts = sorted([*lines, *bounds, *(f.line for f in kept), len(page.lines) + 1])
    stops = {f.line: starts[bisect_right(starts, f.line)] for f in loose}
    last = {line: _prose_below(end, stops[line], page, badges=True) for line, end in last.items()}
    last = {line: _figure_below(end, stops[line], page) for line, end in last.items()}
    prose = {f.line: _prose_below(last[f.line], stops[f.line], page) for f in loose}
    if 2 * sum(prose[f.line] > last[f.line] for f in loose) > len(loose):
        last = prose
    return [*kept, *(f.ending(last[f.line]) for f in loose)]


def _figure_below(line: int, stop: int, page: Outline) -> int:
    """Return the last line of the HTML that shows a picture, and links nothing, at once below a line."""
    at = bisect_right(page.html, (line, 1 << 30))
    figure = page.html[at] if at < len(page.html) else None
    if figure is None or figure.line != line + 1 or figure.end_line >= stop:
        return line
    source = "".join(page.lines[figure.line - 1 : figure.end_line])
    return figure.end_line if "<img" in source and "href" not in source and "](" not in source else line


def _prose_below(line: int, stop: int, page: Outline, *, badges: bool = False) -> int:
    """Return the last line of the paragraphs without links, badges aside, that follow a line before the line ``stop``;
    ``badges`` wants paragraphs with nothing else."""
    for paragraph in page.paragraphs[bisect_right(page.paragraphs, (line, 1 << 30)) :]:
        source = "".join(page.lines[paragraph.line - 1 : paragraph.end_line])
        rest = _BADGES.sub("", source)
        leads_on = source.rstrip().endswith((":", "\uff1a"))  # to what stands below, such as how to cite the list
        if paragraph.line >= stop or leads_on or re.search(r"\]\(|https?://|<a\b", rest) or (badges and rest.strip()):
            break
        line = paragraph.end_line
    return line


def find_labels(blocks: Lines, start: int, end: int) -> Iterator[HeadingLine]:
    """Yield what serves as a heading: a year, or a venue in bold, in a paragraph of its own, a year as an item with
    others below it."""
    page = blocks.page
    for bullet in blocks.between(page.bullets, "bullets", start, end + 1):
        if (
            bullet.children
            and len(bullet.source) < _LABEL_LENGTH
            and period_of(text := bullet.text.rstrip(":")) is not None
        ):
            yield HeadingLine(SUMMARY_LEVEL + 1, text, bullet.line, bullet.line)
            for child in bullet.children:
                if child.children and len(child.source) < _LABEL_LENGTH and is_place(venue := child.text.rstrip(":")):
                    yield HeadingLine(SUMMARY_LEVEL + 2, venue, child.line, child.line)
    for paragraph in blocks.between(page.paragraphs, "paragraphs", start, end + 1):
        text = page.lines[paragraph.line - 1].strip() if paragraph.line == paragraph.end_line else ""
        bold = _LABEL.fullmatch(text)
        if bold is None and period_of(text) is not None:
            yield HeadingLine(SUMMARY_LEVEL + 1, text, paragraph.line, paragraph.line)
        elif bold and is_place(bold["text"].rstrip(":")):
            yield HeadingLine(SUMMARY_LEVEL + 1, bold["text"], paragraph.line, paragraph.line)
