"""The contents of a list, found without any taxonomy: each heading with the entries and links under it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Final, Literal, NamedTuple

from agent.core.catalog.blocks import Bullet, HeadingLine, Outline, find_references, plain
from agent.core.catalog.formats.style import Page
from agent.core.catalog.formats.titled import is_title
from agent.core.catalog.outlines.outline import outline
from agent.core.catalog.parse import parse
from agent.core.catalog.parsing.leaf_section import Section
from agent.core.catalog.pieces.labels import leads_to_paper
from agent.core.catalog.sections import Heading
from agent.core.papers.matching import identifiers
from agent.records import Entry, Record

_URL: Final = re.compile(r"https?://[^\s<>()\[\]\"'|]+(?:\([^\s<>()]*\)[^\s<>()\[\]\"'|]*)?")
_LINKED_TITLE: Final = re.compile(r"^#{2,6}[ \t]+(?:\d+[.)] )?[*_]*\[(?P<text>[^\[\]]+)\]\((?P<url>https?://[^\s)]+)\)")
_SHARE_OF_TITLES: Final = 0.6
_NEARLY_ALL: Final = 0.75
_FENCE: Final = re.compile(
    r"^ {0,3}(?P<run>`{3,}|~{3,})(?P<language>[^`\n]*)\n(?P<body>.*?)(?:^ {0,3}(?P=run)[`~]*[ \t]*\r?$|\Z)",
    re.MULTILINE | re.DOTALL,
)
_PROSE: Final = frozenset({"", "text", "txt", "plain", "plaintext", "md", "markdown"})
"""The languages of a block of code that holds no code."""
_BIBTEX: Final = re.compile(r"^\s*@\w+\s*\{", re.MULTILINE)
_DEFINITION: Final = re.compile(r" {0,3}\[[^\[\]]+\]:\s")
_COMMENT: Final = re.compile(r"<!--.*?-->", re.DOTALL)


class Links(Record):
    """The numbers of different papers that are linked, by the site that the link names."""

    arxiv: int = 0
    acl: int = 0
    openreview: int = 0
    doi: int = 0


class HeadingOverview(Record):
    """One heading, or bullet that serves as one, and what stands between it and the next.

    ``path`` are the headings above it, the topmost first; ``introduction`` is the prose before its first entry.
    ``anchor`` tells of a bullet whether it links to a place of the page, as in a table of contents. ``unread`` are the
    lines (1-based) with a paper's link in no entry, or with one more than their entry needs.
    """

    title: str
    path: tuple[str, ...]
    kind: Literal["heading", "bullet"]
    anchor: bool
    level: int
    line: int
    end_line: int
    introduction: str
    entries: tuple[Entry, ...]
    links: Links
    unread: tuple[int, ...]


class Overview(Record):
    """A list as it was understood: its ``title``, its ``introduction``, and all its headings in line order.

    ``fenced`` are the lines (1-based) in blocks of code that link to papers: such blocks are kept as they are.
    """

    title: str
    introduction: str
    headings: tuple[HeadingOverview, ...]
    fenced: tuple[int, ...] = ()


class _Place(NamedTuple):
    key: str
    title: str
    path: tuple[str, ...]
    level: int
    line: int
    anchor: bool = False


def read_overview(text: str) -> Overview:
    """Read a list of which nothing is known: every heading is taken for a section of its own.

    A bullet that only holds others is read twice: as a heading, and as part of the heading above it. Text before the
    first entry is the introduction of the list.
    """
    page = outline(text)
    every = _links_by_line(text, page.lines)
    fenced = _fenced_lines(text, every)
    links = [frozenset[str]() if number in fenced else found for number, found in enumerate(every, 1)]
    headings, labels = tuple(_headings(page, find_references(text))), tuple(_labels(page))
    rows = [*_read_places(headings, headings, page, text, links)]
    if labels:
        rows += _read_places(labels, (*headings, *labels), page, text, links)
    rows.sort(key=lambda row: row.line)
    first = page.headings[0] if page.headings else None
    title = first.text if first else ""
    introduction = _prose(page, 1, _first_entry(rows))
    return Overview(title=title, introduction=introduction, headings=tuple(rows), fenced=tuple(sorted(fenced)))


def _read_places(
    wanted: Sequence[_Place], places: Sequence[_Place], page: Outline, text: str, links: Sequence[frozenset[str]]
) -> Iterator[HeadingOverview]:
    """Yield what stands at the wanted places when the list is read with a section at each of ``places``."""
    titles = {place.key: Heading(title=place.title, parent=place.path[-1] if place.path else None) for place in places}
    sections = parse(text, titles).sections
    for place in wanted:
        if (section := sections.get(place.key)) and section.line == place.line:
            yield _overview(place, section, page, links)


def _headings(page: Outline, references: Mapping[str, str]) -> Iterator[_Place]:
    above: list[HeadingLine] = []
    entries = _heading_entries(page, references)
    for heading in page.headings:
        while above and above[-1].level >= heading.level:
            above.pop()
        if heading.text and heading.line not in entries:
            path = tuple(line.text for line in above)
            yield _Place(f"h{heading.line}", heading.text, path, heading.level, heading.line)
            above.append(heading)


def _heading_entries(page: Outline, references: Mapping[str, str]) -> frozenset[int]:
    """Return the lines of headings that are entries: titles of papers, linked or with their links below, two or more.

    An unlinked title is one where most headings beside it, or nearly all that are as deep, are such titles too.
    """
    linked = frozenset(
        heading.line
        for heading in page.headings
        if heading.kind == "markdown"
        and heading.level > 1
        and (title := _LINKED_TITLE.search(page.lines[heading.line - 1]))
        and leads_to_paper(title["url"])
    )
    source = Page(page.lines, references)
    families: dict[tuple[int, int], list[tuple[int, bool]]] = {}
    above: list[HeadingLine] = []
    for heading, after in zip_longest(page.headings, page.headings[1:]):
        while above and above[-1].level >= heading.level:
            above.pop()
        stop = after.line - 1 if after else len(page.lines)
        alone = after is None or after.level <= heading.level
        titled = alone and heading.level > 1 and is_title(heading, stop, source)
        families.setdefault((above[-1].line if above else 0, heading.level), []).append((heading.line, titled))
        above.append(heading)
    depths: dict[int, list[bool]] = {}
    for (_, level), family in families.items():
        depths.setdefault(level, []).extend(titled for _, titled in family)
    sure = {level for level, titled in depths.items() if sum(titled) >= _NEARLY_ALL * len(titled)}
    titles = frozenset(
        line
        for (_, level), family in families.items()
        if level in sure or _SHARE_OF_TITLES * len(family) <= sum(titled for _, titled in family)
        for line, titled in family
        if titled
    )
    return (linked if len(linked) > 1 else frozenset()) | (titles if len(titles) > 1 else frozenset())


def _labels(page: Outline) -> Iterator[_Place]:
    """Yield the bullets that hold others and link to no other page: they may serve as headings."""
    lines = iter(page.headings)
    above, heading = "", next(lines, None)
    for root in page.bullets:
        while heading and heading.line < root.line:
            above, heading = heading.text, next(lines, None)
        yield from _labels_in(root, (above,) if above else (), 7)


def _labels_in(bullet: Bullet, path: tuple[str, ...], level: int) -> Iterator[_Place]:
    if not bullet.children:
        return
    title = plain(bullet.tokens).strip(" []:")
    links = [str(token.attrGet("href") or "") for token in bullet.tokens if token.type == "link_open"]
    if title and all(link.startswith("#") for link in links):
        yield _Place(f"b{bullet.line}", title, path, level, bullet.line, anchor=bool(links))
        path = (*path, title)
    for child in bullet.children:
        yield from _labels_in(child, path, level + 1)


def _overview(place: _Place, section: Section, page: Outline, links: Sequence[frozenset[str]]) -> HeadingOverview:
    lines = range(section.line, section.end_line + 1)
    ids = frozenset().union(*(links[line - 1] for line in lines)) if lines else frozenset()
    first = section.entries[0].line if section.entries else section.end_line + 1
    return HeadingOverview(
        title=place.title,
        path=place.path,
        kind=section.kind,
        anchor=place.anchor,
        level=place.level,
        line=section.line,
        end_line=section.end_line,
        introduction=_prose(page, section.line + 1, first),
        entries=section.entries,
        links=Links(**{kind: sum(name.startswith(f"{kind}:") for name in ids) for kind in Links.model_fields}),
        unread=_unread(section, links),
    )


def _links_by_line(text: str, lines: Sequence[str]) -> list[frozenset[str]]:
    """Return the papers that each line links to; what is commented out, and where references lead, does not count."""
    hidden = {
        line
        for comment in _COMMENT.finditer(text, 0, text.rfind("-->") + 3)  # what is never closed hides nothing
        for line in range(text.count("\n", 0, comment.start()), text.count("\n", 0, comment.end()) + 1)
    } if "<!--" in text else set()  # fmt: skip
    return [
        frozenset()
        if number in hidden or _DEFINITION.match(line)
        else frozenset(name for url in _URL.findall(line) for name in identifiers(url.rstrip(".,;:!?")))
        for number, line in enumerate(lines)
    ]


def _fenced_lines(text: str, links: Sequence[frozenset[str]]) -> frozenset[int]:
    """Return the lines that link to papers in blocks of code without a language: BibTeX and programs list nothing."""
    lines: list[int] = []
    line, at = 1, 0
    for block in _FENCE.finditer(text):
        start, end = block.span("body")
        line += text.count("\n", at, start)
        at = start
        if block["language"].strip().casefold() in _PROSE and not _BIBTEX.search(text, start, end):
            lines += range(line, line + text.count("\n", start, end))
    return frozenset(line for line in lines if links[line - 1])


def _unread(section: Section, links: Sequence[frozenset[str]]) -> tuple[int, ...]:
    """Return the lines of the section whose paper links no entry can account for."""
    owned = {line for entry in section.entries for line in range(entry.line, entry.end_line + 1)}
    alone = [n for n in range(section.line, section.end_line + 1) if n not in owned and links[n - 1]]
    crowded = [
        entry.line for entry in section.entries if sum(name.startswith("arxiv:") for name in _ids_of(entry, links)) > 1
    ]
    return tuple(sorted([*alone, *crowded]))


def _ids_of(entry: Entry, links: Sequence[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*links[entry.line - 1 : entry.end_line])


def _first_entry(rows: Sequence[HeadingOverview]) -> int:
    return min((row.entries[0].line for row in rows if row.entries), default=1 << 30)


def _prose(page: Outline, start: int, stop: int) -> str:
    """Return the sentences between two lines: no markup, no badges, no lone links."""
    parts = []
    for paragraph in page.paragraphs:
        if start <= paragraph.line < stop:
            raw = "".join(page.lines[paragraph.line - 1 : paragraph.end_line])
            words = " ".join(_strip_markup(raw).split())
            if len(words.split()) >= 5:
                parts.append(words)
    return " ".join(parts)


def _strip_markup(text: str) -> str:
    text = re.sub(r"!\[[^\]]*\]\([^)]*\)", "", text)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return re.sub(r"<[^>]*>|[*_`#]+", "", text)
