"""Read the words beside a title, such as authors, venues, dates, ids."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from agent.core.catalog.formats.inline import Node, unescape
from agent.core.catalog.formats.style import References
from agent.core.catalog.pieces.dates import UNSURE, Printed, find_dates, find_day_lead, settle_by_id
from agent.core.catalog.pieces.journals import names_journal
from agent.core.catalog.pieces.labels import is_label_text
from agent.core.catalog.pieces.names import INITIALS, Manner, are_several, lead_of_names, read_names
from agent.core.catalog.pieces.venues import PAGES, PrintedVenue, Venue, find_venue, is_person
from agent.core.catalog.reading.before import ABBREVIATED, LeadingReader
from agent.core.catalog.reading.people import find_people, may_have_people
from agent.core.catalog.reading.scanned import (
    EDGE,
    ID,
    SENTENCE_END,
    SHORTCODE,
    SPACE_ENTITY,
    WORDY,
    is_meta_text,
    strip_edges,
)
from agent.core.catalog.reading.titles.cited import CITATION_KEY, is_citation_key

_IN: Final = re.compile(r"(?:^|(?<=[\s,;*_(]))(?P<word>[Ii]n|[Aa]t|@|In:)\s*\Z")
_ASIDE: Final = re.compile(r"\W*?[(\uff08](?P<words>[^()\uff08\uff09]+)[)\uff09]\W*")
_SET_OFF: Final = re.compile(r"\s+(?:-{1,3}|\u2013|\u2014|\|)\s+(?=\S)")
_APPEARED: Final = re.compile(r"[\s.,;:(]+(?P<word>(?:In|in|at|@|appeared in|published in)$)")
_GLUE_WORDS: Final = frozenset({"in", "at", "by"})
"""What stands alone before a venue or authors in emphasis belongs to the form of an entry, not to its paper."""
_MARKS: Final = re.compile(r"(?<!al)(?<!al\.)[*_]+(?![*_]*et al)")
"""Marks of emphasis, but those around ``et al.`` alone: there they are a part of it."""
_ET_AL_END: Final = re.compile(r"[*_]{1,2}et al\.?[*_]{1,2}\.?")
_ET_AL_WIDTH: Final = 8
_RUNNING: Final = frozenset({"text", "quote", "paren"})
"""What is read together with the words around it."""
_SOLID: Final = frozenset({"text", "quote", "paren", "bracket", "italic", "bold", "code"})
_LONGEST_WORDS: Final = 2000
"""A longer stretch of words is a list of authors or prose: dates and venues are only looked for in its last part."""
_LAST_PART: Final = 300
_YEAR_BEHIND: Final = re.compile(r",? \(?(?:19|20)\d\d(?!\w)")
_CITED_YEAR: Final = re.compile(
    r"(?:(?P<names>[^\d()]*\bet al\.?|[^\d()]*(?:\band\b|&)[^\d()]*?(?=,)),?|(?P<lone>[^\d()]{4,40}\.))"
    r"\s+(?P<year>(?:19|20)\d\d)\W*$"
)


class WordsReader(LeadingReader):
    """Reads what is around a title into pieces, its words and badges; links are kept for later."""

    def __init__(self, source: str, start: int, end: int, references: References) -> None:
        super().__init__(source, start, end, references)
        self._links: list[tuple[Node, Node]] = []
        self._has_people = may_have_people(source[start:end], self._own_links, self._seen)
        self._taken: list[tuple[int, int]] = []

    def _read_meta(self, nodes: Sequence[Node], *, sure: bool, alone: bool = False) -> None:
        """Read all but the title and nickname: stretches of words, and the links, which are judged together later."""
        if self._has_people and not self._authors and self._read_people(nodes, sure=sure, alone=alone):
            return
        run: list[Node] = []
        for node in nodes:
            kind = node.kind
            if kind == "text" or (kind in _SOLID and not self._holds(node)):
                if kind in _RUNNING or self._runs_on(node):
                    run.append(node)
                    continue
                if run:
                    self._flush(run, sure=sure, alone=alone)
                if kind == "italic" and self._journal(node):
                    continue
                start, end = node.inner if self._source[node.start] in "<_" else (node.start, node.end)
                self._stretch(start, end, sure=kind in ("italic", "bold"), alone=True)
                continue
            if kind == "break" and run and self._source[node.start : node.end] == "\n":
                run.append(node)  # a line that is merely wrapped
                continue
            if run:
                self._flush(run, sure=sure, alone=alone)
            self._read_holder(node)
        if run:
            self._flush(run, sure=sure, alone=alone)

    def _journal(self, node: Node) -> bool:
        """Read a journal in italics, before its volume and pages, or between authors and a year; say whether it is."""
        if self._title is None or node.start < self._title.end:
            return False
        pages = PAGES.match(self._source, node.end, self._end)
        name = self._seen(node)
        dated = self._authors and name[:1].isupper() and _YEAR_BEHIND.match(self._source, node.end, self._end)
        if pages is None and (not dated or is_meta_text(name) or read_names(name) is not None):
            return False
        venue = PrintedVenue(start=node.inner[0], end=node.inner[1], venue=Venue(name=name), year=None)
        self._venue = self._venue or venue
        self._piece("venue", *node.inner, venue=venue.venue)
        if pages is not None:
            self._piece("words", *pages.span())
        return True

    def _runs_on(self, node: Node) -> bool:
        """Return whether emphasised words belong to those around them: ``et al.`` and the volume of a journal."""
        seen = self._seen(node).strip(" .,") if node.kind in ("italic", "bold") else ""
        return (node.kind == "italic" and seen.casefold() == "et al") or (node.kind == "bold" and seen.isdigit())

    def _read_people(self, nodes: Sequence[Node], *, sure: bool, alone: bool) -> bool:
        """Read authors who are links or have numbers, with what stands around them; say whether there are any."""
        if self._title is None:
            return False
        beyond = [node for node in nodes if node.start >= self._title.end]
        people = find_people(self._source, beyond, self._seen) if beyond else None
        if people is None:
            return False
        first = len(nodes) - len(beyond) + people.first
        self._authors = people.names
        self._read_meta(nodes[:first], sure=sure, alone=alone)
        self._piece("authors", people.start, people.end, manner=people.manner)
        last = beyond[people.stop - 1]
        rest = [Node("text", people.end, last.end, (people.end, last.end))] if people.end < last.end else []
        self._read_meta([*rest, *beyond[people.stop :]], sure=False, alone=False)
        return True

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
        """Return whether a group holds a link, an image, or a part of the title."""
        for start, _ in self._taken:
            if node.start <= start < node.end:
                return True
        return bool(node.find("link", "image"))

    def _single_link(self, node: Node) -> Node | None:
        links = node.find("link")
        if len(links) != 1 or (self._title and self._title.link is links[0]):
            return None
        words = self._source[node.start : links[0].start] + self._source[links[0].end : node.end]
        return links[0] if not WORDY.search(words) else None

    def _flush(self, run: list[Node], *, sure: bool, alone: bool) -> None:
        self._stretch(run[0].start, run[-1].end, sure=sure, alone=alone)
        run.clear()

    def _stretch(self, start: int, end: int, *, sure: bool, alone: bool) -> None:
        """Read words that stand together, around the title and the nickname."""
        if not self._source[start:end].strip(EDGE):
            return
        at = start
        for begin, stop in self._taken:
            if begin <= start and end <= stop:
                return
            if begin < end and stop > start:
                self._words_between(at, max(at, begin), sure=sure, alone=alone)
                at = min(stop, end)
        self._words_between(at, end, sure=sure, alone=alone)

    def _words_between(self, start: int, end: int, *, sure: bool, alone: bool) -> None:
        if self._only_marks(start, end) or (alone and self._key(start, end)):
            return
        if end - start > _LONGEST_WORDS:
            self._long_words(start, end, sure=sure, alone=alone)
            return
        if authors := self._leading_authors(start, end):
            self._words_between(start, authors.start, sure=sure, alone=alone)
            self._pieces.append(authors)
            self._words_between(authors.end, end, sure=sure, alone=alone)
            return
        for found in ID.finditer(self._source, start, end):
            if "arxiv" in self._source[start:end].casefold() or len(found[0]) >= 10:
                self._words_between(start, found.start(), sure=sure, alone=alone)
                self._piece("id", found.start(), found.end())
                self._words_between(found.end(), end, sure=sure, alone=alone)
                return
        if self._cited_year(start, end):
            return
        dates = list(find_dates(self._source, start, end))
        venue = find_venue(self._source, start, end, alone=alone or self._is_short(start, end), dates=dates)
        if venue is not None:
            if self._venue is None or (self._venue.year is None and venue.year):
                self._venue = venue
            lead = _IN.search(self._source, start, venue.start)
            sure = sure or re.search(r"\w (?:and|&) \w", self._source[start : venue.start]) is not None
            self._words_between(start, lead.start("word") if lead else venue.start, sure=sure, alone=False)
            self._piece("venue", venue.start, venue.end, venue=venue.venue)
            self._words_between(venue.end, end, sure=False, alone=False)
            return
        if (date := self._date_in(start, end, dates)) is not None:
            self._dates.append(date.key)
            self._words_between(start, date.start, sure=sure, alone=False)
            self._piece("date", date.start, date.end, form=date.form)
            self._words_between(date.end, end, sure=sure and not date.year, alone=False)
            return
        self._names(start, end, sure=sure)

    def _long_words(self, start: int, end: int, *, sure: bool, alone: bool) -> None:
        cut = self._end_of_authors(start, end)
        self._names(start, cut, sure=sure)
        if cut < end:
            self._words_between(cut, end, sure=False, alone=alone)

    def _end_of_authors(self, start: int, end: int) -> int:
        """Return where a long list of authors ends and its venue or date begins: at the end where it has none, or
        where it is prose."""
        if self._authors or self._title is None or start < self._title.end:
            return end
        tail = end - _LAST_PART
        dates = list(find_dates(self._source, tail, end))
        venue = find_venue(self._source, tail, end, alone=False, dates=dates)
        cut = min((found.start for found in (venue, self._date_in(tail, end, dates)) if found is not None), default=end)
        lead = _IN.search(self._source, tail, cut)
        cut = lead.start("word") if lead else cut
        begin, stop = strip_edges(self._source, start, cut)
        return cut if read_names(unescape(_MARKS.sub("", self._source[begin:stop])), sure=True) else end

    def _only_marks(self, start: int, end: int) -> bool:
        """Read emoji shortcodes, and say whether a stretch holds but those and signs."""
        words = self._source[start:end]
        if ":" not in words or SHORTCODE.sub("", words).strip(EDGE):
            return not words.strip(EDGE)
        for code in SHORTCODE.finditer(self._source, start, end):
            self._piece("mark", code.start(), code.end())
        return True

    def _date_in(self, start: int, end: int, dates: Sequence[Printed]) -> Printed | None:
        """Return the first of a stretch's dates that is one; before the title a month and day will do."""
        for date in dates:
            if date.form != "%y" and not self._in_prose(start, date.start, date.month):
                return settle_by_id(date, self._source) if date.form in UNSURE else date
        before = self._title is not None and end <= self._title.start
        return find_day_lead(self._source, start, end) if before else None

    def _cited_year(self, start: int, end: int) -> bool:
        """Read authors with the year, as ``(Miller et al., 2024)``; say whether the stretch is that."""
        if self._authors or self._title is None:
            return False
        if end <= self._title.start and not re.search(r"[(\[]", self._source[max(0, start - 1) : end]):
            return False
        begin, stop = strip_edges(self._source, start, end)
        if begin < self._title.end and self._source[begin - 1 : begin] not in ("(", "["):
            return False
        found = _CITED_YEAR.match(self._source, begin, stop)
        if found is None:
            return False
        lone = found["lone"]
        names = "lone" if lone else "names"
        named = read_names(unescape(found[names]), sure=True) if not lone or is_person(lone) else None
        date = next(find_dates(self._source, *found.span("year")), None)
        if (
            named is None
            or date is None
            or names_journal(found[names])
            or find_venue(found[names], 0, len(found[names]), alone=False)
        ):
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
        """Read words that may be the authors behind the title, or else are words, a label or signs."""
        begin, stop = strip_edges(self._source, start, end)
        glued = self._source[begin:stop].casefold() in _GLUE_WORDS and self._source[stop:].lstrip()[:1] in ("*", "_")
        if begin >= stop or glued:
            return
        after = self._title is not None and start >= self._title.end
        if not (after and not self._authors and self._names_behind(start, end, sure=sure)):
            self._other_words(begin, stop)

    def _names_behind(self, start: int, end: int, *, sure: bool) -> bool:
        """Read authors, with the words before or behind them; say whether the stretch may have any."""
        begin, stop = strip_edges(self._source, start, end)
        full = self._with_stop(begin, stop, end)
        if named := self._people(full, code="`" in self._source[start:end], sure=sure):
            self._authors = named[0]
            self._piece("authors", begin + lead_of_names(full), begin + len(full), manner=named[1])
            return True
        if cut := _APPEARED.search(self._source[begin:stop]):  # ``Miller et al. In``
            self._names(start, begin + cut.start(), sure=sure)
            self._piece("words", begin + cut.start("word"), stop)
            return True
        if (sentence := self._end_of_names(begin, stop)) is not None:
            self._names(start, sentence, sure=sure)
            self._words_between(sentence, end, sure=False, alone=False)
            return True
        aside = _ASIDE.match(self._source, start, end)
        if aside is None or aside.end() >= stop:
            return False
        self._piece("words", *aside.span("words"))
        self._names(aside.end(), end, sure=sure)
        return True

    def _with_stop(self, begin: int, stop: int, end: int) -> str:
        """Return words with the full stop or the emphasis that belongs to an abbreviation at their end."""
        if closing := _ET_AL_END.match(self._source, max(begin, stop - _ET_AL_WIDTH), end):
            return self._source[begin : closing.end()]
        text = self._source[begin:stop]
        return text + "." if self._source.startswith(".", stop, end) and ABBREVIATED.search(text) else text

    def _other_words(self, begin: int, stop: int) -> None:
        """Read words that are no authors, and the emoji shortcodes among them; a label is no piece."""
        text = self._source[begin:stop]
        for code in SHORTCODE.finditer(text):
            self._piece("mark", begin + code.start(), begin + code.end())
        seen = SHORTCODE.sub("", SPACE_ENTITY.sub(" ", text))
        if seen.strip(EDGE) and not is_label_text(seen):
            self._piece("words" if WORDY.search(seen) else "mark", begin, stop)

    def _key(self, start: int, end: int) -> bool:
        """Read a key of a citation, ``[Miller et al. CVPR24]``; say whether the stretch is one."""
        if self._authors or self._title is None:
            return False
        begin, stop = strip_edges(self._source, start, end)
        if not is_citation_key(self._source[begin:stop]):
            return False
        found = CITATION_KEY.match(self._source, begin)
        assert found is not None
        self._authors = (found["name"],)
        self._piece("authors", begin, found.end(), manner=Manner(most=1, et_al=found["more"], name="surname"))
        self._words_between(found.end(), end, sure=False, alone=True)
        return True

    def _people(self, text: str, *, code: bool, sure: bool) -> tuple[tuple[str, ...], Manner] | None:
        """Return the authors that words after a title are; a lone name that is a journal's, or printed as code, is
        none."""
        sure = sure or (INITIALS.match(text) is not None and not re.search(r"[a-z]\.", text))
        named = read_names(unescape(_MARKS.sub("", text)), sure=sure)
        lone = named is not None and len(named[0]) == 1
        return None if named is None or (lone and (code or names_journal(named[0][0]))) else named

    def _end_of_names(self, start: int, end: int) -> int | None:
        """Return where several names end that a full stop or dash sets off from other words, as from a venue."""
        for mark in (SENTENCE_END, _SET_OFF):
            found = mark.search(self._source, start, end)
            named = read_names(unescape(_MARKS.sub("", self._source[start : found.start() + 1]))) if found else None
            if found and named and are_several(named):
                return found.end()
        return None
