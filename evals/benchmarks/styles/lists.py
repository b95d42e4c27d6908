"""Whole lists of one style as text, and the texts that are right once a paper is inserted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import combinations
from typing import NamedTuple

from evals.benchmarks.styles.entries import Written, print_block
from evals.benchmarks.styles.grammar.papers import Invented
from evals.benchmarks.styles.grammar.style import Style

GroupKey = tuple[int, ...]
"""The year, or year and month, of a sub-heading; empty in a list without them."""


class Part(NamedTuple):
    """A section: its name, the line of its heading's words, an introduction, and its entries by sub-heading."""

    name: str
    words: str
    intro: str
    groups: tuple[tuple[GroupKey, tuple[Written, ...]], ...]

    @property
    def entries(self) -> tuple[Written, ...]:
        return tuple(entry for _, entries in self.groups for entry in entries)


class DrawnList(NamedTuple):
    """A list: what stands above and below its sections, and the form of a month's name."""

    style: Style
    above: str
    parts: tuple[Part, ...]
    below: str
    month_form: str
    final_newline: bool = True

    @property
    def entries(self) -> tuple[Written, ...]:
        return tuple(entry for part in self.parts for entry in part.entries)

    def text(self) -> str:
        """Return the whole file."""
        blocks = [self.above, *(self._part(part) for part in self.parts), self.below]
        return "\n\n".join(block for block in blocks if block) + ("\n" if self.final_newline else "")

    def _part(self, part: Part) -> str:
        lines = [heading_line(self.style, part.words)]
        gap = "\n\n" if self.style.heading.blank_below else "\n"
        if part.intro:
            lines.append(part.intro)
            gap = "\n\n"
        blocks = []
        for key, entries in part.groups:
            block = print_block(self.style, entries)
            blocks.append(f"{self.group_line(key)}{self._below_group()}{block}" if key else block)
        return gap.join([gap.join(lines), "\n\n".join(blocks)])

    def _below_group(self) -> str:
        return "\n\n" if self.style.heading.blank_below or self.style.group_line.startswith("*") else "\n"

    def group_line(self, key: GroupKey) -> str:
        """Return the sub-heading of a year or month."""
        if len(key) == 1:
            return self.style.group_line.format(key[0])
        return self.style.group_line.format(f"{date(key[0], key[1], 1):{self.month_form}}")


def heading_line(style: Style, words: str) -> str:
    """Return a section's heading."""
    level = style.heading.level
    if style.heading.kind == "html":
        return f"<h{level}>{words}</h{level}>"
    if style.heading.kind == "setext":
        return f"{words}\n{'-' * max(3, len(words))}"
    return f"{'#' * level} {words}"


def group_key(style: Style, paper: Invented) -> GroupKey:
    """Return the sub-heading below which a paper belongs."""
    day = paper.day
    return {None: (), "year": (day.year,), "month": (day.year, day.month)}[style.group]


def with_paper(drawn: DrawnList, at: int, paper: Invented) -> Iterator[tuple[int, DrawnList]]:
    """Yield the list with a paper in its section number ``at``, once for each place in its block that is right."""
    part, key, new = drawn.parts[at], group_key(drawn.style, paper), Written(paper)
    groups = dict(part.groups)
    entries = groups.get(key, ())
    for place in right_places(drawn.style, entries, paper):
        groups[key] = (*entries[:place], new, *entries[place:])
        ordered = sorted(groups.items(), reverse=drawn.style.newest_group_first)
        parts = [*drawn.parts]
        parts[at] = part._replace(groups=tuple(ordered))
        yield place, drawn._replace(parts=tuple(parts))


def right_places(style: Style, entries: Sequence[Written], paper: Invented) -> list[int]:
    """Return the places in a block at which a paper leaves as few pairs out of order as it can."""
    if style.container == "number":
        return [len(entries)]
    everywhere = range(len(entries) + 1)
    if style.order == "none":
        return list(everywhere)
    keys = [_key(style, entry) for entry in entries]
    own = _key(style, Written(paper))
    wrong = [_out_of_order(style.order, keys[:place], own, keys[place:]) for place in everywhere]
    least = {place for place in everywhere if wrong[place] == min(wrong)}
    if style.order in ("newest", "oldest") and not _prints_months(style):
        least.add(0 if style.order == "newest" else len(entries))  # only ids would tell that it is no new paper
    return sorted(least)


def _prints_months(style: Style) -> bool:
    return style.forms.date is not None and style.forms.date.form != "YYYY"


def orders_of(style: Style, drawn: Sequence[Sequence[Written]]) -> set[str]:
    """Return the orders that all blocks are in."""
    found = set()
    for order in ("newest", "oldest", "alphabetical"):
        keys = [[_key(style._replace(order=order), entry) for entry in block] for block in drawn]
        if not any(_wrong(order, a, b) for block in keys for a, b in combinations(block, 2)):
            found.add(order)
    return found


Key = tuple[int, int] | str | None


def _key(style: Style, entry: Written) -> Key:
    """Return by what an entry is put in order, None where the list does not show it."""
    if style.order == "alphabetical":
        return entry.paper.title.casefold()
    hidden = entry.variation.elsewhere and (not style.has("date") or "date" in entry.variation.missing)
    return None if hidden or entry.variation.other_date else (entry.paper.day.year, entry.paper.day.month)


def _wrong(order: str, first: Key, second: Key) -> bool:
    if first is None or second is None:
        return False
    low, high = (second, first) if order == "newest" else (first, second)
    return low > high  # type: ignore[operator]


def _out_of_order(order: str, before: Sequence[Key], own: Key, behind: Sequence[Key]) -> int:
    return sum(_wrong(order, key, own) for key in before) + sum(_wrong(order, own, key) for key in behind)
