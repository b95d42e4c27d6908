"""Find the habits of most sections of a list, for those too short to tell themselves."""

from __future__ import annotations

from bisect import bisect
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from agent.core.catalog.formats.style import BlockKind, Found
from agent.core.catalog.ordering.gaps import told_gap
from agent.core.catalog.ordering.orders import Order, number_of, pool_orders
from agent.core.catalog.parsing.parts import Part

_PAIRED: Final = 40
"""So many entries of a section are looked at for two without a heading between them."""
_POOLED: Final = 24
"""So many sections, spread over the list, say in which order the list is."""
_MISSING: Final = 0.1
"""The share of numbers that may be missing where entries are counted through the whole list."""
_NEAR: Final = 12
"""So many items of a section say whether they have several lines."""


def usual_gap(parts: Sequence[Part], lines: Sequence[str], kind: BlockKind, *, long: bool) -> tuple[str, ...] | None:
    """Return the lines between entries of a kind as most sections have them, ``long``: between those of several lines;
    None where no section tells."""
    gaps: Counter[tuple[str, ...]] = Counter()
    for part in parts:
        items = [f for f in part.found if f.kind == kind]
        if any(f.last_line > f.line for f in items[:_NEAR]) == long and (told := told_gap(items, lines)) is not None:
            gaps[told] += len(items)
    return gaps.most_common(1)[0][0] if gaps else None


def repeats_numbers(parts: Sequence[Part]) -> bool:
    """Return whether sections with numbered items mostly begin with one number twice, as Markdown allows."""
    pairs = [_first_pair(part) for part in parts]
    numbered = [(a.prefix.strip(), b.prefix.strip()) for a, b in filter(None, pairs) if a.prefix.strip()[:1].isdigit()]
    return 2 * sum(first == second for first, second in numbered) > len(numbered)


def _first_pair(part: Part) -> tuple[Found, Found] | None:
    """Return the first two entries without a heading between them."""
    headings = sorted(heading.line for heading in (*part.headings, *part.labels))
    pairs = pairwise(part.found[:_PAIRED])
    return next(((a, b) for a, b in pairs if bisect(headings, a.line) == bisect(headings, b.line)), None)


def last_number(parts: Sequence[Part]) -> int:
    """Return the highest number where the entries of all sections are counted as one, 0 where each begins anew.

    No number is there twice then, and few are missing.
    """
    counted = [numbers for part in parts if (numbers := [n for f in part.found if (n := number_of(f)) is not None])]
    numbers = [number for each in counted for number in each]
    together = len(counted) > 1 and len(set(numbers)) == len(numbers) > len(counted)
    return max(numbers) if together and max(numbers) - len(numbers) <= _MISSING * len(numbers) else 0


def usual_order(parts: Sequence[Part]) -> Order:
    """Return the order that the sections of the list, taken together, are in, ``none`` where they differ."""
    several = [part.found for part in parts if len(part.found) > 1]
    return pool_orders(several[:: max(1, len(several) // _POOLED)])
