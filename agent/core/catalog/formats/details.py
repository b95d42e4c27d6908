"""List items below a title that are no entries but tell of it: its authors, its venue, its links."""

from __future__ import annotations

import re
from typing import Final

from agent.core.catalog.blocks import Bullet
from agent.core.catalog.formats.authors import names_in
from agent.core.catalog.formats.keyed import KEYED, LABELS, TITLE_WORDS, KeyedLine
from agent.core.catalog.formats.style import Page, Piece, Reading
from agent.core.catalog.formats.summaries import is_sentence
from agent.core.catalog.pieces.dates import most_exact
from agent.core.catalog.pieces.labels import label_of, leads_to_code, leads_to_paper
from agent.core.catalog.pieces.names import lead_of_names, read_names
from agent.core.catalog.reading.entry import read_entry
from agent.core.catalog.reading.scanned import EDGE, is_meta_text
from agent.core.catalog.reading.tags import read_tags

_MARKER: Final = re.compile(r"[\s>]*(?:[-*+]|\d{1,9}[.)])\s+(?:>[ \t]*)*")
_LABELLED: Final = re.compile(r"(?<!!)\[+((?:[^\[\]]|!\[[^\]]*\])+)\]+\(([^()\s]*)\)\]?")
_IMAGE: Final = re.compile(r"!\[[^\]]*\]\([^()\s]*\)")
_DATED_ASIDE: Final = re.compile(r"\([^()]*(?:19|20)\d\d\)\W*$")
_NAME_WORDS: Final = 3
_LAST_ASIDE: Final = re.compile(r"\s*\((?P<words>[^()]+)\)\s*$")
_COLLECTIVE: Final = re.compile(
    r"(?:[A-Z][\w-]*[ -])+(?:AI|DeepMind|Labs?|Research|Team|Group|Institute|University)\W*"
)


def with_details(head: Reading, bullet: Bullet, page: Page) -> Reading:
    """Return a linked title with what the items below it tell: its authors, its venue or date, its other links.

    Where they tell none of these, and sum up nothing, they are left out: another paper's words are never printed.
    """
    if any(child.children or child.line != child.end_line for child in bullet.children):
        return head
    source = page.source(bullet.line, bullet.end_line)
    pieces, told = list(head.pieces), head
    at = len(head.source) + 1
    for line in source[at:].split("\n"):
        value = _detail(source, at, at + len(line), page, named=bool(told.authors))
        if value is None:
            return head
        pieces += value.pieces
        told = told._replace(
            authors=told.authors or value.authors,
            venue=told.venue or value.venue,
            year=told.year or value.year,
            dated=most_exact(told.dated, value.dated),
        )
        at += len(line) + 1
    linked = any(piece.kind in ("code", "page") for piece in pieces[len(head.pieces) :])
    sums_up = any(piece.kind == "words" and is_sentence(source[piece.start : piece.end]) for piece in pieces)
    if not linked and not sums_up and (told.authors, told.venue, told.dated) == (head.authors, head.venue, head.dated):
        return head
    return told._replace(source=source, pieces=tuple(pieces))


def _detail(source: str, start: int, end: int, page: Page, *, named: bool) -> Reading | None:
    """Read an item below a title; None for one that links to a paper, which is an entry of its own. ``named`` says that
    the authors stand above it."""
    item = _without_marker(source, start, end)
    if not item.key and (tags := read_tags(source, item.start, end, page.references)) is not None:
        return tags
    if not named and not item.linked and (told := _read_authors(item, page)) is not None:
        return told
    value = read_entry(source, item.start, end, page.references, titled=False)
    if any(piece.kind == "address" or (piece.kind == "id" and item.linked) for piece in value.pieces):
        return None
    if not named and not item.key:
        value = _with_leading_authors(value)
    return _as_words(item) if not item.linked and _is_told_in_words(item, value) else value


def _without_marker(source: str, start: int, end: int) -> KeyedLine:
    """Return an item with its key, if it has one, behind its marker."""
    if marker := _MARKER.match(source[start:end]):
        start += marker.end()
    key = KEYED.match(source[start:end])
    start += key.end() if key else 0
    return KeyedLine(source, key[0] if key else "", start, end, "http" in source[start:end])


def _read_authors(item: KeyedLine, page: Page) -> Reading | None:
    """Read an item that holds authors, and at most an aside behind them: ``Ada Miller, Bo Chen (ICML 2025)``."""
    source, start, end = item.source, item.start, item.end
    aside = _LAST_ASIDE.search(source, start, end)
    if aside and is_meta_text(aside["words"].strip("*_ ")) and (named := names_in(source, start, aside.start())):
        value = read_entry(source, aside.start(), end, page.references, titled=False)
        return value._replace(authors=named[0], pieces=(named[1], *value.pieces))
    words = source[start:end]
    sure = _COLLECTIVE.fullmatch(words) is not None or lead_of_names(words.lstrip()) > 0
    named = names_in(source, start, end, key=item.key, sure=sure)
    return Reading(source, "", authors=named[0], pieces=(named[1],)) if named is not None else None


def _with_leading_authors(value: Reading) -> Reading:
    """Return an item with the words that it begins with as its authors, where they are: ``Miller, Chen [code](..)``."""
    first = value.pieces[0] if value.pieces else None
    if first is None or first.kind != "words":
        return value
    stop = first.end + value.source[first.end : first.end + 1].count(".")
    named = names_in(value.source, first.start, stop)
    return value if named is None else value._replace(authors=named[0], pieces=(named[1], *value.pieces[1:]))


def _is_told_in_words(item: KeyedLine, value: Reading) -> bool:
    """Return whether an item has words of its own, be they but the value of a key: ``Task: QA``."""
    if item.key and not value.pieces:
        return re.search(r"\w", item.source[item.start : item.end]) is not None
    return any(piece.kind == "words" for piece in value.pieces)


def _as_words(item: KeyedLine) -> Reading:
    words = item.source[item.start : item.end]
    return Reading(item.source, "", pieces=(Piece("words", item.end - len(words.lstrip()), item.end),))


def is_described(bullet: Bullet) -> bool:
    """Return whether an item has a title without a link, and the items below hold its links under their usual names.

    ``* **A Title** (2024)`` above ``* [Paper](...) [Code](...)`` is one entry; items with words of their own beside
    the links are entries themselves.
    """
    children = bullet.children
    named = bool(children) and "http" not in children[0].source and read_names(children[0].text) is not None
    short = len(bullet.text.split()) < TITLE_WORDS and not named and not _DATED_ASIDE.search(bullet.text)
    if short or not children or any(child.children for child in children):
        return False
    linked = [child for child in children if "http" in child.source]
    labels = [_called_by(text, url) for child in linked for text, url in _LABELLED.findall(child.source)]
    told = [_IMAGE.sub(" ", LABELS.sub(" ", KEYED.sub("", child.source, count=1))) for child in linked]
    words = [re.sub(r"https?://\S+", "", each) for each in told]
    summed = any("http" not in child.source and is_sentence(child.source) for child in children)
    return labels.count("paper") == 1 and None not in labels and all(_is_aside(each, sure=summed) for each in words)


def _called_by(text: str, url: str) -> str | None:
    """Return what a link is called, by its words, or where it shows but a badge by that; else by where it leads."""
    words = re.sub(r"<img\b[^<>]*>", "", _IMAGE.sub("", text))
    if not words.strip():
        badge = re.search(r"!\[([^\]]*)\]", text)
        named = label_of(badge[1]) if badge else None
        return named or ("code" if leads_to_code(url) else "paper" if leads_to_paper(url) else None)
    return label_of(words) or ("code" if leads_to_code(url) else None)


def _is_aside(text: str, *, sure: bool) -> bool:
    """Return whether what stands beside links is a word or two, or authors, a venue or a date, each set off.

    ``sure`` says that a line beside it sums up the paper: one name may be its author.
    """
    bare = text.strip(EDGE)
    if len(re.findall(r"[^\W_]+", bare)) < _NAME_WORDS or is_meta_text(bare):
        return True
    parts = [_without_meta(part.strip(EDGE)) for part in re.split(r"\s[-|\u2013\u2014]\s|[()\[\]`*_]+", bare)]
    enclosed = [inner.strip(EDGE) for inner in re.findall(r"\(([^()]*)\)", text)]
    named = [read_names(part, sure=sure or part in enclosed) for part in parts]
    return all(
        not part or part == "." or is_meta_text(part) or names is not None
        for part, names in zip(parts, named, strict=True)
    )


def _without_meta(text: str) -> str:
    """Return words without the venues and dates that a comma sets off at their end: ``Miller, Chen, arXiv 2024``."""
    words, comma, last = text.rpartition(",")
    while comma and is_meta_text(last.strip(EDGE)):
        text = words.rstrip(EDGE)
        words, comma, last = text.rpartition(",")
    return text
