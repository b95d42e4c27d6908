"""The inline source of an entry as a tree: text, links, emphasis, quotes, brackets, each with its place in the source.

A Markdown library gives no source positions within a line, and a new entry is printed by replacing stretches of a
sibling's source; so the few inline forms that lists use are read here. What is no such form is text.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

Kind = Literal["text", "link", "image", "code", "tag", "break", "bold", "italic", "quote", "bracket", "paren", "pipe"]

_PLAIN_LINK: Final = r"(?:\([^()\s]*\))?"
_TEXT: Final = (
    r"(?:[^\[\]\\`]++|\\.|`[^`\n]*`|`"
    rf"|!?\[(?:[^\[\]\\]++|\\.|!?\[(?:[^\[\]\\]++|\\.)*\]{_PLAIN_LINK})*\]{_PLAIN_LINK})*?"
)
_NESTED: Final = r"\((?:[^\s()\\]|\\.|\((?:[^\s()\\]|\\.)*\))*\)"
_ADDRESS: Final = rf"<[^<>\n]*>|(?:[^\s()\\<]|\\.|{_NESTED})(?:[^\s()\\]++|\\.|{_NESTED})*|"
_TITLE: Final = r"(?:\s+(?:\"[^\"]*\"|'[^']*'))?"
# Both end where another comment or link begins, so that marks which nothing closes are read once, not to the end each.
_COMMENTED: Final = r"(?:[^<-]++|-(?!->)|<(?!!--))*+"
_INSIDE: Final = r"(?:[^<]++|<(?!/a\s*>|a\s[^<>]*?\bhref\b))*+"
_SIGNS: Final = (
    "\uff08\u3010\u300c\u300e\u300a\u201c\u201e\u00ab\uff09\u3011\u300d\u300f\u300b\u201d\u00bb\uff5c\u00b7\u2022"
)
# Most characters are plain, and taken all at once: the first line names those which a form may begin with. What is
# none of the forms after all is ``other``, so that every search succeeds where it begins. The forms of lists stand
# first; the order matters only among those that begin with one character: ``[`` and ``<``.
_TOKEN: Final = re.compile(
    rf"""(?:[^\\`<!\[\n*_~("|{_SIGNS}\]):]++|:(?!//))*+(?:
(?P<link>\[(?P<label>{_TEXT})\]\(\s*(?P<href>{_ADDRESS}){_TITLE}\s*\))
|(?P<ref>!?\[(?P<shown>[^\[\]]+|\[[^\[\]]+\])\]\[(?P<name>[^\[\]<>]*)\])
|(?P<open>[(\[\uff08\u3010\u300c\u300e\u300a\u201c\u201e\u00ab])
|(?P<close>[)\]\uff09\u3011\u300d\u300f\u300b\u201d\u00bb])
|(?P<run>\*+|_+|~~)
|(?P<pipe>\||\uff5c|\u00b7|\u2022)
|(?P<quote>")
|(?P<escape>\\[!-/:-@\[-`{{-~])
|(?P<code>(?P<ticks>(?<!`)`+(?!`)).+?(?<!`)(?P=ticks)(?!`))
|(?P<break>(?i:<br\s*/?>)|\\?\n)
|(?P<url>:(?i:(?<=\bhttp:)|(?<=\bhttps:))//[^\s<>\[\]|"\uff0c\u3002\uff09\u3001)]+)
|(?P<image>!\[(?P<alt>[^\[\]]*)\]\(\s*(?P<src>{_ADDRESS}){_TITLE}\s*\))
|(?P<comment><!--(?:{_COMMENTED}<!--){{0,3}}?{_COMMENTED}-->)
|(?P<auto><(?P<address>(?i:https?)://[^\s<>]+)>)
|(?P<anchor>(?i:(?><a\b[^<>]*?\bhref\s*+=\s*+["']?)(?P<target>[^"'\s<>]*+)["']?[^<>]*+>
  (?P<inside>{_INSIDE})</a\s*>))
|(?P<tag></?(?P<element>[A-Za-z][A-Za-z0-9]*)\b[^<>]*>)
|(?P<other>.|\Z))""",
    re.VERBOSE | re.DOTALL,
)
_CLOSES: Final = {
    ")": "(",
    "]": "[",
    "\uff09": "\uff08",
    "\u3011": "\u3010",
    "\u300d": "\u300c",
    "\u300f": "\u300e",
    "\u300b": "\u300a",
    "\u201d": "\u201c",
    "\u00bb": "\u00ab",
}
_GROUPS: Final[dict[str, Kind]] = {
    "(": "paren",
    "\uff08": "paren",
    "[": "bracket",
    "\u3010": "bracket",
    "\u300c": "quote",
    "\u300e": "quote",
    "\u300a": "quote",
    "\u201c": "quote",
    "\u201e": "quote",
    "\u00ab": "quote",
    '"': "quote",
    "<bold": "bold",
    "<italic": "italic",
    "<code": "code",
}
"""The groups by the mark that opens them; ``<bold`` stands for any element that makes its words bold."""
_ELEMENTS: Final[dict[str, Kind]] = {
    **dict.fromkeys(("b", "strong", "u"), "bold"),
    **dict.fromkeys(("i", "em", "cite"), "italic"),
    **dict.fromkeys(("code", "kbd", "tt"), "code"),
}
_MARKS: Final[dict[str, Kind]] = {"pipe": "pipe", "break": "break"}
_ESCAPE: Final = re.compile(r"\\([!-/:-@\[-`{-~])|&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_SRC: Final = re.compile(r"\bsrc\s*=\s*[\"']?([^\"'\s<>]+)", re.IGNORECASE)


@dataclass(slots=True, eq=False)  # not frozen, nor a tuple: of all records it is the one most often made and read
class Node:
    """A stretch of the source, never changed. ``inner`` is what a group or link holds; ``url`` the address of a link or
    image, and ``url_span`` where it stands (null: elsewhere, as for a reference link)."""

    kind: Kind
    start: int
    end: int
    inner: tuple[int, int]
    children: tuple[Node, ...] = ()
    url: str = ""
    url_span: tuple[int, int] | None = None

    def find(self, *kinds: Kind) -> list[Node]:
        """Return the nodes of these kinds: the node itself, and those that it holds, in order."""
        found = [self] if self.kind in kinds else []
        for child in self.children:
            if child.children:
                found += child.find(*kinds)
            elif child.kind in kinds:
                found.append(child)
        return found


_PENDING: Final = Node("text", 0, 0, (0, 0))
"""Stands for a mark that opens a group until it is closed, or turns out to be text."""


class _Open(NamedTuple):
    """A mark that opens a group; ``held`` is its position among the nodes."""

    mark: str
    start: int
    end: int
    held: int


def scan(source: str, start: int, end: int, references: Mapping[str, str]) -> tuple[Node, ...]:
    """Return the nodes of a stretch of source, in order; together they cover it.

    ``references`` are the addresses of reference links, by their name in lower case.
    """
    return tuple(_Scanner(source, start, end, references).scan())


class _Scanner:
    """Scans one stretch of source; what a link in it holds is scanned as a stretch of its own.

    ``_open`` are the marks of groups that are not closed yet, ``_counts`` says how many of each kind there are.
    """

    __slots__ = ("_counts", "_end", "_nodes", "_open", "_references", "_source", "_start")

    def __init__(self, source: str, start: int, end: int, references: Mapping[str, str]) -> None:
        self._source = source
        self._start, self._end = start, end
        self._references = references
        self._nodes: list[Node] = []
        self._open: list[_Open] = []
        self._counts: dict[str, int] = {}

    def scan(self) -> list[Node]:
        source, nodes, at = self._source, self._nodes, self._start
        for match in _TOKEN.finditer(source, at, self._end):
            kind = match.lastgroup or ""
            if kind == "other" or kind == "escape":
                continue
            begin, stop = match.span(kind)
            if kind == "break" or kind == "url":
                begin = self._start_of(kind, at, begin)
            if begin > at:
                nodes.append(Node("text", at, begin, (at, begin)))
            at = stop
            if kind == "open":
                mark = source[begin]
                if mark == "\u201c" and self._counts.get("\u201e"):
                    self._close("\u201e", begin, stop)  # German quotes open with a low mark and close with this one
                else:
                    self._push(mark, begin, stop)
            elif kind == "close":
                self._close(_CLOSES[source[begin]], begin, stop)
            elif kind == "run" or kind == "quote":
                self._delimit(begin, stop)
            else:
                at = self._add(kind, match, begin, stop)
        if at < self._end:
            nodes.append(_text(at, self._end))
        self._leave_open(self._open)
        return nodes

    def _add(self, kind: str, match: re.Match[str], begin: int, stop: int) -> int:
        """Add what is no mark of a group, or is an HTML tag; return where it ends, for an address before its match."""
        if kind == "tag" and (element := match["element"].lower()) in _ELEMENTS:
            closes = self._source.startswith("</", begin)
            self._pair("<" + _ELEMENTS[element], not closes, closes, begin, stop)
            return stop
        node = self._leaf(kind, match, begin, stop)
        self._nodes.append(node)
        return node.end

    def _push(self, mark: str, begin: int, stop: int) -> None:
        self._open.append(_Open(mark, begin, stop, len(self._nodes)))
        self._counts[mark] = self._counts.get(mark, 0) + 1
        self._nodes.append(_PENDING)

    def _start_of(self, kind: str, at: int, begin: int) -> int:
        """Return where an address begins that was found by its colon, or a line break, two blanks before it included.

        Two blanks before a line feed make a hard break. ``at`` is where the node before ended.
        """
        if kind == "url":
            return max(at, begin - (5 if self._source[begin - 1] in "sS" else 4))
        if self._source[begin] != "\n":
            return begin
        words = at + len(self._source[at:begin].rstrip(" "))
        return words if begin - words > 1 else begin

    def _inside(self, start: int, end: int) -> tuple[Node, ...]:
        """Return the nodes of what a link holds."""
        return scan(self._source, start, end, self._references)

    def _leaf(self, kind: str, match: re.Match[str], begin: int, stop: int) -> Node:
        if kind == "link" or kind == "anchor":
            inside, address = ("label", "href") if kind == "link" else ("inside", "target")
            inner = match.span(inside)
            span = match.span(address)
            if self._source.startswith("<", span[0]):
                span = (span[0] + 1, span[1] - 1)
            url = html.unescape(self._source[span[0] : span[1]]).replace(" ", "%20")
            return Node("link", begin, stop, inner, self._inside(*inner), url, span)
        if kind == "code":
            ticks = len(match["ticks"])
            inner = (begin + ticks, stop - ticks)
            return Node("code", begin, stop, inner, (_text(*inner),))
        if kind == "ref":
            name = (match["name"] or match["shown"]).casefold()
            inner = match.span("shown")
            url = self._references.get(name, "")
            node: Kind = "image" if self._source[begin] == "!" else "link" if url else "bracket"
            return Node(node, begin, stop, inner, self._inside(*inner), url)
        if kind == "image":
            return Node("image", begin, stop, match.span("alt"), (), match["src"], match.span("src"))
        if kind == "tag" and match["element"].lower() == "img":
            src = _SRC.search(self._source, begin, stop)
            return Node("image", begin, stop, (stop, stop), (), src[1] if src else "", src.span(1) if src else None)
        if kind in ("auto", "url"):
            shown = self._source[begin:stop].rstrip(".,;:!?'*_")
            span = match.span("address") if kind == "auto" else (begin, begin + len(shown))
            end = stop if kind == "auto" else span[1]
            return Node("link", begin, end, span, (_text(*span),), self._source[slice(*span)], span)
        return Node(_MARKS.get(kind, "tag"), begin, stop, (stop, stop))

    def _delimit(self, begin: int, stop: int) -> None:
        source = self._source
        mark = source[begin:stop]
        before = source[begin - 1] if begin > self._start else " "
        after = source[stop] if stop < self._end else " "
        wordy = mark[0] in '_"'
        opens = not after.isspace() and not ((wordy or after == "<") and before.isalnum())
        closes = not before.isspace() and not (mark[0] == "_" and after.isalnum())
        self._pair(mark, opens, closes, begin, stop)

    def _pair(self, mark: str, opens: bool, closes: bool, begin: int, stop: int) -> None:
        if closes and (not opens or self._counts.get(mark)):
            self._close(mark, begin, stop)
        elif opens:
            self._push(mark, begin, stop)
        else:
            self._nodes.append(_text(begin, stop))

    def _close(self, mark: str, begin: int, stop: int) -> None:
        """Make a group of the nodes since the last open mark of a kind; where there is none, the mark is text."""
        nodes, marks = self._nodes, self._open
        if not self._counts.get(mark):
            nodes.append(_text(begin, stop))
            return
        opener = marks.pop()
        self._counts[opener.mark] -= 1
        while opener.mark != mark:
            self._leave_open((opener,))
            opener = marks.pop()
            self._counts[opener.mark] -= 1
        held = tuple(nodes[opener.held + 1 :])
        del nodes[opener.held :]
        nodes.append(self._group(mark, opener, begin, stop, held))

    def _group(self, mark: str, opener: _Open, begin: int, stop: int, held: tuple[Node, ...]) -> Node:
        inner = (opener.end, begin)
        if mark == "[" and self._references and (url := self._references.get(self._source[slice(*inner)].casefold())):
            return Node("link", opener.start, stop, inner, held, url)
        kind = _GROUPS.get(mark) or ("bold" if len(mark) > 1 and mark != "~~" else "italic")
        return Node(kind, opener.start, stop, inner, held)

    def _leave_open(self, marks: Sequence[_Open]) -> None:
        """Make text of marks that nothing closes."""
        for mark in marks:
            self._nodes[mark.held] = _text(mark.start, mark.end)


def _text(start: int, end: int) -> Node:
    return Node("text", start, end, (start, end))


def unescape(source: str) -> str:
    """Return the characters that a stretch of text stands for: no backslash escapes, no character references."""
    if "\\" not in source and "&" not in source:
        return source
    return _ESCAPE.sub(lambda found: found[1] or html.unescape(found[0]), source)


def visible(source: str, nodes: Sequence[Node]) -> str:
    """Return what a reader sees of the nodes, white space collapsed: no markup, no images, no HTML."""
    return " ".join("".join([_seen(source, node) for node in nodes]).split())


def _seen(source: str, node: Node) -> str:
    if node.kind == "text":
        return unescape(source[node.start : node.end])
    if node.kind in ("image", "tag"):
        return ""
    if node.kind == "break":
        return " "
    if node.kind == "code":
        return source[slice(*node.inner)]
    inside = "".join([_seen(source, child) for child in node.children])
    if node.kind in ("quote", "bracket", "paren"):
        return source[node.start : node.inner[0]] + inside + source[node.inner[1] : node.end]
    return source[node.start : node.end] if node.kind == "pipe" else inside
