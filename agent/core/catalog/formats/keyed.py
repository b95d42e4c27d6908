"""Entries whose first line is the title, and whose further lines are a key and a value each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, Literal, NamedTuple

from agent.core.catalog.blocks import Bullet
from agent.core.catalog.formats.authors import names_in
from agent.core.catalog.formats.style import Page, Piece, Reading
from agent.core.catalog.pieces.dates import most_exact, read_month_digits
from agent.core.catalog.pieces.labels import label_of, leads_to_paper
from agent.core.catalog.reading.entry import read_entry

KEYED: Final = re.compile(
    r"\s*(?:\*\*|`)?[^\s:\uff1a\[\](){}/][^:\uff1a\[\](){}/]{0,24}(?:\*\*|`)?\s*(?::(?!//)|\uff1a)"
)
LABELS: Final = re.compile(r"(?<!!)\[+((?:[^\[\]]|!\[[^\]]*\])+)\]+\([^()\s]*\)\]?")
TITLE_WORDS: Final = 4
BOLD_KEY: Final = re.compile(r"\s*\*\*[^*:\uff1a\n]{1,32}(?:\*\*\s*[:\uff1a]|[:\uff1a]\*\*)\s*")
_DATE_KEY: Final = re.compile(r"\b(?:date|time|month|published|released|submitted)\b", re.IGNORECASE)
_ID: Final = re.compile(r"arxiv:\d", re.IGNORECASE)
_TITLE_KEY: Final = re.compile(
    r"\s*[*_`]{0,2}(?:title|paper|titel|t\u00edtulo|titre|\u043d\u0430\u0437\u0432\u0430\u043d\u0438\u0435)[*_`]{0,2}[:\uff1a][*_`]{0,2}\s*",
    re.IGNORECASE,
)
ITEM_KEY: Final = re.compile(r"\s*[-*+]\s+(?P<key>[*_`]{0,2}[^\s:\uff1a*_`][^:\uff1a]{0,24})[:\uff1a][*_`]{0,2}\s*")
TITLE_KEYS: Final = frozenset(
    {
        "title",
        "paper title",
        "full title",
        "\u6807\u9898",
        "\u9898\u76ee",
        "\u8bba\u6587\u6807\u9898",
        "\u8bba\u6587\u9898\u76ee",
        "\u8bba\u6587\u540d\u79f0",
        "\u8ad6\u6587\u540d",
        "\u30bf\u30a4\u30c8\u30eb",
        "\uc81c\ubaa9",
        "\ub17c\ubb38 \uc81c\ubaa9",
    }
)
UNFOLDING: Final = re.compile(r"<details\b.*?</details>|^```.*?^```", re.IGNORECASE | re.DOTALL | re.MULTILINE)
"""A part of an entry that unfolds, or code: its abstract or BibTeX."""
_BARE: Final = re.compile(r"https?://[^\s<>]+")


def is_keyed(bullet: Bullet) -> bool:
    """Return whether all items below are ``key: value`` and one value is a link, so that they describe this one."""
    children = bullet.children
    if len(children) < 1 or any(child.children for child in children):
        return False
    keyed = [child for child in children if KEYED.match(child.source)]
    titled = sum(_names_paper(child) for child in children)
    if titled > 1 or (titled and bullet.text.endswith((":", "\uff1a"))):
        return False  # ``**Nickname**: "Title", venue [paper](...)`` below the name of a subject
    return (
        len(keyed) == len(children)
        and any("http" in child.source for child in keyed)
        and (len(children) > 1 or not re.search(r"https?:", bullet.source))
        and not _BARE.search(bullet.source)
    )


def _names_paper(child: Bullet) -> bool:
    """Return whether an item of a key and a value has a title beside the link to its paper."""
    if not any(leads_to_paper(url) for url in _BARE.findall(child.source)):
        return False
    value = _BARE.sub("", LABELS.sub(" ", KEYED.sub("", child.source, count=1)))
    return len(re.findall(r"[^\W\d_]+", value)) >= TITLE_WORDS


def read_bold_keys(bullet: Bullet, page: Page) -> Reading | None:
    """Read an item whose lines all begin with a name in bold, ``**Title**: ...`` and ``**Link**: ...``, or None."""
    if bullet.children or bullet.end_line - bullet.line < 2:
        return None
    source = page.source(bullet.line, bullet.end_line)
    lines = source.split("\n")
    keys = [BOLD_KEY.match(line, len(bullet.prefix) if number == 0 else 0) for number, line in enumerate(lines)]
    if not keys[0] or not all(keys) or "http" not in "".join(lines[1:]) or "http" in lines[0]:
        return None
    return read_keyed(source, keys[0].end(), page)


def read_keyed_items(source: str, start: int, page: Page) -> Reading:
    """Read a name with ``key: value`` items: the first line names it, the values hold its links."""
    key = _TITLE_KEY.match(source, start)
    reading = read_keyed(source, key.end() if key else start, page)
    return reading if key else with_title_below(reading, page) or reading


class KeyedLine(NamedTuple):
    """A line below a title: what it says stands from ``start`` to ``end``, behind its ``key``, empty where it has none.
    ``linked`` tells whether it holds an address."""

    source: str
    key: str
    start: int
    end: int
    linked: bool


def read_keyed(source: str, start: int, page: Page) -> Reading:
    """Read an entry whose title is its first line, and whose further lines are items with a key and a value."""
    first = source.find("\n", start)
    told = read_entry(source, start, first, page.references)
    folded = [match.span() for match in UNFOLDING.finditer(source, first + 1)]
    told = told._replace(pieces=(*told.pieces, *(Piece("words", *span) for span in folded)))
    for line in _lines_below(source, first + 1, folded):
        told = _with_line(told, line, page)
    told = _with_address(told)
    pieces = tuple(sorted(told.pieces, key=lambda piece: piece.start))
    return told._replace(pieces=pieces, title=told.title.rstrip(" :\uff1a"))


def _lines_below(source: str, start: int, folded: Sequence[tuple[int, int]]) -> Iterator[KeyedLine]:
    """Yield the lines from ``start`` on that begin in no part that is ``folded``."""
    for line in source[start:].split("\n"):
        if not any(begin <= start < end for begin, end in folded):
            yield _read_line(source, start, line)
        start += len(line) + 1


def _read_line(source: str, start: int, line: str) -> KeyedLine:
    """Return a line with its key: ``**Date**: ...``, ``- Date: ...``. That of ``arXiv:2511.00001`` is part of an id."""
    bare = line.lstrip(" \t*+-")
    end, linked = start + len(line), "http" in line
    if bold := BOLD_KEY.match(line):
        return KeyedLine(source, bold[0], start + bold.end(), end, linked)
    if (key := KEYED.match(bare)) and not _ID.match(bare):
        return KeyedLine(source, key[0], end - len(bare) + key.end(), end, linked)
    return KeyedLine(source, "", start, end, linked)


def _with_line(told: Reading, line: KeyedLine, page: Page) -> Reading:
    """Return an entry with what a line below its title tells: its date, its authors, its links."""
    source, start, end = line.source, line.start, line.end
    if _DATE_KEY.search(line.key) and (month := read_month_digits(source[start:end])):
        date = Piece("date", start + month.start, start + month.end, month.form)
        return told._replace(pieces=(*told.pieces, date), dated=most_exact(told.dated, month.key))
    value = read_entry(source, start, end, page.references, titled=False)
    authors, pieces = (told.authors, value.pieces) if told.authors else _with_authors(value.pieces, line)
    return told._replace(
        url=_nearer_to_paper(told.url, value.url),
        authors=authors,
        dated=most_exact(told.dated, value.dated),
        pieces=(*told.pieces, *_called(pieces, line)),
    )


def _with_authors(pieces: Sequence[Piece], line: KeyedLine) -> tuple[tuple[str, ...], Sequence[Piece]]:
    """Return the authors that a line holds, or that stand among its words beside its links, and its pieces with them;
    the value of a key that is a link is no name."""
    if not line.linked and (named := names_in(line.source, line.start, line.end, key=line.key)) is not None:
        return named[0], [named[1]]
    return ((), pieces) if line.key and line.linked else _with_names(pieces, line.source)


def _nearer_to_paper(url: str | None, other: str | None) -> str | None:
    """Return the first of two addresses that leads to a paper; of those that do not, the first."""
    if url is not None and (other is None or leads_to_paper(url) or not leads_to_paper(other)):
        return url
    return other


def _with_address(told: Reading) -> Reading:
    """Return an entry with the first of its links as its address, where none is called its paper's."""
    pieces = list(told.pieces)
    linked = next((at for at, piece in enumerate(pieces) if piece.inner), None)
    if linked is None or any(piece.kind == "address" for piece in pieces):
        return told
    start, end = pieces[linked].inner or (0, 0)
    pieces[linked] = Piece("address", start, end)
    return told._replace(pieces=tuple(pieces), url=told.source[start:end])


def with_title_below(reading: Reading, page: Page) -> Reading | None:
    """Return an entry whose first line names it with the whole title that an item below tells, ``- Title: ...``: the
    first line is but a nickname then. The reading itself where no item tells it, None where one has no title after all.
    """
    source, at = reading.source, 0
    for line in source.split("\n"):
        key = ITEM_KEY.match(line) if at else None
        if key is not None and key["key"].strip("*_` ").casefold() in TITLE_KEYS:
            break
        at += len(line) + 1
    else:
        return reading
    named = read_entry(source, at + key.end(), at + len(line), page.references)
    name = next((piece for piece in reading.pieces if piece.kind == "title"), None)
    titles = [piece for piece in named.pieces if piece.kind == "title"]
    if not titles or name is None:
        return None
    others = [p for p in reading.pieces if p is not name and not titles[0].start <= p.start < titles[0].end]
    others = [p._replace(kind="words") if p.kind == "nickname" else p for p in others]
    pieces = sorted([*others, name._replace(kind="nickname"), *titles], key=lambda piece: piece.start)
    return reading._replace(title=named.title, nickname=reading.title, pieces=tuple(pieces))


def _with_names(pieces: Sequence[Piece], source: str) -> tuple[tuple[str, ...], Sequence[Piece]]:
    """Return the authors among the words of a line, which stand beside its links, and its pieces with them."""
    for at, piece in enumerate(pieces):
        stop = piece.end + source[piece.end : piece.end + 1].count(".")
        if piece.kind == "words" and (named := names_in(source, piece.start, stop)) is not None:
            return named[0], [*pieces[:at], named[1], *pieces[at + 1 :]]
    return (), pieces


def _called(pieces: Sequence[Piece], line: KeyedLine) -> list[Piece]:
    """Return the pieces of a value with its bare link as what its key calls it, the ``slides`` of ``slides: <...>``."""
    kind = label_of(line.key.strip(" *_`:\uff1a"))
    if kind not in ("extra", "code", "page"):
        return list(pieces)
    return [_as_optional(piece, line.source, kind) if piece.kind == "address" else piece for piece in pieces]


def _as_optional(piece: Piece, source: str, kind: Literal["extra", "code", "page"]) -> Piece:
    angled = source[piece.start - 1 : piece.start] == "<" and source[piece.end : piece.end + 1] == ">"
    return Piece(kind, piece.start - angled, piece.end + angled, inner=(piece.start, piece.end))
