"""Entries that are list items: of one line, of a few, or of a name with ``key: value`` items below."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache, partial
from typing import Final, Literal

from agent.core.catalog.blocks import Bullet
from agent.core.catalog.formats.inline import scan
from agent.core.catalog.formats.paragraph import is_entry, read_paragraphs
from agent.core.catalog.formats.style import Exemplar, Found, Page, Piece, Reading
from agent.core.catalog.formats.summaries import is_sentence
from agent.core.catalog.pieces.dates import most_exact, read_month_digits
from agent.core.catalog.pieces.labels import label_of, leads_to_code, leads_to_paper
from agent.core.catalog.pieces.names import lead_of_names, read_names
from agent.core.catalog.places import is_place
from agent.core.catalog.reading.entry import read_entry
from agent.core.catalog.reading.scanned import EDGE, is_meta_text
from agent.core.catalog.reading.tags import read_tags

_KEYED: Final = re.compile(
    r"\s*(?:\*\*|`)?[^\s:\uff1a\[\](){}/][^:\uff1a\[\](){}/]{0,24}(?:\*\*|`)?\s*(?::(?!//)|\uff1a)"
)
_YEAR: Final = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_LABELS: Final = re.compile(r"(?<!!)\[+((?:[^\[\]]|!\[[^\]]*\])+)\]+\([^()\s]*\)\]?")
_LABELLED: Final = re.compile(r"(?<!!)\[+((?:[^\[\]]|!\[[^\]]*\])+)\]+\(([^()\s]*)\)\]?")
_DATED_ASIDE: Final = re.compile(r"\([^()]*(?:19|20)\d\d\)\W*$")
_TITLE_WORDS: Final = 4
_NAME_WORDS: Final = 3
_BOLD_KEY: Final = re.compile(r"\s*\*\*[^*:\uff1a\n]{1,20}(?:\*\*\s*[:\uff1a]|[:\uff1a]\*\*)\s*")
_ANCHOR: Final = re.compile(r"\s*<a\s+(?:name|id)\s*=[^<>]*>\s*</a>\s*", re.IGNORECASE)
_LAST_ASIDE: Final = re.compile(r"\s*\((?P<words>[^()]+)\)\s*$")
_COLLECTIVE: Final = re.compile(
    r"(?:[A-Z][\w-]*[ -])+(?:AI|DeepMind|Labs?|Research|Team|Group|Institute|University)\W*"
)
_PLACE_OF_PAGE: Final = re.compile(r"\]\(https?://(?:www\.)?(?:github|gitlab)\.com/[\w.-]+/[\w.-]+/?#[^\s()]+\)")
"""A link to a place of the page that a repository shows."""
_BREAK: Final = re.compile(r"(?:<br ?/?>|\\)\s*$", re.IGNORECASE)
_AUTHORS: Final = re.compile(
    r"\bauthors?\b|\bby\b|\u4f5c\u8005|\baut(?:e?or(?:es|en|s)?|eurs?)\b|\b\u0430\u0432\u0442\u043e\u0440\u044b?\b",
    re.IGNORECASE,
)
_DATE_KEY: Final = re.compile(r"\b(?:date|time|month|published|released|submitted)\b", re.IGNORECASE)
_TITLE_KEY: Final = re.compile(
    r"\s*[*_`]{0,2}(?:title|paper|titel|t\u00edtulo|titre|\u043d\u0430\u0437\u0432\u0430\u043d\u0438\u0435)[*_`]{0,2}[:\uff1a][*_`]{0,2}\s*",
    re.IGNORECASE,
)
UNFOLDING: Final = re.compile(r"<details\b.*?</details>|^```.*?^```", re.IGNORECASE | re.DOTALL | re.MULTILINE)
"""A part of an entry that unfolds, or code: its abstract or BibTeX."""
_SUMMARY: Final = re.compile(r"<details\b[^<>]*>\s*<summary\b[^<>]*>\s*", re.IGNORECASE)
_BARE: Final = re.compile(r"https?://[^\s<>]+")


def find_bullets(bullet: Bullet, page: Page, taken: Collection[int]) -> Iterator[Found]:
    """Yield the entries of a list item: itself, or those below it where it is but their label.

    ``taken`` are the lines of items that open another section.
    """
    if bullet.line in taken:
        return
    if (line := find_line(bullet, page)) is not None:
        yield line
        return
    if bullet.paragraphs or bullet.level:
        yield from _find_items(bullet, page, taken)
        return
    if (unfolding := _read_unfolding(bullet, page)) is not None:
        yield unfolding
        return
    for child in bullet.children:  # an item that is nothing but a list: ``* - [ ] Title``
        yield from find_bullets(child, page, taken)


def _read_unfolding(bullet: Bullet, page: Page) -> Found | None:
    """Return the entry that a list item is whose title is the summary of a part that unfolds, with keyed lines in it:
    ``- <details><summary>Title</summary>`` above ``- Paper: https://...``. None where it is none."""
    source = page.source(bullet.line, bullet.end_line)
    opening = _SUMMARY.match(source, len(bullet.prefix))
    if (
        opening is None
        or is_place(bullet.text)
        or source.count("<details") > 1
        or not source.rstrip().endswith("</details>")
    ):
        return None
    reading = read_keyed(source, opening.end(), page)
    if not reading.title or not leads_to_paper(reading.url or ""):
        return None
    exemplar = Exemplar(reading, len(bullet.prefix), bullet.prefix)
    return Found(bullet.line, bullet.end_line, bullet.end_line, "bullet", exemplar)


def _find_items(bullet: Bullet, page: Page, taken: Collection[int]) -> Iterator[Found]:
    """Yield the entries of a list item with words of its own."""
    reading, end_line = _read(bullet, page)
    keyed = _is_keyed(bullet) or (reading.url is None and _is_described(bullet))
    keyed = keyed and not (bullet.children and is_place(bullet.text.rstrip(":")))
    if (
        bullet.level
        or _labels_paragraphs(bullet, page)
        or (reading.url is None and not keyed and _has_entries(bullet, page))
    ):
        for child in bullet.children:
            yield from find_bullets(child, page, taken)
        for paragraph in bullet.paragraphs[1:]:
            yield from read_paragraphs(paragraph, page)
        return
    if (lines := _keyed_lines(bullet, page)) is not None:
        reading, end_line = lines, bullet.end_line
    elif keyed:
        source = page.source(bullet.line, bullet.end_line)
        reading = _keyed_reading(source, len(bullet.prefix), page)
        end_line = bullet.end_line
    if reading.title and not (reading.anchor and reading.url is None) and not _lists_contents(bullet):
        exemplar = Exemplar(reading, len(bullet.prefix), bullet.prefix)
        glued = page.lines[end_line : bullet.end_line]
        last = end_line if glued and all(_ANCHOR.fullmatch(line) for line in glued) else bullet.end_line
        yield Found(bullet.line, end_line, last, "bullet", exemplar)


def find_line(bullet: Bullet, page: Page) -> Found | None:
    """Return the entry that an item of one line surely is: its title needs not be known for that. None: not so sure."""
    source, line = bullet.source, bullet.line
    if not bullet.simple or "](#" in source or "![" in source or ("#" in source and _PLACE_OF_PAGE.search(source)):
        return None
    if "](http" not in source and (re.search(r"[\[<]|https?:", source) or not re.search(r"\w", source)):
        return None
    read = partial(_read_line, line, bullet.prefix, page)
    return Found(line, line, line, "bullet", prefix=bullet.prefix, read=read)


def _read_line(line: int, prefix: str, page: Page) -> Exemplar:
    return Exemplar(_cached(page.source(line, line), len(prefix), page), len(prefix), prefix)


def _lists_contents(bullet: Bullet) -> bool:
    """Return whether an item leads but to a place of some repository's page, as those of a table of contents do, or is
    the name of items that do."""
    if _PLACE_OF_PAGE.search(bullet.source):
        return _PLACE_OF_PAGE.sub("", bullet.source).count("](") == 0
    named = "](" not in bullet.source and "http" not in bullet.source
    return named and bool(bullet.children) and all(map(_lists_contents, bullet.children))


def _read(bullet: Bullet, page: Page) -> tuple[Reading, int]:
    """Read a list item, and say which line is its last: what is glued to it need not be its own."""
    own = bullet.paragraphs[-1].end_line if bullet.paragraphs else bullet.line
    start = len(bullet.prefix)
    if any(bullet.loose):
        first = bullet.paragraphs[0]
        count = _own_lines(page.source(first.line, first.end_line), start, bullet.loose, page)
        if count < len(bullet.loose):
            last = first.line + count
            return _cached(page.source(bullet.line, last), start, page), last
    if bullet.children and own >= bullet.children[0].line:
        own = bullet.paragraphs[0].end_line
    head = _cached(page.source(bullet.line, own), start, page)
    if bullet.children and head.url is not None and own < bullet.children[0].line:
        return _with_details(head, bullet, page), bullet.end_line
    return head, bullet.end_line


def _with_details(head: Reading, bullet: Bullet, page: Page) -> Reading:
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
    """Read an item below a title; None for one that links to a paper, which is an entry of its own."""
    marker = re.match(r"[\s>]*(?:[-*+]|\d{1,9}[.)])\s+(?:>[ \t]*)*", source[start:end])
    begin = start + (marker.end() if marker else 0)
    key = _KEYED.match(source[begin:end])
    begin += key.end() if key else 0
    linked = "http" in source[begin:end]
    if not key and (tags := read_tags(source, begin, end, page.references)) is not None:
        return tags
    sure = (key is not None and _AUTHORS.search(key[0]) is not None) or _COLLECTIVE.fullmatch(
        source[begin:end]
    ) is not None
    sure = sure or lead_of_names(source[begin:end].lstrip()) > 0
    aside = _LAST_ASIDE.search(source, begin, end) if not named and not linked else None
    if aside and is_meta_text(aside["words"].strip("*_ ")) and (names := names_in(source, begin, aside.start())):
        value = read_entry(source, aside.start(), end, page.references, titled=False)
        return value._replace(authors=names[0], pieces=(names[1], *value.pieces))
    names = names_in(source, begin, end, sure=sure) if not named and not linked else None
    if names is not None and not (key and not sure and _are_keywords(names[0])):
        return Reading(source, "", authors=names[0], pieces=(names[1],))
    value = read_entry(source, begin, end, page.references, titled=False)
    if any(piece.kind == "address" or (piece.kind == "id" and linked) for piece in value.pieces):
        return None
    first = value.pieces[0] if value.pieces else None
    if first is not None and first.kind == "words" and not named and not key:
        found = names_in(source, first.start, first.end + source[first.end : first.end + 1].count("."))
        if found is not None:
            value = value._replace(authors=found[0], pieces=(found[1], *value.pieces[1:]))
    told = any(piece.kind == "words" for piece in value.pieces) or (
        key is not None and not value.pieces and re.search(r"\w", source[begin:end]) is not None
    )
    if told:
        words = Piece("words", begin + len(source[begin:end]) - len(source[begin:end].lstrip()), end)
        return Reading(source, "", pieces=(words,)) if not linked else value
    return value


def _own_lines(source: str, start: int, loose: Collection[bool], page: Page) -> int:
    """Return how many of the further lines are the entry's own.

    A line that Markdown glues to an item without indentation is its own inside a link or emphasis, below a hard break
    (``<br>``, a backslash), when it holds links that the item lacks or that stand beside a title, or when it brings the
    year that a linked entry lacks.
    """
    lines = source.split("\n")
    nodes = scan(source, start, len(source), page.references)
    free = {node.end for node in nodes if node.kind == "break" and "\n" in source[node.start : node.end]}
    at = 0
    for count, is_loose in enumerate(loose):
        at += len(lines[count]) + 1
        line = lines[count + 1]
        if not is_loose or at not in free or _BREAK.search(lines[count]):
            continue
        before = "\n".join(lines[: count + 1])
        linked = "](" in before or "http" in before
        links = (
            re.match(r"\s*(?:[*_`|(\[]*!?\[|<a |<img )", line)
            and not _ANCHOR.fullmatch(line)
            and not re.match(r"\s*\[[^\]]*\](?![(\[\]])", line)
        )
        further = not linked and any("](" in line for line in lines[count + 2 :])
        if further and line.strip() and names_in(line, 0, len(line)) is not None:
            continue  # authors between a title and its links
        if not (links or (linked and not _YEAR.search(before) and _YEAR.search(line)) or (not linked and "](" in line)):
            return count
    return len(loose)


def _labels_paragraphs(bullet: Bullet, page: Page) -> bool:
    """Return whether the first paragraph has no link, and one below it begins with a linked title."""
    if len(bullet.paragraphs) < 2 or "](" in bullet.source or "http" in bullet.source:
        return False
    sources = (page.source(p.line, p.end_line).lstrip() for p in bullet.paragraphs[1:])
    return any(re.match(r"(?:\*\*|_|\*)?\[(?!\[)", source) and is_entry(source, page) for source in sources)


def _has_entries(bullet: Bullet, page: Page) -> bool:
    return any(_links(child, page) for child in bullet.children)


def _links(bullet: Bullet, page: Page) -> bool:
    """Return whether an item, or one below it, has a link."""
    if "](" in bullet.source or "http" in bullet.source or "][" in bullet.source or "href" in bullet.source:
        reading, _ = _read(bullet, page)
        if reading.url is not None and not is_meta_text(reading.title.strip()):
            return True  # ``arXiv 2024 [paper](...)`` is no entry but tells of the one above
    return any(_links(child, page) for child in bullet.children)


def _is_keyed(bullet: Bullet) -> bool:
    """Return whether all items below are ``key: value`` and one value is a link, so that they describe this one."""
    children = bullet.children
    if len(children) < 1 or any(child.children for child in children):
        return False
    keyed = [child for child in children if _KEYED.match(child.source)]
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
    value = _BARE.sub("", _LABELS.sub(" ", _KEYED.sub("", child.source, count=1)))
    return len(re.findall(r"[^\W\d_]+", value)) >= _TITLE_WORDS


def _keyed_lines(bullet: Bullet, page: Page) -> Reading | None:
    """Read an item whose lines all begin with a name in bold, ``**Title**: ...`` and ``**Link**: ...``, or None."""
    if bullet.children or bullet.end_line - bullet.line < 2:
        return None
    source = page.source(bullet.line, bullet.end_line)
    lines = source.split("\n")
    keys = [_BOLD_KEY.match(line, len(bullet.prefix) if number == 0 else 0) for number, line in enumerate(lines)]
    if not keys[0] or not all(keys) or "http" not in "".join(lines[1:]) or "http" in lines[0]:
        return None
    return read_keyed(source, keys[0].end(), page)


def _is_described(bullet: Bullet) -> bool:
    """Return whether an item has a title without a link, and the items below hold its links under their usual names.

    ``* **A Title** (2024)`` above ``* [Paper](...) [Code](...)`` is one entry; items with words of their own beside
    the links are entries themselves.
    """
    children = bullet.children
    named = bool(children) and "http" not in children[0].source and read_names(children[0].text) is not None
    short = len(bullet.text.split()) < _TITLE_WORDS and not named and not _DATED_ASIDE.search(bullet.text)
    if short or not children or any(child.children for child in children):
        return False
    linked = [child for child in children if "http" in child.source]
    labels = [_called_by(text, url) for child in linked for text, url in _LABELLED.findall(child.source)]
    words = [re.sub(r"https?://\S+", "", _LABELS.sub(" ", _KEYED.sub("", child.source, count=1))) for child in linked]
    summed = any("http" not in child.source and is_sentence(child.source) for child in children)
    return labels.count("paper") == 1 and None not in labels and all(_is_aside(told, sure=summed) for told in words)


def _called_by(text: str, url: str) -> str | None:
    """Return what a link is called, by its words, or where it shows but a badge by that; else by where it leads."""
    words = re.sub(r"!\[[^\]]*\]\([^)]*\)|<img\b[^<>]*>", "", text)
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


def _keyed_reading(source: str, start: int, page: Page) -> Reading:
    """Read a name with ``key: value`` items: the first line names it, the values hold its links."""
    key = _TITLE_KEY.match(source, start)
    return read_keyed(source, key.end() if key else start, page)


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
        key = _KEYED.match(bare := line.lstrip(" \t*+-"))
        key = None if key and bare[:6].casefold() == "arxiv:" and bare[6:7].isdigit() else key  # an id
        begin = at + (len(line) - len(line.lstrip(" \t*+-")) + key.end() if key else 0)
        value = read_entry(source, begin, at + len(line), page.references, titled=False)
        sure = key is not None and _AUTHORS.search(key[0]) is not None
        named = names_in(source, begin, at + len(line), sure=sure) if not authors and "http" not in line else None
        if key and _DATE_KEY.search(key[0]) and (month := read_month_digits(source[begin : at + len(line)])):
            pieces.append(Piece("date", begin + month.start, begin + month.end, month.form))
            dated = most_exact(dated, month.key)
            at += len(line) + 1
            continue
        if named is not None and not (key and not sure and _are_keywords(named[0])):
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


def _are_keywords(names: Sequence[str]) -> bool:
    """Return whether what stands behind a key that names no authors is but one name, or words apart from each other:
    ``Keyword: REINFORCE, PPO``."""
    return len(names) == 1 or not any(" " in name for name in names)


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


def names_in(source: str, start: int, end: int, *, sure: bool = False) -> tuple[tuple[str, ...], Piece] | None:
    """Return the authors that a line holds, emphasis aside, with their place; None when it holds anything else."""
    bare = re.match(r"[\s*_+-]*(.*?)[\s*_]*$", source[start:end])
    named = read_names(bare[1], sure=sure) if bare else None
    if bare is None or named is None:
        return None
    full_stop = bare[1].endswith(".") and named[1].most is None and not re.search(r"\b[A-Z]\.$", bare[1])
    begin = start + bare.start(1) + lead_of_names(bare[1])
    return named[0], Piece("authors", begin, start + bare.end(1) - full_stop, manner=named[1])


def _cached(source: str, start: int, page: Page) -> Reading:
    if "][" in source or (page.references and "]" in source):
        return read_entry(source, start, len(source), page.references)
    return _read_plain(source, start)


@lru_cache(maxsize=200_000)
def _read_plain(source: str, start: int) -> Reading:
    return read_entry(source, start, len(source), {})
