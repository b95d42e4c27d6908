"""Entries whose title stands above their links: a heading, the summary of a part that unfolds, or a paragraph."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from agent.core.catalog.blocks import Bullet, HeadingLine, Paragraph
from agent.core.catalog.formats.keyed import BOLD_KEY, ITEM_KEY, TITLE_KEYS, UNFOLDING, read_keyed, with_title_below
from agent.core.catalog.formats.style import Exemplar, Found, Page, Piece, Reading
from agent.core.catalog.pieces.labels import label_of, leads_to_paper
from agent.core.catalog.pieces.names import read_names
from agent.core.catalog.places import is_place
from agent.core.catalog.reading.entry import read_entry
from agent.core.papers.matching import identifiers

_LINKED: Final = re.compile(r"\]\(|\]\[|<a |https?://|arxiv:", re.IGNORECASE)
_URL: Final = re.compile(r"https?://[^\s<>()\[\]\"'|]+")
_MARKER: Final = re.compile(r"[\s>]*(?:[-*+]|\d+[.)])?\s*")
_LINE_KEY: Final = re.compile(
    r"[ \t>]*(?:[-*+][ \t]+)?[*_`]{0,2}(?:\d{1,3}[.)\u3001][ \t]*)?"
    r"(?P<key>[^\W\d_][^:\uff1a\[\]*_`()]{0,20})[*_`]{0,2}[ \t]*(?::(?!//)|\uff1a)[*_`]{0,2}[ \t]*"
)
"""How a line with a key begins: ``**Authors**: ...``, ``- Link: ...``, ``**1. Title**: ...``."""
_ITEM: Final = re.compile(r"[ \t]*[-*+][ \t]")
_BOLD_LINE: Final = re.compile(r"\s*\*\*(?P<words>[^*\[\]]+)\*\*[\s.\\]*")
_PICTURES: Final = re.compile(r"\[!\[[^\]]*\]\([^()\s]*\)\s*\]\([^()\s]*\)|!\[[^\]]*\]\([^()\s]*\)")
_LINK_TEXT: Final = re.compile(r"(?<!!)\[+((?:[^\[\]]|!\[[^\]]*\]\([^)]*\))+)\]+\(")
_NEXT_LINK: Final = re.compile(r"[.,:]?[ \t]*\[[\\\[]*(?P<label>[^\[\]\\]+)[\\\]]*\]\(")
_PAPER_BADGE: Final = re.compile(r"<img\b[^<>]*(?:arxiv|paper|pdf)[^<>]*>", re.IGNORECASE)
_ASIDE: Final = re.compile(r"\([^()]*\)|!\[[^\]]*\]\([^)]*\)")
_PLAIN_KEY: Final = re.compile(r"[\s>]*[-*+]\s+[*_`]{0,2}[^\s:\uff1a\[\]][^:\uff1a\[\]]{0,24}(?::(?!//)|\uff1a)")
_RULE: Final = re.compile(r"<[bh]r ?/?>", re.IGNORECASE)
_LABEL_WORDS: Final = 3
_WORD: Final = re.compile(r"[^\W\d_]+")
_NAMED: Final = re.compile(r"\W*\w[\w ]{0,20}\W{0,3}:")
_FEWEST_PROSE: Final = 3
_LONGEST: Final = 30
"""A heading with more lines below it opens a section."""
_TITLE_WORDS: Final = 3
_FEW_WORDS: Final = 2
"""A title may be so short above links that are called ``Paper`` and ``Code``."""


def read_titled(heading: HeadingLine, end_line: int, page: Page) -> Found | None:
    """Return the entry that a heading with what stands below it is, ``end_line`` being the last line before the next
    heading; None when it is none. Headings that are merely a year or a venue are none."""
    if heading.kind == "html" or is_place(heading.text):
        return None
    return _read_details(heading, page) if heading.kind == "summary" else _read_heading(heading, end_line, page)


def is_title(heading: HeadingLine, end_line: int, page: Page) -> bool:
    """Say whether a heading is a paper's title, linked or not, with but this paper's authors and links below it."""
    found = read_titled(heading, end_line, page)
    if found is None:
        return False
    reading = found.reading
    below = UNFOLDING.sub("", "\n".join(reading.source.split("\n")[heading.end_line - found.line + 1 :]))
    lines = [line for line in below.split("\n") if _LINKED.search(line)]
    if len(_papers_in("\n".join(lines))) > 1:
        return False
    keyed = bool(reading.nickname) and reading.source.startswith("#")
    return keyed or not any(_is_entry(line, reading) for line in lines)


def read_above_keys(paragraphs: Sequence[Paragraph], bullets: Sequence[Bullet], page: Page) -> Iterator[Found]:
    """Yield the entries that are a title in a paragraph of one line above ``- Paper: https://...`` and
    ``- Code: https://...``: all items below have a key, and the links of one paper."""
    at = 0
    worded = [p for p in paragraphs if _PICTURES.sub("", page.source(p.line, p.end_line)).strip()]
    for paragraph, after in pairwise([*worded, None]):
        if paragraph is None:
            return
        while at < len(bullets) and bullets[at].line < paragraph.line:
            at += 1
        stop = at
        last = paragraph.end_line
        while (
            stop < len(bullets)
            and (after is None or bullets[stop].line < after.line)
            and not _PICTURES.sub("", "".join(page.lines[last : bullets[stop].line - 1])).strip()
        ):
            last = bullets[stop].end_line
            stop += 1
        if (found := _read_keys(paragraph, bullets[at:stop], page)) is not None:
            yield found
        at = stop


def read_keyed_groups(paragraphs: Sequence[Paragraph], bullets: Sequence[Bullet], page: Page) -> Iterator[Found]:
    """Yield the entries whose lines all have a key, that of their title first: ``**Title**: ...`` above ``**Link**:
    https://...``, as the lines of one paragraph, as paragraphs or as list items without blank lines between."""
    for at, paragraph in enumerate(paragraphs):
        if _is_titled(page.source(paragraph.line, paragraph.line)):
            end_line = _last_of_keys(paragraphs[at:], page)
            if (found := _read_group(paragraph.line, end_line, page)) is not None:
                yield found
    start: Bullet | None = None
    for bullet, after in pairwise([*bullets, None]):
        if bullet is None:
            return
        if _is_titled(page.source(bullet.line, bullet.line)):
            start = bullet
        if start is None:
            continue
        if after is None or after.line > bullet.end_line + 1 or _is_titled(page.source(after.line, after.line)):
            if bullet is not start and (found := _read_group(start.line, bullet.end_line, page)) is not None:
                yield found
            start = None


def _last_of_keys(paragraphs: Sequence[Paragraph], page: Page) -> int:
    """Return the last line of the paragraphs that go on with the keys of the first, with but blank lines between."""
    line = paragraphs[0].end_line
    for below in paragraphs[1:]:
        source = page.source(below.line, below.end_line)
        parted = "".join(page.lines[line : below.line - 1]).strip()
        if parted or _is_titled(source) or not all(map(_has_key, source.split("\n"))):
            break
        line = below.end_line
    return line


def _has_key(line: str) -> bool:
    return (_LINE_KEY.match(line) or BOLD_KEY.match(line)) is not None


def _is_titled(line: str) -> bool:
    key = _LINE_KEY.match(line)
    return key is not None and key["key"].strip().casefold() in TITLE_KEYS


def _read_group(line: int, end_line: int, page: Page) -> Found | None:
    """Read lines with keys as one entry; None where the first is not its title's, or one has no key."""
    source = page.source(line, end_line)
    first, *others = (told for told in source.split("\n") if told.strip())
    if not others or not _is_titled(first) or not all(map(_has_key, others)):
        return None
    key = _LINE_KEY.match(first)
    if key is None or len(_papers_in(source)) > 1:
        return None
    reading = _read_keyed_paper(source, key.end(), page)
    return reading and Found(line, end_line, end_line, "paragraph", Exemplar(reading, key.end(), key[0]))


def _read_keys(paragraph: Paragraph, items: Sequence[Bullet], page: Page) -> Found | None:
    """Read a title above items with keys; None where it is linked itself, or where an item has another form."""
    title = page.source(paragraph.line, paragraph.end_line)
    if not items or "\n" in title or _LINKED.search(title) or len(_WORD.findall(title)) < _FEW_WORDS:
        return None
    if any(item.children or not _PLAIN_KEY.match(page.source(item.line, item.line)) for item in items):
        return None
    below = page.source(items[0].line, items[-1].end_line)
    if len(_papers_in(below)) > 1 or not any(leads_to_paper(url) for url in _URL.findall(below)):
        return None
    last = items[-1].end_line
    reading = _read_keyed_paper(page.source(paragraph.line, last), 0, page)
    return reading and Found(paragraph.line, last, last, "paragraph", Exemplar(reading, 0))


def _read_keyed_paper(source: str, start: int, page: Page) -> Reading | None:
    """Read a title above lines with keys; None without a title, or where no line links a paper."""
    reading = read_keyed(source, start, page)
    return reading if reading.title and leads_to_paper(reading.url) else None


def _papers_in(text: str) -> set[str]:
    """Return the papers that a text links."""
    return {name for url in _URL.findall(text) for name in identifiers(url)}


def _read_heading(heading: HeadingLine, end_line: int, page: Page) -> Found | None:
    stop = end_line
    while stop > heading.line and not re.search(r"[^\s*_-]", _RULE.sub("", page.lines[stop - 1])):
        stop -= 1
    marks = re.match(r"#{1,6}[ \t]+(?:\d{1,4}[.)][ \t]+)?", page.lines[heading.line - 1])
    if marks is None or stop - heading.line >= _LONGEST:
        return None
    source = page.source(heading.line, stop)
    if not _LINKED.search(source):
        return None
    start = marks.end()
    reading = _read_keyed(source, start, page) or _read_named(source, start, page)
    if reading is None and UNFOLDING.search(source):
        reading = _read_above(source, start, page)
    reading = reading or _read(source, start, page) or _read_above(source, start, page)
    return reading and Found(heading.line, stop, stop, "heading", Exemplar(reading, start, marks[0]))


def _read_keyed(source: str, start: int, page: Page) -> Reading | None:
    """Read a heading above ``- **Title**: ...`` and ``- **Paper**: ...``: a name, or the title where none is told."""
    lines = [line for line in source.split("\n")[1:] if line.strip()]
    keys = [ITEM_KEY.match(line) for line in lines]
    if len(keys) < 2 or not all(keys):
        return None
    reading = with_title_below(read_keyed(source, start, page), page)
    if reading is None:
        return None
    return reading if reading.url is not None and leads_to_paper(reading.url) else None


def _read_named(source: str, start: int, page: Page) -> Reading | None:
    """Read a heading that is a name, with the title in bold below it, perhaps authors, then ``- pdf: https://...``."""
    lines = source.split("\n")
    at = next((n for n, line in enumerate(lines) if n and line.strip()), 0)
    title = _BOLD_LINE.fullmatch(lines[at].rstrip("\r"))
    if title is None or len(title["words"].split()) < _TITLE_WORDS or _LINKED.search(lines[0]):
        return None
    if not _are_keys(lines[at + 1 :]):
        return None
    reading = _read_keyed_paper(source, sum(len(line) + 1 for line in lines[:at]), page)
    name = Piece("nickname", start, len(lines[0].rstrip()))
    return reading and reading._replace(nickname=source[name.start : name.end], pieces=(name, *reading.pieces))


def _are_keys(lines: Sequence[str]) -> bool:
    """Return whether lines are items with keys, and one without a link may stand above them: the authors."""
    told = [line for line in lines if line.strip()]
    first = next((n for n, line in enumerate(told) if _ITEM.match(line)), None)
    if first is None or first > 1 or any(map(_LINKED.search, told[:first])):
        return False
    return all(map(ITEM_KEY.match, told[first:]))


def _read_details(heading: HeadingLine, page: Page) -> Found | None:
    """Read ``<details><summary>Title</summary>``, from the first tag to the last."""
    lines = page.lines
    start = heading.line if "<details" in lines[heading.line - 1] else heading.line - 1
    last = min(len(lines), start + _LONGEST)
    stop = next((n for n in range(heading.end_line, last + 1) if "</details>" in lines[n - 1]), 0)
    if start < 1 or not stop or not re.match(r"\s*<details\b[^<>]*>", lines[start - 1]):
        return None
    source = page.source(start, stop)
    opening = re.search(r"<summary\b[^<>]*>\s*", source)
    if opening is None or source.count("<details") > 1:
        return None
    reading = _read(source, opening.end(), page)
    return reading and Found(start, stop, stop, "heading", Exemplar(reading._replace(html=True), 0))


def _read(source: str, start: int, page: Page) -> Reading | None:
    """Read the lines of such an entry; None without a title in the first of them that links to a paper."""
    reading = read_entry(source, start, len(source), page.references)
    title = reading.title_piece
    if title is None or reading.url is None or not leads_to_paper(reading.url) or "\n" in source[start : title.end]:
        return None
    linked = any(piece.kind in ("address", "id") for piece in reading.pieces)
    called = _NEXT_LINK.match(source, title.end)
    short = source.startswith("](", title.end) or (called is not None and label_of(called["label"]) == "paper")
    fewest = _FEW_WORDS if short else _TITLE_WORDS
    return reading if linked and len(reading.title.split()) >= fewest else None


def _read_above(source: str, start: int, page: Page) -> Reading | None:
    """Read an unlinked heading above lines that only name and link its paper: ``[Paper](...) | [Code](...)``.

    None where none of the links below is called so, or where one of them is a title itself.
    """
    first = source.find("\n")
    if first < 0 or _LINKED.search(source[:first]) or len(_WORD.findall(source[start:first])) < _FEW_WORDS:
        return None
    texts = [_PAPER_BADGE.sub("arXiv", text) for text in _LINK_TEXT.findall(UNFOLDING.sub("", source[first:]))]
    labels = [" ".join(_ASIDE.sub("", text).split()) for text in texts]
    if not any(label_of(label) == "paper" for label in labels):
        return None
    if any(label_of(label) is None and len(re.findall(r"\w+", label)) > _LABEL_WORDS for label in labels):
        return None
    if any(_is_prose(line) for line in UNFOLDING.sub("", source[first:]).split("\n")):
        return None
    return _read_keyed_paper(source, start, page)


def _is_prose(line: str) -> bool:
    """Return whether a line is a sentence with a link in it, rather than links with their names."""
    if not _LINKED.search(line):
        return False
    bare = _URL.sub("", _LINK_TEXT.sub(" ", line))
    named = read_names(bare.strip(" \t()*_.,:|>"), sure=True)
    return len(_WORD.findall(bare)) > _FEWEST_PROSE and _NAMED.match(line) is None and named is None


def _is_entry(line: str, heading: Reading) -> bool:
    """Return whether a line below a heading is an entry itself: a title with its link, not the links of its paper."""
    marker = _MARKER.match(line)
    title = read_entry(line, marker.end() if marker else 0, len(line), {}).title.strip("*_ ()")
    if len(re.findall(r"\w+", title)) < _TITLE_WORDS or any(name in title for name in heading.authors):
        return False
    return read_names(title) is None
