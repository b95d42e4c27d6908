"""Find the title of an entry where no link is the title: quoted, in bold, in italics, or plain."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from agent.core.catalog.formats.inline import Node
from agent.core.catalog.formats.style import Piece
from agent.core.catalog.formats.summaries import names_summary
from agent.core.catalog.pieces.names import INITIALS, are_several, read_names
from agent.core.catalog.reading.leads import begins_dated
from agent.core.catalog.reading.scanned import EDGE, NAME_WORDS
from agent.core.catalog.reading.titles.marked import MarkedTitleReader
from agent.core.catalog.reading.titles.plain import Title

_CITED_ASIDE: Final = re.compile(r"\s*\([^()]{3,60}\b(?:19|20)\d\d\)[\s.:,]*")
_CUT_NAMES: Final = re.compile(r"[^,.:]{2,40} et al\b")
_TAG: Final = re.compile(r"<[^<>]*>")
_DASH: Final = re.compile(r"\s+(?:-{1,3}|\u2013|\u2014)\s+")
_COLONS: Final = (":", "\uff1a")
_MOST_BEFORE_COLON: Final = 6
"""A colon may follow a longer name than other signs."""


class UnlinkedTitleReader(MarkedTitleReader):
    """Finds a title that is no link."""

    def _unlinked(self) -> Title | None:
        usable = [n for n in self._groups if self._is_title_text(self._seen(n)) and not self._is_parenthesised(n)]
        quote, bold = self._quoted_title(usable), self._bold_title(usable)
        if quote is not None and not (bold is not None and self._outweighs(bold, quote)):
            return self._titled(quote, None)
        if bold is not None and self._leads(bold, most=8):
            return self._from_bold(bold, [n for n in usable if n.start >= bold.end])
        italic = next((n for n in usable if n.kind == "italic"), None)
        if italic is not None and self._is_italic_title(italic):
            return self._titled(italic, None)
        return self._plain(self._start, None)

    def _quoted_title(self, usable: Sequence[Node]) -> Node | None:
        """Return the quoted words that an entry begins with."""
        for quote in (n for n in usable if n.kind == "quote"):
            whole = self._words(quote) > 1 or self._stands_alone(quote)
            if whole and self._leads(quote, most=6) and not self._is_in_title(quote):
                return quote
        return None

    def _bold_title(self, usable: Sequence[Node]) -> Node | None:
        """Return the first words in bold that are no key, label or box behind other words."""
        bolds = (n for n in usable if n.kind == "bold" and not self._is_key(n) and not self._is_label(n))
        return next((n for n in bolds if not self._is_boxed(n) or not self._prose(n.start, most=0)), None)

    def _outweighs(self, bold: Node, quote: Node) -> bool:
        """Return whether many words in bold, apart from the quoted ones, are the title."""
        return self._words(bold) > NAME_WORDS + 2 and not bold.start <= quote.start < bold.end

    def _is_italic_title(self, italic: Node) -> bool:
        """Return whether words in italics follow authors, or are no authors at the beginning of an entry."""
        if self._words(italic) < 2:
            return False
        return self._follows_names(italic) or not (self._prose(italic.start, most=1) or self._is_names(italic))

    def _named_in_bold(self) -> Title | None:
        """Return the plain title behind authors in bold with which an entry begins: ``**Miller A et al.** Title.``"""
        bold = next((node for node in self._nodes if node.kind == "bold"), None)
        if bold is None or self._source[self._start : bold.start].strip():
            return None
        start, end = bold.inner
        named = read_names(self._source[start:end])
        if named is None or (named[1].most is None and named[1].name not in ("bare initials", "initials")):
            return None
        run = self._plain(bold.end, None)
        if run is not None and self._begins(run, bold.end) and len(self._text(run.start, run.end).split()) > 1:
            self._cited_names = named[0]
            self._cited = Piece("authors", start, end - (named[1].most is None), manner=named[1])
            return run
        return None

    def _from_bold(self, bold: Node, further: Sequence[Node]) -> Title:
        """Return the title that words in bold stand before, as a tag or a name does, or else are."""
        return (
            self._bold_behind_tag(bold, further)
            or self._italic_behind_name(bold, further)
            or self._plain_behind_colon(bold)
            or self._plain_behind_name(bold)
            or self._titled(bold, None)
        )

    def _bold_behind_tag(self, bold: Node, further: Sequence[Node]) -> Title | None:
        """Return the title in bold behind its subject: ``**[Subject]** **Title**``."""
        second = next((n for n in further if n.kind == "bold"), None)
        if second is None or not self._is_bracketed(bold) or self._source[bold.end : second.start].strip(EDGE):
            return None
        return self._titled(second, None, self._trim(*bold.children[0].inner))

    def _italic_behind_name(self, bold: Node, further: Sequence[Node]) -> Title | None:
        """Return the title in italics behind its name: ``**Name**: *Title*``, ``**Name** (Miller et al., 2024).
        *Title*``."""
        italic = next((n for n in further if n.kind == "italic"), None)
        if italic is None or self._words(bold) > NAME_WORDS or self._is_names(italic):
            return None
        name, between = self._bare_name(*bold.inner), self._source[bold.end : italic.start]
        if not between.strip(EDGE) and self._words(italic) > 1:
            named = self._text(*italic.inner).casefold().startswith(self._text(*name).casefold())
            colon = self._has_colon(bold, between.lstrip("*_ "))
            return self._titled(italic, None, name)._replace(split=colon and not named)
        if _CITED_ASIDE.fullmatch(between) and self._words(italic) > NAME_WORDS:
            return self._titled(italic, None, name)
        return None

    def _plain_behind_colon(self, bold: Node) -> Title | None:
        """Return the plain title behind a name and a colon: ``**Name**: Title``."""
        if self._words(bold) > _MOST_BEFORE_COLON:
            return None
        if not self._has_colon(bold, self._source[bold.end : self._end].lstrip()):
            return None
        name = self._bare_name(*bold.inner)
        run = self._plain(bold.end, name)
        if run is None or not self._begins(run, bold.end):
            return None
        return run._replace(split=not self._goes_on_with(self._text(*name), run.start))

    def _plain_behind_name(self, bold: Node) -> Title | None:
        """Return the plain title of some words, no names or date, behind a name: ``**Name** Title``. Two words will do
        behind brackets, where they are surely no names: ``**[Name]** Title``."""
        if self._words(bold) > NAME_WORDS or self._source[slice(*bold.inner)].rstrip().endswith("."):
            return None
        name = self._bare_name(*bold.inner)
        run = self._plain(bold.end, name)
        text = self._text(run.start, run.end) if run else ""
        if run is None or read_names(text) or begins_dated(text) or _CUT_NAMES.match(text):
            return None
        least = 2 if self._is_bracketed(bold) and read_names(text, sure=True) is None else NAME_WORDS + 1
        if len(text.split()) < least or not self._begins(run, bold.end):
            return None
        dash = _DASH.fullmatch(self._source, bold.end, run.start)
        return run._replace(split=dash is not None and not self._goes_on_with(self._text(*name), run.start))

    def _has_colon(self, bold: Node, after: str) -> bool:
        """Return whether words in bold end with a colon, or what comes after them begins with one."""
        return self._source[slice(*bold.inner)].rstrip().endswith(_COLONS) or after.startswith(_COLONS)

    def _leads(self, node: Node, *, most: int) -> bool:
        """Return whether an entry begins with this group: few words stand before it, or only authors and a year."""
        return not self._prose(node.start, most=most) or self._follows_names(node)

    def _follows_names(self, node: Node) -> bool:
        """Return whether only authors and a year stand before a group, at the beginning of an entry."""
        before = _TAG.sub("", self._source[self._start : node.start]).rstrip(' \t"\u201c\u201e\u00ab*_')
        before = re.sub(r"^[^\w\[(]+|[.,:\s]*\(?(?:19|20)\d\d[a-z]?\)?[.,:]?$|[:\s]+$", "", before)
        named = read_names(before.lstrip("("), sure=True)
        if named is None:
            return False
        sure = are_several(named) or INITIALS.match(before) is not None
        return self._words(node) > (1 if sure else NAME_WORDS)

    def _stands_alone(self, quote: Node) -> bool:
        """Return whether an entry begins with one word in quotes, which is set off from what follows."""
        ended = self._seen(quote).strip('"\u201c\u201d')[-1:] in (",", ".")
        after = self._source[quote.end : self._end].lstrip()[:1]
        return not self._source[self._start : quote.start].strip(EDGE) and (ended or after in tuple(",.([|"))

    def _is_in_title(self, quote: Node) -> bool:
        """Return whether a few words in quotes stand amid the words of a title: ``Learning by "Trial" Alone``."""
        before, after = self._source[self._start : quote.start], self._source[quote.end : self._end]
        amid = re.search(r"[^\W\d_] $", before) and re.match(r" [^\W\d_]", after)
        return bool(amid) and self._words(quote) <= NAME_WORDS and not self._follows_names(quote)

    def _is_label(self, bold: Node) -> bool:
        """Return whether words in bold at the beginning of a further line are the name of a summary: ``**TL;DR**:``."""
        line = self._source[self._source.rfind("\n", 0, bold.start) + 1 : bold.start]
        further = "\n" in self._source[self._start : bold.start] and not line.strip(" \t-*+>")
        return further and names_summary(self._seen(bold))

    def _is_key(self, bold: Node) -> bool:
        """Return whether words in bold are but authors and a year in brackets: ``**[Miller et al., 2024]**``."""
        return self._is_bracketed(bold) and self._is_cited(bold.children[0])

    def _is_bracketed(self, bold: Node) -> bool:
        return [node.kind for node in bold.children] == ["bracket"]
