"""Find a title in plain words: where it begins, what ends it."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from agent.core.catalog.formats.inline import Node
from agent.core.catalog.formats.style import Piece, References
from agent.core.catalog.pieces.dates import find_dates
from agent.core.catalog.pieces.labels import label_of
from agent.core.catalog.pieces.names import read_names
from agent.core.catalog.pieces.venues import find_venue
from agent.core.catalog.reading.leads import begins_dated, lead_length
from agent.core.catalog.reading.scanned import (
    EDGE,
    HARD_BREAK,
    NAME_WORDS,
    NUMBERED,
    SHORTCODE,
    WORDY,
    Leaf,
    is_meta_text,
)
from agent.core.catalog.reading.titles.cited import LEADS, LONGEST_TITLE, is_citation_key
from agent.core.catalog.reading.titles.nicknames import COINED, NicknameReader

_MOST_TITLE_WORDS: Final = 40
"""No title is longer: where authors may begin is not looked for beyond."""
_MARKED: Final = frozenset({"bold", "italic", "bracket", "paren", "code"})
_OPENED: Final = frozenset({"paren", "quote", "bracket"})
_OPENING: Final = re.compile(r"(?:\\?[(\"\u201c\[])*$")
_FEWEST_WORDS: Final = 4
_NAME_PARTS: Final = 4
_AUTHOR_COMMA: Final = re.compile(r",\s+|\uff0c\s*|\s+[-\u2013\u2014|]\s+|\s+by\s+|(?<=[?!])\s+|\.\s+")


class Title(NamedTuple):
    """Where a title stands, with the link it is and the nickname; ``split`` says that the title begins with it."""

    start: int
    end: int
    link: Node | None = None
    nickname: tuple[int, int] | None = None
    split: bool = False


def _is_lone_name(sign: str, text: str) -> bool:
    """Return whether a dash or pipe sets off one full name, and parts it from what follows: ``— Ada Miller — ``."""
    name, again, _ = text.partition(sign)
    if not sign.strip(" -\u2013\u2014|") and sign.strip() and (again or text.rstrip().endswith(sign.strip())):
        name = name.rstrip(" -\u2013\u2014|")
        return 2 <= len(name.split()) <= _NAME_PARTS and read_names(name, sure=True) is not None
    return False


def _are_full_names(text: str) -> bool:
    """Return whether words are several authors with their given names, or one with ``et al``."""
    named = read_names(text)
    return named is not None and (
        named[1].most is not None or (len(named[0]) > 1 and all(" " in name for name in named[0]))
    )


class PlainTitleReader(NicknameReader):
    """Finds the title in words that nothing marks."""

    def __init__(self, source: str, start: int, end: int, references: References) -> None:
        super().__init__(source, start, end, references)
        self._cited: Piece | None = None

    def _plain(self, start: int, name: tuple[int, int] | None) -> Title | None:
        """Return the plain words from ``start`` to what ends a title: a link, a date, authors, a venue."""
        begin = self._first_word(start)
        if begin is None:
            return None
        if name is None and (tagged := self._tag(begin)) is not None:
            name, begin = tagged
        if start == self._start and name is None and (cited := self._citation(begin)) is not None:
            self._cited, begin = cited
        stop = next((n.start for n in self._nodes if n.start > begin and self._ends_title(n)), self._end)
        text = self._source[begin:stop]
        text = HARD_BREAK.sub("", text) if text.rstrip().endswith((">", "\\")) else text
        stop = begin + self._cut(text)
        if leading := LEADS.search(self._source[begin:stop]):
            stop = begin + leading.start()
        start, end = self._unboxed(*self._trim(begin, stop))
        return Title(start, end, None, name) if end > start else None

    def _ends_title(self, node: Node) -> bool:
        """Return whether plain words are a title only up to here: to a link, a line's end, a venue, date or authors."""
        if node.kind in ("link", "image", "pipe", "tag"):
            return True
        if node.kind == "break":
            return self._ends_line(node)
        if node.kind == "italic" and (self._words(node) > 2 or self._is_names(node)):
            return True
        if node.kind not in _MARKED:
            return False
        if self._is_meta(node) or NUMBERED.fullmatch(self._seen(node)):
            return True
        if node.kind == "paren" and (self._is_apart(node) or self._is_cited(node) or self._is_authors(node)):
            return True
        return node.kind != "italic" and (self._seen(node).lstrip("([ ").startswith("@") or self._is_boxed(node))

    def _unboxed(self, start: int, end: int) -> tuple[int, int]:
        """Return the title within brackets that hold all of it, where more follows: ``[Title] Miller et al.``"""
        whole = next((n for n in self._nodes if (n.start, n.end) == (start, end) and n.kind == "bracket"), None)
        return self._trim(*whole.inner) if whole and self._source[end : self._end].strip() else (start, end)

    def _first_word(self, start: int) -> int | None:
        """Return where plain words begin that may be a title, with the brackets or quotes that open there."""
        for leaf in self._leaves:
            if leaf.node.end <= start or leaf.linked or self._is_beside_title(leaf, start):
                continue
            begin = max(leaf.node.start, start)
            begin += lead_length(self._source[begin : leaf.node.end])
            rest = self._source[begin : leaf.node.end]
            if found := WORDY.search(SHORTCODE.sub(lambda m: "\0" * len(m[0]), rest)):
                opening = _OPENING.search(rest, 0, found.start())
                keep = found.start() - len(opening[0] if opening else "")
                opened = any(p.kind in _OPENED and p.inner[0] == leaf.node.start for p in leaf.parents)
                return leaf.parents[0].start if opened and not keep else begin + keep
        return None

    def _is_beside_title(self, leaf: Leaf, start: int) -> bool:
        """Return whether words before a title are a date, venue, id, label, key or authors, set apart from it."""
        if any(parent.kind in _MARKED and self._is_meta_alone(parent) for parent in leaf.parents):
            return True  # ``**2024-03**: Title``, ``(arXiv:2511.00001) Title``
        grouped = next((p for p in leaf.parents if p.kind in ("bracket", "paren", "code")), None)
        if grouped is not None and self._is_said_aside(grouped):
            return True
        if grouped is not None and any(self._is_parenthesised(parent) for parent in leaf.parents):
            return True  # ``(*A Journal*) Title``
        # A cell of a year or venue, or what a pipe sets off: ``2019 | Title | Authors``
        text = self._source[max(leaf.node.start, start) : leaf.node.end].strip(EDGE)
        return self._source.startswith(("</td", "|"), leaf.node.end) and is_meta_text(text)

    def _is_said_aside(self, group: Node) -> bool:
        """Return whether brackets, parentheses or code hold a date, venue, label or key, or brackets cited authors."""
        seen = self._seen(group)
        if self._is_meta(group) or label_of(seen) or begins_dated(seen.strip(EDGE)):
            return True
        return is_citation_key(seen.strip(EDGE)) or (group.kind == "bracket" and self._is_cited(group))

    def _is_meta_alone(self, group: Node) -> bool:
        """Return whether a group holds but a date or venue, or where a paper is on arXiv by its id."""
        marked = group.kind in ("bold", "italic") and self._is_meta(group)
        return marked or NUMBERED.fullmatch(self._seen(group)) is not None

    def _tag(self, begin: int) -> tuple[tuple[int, int], int] | None:
        """Return the short name in brackets, parentheses or code that plain words begin with, and where they go on."""
        kinds = ("bracket", "paren", "code")
        node = next((n for n in self._nodes if n.kind in kinds and begin in (n.start, n.inner[0])), None)
        if node is None or self._words(node) > NAME_WORDS:
            return None
        if node.kind == "paren" and not (
            COINED.search(self._seen(node).strip("()")) and self._source[node.end].isspace()
        ):
            return None  # ``(Almost) Free Lunch``
        last = node
        for after in self._nodes[self._nodes.index(node) + 1 :]:  # ``[Planning] [Robots] Title``
            if after.kind == "bracket" and self._words(after) <= NAME_WORDS and not self._is_meta(after):
                last = after
            elif self._source[after.start : after.end].strip():
                break
        rest = re.match(r"[\s:.-]*(?=\w)", self._source[last.end : self._end])
        if rest and node.kind == "code" and self._source[last.end + rest.end()].islower():
            return None  # what follows is said of it
        return (self._bare_name(*node.inner), last.end + rest.end()) if rest else None

    def _ends_line(self, node: Node) -> bool:
        """Return whether what follows a line break begins with a link or emphasis, or nothing follows.

        After a hard break (``<br>``, a backslash, two blanks) a date, venue or authors end the title too.
        """
        after = self._source[node.end : self._end].lstrip()
        if after[:1] in ("", "[", "*", "_", "<", "!", "-") or after.startswith(": "):
            return True
        line = re.split(r"[\[<\n]", after, maxsplit=1)[0].strip()
        if line.startswith("(") and ")" in line:
            line = line[1 : line.index(")")]
            if read_names(line, sure=True) is not None and self._source[node.start : node.end] != "\n":
                return True
        if not line:
            return self._is_line_of_authors(node.end)
        venue = find_venue(line, 0, len(line), alone=True)
        starts = [found.start for found in find_dates(line)] + ([venue.start] if venue else [])
        if self._source[node.start : node.end] == "\n":
            several = bool(starts) and _are_full_names(line[: min(starts)].rstrip(" ,(|-\u00b7"))
            return several or self._is_line_of_authors(node.end)
        if starts and read_names(line[: min(starts)].rstrip(" ,(|-\u00b7_*"), sure=True) is not None:
            return True
        return 0 in starts or read_names(line.rstrip(" |")) is not None

    def _is_line_of_authors(self, start: int) -> bool:
        """Return whether the line that begins here holds several full names, and nothing else."""
        line = self._source[start : self._end].partition("\n")[0].strip()
        named = read_names(line) if "," in line or " and " in line or " & " in line else None
        return named is not None and len(named[0]) > 1 and all(" " in name.strip() for name in named[0])

    def _cut(self, text: str) -> int:
        """Return where a title ends that runs on into authors, a venue or a date."""
        limit = self._end_before_meta(text)
        rest = text[:limit]
        for match in _AUTHOR_COMMA.finditer(rest):
            words = rest[: match.start()].split()
            if match.start() > LONGEST_TITLE or len(words) > _MOST_TITLE_WORDS:
                break
            tail = re.sub(r"[\s,]+(?:in|at|@)\W*$", "", rest[match.end() :]).rstrip(" .,;:([*_-\u2013\u2014|\uff0c")
            if len(words) >= 2 and (re.search(r",| et al| and | & |\u7b49$", tail) or match[0].strip() in ("by", "-")):
                named = read_names(tail)
                cited = re.search(r"et al|\u7b49$", tail)
                # ``Privacy, Robustness, and Fairness`` are words of a title, no surnames.
                whole = named is not None and any(re.search(r"\s|\.|[\u4e00-\u9fff]", name) for name in named[0])
                if named and (cited or (len(named[0]) > 1 and (whole or re.search(r"\band\b|&", tail) is None))):
                    return match.start()
            elif len(words) >= _FEWEST_WORDS and _is_lone_name(match[0], rest[match.end() :]):
                return match.start()
        return limit

    def _begins(self, run: Title, after: int) -> bool:
        """Return whether a run of plain words follows at once, and is no sentence about what came before."""
        between = self._source[after : run.start]
        first = self._source[run.start : run.start + 1]
        name = self._text(*run.nickname) if run.nickname and "|" in between else ""
        apart = " :*_]\uff1a)-\u2013.,|" if name and self._goes_on_with(name, run.start) else " :*_]\uff1a)-\u2013.,"
        return not between.strip(apart) and not (first.islower() and "." in between)
