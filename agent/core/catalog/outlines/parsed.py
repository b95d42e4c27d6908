"""The blocks of a chunk as the Markdown library parses it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from agent.core.catalog.blocks import (
    SUMMARY_LEVEL,
    Bullet,
    HeadingLine,
    Html,
    Outline,
    Paragraph,
    Quote,
    Row,
    Table,
    plain_text,
)
from agent.core.catalog.formats.inline import scan, visible

_BLOCKS: Final = MarkdownIt("commonmark").enable("table").disable("inline")
_PREFIX: Final = re.compile(r"(?:[ \t]*>)*[ \t]*(?:[-*+]|\d{1,9}[.)])(?:[ \t]+|$)")
_HTML_HEADING: Final = re.compile(
    r"<h(?P<level>[1-6])\b[^<>]*>(?P<text>.{0,2000}?)</?h(?P=level)\s*/?>"
    r"|<summary\b[^<>]*>(?P<summary>.{0,2000}?)</summary>",
    re.IGNORECASE | re.DOTALL,
)
_GLUED: Final = re.compile(
    r"(?:\A|(?<=\n\n)|(?<=\n\r\n)) {0,3}<h(?P<level>[1-6])\b[^\r\n]*</h(?P=level)>[ \t]*"
    r"(?=\r?\n(?:[-*+] |\d{1,9}[.)] |\|))",
    re.IGNORECASE,
)
"""A heading in HTML at once above a list or table: Markdown takes these for words in it, the maintainers did not."""
_LISTED: Final = re.compile(r"\]\(|<a\b|<li\b|<t[dr]\b|^\s*(?:[-*+]|\d+[.)])\s|^\s*\|", re.IGNORECASE)
_UNFOLD: Final = re.compile(
    r"\W*(?:(?:please )?(?:click|tap)(?: here| me| on)?(?: to (?:expand|unfold|open|view|see|show)\b.*)?"
    r"|(?:(?:click )?to )?(?:expand|unfold)(?: (?:all|me|here|list|the list|this list|section|table))?"
    r"|(?:show|see|view|read) (?:more|all|details?|the (?:full )?list|full list)|(?:more )?details?|more"
    r"|(?:\u70b9\u51fb|\u5355\u51fb)?(?:\u5c55\u5f00|\u67e5\u770b).{0,8})\W*",
    re.IGNORECASE,
)
"""A summary that only says how to unfold its part, and names no subject."""
_ANCHOR: Final = re.compile(r"<a\s+(?:name|id)\s*=[^<>]*>\s*</a>", re.IGNORECASE)


def parse_chunk(text: str, lines: tuple[str, ...]) -> Outline:
    """Return the outline of a chunk, whose text is also given as ``lines`` with their line ends."""
    headings: list[HeadingLine] = []
    bullets: list[Bullet] = []
    tables: list[Table] = []
    paragraphs: list[Paragraph] = []
    html: list[Html] = []
    rules: list[int] = []
    quotes: list[Quote] = []
    text = _GLUED.sub("<!---->", text) if "</h" in text or "</H" in text else text
    for node in SyntaxTreeNode(_BLOCKS.parse(text)).children:
        if node.map is None:
            continue
        start, end = node.map
        if node.type == "heading":
            headings.append(
                HeadingLine(int(node.tag[1]), plain_text(_content(node)), start + 1, _last_line(lines, start, end))
            )
        elif node.type in ("bullet_list", "ordered_list"):
            bullets.extend(_bullets(node, lines))
        elif node.type == "table":
            tables.append(_table(node, lines))
        elif node.type == "paragraph":
            paragraphs.append(Paragraph(start + 1, _last_line(lines, start, end)))
        elif node.type == "html_block":
            opened = list(_html_headings(lines, start, end))
            html.extend(_between_headings(start + 1, _last_line(lines, start, end), opened))
            headings.extend(opened)
        elif node.type == "blockquote":
            opened = list(_quoted_headings(node, lines))
            headings.extend(opened)
            quotes.extend([] if opened else [_quote(node, lines)])
        elif node.type == "hr":
            rules.append(start + 1)
    headings = [h for h in headings if h.kind != "summary" or not _only_unfolds(h, lines)]
    headings.sort(key=lambda heading: heading.line)
    return Outline(
        lines,
        tuple(headings),
        tuple(bullets),
        tuple(tables),
        tuple(paragraphs),
        tuple(html),
        tuple(rules),
        tuple(quotes),
    )


def _only_unfolds(summary: HeadingLine, lines: Sequence[str]) -> bool:
    """Return whether a part that unfolds holds words or code alone, as an abstract does: no list, table or link; or
    whether its summary only says how to unfold it."""
    if _UNFOLD.fullmatch(summary.text):
        return True
    for line in lines[summary.end_line - 1 :]:
        tail = line.rpartition("</summary>")[2] if line is lines[summary.end_line - 1] else line
        inside, close, _ = tail.partition("</details>")
        if _LISTED.search(inside):
            return False
        if close:
            return True
    return False


def _between_headings(line: int, end_line: int, headings: Sequence[HeadingLine]) -> Iterator[Html]:
    """Yield the parts of an HTML block that stand before, between and after the headings in it."""
    for heading in headings:
        if heading.line > line:
            yield Html(line, heading.line - 1)
        line = heading.end_line + 1
    if line <= end_line:
        yield Html(line, end_line)


def _quote(node: SyntaxTreeNode, lines: Sequence[str]) -> Quote:
    start, end = node.map or (0, 0)
    bullets: list[Bullet] = []
    paragraphs: list[Paragraph] = []
    for child in node.children:
        if child.type in ("bullet_list", "ordered_list"):
            bullets.extend(_bullets(child, lines))
        elif child.type == "paragraph" and child.map is not None:
            paragraphs.append(Paragraph(child.map[0] + 1, _last_line(lines, *child.map)))
    return Quote(start + 1, _last_line(lines, start, end), tuple(bullets), tuple(paragraphs))


def _quoted_headings(quote: SyntaxTreeNode, lines: Sequence[str]) -> Iterator[HeadingLine]:
    """Yield the headings of a block quote that holds nothing else: ``> ### Survey`` opens a section as others do."""
    if all(child.type == "heading" for child in quote.children):
        for node in quote.children:
            start, end = node.map or (0, 0)
            yield HeadingLine(int(node.tag[1]), plain_text(_content(node)), start + 1, _last_line(lines, start, end))


def _html_headings(lines: Sequence[str], start: int, end: int) -> Iterator[HeadingLine]:
    block = "".join(lines[start:end])
    for match in _HTML_HEADING.finditer(block):
        first = start + block.count("\n", 0, match.start())
        last = start + block.count("\n", 0, match.end())
        inner = match["text"] if match["level"] else match["summary"]
        text = visible(inner, scan(inner, 0, len(inner), {}))
        if text:
            level = int(match["level"] or SUMMARY_LEVEL)
            yield HeadingLine(level, text, first + 1, last + 1, "html" if match["level"] else "summary")


def _content(node: SyntaxTreeNode) -> str:
    return next((child.content for child in node.children if child.type == "inline"), "")


def _last_line(lines: Sequence[str], start: int, end: int) -> int:
    while end > start + 1 and not lines[end - 1].strip():
        end -= 1
    return end


def _end_of_item(lines: Sequence[str], start: int, end: int) -> int:
    """Return the last line of a list item; the anchor of the next heading that Markdown glues to it is not its own."""
    end = _last_line(lines, start, end)
    while end > start + 1 and lines[end - 1].startswith("<a ") and _ANCHOR.fullmatch(lines[end - 1].rstrip()):
        end = _last_line(lines, start, end - 1)
    return end


def _bullets(node: SyntaxTreeNode, lines: Sequence[str]) -> Iterator[Bullet]:
    for item in node.children:
        if item.map is None:
            continue
        start, end = item.map
        prefix = match[0] if (match := _PREFIX.match(lines[start])) else ""
        source: str | None = None
        loose: tuple[bool, ...] = ()
        children: list[Bullet] = []
        paragraphs: list[Paragraph] = []
        level = 0
        for child in item.children:
            if child.type in ("paragraph", "heading") and child.map is not None:
                first, last = child.map
                if source is None:
                    source = _content(child)
                    level = int(child.tag[1]) if child.type == "heading" else 0
                    offset = len(prefix.expandtabs(4))
                    loose = tuple(
                        _indent(line) < offset for line in lines[first + 1 : _end_of_item(lines, first, last)]
                    )
                paragraphs.append(Paragraph(first + 1, _end_of_item(lines, first, last)))
            elif child.type in ("bullet_list", "ordered_list"):
                children.extend(_bullets(child, lines))
            elif child.type == "blockquote" and child.map is not None and source and _is_summary(child):
                paragraphs.append(Paragraph(child.map[0] + 1, _end_of_item(lines, *child.map)))
            elif child.type == "html_block" and source is None and (opened := _HTML_HEADING.search(child.content)):
                source = opened["summary"] or ""  # ``- <details><summary>2024</summary>``
        yield Bullet(
            start + 1,
            _end_of_item(lines, start, end),
            prefix,
            source or "",
            loose,
            tuple(paragraphs),
            tuple(children),
            level,
        )


def _is_summary(quote: SyntaxTreeNode) -> bool:
    """Return whether a block quote below an item is a paragraph of words, and links nothing."""
    kinds = [child.type for child in quote.children]
    return kinds == ["paragraph"] and not re.search(r"\]\(|https?:|<a\b", _content(quote.children[0]))


def _indent(line: str) -> int:
    wide = line.expandtabs(4)
    return len(wide) - len(wide.lstrip())


def _table(node: SyntaxTreeNode, lines: Sequence[str]) -> Table:
    start, end = node.map or (0, 0)
    rows = [row for part in node.children for row in part.children]
    header = tuple(plain_text(_content(cell)) for cell in rows[0].children)
    body = (Row(row.map[0] + 1, tuple(_content(cell) for cell in row.children)) for row in rows[1:] if row.map)
    return Table(
        line=start + 1,
        end_line=_last_line(lines, start, end),
        header=header,
        rows=tuple(row for row in body if "|" in lines[row.line - 1]),
        edges=lines[start].lstrip().startswith("|"),
    )
