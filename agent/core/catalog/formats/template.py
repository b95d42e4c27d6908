"""Print a paper like its nearest siblings: their source, with each piece replaced by the paper's own."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from functools import cached_property
from typing import Final

from agent.core.arxiv.ids import abs_url
from agent.core.catalog.formats.facts import Facts, read_facts
from agent.core.catalog.formats.first_row import print_first_row
from agent.core.catalog.formats.style import Exemplar, Piece, PieceKind, Style
from agent.core.catalog.formats.summaries import find_summary, fit_summary, names_summary, share_summaries
from agent.core.catalog.grafts import donors_of, graft_link
from agent.core.catalog.pieces.addresses import address_of
from agent.core.catalog.pieces.dates import format_date
from agent.core.catalog.pieces.labels import leads_to_code, link_words, relink
from agent.core.catalog.pieces.months import settle_month
from agent.core.catalog.pieces.names import Manner, citation_key, format_names
from agent.core.catalog.pieces.venues import Venue, format_venue
from agent.core.catalog.printed_venues import fit_venue, read_venues, tells, weigh_alike
from agent.core.catalog.reading.title import nickname_of
from agent.core.catalog.segments import (
    BREAKS,
    fold_parts,
    in_badge,
    indent_lines,
    lend_code,
    replace_pieces,
    settle_breaks,
    without_second_server,
)
from agent.core.catalog.siblings import (
    CATEGORY,
    COUNTED,
    SHARED,
    TICKED,
    addresses_in,
    call_by_venue,
    code_label,
    cut_titles,
    date_forms,
    first_cell,
    group_heads,
    has_empty_cells,
    has_link,
    has_numbered_authors,
    html_placeholder,
    is_called_otherwise,
    is_link_word,
    links_nickname,
    marks_missing_code,
    name_behind,
    next_numbers,
    odd_dates,
    paper_label,
    piece_text,
    pieces_in,
    placeholders,
    print_dates,
    print_institutes,
    print_names,
    rating_columns,
    read_cuts,
    says_none,
    settle_manner,
    shared_labels,
    shared_texts,
    shows_code,
    title_count,
    todo_sign,
    whole_rows,
)
from agent.core.catalog.words import author_name, escape, plain_title
from agent.records import Paper

_ENOUGH: Final = 3
"""From so many siblings on, other sections do not say how an entry is printed here."""
_MOST: Final = 0.5
_SOME: Final = 0.2
_NEARLY_ALL: Final = 0.9
_GRAFTED: Final = 1.5
_ODD_DATE: Final = 2
_NAMED: Final = 4
_CORE: Final[tuple[PieceKind, ...]] = ("date", "venue", "authors", "id")
_EMPTY_CELL: Final = re.compile(r"(?P<open><td\b[^>]*>)\s*(?P<close></td>)", re.IGNORECASE)
_BOXED: Final = re.compile(r"[(\uff08]\W?$")
"""What stands before a title in parentheses, behind its nickname."""
_MONTH: Final = re.compile(r"%(?:\{\w\w\}[aAbB]|\^?[mnbBS])")
_PDF: Final = re.compile(r"pdf[\]`*_ ]*\]\($", re.IGNORECASE)
_ROWSPAN: Final = re.compile(r"\s+rowspan\s*=\s*[\"']?\d+[\"']?", re.IGNORECASE)


def format_entry(paper: Paper, style: Style) -> str:
    """Return the entry of a paper in a style, with its list marker, lines joined by line feeds, no line end."""
    return next(format_candidates(paper, style))


def format_candidates(paper: Paper, style: Style) -> Iterator[str]:
    """Yield entries from the one most like its siblings to the plainest, for where Markdown misreads the first ones."""
    facts = read_facts(paper, style.summary)
    if style.columns:
        yield print_first_row(facts, style, linked="link" not in style.columns)
        yield print_first_row(facts, style, linked=True)
        return
    rows = bool(style.siblings and style.siblings[0].reading.cells)
    unlinked = rows and not any(has_link(exemplar) for exemplar in style.siblings)
    siblings = [(exemplar, 1.0) for exemplar in style.siblings if unlinked or has_link(exemplar)]
    weight = 0.02 if len(siblings) >= _ENOUGH else 0.2
    related = [(exemplar, weight if siblings else 1.0) for exemplar in style.relatives if has_link(exemplar)]
    if facts.code and len(siblings) < _ENOUGH and not any(shows_code(exemplar) for exemplar, _ in siblings):
        related = [(exemplar, max(w, _MOST * shows_code(exemplar))) for exemplar, w in related]
    has = {"venue": facts.accepted, "code": facts.code}
    related = weigh_alike([kind for kind in has if has[kind]], [exemplar for exemplar, _ in siblings], related)
    if siblings and (siblings[0][0].reading.cells or "<td" in siblings[0][0].reading.source):
        related = []
    related = [(e, w) for e, w in related if bool(e.reading.cells) == bool(siblings and siblings[0][0].reading.cells)]
    group = whole_rows([*siblings, *related])
    seen: set[str] = set()
    near = frozenset(id(exemplar) for exemplar, _ in siblings)
    for text in _ranked(facts, group, style, near, linked=unlinked):
        if text not in seen:
            seen.add(text)
            yield text
    if not (group and group[0][0].reading.cells):
        title, url = escape(facts.title), abs_url(paper.id)
        name, year, track = facts.accepted or (style.preprint, (paper.published or facts.day).year, "")
        if not group:
            yield f"{style.prefix}[{title}]({url}). {' '.join(f'{escape(name)} {year} {track}'.split())}."
        yield f"{style.prefix}[{title}]({url})"


def continues_group(paper: Paper, style: Style) -> bool | None:
    """Say whether a row for a paper belongs to the group of the nearest row that tells a year or venue for those below
    it; None where the rows are in no such groups."""
    siblings = [exemplar for exemplar in style.siblings if has_link(exemplar)] or style.siblings
    return (
        _Printer(read_facts(paper, ""), siblings, [(e, 1.0) for e in siblings], style, own=True).continues
        if group_heads(siblings)
        else None
    )


def _ranked(
    facts: Facts, group: Sequence[tuple[Exemplar, float]], style: Style, near: frozenset[int], *, linked: bool
) -> Iterator[str]:
    """Yield what the paper looks like printed as each sibling is, the form that most of them give first; ``near`` are
    the identities of the siblings in the ``group``."""
    if not group:
        return
    own = [exemplar for exemplar, _ in group if id(exemplar) in near]
    every = [exemplar for exemplar, _ in group]
    printer = _Printer(facts, own or every, group, style, own=bool(style.siblings), linked=linked)
    votes: dict[str, float] = {}
    few = len(own) < _ENOUGH and not any(map(shows_code, own))
    lent = iter(lend_code(own, every if few else own, lines=not few) if facts.code else own)
    for exemplar, weight in group:
        text, cost = printer.print(next(lent) if id(exemplar) in near else exemplar)
        if text is not None:
            votes[text] = votes.get(text, 0.0) + weight / (1 + cost) ** 2
    yield from sorted(votes, key=lambda text: -votes[text])
    if group[0][0].reading.cells:
        # Where a title is misread that is not the link, it becomes the link.
        text, _ = _Printer(facts, own or every, group, style, own=bool(style.siblings), linked=True).print(group[0][0])
        if text is not None:
            yield text


class _Printer:
    """Prints one paper like any of its siblings, knowing what they share."""

    def __init__(
        self,
        facts: Facts,
        siblings: Sequence[Exemplar],
        weighed: Sequence[tuple[Exemplar, float]],
        style: Style,
        *,
        own: bool,
        linked: bool = False,
    ) -> None:
        group = [exemplar for exemplar, _ in weighed]
        self._facts = facts
        self._linked = linked
        self._group = group
        self._style = style
        self._siblings = siblings
        count = len(siblings)
        self._shared = shared_texts(siblings if count > 1 else group, group if count > 1 else (), own=own)
        nicknames = Counter(e.reading.nickname for e in siblings if e.reading.nickname)
        repeated = {name for name, number in nicknames.items() if number > 1}
        # Names that several papers bear are the subjects of an outline, not nicknames.
        self._tagged = bool(repeated) and 2 * sum(nicknames[name] for name in repeated) >= nicknames.total()
        common = SHARED if len(nicknames) == 1 else _NEARLY_ALL
        self._tags = {name for name in repeated if nicknames[name] >= common * count}
        kinds = Counter(kind for exemplar in siblings for kind in {piece.kind for piece in exemplar.reading.pieces})
        self._share = {kind: number / count for kind, number in kinds.items()}
        here = {id(exemplar) for exemplar in siblings}
        others = [e for e in group if id(e) not in here]
        for kind in ("venue", "code"):
            if any(weight == 1.0 and id(e) not in here and tells(e, kind) for e, weight in weighed):
                self._share[kind] = max(self._share.get(kind, 0.0), 0.01)  # entries printed alike have it elsewhere
        coded = sum(map(shows_code, others))
        self._codes_elsewhere = bool(others) and coded >= _SOME * len(others)
        if not facts.accepted:
            # Where only published papers carry a venue, a preprint has none.
            venues = [next((p.venue for p in e.reading.pieces if p.venue), None) for e in siblings]
            alone = [e for e, venue in zip(siblings, venues, strict=True) if venue is None or venue.preprint]
            if alone:
                self._share["venue"] = sum(any(p.venue for p in e.reading.pieces) for e in alone) / len(alone)
            if served := [e for e in alone if "arxiv" in (e.reading.url or "")]:
                self._share["date"] = sum(bool(date_forms([e])) for e in served) / len(served)
        named = [e for e in siblings if e.reading.nickname or nickname_of(e.reading.title)]
        if not named:
            elsewhere = [e for e in group if e.reading.nickname or nickname_of(e.reading.title)]
            named = elsewhere if len(elsewhere) >= _NAMED else []
        self._names = bool(named) and sum(bool(e.reading.nickname) for e in named) >= _MOST * len(named)
        self._forms = Counter(date_forms(siblings))
        self._odd_dates = odd_dates(siblings)
        self._months = [form for form in date_forms(group) if "%{" in form]
        self._calls_by_venue = call_by_venue(group)
        self._venues = read_venues(siblings, group, by_venue=self._calls_by_venue)
        self._tells = any(self._tells_venue(e.reading.pieces) for e in siblings)
        self._cuts = read_cuts(siblings, style.relatives)
        self._coded_widths = {len(e.reading.cells) for e in siblings if e.reading.cells and shows_code(e)}
        self._has_boxes = any(e.reading.source.startswith("[ ] ", e.start) for e in group)
        self._todo = todo_sign(group)
        self._marks_missing_code = any(map(marks_missing_code, siblings))
        self._blanks = placeholders(siblings, style.relatives)
        self._blank = html_placeholder(siblings)
        self._ratings = rating_columns(siblings)
        self._numbers = next_numbers(siblings) if own else {}
        self._labels = shared_labels(group)
        self._institutes = print_institutes(siblings)
        self._heads = group_heads(siblings)
        self._sums_up = bool(facts.summary) and share_summaries(siblings)
        self._names_only = print_names(siblings)
        self._name_behind = name_behind(siblings)
        self._code_label = code_label(group)
        self._own_address = address_of(facts.paper.id, addresses_in(siblings), addresses_in(group))
        self._cuts_titles = not self._tagged and cut_titles(siblings, style.relatives)
        self._has_plain_titles = any(not e.reading.nickname for e in siblings)
        self._has_empty_cells = has_empty_cells(siblings)
        self._paper_label = paper_label(siblings) or paper_label(style.relatives) or "paper"

    def print(self, exemplar: Exemplar) -> tuple[str | None, float]:
        """Return the entry printed like this sibling, and how much of it speaks against that."""
        reading = exemplar.reading
        pieces = fold_parts(reading.source, [p for p in reading.pieces if p.start >= exemplar.start])
        values = [self._value(exemplar, piece) for piece in pieces]
        for kind in ("code", "page") if not reading.cells else ():
            linked = [at for at, piece in enumerate(pieces) if piece.kind == kind and piece.inner]
            told = [at for at in linked if values[at] is not None and link_words(piece_text(exemplar, pieces[at]))]
            values = [None if at in told[1:] else value for at, value in enumerate(values)]
        for at in range(1, len(pieces)):
            signed = pieces[at].kind == "mark" and not reading.source[pieces[at - 1].end : pieces[at].start].strip()
            if signed and values[at - 1] is None and pieces[at - 1].kind in ("code", "page"):
                values[at] = None  # the sign of what is not printed
        values = without_second_server(reading.source, pieces, values)
        grafted = self._graft_links(exemplar, pieces, values) if not reading.cells else 0
        for at in range(len(pieces) - 1, 0, -1):
            between = reading.source[pieces[at - 1].end : pieces[at].start]
            if values[at] is None and pieces[at - 1].kind == "words" and re.search(r"[:\uff1a]", between):
                values[at - 1] = None  # the name of what is not printed
        if reading.cells:
            text = self._row(exemplar, pieces, values)
        else:
            text = replace_pieces(reading.source, exemplar.start, len(reading.source), pieces, values)
            text = settle_breaks(text, reading.source)
            text = TICKED.sub("[ ]", text) if self._has_boxes else text  # nobody has read the paper yet
            text = self._style.prefix + indent_lines(text, exemplar.prefix, self._style.prefix)
        text = re.sub(r"([?!.][*_\"\u201d]+)\.(?=\s|$)", r"\1", text)
        if "\n\n\n" not in reading.source:
            text = re.sub(r"\n(?:[ \t]*\n){2,}", "\n\n", text)
        if reading.html:
            text = _ROWSPAN.sub("", text)  # a new row is a group of its own
            text = _EMPTY_CELL.sub(rf"\g<open>{self._blank}\g<close>", text)
        return text, self._cost(exemplar, pieces, values) + _GRAFTED * grafted

    def _graft_links(self, exemplar: Exemplar, pieces: list[Piece], values: list[str | None]) -> int:
        """Add the links to code or page that the paper has and the sibling has not, as others print them; return how
        many."""
        wanted: dict[PieceKind, str | None] = {"code": self._facts.code, "page": self._facts.page}
        shown = {piece.kind for piece, value in zip(pieces, values, strict=True) if value is not None}
        found = 0
        for kind, url in wanted.items():
            donors = donors_of(kind, exemplar, self._group) if url and kind not in shown else []
            found += graft_link(exemplar, pieces, values, kind, donors, self._optional_link) if donors else 0
        return found

    def _cost(self, exemplar: Exemplar, pieces: Sequence[Piece], values: Sequence[str | None]) -> float:
        facts = self._facts
        kinds = {piece.kind for piece in pieces}
        cost = 0.3 * sum(value is None for value in values) + self._cost_of_core(exemplar, pieces)
        cost += _ODD_DATE * any(piece.kind == "date" and self._form(piece.form) in self._odd_dates for piece in pieces)
        if self._heads:
            cost += 8 * (bool(first_cell(exemplar)) == self.continues)
        if not facts.code and "code" in kinds and self._marks_missing_code and not exemplar.reading.cells:
            cost += 3  # a sign stands where there is no code
        if facts.code and "code" not in kinds and len(exemplar.reading.cells) not in self._coded_widths:
            cost += 3 if self._share.get("code", 0) else 3 * self._codes_elsewhere
        if facts.nickname:
            cost += 4 * (self._names != ("nickname" in kinds))
        if not facts.nickname and "nickname" in kinds:
            cost += 1 + exemplar.reading.split
        if any(p.kind == "title" and _BOXED.search(exemplar.reading.source[: p.start]) for p in pieces):
            cost += 3 * (not facts.nickname or "nickname" not in kinds)  # nothing stands before the parentheses
        if exemplar.reading.title.endswith(("?", "!")) and not facts.title.endswith(("?", "!")):
            cost += 1.5  # what stands after a question mark is not what stands after other titles
        if any(piece.kind == "address" and is_called_otherwise(exemplar, piece) for piece in pieces):
            cost += 2  # a link to a video or slides
        if not any(piece.kind == "address" and "arxiv" in piece_text(exemplar, piece).casefold() for piece in pieces):
            cost += 0.5
        return cost

    @cached_property
    def continues(self) -> bool:
        """Whether the paper belongs to the group of rows that it is put below: to its year or venue."""
        head = self._heads[0]
        start, end = head.reading.cells[0]
        held = [piece for piece in head.reading.pieces if start <= piece.start and piece.end <= end]
        return all(self._value(head, piece) == piece_text(head, piece) for piece in held)

    def _cost_of_core(self, exemplar: Exemplar, pieces: Sequence[Piece]) -> float:
        """Return how much speaks against a sibling for its date, venue, authors and id: those that others have."""
        accepted = self._facts.accepted is not None
        kinds = {piece.kind for piece in pieces}
        few = len(self._siblings) < _ENOUGH and not print_dates(self._siblings)  # entries elsewhere would outvote them
        dated = (accepted or few) and any(piece.venue and piece.venue.form for piece in pieces)
        cost = 0
        for kind in _CORE:
            share = self._share.get(kind, 0.0)
            if kind in kinds and share < _MOST and kind != ("venue" if accepted else "id"):
                cost += 4
            if kind not in kinds and (share >= _MOST or (kind == "venue" and accepted and share > 0)):
                cost += 2 * accepted if kind == "date" and dated else 4  # the venue has the year
        if accepted and self._tells and self._tells_venue(pieces) is False:
            cost += 2
        servers = [p for p in pieces if p.venue and p.venue.preprint and not p.venue.form]
        unyeared = any(self._calls_by_venue or not is_link_word(exemplar, piece) for piece in servers)
        if accepted and self._venues.published and unyeared and self._tells_venue(pieces):
            cost += 3  # conferences have their year here, preprints none
        return cost

    def _tells_venue(self, pieces: Sequence[Piece]) -> bool | None:
        """Return whether the paper's own venue would be printed like this sibling's; None: it has none."""
        dates = [piece.form for piece in pieces if piece.kind == "date"]
        ids = [piece.start for piece in pieces if piece.kind == "id"]
        numbered = [any(start >= piece.end for start in ids) for piece in pieces if piece.venue]
        venues = [piece.venue for piece in pieces if piece.venue]
        venues = [v if far else self._as_accepted(v, dates) for v, far in zip(venues, numbered, strict=True)]
        forms = [self._form(venue.form) if venue.form else None for venue in venues]
        return any(self._is_told(form, dates) for form in forms) if forms else None

    def _as_accepted(self, venue: Venue, dates: Sequence[str]) -> Venue:
        """Return how the venue of an accepted paper is printed where a preprint has its month: without one."""
        usual = self._venues.conference
        dated = venue.preprint and (_MONTH.search(venue.form) and not dates if venue.form else bool(dates))
        return usual if self._facts.accepted and dated and usual and not _MONTH.search(usual.form or "") else venue

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
        told = relink(text, old, url, self._labels)
        if told is None and piece.kind == "code" and self._code_label and (label := link_words(text)):
            return relink(text.replace(label, self._code_label, 1), old, url, self._labels)
        return told

    def _is_told(self, form: str | None, dates: Sequence[str]) -> bool:
        """Return whether the venue of an accepted paper is printed: ``form`` is that of the venue's own date, ``dates``
        are those of the others. A day or month is that of the preprint, and the venue beside it too."""
        told, facts = self._facts.accepted, self._facts
        if told is None or (form and _MONTH.search(form)):
            return False
        return form is not None or not any(map(_MONTH.search, dates)) or told[1] == facts.day.year

    def _day(self, exemplar: Exemplar, form: str) -> date:
        """Return the day that is printed: a year beside a venue without its own one is the venue's."""
        told = self._facts.accepted
        venues = [piece.venue for piece in exemplar.reading.pieces if piece.venue is not None]
        numbered = any(venue.preprint for venue in venues) and any(p.kind == "id" for p in exemplar.reading.pieces)
        apart = any(venue.form for venue in venues) and not self._venues.years_agree
        if told is None or numbered or _MONTH.search(form) or not venues or apart:
            return self._facts.day
        return date(told[1], 1, 1)

    def _address(self, exemplar: Exemplar, piece: Piece) -> str:
        paper_id, source = self._facts.paper.id, exemplar.reading.source
        if piece.form == "reference":
            return f"({self._own_address})"
        called = _PDF.search(source[max(0, piece.start - 16) : piece.start]) is not None
        pdf = called and "/pdf/" in source[piece.start : piece.end] and "/abs/" in self._own_address
        return f"https://arxiv.org/pdf/{paper_id}" if pdf else self._own_address

    def _nickname(self, exemplar: Exemplar, piece: Piece) -> str | None:
        facts, source = self._facts, exemplar.reading.source
        if self._tagged and not exemplar.reading.split:
            return source[piece.start : piece.end] if exemplar.reading.nickname in self._tags else None
        if not facts.nickname:
            needed = exemplar.reading.split and self._titles_instead(exemplar)
            needed = needed or (exemplar.prefix.startswith("#") and piece.start == exemplar.start)
            return self._text(exemplar, piece, facts.title) if needed else None
        name = self._text(exemplar, piece, facts.nickname)
        if piece.name is None or piece.inner is None:
            return name
        home = facts.code or facts.page or abs_url(facts.paper.id)
        before, between = source[piece.start : piece.name[0]], source[piece.name[1] : piece.inner[0]]
        return before + name + between + home + source[piece.inner[1] : piece.end]

    def _titles_instead(self, exemplar: Exemplar) -> bool:
        """Return whether a whole title without a nickname stands where the nickname does: it is the link, or no sibling
        has such a title."""
        linked = any(p.kind == "nickname" and is_link_word(exemplar, p) for p in exemplar.reading.pieces)
        return linked or not self._has_plain_titles

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

    def _text(self, exemplar: Exemplar, piece: Piece, text: str) -> str:
        source = exemplar.reading.source
        if source[max(piece.start - 1, exemplar.start) : piece.start] == "`":
            return plain_title(text).replace("`", "'")
        return html.escape(plain_title(text), quote=False) if exemplar.reading.html else escape(text)

    def _form(self, form: str) -> str:
        """Return a form that may be read in two ways as the siblings print it: ``2023.11`` beside ``2023.5``."""
        for sure, unsure in (("%n", "%m"), ("%e", "%d"), ("%B", "%b"), ("%d/%m", "%m/%d")):
            other = form.replace(unsure, sure)
            zeros = self._forms.get(other, 0)
            if unsure in form and zeros and zeros * 3 >= self._forms.get(form, 0):
                form = other
        return settle_month(form, self._months)

    def _venue(self, exemplar: Exemplar, piece: Piece, venue: Venue) -> str | None:
        facts = self._facts
        if venue.arxiv and not venue.form and not self._calls_by_venue and is_link_word(exemplar, piece):
            return venue.name  # the link is called by the server it leads to
        if facts.accepted is None and not venue.preprint and self._venues.preprint is not None:
            venue = self._venues.preprint  # a preprint is printed as preprints are: they may have no year
        dates = [p.form for p in exemplar.reading.pieces if p.kind == "date"]
        numbered = venue.preprint and any(p.kind == "id" and p.start >= piece.end for p in exemplar.reading.pieces)
        venue = venue if numbered else self._as_accepted(venue, dates)
        venue = venue.model_copy(update={"form": self._form(venue.form) if venue.form else None})
        label = not venue.form and not venue.preprint and is_link_word(exemplar, piece)  # ``[ICML](...)``
        told = facts.accepted if (label or self._is_told(venue.form, dates)) and not numbered else None
        unplaced = exemplar.reading.cells and self._venues.preprint is None and self._venues.missing
        if told is None and facts.accepted and unplaced:
            return None  # preprints have no venue in this table
        venue = fit_venue(exemplar, piece, venue, self._venues, told=told is not None)
        if told is None:
            name = venue.name if venue.arxiv else self._style.preprint
            text = format_venue(venue, name, facts.day, "")
        else:
            text = format_venue(venue, escape(told[0]), date(told[1], 1, 1), told[2])
        return text.replace(" ", "_") if in_badge(exemplar.reading.source, piece) else text

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
            text += "." if self._cuts.stop or re.match(r" [^\s(]" if ahead else r" \w", after) else ""
        return text or None

    def _row(self, exemplar: Exemplar, pieces: Sequence[Piece], values: Sequence[str | None]) -> str:
        source = exemplar.reading.source
        out: list[str] = []
        at = exemplar.start
        for number, (start, end) in enumerate(exemplar.reading.cells):
            held = [(p, v) for p, v in zip(pieces, values, strict=True) if start <= p.start and p.end <= end]
            out.append(source[at:start])
            at = end
            cell = source[start:end]
            told, pads = source, cell
            if (donor := self._donor(exemplar, number)) is not None:
                (start, end), told = donor.reading.cells[number], donor.reading.source
                held = [(p, self._value(donor, p)) for p in pieces_in(donor, number)]
                cell = told[start:end]
            pad = (" " if pads[:1].isspace() else "", " " if pads[-1:].isspace() else "")
            if number in self._ratings or number in self._numbers:
                count = self._next_number(number) if number in self._numbers else ""
                out.append(pad[0] + count + pad[1] if count else " ")
                continue
            if (
                any(piece.kind == "nickname" and value is None for piece, value in held)
                and not any(piece.kind == "title" for piece, _ in held)
            ) or (
                held
                and all(value is None or piece.kind == "mark" for piece, value in held)
                and None in dict(held).values()
            ):
                text = self._blanks.get(number, "")
            else:
                text = replace_pieces(told, start, end, [p for p, _ in held], [v for _, v in held]).strip()
                text = self._counted(text, held)
            if not BREAKS.search(cell):
                text = BREAKS.sub("", text)
            if not cell.lstrip().startswith("<br"):
                text = re.sub(r"^(?:<br ?/?>\s*)+", "", text)
            out.append(pad[0] + text + pad[1] or ("" if self._has_empty_cells else " "))
        row = "".join(out) + source[at:].rstrip()
        opened = source[exemplar.start :].lstrip().startswith("|") or not row.lstrip().startswith("|")
        return row if opened else f"|{row}"  # without it, the empty first cell would be no cell

    def _donor(self, exemplar: Exemplar, number: int) -> Exemplar | None:
        """Return the nearest row whose cell prints what this row has not of the paper: code, page, venue, nickname."""
        facts = self._facts
        wanted = {"code": facts.code, "page": facts.page, "venue": facts.accepted, "nickname": facts.nickname}
        kinds = {piece.kind for piece in exemplar.reading.pieces}
        missing = {kind for kind, value in wanted.items() if value and kind not in kinds}
        width = len(exemplar.reading.cells)
        for sibling in self._siblings if missing else ():
            held = pieces_in(sibling, number) if len(sibling.reading.cells) == width else []
            titled = any(piece.kind == "title" for piece in held)
            held = [piece for piece in held if piece.kind in missing and not (titled and piece.kind == "nickname")]
            if any(self._value(sibling, piece) is not None for piece in held):
                return sibling
        return None

    def _next_number(self, column: int) -> str:
        number, width = self._numbers[column]
        return f"{number + self._style.count:0{width}}"

    def _counted(self, text: str, held: Sequence[tuple[Piece, str | None]]) -> str:
        """Return a cell with the next number where the titles are counted in it: ``3) Title``."""
        count = COUNTED.match(text)
        if count is None or not any(piece.kind == "title" for piece, _ in held):
            return text
        last = 0 if self._style.opens else title_count(self._siblings[0])
        return (
            text[count.end() + 1 :].lstrip() if last is None else f"{last + 1 + self._style.count}{text[count.end() :]}"
        )
