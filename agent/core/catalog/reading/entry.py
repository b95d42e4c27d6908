"""Read one entry's source into its pieces: title, nickname, links, dates, venue, authors, and what is left."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Final

from agent.core.arxiv.ids import abs_url
from agent.core.catalog.formats.inline import Node
from agent.core.catalog.formats.style import PieceKind, Reading, References
from agent.core.catalog.pieces.dates import most_exact
from agent.core.catalog.pieces.labels import is_neutral, label_of, leads_to_code, leads_to_paper
from agent.core.catalog.pieces.names import ALPHA_KEY
from agent.core.catalog.reading.beside import WordsReader
from agent.core.catalog.reading.scanned import EDGE, ID, NAME_WORDS, WORDY, is_meta_text
from agent.core.catalog.reading.spelled import join_spelled
from agent.core.catalog.reading.titles.plain import Title

_STARS: Final = "\u2b50\u2605\u2606\U0001f31f"
_PLACE: Final = attrgetter("start", "end")
_MIRROR: Final = re.compile(
    r"https?://(?:www\.)?(?:huggingface\.co/papers|alphaxiv\.org/(?:abs|overview))/(?P<id>\d{4}\.\d{4,5})(?!\w)"
)
"""The page of a paper at a site that has one for each paper of arXiv."""
_KEY: Final = re.compile(rf"\[(?P<key>{ALPHA_KEY.pattern})\\?\]")
_URL_KEY: Final = re.compile(
    r"\n\s*(?:[-*+] )?[*_]{0,2}(?P<name>[^\W\d_]{4,12}(?: page)?)[*_]{0,2}\s?[:\uff1a][*_]{0,2} ?\Z"
)
"""What an address on a line of its own is called: ``- Homepage: https://...``."""
_TWICE: Final = re.compile(r"(?P<name>[^\s:]{2,32}): (?=(?P=name): )", re.IGNORECASE)
"""A name before the whole title that begins with it: ``Sam: SAM: Cut It Out``."""
_LONGEST_KEY: Final = 40
_ICON: Final = re.compile(r"shields\.io|badge|icon|logo|arxiv|pdf|paper\.", re.IGNORECASE)


def read_entry(source: str, start: int, end: int, references: References, *, titled: bool = True) -> Reading:
    """Return what a stretch of source says as one entry, list marker excluded.

    ``titled`` is False for a stretch without a title, such as a table cell with links only.
    """
    return _Reader(source, start, end, references).read(titled=titled)


class _Reader(WordsReader):
    """Reads an entry: its title, the words beside it, then its links, which are judged together."""

    def read(self, *, titled: bool) -> Reading:
        title = self._title = self._named_title() if titled else None
        if title:
            self._take(title)
        self._read_meta(self._nodes, sure=False)
        url, text = self._read_links(), self._words_of(title) if title else ""
        if url is None:
            url = self._printed_address()
        if url is None and not title:
            url, text = self._bare_link()
        year, dated = self._when()
        return Reading(
            source=self._source,
            title=text,
            url=url,
            authors=self._authors,
            venue=self._where(),
            year=year,
            nickname=self._text(*title.nickname) if title and title.nickname else "",
            pieces=join_spelled(self._source, sorted(self._pieces, key=_PLACE)),
            split=bool(title and title.split),
            anchor=any(link.url.startswith("#") for link in self._all_links),
            dated=dated,
        )

    def _named_title(self) -> Title | None:
        """Return the title, with the nickname where what stands before it is one."""
        title = self._find_title()
        if title and title.nickname and not title.split and self._lists_several(title):
            title = title._replace(nickname=None)  # what stands before several papers is their subject
        if title and not title.nickname and (twice := _TWICE.match(self._source, title.start, title.end)):
            title = title._replace(start=twice.end(), nickname=twice.span("name"))
        return title

    def _take(self, title: Title) -> None:
        """Note where title and nickname stand: what is around them is read without them."""
        self._piece("title", title.start, title.end)
        self._taken = sorted([(title.start, title.end), *([title.nickname] if title.nickname else [])])
        if title.nickname and not any(self._is_nickname(link) for link in self._all_links):
            self._piece("nickname", *title.nickname)

    def _is_nickname(self, link: Node) -> bool:
        """Return whether the nickname is a link of its own, which leads to the code or page of its paper."""
        title = self._title
        if title is None or title.nickname is None or link is title.link:
            return False
        return link.inner[0] <= title.nickname[0] and title.nickname[1] <= link.inner[1]

    def _words_of(self, title: Title) -> str:
        """Return the whole title: with the nickname that it begins with, where that stands apart."""
        return self._text(title.nickname[0] if title.split and title.nickname else title.start, title.end)

    def _printed_address(self) -> str | None:
        """Return the address of the paper whose arXiv id an entry prints."""
        printed = next((piece for piece in self._pieces if piece.kind == "id"), None)
        return abs_url(self._source[printed.start : printed.end].split("v")[0]) if printed else None

    def _bare_link(self) -> tuple[str | None, str]:
        """Return the first address of an entry without a title, and what is shown for one: its date and venue, or the
        address itself."""
        bare = next((link for link, _ in self._links if link.url and not link.url.startswith("#")), None)
        if bare is None:
            return None, ""
        shown = self._seen(bare).strip()
        return bare.url, shown if is_meta_text(shown) and not ID.fullmatch(shown) and " " in shown else bare.url

    def _where(self) -> str | None:
        """Return the venue with its track."""
        venue = self._venue
        return " ".join(f"{venue.venue.name} {venue.track}".replace(",", " ").split()) or None if venue else None

    def _when(self) -> tuple[int | None, tuple[int, int, int]]:
        """Return the year, the venue's before a date's, and the date that tells most."""
        venue = self._venue
        year = venue.year if venue and venue.year else next((date[0] for date in self._dates if date[0]), None)
        return year, most_exact(*self._dates, venue.date if venue and venue.date else (0, 0, 0))

    def _lists_several(self, title: Title) -> bool:
        """Whether an entry links further titles of papers beside its own."""
        if title.link is None:
            return False
        paper = _ids_of(title.link.url)
        links = (n for n in self._all_links if leads_to_paper(n.url) and n.url != title.link.url)
        return any(
            self._words(link) > NAME_WORDS
            or (paper and _ids_of(link.url) not in (None, paper) and self._is_title_text(self._seen(link)))
            for link in links
        )

    def _read_links(self) -> str | None:
        """Find the paper's address among the links; the others are optional. Returns the address."""
        ordered = sorted(self._links, key=lambda pair: pair[0].start)
        labels = {id(link): self._label(link) for link, _ in ordered}
        chosen = self._address([link for link, _ in ordered], labels, self._title.link if self._title else None)
        paper = _ids_of(chosen or "")
        self._marks = sorted((p for p in self._pieces if p.kind == "mark"), key=attrgetter("end"))
        for link, outer in ordered:
            if self._is_address(link, chosen, paper):
                self._read_address(link)
            elif paper and (mirrored := self._mirrored(link)) is not None and mirrored["id"] == paper:
                self._piece("id", *mirrored.span("id"))
            else:
                self._optional(link, outer, labels[id(link)])
        return chosen

    def _is_address(self, link: Node, chosen: str | None, paper: str | None) -> bool:
        """Return whether a link is the title, or leads to the paper and shows no repository."""
        if self._title is not None and link is self._title.link:
            return True
        same = link.url == chosen or (paper is not None and _ids_of(link.url) == paper)
        return same and not self._shows_repository(link)

    def _mirrored(self, link: Node) -> re.Match[str] | None:
        """Return the arXiv id with which the address of a page about a paper ends: that alone is the paper's own."""
        return _MIRROR.match(self._source, *link.url_span) if link.url_span else None

    def _read_address(self, link: Node) -> None:
        """Read a link to the paper: where its address stands, and its words, but those of the title."""
        if link.url_span is None:
            if self._source.startswith("]", link.inner[1]):
                self._piece("address", link.inner[1] + 1, link.end, form="reference")
            return
        self._piece("address", *link.url_span)
        if self._title is not None and link is self._title.link:
            self._around_title(link, self._title)
        else:
            self._inside(link)

    def _around_title(self, link: Node, title: Title) -> None:
        """Read the words of the title's link that are not the title."""
        if self._source[link.inner[0] : title.start].strip(EDGE):
            self._read_meta(link.children, sure=True)
            return
        aside = [c for c in link.children if c.start >= title.end and c.kind in ("paren", "bracket")]
        self._read_meta(aside, sure=False, alone=True)
        if not aside and title.end < link.inner[1]:
            self._words_between(title.end, link.inner[1], sure=False, alone=True)

    def _address(self, links: Sequence[Node], labels: Mapping[int, str | None], title: Node | None) -> str | None:
        """Return where the paper is: at a link called so or the title's own, else at any that leads to a paper."""
        papers = [link.url for link in links if link is not title and labels[id(link)] == "paper"]
        chosen = next((url for url in papers if _ids_of(url)), papers[0] if papers else None)
        if title is not None and (chosen is None or leads_to_paper(title.url) or not leads_to_paper(chosen)):
            return title.url
        if chosen is None:
            chosen = next((link.url for link in links if leads_to_paper(link.url)), None)
        return links[0].url if chosen is None and links and self._title else chosen

    def _inside(self, link: Node) -> None:
        """Read the text of the paper's link: a venue, a date, an id, a badge; other words if it is no label."""
        text = self._seen(link)
        if link.url_span and link.url_span[0] >= link.inner[0] and link.url_span[1] <= link.inner[1]:
            return
        if images := link.find("image"):
            for image in images:
                if image.url_span is not None and not self._badge(image) and not _ICON.search(image.url):
                    self._piece("mark", image.start, image.end)  # a figure of this paper
        elif key := _KEY.search(self._source, *link.inner):
            self._piece("key", *key.span("key"))
        elif found := ID.search(self._source, *link.inner):
            self._piece("id", found.start(), found.end())
            self._words_between(found.end(), link.inner[1], sure=False, alone=False)
        elif label_of(text) is None or is_meta_text(text.strip(EDGE)):
            self._read_meta(link.children, sure=False, alone=True)

    def _optional(self, link: Node, outer: Node, label: str | None) -> None:
        if self._title and self._is_nickname(link):
            self._piece("nickname", outer.start, outer.end, inner=link.url_span, name=self._title.nickname)
            return
        kind: PieceKind = "page" if label == "page" else "extra"
        if label == "code" or (label is None and leads_to_code(link.url)):
            kind = "code"
        self._piece(kind, self._with_mark(outer.start), outer.end, inner=link.url_span)

    def _with_mark(self, start: int) -> int:
        """Return where an optional link begins with the emoji that stands before it."""
        at = bisect_right(self._marks, start, key=attrgetter("end"))
        mark = self._marks[at - 1] if at else None
        if mark is None or self._source[mark.end : start].strip():
            return start
        signs = self._source[mark.start : mark.end].replace("\ufe0f", "")
        if signs[0] in _STARS or (len(signs) > 1 and len(set(signs)) == 1):
            return start  # a rating
        if signs.startswith(("<img", "![")) and not _ICON.search(signs):
            return start  # a figure of this paper
        self._marks.remove(mark)
        self._pieces.remove(mark)
        return mark.start

    def _label(self, link: Node) -> str | None:
        text = self._seen(link)
        if not WORDY.search(text) and (images := link.find("image")):
            text = self._source[slice(*images[0].inner)]
            if leads_to_code(link.url):
                return "code"
            if leads_to_paper(link.url):
                return "paper"
        found = label_of(text)
        if found is None and text.startswith("http") and not leads_to_code(link.url):
            key = _URL_KEY.search(self._source[max(0, link.start - _LONGEST_KEY) : link.start])
            found = "page" if key and label_of(key["name"]) == "page" else None
        if found is None and self._title and link is not self._title.link and is_meta_text(text.strip(EDGE)):
            return "paper"
        if leads_to_code(link.url) and (found is None or is_neutral(text)):
            return "code"
        return found


def _ids_of(url: str) -> str | None:
    found = ID.search(url) if "arxiv" in url.casefold() else None
    return found[0].split("v")[0] if found else None
