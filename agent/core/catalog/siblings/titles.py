"""Titles as entries print them beside the nicknames of papers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from agent.core.catalog.formats.style import Exemplar
from agent.core.catalog.reading.scanned import NAME_WORDS
from agent.core.catalog.reading.titles.nicknames import COINED, nickname_of
from agent.core.catalog.siblings.rows import kinds_in

_NAMED: Final = 4
_NAMED_ELSEWHERE: Final = 6
_HARDLY_ANY: Final = 0.1
_NAME_BEHIND: Final = re.compile(
    r"(?<=\w)(?P<before>\s*[(\[\uff08])(?=\S*[A-Z\d])(?P<name>\w[^\s()\[\]\uff08\uff09]*)(?P<after>[)\]\uff09])$"
)


def name_behind(siblings: Sequence[Exemplar]) -> str:
    """Return how nearly all siblings print a nickname behind their title, as `` (%)``: a paper may have none. An empty
    text where they do not."""
    named = [match for exemplar in siblings if (match := _NAME_BEHIND.search(exemplar.reading.title))]
    if 4 * len(named) < 3 * len(siblings) or len({match["name"] for match in named}) < 2:
        return ""
    return Counter(match["before"] + "%" + match["after"] for match in named).most_common(1)[0][0]


def print_names(siblings: Sequence[Exemplar]) -> bool:
    """Return whether most rows of a table have but names where others have titles, as in a column of methods: a paper
    without a name has its title there."""
    rows = [exemplar.reading for exemplar in siblings if exemplar.reading.cells]
    titles = [row.title for row in rows if not row.nickname]
    names = [title for title in titles if len(title.split()) <= NAME_WORDS]
    coined = sum(COINED.search(name) is not None and " " not in name for name in names)
    several = len(names) > 1 and 2 * len(names) > len(titles) == len(rows)
    return several and 2 * coined >= len(names) and not any(":" in title for title in titles)


def links_nickname(exemplar: Exemplar) -> bool:
    """Return whether a row links its paper by the nickname alone."""
    links = [n for n in range(len(exemplar.reading.cells)) if kinds_in(exemplar, n) & {"address", "id"}]
    return bool(links) and all("nickname" in kinds_in(exemplar, n) for n in links)


def cut_titles(siblings: Sequence[Exemplar], relatives: Sequence[Exemplar]) -> bool:
    """Say whether the names before titles are cut off from these: several titles among the siblings, or more in the
    whole list, are without their names, and hardly any is whole, in the list as among the siblings."""
    tabular = any(exemplar.reading.cells for exemplar in siblings)
    own = [cut for exemplar in siblings if (cut := _is_cut(exemplar)) is not None]
    every = own + [cut for e in relatives if bool(e.reading.cells) == tabular and (cut := _is_cut(e)) is not None]
    several = sum(own) >= _NAMED or sum(every) >= _NAMED_ELSEWHERE
    return several and all(cuts.count(False) <= _HARDLY_ANY * sum(cuts) for cuts in (own, every))


def _is_cut(exemplar: Exemplar) -> bool | None:
    """Return whether the name before a title is cut off from it; False where the title begins with a name and a colon.

    None where an entry tells nothing: its name is missing or printed as the beginning of the title, or the title bears
    it where none would cut it off.
    """
    name, title = exemplar.reading.nickname, exemplar.reading.title
    if not name or exemplar.reading.split or not any(piece.kind == "nickname" for piece in exemplar.reading.pieces):
        return None
    if nickname_of(title):
        return False
    return None if re.search(rf"(?<!\w){re.escape(name)}", title, re.IGNORECASE) else True
