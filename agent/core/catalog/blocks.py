"""The Markdown blocks of a list: headings, bullets, tables, paragraphs, each with its lines (1-based, inclusive)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token

_MARKDOWN: Final = MarkdownIt("commonmark").enable("table")
# The line ends of CommonMark; str.splitlines would also split at form feeds and U+2028, which are text here.
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
_REFERENCE: Final = re.compile(
    r"^ {0,3}\[(?P<name>[^\[\]\r\n]+)\]:[ \t]*<?(?P<url>[^\s<>\[][^\s<>]*)"
    r">?[ \t]*(?=[\"'(]|\r?$)",
    re.MULTILINE,
)
SUMMARY_LEVEL: Final = 7
"""The level of a ``<summary>``, which opens a part of whatever section it stands in."""


class HeadingLine(NamedTuple):
    """A heading of the body; ``text`` is plain, ``end_line`` differs from ``line`` for underlined headings.

    ``kind`` tells a ``<h2>`` and a ``<summary>`` from Markdown's own headings.
    """

    level: int
    text: str
    line: int
    end_line: int
    kind: Literal["markdown", "html", "summary"] = "markdown"


class Paragraph(NamedTuple):
    line: int
    end_line: int


class Bullet(NamedTuple):
    """A list item: ``source`` is its first paragraph, ``prefix`` what stands before it, ``end_line`` its last line
    with everything nested in it or glued to it, blank lines excluded. ``loose`` tells of each further line of the
    paragraph whether it is glued on without the item's indentation. ``paragraphs`` are all of its own, the first one
    included; ``level`` is that of a heading which the item begins with, 0 for none."""

    line: int
    end_line: int
    prefix: str
    source: str
    loose: tuple[bool, ...]
    paragraphs: tuple[Paragraph, ...]
    children: tuple[Bullet, ...]
    level: int = 0

    @property
    def simple(self) -> bool:
        """Whether the item is one line of text."""
        return not self.children and not self.loose and not self.level and self.line == self.end_line

    @property
    def tokens(self) -> tuple[Token, ...]:
        """The first paragraph as tokens."""
        return tuple(token for inline in _MARKDOWN.parseInline(self.source) for token in inline.children or ())

    @property
    def text(self) -> str:
        """The first paragraph as a reader sees it."""
        return plain_text(self.source)

    def walk(self) -> Iterator[Bullet]:
        """Yield the bullet and all bullets nested in it."""
        yield self
        for child in self.children:
            yield from child.walk()


class Row(NamedTuple):
    line: int
    cells: tuple[str, ...]


class Table(NamedTuple):
    """``edges`` tells whether the rows start and end with a pipe; ``rows`` leave out lines without any pipe."""

    line: int
    end_line: int
    header: tuple[str, ...]
    rows: tuple[Row, ...]
    edges: bool


class Html(NamedTuple):
    line: int
    end_line: int


class Quote(NamedTuple):
    """A block quote with the list items and paragraphs in it."""

    line: int
    end_line: int
    bullets: tuple[Bullet, ...]
    paragraphs: tuple[Paragraph, ...]


class Outline(NamedTuple):
    """The blocks of a text; ``rules`` are the lines of horizontal rules."""

    lines: tuple[str, ...]
    headings: tuple[HeadingLine, ...]
    bullets: tuple[Bullet, ...]
    tables: tuple[Table, ...]
    paragraphs: tuple[Paragraph, ...]
    html: tuple[Html, ...]
    rules: tuple[int, ...]
    quotes: tuple[Quote, ...] = ()


def split_lines(text: str) -> tuple[str, ...]:
    """Return the lines with their line ends; joined they are the text again."""
    return tuple(_LINE.findall(text))


def plain(tokens: tuple[Token, ...]) -> str:
    """Return what a reader sees: no markup, no images, no HTML, white space collapsed."""
    return " ".join("".join(_visible(token) for token in tokens).split())


@lru_cache(maxsize=16_384)
def plain_text(source: str) -> str:
    """Return what a reader sees of a paragraph or heading. A list is read again after every edit, mostly unchanged."""
    if not re.search(r"[\\`*_\[\]<>&!~]", source):
        return " ".join(source.split())
    return plain(tuple(token for inline in _MARKDOWN.parseInline(source) for token in inline.children or ()))


def find_references(text: str) -> dict[str, str]:
    """Return the addresses of reference links, by their name in lower case."""
    return {match["name"].casefold(): match["url"] for match in _REFERENCE.finditer(text)} if "]:" in text else {}


def _visible(token: Token) -> str:
    if token.type in ("softbreak", "hardbreak"):
        return " "
    return token.content if token.type in ("text", "code_inline") else ""
