"""Find the title of an entry: a link, or the words beside a link that is but a name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from agent.core.catalog.formats.inline import Node, visible
from agent.core.catalog.pieces.labels import label_of
from agent.core.catalog.pieces.names import ALPHA_KEY, read_names
from agent.core.catalog.reading.scanned import NAME_WORDS, WORDY, before
from agent.core.catalog.reading.titles.nicknames import nickname_of
from agent.core.catalog.reading.titles.plain import Title
from agent.core.catalog.reading.titles.unlinked import UnlinkedTitleReader

_SETS_OFF: Final = re.compile(r"\s+(?:-{1,3}|\u2013|\u2014)\s+|\s*[:\uff1a]\s*")
_YEAR_BEHIND: Final = re.compile(r"[\s,.(]+(?:19|20)\d\d\W*\Z")
_TITLE_CASE: Final = 0.6
_SERIES: Final = re.compile(r"\b(?:Symposium|Conference|Transactions|Workshop) on [A-Z]|\bProceedings of\b")
"""The name of a venue, that a link to the paper may have behind its title in bold."""
_NO_TITLE: Final = ("^", "http://", "https://", "www.")
"""What a footnote or an address begins with."""
_KEY: Final = re.compile(rf"\[{ALPHA_KEY.pattern}\]")


class TitleReader(UnlinkedTitleReader):
    """Finds the title of a stretch of source."""

    def _find_title(self) -> Title | None:
        links = self._own_links
        titles = (node for node, parents in links if self._is_title_link(node, parents))
        if (first := next(titles, None)) is not None:
            short = self._words(first) <= NAME_WORDS
            return (self._titles_name(first, titles) or self._continued(first) if short else None) or self._titled(
                first, first
            )
        if len(links) == 1 and not self._groups and self._names_a_page(links[0][0]):
            return self._titled(links[0][0], links[0][0])
        return self._named_in_bold() or self._unlinked()

    def _titles_name(self, first: Node, others: Iterator[Node]) -> Title | None:
        """Return the title beside a link that is but a name, or None where the link is the title after all.

        ``others`` are the further links that may be titles.
        """
        if (repeated := self._repeated(first)) is not None:
            return repeated
        strong = next((node for node in self._groups if self._is_strong(node)), None)
        beside = next((node for node in self._groups if self._follows(node, first)), None)
        if beside or not self._paper(first):
            chosen = strong or beside
            chosen = chosen or next((n for n in others if self._words(n) > NAME_WORDS or self._paper(n)), None)
            if chosen is not None:
                name = self._trim(*first.inner) if first.start < chosen.start else None
                return self._titled(chosen, chosen if chosen.kind == "link" else None, name)
        if strong and strong.start < first.start and strong.kind != "italic":
            return self._titled(strong, None)
        return None

    def _repeated(self, link: Node) -> Title | None:
        """Return the plain title behind a link that is but the name it begins with: ``[SAM](...) SAM: Cut It Out``."""
        name = self._trim(*link.inner)
        run = self._plain(link.end, name)
        if run is None or self._source[link.end : run.start].strip(" :-|"):
            return None
        words, short = self._text(run.start, run.end), self._text(*name)
        longer = len(words.split()) > NAME_WORDS and words.casefold().startswith(short.casefold())
        return run if longer and nickname_of(words).casefold() == short.casefold() else None

    def _continued(self, link: Node) -> Title | None:
        """Return the title that begins with a name as the link to its paper: ``[SAM](...) - Segment Anything at Once``.

        What follows the link is a title where most of its longer words are capitalised: a description is a sentence.
        """
        if not (self._paper(link) and _SETS_OFF.match(self._source, link.end, self._end)):
            return None
        run = self._plain(link.end, self._trim(*link.inner))
        if run is None or not _SETS_OFF.fullmatch(self._source, link.end, run.start):
            return None
        words = self._text(run.start, run.end)
        longer = [word for word in words.split() if len(word) > 3]
        capitals = sum(any(letter.isupper() for letter in word) for word in longer)
        people = read_names(_YEAR_BEHIND.sub("", words)) is not None
        named = nickname_of(f"{self._seen(link)}: {words}") and not people
        titled = len(words.split()) > NAME_WORDS and not words[0].islower() and capitals >= _TITLE_CASE * len(longer)
        return run._replace(link=link, split=True) if named and titled else None

    def _names_a_page(self, link: Node) -> bool:
        """Return whether a lone link such as ``[Blog](...)`` is all that is listed."""
        label = label_of(self._seen(link))
        if link.url.startswith("#") or self._prose(link.start, most=0):
            return False
        return label in ("page", "extra") or (label == "paper" and not self._prose(self._end, most=0))

    def _follows(self, group: Node, link: Node) -> bool:
        """Return whether emphasised or quoted words follow a link that is but a name."""
        between = self._source[link.end : group.start]
        apart = group.start >= link.end and not between.strip(" :,-\uff1a\u2013\u2014")
        titled = self._words(group) > 1 and self._is_title_text(self._seen(group)) and not self._is_names(group)
        return apart and titled and self._words(link) < NAME_WORDS

    def _is_title_link(self, node: Node, parents: Sequence[Node]) -> bool:
        """Return whether a link is a title: in brackets, only where nothing but a date or venue is before it."""
        text = self._seen(node)
        if node.url.startswith(("#", "mailto:")) or text.startswith(_NO_TITLE) or _KEY.fullmatch(text):
            return False
        if not WORDY.search(text) or not self._is_title_text(text):
            return False
        bold = any(p.kind == "bold" for p in before(self._nodes, node.start))
        if bold and _SERIES.search(text):
            return False
        box = self._box_of(node, parents)
        return box is None or not (bold or self._prose(box.start, most=0))

    def _box_of(self, link: Node, parents: Sequence[Node]) -> Node | None:
        """Return the brackets around a link, or the link itself where they are all it is: ``[`[official code]`](...)``.

        A long link is a title in brackets.
        """
        text = self._seen(link)
        around = next((parent for parent in parents if parent.kind in ("bracket", "paren")), None)
        if around is not None or (text.startswith("[") and text.endswith("]")):
            return around or link
        inside = next((child for child in link.children if child.kind == "bracket"), None)
        if inside is None or len(text.split()) > NAME_WORDS:
            return None
        return link if visible(self._source, [inside]) == text else None
