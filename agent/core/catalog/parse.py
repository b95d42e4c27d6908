"""The list under care, as Markdown: its sections, one per leaf of the taxonomy, and their entries with exact lines."""

from __future__ import annotations

import re
from bisect import bisect
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import islice, pairwise
from typing import Final, Literal, NamedTuple

from agent.core.catalog.blocks import Bullet, HeadingLine, Table
from agent.core.catalog.formats.bullet import find_bullets
from agent.core.catalog.formats.columns import header_columns
from agent.core.catalog.formats.paragraph import read_paragraphs
from agent.core.catalog.formats.style import Exemplar, Found, Page, Style
from agent.core.catalog.pieces.institutes import are_institutes
from agent.core.catalog.places import (
    Order,
    Place,
    gap_between,
    headings_rise,
    infer_order,
    number_of,
    numbers_fall,
    places_in,
    pool_orders,
)
from agent.core.catalog.reading.stretch import Lines, drop_other_material, find_entries, find_labels
from agent.core.catalog.sections import Heading, Nesting, locate_bullets, locate_headings
from agent.core.catalog.siblings.links import links_several
from agent.core.papers.matching import identifiers_in
from agent.records import Entry, Record

__all__ = ["Catalog", "ContentsLine", "Heading", "Section", "Stray", "Style", "TitleLine", "parse"]

_PUNCTUATION: Final = {code: None for code in range(128) if not chr(code).isalnum()}
_SIBLINGS: Final = 40
"""So many entries, the nearest to the new one, say how it is printed."""
_POOLED: Final = 24
"""So many sections, spread over the list, say in which order the list is."""
_FEW: Final = 8
"""Fewer entries may be in another order than the rest of the list by chance."""
_MISSING: Final = 0.1
"""The share of numbers that may be missing where entries are counted through the whole list."""
_NEAR: Final = 12
"""So many other sections are looked at for what this one does not tell."""


class TitleLine(Record):
    """A heading of the body; ``line`` is 1-based. ``kind`` tells HTML headings from Markdown's own."""

    level: int
    text: str
    line: int
    kind: Literal["markdown", "html", "summary"] = "markdown"


class ContentsLine(Record):
    """A bullet that links to a heading of the same page; ``anchor`` is what follows the ``#``."""

    text: str
    anchor: str
    line: int


class Stray(Record):
    """A line within a section that is no entry, as printed. Text before the first entry introduces, it is not stray."""

    line: int
    section_id: str
    text: str


@dataclass(frozen=True)
class Section:
    """The part of the list that belongs to a leaf, from ``line`` to ``end_line`` (1-based, inclusive).

    Of a heading above other leaves it is the lines below it, then its years and venues: ``spans`` are those parts.
    ``kind`` tells whether a heading or a bullet with its entries nested in it opens the section. ``found`` are the
    entries with their sources. For a first entry: ``empty_places`` are the lines after which one may go, the best
    first, ``indent`` its indentation, ``empty_table`` a table that has no row yet. ``elsewhere`` yields the entries of
    other sections, the nearest first; ``usual_order`` is the one that most entries of the list are in, and
    ``usual_gap`` the lines between list items, given whether they have several lines; ``repeats_numbers`` tells whether
    most numbered sections give all items one number; ``last_number`` is that of the last entry of the list where
    numbers run on through all sections, else 0; ``usual_rise`` tells whether years and months stand the oldest first in
    the sections of the list, None where that is not clear.
    """

    leaf: str
    title: str
    kind: Literal["heading", "bullet"]
    line: int
    end_line: int
    spans: tuple[tuple[int, int], ...]
    found: tuple[Found, ...]
    page: Page
    headings: tuple[HeadingLine, ...]
    labels: tuple[HeadingLine, ...]
    indent: str
    empty_places: tuple[int, ...]
    empty_table: Table | None
    elsewhere: Callable[[], Iterator[tuple[Exemplar, ...]]]
    usual_order: Callable[[], Order]
    usual_gap: Callable[[bool], tuple[str, ...]]
    repeats_numbers: Callable[[], bool]
    last_number: Callable[[], int]
    usual_rise: Callable[[], bool | None]

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The entries of the section, in line order."""
        return tuple(entry_of(self.leaf, found, self.page) for found in self.found)

    @cached_property
    def order(self) -> Order:
        """The order that the entries are in. A section that is one day of a log has the newest first, as logs do."""
        order = infer_order(self.found)
        usual = "none" if numbers_fall(self.found) else self.usual_order()
        if usual != "none" and (order == "none" or (order != "alphabetical" and len(self.found) < _FEW)):
            return usual
        daily = [place.date for place in places_in([_as_heading(self)], self.end_line, ()) if place.date]
        return "newest first" if order == "none" and daily and daily[0].day else order

    @cached_property
    def holds_several(self) -> bool:
        """Whether its rows are groups, each with several papers: half of them or more link two arXiv ids."""
        near = self.found[-_SIBLINGS:]
        several = sum(f.kind == "row" and links_several(f.exemplar) for f in near)
        return several > 1 and 2 * several >= len(near)

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """The headings in the section that only name a year, a venue or a letter; labels if all entries have one."""
        every = self.labels and self.found and self.found[0].line > self.labels[0].line
        return places_in((*self.headings, *(self.labels if every else ())), self.end_line, self.found)

    @cached_property
    def gap(self) -> tuple[str, ...]:
        """The lines between two entries; a section with one list item has those of the other sections."""
        if len(self.found) == 1 and self.found[0].kind == "bullet":
            return self.usual_gap(self.found[0].last_line > self.found[0].line)
        return gap_between(self.found, self.page.lines)

    @property
    def insert_after(self) -> tuple[int, ...]:
        """The lines after which an entry may be appended, the best first."""
        return (self.found[-1].last_line,) if self.found else self.empty_places

    @cached_property
    def style(self) -> Style:
        """The style of an entry at the end of the section."""
        return self.style_at(self.found[-1] if self.found else None)

    def style_at(self, anchor: Found | None) -> Style:
        """Return how an entry next to an entry of the section is printed; the anchor is null where there is none."""
        others = [tuple(e for e in group if self._suits(e, anchor)) for group in self.elsewhere()]
        others = [group for group in others if group]
        if anchor is None:
            nearest = others[0] if others else ()
            preprint = _preprint([e for group in others for e in group])
            if self.empty_table is not None:
                table = self.empty_table
                return Style(prefix="", columns=header_columns(table), edges=table.edges, preprint=preprint)
            marker = re.sub(r"^\d+", "1", nearest[0].prefix.lstrip()) if nearest else "- "
            return Style(prefix=self.indent + marker, relatives=nearest, preprint=preprint)
        at = self.found.index(anchor)
        alike = [f for f in self.found[max(0, at - _SIBLINGS) : at + _SIBLINGS] if f.kind == anchor.kind]
        alike.sort(key=lambda f: abs(f.line - anchor.line))
        siblings = tuple(f.exemplar for f in alike[:_SIBLINGS])
        linked = any(_is_linked(e) for e in siblings)
        relatives = tuple(e for group in (others if linked else others[:1]) for e in group)[:_SIBLINGS]
        return Style(
            prefix=anchor.prefix if anchor.kind in ("bullet", "paragraph", "heading") else "",
            siblings=siblings,
            relatives=relatives,
            preprint=_preprint(siblings if _has_preprint(siblings) else [e for group in others for e in group]),
        )

    def _suits(self, exemplar: Exemplar, anchor: Found | None) -> bool:
        """Return whether a new entry next to the anchor can be a block like this entry of another section."""
        if anchor is None:
            return not exemplar.reading.cells
        return (
            bool(exemplar.prefix.strip()) == bool(anchor.prefix.strip())
            and exemplar.reading.html == anchor.reading.html
            and len(exemplar.reading.cells) == len(anchor.reading.cells)
        )


def _is_linked(exemplar: Exemplar) -> bool:
    return any(piece.kind in ("address", "id") for piece in exemplar.reading.pieces)


def _as_heading(section: Section) -> HeadingLine:
    return HeadingLine(1, section.title, section.line, section.line)


def _preprint(exemplars: Sequence[Exemplar]) -> str:
    """Return what most entries call the venue of a preprint."""
    names = [p.venue.name for e in exemplars for p in e.reading.pieces if p.venue is not None and p.venue.arxiv]
    return max(sorted(set(names)), key=names.count) if names else "arXiv"


def _has_preprint(exemplars: Sequence[Exemplar]) -> bool:
    return any(p.venue is not None and p.venue.arxiv for e in exemplars for p in e.reading.pieces)


@dataclass(frozen=True)
class Catalog:
    """The parsed list. ``entries`` are those of all sections, in line order; ``missing`` are leaves without one.

    ``headings`` are Markdown's own; ``parts`` are all of them, with those in HTML.
    """

    text: str
    lines: tuple[str, ...]
    sections: Mapping[str, Section]
    missing: tuple[str, ...]
    headings: tuple[TitleLine, ...]
    parts: tuple[TitleLine, ...]
    contents: tuple[ContentsLine, ...]
    strays: tuple[Stray, ...]

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The entries of all sections, in line order."""
        every = (entry for section in self.sections.values() for entry in section.entries)
        return tuple(sorted(every, key=lambda entry: entry.line))

    @cached_property
    def mentioned_ids(self) -> frozenset[str]:
        """The identifiers of papers anywhere in the text, ``arxiv:2305.10601``: a paper whose id is here is listed."""
        return identifiers_in(self.text)

    @cached_property
    def folded(self) -> str:
        """The letters and digits of the text in lower case, ASCII punctuation and blanks left out."""
        return self.text.casefold().translate(_PUNCTUATION)


@dataclass(frozen=True)
class _Part:
    """A section before its neighbours are known."""

    leaf: str
    title: str
    kind: Literal["heading", "bullet"]
    line: int
    end_line: int
    found: tuple[Found, ...]
    headings: tuple[HeadingLine, ...]
    indent: str
    empty_places: tuple[int, ...]
    empty_table: Table | None = None
    labels: tuple[HeadingLine, ...] = ()
    spans: tuple[tuple[int, int], ...] = ()


class _Usual(NamedTuple):
    """What most sections of the list do."""

    order: Callable[[], Order]
    gap: Callable[[bool], tuple[str, ...]]
    repeats_numbers: Callable[[], bool]
    last_number: Callable[[], int]
    rise: Callable[[], bool | None]


def parse(text: str, headings: Mapping[str, Heading]) -> Catalog:
    """Find the section of each leaf and its entries.

    A heading is found by its text, else by its number, else by its text without the number; its level does not matter,
    and it may be HTML. Of equal headings the one under ``parent`` counts, else the first one that follows the parent,
    else the first that no other leaf has taken. A section reaches to the next heading of its level; deeper ones that
    belong to no leaf are in it, and so are headings that only name a year, a venue or a letter. A leaf without a
    heading in the body may be a bullet, as in a table of contents, if entries are nested in it or in a bullet beside
    it. Nothing is raised: leaves that are not there are ``missing``.
    """
    blocks = Lines(text)
    page = blocks.page
    at = locate_headings(page.headings, headings)
    rest = {leaf: h for leaf, h in headings.items() if leaf not in at}
    bullets = locate_bullets(page.bullets, rest) if rest else {}
    taken = {bullet.line for bullet in bullets.values()}
    stops = {line.line for line in at.values()}
    nesting = Nesting(page.headings, stops, blocks.hold_entries, len(page.lines))
    parts = [_heading_part(leaf, line, blocks, nesting, taken) for leaf, line in at.items()]
    parts += [_bullet_part(leaf, bullet, blocks, taken) for leaf, bullet in bullets.items()]
    parts.sort(key=lambda part: part.line)
    usual = _Usual(
        cache(lambda: _usual_order(parts)),
        cache(lambda long: _usual_gap(parts, page.lines, long=long)),
        cache(lambda: _repeats_numbers(parts)),
        cache(lambda: _last_number(parts)),
        cache(lambda: headings_rise(part.headings for part in parts)),
    )
    sections = {part.leaf: _section(part, parts, headings, blocks.source, usual) for part in parts}
    titles = tuple(TitleLine(level=h.level, text=h.text, line=h.line, kind=h.kind) for h in page.headings)
    return Catalog(
        text=text,
        lines=page.lines,
        sections={leaf: sections[leaf] for leaf in headings if leaf in sections},
        missing=tuple(leaf for leaf in headings if leaf not in sections),
        headings=tuple(title for title in titles if title.kind == "markdown"),
        parts=titles,
        contents=tuple(_contents(page.bullets)),
        strays=tuple(stray for part in parts for stray in _strays(part, blocks)),
    )


def _heading_part(leaf: str, heading: HeadingLine, blocks: Lines, nesting: Nesting, taken: set[int]) -> _Part:
    page = blocks.page
    at = blocks.heading_at(heading.line)
    spans = nesting.spans(at)
    end = spans[-1][1]
    inside: tuple[HeadingLine, ...] = ()
    found: tuple[Found, ...] = ()
    for start, stop in spans:
        within = tuple(blocks.between(page.headings, "headings", start, stop + 1))
        found += find_entries(start, stop, blocks, within, taken)
        opening = tuple(blocks.between(page.headings, "headings", start - 1, start + 1)) if start > heading.line else ()
        inside += (*opening, *within)
    tables = blocks.between(page.tables, "tables", heading.line, end + 1)
    first = next((n for n in range(heading.end_line + 1, end + 1) if page.lines[n - 1].strip()), None)
    intro = [
        p.end_line for p in blocks.between(page.paragraphs, "paragraphs", heading.line, end + 1) if p.line == first
    ]
    end, found, inside = drop_other_material(end, found, inside, page.lines)
    spans = tuple((start, min(stop, end)) for start, stop in spans if start <= end)
    places = (
        dict.fromkeys([*(t.end_line for t in tables), *intro, *range(heading.end_line, end + 1)]) if not found else {}
    )
    empty = [table for table in tables if not table.rows and "title" in header_columns(table)]
    return _Part(
        leaf,
        heading.text,
        "heading",
        heading.line,
        end,
        found,
        inside,
        "",
        tuple(places),
        empty[0] if empty and not found else None,
        tuple(label for start, stop in spans for label in find_labels(blocks, start, stop)),
        spans,
    )


def _bullet_part(leaf: str, bullet: Bullet, blocks: Lines, taken: set[int]) -> _Part:
    found = [f for child in bullet.children for f in find_bullets(child, blocks.source, taken)]
    found += [f for paragraph in bullet.paragraphs[1:] for f in read_paragraphs(paragraph, blocks.source)]
    indent = " " * len(bullet.prefix.expandtabs(4))
    label_end = bullet.paragraphs[0].end_line if bullet.paragraphs else bullet.line
    title = bullet.text.strip("[]")
    ordered = tuple(sorted(found, key=lambda f: f.line))
    return _Part(leaf, title, "bullet", bullet.line, bullet.end_line, ordered, (), indent, (label_end,))


def _usual_gap(parts: Sequence[_Part], lines: Sequence[str], *, long: bool) -> tuple[str, ...]:
    """Return the lines between list items as most sections have them, ``long``: between items of several lines."""
    gaps: Counter[tuple[str, ...]] = Counter()
    for part in parts:
        items = [f for f in part.found if f.kind == "bullet"]
        if len(items) > 1 and any(f.last_line > f.line for f in items[:_NEAR]) == long:
            gaps[gap_between(items, lines)] += len(items)
    return gaps.most_common(1)[0][0] if gaps else ()


def _repeats_numbers(parts: Sequence[_Part]) -> bool:
    """Return whether sections with numbered items mostly begin with one number twice, as Markdown allows."""
    pairs = [_first_pair(part) for part in parts]
    numbered = [(a.prefix.strip(), b.prefix.strip()) for a, b in filter(None, pairs) if a.prefix.strip()[:1].isdigit()]
    return 2 * sum(first == second for first, second in numbered) > len(numbered)


def _first_pair(part: _Part) -> tuple[Found, Found] | None:
    """Return the first two entries without a heading between them."""
    headings = sorted(heading.line for heading in (*part.headings, *part.labels))
    pairs = pairwise(part.found[:_SIBLINGS])
    return next(((a, b) for a, b in pairs if bisect(headings, a.line) == bisect(headings, b.line)), None)


def _last_number(parts: Sequence[_Part]) -> int:
    """Return the highest number where the entries of all sections are counted as one, 0 where each begins anew.

    No number is there twice then, and few are missing.
    """
    counted = [numbers for part in parts if (numbers := [n for f in part.found if (n := number_of(f)) is not None])]
    numbers = [number for each in counted for number in each]
    together = len(counted) > 1 and len(set(numbers)) == len(numbers) > len(counted)
    return max(numbers) if together and max(numbers) - len(numbers) <= _MISSING * len(numbers) else 0


def _usual_order(parts: Sequence[_Part]) -> Order:
    """Return the order that the sections of the list, taken together, are in, ``none`` where they differ."""
    several = [part.found for part in parts if len(part.found) > 1]
    return pool_orders(several[:: max(1, len(several) // _POOLED)])


def _section(
    part: _Part, parts: Sequence[_Part], headings: Mapping[str, Heading], page: Page, usual: _Usual
) -> Section:
    def elsewhere() -> Iterator[tuple[Exemplar, ...]]:
        parent = headings[part.leaf].parent
        near = sorted(
            (p for p in parts if p is not part and p.found),
            key=lambda p: (
                not (parent is not None and headings[p.leaf].parent == parent),
                p.kind != part.kind,
                abs(p.line - part.line),
            ),
        )
        for each in islice(near, _NEAR):
            yield tuple(islice((found.exemplar for found in reversed(each.found) if _is_linked(found.exemplar)), 8))

    return Section(
        leaf=part.leaf,
        title=part.title,
        kind=part.kind,
        line=part.line,
        end_line=part.end_line,
        spans=part.spans or ((part.line, part.end_line),),
        found=part.found,
        page=page,
        headings=part.headings,
        labels=part.labels,
        indent=part.indent,
        empty_places=part.empty_places,
        empty_table=part.empty_table,
        elsewhere=elsewhere,
        usual_order=usual.order,
        usual_gap=usual.gap,
        repeats_numbers=usual.repeats_numbers,
        last_number=usual.last_number,
        usual_rise=usual.rise,
    )


def entry_of(leaf: str, found: Found, page: Page) -> Entry:
    """Return what an entry says, as a record."""
    reading = found.reading
    return Entry(
        line=found.line,
        end_line=found.end_line,
        section_id=leaf,
        title=reading.title,
        url=reading.url,
        authors=() if are_institutes(reading.authors) else reading.authors,
        venue=reading.venue,
        year=reading.year,
        raw="".join(page.lines[found.line - 1 : found.end_line]).rstrip("\r\n"),
    )


def _contents(roots: Sequence[Bullet]) -> Iterator[ContentsLine]:
    for bullet in (bullet for root in roots for bullet in root.walk()):
        for anchor in (
            re.findall(r"\]\(\s*<?#([^)\s>]*)>?[^)]*\)", bullet.source)
            if "](" in bullet.source and "#" in bullet.source
            else ()
        ):
            yield ContentsLine(text=bullet.text, anchor=anchor, line=bullet.line)


def _strays(part: _Part, blocks: Lines) -> Iterator[Stray]:
    page = blocks.page
    glued = {
        line
        for f in part.found
        if f.last_line > f.end_line and f.kind == "bullet"
        for line in range(f.end_line + 1, f.last_line + 1)
    }
    if part.kind == "heading" and part.found:
        for start, stop in part.spans:
            first = max(start, part.found[0].line)
            loose = blocks.between(page.paragraphs, "paragraphs", first, stop + 1)
            glued |= {line for p in loose for line in range(p.line, p.end_line + 1)}
    if not glued:
        return
    own = {
        line
        for f in part.found
        for line in range(f.line, f.end_line + 1)
        if f.last_line > f.line or f.end_line > f.line
    }
    own |= {f.line for f in part.found} | {label.line for label in part.labels}
    for line in sorted(glued - own):
        if text := page.lines[line - 1].strip():
            yield Stray(line=line, section_id=part.leaf, text=text)
