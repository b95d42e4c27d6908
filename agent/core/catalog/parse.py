"""The list under care, as Markdown: its sections, one per leaf of the taxonomy, and their entries with exact lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from agent.core.catalog.blocks import Bullet, HeadingLine, Outline, Table, outline, plain
from agent.core.catalog.formats.entry import (
    Reading,
    Style,
    header_columns,
    read_bullet,
    read_columns,
    read_row,
    style_of,
)
from agent.core.catalog.sections import Heading, locate_bullets, locate_headings
from agent.records import Entry, Record

__all__ = ["Catalog", "ContentsLine", "Heading", "Section", "Stray", "Style", "TitleLine", "parse"]


class TitleLine(Record):
    """A heading of the body; ``line`` is 1-based."""

    level: int
    text: str
    line: int


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


class Section(Record):
    """Where a leaf lives in the list, from ``line`` to ``end_line`` (1-based, inclusive).

    ``kind`` tells whether a heading or a bullet with its entries nested in it opens the section. ``style`` is how a new
    entry is printed here; ``insert_after`` are the lines after which one may go, the best first.
    """

    leaf: str
    title: str
    kind: Literal["heading", "bullet"]
    line: int
    end_line: int
    entries: tuple[Entry, ...]
    style: Style
    insert_after: tuple[int, ...]


class Catalog(Record):
    """The parsed list. ``entries`` are those of all sections, in line order; ``missing`` are leaves without one."""

    text: str
    lines: tuple[str, ...]
    sections: Mapping[str, Section]
    entries: tuple[Entry, ...]
    missing: tuple[str, ...]
    headings: tuple[TitleLine, ...]
    contents: tuple[ContentsLine, ...]
    strays: tuple[Stray, ...]


class _Found(NamedTuple):
    """An entry with what inserting after it needs: its style, its prefix, the last line of what hangs on it."""

    entry: Entry
    style: Style | None
    prefix: str
    last_line: int


class _Part(NamedTuple):
    """A section before its style is known. For a first entry: its ``indent``, ``empty_places`` where it may go, and
    ``empty_table``, the style of a table that has no row yet."""

    leaf: str
    title: str
    kind: Literal["heading", "bullet"]
    line: int
    end_line: int
    found: tuple[_Found, ...]
    indent: str
    empty_places: tuple[int, ...]
    empty_table: Style | None = None


def parse(text: str, headings: Mapping[str, Heading]) -> Catalog:
    """Find the section of each leaf and its entries.

    A heading is found by its text, else by its number, else by its text without the number; its level does not matter.
    Of equal headings the one under ``parent`` counts, else the first one that follows the parent, else the first that
    no other leaf has taken. A section reaches to the next heading, deeper ones that belong to no leaf included. A leaf
    without a heading in the body may be a bullet, as in a table of contents, if entries are nested in it or in a
    bullet beside it. Nothing is raised: leaves that are not there are ``missing``.
    """
    page = outline(text)
    at = locate_headings(page.headings, headings)
    bullets = locate_bullets(page.bullets, {leaf: h for leaf, h in headings.items() if leaf not in at})
    taken = {id(bullet) for bullet in bullets.values()}
    stops = {line.line for line in at.values()}
    parts = [_heading_part(leaf, line, page, stops, taken) for leaf, line in at.items()]
    parts += [_bullet_part(leaf, bullet, page, taken) for leaf, bullet in bullets.items()]
    parts.sort(key=lambda part: part.line)
    sections = {part.leaf: _section(part, parts, headings) for part in parts}
    return Catalog(
        text=text,
        lines=page.lines,
        sections={leaf: sections[leaf] for leaf in headings if leaf in sections},
        entries=tuple(sorted((found.entry for part in parts for found in part.found), key=lambda entry: entry.line)),
        missing=tuple(leaf for leaf in headings if leaf not in sections),
        headings=tuple(TitleLine(level=h.level, text=h.text, line=h.line) for h in page.headings),
        contents=tuple(_contents(page.bullets)),
        strays=tuple(stray for part in parts for stray in _strays(part, page)),
    )


def _heading_part(leaf: str, heading: HeadingLine, page: Outline, stops: set[int], taken: set[int]) -> _Part:
    following = [h for h in page.headings if h.line > heading.line]
    next_line = next((h.line for h in following if h.level <= heading.level or h.line in stops), len(page.lines) + 1)
    span = range(heading.line, next_line)
    found = [f for b in page.bullets if b.line in span for f in _found_bullets(leaf, b, page.lines, taken)]
    tables = [table for table in page.tables if table.line in span]
    found += [f for table in tables for f in _found_rows(leaf, table, page.lines)]
    found.sort(key=lambda f: f.entry.line)
    first = next((line for line in span[heading.end_line - heading.line + 1 :] if page.lines[line - 1].strip()), None)
    intro = [paragraph.end_line for paragraph in page.paragraphs if paragraph.line == first]
    places = dict.fromkeys([*(table.end_line for table in tables), *intro, *range(heading.end_line, next_line)])
    empty = [table for table in tables if not table.rows and "title" in header_columns(table)]
    row = Style(prefix="", columns=header_columns(empty[0]), edges=empty[0].edges) if empty and not found else None
    return _Part(leaf, heading.text, "heading", heading.line, next_line - 1, tuple(found), "", tuple(places), row)


def _bullet_part(leaf: str, bullet: Bullet, page: Outline, taken: set[int]) -> _Part:
    found = tuple(f for child in bullet.children for f in _found_bullets(leaf, child, page.lines, taken))
    indent = " " * len(bullet.prefix.expandtabs(4))
    label_end = bullet.line + len(bullet.loose)
    return _Part(
        leaf, plain(bullet.tokens).strip("[]"), "bullet", bullet.line, bullet.end_line, found, indent, (label_end,)
    )


def _found_bullets(leaf: str, bullet: Bullet, lines: Sequence[str], taken: set[int]) -> Iterator[_Found]:
    if id(bullet) in taken:
        return
    marker = bullet.prefix.lstrip()
    reading = read_bullet(bullet.tokens, bullet.loose, marker)
    if reading.url is None and any(read_bullet(child.tokens).url for child in bullet.children):
        for child in bullet.children:
            yield from _found_bullets(leaf, child, lines, taken)
    elif reading.title and not (reading.anchor and reading.url is None):
        glued = reading.further_lines < len(bullet.loose)
        end = bullet.line + reading.further_lines if glued else bullet.end_line
        yield _Found(_entry(leaf, bullet.line, end, reading, lines), reading.style, bullet.prefix, bullet.end_line)


def _found_rows(leaf: str, table: Table, lines: Sequence[str]) -> Iterator[_Found]:
    columns = read_columns(table)
    for row in table.rows:
        reading = read_row(row, columns, table.edges)
        if reading.title:
            yield _Found(_entry(leaf, row.line, row.line, reading, lines), reading.style, "", table.end_line)


def _entry(leaf: str, line: int, end_line: int, reading: Reading, lines: Sequence[str]) -> Entry:
    return Entry(
        line=line,
        end_line=end_line,
        section_id=leaf,
        title=reading.title,
        url=reading.url,
        authors=reading.authors,
        venue=reading.venue,
        year=reading.year,
        raw="".join(lines[line - 1 : end_line]).rstrip("\r\n"),
    )


def _section(part: _Part, parts: Sequence[_Part], headings: Mapping[str, Heading]) -> Section:
    last = part.found[-1] if part.found else None
    style = _learned_style(part, parts, headings)
    if last is not None and not style.columns:
        lead = style.prefix[len(_marker(style.prefix)) :]
        style = style.model_copy(update={"prefix": _next_prefix(part.found) + lead})
    elif not style.columns:
        style = style.model_copy(update={"prefix": part.indent + re.sub(r"^\d+", "1", style.prefix)})
    return Section(
        leaf=part.leaf,
        title=part.title,
        kind=part.kind,
        line=part.line,
        end_line=part.end_line,
        entries=tuple(found.entry for found in part.found),
        style=style,
        insert_after=(last.last_line,) if last else part.empty_places,
    )


def _learned_style(part: _Part, parts: Sequence[_Part], headings: Mapping[str, Heading]) -> Style:
    """From the section's own complete entries, else the nearest section's under the same parent, else from all others.

    Bullets opening sections look at their like before all others.
    """
    if part.empty_table:
        return part.empty_table
    parent = headings[part.leaf].parent
    relatives = [p for p in parts if parent is not None and headings[p.leaf].parent == parent]
    relatives.sort(key=lambda p: abs(p.line - part.line))
    alike = [p for p in parts if p.kind == part.kind]
    in_table = bool(part.found) and not part.found[-1].prefix
    for group in ([part], *([p] for p in relatives), alike, parts):
        if styles := [f.style for p in group for f in p.found if f.style and bool(f.style.columns) == in_table]:
            return style_of(styles)
    return Style()


def _marker(prefix: str) -> str:
    return match[0] if (match := re.match(r"\s*\S+[ \t]+", prefix)) else prefix


def _next_prefix(found: Sequence[_Found]) -> str:
    """Return the last entry's indentation and bullet; a number counts on unless the last two are equal."""
    prefixes = [f.prefix for f in found]
    if len(prefixes) > 1 and prefixes[-1] == prefixes[-2]:
        return prefixes[-1]
    return re.sub(r"\d+", lambda number: str(int(number[0]) + 1), prefixes[-1])


def _contents(roots: Sequence[Bullet]) -> Iterator[ContentsLine]:
    for bullet in (bullet for root in roots for bullet in root.walk()):
        for token in bullet.tokens:
            if token.type == "link_open" and str(token.attrGet("href")).startswith("#"):
                anchor = str(token.attrGet("href"))[1:]
                yield ContentsLine(text=plain(bullet.tokens), anchor=anchor, line=bullet.line)


def _strays(part: _Part, page: Outline) -> Iterator[Stray]:
    glued = {line for found in part.found for line in range(found.entry.end_line + 1, found.last_line + 1)}
    glued -= {line for found in part.found for line in range(found.entry.line, found.entry.end_line + 1)}
    if part.kind == "heading" and part.found:
        first = part.found[0].entry.line
        loose = [range(p.line, p.end_line + 1) for p in page.paragraphs if first < p.line <= part.end_line]
        glued |= {line for lines in loose for line in lines}
    for line in sorted(glued):
        if text := page.lines[line - 1].strip():
            yield Stray(line=line, section_id=part.leaf, text=text)
