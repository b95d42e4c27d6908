"""The papers of one night in the order of their sections, those below new headings too."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import takewhile

from agent.core.catalog.inserting.additions import Plan
from agent.core.catalog.neighbours import order_among
from agent.core.catalog.ordering.sort_names import sort_name_of
from agent.core.catalog.parse import Catalog
from agent.core.catalog.parsing.leaf_section import Section
from agent.core.catalog.printing.facts import printed_day
from agent.core.catalog.spots import headings_fall


def in_order(plans: Sequence[Plan], catalog: Catalog) -> list[Plan]:
    """Return the plans with those of one spot in the order of the section; a new heading is made but once."""
    kept: list[Plan] = []
    groups: dict[tuple[int, str, tuple[str, ...]], list[Plan]] = {}
    for plan in plans:
        planned = plan._replace(heading=plan.spot.before if plan.spot.opens else ())
        groups.setdefault(planned.place, []).append(planned)
    for group in _share_years(_by_period([*groups.values()], catalog)):
        section = catalog.sections[group[0].addition.leaf]
        _sort_as(section, group)
        headed = any(line.strip() and not re.fullmatch(r"[-*_]{3,}|<[bh]r ?/?>", line) for line in group[0].spot.before)
        gap = section.gap
        for number, plan in enumerate(group):
            spot = plan.spot
            if headed or spot.anchor is None or not (spot.before or spot.first):
                spot = spot._replace(
                    before=spot.before if number == 0 else gap, behind=spot.behind if number == len(group) - 1 else ()
                )
            kept.append(plan._replace(spot=spot))
    return kept


def _sort_as(section: Section, group: list[Plan]) -> None:
    """Sort the plans of one spot as the entries beside it are sorted."""
    anchor = group[0].spot.anchor
    order = order_among(section.beside(anchor), section) if anchor else section.order
    if order in ("newest first", "oldest first"):
        group.sort(key=_age, reverse=order == "newest first")
    elif order == "alphabetical":
        group.sort(key=lambda plan: sort_name_of(plan.addition.paper, section.found))


def _age(plan: Plan) -> tuple[date, str]:
    """Return the day of a paper, and its id, which tells the order of one day."""
    return printed_day(plan.addition.paper), plan.addition.paper.id


def _by_period(groups: Sequence[list[Plan]], catalog: Catalog) -> list[list[Plan]]:
    """Return the groups with those below new headings at one place in the order of the headings there, behind one that
    ends the part above them."""

    def key(group: list[Plan]) -> tuple[bool, int]:
        if not group[0].heading:
            return False, 0
        day = printed_day(group[0].addition.paper).toordinal()
        return True, -day if headings_fall(catalog.sections[group[0].addition.leaf]) else day

    return sorted(groups, key=key)


def _share_years(groups: Sequence[list[Plan]]) -> Iterator[list[Plan]]:
    """Yield the groups, those of one new year below one heading of it: the first alone opens the year."""
    opened: tuple[int, str, tuple[str, ...]] | None = None
    for group in groups:
        after, leaf, heading = group[0].place
        if heading and opened and opened[:2] == (after, leaf):
            same = [
                line
                for line, other in takewhile(lambda pair: pair[0] == pair[1], zip(heading, opened[2], strict=False))
            ]
            if any(line.strip() for line in same):
                blanks = [*takewhile(lambda line: not line.strip(), heading)]
                before = (*blanks, *heading[len(same) :])
                group = [plan._replace(spot=plan.spot._replace(before=before)) for plan in group]
        opened = group[0].place if heading else None
        yield group
