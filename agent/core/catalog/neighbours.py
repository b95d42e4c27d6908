"""The entries that a new one goes among: which of a section's, and in which order they are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations, groupby, pairwise
from typing import Final, NamedTuple

from agent.core.catalog.formats.style import Found
from agent.core.catalog.ordering.orders import Order, counts_months, given_month, infer_order, pool_orders
from agent.core.catalog.parsing.leaf_section import Section
from agent.core.catalog.siblings.rows import kinds_in

_NEAR: Final = 20
_FEW: Final = 4
_RUN: Final = 2
"""So many entries are published, and so many preprints, where these stand apart."""
_NEARLY_ALL: Final = 0.9


class Run(NamedTuple):
    """Some entries that stand together, and their order."""

    found: Sequence[Found]
    order: Order


def published_like(found: Sequence[Found], *, published: bool) -> Run | None:
    """Return the entries that are published, or but preprints, as a paper is, where all of one kind stand above all of
    the other; None where they do not, or where that is but the order of their dates."""
    kinds = [any(not venue.preprint for venue in f.reading.venues) for f in found]
    if len(found) < 2 * _RUN or not all(f.reading.venues for f in found):
        return None
    runs = [[at for at, _ in run] for _, run in groupby(enumerate(kinds), key=lambda pair: pair[1])]
    if len(runs) != 2 or min(map(len, runs)) < _RUN:
        return None
    months = [given_month(f) for f in found]
    old = [month for month, out in zip(months, kinds, strict=True) if out and month[0]]
    new = [month for month, out in zip(months, kinds, strict=True) if not out and month[0]]
    if not old or sum(month < max(old) for month in new) < _RUN:
        return None
    if _keep_order([f.reading.dated for f in found]) or _nearly_keep_order([month for month in months if month[0]]):
        return None
    own = [found[at] for at in runs[kinds[0] != published]]
    return Run(own, infer_order(own))


def _keep_order(dates: Sequence[tuple[int, int, int]]) -> bool:
    """Return whether printed dates do not rise and fall: years, and months where both of two have them."""
    pairs = [(a, b) if a[1] and b[1] else (a[:1], b[:1]) for a, b in pairwise(dates)]
    return not any(a < b for a, b in pairs) or not any(a > b for a, b in pairs)


def _nearly_keep_order(months: Sequence[tuple[int, int, int]]) -> bool:
    """Return whether nearly all pairs of months that differ rise, or nearly all fall."""
    pairs = [first < second for first, second in combinations(months, 2) if first != second]
    return max(sum(pairs), len(pairs) - sum(pairs)) >= _NEARLY_ALL * len(pairs)


def outermost(found: Sequence[Found]) -> Sequence[Found]:
    """Return the entries that are nested least, where they are a third or more: the others belong to a subject, or are
    older ones that unfold."""
    depths = [len(f.prefix) - len(f.prefix.lstrip()) if f.kind == "bullet" else 0 for f in found]
    least = min(depths, default=0)
    outer = [f for f, depth in zip(found, depths, strict=True) if depth == least]
    return outer if len(outer) < len(found) <= 3 * len(outer) else found


def order_among(found: Sequence[Found], section: Section) -> Order:
    """Return the order of some entries: a few of one year or month are in that of the others of their section."""
    if found[0].kind == "heading" and _count_up(found):
        return "none"
    if len(found) > _FEW and not (found is section.found and section.order == "alphabetical"):
        order = infer_order(found)
    elif found is section.found:
        return section.order
    else:
        several = [place.found for place in section.places if len(place.found) > 1]
        order = pool_orders(several)
        if order == "none" and any(map(_count_up, several)):
            return order  # the order of the headings is not that below them
    order = section.order if order == "none" else order
    by_chance = order == "newest first" and _count_up(found) and section.usual_order() != order
    return "none" if by_chance else order


def _count_up(found: Sequence[Found]) -> bool:
    """Return whether list items or headings are numbered from 1 on: a new one has the next number, but an item in a
    list that surely has the newest first, which a page numbers anew."""
    numbers = [re.match(r"#*\s*(\d+)", f.prefix.strip()) for f in (*found[:2], found[-1])]
    expected = [*range(1, len(found) + 1)]
    return [number and int(number[1]) for number in numbers] == [*expected[:2], expected[-1]]


def may_part(found: Sequence[Found], section: Section, order: Order) -> bool:
    """Return whether a paper may come between two entries: by date, and where they are neither counted nor grouped."""
    counted = found[0].prefix.strip()[:1].isdigit() and not section.repeats_numbers() and not counts_months(found)
    rows = (
        not _are_named(found)
        and not _are_ticked(found)
        and any(f.kind == "row" and _is_counted_or_grouped(f) for f in found[:_NEAR])
    )
    return order in ("newest first", "oldest first") and not counted and not rows


def _is_counted_or_grouped(row: Found) -> bool:
    """Return whether the first cell of a row holds a number that is no date, or nothing."""
    cells = row.reading.cells
    dated = bool(cells) and "date" in kinds_in(row.exemplar, 0)
    return bool(cells) and not dated and re.fullmatch(r"[\s\d.)]*", row.reading.source[slice(*cells[0])]) is not None


def _are_ticked(found: Sequence[Found]) -> bool:
    """Return whether the first cell of rows holds a sign or nothing, such as a tick for what is done."""
    rows = [f.reading.source[slice(*f.reading.cells[0])].strip() for f in found[:_NEAR] if f.reading.cells]
    return any(rows) and not any(re.search(r"\w", cell) for cell in rows)


def names_group(row: Found, found: Sequence[Found]) -> bool:
    """Return whether a row names a group in its first cell, for rows below it that leave that cell empty."""

    def first(entry: Found) -> str:
        reading = entry.reading
        return reading.source[slice(*reading.cells[0])].strip() if reading.cells else "-"

    return bool(first(row)) and not _are_named(found) and any(not first(entry) for entry in found[:_NEAR])


def _are_named(found: Sequence[Found]) -> bool:
    """Return whether the first cell of rows holds the nicknames of papers, so that an empty one says that there is
    none."""
    return any("nickname" in kinds_in(entry.exemplar, 0) for entry in found[:_NEAR] if entry.reading.cells)
