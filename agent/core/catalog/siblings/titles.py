"""How entries print titles beside the nicknames of papers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from agent.core.catalog.formats.style import Exemplar
from agent.core.catalog.reading.scanned import NAME_WORDS
from agent.core.catalog.reading.titles.nicknames import COINED
from agent.core.catalog.siblings.rows import kinds_in

_NAMED: Final = 4
_NAMED_ELSEWHERE: Final = 6
_NAME_BEHIND: Final = re.compile(
    r"(?<=\w)(?P<before>\s*[(\[\uff08])(?=\S*[A-Z\d])(?P<name>\w[^\s()\[\]\uff08\uff09]*)(?P<after>[)\]\uff09])$"
)


def name_behind(siblings: Sequence[Exemplar]) -> str:
    """Return how all siblings print a nickname behind their title, as `` (%)``, or an empty text where one does not."""
    found = [_NAME_BEHIND.search(exemplar.reading.title) for exemplar in siblings]
    named = [match for match in found if match]
    if len(named) < len(found) or len({match["name"] for match in named}) < 2:
        return ""
    return Counter(match["before"] + "%" + match["after"] for match in named).most_common(1)[0][0]


def print_names(siblings: Sequence[Exemplar]) -> bool:
    """Return whether the rows of a table have but names where others have titles, as in a column of methods."""
    rows = [exemplar.reading for exemplar in siblings if exemplar.reading.cells]
    titles = [row.title for row in rows if not row.nickname]
    coined = sum(COINED.search(title) is not None and " " not in title for title in titles)
    return (
        1 < len(titles) == len(rows)
        and max(len(title.split()) for title in titles) <= NAME_WORDS
        and 2 * coined >= len(titles)
        and not any(":" in title for title in titles)
    )


def links_nickname(exemplar: Exemplar) -> bool:
    """Return whether a row links its paper by the nickname alone."""
    links = [n for n in range(len(exemplar.reading.cells)) if kinds_in(exemplar, n) & {"address", "id"}]
    return bool(links) and all("nickname" in kinds_in(exemplar, n) for n in links)


def cut_titles(siblings: Sequence[Exemplar], group: Sequence[Exemplar]) -> bool:
    """Say whether the names before titles are cut off from these: none of several titles begins with its name.

    A few may tell nothing: the name of a paper is not always a part of its title. So many must be among the siblings,
    or more of them in the whole ``group``.
    """
    return _cut_off(siblings, _NAMED) or _cut_off(group, _NAMED_ELSEWHERE)


def _cut_off(exemplars: Sequence[Exemplar], fewest: int) -> bool:
    """Return whether so many titles have a name before them, and none begins with its own."""
    named = [e for e in exemplars if e.reading.nickname and any(p.kind == "nickname" for p in e.reading.pieces)]
    if any(e.reading.split or e.reading.title.casefold().startswith(e.reading.nickname.casefold()) for e in named):
        return False
    return len(named) >= fewest
