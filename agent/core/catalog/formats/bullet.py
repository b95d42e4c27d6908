"""Entries that are list items: of one line, of a few, or of a name with ``key: value`` items below."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import lru_cache, partial
from typing import Final

from agent.core.catalog.blocks import Bullet
from agent.core.catalog.formats.authors import names_in
from agent.core.catalog.formats.details import is_described, with_details
from agent.core.catalog.formats.inline import scan
from agent.core.catalog.formats.keyed import TITLE_WORDS, is_keyed, read_bold_keys, read_keyed, read_keyed_items
from agent.core.catalog.formats.paragraph import is_entry, read_paragraphs
from agent.core.catalog.formats.style import Exemplar, Found, Page, Reading
from agent.core.catalog.formats.summaries import is_sentence, open_folds
from agent.core.catalog.pieces.labels import leads_to_paper
from agent.core.catalog.pieces.names import read_names
from agent.core.catalog.places import is_place
from agent.core.catalog.reading.entry import read_entry
from agent.core.catalog.reading.scanned import is_meta_text

_YEAR: Final = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_ANCHOR: Final = re.compile(r"\s*<a\s+(?:name|id)\s*=[^<>]*>\s*</a>\s*", re.IGNORECASE)
_PLACE_OF_PAGE: Final = re.compile(r"\]\(https?://(?:www\.)?(?:github|gitlab)\.com/[\w.-]+/[\w.-]+/?#[^\s()]+\)")
"""A link to a place of the page that a repository shows."""
_LINKED: Final = re.compile(r"\]\(|https?:|\]\[|href")
_FEWEST: Final = 2
"""So many titles at least stand below what is but their label."""
_WORDY: Final = re.compile(r"\w")
_BREAK: Final = re.compile(r"(?:<br ?/?>|\\)\s*$", re.IGNORECASE)
_SUMMARY: Final = re.compile(r"<details\b[^<>]*>\s*<summary\b[^<>]*>\s*", re.IGNORECASE)


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
    if not reading.title or not leads_to_paper(reading.url):
        return None
    exemplar = Exemplar(reading, len(bullet.prefix), bullet.prefix)
    return Found(bullet.line, bullet.end_line, bullet.end_line, "bullet", exemplar)


def _find_items(bullet: Bullet, page: Page, taken: Collection[int]) -> Iterator[Found]:
    """Yield the entries of a list item with words of its own."""
    reading, end_line = _read(bullet, page)
    keyed = is_keyed(bullet) or (reading.url is None and is_described(bullet))
    keyed = keyed and not (bullet.children and is_place(bullet.text.rstrip(":")))
    if (
        bullet.level
        or _labels_titles(bullet, page)
        or _labels_paragraphs(bullet, page)
        or (reading.url is None and not keyed and _has_entries(bullet, page))
    ):
        for child in bullet.children:
            yield from find_bullets(child, page, taken)
        for paragraph in bullet.paragraphs[1:]:
            yield from read_paragraphs(paragraph, page)
        return
    if (lines := read_bold_keys(bullet, page)) is not None:
        reading, end_line = lines, bullet.end_line
    elif keyed:
        source = page.source(bullet.line, bullet.end_line)
        reading = read_keyed_items(source, len(bullet.prefix), page)
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
    if open_folds(page.source(bullet.line, own)) > 0:
        own = bullet.end_line  # the tag that closes it stands in no paragraph
    if bullet.children and own >= bullet.children[0].line:
        own = bullet.paragraphs[0].end_line
    head = _cached(page.source(bullet.line, own), start, page)
    if bullet.children and head.url is not None and own < bullet.children[0].line:
        return with_details(head, bullet, page), bullet.end_line
    return head, bullet.end_line


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
        if further and line.strip() and (not _WORDY.search(line) or names_in(line, 0, len(line)) is not None):
            continue  # authors, or only a dash, between a title and its links
        if not (links or (linked and not _YEAR.search(before) and _YEAR.search(line)) or (not linked and "](" in line)):
            return count
    return len(loose)


def _labels_paragraphs(bullet: Bullet, page: Page) -> bool:
    """Return whether the first paragraph has no link, and one below it begins with a linked title."""
    if len(bullet.paragraphs) < 2 or "](" in bullet.source or "http" in bullet.source:
        return False
    sources = (page.source(p.line, p.end_line).lstrip() for p in bullet.paragraphs[1:])
    return any(re.match(r"(?:\*\*|_|\*)?\[(?!\[)", source) and is_entry(source, page) for source in sources)


def _labels_titles(bullet: Bullet, page: Page) -> bool:
    """Return whether an item is a word or two above plain titles, and nothing of all that links anything."""
    if len(bullet.children) < _FEWEST or len(bullet.text.split()) >= TITLE_WORDS:
        return False
    titled = [child for child in bullet.children if _may_be_title(child)]
    sentences = sum(is_sentence(child.text) for child in titled)
    linked = _LINKED.search(page.source(bullet.line, bullet.end_line)) is not None
    return not linked and len(titled) == len(bullet.children) and 2 * sentences <= len(titled)


def _may_be_title(child: Bullet) -> bool:
    """Return whether an item holds words enough for a title: no authors, no date or venue, nothing below it."""
    words = len(re.findall(r"[^\W\d_]{2,}", child.text))
    told = is_meta_text(child.text) or read_names(child.text) is not None
    return child.simple and not child.children and words >= TITLE_WORDS and not told


def _has_entries(bullet: Bullet, page: Page) -> bool:
    return any(_links(child, page) for child in bullet.children)


def _links(bullet: Bullet, page: Page) -> bool:
    """Return whether an item, or one below it, has a link."""
    if "](" in bullet.source or "http" in bullet.source or "][" in bullet.source or "href" in bullet.source:
        reading, _ = _read(bullet, page)
        if reading.url is not None and not is_meta_text(reading.title.strip()):
            return True  # ``arXiv 2024 [paper](...)`` is no entry but tells of the one above
    return any(_links(child, page) for child in bullet.children)


def _cached(source: str, start: int, page: Page) -> Reading:
    if "][" in source or (page.references and "]" in source):
        return read_entry(source, start, len(source), page.references)
    return _read_plain(source, start)


@lru_cache(maxsize=200_000)
def _read_plain(source: str, start: int) -> Reading:
    return read_entry(source, start, len(source), {})
