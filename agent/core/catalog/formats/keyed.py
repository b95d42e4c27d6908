"""Entries whose first line is the title, and whose further lines are a key and a value each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Literal

from agent.core.catalog.blocks import Bullet
from agent.core.catalog.formats.authors import are_keywords, names_in
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
AUTHORS_KEY: Final = re.compile(
    r"\bauthors?\b|\bby\b|\u4f5c\u8005|\baut(?:e?or(?:es|en|s)?|eurs?)\b|\b\u0430\u0432\u0442\u043e\u0440\u044b?\b",
    re.IGNORECASE,
)
_DATE_KEY: Final = re.compile(r"\b(?:date|time|month|published|released|submitted)\b", re.IGNORECASE)
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


def read_keyed(source: str, start: int, page: Page) -> Reading:
    """Read an entry whose title is its first line, and whose further lines are items with a key and a value."""
    first = source.find("\n", start)
    head = read_entry(source, start, first, page.references)
    pieces = list(head.pieces)
    url, authors, dated = head.url, head.authors, head.dated
    folded = [match.span() for match in UNFOLDING.finditer(source, first + 1)]
    pieces += [Piece("words", *span) for span in folded]
    at = first + 1
    for line in source[first + 1 :].split("\n"):
        if any(begin <= at < end for begin, end in folded):
            at += len(line) + 1
            continue
        marks = len(line) - len(bare := line.lstrip(" \t*+-"))
        bold = BOLD_KEY.match(line)
        key = bold or KEYED.match(bare)
        key = None if key and bare[:6].casefold() == "arxiv:" and bare[6:7].isdigit() else key  # an id
        begin = at + (key.end() + (0 if bold else marks) if key else 0)
        value = read_entry(source, begin, at + len(line), page.references, titled=False)
        sure = key is not None and AUTHORS_KEY.search(key[0]) is not None
        named = names_in(source, begin, at + len(line), sure=sure) if not authors and "http" not in line else None
        if key and _DATE_KEY.search(key[0]) and (month := read_month_digits(source[begin : at + len(line)])):
            pieces.append(Piece("date", begin + month.start, begin + month.end, month.form))
            dated = most_exact(dated, month.key)
            at += len(line) + 1
            continue
        if named is not None and not (key and not sure and are_keywords(named[0])):
            authors = named[0]
            pieces.append(named[1])
        else:
            unnamed = not authors and (key is None or "http" not in line)
            names, told = _with_names(value.pieces, source) if unnamed else ((), value.pieces)
            authors = names or authors
            pieces += _called(told, source, key)
        if url is None or (value.url is not None and leads_to_paper(value.url) and not leads_to_paper(url)):
            url = value.url
        dated = most_exact(dated, value.dated)
        at += len(line) + 1
    if not any(piece.kind == "address" for piece in pieces):
        linked = next((i for i, piece in enumerate(pieces) if piece.inner), None)
        if linked is not None:
            start, end = pieces[linked].inner or (0, 0)
            pieces[linked] = Piece("address", start, end)
            url = source[start:end]
    pieces.sort(key=lambda piece: piece.start)
    title = head.title.rstrip(" :\uff1a")
    return head._replace(pieces=tuple(pieces), url=url, authors=authors, title=title, dated=dated)


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


def _called(pieces: Sequence[Piece], source: str, key: re.Match[str] | None) -> list[Piece]:
    """Return the pieces of a value with its bare link as what its key calls it, the ``slides`` of ``slides: <...>``."""
    kind = label_of(key[0].strip(" *_`:\uff1a")) if key else None
    if kind not in ("extra", "code", "page"):
        return list(pieces)
    return [_as_optional(piece, source, kind) if piece.kind == "address" else piece for piece in pieces]


def _as_optional(piece: Piece, source: str, kind: Literal["extra", "code", "page"]) -> Piece:
    angled = source[piece.start - 1 : piece.start] == "<" and source[piece.end : piece.end + 1] == ">"
    return Piece(kind, piece.start - angled, piece.end + angled, inner=(piece.start, piece.end))
