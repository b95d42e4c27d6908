"""The section of a leaf: its entries, the order they are in, and how one more of them is printed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

from agent.core.catalog.blocks import HeadingLine, Table
from agent.core.catalog.formats.columns import header_columns
from agent.core.catalog.formats.style import BlockKind, Exemplar, Found, Page, Style
from agent.core.catalog.ordering.gaps import default_gap, told_gap
from agent.core.catalog.ordering.orders import Order, infer_order, numbers_fall
from agent.core.catalog.pieces.institutes import are_institutes
from agent.core.catalog.places import Place, places_in
from agent.core.catalog.siblings.links import has_link, links_several
from agent.records import Entry

_SIBLINGS: Final = 40
"""So many entries, the nearest to the new one, say how it is printed."""
_SEVERAL: Final = 3
_FEW: Final = 8
"""Fewer entries may be in another order than the rest of the list by chance."""
_PREPRINT: Final = "arXiv"
"""The name of a preprint's venue in a list that has none."""


@dataclass(frozen=True)
class Section:
    """The part of the list that belongs to a leaf, from ``line`` to ``end_line`` (1-based, inclusive).

    Of a heading above other leaves it is the lines below it, then its years and venues: ``spans`` are those parts.
    ``kind`` tells whether a heading or a bullet with its entries nested in it opens the section. ``found`` are the
    entries with their sources. For a first entry: ``empty_places`` are the lines after which one may go, the best
    first, ``indent`` its indentation, ``empty_table`` a table that has no row yet. ``elsewhere`` yields the entries of
    other sections, the nearest first; ``usual_order`` is the one that most entries of the list are in, and
    ``usual_gap`` the lines between entries of a kind, given whether they have several lines; ``repeats_numbers`` tells
    whether most numbered sections give all items one number; ``last_number`` is that of the last entry of the list
    where numbers run on through all sections, else 0; ``usual_rise`` tells whether years and months stand the oldest
    first in the sections of the list, None where that is not clear.
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
    usual_gap: Callable[[BlockKind, bool], tuple[str, ...] | None]
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
        """The lines between two entries; where no two list items, or headings, stand beside each other, those of the
        other sections."""
        told = told_gap(self.found, self.page.lines)
        if told is None and self.found and (first := self.found[0]).kind in ("bullet", "heading"):
            told = self.usual_gap(first.kind, first.last_line > first.line)
        return default_gap(self.found) if told is None else told

    def beside(self, anchor: Found) -> Sequence[Found]:
        """Return the entries below the heading that an entry stands below, all of them where it stands below none."""
        return next((place.found for place in self._places_of(anchor)), self.found)

    def _places_of(self, anchor: Found) -> Iterator[Place]:
        return (place for place in self.places if anchor in place.found)

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
            preprint = _preprint([e for group in others for e in group]) or _PREPRINT
            if self.empty_table is not None:
                table = self.empty_table
                return Style(prefix="", columns=header_columns(table), edges=table.edges, preprint=preprint)
            marker = re.sub(r"^\d+", "1", nearest[0].prefix.lstrip()) if nearest else "- "
            return Style(prefix=self.indent + marker, relatives=nearest, preprint=preprint)
        printed = self._printed_like(anchor)
        at = printed.index(anchor)
        alike = [f for f in printed[max(0, at - _SIBLINGS) : at + _SIBLINGS] if f.kind == anchor.kind]
        alike.sort(key=lambda f: abs(f.line - anchor.line))
        siblings = tuple(f.exemplar for f in alike[:_SIBLINGS])
        linked = any(map(has_link, siblings))
        relatives = tuple(e for group in (others if linked else others[:1]) for e in group)[:_SIBLINGS]
        return Style(
            prefix=anchor.prefix if anchor.kind in ("bullet", "paragraph", "heading") else "",
            siblings=siblings,
            relatives=relatives,
            preprint=_preprint(siblings) or _preprint([e for group in others for e in group]) or _PREPRINT,
        )

    def _printed_like(self, anchor: Found) -> Sequence[Found]:
        """Return the entries below the heading of preprints, or of a venue, that an entry stands below, if they are
        several, else all of the section: years do not part how entries are printed."""
        held = (place.found for place in self._places_of(anchor) if place.date is None)
        return next((found for found in held if len(found) >= _SEVERAL), self.found)

    def _suits(self, exemplar: Exemplar, anchor: Found | None) -> bool:
        """Return whether a new entry next to the anchor can be a block like this entry of another section."""
        if anchor is None:
            return not exemplar.reading.cells
        return (
            bool(exemplar.prefix.strip()) == bool(anchor.prefix.strip())
            and exemplar.reading.html == anchor.reading.html
            and len(exemplar.reading.cells) == len(anchor.reading.cells)
        )


def _as_heading(section: Section) -> HeadingLine:
    return HeadingLine(1, section.title, section.line, section.line)


def _preprint(exemplars: Sequence[Exemplar]) -> str:
    """Return what most entries call the venue of a preprint; empty where none has one."""
    names = [venue.name for e in exemplars for venue in e.reading.venues if venue.arxiv]
    return max(sorted(set(names)), key=names.count, default="")


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
