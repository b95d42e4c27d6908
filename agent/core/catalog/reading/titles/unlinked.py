"""Find the title of an entry where no link is the title: quoted, in bold, in italics, or plain."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from agent.core.catalog.formats.inline import Node
from agent.core.catalog.formats.style import Piece
from agent.core.catalog.formats.summaries import names_summary
from agent.core.catalog.pieces.names import INITIALS, read_names
from agent.core.catalog.reading.leads import begins_dated
from agent.core.catalog.reading.scanned import EDGE, NAME_WORDS
from agent.core.catalog.reading.titles.marked import MarkedTitleReader
from agent.core.catalog.reading.titles.plain import Title

_CITED_ASIDE: Final = re.compile(r"\s*\([^()]{3,60}\b(?:19|20)\d\d\)[\s.:,]*")
_CUT_NAMES: Final = re.compile(r"[^,.:]{2,40} et al\b")
_TAG: Final = re.compile(r"<[^<>]*>")


class UnlinkedTitleReader(MarkedTitleReader):
    """Finds a title that is no link."""

    def _unlinked(self) -> Title | None:
        usable = [n for n in self._groups if self._is_title_text(self._seen(n)) and not self._is_parenthesised(n)]
        quotes = [
            n
            for n in usable
            if n.kind == "quote"
            and (self._words(n) > 1 or self._stands_alone(n))
            and self._leads(n, most=6)
            and not self._is_in_title(n)
        ]
        bolds = (n for n in usable if n.kind == "bold" and not self._is_key(n) and not self._is_label(n))
        bold = next((n for n in bolds if not self._is_boxed(n) or not self._prose(n.start, most=0)), None)
        if quotes and not (
            bold and self._words(bold) > NAME_WORDS + 2 and not bold.start <= quotes[0].start < bold.end
        ):
            return self._titled(quotes[0], None)
        if bold is not None and self._leads(bold, most=8):
            return self._from_bold(bold, usable)
        italic = next((n for n in usable if n.kind == "italic"), None)
        if (
            italic is not None
            and self._words(italic) > 1
            and (self._follows_names(italic) or (not self._prose(italic.start, most=1) and not self._is_names(italic)))
        ):
            return self._titled(italic, None)
        return self._plain(self._start, None)

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

    def _from_bold(self, bold: Node, usable: Sequence[Node]) -> Title | None:
        further = [n for n in usable if n.start >= bold.end]
        italic = next((n for n in further if n.kind == "italic"), None) if further else None
        tag = bold.children[0] if len(bold.children) == 1 else None
        second = next((n for n in further if n.kind == "bold"), None) if further else None
        words = self._words(bold)
        if tag and tag.kind == "bracket" and second and not self._source[bold.end : second.start].strip(EDGE):
            return self._titled(second, None, self._trim(*tag.inner))  # ``**[Subject]** **Title**``
        between = self._source[bold.end : italic.start] if italic else "x"
        shown = self._source[slice(*bold.inner)].rstrip()
        if (
            italic
            and not between.strip(EDGE)
            and words <= NAME_WORDS
            and not self._is_names(italic)
            and self._words(italic) > 1
        ):
            split = shown.endswith((":", "\uff1a")) or between.lstrip("*_ ").startswith((":", "\uff1a"))
            name = self._bare_name(*bold.inner)
            named = self._text(*italic.inner).casefold().startswith(self._text(*name).casefold())
            return self._titled(italic, None, name)._replace(split=split and not named)
        aside = italic is not None and words <= NAME_WORDS < self._words(italic) and _CITED_ASIDE.fullmatch(between)
        if italic and aside and not self._is_names(italic):
            # ``**Name** (Miller et al., 2024). *Title*``
            return self._titled(italic, None, self._bare_name(*bold.inner))
        after = self._source[bold.end : self._end]
        colon = shown.endswith((":", "\uff1a")) or after.lstrip().startswith((":", "\uff1a"))
        if colon and words <= 6:
            run = self._plain(bold.end, self._bare_name(*bold.inner))
            if run is not None and self._begins(run, bold.end):
                return run._replace(split=not self._goes_on_with(self._text(*self._bare_name(*bold.inner)), run.start))
        if words <= NAME_WORDS and not shown.endswith("."):
            run = self._plain(bold.end, self._bare_name(*bold.inner))
            text = self._text(run.start, run.end) if run else ""
            run = None if read_names(text) or begins_dated(text) or _CUT_NAMES.match(text) else run
            # ``**[Name]** Title`` may be of two words, where they are no names.
            tagged = tag is not None and tag.kind == "bracket" and read_names(text, sure=True) is None
            least = 2 if tagged else NAME_WORDS + 1
            if run is not None and len(text.split()) >= least and self._begins(run, bold.end):
                dash = re.fullmatch(r"\s+(?:-{1,3}|\u2013|\u2014)\s+", self._source[bold.end : run.start])
                again = self._goes_on_with(self._text(*self._bare_name(*bold.inner)), run.start)
                return run._replace(split=dash is not None and not again)
        return self._titled(bold, None)

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
        sure = len(named[0]) > 1 or named[1].most is not None or INITIALS.match(before) is not None
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
        return [node.kind for node in bold.children] == ["bracket"] and self._is_cited(bold.children[0])
