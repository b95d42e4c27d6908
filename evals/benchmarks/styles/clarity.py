"""Whether a reader could tell from a drawn list alone what the new lines must be."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol

from evals.benchmarks.styles.entries import Written
from evals.benchmarks.styles.grammar.papers import Invented
from evals.benchmarks.styles.grammar.pieces import AMBIGUOUS_MONTHS, WITH_WORDS
from evals.benchmarks.styles.grammar.style import Style
from evals.benchmarks.styles.lists import DrawnList, group_key, orders_of

_LEAST: int = 2
"""So many entries must show a thing before it counts as shown."""


class _LeftOut(Protocol):
    @property
    def paper(self) -> Invented: ...
    @property
    def part(self) -> int: ...


def is_clear(drawn: DrawnList, left_out: Sequence[_LeftOut]) -> bool:
    """Return whether each piece, the order and the sub-headings of the left-out papers can be inferred."""
    entries, style = drawn.entries, drawn.style
    return (
        _shows_both(style, entries)
        and _shows_venue(drawn, left_out)
        and _shows_order(drawn)
        and all(_is_plain(style, entries, one.paper) for one in left_out)
        and all(_group_is_clear(drawn, one) for one in left_out)
    )


def _shows_both(style: Style, entries: Sequence[Written]) -> bool:
    """Return whether entries with and without code, a page and a nickname are there."""
    forms = style.forms
    wanted = [
        (forms.links.code or forms.links.star, [entry.paper.repository is not None for entry in entries]),
        (forms.links.page, [entry.paper.page is not None for entry in entries]),
        (forms.nickname, [entry.paper.nickname is not None for entry in entries]),
    ]
    apart = style.table or forms.title.linked or forms.title.marks[0] or _has_bare_names(style)
    if apart and forms.nickname and forms.nickname.place == "split" and sum(wanted[2][1]) < 3 * _LEAST:
        return False  # only several names that are no part of their titles tell that the titles are cut
    return all(min(sum(having), len(having) - sum(having)) >= _LEAST for needed, having in wanted if needed)


def _has_bare_names(style: Style) -> bool:
    """Return whether names stand before titles without a colon, as in ``[Name] Title``."""
    return any(slot.piece == "nickname" and ":" not in slot.after for line in style.lines for slot in line)


def _shows_venue(drawn: DrawnList, left_out: Sequence[_LeftOut]) -> bool:
    """Return whether papers that are on arXiv alone are there, in the list and in each section that is asked for."""
    if not drawn.style.has("venue"):
        return True
    asked = [drawn.parts[one.part].entries for one in left_out]
    return _preprints(drawn.entries) >= _LEAST and all(_preprints(entries) for entries in asked)


def _preprints(entries: Sequence[Written]) -> int:
    return sum(not entry.variation.published and "venue" not in entry.variation.missing for entry in entries)


def _shows_order(drawn: DrawnList) -> bool:
    """Return whether the entries are in the style's order and in no other."""
    if drawn.style.order == "none":
        return True
    blocks = [entries for part in drawn.parts for _, entries in part.groups]
    if sum(len(block) - 1 for block in blocks) < 5:
        return False
    return orders_of(drawn.style, blocks) == {drawn.style.order}


def _is_plain(style: Style, entries: Sequence[Written], paper: Invented) -> bool:
    """Return whether a left-out paper is of a kind whose pieces the list shows."""
    return not (
        (style.period_behind_title() and paper.title.endswith("?"))
        or _month_is_unclear(style, entries, paper)
        or _authors_are_unclear(style, entries, paper)
    )


def _month_is_unclear(style: Style, entries: Sequence[Written], paper: Invented) -> bool:
    forms = style.forms
    worded = (forms.date and forms.date.form in WITH_WORDS) or (forms.venue and "Mon" in forms.venue.year)
    if worded and paper.day.month in AMBIGUOUS_MONTHS:
        return True
    days = [entry.paper.day for entry in entries if "date" not in entry.variation.missing]
    month_unseen = paper.day.month < 10 and not any(day.month < 10 for day in days)
    return month_unseen or (paper.day.day < 10 and not any(day.day < 10 for day in days))


def _authors_are_unclear(style: Style, entries: Sequence[Written], paper: Invented) -> bool:
    form = style.forms.authors
    if form is None or not style.has("authors"):
        return False
    if form.name in ("initials", "inverted") and any("-" in one.given or " " in one.given for one in paper.authors):
        return True
    counts = [len(entry.paper.authors) for entry in entries if "authors" not in entry.variation.missing]
    if form.first is None:
        return sum(count >= 4 for count in counts) < _LEAST
    return len(paper.authors) <= max(form.first, 2) or 2 * sum(count > form.first for count in counts) < len(counts)


def _group_is_clear(drawn: DrawnList, one: _LeftOut) -> bool:
    """Return whether a paper's sub-heading is there, or others show where a new one stands."""
    key = group_key(drawn.style, one.paper)
    keys = [[key for key, _ in part.groups] for part in drawn.parts]
    return key in keys[one.part] or any(a != b for part in keys for a, b in pairwise(part))
