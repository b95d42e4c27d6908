"""A line of an entry that holds its authors and nothing else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from agent.core.catalog.formats.style import Piece
from agent.core.catalog.pieces.names import lead_of_names, read_names

_KEY: Final = re.compile(
    r"\bauthors?\b|\bby\b|\u4f5c\u8005|\baut(?:e?or(?:es|en|s)?|eurs?)\b|\b\u0430\u0432\u0442\u043e\u0440\u044b?\b",
    re.IGNORECASE,
)
"""The name of a key that authors stand behind."""


def _are_keywords(names: Sequence[str]) -> bool:
    """Return whether what stands behind a key that names no authors is but one name, or words apart from each other:
    ``Keyword: REINFORCE, PPO``."""
    return len(names) == 1 or not any(" " in name for name in names)


def names_in(
    source: str, start: int, end: int, *, key: str = "", sure: bool = False
) -> tuple[tuple[str, ...], Piece] | None:
    """Return the authors that a line holds, emphasis aside, with their place; None when it holds anything else.

    ``key`` stands before them: where it says that they are authors, that is ``sure``; behind another, keywords are not.
    """
    sure = sure or _KEY.search(key) is not None
    bare = re.match(r"[\s*_+-]*(.*?)[\s*_]*$", source[start:end])
    named = read_names(bare[1], sure=sure) if bare else None
    if bare is None or named is None or (key and not sure and _are_keywords(named[0])):
        return None
    full_stop = bare[1].endswith(".") and named[1].most is None and not re.search(r"\b[A-Z]\.$", bare[1])
    begin = start + bare.start(1) + lead_of_names(bare[1])
    return named[0], Piece("authors", begin, start + bare.end(1) - full_stop, manner=named[1])
