"""Entries that are paragraphs, or lines of one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from agent.core.catalog.blocks import Paragraph
from agent.core.catalog.formats.style import Exemplar, Found, Page, Piece, Reading
from agent.core.catalog.pieces.labels import label_of, leads_to_paper, link_words
from agent.core.catalog.pieces.names import read_names
from agent.core.catalog.reading.entry import read_entry
from agent.core.catalog.reading.scanned import HARD_BREAK

_FOOTNOTE: Final = re.compile(r"[ \t]*\[\^[^\[\]]+\]:")
_INDENT: Final = re.compile(
    r"(?:[ \t]*>)*[ \t]*(?:(?:(?:\*\*)?\\?\[(?!(?:19|20)\d\d\b)\d{1,4}\\?\](?:\*\*)?(?![(:\[])"
    r"|[(\uff08]\d{1,4}[)\uff09]|\d{1,4}\u3001)[ \t]*)?"
)
"""What a paragraph begins with: its indentation, with a number such as ``[4]`` that Markdown takes for words."""
_LINKED: Final = re.compile(r"\]\(|\]\[|<a |https?://|arxiv:", re.IGNORECASE)
_BOLD: Final = re.compile(r"\s*(?:\*\*|__|<b>|<strong>)")
_POINTING: Final = re.compile(r"\w \[(?:here|this (?:link|page|paper))\]\(")
"""The link of a sentence: ``The rules are told [here](...)``."""
_SETTING_OFF: Final = re.compile(r"[:.|\u2013\u2014-]\W*$|[(\uff08]$")
"""What stands between a title and words that are no end of its sentence."""
_SENTENCES: Final = re.compile(r"[a-z\d]\. [A-Z][a-z]")
_LONG_TITLE: Final = 15
_LONGEST_TITLE: Final = 40
_TELLING: Final = frozenset({"date", "venue", "authors"})
_FEWEST_LINKED: Final = 3
_LONGEST_LINE: Final = 400
_LONGEST: Final = 4000
_NAME_WORDS: Final = 2
_MOST_WORDS: Final = 60
_MOST_LINES: Final = 3
_MOST_PARTS: Final = 3


def read_loose(paragraphs: Sequence[Paragraph], page: Page) -> Iterator[Found]:
    """Yield the entries of paragraphs: each of its own, or a title in bold with what tells of it below.

    So stands ``**Title**`` above ``*Authors*`` above ``[paper](...) [code](...)``, with blank lines between.
    """
    at = 0
    while at < len(paragraphs):
        spread = _read_spread(paragraphs[at : at + _MOST_PARTS], page)
        if spread is None:
            yield from read_paragraphs(paragraphs[at], page)
            at += 1
        else:
            yield spread[0]
            at += spread[1]


def read_unlinked(paragraphs: Sequence[Paragraph], linked: Sequence[Found], page: Page) -> Iterator[Found]:
    """Yield the entries among paragraphs of one line that link nothing.

    Each stands below one of the ``linked`` entries (in line order), and its title has the date, venue or authors next
    to it that most titles of those have, in the same form.
    """
    forms = Counter(_form_beside_title(f.reading, f.exemplar.start) for f in linked)
    form, count = forms.most_common(1)[0] if len(linked) >= _FEWEST_LINKED else ("", 0)
    if not form or 2 * count <= len(linked):
        return
    taken = {line for f in linked for line in range(f.line, f.end_line + 1)}
    for paragraph in paragraphs:
        source = page.source(paragraph.line, paragraph.end_line)
        single = paragraph.line == paragraph.end_line and paragraph.line not in taken
        if not single or paragraph.line < linked[0].line or len(source) > _LONGEST_LINE or _LINKED.search(source):
            continue
        indent = _INDENT.match(source)
        prefix = indent[0] if indent else ""
        reading = read_entry(source, len(prefix), len(source), page.references)
        told = all(piece.kind != "words" for piece in reading.pieces) and len(reading.title.split()) > _NAME_WORDS
        if told and _form_beside_title(reading, len(prefix)) == form:
            exemplar = Exemplar(reading, len(prefix), prefix)
            yield Found(paragraph.line, paragraph.end_line, paragraph.end_line, "paragraph", exemplar)


def _form_beside_title(reading: Reading, start: int) -> str:
    """Return what stands before a title, or else between it and the next piece, with the kind and form of each date,
    venue or authors in its stead: ``[{date %b %Y}] ``. Empty where none of these does."""
    source, pieces = reading.source, [p for p in reading.pieces if p.start >= start]
    at = next((at for at, piece in enumerate(pieces) if piece.kind == "title"), None)
    if at is None:
        return ""
    near = pieces[: at + 1] if at else pieces[:2]
    if not any(piece.kind in _TELLING for piece in near):
        return ""
    before = start if at else pieces[0].start
    form = ""
    for piece in near:
        form += f"{source[before : piece.start]}{{{piece.kind} {piece.form}}}"
        before = piece.end
    return form


def _read_spread(parts: Sequence[Paragraph], page: Page) -> tuple[Found, int] | None:
    """Return the entry that begins with the first paragraph and ends with the first linked one, and their number."""
    first = page.source(parts[0].line, parts[0].line)
    if not _BOLD.match(first) or _LINKED.search(page.source(parts[0].line, parts[0].end_line)):
        return None
    for count, (above, part) in enumerate(pairwise(parts), 2):
        if any(line.strip() for line in page.lines[above.end_line : part.line - 1]) or part.line - above.end_line > 2:
            return None
        below = page.source(part.line, part.end_line)
        if _LINKED.search(below):
            found = next(_found(parts[0].line, part.end_line, page), None)
            title = found.reading.title_piece if found else None
            if found is None or title is None or title.end > len(first) or read_line(below, page) is not None:
                return None
            return (found, count) if leads_to_paper(found.reading.url) else None
    return None


def read_paragraphs(paragraph: Paragraph, page: Page) -> Iterator[Found]:
    """Yield the entries of a paragraph: the whole of it, or each of its lines where each is one."""
    lines = range(paragraph.line, paragraph.end_line + 1)
    if len(lines) > 1:
        single = [read_line(page.source(line, line), page) for line in lines]
        whole = [reading is not None and _is_whole(reading) for reading in single]
        if sum(whole) >= 2 and whole[0] and (2 * sum(whole) > len(whole) or _are_regular(whole)):
            starts = [line for line, is_start in zip(lines, whole, strict=True) if is_start]
            for start, stop in zip(starts, [*starts[1:], paragraph.end_line + 1], strict=True):
                yield from _found(start, stop - 1, page)
            return
        parts = _read_bold_parts(paragraph, page) or _read_regular_parts(paragraph, page)
        if parts is not None:
            yield from parts
            return
    yield from _found(paragraph.line, paragraph.end_line, page)


def _read_bold_parts(paragraph: Paragraph, page: Page) -> list[Found] | None:
    """Return the entries of a paragraph in which titles in bold stand above the links of each; None for no such."""
    lines = range(paragraph.line, paragraph.end_line + 1)
    starts = [n for n in lines if _BOLD.match(page.source(n, n)) and not _LINKED.search(page.source(n, n))]
    if len(starts) < 2 or starts[0] != paragraph.line:
        return None
    parts = [f for a, b in pairwise([*starts, lines.stop]) for f in _found(a, b - 1, page)]
    return parts if len(parts) == len(starts) and all(_is_whole(part.exemplar.reading) for part in parts) else None


def _read_regular_parts(paragraph: Paragraph, page: Page) -> list[Found] | None:
    """Return the entries of a paragraph in which plain titles stand above the links of each, all of so many lines; None
    for no such."""
    lines = range(paragraph.line, paragraph.end_line + 1)
    linked = [n for n in lines if _LINKED.search(page.source(n, n))]
    height = linked[0] - paragraph.line + 1 if linked else 0
    ends = list(range(paragraph.line + height - 1, lines.stop, height)) if 1 < height <= _MOST_LINES else []
    if len(ends) < 2 or linked != ends or ends[-1] != paragraph.end_line:
        return None
    parts = [f for end in ends for f in _found(end - height + 1, end, page)]
    above = [_with_title_above(part, page) for part in parts]
    if len(above) < len(ends) or None in above or not any(a is b for a, b in zip(above, parts, strict=True)):
        return None
    return [part for part in above if part is not None]


def _with_title_above(part: Found, page: Page) -> Found | None:
    """Return an entry whose title is all of its first line; a lone author in the next line may have been taken for its
    end. None for another title."""
    reading = part.reading
    at = next((at for at, piece in enumerate(reading.pieces) if piece.kind == "title"), None)
    if at is None or not _is_whole(reading):
        return None
    line = page.source(part.line, part.line)
    title, first, stop = reading.pieces[at], len(line), len(HARD_BREAK.sub("", line))
    if title.end <= first:
        return part if title.end >= stop - 2 else None
    named = read_names(reading.source[first + 1 : title.end], sure=True)
    if named is None or title.start >= first or not reading.title.endswith(reading.source[first + 1 : title.end]):
        return None
    author = Piece("authors", first + 1, title.end, manner=named[1])
    pieces = (*reading.pieces[:at], title._replace(end=stop), author, *reading.pieces[at + 1 :])
    shown = HARD_BREAK.sub("", reading.title.removesuffix(reading.source[first + 1 : title.end])).rstrip()
    told = reading._replace(title=shown, authors=named[0], pieces=pieces)
    return Found(part.line, part.end_line, part.last_line, part.kind, part.exemplar._replace(reading=told))


def _are_regular(whole: Sequence[bool]) -> bool:
    """Return whether every second or third line begins an entry, so that the others tell of the one above them."""
    starts = [at for at, begins in enumerate(whole) if begins]
    return all(stop - start <= _MOST_LINES for start, stop in pairwise([*starts, len(whole)]))


def is_entry(source: str, page: Page) -> bool:
    """Say whether a paragraph is an entry: a title with a link to it, and no prose around."""
    return read_line(source, page) is not None


def read_line(source: str, page: Page) -> Reading | None:
    """Return what a paragraph says as an entry, or None when it is none."""
    if not _LINKED.search(source) or len(source) > _LONGEST or _FOOTNOTE.match(source):
        return None
    indent = _INDENT.match(source)
    reading = read_entry(source, indent.end() if indent else 0, len(source), page.references)
    title = reading.title_piece
    if title is None or not _leads_out(reading) or not _may_be_title(reading.title):
        return None
    if _is_labelled_above(reading, title) or _stands_in_prose(reading, title):
        return None
    return reading


def _leads_out(reading: Reading) -> bool:
    """Return whether an entry links to a page elsewhere, as no line of a table of contents does."""
    outside = reading.url is not None and not reading.url.startswith("#") and not reading.anchor
    return outside and any(piece.kind in ("address", "id") for piece in reading.pieces)


def _may_be_title(text: str) -> bool:
    """Return whether words are neither too few nor too many for a title, nor several sentences."""
    count = len(text.split())
    return 1 < count <= _LONGEST_TITLE and not (count > _LONG_TITLE and _SENTENCES.search(text))


def _is_labelled_above(reading: Reading, title: Piece) -> bool:
    """Return whether links to a paper stand before the title: they are those of a paper that is named above, such as
    the list's own."""
    source = reading.source
    links = (p for p in reading.pieces if p.kind == "address" and p.end <= title.start)
    return any(label_of(link_words(source[max(0, source.rfind("[", 0, p.start)) : p.end + 1])) for p in links)


def _stands_in_prose(reading: Reading, title: Piece) -> bool:
    """Return whether a title is part of a sentence, or stands beside too many words: they tell of no paper."""
    source = reading.source
    words = [piece for piece in reading.pieces if piece.kind == "words"]
    counts = [len(source[piece.start : piece.end].split()) for piece in words]
    if any(piece.start < title.start for piece in words) or sum(counts) > _MOST_WORDS:
        return True
    if _POINTING.match(source, title.end - 1):
        return True
    runs_on = bool(words) and counts[0] > _NAME_WORDS and source[words[0].start].islower()
    return runs_on and not _SETTING_OFF.search(source[title.end : words[0].start])


def _is_whole(reading: Reading) -> bool:
    return reading.url is not None and leads_to_paper(reading.url) and len(reading.title.split()) > 2


def _found(line: int, end_line: int, page: Page) -> Iterator[Found]:
    source = page.source(line, end_line)
    reading = read_line(source, page)
    if reading is not None:
        indent = _INDENT.match(source)
        prefix = indent[0] if indent else ""
        yield Found(line, end_line, end_line, "paragraph", Exemplar(reading, len(prefix), prefix))
