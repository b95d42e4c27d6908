"""Choose the headings of a list that become leaves, and the rows whose entries each of them holds."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from agent.core.catalog.overview import HeadingOverview, Overview
from agent.core.catalog.parse import parse
from agent.core.catalog.pieces.venues import names_preprints
from agent.core.catalog.places import is_place, period_of
from agent.core.catalog.sections import Heading
from agent.core.papers.matching import identifiers
from agent.core.survey.drafting.heading_kinds import (
    is_administration,
    is_contents,
    names_material,
    names_published,
    names_speech,
)

_OWN_PAPERS: Final = 2
_SPOKEN_OF: Final = 0.5
"""The share of talks that may link the paper they are about."""
_OWN_PAGE: Final = re.compile(
    r"(?!\w+:|[\w-]+(?:\.[\w-]+)+/)(?:\.{0,2}/)*+(?:[^\s#.]*|[^\s#]*(?:\.(?:md|markdown|html?|ipynb)|/))(?:#\S*)?",
    re.IGNORECASE,
)
"""An address without a host: a file, a folder or a heading of the list's own repository."""
_LONGEST_ADDRESS: Final = 500
"""Characters: a longer address is none of a page, and is not read."""


class Home(NamedTuple):
    """A heading that becomes a leaf, and the rows whose entries it holds."""

    row: HeadingOverview
    places: list[HeadingOverview]

    @property
    def rows(self) -> tuple[HeadingOverview, ...]:
        return self.row, *self.places


def find_homes(overview: Overview, text: str) -> tuple[list[Home], list[HeadingOverview]]:
    """Return the headings that become leaves, and those with entries that do not."""
    labels = _labels(overview)
    spans = [range(label.line, label.end_line + 1) for label in labels]
    rows = [_without(row, spans) for row in overview.headings if row.kind == "heading"] + labels
    rows.sort(key=lambda row: row.line)
    about_itself = _administered(rows) | _introductory(rows) | _unlinked(rows) | _leading_elsewhere(rows)
    about_itself |= _material(rows)
    filled = [row for row in rows if row.entries and row.line not in about_itself]
    places = [row for row in filled if is_place(row.title) or _holds_published(row, rows)]
    owners = {row.line: owner for row in places if (owner := _owner(row, rows))}
    # What stands above years that hold papers, and links none, introduces them.
    own = {owner.line: owner for owner in owners.values() if not _share_of_papers([owner])}
    introduced = own if _share_of_papers(places) else {}
    bare = {line: owner.model_copy(update={"entries": ()}) for line, owner in introduced.items()}
    owners = {line: bare.get(owner.line, owner) for line, owner in owners.items()}
    filled = [row for row in filled if row.line not in bare]
    while True:
        homes = _group(filled, owners)
        astray = _astray(homes, text)
        if not astray:
            break
        owners = {line: owner for line, owner in owners.items() if line not in astray}
    return homes, [row for row in rows if row.entries and row.line in about_itself]


def _without(row: HeadingOverview, spans: Sequence[range]) -> HeadingOverview:
    """Return the heading without the entries of the bullets that are headings themselves."""
    kept = tuple(entry for entry in row.entries if not any(entry.line in span for span in spans))
    return row if len(kept) == len(row.entries) else row.model_copy(update={"entries": kept})


def _labels(overview: Overview) -> list[HeadingOverview]:
    """Return the bullets that serve as headings: links to a place of the page with entries nested in them, or one of
    several under a heading that hold papers."""
    linked = [
        row.model_copy(update={"entries": kept})
        for row in overview.headings
        if row.kind == "bullet" and (kept := tuple(entry for entry in row.entries if entry.url))
    ]
    families = Counter(
        row.path
        for row in overview.headings
        if row.kind == "bullet" and any(_stands_at(other, row) for other in linked)
    )
    below = {path: [r for r in linked if r.path[: len(path)] == path] for path in families}
    papers = {path: _share_of_papers(rows) for path, rows in below.items()}
    entries = {path: sum(len(r.entries) for r in rows) for path, rows in below.items()}
    return [
        row
        for row in linked
        if row.anchor
        or (families[row.path] > 1 and papers[row.path] > 0.5 and entries[row.path] >= 2 * families[row.path])
    ]


def _stands_at(row: HeadingOverview, label: HeadingOverview) -> bool:
    """Whether a row is a label itself, or stands below it."""
    return row is label or row.line == label.line or row.path[: len(label.path) + 1] == (*label.path, label.title)


def _share_of_papers(rows: Sequence[HeadingOverview]) -> float:
    entries = [entry for row in rows for entry in row.entries]
    return sum(bool(identifiers(entry.url or "")) for entry in entries) / max(1, len(entries))


def _administered(rows: Sequence[HeadingOverview]) -> frozenset[int]:
    """Return the lines of headings about the list itself, and of all below them.

    Two kinds of headings do not count for what stands below them: a table of contents, because some lists are
    written under it (``# Contents`` / ``## Surveys``), and the title of the page.
    """
    return frozenset(
        row.line
        for row in rows
        if not row.anchor
        and (
            is_administration(row.title)
            or any(is_administration(name) and not is_contents(name) for name in row.path[1:])
        )
    )


def _introductory(rows: Sequence[HeadingOverview]) -> frozenset[int]:
    """Return the lines of headings whose own entries introduce the list.

    The table of contents follows, and they link one or two papers at most, or they stand below its title: there are
    headings below that and none of the entries links to a paper, or they are one or two below the first heading, such
    as the paper that the list belongs to.
    """
    contents = _line_of_contents(rows[1:])
    filled = [row for row in rows if row.entries and not is_place(row.title)]
    above = {(row.path[:depth], row.path[depth]) for row in filled for depth in range(len(row.path))}
    return frozenset(
        row.line
        for row in rows
        if (row is rows[0] and not row.path and any(each.line > contents > 0 for each in filled))
        or (row.line < contents and len(row.entries) * _share_of_papers([row]) <= _OWN_PAPERS)
        or (
            not row.path
            and (((), row.title) in above or (row is rows[0] and row.level == 1 and _share_of_papers(filled) > 0))
            and (
                not _share_of_papers([row])
                or (row is rows[0] and ((), row.title) in above and len(row.entries) <= _OWN_PAPERS)
            )
        )
    )


def _line_of_contents(rows: Sequence[HeadingOverview]) -> int:
    """Return the line of the table of contents, 0 where there is none, or where most papers stand above it: an index at
    the end of a list follows no introduction."""
    contents = next((row.line for row in rows if is_contents(row.title)), 0)
    papers = {row.line: len(row.entries) * _share_of_papers([row]) for row in rows}
    if not any(papers.values()):
        papers = {row.line: len(row.entries) for row in rows}
    below = sum(number for line, number in papers.items() if line > contents)
    return contents if 2 * below > sum(papers.values()) else 0


def _unlinked(rows: Sequence[HeadingOverview]) -> frozenset[int]:
    """Return the lines of headings none of whose entries has a link, in a list that links its entries."""
    entries = [entry for row in rows for entry in row.entries]
    if 2 * sum(entry.url is not None for entry in entries) <= len(entries):
        return frozenset()
    return frozenset(row.line for row in rows if row.entries and not any(entry.url for entry in row.entries))


def _leading_elsewhere(rows: Sequence[HeadingOverview]) -> frozenset[int]:
    """Return the lines of headings whose entries all lead to other pages of the list itself: ``[Pruning](pruning.md)``.

    None are left out where no heading would remain.
    """
    filled = [row for row in rows if row.entries]
    found = {row.line for row in filled if all(_leads_to_own_page(e.url or "") for e in row.entries)}
    return frozenset(found if len(found) < len(filled) else ())


def _leads_to_own_page(address: str) -> bool:
    return 0 < len(address) <= _LONGEST_ADDRESS and _OWN_PAGE.fullmatch(address) is not None


def _material(rows: Sequence[HeadingOverview]) -> frozenset[int]:
    """Return the lines of headings such as ``Tools`` whose entries link no paper, or ``Talks`` most of whose entries do
    not, in a list that has papers elsewhere: no new paper belongs there. One below a heading with entries of its own is
    part of that."""
    filled = [row for row in rows if row.entries]
    above = {row.title for row in filled}
    alone = [row for row in filled if names_material(row.title) and above.isdisjoint(row.path)]
    found = {row.line for row in alone if _share_of_papers([row]) <= _SPOKEN_OF * names_speech(row.title)}
    others = [row for row in filled if row.line not in found]
    return frozenset(found) if _share_of_papers(others) else frozenset()


def _holds_published(row: HeadingOverview, rows: Sequence[HeadingOverview]) -> bool:
    """Whether a heading holds what was published of the subject above it, beside one that holds its preprints."""
    beside = (other for other in rows if other.path == row.path and other.level == row.level)
    return names_published(row.title) and bool(row.path) and any(names_preprints(each.title) for each in beside)


def _owner(place: HeadingOverview, rows: Sequence[HeadingOverview]) -> HeadingOverview | None:
    """Return the heading that a year belongs to: the nearest above it that is none itself and less deep.

    One that is as deep, and has no entries of its own, stands above the year too; above a venue only without a text.
    A year below a venue belongs where the venue does.
    """
    below = [row for row in rows if row.line < place.line and row.level < place.level]
    if below and is_place(below[-1].title) and not below[-1].entries and below[-1].title in place.path:
        return _owner(below[-1], rows) or below[-1]
    above = [row for row in rows if row.line < place.line and row.level <= place.level and not is_place(row.title)]
    while (
        above
        and above[-1].level == place.level
        and (
            above[-1].entries
            or is_administration(above[-1].title)
            or (period_of(place.title) is None and above[-1].introduction)
        )
    ):
        level = above.pop().level
        above = [row for row in above if row.level < level] or above[:0]
    owner = above[-1] if above else None
    return owner if owner and not is_administration(owner.title) else None


def _group(filled: Sequence[HeadingOverview], owners: Mapping[int, HeadingOverview]) -> list[Home]:
    homes: dict[int, Home] = {}
    for row in filled:
        owner = owners.get(row.line, row)
        home = homes.setdefault(owner.line, Home(owner, []))
        if owner is not row:
            home.places.append(row)
    return [homes[line] for line in sorted(homes)]


def _astray(homes: Sequence[Home], text: str) -> frozenset[int]:
    """Return the lines of places that a parser does not find inside their leaf: they have to be leaves themselves."""
    keys = {str(home.row.line): Heading(title=home.row.title, parent=parent_of(home.row)) for home in homes}
    if not any(home.places for home in homes):
        return frozenset()
    found = parse(text, keys).sections
    return frozenset(
        place.line
        for home in homes
        for place in home.places
        if not (section := found.get(str(home.row.line))) or not section.line < place.line <= section.end_line
    )


def parent_of(row: HeadingOverview) -> str | None:
    return row.path[-1] if row.path else None
