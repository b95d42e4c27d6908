"""What Markdown sees in a list: headings, bullets, tables, paragraphs, each with its lines (1-based, inclusive)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

_MARKDOWN: Final = MarkdownIt("commonmark").enable("table")
# The line ends of CommonMark; str.splitlines would also split at form feeds and U+2028, which are text here.
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
_PREFIX: Final = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])(?:[ \t]+|$)")


class HeadingLine(NamedTuple):
    """A heading of the body; ``text`` is plain, ``end_line`` differs from ``line`` for underlined headings."""

    level: int
    text: str
    line: int
    end_line: int


class Bullet(NamedTuple):
    """A list item: ``tokens`` are its first paragraph, ``prefix`` what stands before it, ``end_line`` its last line
    with everything nested in it or glued to it, blank lines excluded. ``loose`` tells of each further line of the
    paragraph whether it is glued on without the item's indentation."""

    line: int
    end_line: int
    prefix: str
    tokens: tuple[Token, ...]
    loose: tuple[bool, ...]
    children: tuple[Bullet, ...]

    def walk(self) -> Iterator[Bullet]:
        """Yield the bullet and all bullets nested in it."""
        yield self
        for child in self.children:
            yield from child.walk()


class Row(NamedTuple):
    line: int
    cells: tuple[tuple[Token, ...], ...]


class Table(NamedTuple):
    """``edges`` tells whether the rows start and end with a pipe; ``rows`` leave out lines without any pipe."""

    line: int
    end_line: int
    header: tuple[str, ...]
    rows: tuple[Row, ...]
    edges: bool


class Paragraph(NamedTuple):
    line: int
    end_line: int


class Outline(NamedTuple):
    lines: tuple[str, ...]
    headings: tuple[HeadingLine, ...]
    bullets: tuple[Bullet, ...]
    tables: tuple[Table, ...]
    paragraphs: tuple[Paragraph, ...]


def split_lines(text: str) -> tuple[str, ...]:
    """Return the lines with their line ends; joined they are the text again."""
    return tuple(_LINE.findall(text))


def plain(tokens: tuple[Token, ...]) -> str:
    """Return what a reader sees: no markup, no images, no HTML, white space collapsed."""
    return " ".join("".join(_visible(token) for token in tokens).split())


@lru_cache(maxsize=4)  # an insertion reads the list that the one before it made
def outline(text: str) -> Outline:
    """Return the blocks of the text that stand at its top level, list items with those nested in them."""
    lines = split_lines(text)
    headings: list[HeadingLine] = []
    bullets: list[Bullet] = []
    tables: list[Table] = []
    paragraphs: list[Paragraph] = []
    for node in SyntaxTreeNode(_MARKDOWN.parse(text.removeprefix("\ufeff"))).children:
        if node.map is None:
            continue
        start, end = node.map
        if node.type == "heading":
            level = int(node.tag[1])
            headings.append(HeadingLine(level, plain(_inline(node)), start + 1, _last_line(lines, start, end)))
        elif node.type in ("bullet_list", "ordered_list"):
            bullets.extend(_bullets(node, lines))
        elif node.type == "table":
            tables.append(_table(node, lines))
        elif node.type == "paragraph":
            paragraphs.append(Paragraph(start + 1, _last_line(lines, start, end)))
    return Outline(lines, tuple(headings), tuple(bullets), tuple(tables), tuple(paragraphs))


def _visible(token: Token) -> str:
    if token.type in ("softbreak", "hardbreak"):
        return " "
    return token.content if token.type in ("text", "code_inline") else ""


def _inline(node: SyntaxTreeNode) -> tuple[Token, ...]:
    for child in node.children:
        if child.type == "inline" and child.token is not None:
            return tuple(child.token.children or ())
    return ()


def _last_line(lines: tuple[str, ...], start: int, end: int) -> int:
    while end > start + 1 and not lines[end - 1].strip():
        end -= 1
    return end


def _bullets(node: SyntaxTreeNode, lines: tuple[str, ...]) -> Iterator[Bullet]:
    for item in node.children:
        if item.map is None:
            continue
        start, end = item.map
        prefix = match[0] if (match := _PREFIX.match(lines[start])) else ""
        tokens: tuple[Token, ...] = ()
        loose: tuple[bool, ...] = ()
        children: list[Bullet] = []
        for child in item.children:
            if child.type == "paragraph" and not tokens and child.map is not None:
                tokens = _inline(child)
                offset = len(prefix.expandtabs(4))
                loose = tuple(_indent(line) < offset for line in lines[child.map[0] + 1 : child.map[1]])
            elif child.type in ("bullet_list", "ordered_list"):
                children.extend(_bullets(child, lines))
        yield Bullet(start + 1, _last_line(lines, start, end), prefix, tokens, loose, tuple(children))


def _indent(line: str) -> int:
    wide = line.expandtabs(4)
    return len(wide) - len(wide.lstrip())


def _table(node: SyntaxTreeNode, lines: tuple[str, ...]) -> Table:
    start, end = node.map or (0, 0)
    rows = [row for part in node.children for row in part.children]
    header = tuple(plain(_inline(cell)) for cell in rows[0].children)
    body = (Row(row.map[0] + 1, tuple(_inline(cell) for cell in row.children)) for row in rows[1:] if row.map)
    return Table(
        line=start + 1,
        end_line=_last_line(lines, start, end),
        header=header,
        rows=tuple(row for row in body if "|" in lines[row.line - 1]),
        edges=lines[start].lstrip().startswith("|"),
    )
