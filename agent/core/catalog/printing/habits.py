"""The habits of the entries around a new one, with the paper that is printed like them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from agent.core.catalog.formats.style import Exemplar, Style
from agent.core.catalog.formats.summaries import share_abstracts, share_summaries
from agent.core.catalog.pieces.addresses import address_of
from agent.core.catalog.printing.facts import Facts
from agent.core.catalog.reading.titles.nicknames import nickname_of
from agent.core.catalog.siblings.authors import print_institutes, read_cuts
from agent.core.catalog.siblings.dates import date_forms, odd_dates, pad_dates, read_months, spell_summer
from agent.core.catalog.siblings.likeness import skeleton, tells
from agent.core.catalog.siblings.links import (
    addresses_in,
    code_labels,
    general_code_label,
    links_several,
    odd_code_labels,
    paper_label,
    shared_labels,
    shows_code,
    usual_code_label,
)
from agent.core.catalog.siblings.placeholders import (
    has_empty_cells,
    html_placeholder,
    marks_missing_code,
    placeholders,
    usual_empty_cell,
)
from agent.core.catalog.siblings.rows import (
    columns_of_other_days,
    group_heads,
    have_same_columns,
    next_numbers,
    rating_columns,
)
from agent.core.catalog.siblings.titles import cut_titles, name_behind, print_names
from agent.core.catalog.siblings.venues import call_by_venue, read_venues, spell_servers
from agent.core.catalog.siblings.widths import read_widths
from agent.core.catalog.siblings.words import SHARED, leave_blanks, shared_texts, todo_sign

MOST: Final = 0.5
"""The share of entries from which on most of them have something."""
ENOUGH: Final = 3
"""From so many siblings on, other sections do not say how an entry is printed here."""
_SUMMER: Final = (6, 7)
"""June and July, which lists that cut the names of months often spell out."""
_SOME: Final = 0.2
_NEARLY_ALL: Final = 0.9
_HARDLY_ANY: Final = 0.1
_NAMED: Final = 4


class Habits:
    """Knows a paper, the entries to print it like, and what these share."""

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
        self._alike = [exemplar for exemplar, weight in weighed if weight == 1.0]
        count = len(siblings)
        self._shared = shared_texts(siblings if count > 1 else group, group if count > 1 else (), own=own)
        nicknames = Counter(e.reading.nickname for e in siblings if e.reading.nickname)
        repeated = {name for name, number in nicknames.items() if number > 1}
        # Names that several papers bear are the subjects of an outline, not nicknames.
        self._tagged = bool(repeated) and 2 * sum(nicknames[name] for name in repeated) >= nicknames.total()
        common = SHARED if len(nicknames) == 1 else _NEARLY_ALL
        self._tags = {name for name in repeated if nicknames[name] >= common * count}
        self._share = _share_kinds(facts, siblings, weighed)
        here = {id(exemplar) for exemplar in siblings}
        others = [e for e in group if id(e) not in here]
        coded = sum(map(shows_code, others))
        self._codes_elsewhere = bool(others) and coded >= _SOME * len(others)
        self._names = _set_names_apart(siblings, group)
        self._forms = Counter(date_forms(siblings))
        self._unpadded = Counter() if pad_dates(siblings) else Counter(date_forms(group))
        self._odd_dates = odd_dates(siblings)
        months = read_months(siblings)
        self._month_style = months if months.spelled is not None else read_months(group)
        self._spells_summer = facts.day.month in _SUMMER and spell_summer(group)
        self._months = [form for form in date_forms(group) if "%{" in form]
        self._calls_by_venue = call_by_venue(group)
        self._venues = read_venues(siblings, group, style.relatives, by_venue=self._calls_by_venue)
        self._spelled = spell_servers(group)
        self._cuts = read_cuts(siblings, style.relatives)
        self._has_boxes = any(e.reading.source.startswith("[ ] ", e.start) for e in group)
        self._read_rows(siblings, style, own=own)
        self._leaves_blanks = leave_blanks(siblings)
        self._todo = todo_sign(group)
        self._marks_missing_code = any(map(marks_missing_code, siblings))
        self._blank = html_placeholder(siblings)
        self._labels = shared_labels(group)
        self._institutes = print_institutes(siblings)
        self._sums_up = bool(facts.summary) and share_summaries(siblings)
        self._has_abstracts = bool(facts.paper.abstract.strip()) and share_abstracts(siblings)
        self._names_only = print_names(siblings if count >= ENOUGH else [*siblings, *self._rows])
        self._name_behind = name_behind(siblings)
        self._cites_authors = any(e.reading.nickname.rstrip(".").endswith(" et al") for e in siblings)
        called = code_labels(group)
        self._code_label, self._odd_code_labels = usual_code_label(called), odd_code_labels(called)
        self._general_code_label = general_code_label(called)
        linked_here = addresses_in(siblings)
        self._own_address = address_of(facts.paper.id, linked_here, [*linked_here, *addresses_in(style.relatives)])
        self._cuts_titles = not self._tagged and cut_titles(siblings, style.relatives)
        self._has_plain_titles = any(not e.reading.nickname for e in siblings)
        self._paper_label = paper_label(siblings) or paper_label(style.relatives) or "paper"

    def _read_rows(self, siblings: Sequence[Exemplar], style: Style, *, own: bool) -> None:
        """Find what the rows of a table share: their columns, and how cells are filled or left empty."""
        self._coded_widths = {len(e.reading.cells) for e in siblings if e.reading.cells and shows_code(e)}
        self._blanks = placeholders(siblings, style.relatives)
        self._rows = [e for e in style.relatives if e.reading.cells and any(have_same_columns(e, s) for s in siblings)]
        self._ratings = rating_columns(siblings) | rating_columns([*siblings, *self._rows])
        self._other_days = columns_of_other_days([*siblings, *self._rows])
        self._numbers = next_numbers(siblings, through=style.number > 0) if own else {}
        self._heads = group_heads(siblings)
        self._widths = read_widths(siblings)
        self._empty = usual_empty_cell([*siblings, *self._rows])
        self._has_empty_cells = has_empty_cells(siblings)


def _set_names_apart(siblings: Sequence[Exemplar], group: Sequence[Exemplar]) -> bool:
    """Return whether the names of papers are printed apart from their titles; of siblings without any, those of the
    ``group`` tell."""
    if 2 * sum(map(links_several, siblings)) >= max(2, len(siblings)):
        return False  # what stands before several papers is their subject
    named = [e for e in siblings if e.reading.nickname or nickname_of(e.reading.title)]
    whole = [bool(e.reading.nickname) for e in named if nickname_of(e.reading.title)]
    if whole.count(False) >= max(2, _HARDLY_ANY * len(named)) and not any(whole):
        return False  # names stand before titles that lack them, and only there
    if not named:
        elsewhere = [e for e in group if e.reading.nickname or nickname_of(e.reading.title)]
        named = elsewhere if len(elsewhere) >= _NAMED else []
    return bool(named) and sum(bool(e.reading.nickname) for e in named) >= MOST * len(named)


def _is_preprint(exemplar: Exemplar) -> bool:
    venues = exemplar.reading.venues
    return not venues or venues[0].preprint


def _share_kinds(
    facts: Facts, siblings: Sequence[Exemplar], weighed: Sequence[tuple[Exemplar, float]]
) -> dict[str, float]:
    """Return which share of the siblings has each kind of piece. Of a preprint, only other preprints tell whether it
    has a venue or date."""
    kinds = Counter(kind for exemplar in siblings for kind in {piece.kind for piece in exemplar.reading.pieces})
    share: dict[str, float] = {kind: number / len(siblings) for kind, number in kinds.items()}
    if coded := sum(map(shows_code, siblings)):
        share["code"] = coded / len(siblings)
    here = {id(exemplar) for exemplar in siblings}
    for kind in ("venue", "code"):
        if any(weight == 1.0 and id(e) not in here and tells(e, kind) for e, weight in weighed):
            share[kind] = max(share.get(kind, 0.0), 0.01)  # entries printed alike have it elsewhere
    if not facts.accepted:
        # Where only published papers carry a venue, a preprint has none.
        alone = [e for e in siblings if _is_preprint(e)]
        alone = alone or [e for e, weight in weighed if weight == 1.0 and tells(e, "id")]
        if 0 < len(alone) < ENOUGH <= len(siblings):
            forms = {skeleton(e) for e in siblings}
            alone += [e for e, _ in weighed if id(e) not in here and _is_preprint(e) and skeleton(e) in forms]
        if alone:
            share["venue"] = sum(bool(e.reading.venues) for e in alone) / len(alone)
            share["id"] = sum(any(p.kind == "id" for p in e.reading.pieces) for e in alone) / len(alone)
        if served := [e for e in alone if "arxiv" in (e.reading.url or "")]:
            share["date"] = sum(any(p.kind == "date" for p in e.reading.pieces) for e in served) / len(served)
    return share
