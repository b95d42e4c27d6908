"""The list under care, as Markdown: its sections, one per leaf of the taxonomy, and their entries with exact lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import islice
from typing import Final, Literal, NamedTuple

from agent.core.catalog.blocks import Bullet
from agent.core.catalog.formats.style import BlockKind, Exemplar, Page, Style
from agent.core.catalog.ordering.orders import Order
from agent.core.catalog.parsing.leaf_section import Section
from agent.core.catalog.parsing.parts import Part, read_bullet_part, read_heading_part
from agent.core.catalog.parsing.usual import last_number, repeats_numbers, usual_gap, usual_order
from agent.core.catalog.places import headings_rise
from agent.core.catalog.reading.stretch import Lines
from agent.core.catalog.sections import Heading, Nesting, locate_bullets, locate_headings
from agent.core.catalog.siblings.links import has_link
from agent.core.papers.matching import identifiers_in
from agent.records import Entry, Record

__all__ = ["Catalog", "ContentsLine", "Heading", "Section", "Stray", "Style", "TitleLine", "parse"]

_PUNCTUATION: Final = {code: None for code in range(128) if not chr(code).isalnum()}
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


class _Usual(NamedTuple):
    """What most sections of the list do."""

    order: Callable[[], Order]
    gap: Callable[[BlockKind, bool], tuple[str, ...] | None]
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
    parts = [read_heading_part(leaf, line, blocks, nesting, taken) for leaf, line in at.items()]
    parts += [read_bullet_part(leaf, bullet, blocks, taken) for leaf, bullet in bullets.items()]
    parts.sort(key=lambda part: part.line)
    usual = _Usual(
        cache(lambda: usual_order(parts)),
        cache(lambda kind, long: usual_gap(parts, page.lines, kind, long=long)),
        cache(lambda: repeats_numbers(parts)),
        cache(lambda: last_number(parts)),
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


def _section(part: Part, parts: Sequence[Part], headings: Mapping[str, Heading], page: Page, usual: _Usual) -> Section:
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
            yield tuple(islice((found.exemplar for found in reversed(each.found) if has_link(found.exemplar)), 8))

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


def _contents(roots: Sequence[Bullet]) -> Iterator[ContentsLine]:
    for bullet in (bullet for root in roots for bullet in root.walk()):
        for anchor in (
            re.findall(r"\]\(\s*<?#([^)\s>]*)>?[^)]*\)", bullet.source)
            if "](" in bullet.source and "#" in bullet.source
            else ()
        ):
            yield ContentsLine(text=bullet.text, anchor=anchor, line=bullet.line)


def _strays(part: Part, blocks: Lines) -> Iterator[Stray]:
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
