"""Find where each leaf of the taxonomy lives in a list: at a heading, or at a bullet that serves as one."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from agent.core.catalog.blocks import Bullet, HeadingLine
from agent.core.catalog.places import is_place
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
    names = _Names(line.text for line in lines)
    hits = {title: deque(names.matching(title)) for title in {heading.title for heading in headings.values()}}
    parents = {title: frozenset(names.matching(title or "")) for title in {h.parent for h in headings.values()}}
    first = {title: min(places, default=-1) for title, places in parents.items()}
    ancestors = ancestors_of(lines)
    at: dict[str, int] = {}
    taken: set[int] = set()
    exhausted: set[tuple[str, str | None]] = set()  # none that is free stands below such a parent
    for surely in (True, False):
        for leaf, heading in headings.items():
            free, above = hits[heading.title], parents[heading.parent]
            while free and free[0] in taken:
                free.popleft()
            if leaf in at or not free:
                continue
            sought = heading.title, heading.parent
            found = None
            if sought not in exhausted:
                found = next((i for i in free if i not in taken and ancestors[i] & above), None)
            if found is None:
                exhausted.add(sought)
            if found is None and not surely:
                found = next((i for i in free if i > first[heading.parent] and i not in taken), free[0])
            if found is not None:
                at[leaf] = found
                taken.add(found)
    return {leaf: lines[at[leaf]] for leaf in at}


def locate_bullets(roots: Sequence[Bullet], headings: Mapping[str, Heading]) -> dict[str, Bullet]:
    """Return the bullet of each leaf that has one with entries nested in it, or beside one that has.

    A mere table of contents is thus no home for entries.
    """
    bullets = [bullet for root in roots for bullet in root.walk() if bullet.children or len(bullet.source) < _LABEL]
    names = _Names(bullet.text for bullet in bullets)
    hits = {leaf: [bullets[i] for i in names.matching(heading.title)] for leaf, heading in headings.items()}
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


class _Names:
    """The names of a list's headings or bullets, to be found by what a leaf's heading says."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._whole: defaultdict[str, list[int]] = defaultdict(list)
        self._numbered: defaultdict[str, list[int]] = defaultdict(list)
        self._unnumbered: defaultdict[str, list[int]] = defaultdict(list)
        for place, name in enumerate(map(_name, texts)):
            self._whole[name.whole].append(place)
            if name.number is None:
                self._unnumbered[name.words].append(place)
            else:
                self._numbered[name.number].append(place)

    def matching(self, title: str) -> list[int]:
        """Return the positions of the names that are the title, else that have its number, else its words
        unnumbered.
        """
        wanted = _name(title)
        same = self._whole.get(wanted.whole, []) if wanted.whole else []
        if same or wanted.number is None:
            return same
        unnumbered = self._unnumbered.get(wanted.words, []) if wanted.words else []
        return self._numbered.get(wanted.number) or unnumbered


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


class Nesting:
    """The headings of a list, each with the one that it stands below: tells which lines the section of a leaf has.

    ``stops`` are the lines of the leaves' headings; ``hold_entries`` says whether entries may stand between two lines.
    """

    def __init__(
        self,
        headings: Sequence[HeadingLine],
        stops: Collection[int],
        hold_entries: Callable[[int, int], bool],
        last: int,
    ) -> None:
        self._headings = headings
        self._stops = stops
        self._hold_entries = hold_entries
        self._last = last
        self._parents: list[int] = []
        above: list[HeadingLine] = []
        for heading in headings:
            while above and above[-1].level >= heading.level:
                above.pop()
            self._parents.append(above[-1].line if above else 0)
            above.append(heading)

    def spans(self, at: int) -> tuple[tuple[int, int], ...]:
        """Return the lines of the section that the heading at a position opens, as (first, last) of each of its parts.

        A section is one part, to the next heading of its level or of another leaf. A heading with years or venues below
        it, after other leaves or below the title of the list, has those, and of its own what stands before any other
        heading.
        """
        own = self._headings[at]
        end = self._end(at)
        beneath = self._places_beneath(at)
        if not beneath or (own.level > 1 and all(self._headings[place].line <= end for place in beneath)):
            return ((own.line, end),)
        following = self._headings[at + 1].line - 1
        return ((own.line, following), *((self._headings[place].line, self._end(place)) for place in beneath))

    def _end(self, at: int) -> int:
        """Return the last line before the next heading that does not belong below the heading at a position.

        Headings of its own level that only name a year or a venue do belong, unless it is one itself, or has entries of
        its own and stands below another leaf: then they are that one's.
        """
        own = self._headings[at]
        apart = is_place(own.text) or (self._has_entries(at) and self._parents[at] in self._stops)
        for heading in self._headings[at + 1 :]:
            if heading.line in self._stops or heading.level < own.level:
                return heading.line - 1
            if heading.level == own.level and (apart or not is_place(heading.text)):
                return heading.line - 1
        return self._last

    def _has_entries(self, at: int) -> bool:
        """Return whether entries may stand below a heading before any other one."""
        after = self._headings[at + 1].line if at + 1 < len(self._headings) else self._last + 1
        return self._hold_entries(self._headings[at].line, after)

    def _places_beneath(self, at: int) -> list[int]:
        """Return the positions of the years and venues that belong directly to a heading and are no leaves."""
        own = self._headings[at]
        found: list[int] = []
        owned = False
        for place in range(at + 1, len(self._headings)):
            heading = self._headings[place]
            if heading.level <= own.level:
                break
            if self._parents[place] != own.line:
                continue
            if not is_place(heading.text):
                owned = heading.line in self._stops and not self._has_entries(place)
            elif heading.line not in self._stops and not owned:
                found.append(place)
        return found
