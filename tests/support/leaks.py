"""Finds, in texts that a judge is shown, the names of the entries it is later tested with."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

RUN = 5
"""This many words in a row of a title, or all of a shorter one, give the entry away."""


def leaks(text: str, titles: Sequence[str]) -> Iterator[str]:
    """Name every nickname (what stands before a title's colon) and every title that the text gives away.

    A nickname that is one plain word (Less, MATH, Personas) counts only as printed, all others in any case.
    """
    for name in sorted({title.split(":")[0].strip() for title in titles if ": " in title}):
        plain = name.isalpha() and (name.isupper() or name[1:].islower())
        if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text, 0 if plain else re.IGNORECASE):
            yield name
    said = f" {' '.join(_words(text))} "
    for title in titles:
        after = _words(title.split(": ", 1)[-1])
        words = after if len(after) > 3 else _words(title)
        runs = (" ".join(words[i : i + RUN]) for i in range(max(1, len(words) - RUN + 1)))
        if any(run and f" {run} " in said for run in runs):
            yield title


def _words(text: str) -> list[str]:
    return re.findall(r"[\w-]+", text.lower())
