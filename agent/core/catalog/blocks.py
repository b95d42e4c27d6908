"""The Markdown blocks of a list: headings, bullets, tables, paragraphs, each with its lines (1-based, inclusive).

The text is read in chunks that begin at headings. A chunk is kept in memory: after an edit only the changed ones are
read again. Chunks of nothing but a heading and one-line bullets need no Markdown library, which is ten times as slow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from agent.core.catalog.formats.inline import scan, visible

_MARKDOWN: Final = MarkdownIt("commonmark").enable("table")
_BLOCKS: Final = MarkdownIt("commonmark").enable("table").disable("inline")
# The line ends of CommonMark; str.splitlines would also split at form feeds and U+2028, which are text here.
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
_PREFIX: Final = re.compile(r"(?:[ \t]*>)*[ \t]*(?:[-*+]|\d{1,9}[.)])(?:[ \t]+|$)")
_ATX: Final = re.compile(r"#{1,6}(?:[ \t]|$)")
_FENCE: Final = re.compile(
    r"(?P<indent>[ \t]*)(?P<marker>(?:(?:[-*+]|\d{1,9}[.)]|>)[ \t]+)*)(?P<run>`{3,}|~{3,})(?P<info>[^\r\n]*)"
)
_RAW_OPEN: Final = re.compile(r"<!--|<(?:script|pre|style|textarea)\b|<\?|<![A-Z]|<!\[CDATA\[", re.IGNORECASE)
_RAW_CLOSE: Final = re.compile(r"-->|</(?:script|pre|style|textarea)>|\?>|\]\]>", re.IGNORECASE)
_SIMPLE: Final = re.compile(
    r"(?P<prefix>(?:(?P<sign>[-*+])|\d{1,9}(?P<dot>[.)])) {1,4})"
    r"(?!\s|#{1,6}(?:\s|$)|>|```|~~~|<|[-*+](?:\s|$)|\d{1,9}[.)](?:\s|$)|\[[^\]]+\]:|(?:[*_-]\s*){3,}$)"
)
_HEADING: Final = re.compile(r"(?P<marks>#{1,6})[ \t]+(?P<text>[^\r\n]*?)(?:[ \t]+#+)?[ \t]*$")
_HTML_HEADING: Final = re.compile(
    r"<h(?P<level>[1-6])\b[^<>]*>(?P<text>.{0,2000}?)</?h(?P=level)\s*/?>"
    r"|<summary\b[^<>]*>(?P<summary>.{0,2000}?)</summary>",
    re.IGNORECASE | re.DOTALL,
)
_REFERENCE: Final = re.compile(r"^ {0,3}\[(?P<name>[^\[\]\r\n]+)\]:[ \t]*<?(?P<url>[^\s<>]+)", re.MULTILINE)
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


@lru_cache(maxsize=4)
def outline(text: str) -> Outline:
    """Return the blocks of the text that stand at its top level, list items with those nested in them."""
    lines = split_lines(text)
    starts = _chunk_starts(lines)
    parts: list[tuple[Outline, int]] = []
    for start, stop in zip(starts, [*starts[1:], len(lines)], strict=True):
        parts.append((chunk_outline("".join(lines[start:stop]).removeprefix("\ufeff" if start == 0 else "\0")), start))
    return Outline(
        lines,
        tuple(h._replace(line=h.line + n, end_line=h.end_line + n) for part, n in parts for h in part.headings),
        tuple(_shifted(b, n) for part, n in parts for b in part.bullets),
        tuple(
            t._replace(
                line=t.line + n, end_line=t.end_line + n, rows=tuple(r._replace(line=r.line + n) for r in t.rows)
            )
            for part, n in parts
            for t in part.tables
        ),
        tuple(Paragraph(p.line + n, p.end_line + n) for part, n in parts for p in part.paragraphs),
        tuple(Html(h.line + n, h.end_line + n) for part, n in parts for h in part.html),
        tuple(line + n for part, n in parts for line in part.rules),
        tuple(_quote_at(q, n) for part, n in parts for q in part.quotes),
    )


def _quote_at(quote: Quote, n: int) -> Quote:
    return Quote(
        quote.line + n,
        quote.end_line + n,
        tuple(_shifted(bullet, n) for bullet in quote.bullets),
        tuple(Paragraph(p.line + n, p.end_line + n) for p in quote.paragraphs),
    )


def _shifted(bullet: Bullet, n: int) -> Bullet:
    if not n:
        return bullet
    if bullet.simple:
        line = bullet.line + n
        return Bullet(line, line, bullet.prefix, bullet.source, (), (Paragraph(line, line),), ())
    return Bullet(
        bullet.line + n,
        bullet.end_line + n,
        bullet.prefix,
        bullet.source,
        bullet.loose,
        tuple(Paragraph(p.line + n, p.end_line + n) for p in bullet.paragraphs),
        tuple(_shifted(child, n) for child in bullet.children),
        bullet.level,
    )


class _Chunks:
    """Finds headings that surely are none of a code block's or of raw HTML, line by line."""

    def __init__(self) -> None:
        self._fence: tuple[str, int] | None = None
        self._raw = self._html = False
        self.unclear = False

    def begins(self, line: str) -> bool:
        """Say whether a line surely is a heading. ``unclear`` is set when nothing is sure from there on."""
        first = line[:1]
        if self._raw:
            self._raw = not _RAW_CLOSE.search(line)
            return False
        fenced = _FENCE.match(line) if "```" in line or "~~~" in line else None
        if self._fence is not None and self._in_fence(line, fenced):
            return False
        if fenced and not (fenced["run"][0] == "`" and "`" in fenced["info"]):
            self._open(fenced)
            return False
        self._note_html(line)
        return first == "#" and not self._html and _ATX.match(line) is not None

    def _note_html(self, line: str) -> None:
        text = line.lstrip()
        if not text:
            self._html = False
        elif text[0] == "<":
            opened = _RAW_OPEN.match(text)
            self._raw = opened is not None and not _RAW_CLOSE.search(text, len(opened[0]))
            self._html = True

    def _in_fence(self, line: str, fenced: re.Match[str] | None) -> bool:
        """Follow a fence; a line with less indentation ends the list item it is in, and the fence with it."""
        run, width = self._fence or ("", 0)
        closes = fenced and not fenced["marker"] and fenced["run"].startswith(run) and not fenced["info"].strip()
        outside = bool(line.strip()) and len(line) - len(line.lstrip()) < width
        if closes or outside:
            self._fence = None
        return bool(closes) or not outside

    def _open(self, fenced: re.Match[str]) -> None:
        indent = len(fenced["indent"].expandtabs(4))
        if indent > 3 and not fenced["marker"]:
            self.unclear = True  # indented code, or a fence within a list item
        nested = fenced["marker"].strip(" \t>") or fenced["indent"]
        self._fence = (fenced["run"], len((fenced["indent"] + fenced["marker"]).expandtabs(4)) if nested else 0)


def _chunk_starts(lines: Sequence[str]) -> list[int]:
    """Return where chunks begin."""
    starts = [0]
    chunks = _Chunks()
    for number, line in enumerate(lines):
        if chunks.begins(line) and number:
            starts.append(number)
        if chunks.unclear:
            break
    return starts


@lru_cache(maxsize=8192)
def chunk_outline(text: str) -> Outline:
    """Return the outline of one chunk, with lines counted from its beginning."""
    lines = split_lines(text)
    return _simple_chunk(lines) or _any_chunk(text, lines)


def _simple_chunk(lines: tuple[str, ...]) -> Outline | None:
    """Return the outline of a heading with one-line bullets and blank lines below it, or None for anything else."""
    headings: list[HeadingLine] = []
    bullets: list[Bullet] = []
    before = ""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            before = ""
            continue
        match = _SIMPLE.match(line)
        if match is None:
            heading = _HEADING.match(line) if number == 1 else None
            if heading is None:
                return None
            headings.append(HeadingLine(len(heading["marks"]), plain_text(heading["text"]), 1, 1))
            continue
        sign = match["sign"] or match["dot"]
        if before not in ("", sign) or "\t" in line:
            return None
        before = sign
        prefix = match["prefix"]
        bullets.append(
            Bullet(number, number, prefix, line[len(prefix) :].strip(), (), (Paragraph(number, number),), ())
        )
    return Outline(lines, tuple(headings), tuple(bullets), (), (), (), ())


def _any_chunk(text: str, lines: tuple[str, ...]) -> Outline:
    headings: list[HeadingLine] = []
    bullets: list[Bullet] = []
    tables: list[Table] = []
    paragraphs: list[Paragraph] = []
    html: list[Html] = []
    rules: list[int] = []
    quotes: list[Quote] = []
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


def _visible(token: Token) -> str:
    if token.type in ("softbreak", "hardbreak"):
        return " "
    return token.content if token.type in ("text", "code_inline") else ""


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
