"""Print the title of a paper with its nickname, as its siblings print theirs."""

from __future__ import annotations

import html
from typing import Final

from agent.core.arxiv.ids import abs_url
from agent.core.catalog.formats.style import Exemplar, Piece
from agent.core.catalog.pieces.names import Manner, format_names
from agent.core.catalog.printing.habits import Habits
from agent.core.catalog.siblings.links import is_link_word
from agent.core.catalog.siblings.titles import links_nickname
from agent.core.catalog.words import author_name, escape, plain_title

_CITED: Final = Manner(most=1, et_al=" et al.", name="surname")
"""How a paper without a name is called by its authors: ``Miller et al.``"""


class TitlePrinter(Habits):
    """Prints the title of a paper, and its nickname."""

    def _title(self, exemplar: Exemplar, piece: Piece) -> str | None:
        facts = self._facts
        title = facts.nickname if self._names_only and facts.nickname else facts.title
        named = any(p.kind == "nickname" for p in exemplar.reading.pieces)
        if exemplar.reading.split and not facts.nickname and self._titles_instead(exemplar):
            return None
        if facts.nickname and (exemplar.reading.split or (self._cuts_titles and named)):
            title = title.partition(":")[2].strip()
        text = self._text(exemplar, piece, title)
        if self._name_behind and facts.nickname and not exemplar.reading.split:
            text += self._name_behind.replace("%", self._text(exemplar, piece, facts.nickname))
        if (
            self._linked or (not self._facts.nickname and links_nickname(exemplar))
        ) and "](" not in exemplar.reading.source[piece.end : piece.end + 4]:
            return f"[{text}]({self._own_address})"
        after = exemplar.reading.source[piece.end : piece.end + 1]
        return text[:-1] if after == "." and text.endswith((".", "?.")) else text

    def _nickname(self, exemplar: Exemplar, piece: Piece) -> str | None:
        facts, source = self._facts, exemplar.reading.source
        if self._tagged and not exemplar.reading.split:
            return source[piece.start : piece.end] if exemplar.reading.nickname in self._tags else None
        if not facts.nickname and self._cites_authors and exemplar.reading.cells and facts.paper.authors:
            return format_names([author_name(author) for author in facts.paper.authors], _CITED)
        if not facts.nickname:
            needed = exemplar.reading.split and self._titles_instead(exemplar)
            needed = needed or self._stands_above_title(exemplar, piece)
            return self._text(exemplar, piece, facts.title) if needed else None
        name = self._text(exemplar, piece, facts.nickname)
        if piece.name is None or piece.inner is None:
            return name
        home = facts.code or facts.page or abs_url(facts.paper.id)
        before, between = source[piece.start : piece.name[0]], source[piece.name[1] : piece.inner[0]]
        return before + name + between + home + source[piece.inner[1] : piece.end]

    def _stands_above_title(self, exemplar: Exemplar, name: Piece) -> bool:
        """Return whether a nickname stands in a line above that of the title, or is all that the heading says."""
        below = any(
            piece.kind == "title" and "\n" in exemplar.reading.source[name.end : piece.start]
            for piece in exemplar.reading.pieces
        )
        return below or (exemplar.prefix.startswith("#") and name.start == exemplar.start)

    def _titles_instead(self, exemplar: Exemplar) -> bool:
        """Return whether a whole title without a nickname stands where the nickname does: it is the link, or no sibling
        has such a title."""
        linked = any(p.kind == "nickname" and is_link_word(exemplar, p) for p in exemplar.reading.pieces)
        return linked or not self._has_plain_titles

    def _text(self, exemplar: Exemplar, piece: Piece, text: str) -> str:
        source = exemplar.reading.source
        if source[max(piece.start - 1, exemplar.start) : piece.start] == "`":
            return plain_title(text).replace("`", "'")
        return html.escape(plain_title(text), quote=False) if exemplar.reading.html else escape(text)
