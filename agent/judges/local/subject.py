"""Whether a paper speaks of a list's subject at all, told from the titles of the list and from how often each word is
in announcements at large.

This needs no abstract of a listed paper, no grade and no full night. It is a likelihood-ratio test of word
occurrences: how much more often the words of the paper are in titles of the list than in announcements (a smoothed
language model; Zhai and Lafferty 2004, https://doi.org/10.1145/984321.984322), in standard deviations of what a paper
of the same length gets by chance.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from importlib import resources
from typing import Final

from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from agent.records import Paper

_LISTED: Final = 0.3
"""Share of a word's chance that comes from the list; the rest is how often it is in announcements."""
_TITLE: Final = 0.3
"""Weight of the mean over the title's words, against the mean over all words of the paper."""
_DISCOUNT: Final = 0.5
"""What is taken off the number of titles that have a word: a word of one title says less of a list than its share."""
_LEAST_VARIANCE: Final = 0.008
"""The variance of the words' gains that a list of any subject in the reference has. Words that no announcement has
would make it smaller, and a single one of them outstanding."""
_ENOUGH: Final = (1.5, 3.0)
"""Standard deviations by which a paper must stand out to be of the subject as likely as not: of a list of one subject
the second, which some two in 100 papers of other subjects reach, and most of the list's own. Chosen, like
the weights above, on lists made of earlier announcements by a word of their titles. Of a list of many subjects less is
asked, down to the first: what three quarters of its own titles reach, each compared with the others."""
_ENOUGH_WITHOUT_BEST: Final = 1.0
_FEW_TITLES: Final = 20
"""Fewer titles do not say how far they stand out themselves."""
_REFERENCE: Final = 300
"""As how many texts the reference counts beside announcements at hand: a night of a few papers changes little."""
_ENDING: Final = re.compile(r"(?<=\w{3})(?:ings?|ions?|e[drs]|ers|ors?|s|e)$")
_WORD: Final = re.compile(r"\b[^\W\d_]\w+\b")


def words_of(text: str) -> frozenset[str]:
    """Return the stems of a text's words without stop words: ``call`` of calls, called and calling, so that one thing
    that a paper and a list have in common is not taken for two."""
    found = (word for word in _WORD.findall(text.lower()) if word not in ENGLISH_STOP_WORDS)
    return frozenset(_ENDING.sub("", word) for word in found)


class Announcements:
    """How often each word is in announcements: those of a reference that comes with the program, and those at hand."""

    def __init__(self, papers: Iterable[Paper]) -> None:
        self._papers = tuple(papers)

    @cached_property
    def _words(self) -> Mapping[str, frozenset[str]]:
        # Not read where graded papers say what an estimate means.
        return {paper.id: words_of(f"{paper.title}\n{paper.abstract}") for paper in self._papers}

    @cached_property
    def texts(self) -> float:
        return _REFERENCE + len(self._words)

    @cached_property
    def _counts(self) -> Mapping[str, int]:
        return Counter(word for words in self._words.values() for word in words)

    @cached_property
    def words(self) -> float:
        """The number of words in one text each, of all texts together."""
        texts, counts = read_reference()
        return _REFERENCE * sum(counts.values()) / texts + sum(self._counts.values())

    def count(self, word: str) -> float:
        """Return in how many of ``texts`` the word is."""
        texts, counts = read_reference()
        return _REFERENCE * counts.get(word, 0) / texts + self._counts.get(word, 0)

    def has(self, paper: Paper, word: str) -> bool:
        """Return whether the paper itself is counted here with this word."""
        return word in self._words.get(paper.id, ())


class Subject:
    """The words of a list's ``titles`` (or other short texts that say what it holds)."""

    def __init__(self, titles: Sequence[str], announcements: Announcements) -> None:
        self._announcements = announcements
        self._titles = len(titles)
        self._counts = Counter(word for title in titles for word in words_of(title))
        self._nothing = math.log(1 - _LISTED)
        gains = [(announcements.count(word), self._gain(word) - self._nothing) for word in self._counts]
        mean = sum(count * gain for count, gain in gains) / announcements.words
        square = sum(count * gain * gain for count, gain in gains) / announcements.words
        self._mean = self._nothing + mean
        self._variance = max(square - mean * mean, _LEAST_VARIANCE)
        self._enough = self._find_enough([words_of(title) for title in titles])

    def margin(self, paper: Paper) -> float:
        """Return by how many standard deviations the paper stands out more than is enough to be on the subject as
        likely as not. Negative is less; announcements of other subjects are at about -3.

        That it is not by chance must show in more than one word: without its best one the paper must still stand out.
        """
        title = words_of(paper.title)
        gains = {word: self._gain(word, paper) for word in sorted(title | words_of(paper.abstract))}
        if not gains:
            return -self._enough
        best = max(gains, key=lambda word: gains[word])
        others = {word: gain for word, gain in gains.items() if word != best}
        return min(self._stand(gains, title) - self._enough, self._stand(others, title) - _ENOUGH_WITHOUT_BEST)

    def _find_enough(self, titles: Sequence[frozenset[str]]) -> float:
        least, most = _ENOUGH
        if len(titles) < _FEW_TITLES:
            return most
        own = [self._stand({word: self._gain(word, listed=1) for word in sorted(title)}, title) for title in titles]
        return min(max(sorted(own)[len(own) // 4], least), most)

    def _stand(self, gains: Mapping[str, float], title: Collection[str]) -> float:
        every = list(gains.values())
        titled = [gain for word, gain in gains.items() if word in title] or every
        if not every:
            return 0.0
        found = sum(every) / len(every) + _TITLE * sum(titled) / len(titled) - (1 + _TITLE) * self._mean
        # The title's words are among all words, so the two means vary together.
        spread = (1 + 2 * _TITLE) / len(every) + _TITLE**2 / len(titled)
        return found / math.sqrt(self._variance * spread)

    def _gain(self, word: str, paper: Paper | None = None, listed: int = 0) -> float:
        """Return the log of how much likelier the word is in the list than in announcements: left out are the paper
        among the announcements and so many ``listed`` titles with the word."""
        there = self._counts.get(word, 0) - listed
        if not there:
            return self._nothing
        own = 1 if paper and self._announcements.has(paper, word) else 0
        usual = (self._announcements.count(word) - own + 0.5) / (self._announcements.texts - own + 1)
        return math.log(_LISTED * (there - _DISCOUNT + usual) / (self._titles - listed + 1) / usual + 1 - _LISTED)


@lru_cache(maxsize=1)
def read_reference() -> tuple[int, Mapping[str, int]]:
    """Return the number of texts of the reference, and in how many of them each word is (rare ones are left out)."""
    lines = resources.files(__package__).joinpath("reference_words.txt").read_text("utf-8").splitlines()
    counts = (line.split("\t") for line in lines[1:])
    return int(lines[0]), {word: int(count) for word, count in counts}


def count_words(texts: Collection[str], least: int) -> str:
    """Return the lines of a reference made of these texts: how many they are, then each word that is in at least
    ``least`` of them, and in how many."""
    counts = Counter(word for text in texts for word in words_of(text))
    kept = sorted((word, count) for word, count in counts.items() if count >= least)
    return "\n".join([str(len(texts)), *(f"{word}\t{count}" for word, count in kept)]) + "\n"
