"""Find where each leaf of the taxonomy lives in a list: at a heading, or at a bullet that serves as one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from agent.core.catalog.blocks import Bullet, HeadingLine
from agent.records import Record

_LABEL: Final = 200
"""A list item without items below it that has more characters is no name of a section."""
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)*(?=\.?(?:\s|$))")


class Heading(Record):
    """A leaf's heading as it reads in the list, and the heading it stands under, which decides between equal ones."""

    title: str
    parent: str | None = None


class _Name(NamedTuple):
    """A heading's text for comparison: whole, its number (null without one), and the text without the number."""

    whole: str
    number: str | None
    words: str


def locate_headings(lines: Sequence[HeadingLine], headings: Mapping[str, Heading]) -> dict[str, HeadingLine]:
    """Return the heading of each leaf that has one in the body; no heading serves two leaves.

    Leaves found under their parent choose first, so that a section which is missing does not get a namesake's place.
    """
    names = [_name(line.text) for line in lines]
    hits = {leaf: _matching(heading.title, names) for leaf, heading in headings.items()}
    parents = {leaf: _matching(heading.parent or "", names) for leaf, heading in headings.items()}
    ancestors = ancestors_of(lines)
    at: dict[str, int] = {}
    for surely in (True, False):
        for leaf in headings:
            free = [i for i in hits[leaf] if i not in at.values()]
            below = [i for i in free if ancestors[i].intersection(parents[leaf])]
            after = [i for i in free if any(parent < i for parent in parents[leaf])]
            if leaf not in at and (below or (free and not surely)):
                at[leaf] = (below or after or free)[0]
    return {leaf: lines[i] for leaf, i in at.items()}


def locate_bullets(roots: Sequence[Bullet], headings: Mapping[str, Heading]) -> dict[str, Bullet]:
    """Return the bullet of each leaf that has one with entries nested in it, or beside one that has.

    A mere table of contents is thus no home for entries.
    """
    bullets = [bullet for root in roots for bullet in root.walk() if bullet.children or len(bullet.source) < _LABEL]
    names = [_name(bullet.text) for bullet in bullets]
    hits = {leaf: [bullets[i] for i in _matching(heading.title, names)] for leaf, heading in headings.items()}
    labels = {id(bullet) for found in hits.values() for bullet in found}
    filled = {
        id(bullet)
        for found in hits.values()
        for bullet in found
        if any(id(c) not in labels for c in bullet.children) or len(bullet.paragraphs) > 1
    }
    families = [roots, *(bullet.children for bullet in bullets)]
    beside = {id(b) for family in families if any(id(c) in filled for c in family) for b in family}
    homes = {
        leaf: [b for b in found if id(b) in filled] or [b for b in found if id(b) in beside]
        for leaf, found in hits.items()
    }
    return {leaf: found[0] for leaf, found in homes.items() if found}


def _name(text: str) -> _Name:
    text = " ".join(text.strip(" []:").casefold().split())
    number = match[0] if (match := _NUMBER.match(text)) else None
    return _Name(text, number, text[len(number or "") :].lstrip(". "))


def _matching(title: str, names: Sequence[_Name]) -> list[int]:
    """Return the positions of the names that are the title, else that have its number, else its words unnumbered."""
    wanted = _name(title)
    same = [i for i, name in enumerate(names) if name.whole == wanted.whole != ""]
    if same or wanted.number is None:
        return same
    return [i for i, name in enumerate(names) if name.number == wanted.number] or [
        i for i, name in enumerate(names) if name.number is None and name.words == wanted.words != ""
    ]


def ancestors_of(lines: Sequence[HeadingLine]) -> list[set[int]]:
    """Return for each heading the positions of those it stands under."""
    found: list[set[int]] = []
    path: list[int] = []
    for i, line in enumerate(lines):
        while path and lines[path[-1]].level >= line.level:
            path.pop()
        found.append(set(path))
        path.append(i)
    return found
