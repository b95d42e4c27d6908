"""Cut a list into the parts that belong to its leaves, each with its entries, before their neighbours are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from agent.core.catalog.blocks import Bullet, HeadingLine, Table
from agent.core.catalog.formats.bullet import find_bullets
from agent.core.catalog.formats.columns import header_columns
from agent.core.catalog.formats.paragraph import read_paragraphs
from agent.core.catalog.formats.style import Found
from agent.core.catalog.reading.stretch import Lines, drop_introduction, drop_other_material, find_entries, find_labels
from agent.core.catalog.sections import Nesting


@dataclass(frozen=True)
class Part:
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


def read_heading_part(leaf: str, heading: HeadingLine, blocks: Lines, nesting: Nesting, taken: set[int]) -> Part:
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
    found = drop_introduction(found, inside)
    end, found, inside = drop_other_material(end, found, inside, page.lines)
    spans = tuple((start, min(stop, end)) for start, stop in spans if start <= end)
    places = (
        dict.fromkeys([*(t.end_line for t in tables), *intro, *range(heading.end_line, end + 1)]) if not found else {}
    )
    empty = [table for table in tables if not table.rows and "title" in header_columns(table)]
    return Part(
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


def read_bullet_part(leaf: str, bullet: Bullet, blocks: Lines, taken: set[int]) -> Part:
    found = [f for child in bullet.children for f in find_bullets(child, blocks.source, taken)]
    found += [f for paragraph in bullet.paragraphs[1:] for f in read_paragraphs(paragraph, blocks.source)]
    indent = " " * len(bullet.prefix.expandtabs(4))
    label_end = bullet.paragraphs[0].end_line if bullet.paragraphs else bullet.line
    title = bullet.text.strip("[]")
    ordered = tuple(sorted(found, key=lambda f: f.line))
    return Part(leaf, title, "bullet", bullet.line, bullet.end_line, ordered, (), indent, (label_end,))
