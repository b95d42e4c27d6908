"""The likeness of a paper to the titles of a list, rather than to those of announcements at large.

A kernel ridge regression (``ridge.py``) over the places of titles tells those of the list from those of announcements;
whole papers are then compared with both. Titles are all that it needs: no abstract of a listed paper, and no grade.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache
from importlib import resources
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from agent.judges.local.learning import SETTINGS, remember_by_texts, some_of
from agent.judges.local.ridge import Remember, Ridge
from agent.judges.local.space import Space, Text

Floats = NDArray[np.float64]

# Chosen on 300 announcements, read for each of ten lists of other people: evals/README.md.
_PENALTY: Final = 8.0
_LISTED: Final = 500.0
"""The weight of all titles of the list together, where each title of an announcement weighs one: about half as much as
those. It depends on nothing else, so that a paper left out changes nothing but its own rows."""
_ODDS: Final = (0.75, 0.5, -1.9)
"""Log-odds of being on the list's subject: of an estimate of one, of a margin of one (``subject.py``), of neither."""
_FIRST_ODDS: Final = (1.0, 0.5, -1.3)
"""The same where no earlier announcement is at hand: estimates differ less in a space made of titles."""
_LEAST_MARGIN: Final = {False: -1.0, True: 0.0}
"""A paper whose words stand out less than this is more likely off the subject, whatever it is like: among other
announcements there is always one that is most like the list. Few titles of a list (True) leave more to chance."""
_LEAST_SPREAD: Final = 0.01
"""Where the estimates of announcements hardly differ, small differences mean little."""

MOST: Final = 1500
"""So many titles of a list, evenly from all, are learned from: the time grows with their cube."""


class Title(NamedTuple):
    """The title of an announcement, and its key: who is judged is left out by it."""

    key: str
    text: Text


class TitleModel:
    """Learned from the titles of a list and from those of announcements."""

    def __init__(
        self, space: Space, listed: Sequence[Text], others: Sequence[Title], remember: Remember | None = None
    ) -> None:
        some = some_of(listed, MOST)
        texts = [*some, *(each.text for each in others)]
        targets = np.repeat([1.0, 0.0], [len(some), len(others)])
        weights = np.repeat([_LISTED / max(len(some), 1), 1.0], [len(some), len(others)])
        self._rows: dict[str, list[int]] = {}
        for row, each in enumerate(others, len(some)):
            self._rows.setdefault(each.key, []).append(row)
        self._ridge = Ridge(
            space.places(texts),
            targets[:, None],
            weights,
            _PENALTY,
            SETTINGS.nearness,
            remember=remember_by_texts(remember, texts, targets, weights, np.array([_PENALTY, SETTINGS.nearness])),
        )
        self._first = len(some)
        self._usual = self._ridge.estimate_examples()[:, 0]

    def estimate(self, places: Floats, own: Sequence[Collection[str]]) -> Floats:
        """Return one estimate per place: by how many standard deviations it is more like the list's titles than titles
        of announcements are. ``own``: for each place the keys of announcements that have no say in it."""
        without = [frozenset(row for key in keys for row in self._rows.get(key, ())) for keys in own]
        found = self._ridge.estimate_each(places, without)[:, 0]
        scales = np.array([self._scale(rows) for rows in without])
        compared: Floats = (found - scales[:, 0]) / scales[:, 1]
        return compared

    def _scale(self, without: Collection[int]) -> tuple[float, float]:
        """Return the mean and the spread of what the titles of announcements get, those in the rows ``without`` not
        among them: a list of few titles draws all estimates down."""
        usual = np.delete(self._usual, list(without))[self._first :] if without else self._usual[self._first :]
        return (float(usual.mean()), max(float(usual.std()), _LEAST_SPREAD)) if len(usual) else (0.0, 1.0)


def odds_of(estimate: float, margin: float, *, earlier: bool, few: bool) -> float:
    """Return the log-odds that a paper of this estimate and this margin (``Subject.margin``) is on the list's subject.
    ``earlier``: earlier announcements are at hand; ``few``: the list has few titles."""
    by_title, by_words, neither = _ODDS if earlier else _FIRST_ODDS
    odds, lacking = by_title * estimate + by_words * margin + neither, margin - _LEAST_MARGIN[few]
    return min(odds, by_words * lacking) if lacking < 0 else odds


@lru_cache(maxsize=1)
def read_reference() -> tuple[str, ...]:
    """Return the titles of announcements that come with the program, for a list that has no earlier ones yet."""
    text = resources.files(__package__).joinpath("reference_titles.txt").read_text("utf-8")
    return tuple(text.splitlines())
