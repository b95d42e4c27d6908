"""Print the links to a paper, its code or page, as its siblings print theirs."""

from __future__ import annotations

import re
from typing import Final

from agent.core.catalog.formats.style import Exemplar, Piece
from agent.core.catalog.pieces.labels import leads_to_code, link_words, relink, rename_link
from agent.core.catalog.printing.habits import Habits
from agent.core.catalog.siblings.links import names_tool

_PDF: Final = re.compile(r"pdf[\]\\`*_ ]*\]\($", re.IGNORECASE)


class LinkPrinter(Habits):
    """Prints the address of a paper, and the links to its code or page."""

    def _address(self, exemplar: Exemplar, piece: Piece) -> str:
        paper_id, source = self._facts.paper.id, exemplar.reading.source
        if piece.form == "reference":
            return f"({self._own_address})"
        called = _PDF.search(source[max(0, piece.start - 16) : piece.start]) is not None
        there = source[piece.start : piece.end]
        if called and "/pdf/" in there and "/abs/" in self._own_address:
            return f"https://arxiv.org/pdf/{paper_id}{'.pdf' * there.endswith('.pdf')}"
        return self._own_address

    def _optional_link(self, exemplar: Exemplar, piece: Piece) -> str | None:
        """Return a link to the code or page of the paper; one called by another paper's words is called as most are."""
        text = exemplar.reading.source[piece.start : piece.end]
        old = exemplar.reading.source[slice(*piece.inner)] if piece.inner else ""
        hosts_code = leads_to_code(old) and not any(p.kind == "code" for p in exemplar.reading.pieces)
        url = self._facts.code if piece.kind == "code" else self._facts.page or (hosts_code and self._facts.code)
        if not url:
            return None
        if not old and (reference := re.fullmatch(r"(\[.*\])\[[^\[\]]*\](\W*)", text)):
            return f"{reference[1]}({url}){reference[2]}"
        if piece.kind == "code" and link_words(text) in self._odd_code_labels:
            text = rename_link(text, self._code_label)
        if piece.kind == "code" and self._general_code_label and names_tool(link_words(text)):
            text = rename_link(text, self._general_code_label)
        told = relink(text, old, url, self._labels)
        if told is None and piece.kind == "code" and self._code_label and link_words(text):
            return relink(rename_link(text, self._code_label), old, url, self._labels)
        return told
