"""Read one entry's source into its pieces: title, nickname, links, dates, venue, authors, and what is left."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from agent.core.arxiv.ids import abs_url
from agent.core.catalog.formats.dates import find_dates
from agent.core.catalog.formats.inline import Node, scan, unescape, visible
from agent.core.catalog.formats.labels import is_label_text, label_of, leads_to_code, leads_to_paper
from agent.core.catalog.formats.names import read_names
from agent.core.catalog.formats.style import Piece, PieceKind, Reading, References
from agent.core.catalog.formats.venues import PrintedVenue, find_venue, is_person

_EDGE: Final = (
    " \t\r\n.,;:|/+-\u2013\u2014\u2212()[]{}*_~\"'`\u201c\u201d\u2018\u2019\uff0c\u3002\uff1a\uff1b\u3001\uff08\uff09"
    "\u3010\u3011\u300a\u300b\u300c\u300d<>\u00b7\u2022\u00a0\\="
)
_TITLE_EDGE: Final = " \t\r\n|:,;-\u2013\u2014\u00a0\uff1a\uff0c"
_ID: Final = re.compile(r"(?<![\d.])\d{4}\.\d{4,5}(?:v\d+)?(?![\d.]\d|\d)")
_SHORTCODE: Final = re.compile(r":[a-z0-9_+-]+:")
_ENTITY: Final = re.compile(r"&#?\w+;$")
_SPACE_ENTITY: Final = re.compile(r"&(?:nbsp|emsp|ensp|thinsp);?")
_GROUPS: Final = frozenset({"bold", "italic", "quote", "bracket", "paren", "code"})
_SOLID: Final = frozenset({"text", "quote", "paren", "bracket", "italic", "bold", "code"})
_NAME_WORDS: Final = 3
_REPOSITORY: Final = re.compile(
    r"img\.shields\.io/github/[\w/-]*?/([\w.-]+/[\w.-]+?)(?:\.svg|\.png|\?|$)|(?:github\.com|gitlab\.com)/([\w.-]+/[\w.-]+)"
)
_NAMED: Final = re.compile(r"(?=.*(?:\d|[^\W\d_][^\W\d_a-z]|[a-z][A-Z]))|^[A-Z]")
_ICON: Final = re.compile(r"shields\.io|badge|icon|logo|arxiv|pdf|paper\.", re.IGNORECASE)
_SENTENCE: Final = re.compile(r"(?<=[^\W\d_]{2})[.?!](?=\s+\S)|(?<=[)\d])\.(?=\s+\S)")
_CITED: Final = re.compile(r"[.,]?\s*\(?(?:19|20)\d\d[a-z]?\)?[.,:]\s+")
_FULL_STOP: Final = re.compile(r"(?<!\b[A-Z])\.\s+")
_LONGEST_NAMES: Final = 400
_LONGEST_VENUE: Final = 40
_CITED_YEAR: Final = re.compile(
    r"(?:(?P<names>[^\d()]*(?:\bet al\.?|\band\b|&)[^\d()]*?),?|(?P<lone>[^\d()]{4,40}\.))"
    r"\s+(?P<year>(?:19|20)\d\d)\W*$"
)
_AUTHOR_COMMA: Final = re.compile(r",\s+|\s+[-\u2013\u2014|]\s+|\s+by\s+|\.\s+")


class _Title(NamedTuple):
    start: int
    end: int
    link: Node | None = None
    nickname: tuple[int, int] | None = None
    split: bool = False


class _Leaf(NamedTuple):
    """A visible stretch with the groups and the link it stands in."""

    node: Node
    parents: tuple[Node, ...]

    @property
    def linked(self) -> bool:
        return any(parent.kind == "link" for parent in self.parents)


def read_entry(source: str, start: int, end: int, references: References, *, titled: bool = True) -> Reading:
    """Return what a stretch of source says as one entry, list marker excluded.

    ``titled`` is False for a stretch without a title, such as a table cell with links only.
    """
    return _Reader(source, start, end, references).read(titled=titled)


def nickname_of(title: str) -> str:
    """Return the nickname that a title begins with before its colon, such as ``SpoonPick``, or an empty text."""
    before, colon, after = title.partition(":")
    words = before.split()
    if not colon or not after.strip() or not 1 <= len(words) <= _NAME_WORDS or len(before) > 32:
        return ""
    coined = any(re.search(r"\d|.[^\W\d_a-z]|[^\w\s-]", word) for word in words)
    return (
        before.strip()
        if (len(words) == 1 and words[0][0].isupper())
        or (coined and words[0][0].isupper())
        or (coined and len(words) == 1)
        else ""
    )


class _Reader:
    def __init__(self, source: str, start: int, end: int, references: References) -> None:
        self._source = source
        self._start, self._end = start, end
        self._nodes = scan(source, start, end, references)
        self._walked = list(_walk(self._nodes, ()))
        self._leaves = list(_leaves(self._nodes, ()))
        self._pieces: list[Piece] = []
        self._authors: tuple[str, ...] = ()
        self._venue: PrintedVenue | None = None
        self._dates: list[tuple[int, int, int]] = []
        self._links: list[tuple[Node, Node]] = []
        self._title: _Title | None = None
        self._cited: Piece | None = None
        self._cited_names: tuple[str, ...] = ()

    def read(self, *, titled: bool) -> Reading:
        title = self._find_title() if titled else None
        if title and title.nickname and not title.split and self._lists_several(title):
            title = title._replace(nickname=None)  # what stands before several papers is their subject
        self._title = title
        anchor = any(node.kind == "link" and node.url.startswith("#") for node, _ in self._walked)
        if title:
            self._piece("title", title.start, title.end)
            if title.nickname and not self._in_link(title.nickname):
                self._piece("nickname", *title.nickname)
        self._read_meta(self._nodes, sure=False)
        url = self._read_links()
        text = self._text(title.start, title.end) if title else ""
        nickname = self._text(*title.nickname) if title and title.nickname else ""
        if title and title.split and title.nickname:
            text = self._text(title.nickname[0], title.end)
        if url is None and (printed := next((p for p in self._pieces if p.kind == "id"), None)):
            url = abs_url(self._source[printed.start : printed.end].split("v")[0])
        if (
            url is None
            and (bare := next((n for n, _ in self._links if n.url and not n.url.startswith("#")), None))
            and not text
        ):
            text = url = bare.url
        venue = self._venue
        name = f"{venue.venue.name} {venue.track}".replace(",", " ").split() if venue else []
        year = venue.year if venue and venue.year else next((d[0] for d in self._dates), None)
        dated = (
            max([*self._dates, (venue.date if venue and venue.date else (0, 0, 0))], key=lambda d: (d[1] > 0, d[2] > 0))
            if self._dates or venue
            else (0, 0, 0)
        )
        return Reading(
            source=self._source,
            title=text,
            url=url,
            authors=self._authors,
            venue=" ".join(name) or None,
            year=year,
            nickname=nickname,
            pieces=tuple(sorted(self._pieces, key=lambda piece: (piece.start, piece.end))),
            split=bool(title and title.split),
            anchor=anchor,
            dated=dated,
        )

    def _lists_several(self, title: _Title) -> bool:
        """Whether an entry links further titles of papers beside its own."""
        links = (node for node, _ in self._walked if node.kind == "link" and node is not title.link)
        return title.link is not None and any(
            self._words(link) > _NAME_WORDS and leads_to_paper(link.url) and link.url != title.link.url
            for link in links
        )

    def _in_link(self, span: tuple[int, int]) -> bool:
        """Return whether a nickname is a link of its own, which leads to the code or page of its paper."""
        links = [node for node, _ in self._walked if node.kind == "link"]
        own = self._title.link if self._title else None
        return any(link is not own and link.inner[0] <= span[0] and span[1] <= link.inner[1] for link in links)

    def _text(self, start: int, end: int) -> str:
        return visible(self._source, _within(self._nodes, start, end))

    def _piece(self, kind: PieceKind, start: int, end: int, **more: object) -> None:
        if end > start:
            self._pieces.append(Piece(kind, start, end, **more))  # type: ignore[arg-type]

    # -- the title -------------------------------------------------------------------------------------------------

    def _find_title(self) -> _Title | None:
        links = [
            (node, parents)
            for node, parents in self._walked
            if node.kind == "link" and not any(p.kind == "link" for p in parents)
        ]
        groups = [
            (node, parents)
            for node, parents in self._walked
            if node.kind in ("quote", "bold", "italic")
            and not any(p.kind == "link" for p in parents)
            and not any(child.kind == "link" for child in node.walk())
        ]
        titles = [node for node, parents in links if self._is_title_link(node, parents)]
        strong = [
            node
            for node, _ in groups
            if self._words(node) > _NAME_WORDS and self._is_title_text(self._seen(node)) and not self._is_names(node)
        ]
        if titles:
            first = titles[0]
            beside = next((n for n, _ in groups if self._follows(n, first)), None)
            if self._words(first) <= _NAME_WORDS and (beside or not self._paper(first)):
                later = next((n for n in titles[1:] if self._words(n) > _NAME_WORDS or self._paper(n)), None)
                chosen = strong[0] if strong else beside or later
                if chosen is not None:
                    name = self._trim(*first.inner) if first.start < chosen.start else None
                    return self._titled(chosen, chosen if chosen.kind == "link" else None, name)
            if (
                self._words(first) <= _NAME_WORDS
                and strong
                and strong[0].start < first.start
                and strong[0].kind != "italic"
            ):
                return self._titled(strong[0], None)
            return self._titled(first, first)
        if len(links) == 1 and not groups and self._names_a_page(links[0][0]):
            return self._titled(links[0][0], links[0][0])
        return self._unlinked(groups)

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
        return apart and titled and self._words(link) < _NAME_WORDS

    def _unlinked(self, groups: Sequence[tuple[Node, tuple[Node, ...]]]) -> _Title | None:
        usable = [node for node, parents in groups if self._is_title_text(self._seen(node))]
        quotes = [n for n in usable if n.kind == "quote" and self._words(n) > 1 and self._leads(n, most=6)]
        bold = next((n for n in usable if n.kind == "bold"), None)
        if quotes and not (
            bold and self._words(bold) > _NAME_WORDS + 2 and not bold.start <= quotes[0].start < bold.end
        ):
            return self._titled(quotes[0], None)
        if bold is not None and self._leads(bold, most=8):
            return self._from_bold(bold, usable)
        italic = next((n for n in usable if n.kind == "italic"), None)
        if (
            italic is not None
            and not self._is_names(italic)
            and self._leads(italic, most=1)
            and self._words(italic) > 1
        ):
            return self._titled(italic, None)
        return self._plain(self._start, None)

    def _leads(self, node: Node, *, most: int) -> bool:
        """Return whether an entry begins with this group: few words stand before it, or only authors and a year."""
        if not self._prose(node.start, most=most):
            return True
        before = self._source[self._start : node.start].rstrip(' \t"\u201c*_')
        before = re.sub(r"^[^\w\[(]+|[.,:\s]*\(?(?:19|20)\d\d[a-z]?\)?[.,:]?$", "", before)
        return self._words(node) > _NAME_WORDS and read_names(before, sure=True) is not None

    def _from_bold(self, bold: Node, usable: Sequence[Node]) -> _Title | None:
        italic = next((n for n in usable if n.kind == "italic" and n.start >= bold.end), None)
        between = self._source[bold.end : italic.start] if italic else "x"
        name = self._bare_name(*bold.inner)
        shown = self._source[slice(*bold.inner)].rstrip()
        if (
            italic
            and not between.strip(_EDGE)
            and self._words(bold) <= _NAME_WORDS
            and not self._is_names(italic)
            and self._words(italic) > 1
        ):
            split = shown.endswith((":", "\uff1a")) or between.lstrip("*_ ").startswith((":", "\uff1a"))
            named = self._text(*italic.inner).casefold().startswith(self._text(*name).casefold())
            return self._titled(italic, None, name)._replace(split=split and not named)
        after = self._source[bold.end : self._end]
        colon = shown.endswith((":", "\uff1a")) or after.lstrip().startswith((":", "\uff1a"))
        if colon and self._words(bold) <= 6:
            run = self._plain(bold.end, name)
            if run is not None and self._begins(run, bold.end):
                return run._replace(split=True)
        if self._words(bold) <= _NAME_WORDS and not shown.endswith("."):
            run = self._plain(bold.end, name)
            run = None if run and read_names(self._text(run.start, run.end)) else run
            if (
                run is not None
                and len(self._text(run.start, run.end).split()) > _NAME_WORDS
                and self._begins(run, bold.end)
            ):
                return run
        return self._titled(bold, None)

    def _begins(self, run: _Title, after: int) -> bool:
        """Return whether a run of plain words follows at once, and is no sentence about what came before."""
        between = self._source[after : run.start]
        first = self._source[run.start : run.start + 1]
        return not between.strip(" :*_]\uff1a)-\u2013.,") and not (first.islower() and "." in between)

    def _titled(self, node: Node, link: Node | None, name: tuple[int, int] | None = None) -> _Title:
        start, end = self._trim(*node.inner, children=node.children)
        return _Title(start, end, link, name or self._name_before(node.start))

    def _name_before(self, stop: int) -> tuple[int, int] | None:
        """Return the short name that stands before a title: in bold or brackets, or before a colon."""
        leaves = [leaf for leaf in self._leaves if leaf.node.end <= stop and not leaf.linked]
        for leaf in reversed(leaves):
            text = self._source[leaf.node.start : leaf.node.end]
            words = unescape(text).strip(_EDGE)
            if not words:
                continue
            grouped = any(parent.kind in ("bold", "bracket", "paren", "code") for parent in leaf.parents)
            colon = text.rstrip().endswith((":", "\uff1a"))
            if len(words.split()) > _NAME_WORDS or not (grouped or colon) or not self._is_title_text(words):
                return None
            return self._bare_name(leaf.node.start, leaf.node.end) if re.search(r"[^\W\d_]", words) else None
        return None

    def _bare_name(self, start: int, end: int) -> tuple[int, int]:
        """Return a nickname's stretch without brackets around it."""
        start, end = self._trim(start, end)
        if self._source[start : start + 1] in ("(", "[") and self._source[end - 1 : end] in (")", "]"):
            return start + 1, end - 1
        return start + (self._source[start] in "(["), end

    def _plain(self, start: int, name: tuple[int, int] | None) -> _Title | None:
        """Return the plain words from ``start`` to what ends a title: a link, a date, authors, a venue."""
        begin = self._first_word(start)
        if begin is None:
            return None
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
            if node.kind in ("bracket", "paren", "code", "bold") and self._is_meta(node):
                stop = node.start
                break
        text = self._source[begin:stop]
        stop = begin + self._cut(text)
        if leading := re.search(r",\s+(?:in|at|@)\s*$", self._source[begin:stop], re.IGNORECASE):
            stop = begin + leading.start()
        start, end = self._trim(begin, stop)
        return _Title(start, end, None, name) if end > start else None

    def _citation(self, begin: int) -> tuple[Piece, int] | None:
        """Return the authors that a citation begins with, and where its title begins: ``Miller, A. (2024). Title``."""
        limits = (node.start for node in self._nodes if node.start > begin and node.kind not in ("text", "paren"))
        text = self._source[begin : min(next(limits, self._end), begin + _LONGEST_NAMES)]
        dated = _CITED.search(text)
        ends = [(dated.start(), dated.end(), True)] if dated else []
        ends += [(found.start(), found.end(), False) for found in _FULL_STOP.finditer(text)]
        for end, after, sure in ends:
            end += bool(re.search(r"\b[A-Z]$|\bal$", text[:end])) and text[end : end + 1] == "."
            left = text[:end]
            named = read_names(unescape(left), sure=sure and re.search(r",|\b[A-Z]\.", left) is not None)
            if named is not None and len(text[after:].split()) >= _NAME_WORDS:
                self._cited_names = named[0]
                return Piece("authors", begin, begin + end, manner=named[1]), begin + after
        return None

    def _ends_line(self, node: Node) -> bool:
        """Return whether what follows a line break begins with a link or emphasis, or nothing follows."""
        return self._source[node.end : self._end].lstrip()[:1] in ("", "[", "*", "_", "<", "!", "-")

    def _cut(self, text: str) -> int:
        """Return where a title ends that runs on into authors, a venue or a date."""
        venue = find_venue(text, 0, len(text), alone=False)
        known = (
            venue is not None
            and venue.start > 0
            and (venue.year is not None or text[: venue.start].rstrip()[-1:] in ".,(")
        )
        limit = venue.start if venue is not None and known and self._sets_off(text, venue.start) else len(text)
        dates = [
            found.start for found in find_dates(text, 0, limit) if found.month and self._sets_off(text, found.start)
        ]
        limit = min([limit, *dates])
        rest = text[:limit]
        for match in _AUTHOR_COMMA.finditer(rest):
            words = rest[: match.start()].split()
            tail = rest[match.end() :].rstrip(" .,;:([*_-\u2013\u2014|")
            if len(words) >= 2 and (
                "," in tail or " et al" in tail or " and " in tail or match[0].strip() in ("by", "-")
            ):
                named = read_names(tail)
                if named and (len(named[0]) > 1 or "et al" in tail):
                    return match.start()
        return limit

    def _sets_off(self, text: str, at: int) -> bool:
        return text[:at].rstrip()[-1:] in tuple(".,([-\u2013\u2014|:?!") or limit_words(text[at:])

    def _first_word(self, start: int) -> int | None:
        for leaf in self._leaves:
            if leaf.node.end <= start or leaf.linked:
                continue
            begin = max(leaf.node.start, start)
            text = self._source[begin : leaf.node.end]
            grouped = next((p for p in leaf.parents if p.kind in ("bracket", "paren", "code")), None)
            if grouped is not None and (self._is_meta(grouped) or label_of(self._seen(grouped))):
                continue
            rest = text
            if leading := _lead(rest):
                begin += leading
                rest = rest[leading:]
            if found := re.search(r"\w", _SHORTCODE.sub(lambda m: "\0" * len(m[0]), rest)):
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
        if node.url.startswith(("#", "mailto:")) or not re.search(r"\w", text) or not self._is_title_text(text):
            return False
        if text.startswith(("http://", "https://", "www.")):
            return False
        boxed = next((parent for parent in parents if parent.kind in ("bracket", "paren")), None)
        inside = (
            next((child for child in node.children if child.kind == "bracket"), None)
            if len(text.split()) <= _NAME_WORDS
            else None
        )
        if boxed is not None or (inside is not None and visible(self._source, [inside]) == text):
            return not self._prose((boxed or node).start, most=0) and not any(
                p.kind == "bold" for p in _before(self._nodes, node.start)
            )
        return True

    def _is_title_text(self, text: str) -> bool:
        text = text.strip(_EDGE)
        if not re.search(r"[^\W\d_]", text):
            return bool(re.search(r"\w", text)) and not any(True for _ in find_dates(text)) and not _ID.fullmatch(text)
        return label_of(text) is None and not is_meta_text(text)

    def _is_meta(self, node: Node) -> bool:
        """Return whether a group holds a link, a date or a venue."""
        if any(child.kind in ("link", "image") for child in node.walk()):
            return True
        text = self._seen(node).strip(_EDGE)
        return is_meta_text(text) or is_label_text(text)

    def _is_names(self, node: Node) -> bool:
        text = self._seen(node).strip('[]()"\u201c\u201d ')
        venue = find_venue(text, 0, len(text), alone=False)
        text = (text[: venue.start] if venue else text).rstrip(" .,;")
        return read_names(text, sure=len(text.split()) < 4) is not None and (
            "," in text or "et al" in text or " and " in text or "&" in text or len(text.split()) < 4
        )

    def _paper(self, node: Node) -> bool:
        return leads_to_paper(node.url)

    def _prose(self, stop: int, *, most: int) -> bool:
        """Return whether more than so many unlinked words stand before, dates, venues and marks aside."""
        count = 0
        for leaf in self._leaves:
            if leaf.node.end > stop:
                break
            if leaf.linked:
                continue
            text = unescape(self._source[leaf.node.start : leaf.node.end]).strip(_EDGE)
            if text and not is_meta_text(text):
                count += len(re.findall(r"\w+", _SHORTCODE.sub("", text)))
        return count > most

    def _seen(self, node: Node) -> str:
        return visible(self._source, node.children if node.children else [Node("text", *node.inner, node.inner)])

    def _words(self, node: Node) -> int:
        return len(self._seen(node).split())

    def _trim(self, start: int, end: int, children: Sequence[Node] = ()) -> tuple[int, int]:
        """Return the stretch without the marks around all of it, white space and the stop at its end."""
        source = self._source
        while True:
            before = (start, end)
            if closing := re.search(r"\s*(?::[a-z0-9_+-]+:\s*)+$", source[start:end]):
                end = start + closing.start()
            while start < end and source[start] in _TITLE_EDGE:
                start += 1
            while end > start and source[end - 1] in _TITLE_EDGE + ".[(":
                if (
                    end - start < 2
                    or source[end - 2] == "\\"
                    or (source[end - 1] == ";" and _ENTITY.search(source[start:end]))
                ):
                    break
                end -= 1
            for node in _within(self._nodes, start, end):
                if (
                    node.start == start
                    and node.end == end
                    and node.kind in _GROUPS
                    and node.kind not in ("paren", "bracket")
                ):
                    start, end = node.inner
            if (start, end) == before:
                return start, end

    # -- what is beside the title ----------------------------------------------------------------------------------

    def _read_meta(self, nodes: Sequence[Node], *, sure: bool, alone: bool = False) -> None:
        """Read all but the title and nickname: stretches of words, and the links, which are judged together later."""
        run: list[Node] = []
        for node in nodes:
            if node.kind in _SOLID and not self._holds(node):
                if node.kind in ("text", "paren", "quote") or (
                    node.kind == "italic" and self._seen(node).strip(" .,").casefold() == "et al"
                ):
                    run.append(node)
                    continue
                self._flush(run, sure=sure, alone=alone)
                self._stretch(node.start, node.end, sure=node.kind in ("italic", "bold"), alone=True)
                continue
            if node.kind == "break" and run and self._source[node.start : node.end] == "\n":
                run.append(node)  # a line that is merely wrapped
                continue
            self._flush(run, sure=sure, alone=alone)
            self._read_holder(node)
        self._flush(run, sure=sure, alone=alone)

    def _read_holder(self, node: Node) -> None:
        """Read a link, an image, or a group that holds one or a part of the title."""
        if node.kind == "link":
            self._links.append((node, node))
        elif node.kind == "image":
            self._image(node)
        elif node.children:
            single = self._single_link(node)
            if single is not None:
                self._links.append((single, node))
            else:
                self._read_meta(node.children, sure=node.kind == "italic", alone=node.kind in ("bracket", "paren"))

    def _holds(self, node: Node) -> bool:
        """Return whether a node holds a link, an image, or a part of the title."""
        if node.kind == "text":
            return False
        return any(child.kind in ("link", "image") for child in node.walk()) or bool(
            self._title
            and any(
                node.start <= spot[0] < node.end
                for spot in ((self._title.start, self._title.end), self._title.nickname or (-1, -1))
            )
        )

    def _single_link(self, node: Node) -> Node | None:
        links = [child for child in node.walk() if child.kind == "link"]
        if len(links) != 1 or (self._title and self._title.link is links[0]):
            return None
        words = self._source[node.start : links[0].start] + self._source[links[0].end : node.end]
        return links[0] if not re.search(r"\w", words) else None

    def _flush(self, run: list[Node], *, sure: bool, alone: bool) -> None:
        if run:
            self._stretch(run[0].start, run[-1].end, sure=sure, alone=alone)
            run.clear()

    def _stretch(self, start: int, end: int, *, sure: bool, alone: bool) -> None:
        """Read words that stand together, around the title and the nickname."""
        taken = (
            sorted(span for span in ((self._title.start, self._title.end), self._title.nickname) if span)
            if self._title
            else []
        )
        at = start
        for begin, stop in taken:
            if begin < end and stop > start:
                self._words_between(at, max(at, begin), sure=sure, alone=alone)
                at = min(stop, end)
        self._words_between(at, end, sure=sure, alone=alone)

    def _words_between(self, start: int, end: int, *, sure: bool, alone: bool) -> None:
        if not self._source[start:end].strip(_EDGE):
            return
        if authors := self._leading_authors(start, end):
            self._words_between(start, authors.start, sure=sure, alone=alone)
            self._pieces.append(authors)
            self._words_between(authors.end, end, sure=sure, alone=alone)
            return
        for found in _ID.finditer(self._source, start, end):
            if "arxiv" in self._source[start:end].casefold() or len(found[0]) >= 10:
                self._words_between(start, found.start(), sure=sure, alone=alone)
                self._piece("id", found.start(), found.end())
                self._words_between(found.end(), end, sure=sure, alone=alone)
                return
        if self._cited_year(start, end):
            return
        venue = find_venue(self._source, start, end, alone=alone or self._is_short(start, end))
        if venue is not None:
            if self._venue is None or (self._venue.year is None and venue.year):
                self._venue = venue
            self._words_between(start, venue.start, sure=sure, alone=False)
            self._piece("venue", venue.start, venue.end, venue=venue.venue)
            self._words_between(venue.end, end, sure=False, alone=False)
            return
        for date in find_dates(self._source, start, end):
            if date.form != "%y" and not self._in_prose(start, date.start, date.month):
                self._dates.append(date.key)
                self._words_between(start, date.start, sure=sure, alone=False)
                self._piece("date", date.start, date.end, form=date.form)
                self._words_between(date.end, end, sure=False, alone=False)
                return
        self._names(start, end, sure=sure)

    def _cited_year(self, start: int, end: int) -> bool:
        """Read authors with the year, as ``(Miller et al., 2024)``; say whether the stretch is that."""
        begin, stop = _strip(self._source, start, end)
        found = _CITED_YEAR.match(self._source, begin, stop)
        if found is None or self._authors or self._title is None or begin < self._title.end:
            return False
        lone = found["lone"]
        names = "lone" if lone else "names"
        named = read_names(unescape(found[names]), sure=True) if not lone or is_person(lone) else None
        date = next(find_dates(self._source, *found.span("year")), None)
        if named is None or date is None or find_venue(found[names], 0, len(found[names]), alone=False):
            return False
        self._authors = named[0]
        end = found.end(names) - found[names].endswith(".") * (named[1].most is None)
        self._piece("authors", found.start(names), end, manner=named[1])
        self._dates.append(date.key)
        self._piece("date", date.start, date.end, form=date.form)
        return True

    def _in_prose(self, start: int, at: int, month: int) -> bool:
        """Return whether a mere year ends words such as ``does a thing, in``."""
        before = self._source[start:at].rstrip()
        return not month and before[-1:].isalpha() and len(before.split()) > 2

    def _is_short(self, start: int, end: int) -> bool:
        return len(self._source[start:end].split()) <= 8

    def _names(self, start: int, end: int, *, sure: bool) -> None:
        source = self._source
        begin, stop = _strip(source, start, end)
        if begin >= stop:
            return
        after = self._title is not None and start >= self._title.end
        text = source[begin:stop]
        closing = re.match(r"\.?", source[stop:end])
        full = source[begin : stop + len(closing[0])] if closing and re.search(r"et al$|\b[A-Z]$", text) else text
        named = (
            read_names(unescape(re.sub(r"[*_]", "", full)), sure=sure and after)
            if after and not self._authors
            else None
        )
        if (
            named is None
            and after
            and not self._authors
            and (cut := re.search(r"[\s.,;:(]+(?:In|in|at|@|appeared in|published in)$", text))
        ):
            self._names(start, begin + cut.start(), sure=sure)
            lead = re.match(r"[\s.,;:(]*", cut[0])
            self._piece("words", begin + cut.start() + (lead.end() if lead else 0), stop)
            return
        if named:
            self._authors = named[0]
            self._piece("authors", begin, begin + len(full), manner=named[1])
            return
        seen = _SPACE_ENTITY.sub(" ", text)
        for code in _SHORTCODE.finditer(text):
            self._piece("mark", begin + code.start(), begin + code.end())
        seen = _SHORTCODE.sub("", seen)
        if not seen.strip(_EDGE) or is_label_text(seen):
            return
        if re.search(r"\w", seen):
            self._piece("words", begin, stop)
        else:
            self._piece("mark", begin, stop)

    def _leading_authors(self, start: int, end: int) -> Piece | None:
        """Return the authors that an entry begins with, as citations do, where its title is quoted or emphasised."""
        if self._title is None or self._authors or end > self._title.start:
            return None
        if self._cited is not None:
            self._authors = self._cited_names
            return self._cited
        begin = start + len(self._source[start:end]) - len(re.sub(r"^\W+", "", self._source[start:end]))
        before = self._source[: self._title.start]
        quoted = before.rstrip("*_`")[-1:] in ('"', "\u201c")
        if self._source[begin - 1] in "[(" or not (
            quoted or (before[-1:] in ("*", "_") and not self._prose(begin, most=0))
        ):
            return None
        text = re.sub(r"(?<!\bal)[.,:\s]*\(?(?:(?:19|20)\d\d[a-z]?\)?[.,:\s]*)?$", "", self._source[begin:end])
        text = text + "." if re.search(r"\b[A-Z]$", text) and self._source[begin + len(text)] == "." else text
        named = read_names(unescape(text), sure=quoted or "," in text)
        if named is None:
            return None
        self._authors = named[0]
        return Piece("authors", begin, begin + len(text), manner=named[1])

    def _image(self, node: Node) -> None:
        """Read an image: a badge may show a date, a venue or an id, or the stars of a repository."""
        if node.url_span is None:
            self._piece("mark", node.start, node.end)
            return
        if _REPOSITORY.search(node.url):
            self._piece("code", node.start, node.end)
            return
        before = len(self._pieces)
        start, end = node.url_span
        if self._shows_venue(start, end):
            self._piece("mark", node.start, node.end)
            return
        if found := _ID.search(self._source, start, end):
            self._piece("id", found.start(), found.end())
        else:
            self._badge(start, end)
        if len(self._pieces) == before:
            self._piece("mark", node.start, node.end)

    def _shows_venue(self, start: int, end: int) -> bool:
        """Whether a badge names where a paper was accepted, which is no other paper's."""
        shown = self._source[start:end].split("?")[0].rsplit("/", 1)[-1]
        venue = find_venue(shown, 0, len(shown), alone=False)
        return venue is not None and venue.start == 0 and venue.year is not None and not venue.venue.preprint

    def _badge(self, start: int, end: int) -> None:
        venue = find_venue(self._source, start, end, alone=False)
        dates = list(find_dates(self._source, start, end))
        if venue is not None:
            self._venue = self._venue or venue
            self._piece("venue", venue.start, venue.end, venue=venue.venue)
            dates = [date for date in dates if date.start >= venue.end]
        if dates:
            self._dates.append(dates[0].key)
            self._piece("date", dates[0].start, dates[0].end, form=dates[0].form)

    def _read_links(self) -> str | None:
        """Find the paper's address among the links; the others are optional. Returns the address."""
        ordered = sorted(self._links, key=lambda pair: pair[0].start)
        title = self._title.link if self._title else None
        labels = {id(link): self._label(link) for link, _ in ordered}
        chosen = self._address([link for link, _ in ordered], labels, title)
        paper = _ids_of(chosen or "")
        for link, outer in ordered:
            same = link is title or link.url == chosen or (paper and _ids_of(link.url) == paper)
            if same and not link.url_span and self._source[link.inner[1] : link.inner[1] + 1] == "]":
                self._piece("address", link.inner[1] + 1, link.end, form="reference")
            elif same and link.url_span:
                self._piece("address", *link.url_span)
                if link is not title:
                    self._inside(link)
            elif not same:
                self._optional(link, outer, labels[id(link)])
        return chosen

    def _address(self, links: Sequence[Node], labels: Mapping[int, str | None], title: Node | None) -> str | None:
        """Return where the paper is: at a link called so or the title's own, else at any that leads to a paper."""
        chosen = next((link.url for link in links if link is not title and labels[id(link)] == "paper"), None)
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
        if any(child.kind == "image" for child in link.walk()):
            for child in link.walk():
                if child.kind == "image":
                    self._image_of_paper(child)
        elif found := _ID.search(self._source, *link.inner):
            self._piece("id", found.start(), found.end())
        elif label_of(text) is None or is_meta_text(text.strip(_EDGE)):
            self._read_meta(link.children, sure=False, alone=True)

    def _image_of_paper(self, node: Node) -> None:
        if node.url_span is None:
            return
        start, end = node.url_span
        before = len(self._pieces)
        if found := _ID.search(self._source, start, end):
            self._piece("id", found.start(), found.end())
        else:
            self._badge(start, end)
        if len(self._pieces) == before and not _ICON.search(node.url):
            self._piece("mark", node.start, node.end)  # a figure of this paper

    def _optional(self, link: Node, outer: Node, label: str | None) -> None:
        name = self._title.nickname if self._title else None
        if name and link.inner[0] <= name[0] and name[1] <= link.inner[1]:
            self._piece("nickname", outer.start, outer.end, inner=link.url_span, name=name)
            return
        kind: PieceKind = "page" if label == "page" else "extra"
        if label == "code" or (label is None and leads_to_code(link.url)):
            kind = "code"
        self._piece(kind, self._with_mark(outer.start), outer.end, inner=link.url_span)

    def _with_mark(self, start: int) -> int:
        """Return where an optional link begins with the emoji that stands before it."""
        mark = next((p for p in self._pieces if p.kind == "mark" and not self._source[p.end : start].strip()), None)
        if mark is None or mark.end > start:
            return start
        self._pieces.remove(mark)
        return mark.start

    def _label(self, link: Node) -> str | None:
        images = [child for child in link.walk() if child.kind == "image"]
        text = self._seen(link)
        if images and not re.search(r"\w", text):
            text = self._source[slice(*images[0].inner)]
            if leads_to_code(link.url):
                return "code"
            if leads_to_paper(link.url):
                return "paper"
        found = label_of(text)
        if found is None and self._title and link is not self._title.link and is_meta_text(text.strip(_EDGE)):
            return "paper"
        if found is None and leads_to_code(link.url):
            return "code"
        return found


def limit_words(text: str) -> bool:
    """Say whether a text begins with a preprint server, which needs no sign before it to end a title."""
    return re.match(r"(?:arxiv|preprint)\b", text, re.IGNORECASE) is not None


def _lead(text: str) -> int:
    """Return how long the date or venue is that a plain entry begins with, with what sets it off."""
    stripped = len(text) - len(text.lstrip(" \t-|:,."))
    for found in find_dates(text, stripped):
        if found.start > stripped:
            break
        if found.month and (after := re.match(r"\s*[|:,.\u2013\u2014-]\s*|\s+", text[found.end :])):
            return found.end + len(after[0])
        break
    venue = find_venue(text, stripped, min(len(text), stripped + _LONGEST_VENUE), alone=False)
    if venue is not None and venue.start == stripped and (venue.year is not None or venue.venue.preprint):
        after = re.match(r"\s*[|\u2013\u2014]\s*|\s+-+\s+|:\s+", text[venue.end :])
        return venue.end + len(after[0]) if after else 0
    return 0


@lru_cache(maxsize=4096)
def is_meta_text(text: str) -> bool:
    """Say whether a text is a date, a venue or an id, and nothing else."""
    if len(text) > 70 or not text:
        return False
    if _ID.fullmatch(text):
        return True
    venue = find_venue(text, 0, len(text), alone=True)
    if venue is not None and not (text[: venue.start] + text[venue.end :]).strip(_EDGE):
        return venue.year is not None or venue.venue.preprint or len(text.split()) < 3
    dates = list(find_dates(text))
    return len(dates) == 1 and not (text[: dates[0].start] + text[dates[0].end :]).strip(_EDGE)


def _ids_of(url: str) -> str | None:
    found = _ID.search(url)
    return found[0].split("v")[0] if found and "arxiv" in url.casefold() else None


def _strip(source: str, start: int, end: int) -> tuple[int, int]:
    while start < end and (
        source[start] in _EDGE or (source[start] == "&" and _SPACE_ENTITY.match(source, start, end))
    ):
        entity = _SPACE_ENTITY.match(source, start, end)
        start = entity.end() if entity else start + 1
    while end > start and source[end - 1] in _EDGE:
        if source[end - 1] in ")" and "(" in source[start:end]:
            break
        end -= 1
    return start, end


def _walk(nodes: Sequence[Node], parents: tuple[Node, ...]) -> Iterator[tuple[Node, tuple[Node, ...]]]:
    for node in nodes:
        yield node, parents
        yield from _walk(node.children, (node, *parents))


def _leaves(nodes: Sequence[Node], parents: tuple[Node, ...]) -> Iterator[_Leaf]:
    for node in nodes:
        if node.kind == "text":
            yield _Leaf(node, parents)
        else:
            yield from _leaves(node.children, (node, *parents))


def _before(nodes: Sequence[Node], stop: int) -> list[Node]:
    return [node for node in nodes if node.end <= stop]


def _within(nodes: Sequence[Node], start: int, end: int) -> list[Node]:
    """Return the nodes of a stretch, text cut to it."""
    found: list[Node] = []
    for node in nodes:
        if node.end <= start or node.start >= end:
            continue
        if node.start >= start and node.end <= end:
            found.append(node)
        elif node.kind == "text":
            found.append(
                Node("text", max(start, node.start), min(end, node.end), (max(start, node.start), min(end, node.end)))
            )
        elif node.kind == "code":
            found.append(Node("text", max(start, node.inner[0]), min(end, node.inner[1]), node.inner))
        else:
            found.extend(_within(node.children, start, end))
    return found
