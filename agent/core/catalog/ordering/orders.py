"""Find the order of entries, by their dates, arXiv ids, numbers or titles, and where a new one stands in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Final, Literal

from agent.core.arxiv.ids import base_id
from agent.core.catalog.formats.style import Found
from agent.core.catalog.ordering.sort_names import count_rising, sort_names

Order = Literal["newest first", "oldest first", "alphabetical", "none"]

_SAMPLE: Final = 60
_FEWER: Final = 16
_FEW: Final = 4
_CLEAR: Final = 0.5
_SORTED: Final = 0.9
_PAIRS: Final = 6
_BESIDE: Final = 5
"""So many neighbours, all in alphabetical order, are not so by chance."""
_ENOUGH_OLDER: Final = 20
"""Behind so many older entries none is looked for that is newer."""
_MONTH_NUMBER: Final = re.compile(r"\s*(?P<year>\d\d)(?P<month>0[1-9]|1[0-2])[.)]\s+")
_NUMBER: Final = re.compile(r"(?<!\d)\d{1,4}(?!\d)")
_ARXIV: Final = re.compile(r"arxiv\.org/(?:abs|pdf|html)/\d{4}\.\d{4,5}", re.IGNORECASE)
_NEW_ID: Final = re.compile(r"\d{4}\.\d{4,5}")
_DAY_FIRST: Final = re.compile("%[de]/%[mn]/%Y")
_MONTH_FIRST: Final = re.compile("%[mn]/%[de]/%Y")


def infer_order(found: Sequence[Found]) -> Order:
    """Return the order of the entries: by the dates they print, by those of their arXiv ids, or by their titles.

    Noise is allowed: the rank correlation (Kendall's tau-a without ties) of dates and places must be at least 0.5.
    """
    if len(found) < 2:
        return "none"
    if numbers_fall(found):
        return "newest first"
    step = max(1, len(found) // _SAMPLE)
    sample = found[::step]
    # Of two or three entries only what the list itself dates by month or day says anything.
    best = _tau(sample, few=len(found) < _FEW) or 0.0
    names = sort_names(sample)
    ascending = count_rising(names)
    dated = abs(best) >= _SORTED and _tell_days(sample)
    if len(found) >= 5 and ascending >= _SORTED * (len(names) - 1) and not dated:
        return "alphabetical"
    if abs(best) < _CLEAR:
        return "none"
    return "newest first" if best < 0 else "oldest first"


def numbers_fall(found: Sequence[Found]) -> bool:
    """Say whether items or rows are numbered downwards, to 1 for the last: ``[3]``, ``[2]``, ``[1]``."""
    if len(found) < 2 or _NUMBER.search(_start_of(found[-1])) is None:
        return False
    numbers = [number for f in found if (number := _NUMBER.search(_start_of(f)))]
    return len(numbers) == len(found) and [int(n[0]) for n in numbers] == list(range(len(found), 0, -1))


def counts_months(found: Sequence[Found]) -> bool:
    """Say whether items are numbered by the months of their arXiv ids, ``2511.``, and not one after another."""
    numbers = [_MONTH_NUMBER.fullmatch(f.prefix) for f in found]
    if not all(numbers):
        return False
    given = [given_month(f)[:2] for f in found[:_SAMPLE]]
    told = [(2000 + int(number["year"]), int(number["month"])) for number in numbers if number]
    agree = sum(told[at] == month for at, month in enumerate(given))
    return agree > 0 and agree >= _SORTED * sum(month != (0, 0) for month in given)


def number_of(found: Found) -> int | None:
    """Return the number of an item or row that is counted, None for one that is not."""
    number = _NUMBER.search(_start_of(found))
    return int(number[0]) if number else None


def _start_of(found: Found) -> str:
    """Return what stands before an entry, or in the first cell of a row."""
    if found.kind != "row" or not found.reading.cells:
        return found.prefix
    text = found.reading.source[slice(*found.reading.cells[0])].strip()
    return text if text.isdigit() else ""


def pool_orders(sections: Sequence[Sequence[Found]]) -> Order:
    """Return the order of a list as a whole: that of its sections taken together, each weighed by its entries but one.

    Two or three entries say little alone, but several such sections do. ``none`` where the mean of the sections' rank
    correlations is below 0.5, or, of a list with fewer than six pairs of entries to compare, below 0.9. It is
    ``alphabetical`` where nearly all neighbours are and dates tell no clearer order.
    """
    weight = total = 0.0
    pairs = beside = ascending = told = 0
    for found in sections:
        sample = found[:: max(1, len(found) // _FEWER)]
        names = sort_names(sample)
        beside += len(names) - 1
        ascending += count_rising(names)
        tau = _tau(sample, few=False)
        told += _tell_days(sample) and len(sample) - 1
        if tau is not None and len(sample) > 1:
            weight += len(sample) - 1
            total += tau * (len(sample) - 1)
            pairs += len(sample) * (len(sample) - 1) // 2
    clear = _CLEAR if pairs >= _PAIRS else _SORTED
    dated = abs(total) >= _SORTED * weight and 2 * told >= beside
    if beside >= _BESIDE and ascending >= _SORTED * beside and not dated:
        return "alphabetical"
    if pairs < _FEW or abs(total) < clear * weight:
        return "none"
    return "newest first" if total < 0 else "oldest first"


def _tell_days(sample: Sequence[Found]) -> bool:
    """Return whether half of the entries or more print a date or link an arXiv id: dates of but a few, in order by
    chance, say nothing of the others."""
    return 2 * sum(f.reading.dated[0] > 0 or given_month(f)[0] > 0 for f in sample) >= len(sample)


def _tau(sample: Sequence[Found], *, few: bool) -> float | None:
    """Return the rank correlation of places with printed dates or with the months of arXiv ids, whichever is clearer;
    of mere years, which may be those of venues, and the ids of half of them that contradict them, that of the ids. None
    without dates.

    ``few`` leaves out years, and ids.
    """
    printed = _printed_days(sample)
    if not any(key[0] for key in printed):
        printed = [(key[1] and 1, *key[1:]) for key in printed]  # days below the heading of their year
    given = [] if few else [given_month(f) for f in sample]
    if few:
        printed = [key for key in printed if key[1]]
    dates, ids = [key for key in printed if key[0]], [key for key in given if key[0]]
    by_date, by_id = _pairs(dates), _pairs(ids)
    if by_date is None or by_id is None:
        return by_id if by_date is None else by_date
    mere_years = 2 * len(ids) >= len(dates) and not any(key[1] for key in printed)
    contradicted = by_date * by_id < 0 and abs(by_id) >= _CLEAR and mere_years
    return by_id if contradicted else max(by_date, by_id, key=abs)


def _printed_days(sample: Sequence[Found]) -> list[tuple[int, int, int]]:
    """Return the dates that entries print; ``06/11/2025`` beside ``23/10/2025`` is a day in November."""
    forms = [next((piece.form for piece in f.reading.pieces if piece.kind == "date"), "") for f in sample]
    days = [f.reading.dated for f in sample]
    if not any(map(_DAY_FIRST.fullmatch, forms)):
        return days
    swap = [_MONTH_FIRST.fullmatch(form) is not None for form in forms]
    return [(y, d, m) if other and d else (y, m, d) for (y, m, d), other in zip(days, swap, strict=True)]


def _pairs(keys: Sequence[tuple[int, int, int]]) -> float | None:
    """Return the share of pairs that rise, less that of those that fall; None where no two keys differ."""
    rising = falling = 0
    for i, key in enumerate(keys):
        for other in keys[i + 1 :]:
            rising += other > key
            falling += other < key
    return (rising - falling) / (rising + falling) if rising + falling else None


def given_month(found: Found) -> tuple[int, int, int]:
    """Return the month of an entry's arXiv id: that of its address, else of the first link in it."""
    return (*_given_id(found)[:2], 0)


def _given_id(found: Found) -> tuple[int, int, int]:
    """Return the year, the month and the number of an entry's arXiv id, zeros where it links none."""
    reading = found.reading
    arxiv_id = base_id(reading.url or "")
    if arxiv_id is None and (linked := _ARXIV.search(reading.source)):
        arxiv_id = base_id(linked[0])
    return _id_key(arxiv_id or "")


def _id_key(arxiv_id: str) -> tuple[int, int, int]:
    if not _NEW_ID.fullmatch(arxiv_id):
        return (0, 0, 0)
    return (2000 + int(arxiv_id[:2]), int(arxiv_id[2:4]), int(arxiv_id[5:]))


def place_by_day(found: Sequence[Found], day: date, arxiv_id: str, order: Order) -> int | None:
    """Return how many of the entries, newest or oldest first, a paper of a day stands after, so that as few of them as
    can be are out of order; None for a paper that goes where the newest go: it is as new as those, or no months tell.

    Entries are compared by month, those that print a day by that; where none prints a month, by their arXiv ids, if
    these are in the order.
    """
    best = wrong = least = older = 0
    months = any(entry.reading.dated[1] for entry in found[:_SAMPLE])
    given = _id_key(arxiv_id)
    if not months and not (given[0] and _ids_tell(found, order)):
        return None
    for at, entry in enumerate(found if order == "newest first" else reversed(found), 1):
        dated = entry.reading.dated
        if not dated[1]:
            dated = given_month(entry) if months else _given_id(entry)
        if dated[0] and dated[1]:
            own = (day.year, day.month, day.day if dated[2] else 0) if months else given
            wrong += (dated < own) - (dated > own)
            older = older + 1 if dated <= own else 0
        if wrong < least:
            best, least = at, wrong
        if older and (best == 0 or older >= _ENOUGH_OLDER):
            break
    if best == 0:
        return None
    return best if order == "newest first" else len(found) - best


def _ids_tell(found: Sequence[Found], order: Order) -> bool:
    """Return whether the months of the entries' arXiv ids are in an order."""
    given = [given_month(entry) for entry in found[:: max(1, len(found) // _SAMPLE)]]
    tau = _pairs([key for key in given if key[0]]) or 0.0
    return (-tau if order == "newest first" else tau) >= _CLEAR
