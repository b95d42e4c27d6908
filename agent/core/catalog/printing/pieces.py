"""Print what stands in a new entry instead of a piece of its sibling."""

from __future__ import annotations

import html
import re
from typing import Final

from agent.core.catalog.formats.style import Exemplar, Piece, piece_text
from agent.core.catalog.formats.summaries import find_summary, fit_summary, names_summary, unfolds_abstract
from agent.core.catalog.pieces.blanks import says_none
from agent.core.catalog.pieces.dates import format_date
from agent.core.catalog.pieces.names import Manner, citation_key, format_names
from agent.core.catalog.printing.links import LinkPrinter
from agent.core.catalog.printing.titles import TitlePrinter
from agent.core.catalog.printing.venues import VenuePrinter
from agent.core.catalog.segments import in_badge
from agent.core.catalog.siblings.authors import has_numbered_authors, settle_manner
from agent.core.catalog.siblings.links import is_link_word
from agent.core.catalog.siblings.words import CATEGORY
from agent.core.catalog.words import author_name, escape, escape_html, plain_title

_ENOUGH: Final = 3
"""So many words are more than the name of a summary."""
_BEGINS_BLOCK: Final = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?")
"""What stands before a tag that begins a block of HTML, in which nothing is read as Markdown up to a blank line."""


class PiecePrinter(TitlePrinter, LinkPrinter, VenuePrinter):
    """Prints the value of the paper for each piece of a sibling."""

    def _value(self, exemplar: Exemplar, piece: Piece) -> str | None:
        """Return what stands in the new entry instead of a piece, or None when nothing does."""
        if piece.kind in ("title", "nickname"):
            return self._title(exemplar, piece) if piece.kind == "title" else self._nickname(exemplar, piece)
        if piece.kind in ("address", "id"):
            return self._address(exemplar, piece) if piece.kind == "address" else self._facts.paper.id
        if piece.kind == "key":
            return citation_key(self._facts.paper.authors, self._facts.day.year) if self._facts.paper.authors else None
        if piece.kind == "date":
            text = format_date(self._form(piece.form), self._day(exemplar, piece.form))
            return text.replace("-", "--") if in_badge(exemplar.reading.source, piece) and "--" not in text else text
        if piece.venue is not None:
            return self._venue(exemplar, piece, piece.venue)
        if piece.manner is not None:
            return self._authors(exemplar, piece, piece.manner)
        if piece.kind in ("code", "page"):
            return self._optional_link(exemplar, piece)
        if piece.kind in ("summary", "words") and self._sums_up and find_summary(exemplar) == piece:
            return self._text(exemplar, piece, fit_summary(self._facts.summary, exemplar, piece))
        return self._words(exemplar, piece)

    def _words(self, exemplar: Exemplar, piece: Piece) -> str | None:
        """Return words, a sign or a link of the form of all entries, or None for those of the sibling's own paper."""
        text, source, facts = piece_text(exemplar, piece), exemplar.reading.source, self._facts
        labels = is_link_word(exemplar, piece)
        if self._has_abstracts and (unfolds := unfolds_abstract(text)) is not None:
            show = escape_html if _stays_html(exemplar, piece.start, unfolds["open"]) else escape
            return f"{unfolds['open']}{show(facts.paper.abstract)}{unfolds['close']}"
        if categories := CATEGORY.fullmatch(text):
            between = categories["between"]
            return between.join(facts.paper.categories) or None if between else next(iter(facts.paper.categories), None)
        lacks = says_none(text) if not exemplar.reading.cells else None
        empty = lacks is not None and not (facts.page if lacks == "page" else facts.code)
        numbered = piece.kind == "words" and has_numbered_authors(exemplar)
        if piece.kind == "mark" and piece.start == exemplar.start and self._todo:
            return self._todo
        if piece.kind == "words" and not self._sums_up and len(text.split()) < _ENOUGH and names_summary(text):
            return None  # the name of what nobody wrote
        if (text in self._shared and not numbered) or empty or (piece.kind == "mark" and labels):
            return source[piece.start : piece.end]
        if labels and facts.nickname and text.casefold() == exemplar.reading.nickname.casefold():
            return self._text(exemplar, piece, facts.nickname)
        return self._paper_label if labels and piece.kind == "words" else None

    def _authors(self, exemplar: Exemplar, piece: Piece, manner: Manner) -> str | None:
        if self._institutes:
            return None
        names = [name for author in self._facts.paper.authors if (name := author_name(author))]
        if exemplar.reading.html:
            names = [html.escape(plain_title(author), quote=False) for author in self._facts.paper.authors]
        settled = settle_manner(exemplar, manner, len(names), self._cuts)
        text = format_names(names, settled)
        after = exemplar.reading.source[piece.end : piece.end + 2]
        whole = settled.most is None or len(names) <= settled.most
        if names and manner.most is not None and manner.et_al.endswith(".") and whole and not text.endswith("."):
            ahead = any(p.kind == "title" and p.start >= piece.end for p in exemplar.reading.pieces)
            boxed = not ahead and exemplar.reading.source[: piece.start].endswith("(")  # ``(Miller et al. 2024)``
            ends = re.match(r" [^\s(]" if ahead else r" \w", after) is not None and not boxed
            text += "." * (self._cuts.stop or ends)
        return text or None


def _stays_html(exemplar: Exemplar, start: int, opening: str) -> bool:
    """Return whether what follows an opening tag at ``start`` is no Markdown: not in a cell of a table, behind other
    words of a line, or below a blank line."""
    reading = exemplar.reading
    if "\n\n" in opening or reading.cells:
        return False
    before = reading.source[reading.source.rfind("\n", 0, start) + 1 : start]
    return reading.html or _BEGINS_BLOCK.fullmatch(before) is not None
