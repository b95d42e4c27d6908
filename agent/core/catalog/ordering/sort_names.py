"""The names that alphabetical entries are sorted by: their titles, or the authors that they begin with."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final
from unicodedata import combining, normalize

from agent.core.catalog.formats.style import Found
from agent.core.catalog.pieces.names import Manner, format_names
from agent.core.catalog.words import author_name, printed_title
from agent.records import Paper

_FAMILY_FIRST: Final = re.compile(r"[^\W\d_][\w '\u2019-]*,\s[^\W\d_]")
"""How an entry begins whose first author's family name stands first: ``Miller, A.``."""
_INVERTED: Final = Manner(name="last initials")
_WIDTH: Final = 40


def sort_names(found: Sequence[Found]) -> list[str]:
    """Return what entries are sorted by: the authors that all begin with, if these are in order, else the titles."""
    return _authors(found) or [_plain(f.reading.nickname or f.reading.title) for f in found]


def count_rising(names: Sequence[str]) -> int:
    """Return how many neighbours are in alphabetical order."""
    return sum(a <= b for a, b in pairwise(names))


def sort_name_of(paper: Paper, found: Sequence[Found]) -> str:
    """Return what a paper among some entries is sorted by."""
    names = [name for author in paper.authors if (name := author_name(author))]
    return _plain(format_names(names, _INVERTED)[:_WIDTH] if names and _authors(found) else printed_title(paper))


def alphabetical_place(found: Sequence[Found], paper: Paper) -> int:
    """Return how many of the entries a paper stands after."""
    wanted = sort_name_of(paper, found)
    return sum(name <= wanted for name in sort_names(found))


def _authors(found: Sequence[Found]) -> list[str]:
    """Return the authors that all entries begin with, if these are in order; empty where they are not."""
    if not all(_FAMILY_FIRST.match(f.reading.source, f.exemplar.start) for f in found):
        return []
    names = [_plain(f.reading.source[f.exemplar.start :][:_WIDTH]) for f in found]
    return names if count_rising(names) == len(names) - 1 else []


def _plain(text: str) -> str:
    bare = "".join(sign for sign in normalize("NFKD", text.casefold()) if not combining(sign))
    return re.sub(r"\W+", " ", bare).strip()
