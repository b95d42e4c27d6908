"""The inline text of an entry in stretches of one form, and which of them are its title."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from markdown_it.token import Token

from agent.core.arxiv.ids import base_id

YEAR: Final = re.compile(r"(?<!\d)(?:(?P<full>(?:19|20)\d\d)|['\u2019](?P<short>\d\d))(?!\d)")
# A venue is a few words, then the year, then perhaps a track: "NeurIPS 2023 Datasets & Benchmarks".
VENUE: Final = re.compile(
    r"(?P<name>(?:[^\W_][\w&/+'\u2019-]*[ ,]+){0,6}?(?:[^\W\d_][\w&/+-]*?)??)[ -]?"
    + YEAR.pattern
    + r"(?P<track>(?: +(?:[A-Z][\w&/-]*|&|and|of))*)(?P<after>[.)\]*_`]*)"
)
# A venue or year may come first, as in "[ACL 2024] [Title](...)".
LEAD: Final = re.compile(rf"(?P<open>\W*){VENUE.pattern}(?P<close>\W*)")
# What a link beside a title is called, as in "**Title**. [[Paper](...)]".
_PAPER_LABELS: Final = frozenset({"paper", "pdf", "arxiv", "abs", "html", "link", "url", "doi", "openreview"})
_NAME_WORDS: Final = 3
_LABELS: Final = _PAPER_LABELS | {"code", "github", "project", "page", "website", "blog", "data", "dataset"}


class Piece(NamedTuple):
    """A stretch of text in one form. ``link`` is the number of its link, ``bold_outside`` says that bold holds that."""

    text: str
    bold: bool
    italic: str
    link: int | None
    bold_outside: bool
    breaks: bool


class TitleSpan(NamedTuple):
    """Where the title is among the pieces, and its address. ``beside`` is what stands around that address in a link
    of its own that follows the title."""

    start: int
    end: int
    url: str | None
    beside: tuple[str, str] | None = None


def read_pieces(tokens: Sequence[Token]) -> tuple[list[Piece], list[str], bool]:
    """Return the pieces, the addresses of their links, and whether one leads to a heading of the page."""
    pieces: list[Piece] = []
    urls: list[str] = []
    bold = bold_at_link = 0
    italic, link, anchor = "", None, False
    for token in tokens:
        if token.type in ("strong_open", "strong_close"):
            bold += token.nesting
        elif token.type in ("em_open", "em_close"):
            italic = token.markup if token.nesting == 1 else ""
        elif token.type == "link_open":
            href = str(token.attrGet("href") or "")
            anchor = anchor or href.startswith("#")
            if not href.startswith("#"):
                urls.append(href)
                link, bold_at_link = len(urls) - 1, bold
        elif token.type == "link_close":
            link, bold_at_link = None, 0
        elif token.type in ("text", "code_inline", "softbreak", "hardbreak"):
            breaks = token.type in ("softbreak", "hardbreak")
            code = "`" if token.type == "code_inline" and link is None else ""
            text = " " if breaks else code + token.content + code
            pieces.append(Piece(text, bold > 0, italic, link, bold_at_link > 0, breaks))
    return pieces, urls, anchor


def text_of(pieces: Sequence[Piece]) -> str:
    """Return what a reader sees, white space collapsed."""
    return " ".join("".join(piece.text for piece in pieces).split())


def without_loose(pieces: list[Piece], loose: Sequence[bool]) -> tuple[list[Piece], int]:
    """Drop lines that Markdown glues to the item but that are not its own, as a lone word under the last entry.

    A glued line is the entry's own inside a link or bold text, or when it brings the year a linked entry lacks.
    """
    breaks = [i for i, piece in enumerate(pieces) if piece.breaks]
    for count, (start, is_loose) in enumerate(zip(breaks, loose, strict=False)):
        piece = pieces[start]
        stop = breaks[count + 1] if count + 1 < len(breaks) else len(pieces)
        before, line = pieces[:start], pieces[start:stop]
        completes = any(p.link is not None for p in before) and not YEAR.search(text_of(before))
        inside = piece.link is not None or piece.bold or piece.italic
        if is_loose and not inside and not (completes and YEAR.search(text_of(line))):
            return before, count
    return pieces, len(breaks)


def find_title(pieces: Sequence[Piece], urls: Sequence[str]) -> TitleSpan:
    """Find the title: the first link, or words, bold ones first, that a link such as ``[[Paper](...)]`` is beside."""
    links = _links(pieces)
    if not links:
        return TitleSpan(*_words_before(pieces, 0, len(pieces)), None)
    first, after = links[0]
    beside = [span for span in links if _is_label(pieces, *span)]
    if (first, after) not in beside:
        return TitleSpan(first, after, urls[pieces[first].link or 0])
    place = next((span for span in beside if is_paper_label(text_of(pieces[slice(*span)]))), beside[0])
    url = urls[pieces[place[0]].link or 0]
    if _has_title(pieces[:first]):
        return TitleSpan(*_words_before(pieces, 0, first), url, _beside(pieces, *place))
    last = links[-1][1]
    bold = any(piece.bold for piece in pieces[last:])
    titled = bold or (
        is_paper_label(text_of(pieces[first:after])) and len(text_of(pieces[last:]).split()) > _NAME_WORDS
    )
    if not titled or len(beside) < len(links):
        return TitleSpan(first, after, urls[pieces[first].link or 0])
    return TitleSpan(*_words_before(pieces, last, len(pieces)), url)


def _links(pieces: Sequence[Piece]) -> list[tuple[int, int]]:
    """Return where each link starts and ends."""
    starts = [i for i, p in enumerate(pieces) if p.link is not None and (i == 0 or pieces[i - 1].link != p.link)]
    return [
        (i, next((k for k in range(i, len(pieces)) if pieces[k].link != pieces[i].link), len(pieces))) for i in starts
    ]


def is_paper_label(text: str) -> bool:
    """Say whether a link of this name leads to a paper, not to its code or page."""
    words = set(re.findall(r"\w+", text.casefold()))
    return bool(words) and words <= _PAPER_LABELS


def _is_label(pieces: Sequence[Piece], start: int, stop: int) -> bool:
    """Whether a link is beside a title: it is called so, or stands in brackets after words."""
    words = set(re.findall(r"\w+", text_of(pieces[start:stop]).casefold()))
    bracketed = text_of(pieces[:start]).endswith(("[", "("))
    called = (bool(words) and words <= _LABELS) or base_id(text_of(pieces[start:stop])) is not None
    return called or (bracketed and _has_title(pieces[:start]))


def _has_title(pieces: Sequence[Piece]) -> bool:
    """Whether there are words, and more than a venue in brackets."""
    text = text_of(pieces)
    return re.search(r"\w", text) is not None and not (text.startswith(("[", "(")) and LEAD.fullmatch(text))


def _beside(pieces: Sequence[Piece], start: int, stop: int) -> tuple[str, str]:
    """Return what stands before and after the address of such a link."""
    lead = re.search(r"[\s\[(|:\u2013\u2014-]*$", "".join(piece.text for piece in pieces[:start]))
    opening = lead[0] if lead else ""
    label = text_of(pieces[start:stop])
    label = label if is_paper_label(label) else "paper"
    closing = {"[": "]", "(": ")"}.get(opening[-1:], "")
    return f"{opening}[{label}](", f"){closing}"


def _words_before(pieces: Sequence[Piece], start: int, stop: int) -> tuple[int, int]:
    """Return the first bold words, else all up to the first italic ones.

    A bold venue is no title but precedes it; a bold name before a colon is only its beginning.
    """
    bold = next((i for i in range(start, stop) if pieces[i].bold and pieces[i].text.strip()), stop)
    end = next((i for i in range(bold, stop) if not pieces[i].bold), stop)
    if end < stop and re.match(r":\s*\w", "".join(piece.text for piece in pieces[end:stop])):
        return bold, next((i for i in range(end, stop) if pieces[i].italic), stop)
    if bold < stop and not (VENUE.fullmatch(text_of(pieces[bold:end]).strip("[]() .:")) and text_of(pieces[end:stop])):
        return bold, end
    start = end if bold < stop else start
    return start, next((i for i in range(start, stop) if pieces[i].italic), stop)


def marked(pieces: Sequence[Piece], *, bold: bool = False) -> str:
    """Return the text up to the next link, bold and italics as they are marked in the source.

    ``bold`` says that what comes before is bold; bold that merely goes on is not marked.
    """
    text, italic, opened = "", "", False
    for piece in pieces:
        if piece.link is not None:
            break
        bold = bold and piece.bold
        if piece.italic != italic:
            text += italic
        if (piece.bold and not bold) != opened:
            text, opened = text + "**", not opened
        if piece.italic != italic:
            text, italic = text + piece.italic, piece.italic
        text += piece.text
    return text + italic + ("**" if opened else "")
