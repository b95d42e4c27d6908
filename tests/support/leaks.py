"""Finds, in texts that a judge is shown, the names of the entries it is later tested with."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

RUN = 5
"""This many words in a row of a title, or all of a shorter one, give the entry away."""


def leaks(text: str, titles: Sequence[str]) -> Iterator[str]:
    """Name every nickname (what stands before a title's colon) and every title that the text gives away.

    A nickname that is one plain word (Less, MATH, Personas) counts only as printed, all others in any case.
    """
    names, runs_of = _giveaways(tuple(titles))
    for name, pattern in names.items():
        if pattern.search(text):
            yield name
    said = f" {' '.join(_words(text))} "
    for title, runs in runs_of.items():
        if any(run in said for run in runs):
            yield title


@cache
def _giveaways(titles: tuple[str, ...]) -> tuple[dict[str, re.Pattern[str]], dict[str, list[str]]]:
    """Return what finds each nickname, and the runs of words that give each title away."""
    names = {}
    for name in sorted({title.split(":")[0].strip() for title in titles if ": " in title}):
        plain = name.isalpha() and (name.isupper() or name[1:].islower())
        names[name] = re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])", 0 if plain else re.IGNORECASE)
    runs_of = {}
    for title in titles:
        after = _words(title.split(": ", 1)[-1])
        words = after if len(after) > 3 else _words(title)
        runs = (" ".join(words[i : i + RUN]) for i in range(max(1, len(words) - RUN + 1)))
        runs_of[title] = [f" {run} " for run in runs if run]
    return names, runs_of


def _words(text: str) -> list[str]:
    return re.findall(r"[\w-]+", text.lower())
