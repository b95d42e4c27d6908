"""Find the title of an entry: a link, emphasised or quoted words, or plain words, with the nickname before it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from agent.core.catalog.formats.inline import Node, unescape, visible
from agent.core.catalog.formats.style import Piece, References
from agent.core.catalog.pieces.dates import find_dates
from agent.core.catalog.pieces.labels import label_of
from agent.core.catalog.pieces.names import ALPHA_KEY, INITIALS, Manner, read_names
from agent.core.catalog.pieces.venues import find_venue
from agent.core.catalog.reading.cited import LEADS, LONGEST_TITLE, CitedReader
from agent.core.catalog.reading.leads import begins_dated, lead_length
from agent.core.catalog.reading.scanned import (
    EDGE,
    ID,
    LETTER,
    NAME_WORDS,
    SHORTCODE,
    WORDY,
    before,
    is_meta_text,
)

_CITED_ASIDE: Final = re.compile(r"\s*\([^()]{3,60}\b(?:19|20)\d\d\)[\s.:,]*")
_SETS_OFF: Final = re.compile(r"\s+(?:-{1,3}|\u2013|\u2014)\s+|\s*[:\uff1a]\s*")
_TITLE_CASE: Final = 0.6
_PICTURE: Final = re.compile(r"[\u2600-\u27bf\U0001f000-\U0001faff]")
"""An emoji before a few words tells what they are about: they are no name."""
_MOST_TITLE_WORDS: Final = 40
"""No title is longer: where authors may begin is not looked for beyond."""
CITATION_KEY: Final = re.compile(r"(?P<name>[^\W\d_a-z][\w'\u2019-]+)(?P<more>\+| et al\.?)")
_CITED_GROUP: Final = re.compile(r"(?P<names>.+?\bet al\.?|.+),\s+(?P<rest>[^,]+)")
COINED: Final = re.compile(r"\d|[a-z][A-Z]|^[A-Z]{2,}")
_KEY: Final = re.compile(rf"\[{ALPHA_KEY.pattern}\]")
_CUT_NAMES: Final = re.compile(r"[^,.:]{2,40} et al\b")
_TAG: Final = re.compile(r"<[^<>]*>")
_TITLE_DATE: Final = re.compile(r",\s*$")
_AUTHOR_COMMA: Final = re.compile(r",\s+|\uff0c\s*|\s+[-\u2013\u2014|]\s+|\s+by\s+|(?<=[?!])\s+|\.\s+")


class Title(NamedTuple):
    """Where a title stands, with the link it is and the nickname; ``split`` says that the title begins with it."""

    start: int
    end: int
    link: Node | None = None
    nickname: tuple[int, int] | None = None
    split: bool = False


class TitleReader(CitedReader):
    """Finds the title of a stretch of source."""

    def __init__(self, source: str, start: int, end: int, references: References) -> None:
        super().__init__(source, start, end, references)
        self._cited: Piece | None = None

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
        named = nickname_of(f"{self._seen(link)}: {words}") and read_names(words) is None
        titled = len(words.split()) > NAME_WORDS and not words[0].islower() and capitals >= _TITLE_CASE * len(longer)
        return run._replace(link=link, split=True) if named and titled else None

    def _is_strong(self, group: Node) -> bool:
        """Return whether quoted or emphasised words are long enough for a title, and no names."""
        return self._words(group) > NAME_WORDS and self._is_title_text(self._seen(group)) and not self._is_names(group)

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

    def _unlinked(self) -> Title | None:
        usable = [n for n in self._groups if self._is_title_text(self._seen(n)) and not self._is_parenthesised(n)]
        quotes = [
            n
            for n in usable
            if n.kind == "quote" and (self._words(n) > 1 or self._stands_alone(n)) and self._leads(n, most=6)
        ]
        bolds = (n for n in usable if n.kind == "bold" and not self._is_key(n))
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

    def _is_key(self, bold: Node) -> bool:
        """Return whether words in bold are but authors and a year in brackets: ``**[Miller et al., 2024]**``."""
        return [node.kind for node in bold.children] == ["bracket"] and self._is_cited(bold.children[0])

    def _stands_alone(self, quote: Node) -> bool:
        """Return whether an entry begins with one word in quotes, which is set off from what follows."""
        ended = self._seen(quote).strip('"\u201c\u201d')[-1:] in (",", ".")
        after = self._source[quote.end : self._end].lstrip()[:1]
        return not self._source[self._start : quote.start].strip(EDGE) and (ended or after in tuple(",.([|"))

    def _is_parenthesised(self, group: Node) -> bool:
        """Return whether emphasised words are all that stands in parentheses: ``(*A Journal*) Title``."""
        around = (self._source[group.start - 1 : group.start], self._source[group.end : group.end + 1])
        return group.kind != "quote" and around in (("(", ")"), ("\uff08", "\uff09"))

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
        if italic and words <= NAME_WORDS < self._words(italic) and _CITED_ASIDE.fullmatch(between):
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

    def _begins(self, run: Title, after: int) -> bool:
        """Return whether a run of plain words follows at once, and is no sentence about what came before."""
        between = self._source[after : run.start]
        first = self._source[run.start : run.start + 1]
        name = self._text(*run.nickname) if run.nickname and "|" in between else ""
        apart = " :*_]\uff1a)-\u2013.,|" if name and self._goes_on_with(name, run.start) else " :*_]\uff1a)-\u2013.,"
        return not between.strip(apart) and not (first.islower() and "." in between)

    def _quoted_in(self, link: Node) -> Node | None:
        """Return the quoted title of a citation that is all one link: ``[Miller, Ada, et al. "Title." ...](...)``."""
        quote = next((child for child in link.children if child.kind == "quote" and self._words(child) > 1), None)
        if quote is None:
            return None
        before = self._source[link.inner[0] : quote.start].strip()
        return quote if "," in before and read_names(unescape(before), sure=True) is not None else None

    def _titled(self, node: Node, link: Node | None, name: tuple[int, int] | None = None) -> Title:
        if node is link and (quote := self._quoted_in(node)) is not None:
            return Title(*self._trim(*quote.inner, children=quote.children), link, name)
        start, end = node.inner
        first = next((c for c in node.children if c.kind != "text" or self._source[c.start : c.end].strip()), None)
        if first and first.kind in ("bracket", "paren") and self._is_meta(first) and first.end < end:
            start = first.end  # ``**[2024.01] Title**``
        last = node.children[-1] if node.children else None
        if last and last is not first and last.kind in ("bracket", "paren") and self._is_dated(last):
            end = last.start  # ``[Title (NeurIPS 2023)](...)``
        if first and first.kind == "tag" and last and last.kind == "tag" and first.end < last.start:
            start, end = first.end, last.start  # ``*<li>Title</li>*``
        if node is link and (date := self._ending_date(start, end)) is not None:
            end = date
        start, end = self._trim(start, end, children=node.children)
        if name is None and link is not None and (parts := self._parted(node)) is not None:
            return Title(*self._trim(*parts[1]), link, self._trim(*parts[0]), split=True)
        return Title(start, end, link, name or self._name_before(node.start))

    def _ending_date(self, start: int, end: int) -> int | None:
        """Return where a date with a month begins that ends the words of a link after a comma: ``Title, Feb 2024``."""
        for date in find_dates(self._source, start, end):
            before = _TITLE_DATE.search(self._source[start : date.start])
            if date.month and before and not self._source[date.end : end].strip(EDGE):
                return start + before.start()
        return None

    def _is_dated(self, group: Node) -> bool:
        """Return whether a group holds a venue with its year, or a date with a month."""
        text = self._seen(group).strip(EDGE)
        return is_meta_text(text) and ID.search(text) is None and any(True for _ in find_dates(text))

    def _parted(self, link: Node) -> tuple[tuple[int, int], tuple[int, int]] | None:
        """Return the name and the rest of a title of which only one is marked: ``[SAM: **Cut It Out**]``."""
        seen = [child for child in link.children if self._source[child.start : child.end].strip()]
        kinds = [child.kind for child in seen]
        if kinds in (["bold", "text"], ["code", "text"]) and self._words(seen[0]) <= NAME_WORDS:
            colon = (
                self._source[slice(*seen[0].inner)].rstrip() + self._source[seen[1].start : seen[1].end].lstrip()[:1]
            )
            return (self._bare_name(*seen[0].inner), seen[1].inner) if re.search(r"[:\uff1a].?$", colon) else None
        if kinds not in (["text", "bold"], ["text", "italic"]):
            return None
        name = self._source[seen[0].start : seen[0].end].rstrip()
        short = name.endswith((":", "\uff1a")) and len(name.split()) <= NAME_WORDS
        return (seen[0].inner, seen[1].inner) if short else None

    def _name_before(self, stop: int) -> tuple[int, int] | None:
        """Return the short name that stands before a title: in bold or brackets, or before a colon."""
        for leaf in reversed(self._leaves):
            if leaf.node.end > stop or leaf.linked:
                continue
            text = self._source[leaf.node.start : leaf.node.end]
            words = unescape(text).strip(EDGE)
            if not words or self._is_in_shortcode(leaf.node, stop):
                continue
            if not LETTER.search(words) or ("," in words and colon_names(text) is not None):
                return None
            if leaf.parents and leaf.parents[0].kind == "paren" and self._is_beside_name(leaf.parents[0]):
                continue
            grouped = any(parent.kind in ("bold", "bracket", "paren", "code") for parent in leaf.parents)
            colon = text.rstrip().endswith((":", "\uff1a"))
            bare = COINED.search(words) or self._goes_on_with(words, stop)
            if len(words.split()) > NAME_WORDS or not (grouped or colon or bare) or _PICTURE.match(words):
                return None
            if INITIALS.match(words):
                return None
            if not self._is_title_text(words) and not self._goes_on_with(words, stop):
                return None
            if not (grouped or colon) and " " in words:
                return None
            return self._bare_name(leaf.node.start, leaf.node.end)
        return None

    def _is_beside_name(self, paren: Node) -> bool:
        """Return whether parentheses say more of the name in bold before them: ``**SAM** (Acme, 7B) "Title"``."""
        bold = next((node for node in self._nodes if node.kind == "bold" and node.end <= paren.start), None)
        return bold is not None and not self._source[bold.end : paren.start].strip()

    def _is_in_shortcode(self, node: Node, stop: int) -> bool:
        """Return whether a stretch is a part of ``:game_die:``, which the underscore parts."""
        if self._source[node.start - 1 : node.start] != "_" and self._source[node.end : node.end + 1] != "_":
            return False
        codes = SHORTCODE.finditer(self._source, self._start, stop)
        return any(code.start() <= node.start < code.end() for code in codes)

    def _goes_on_with(self, words: str, at: int) -> bool:
        """Return whether the source from there on begins with these words, in any case."""
        return re.match(rf"\W*{re.escape(words)}\b", self._source[at : self._end], re.IGNORECASE) is not None

    def _bare_name(self, start: int, end: int) -> tuple[int, int]:
        """Return a nickname's stretch without brackets around it."""
        start, end = self._trim(start, end)
        if self._source[start : start + 1] in ("(", "[") and self._source[end - 1 : end] in (")", "]"):
            return start + 1, end - 1
        return start + (self._source[start] in "(["), end

    def _plain(self, start: int, name: tuple[int, int] | None) -> Title | None:
        """Return the plain words from ``start`` to what ends a title: a link, a date, authors, a venue."""
        begin = self._first_word(start)
        if begin is None:
            return None
        if name is None and (tagged := self._tag(begin)) is not None:
            name, begin = tagged
        if start == self._start and name is None and (cited := self._citation(begin)) is not None:
            self._cited, begin = cited
        stop = self._end
        for node in self._nodes:
            if node.start <= begin:
                continue
            if node.kind in ("link", "image", "pipe", "tag") or (node.kind == "break" and self._ends_line(node)):
                stop = node.start
                break
            if node.kind == "italic" and (self._is_names(node) or self._words(node) > 2 or self._is_meta(node)):
                stop = node.start
                break
            if node.kind in ("bracket", "paren", "code", "bold") and (
                self._is_meta(node)
                or self._seen(node).lstrip("([ ").startswith("@")
                or self._is_boxed(node)
                or (node.kind == "paren" and (self._is_cited(node) or self._is_authors(node)))
            ):
                stop = node.start
                break
        text = self._source[begin:stop]
        stop = begin + self._cut(text)
        if leading := LEADS.search(self._source[begin:stop]):
            stop = begin + leading.start()
        start, end = self._trim(begin, stop)
        whole = next((n for n in self._nodes if (n.start, n.end) == (start, end) and n.kind == "bracket"), None)
        whole = whole if self._source[end : self._end].strip() else None
        start, end = self._trim(*whole.inner) if whole else (start, end)
        return Title(start, end, None, name) if end > start else None

    def _is_cited(self, group: Node) -> bool:
        """Return whether parentheses hold authors with a date or venue: ``(Miller et al., Jan. 2024)``."""
        found = _CITED_GROUP.fullmatch(self._seen(group).strip("()\uff08\uff09[] "))
        return found is not None and is_meta_text(found["rest"]) and read_names(found["names"], sure=True) is not None

    def _is_authors(self, group: Node) -> bool:
        """Return whether parentheses hold several authors, or one with ``et al``: ``(Ada Miller, Bo Chen)``."""
        named = read_names(self._seen(group).strip("()\uff08\uff09 "))
        whole = named is not None and len(named[0]) > 1 and all(" " in name for name in named[0])
        return named is not None and (whole or named[1].most is not None)

    def _is_boxed(self, node: Node) -> bool:
        """Return whether a group is code in bold, or brackets with nothing but code: where the paper appeared, or what
        it is about, in lists that print this so."""
        if node.kind in ("bracket", "paren"):
            seen = [child for child in node.children if self._source[child.start : child.end].strip()]
            return bool(seen) and all(child.kind == "code" or self._is_boxed(child) for child in seen)
        return node.kind == "bold" and [child.kind for child in node.children] == ["code"]

    def _tag(self, begin: int) -> tuple[tuple[int, int], int] | None:
        """Return the short name in brackets, parentheses or code that plain words begin with, and where they go on."""
        kinds = ("bracket", "paren", "code")
        node = next((n for n in self._nodes if n.kind in kinds and begin in (n.start, n.inner[0])), None)
        if node is None or self._words(node) > NAME_WORDS:
            return None
        if node.kind == "paren" and not (
            COINED.search(self._seen(node).strip("()")) and self._source[node.end].isspace()
        ):
            return None  # ``(Almost) Free Lunch``
        last = node
        for after in self._nodes[self._nodes.index(node) + 1 :]:  # ``[Planning] [Robots] Title``
            if after.kind == "bracket" and self._words(after) <= NAME_WORDS and not self._is_meta(after):
                last = after
            elif self._source[after.start : after.end].strip():
                break
        rest = re.match(r"[\s:.-]*(?=\w)", self._source[last.end : self._end])
        if rest and node.kind == "code" and self._source[last.end + rest.end()].islower():
            return None  # what follows is said of it
        return (self._bare_name(*node.inner), last.end + rest.end()) if rest else None

    def _ends_line(self, node: Node) -> bool:
        """Return whether what follows a line break begins with a link or emphasis, or nothing follows.

        After a hard break (``<br>``, a backslash, two blanks) a date, venue or authors end the title too.
        """
        after = self._source[node.end : self._end].lstrip()
        if after[:1] in ("", "[", "*", "_", "<", "!", "-") or after.startswith(": "):
            return True
        line = re.split(r"[\[<\n]", after, maxsplit=1)[0].strip()
        if line.startswith("(") and line.endswith(")"):
            line = line[1:-1]
            if read_names(line, sure=True) is not None and self._source[node.start : node.end] != "\n":
                return True
        if self._source[node.start : node.end] == "\n" or not line:
            return False
        venue = find_venue(line, 0, len(line), alone=True)
        starts = [found.start for found in find_dates(line)] + ([venue.start] if venue else [])
        return 0 in starts or read_names(line.rstrip(" |")) is not None

    def _cut(self, text: str) -> int:
        """Return where a title ends that runs on into authors, a venue or a date."""
        limit = self._end_before_meta(text)
        rest = text[:limit]
        for match in _AUTHOR_COMMA.finditer(rest):
            words = rest[: match.start()].split()
            if match.start() > LONGEST_TITLE or len(words) > _MOST_TITLE_WORDS:
                break
            tail = re.sub(r"[\s,]+(?:in|at|@)\W*$", "", rest[match.end() :]).rstrip(" .,;:([*_-\u2013\u2014|\uff0c")
            if len(words) >= 2 and (re.search(r",| et al| and |\u7b49$", tail) or match[0].strip() in ("by", "-")):
                named = read_names(tail)
                cited = re.search(r"et al|\u7b49$", tail)
                # ``Privacy, Robustness, and Fairness`` are words of a title, no surnames.
                whole = named is not None and any(re.search(r"\s|\.|[\u4e00-\u9fff]", name) for name in named[0])
                if named and (cited or (len(named[0]) > 1 and (whole or "and" not in tail))):
                    return match.start()
        return limit

    def _first_word(self, start: int) -> int | None:
        for leaf in self._leaves:
            if leaf.node.end <= start or leaf.linked:
                continue
            begin = max(leaf.node.start, start)
            text = self._source[begin : leaf.node.end]
            grouped = next((p for p in leaf.parents if p.kind in ("bracket", "paren", "code")), None)
            if grouped is not None and (
                self._is_meta(grouped)
                or label_of(self._seen(grouped))
                or begins_dated(self._seen(grouped).strip(EDGE))
                or any(self._is_parenthesised(parent) for parent in leaf.parents)
                or is_citation_key(self._seen(grouped).strip(EDGE))
                or (grouped.kind == "bracket" and self._is_cited(grouped))
            ):
                continue
            if is_meta_text(text.strip(EDGE)) and self._source.startswith(("</td", "|"), leaf.node.end):
                continue  # a cell of a year or venue, or what a pipe sets off: ``2019 | Title | Authors``
            rest = text
            if leading := lead_length(rest):
                begin += leading
                rest = rest[leading:]
            if found := WORDY.search(SHORTCODE.sub(lambda m: "\0" * len(m[0]), rest)):
                opened = rest[: found.start()]
                keep = len(opened) - len(re.search(r"[(\"\u201c\[]*$", opened)[0])  # type: ignore[index]
                if (
                    any(p.kind in ("paren", "quote", "bracket") and p.inner[0] == leaf.node.start for p in leaf.parents)
                    and not keep
                ):
                    return leaf.parents[0].start
                return begin + keep
        return None

    def _is_title_link(self, node: Node, parents: Sequence[Node]) -> bool:
        text = self._seen(node)
        if (
            node.url.startswith(("#", "mailto:"))
            or text.startswith("^")
            or not WORDY.search(text)
            or not self._is_title_text(text)
        ):
            return False
        if text.startswith(("http://", "https://", "www.")) or _KEY.fullmatch(text):
            return False
        boxed = next((parent for parent in parents if parent.kind in ("bracket", "paren")), None)
        if boxed is None and text.startswith("[") and text.endswith("]"):
            boxed = node  # ``[`[official code]`](...)``
        inside = (
            next((child for child in node.children if child.kind == "bracket"), None)
            if len(text.split()) <= NAME_WORDS
            else None
        )
        if boxed is not None or (inside is not None and visible(self._source, [inside]) == text):
            return not self._prose((boxed or node).start, most=0) and not any(
                p.kind == "bold" for p in before(self._nodes, node.start)
            )
        return True


def nickname_of(title: str) -> str:
    """Return the nickname that a title begins with before its colon, such as ``SpoonPick``, or an empty text."""
    before, colon, after = title.partition(":")
    words = before.split()
    if not colon or not after.strip() or not 1 <= len(words) <= NAME_WORDS or len(before) > 32:
        return ""
    coined = any(re.search(r"\d|.[^\W\d_a-z]|[^\w\s-]", word) for word in words)
    return (
        before.strip()
        if (len(words) == 1 and words[0][0].isupper())
        or (coined and words[0][0].isupper())
        or (coined and len(words) == 1)
        else ""
    )


def colon_names(text: str) -> tuple[tuple[str, ...], Manner] | None:
    """Return the several authors, or the one with ``et al``, that a text with a colon at its end names; else None."""
    left = text.rstrip()
    named = read_names(unescape(left[:-1])) if left.endswith((":", "\uff1a")) else None
    return named if named is not None and (len(named[0]) > 1 or named[1].most is not None) else None


def is_citation_key(text: str) -> bool:
    """Say whether a text names the first author with where or when a paper appeared: ``Miller et al. CVPR24``."""
    return (found := CITATION_KEY.match(text)) is not None and is_meta_text(text[found.end() :].strip(EDGE))
