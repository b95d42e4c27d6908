"""Relevance learned from the titles of a list alone: all that is known of one whose abstracts were never fetched."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from threadpoolctl import threadpool_limits

from agent.core.papers.matching import normalise_title
from agent.records import Paper

Floats = NDArray[np.float64]

LEAST: Final = 20
"""Fewer titles say too little of what a list takes."""
_FOLDS: Final = 5
_STOP_WORDS: Final = [*ENGLISH_STOP_WORDS, "language", "learning", "llm", "model", "models"]
"""Every second title has them: in fashion or not, they do not tell one subject from another."""


class TitleRelevance:
    """Tells how typical a paper's title is of the listed ones, against the titles that nobody listed.

    A logistic regression over words and pairs of words, listed against ``others``. Every title is scored by a fit that
    has not seen it (five folds), so that listed titles and others can be compared.
    """

    def __init__(self, listed: Sequence[str], others: Sequence[Paper]) -> None:
        self._listed = tuple(dict.fromkeys(listed))
        self._others = {paper.id: place for place, paper in enumerate(others)}
        self._titles = tuple(paper.title for paper in others)

    @property
    def usable(self) -> bool:
        """Whether there are enough titles on both sides."""
        return min(len(self._listed), len(self._titles)) >= LEAST

    def score(self, paper: Paper) -> float:
        """Return the share of listed titles that are less typical of the list than the paper's, from 0 to 1.

        So 0.5 is as typical as the list's own median entry; a title without a word of any listed one is at 0. Call only
        when ``usable``.
        """
        if not self._listed_terms[self._vectorizer.transform([paper.title]).indices].any():
            return 0.0
        place = self._others.get(paper.id)
        if place is None:
            odds = float(self._fitted.decision_function(self._vectorizer.transform([paper.title]))[0])
        else:
            odds = float(self._odds[len(self._listed) + place])
        return float(np.searchsorted(self._typical, odds) / len(self._typical))

    @cached_property
    def _vectorizer(self) -> TfidfVectorizer:
        vectorizer = TfidfVectorizer(
            ngram_range=(1, 2), stop_words=_STOP_WORDS, sublinear_tf=True, preprocessor=normalise_title
        )
        return vectorizer.fit([*self._listed, *self._titles])

    @cached_property
    def _features(self) -> sparse.csr_matrix:
        return self._vectorizer.transform([*self._listed, *self._titles])

    @cached_property
    def _listed_terms(self) -> NDArray[np.bool_]:
        """Whether each term stands in a listed title."""
        return np.asarray(self._features[: len(self._listed)].getnnz(axis=0) > 0)

    @cached_property
    def _labels(self) -> NDArray[np.int64]:
        return np.repeat([1, 0], [len(self._listed), len(self._titles)])

    @cached_property
    def _fitted(self) -> LogisticRegression:
        with threadpool_limits(1):
            return _regression().fit(self._features, self._labels)

    @cached_property
    def _odds(self) -> Floats:
        folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=0)
        with threadpool_limits(1):
            found: Floats = cross_val_predict(
                _regression(), self._features, self._labels, cv=folds, method="decision_function"
            )
        return found

    @cached_property
    def _typical(self) -> Floats:
        return np.sort(self._odds[: len(self._listed)])


def _regression() -> LogisticRegression:
    return LogisticRegression(class_weight="balanced", max_iter=1000)
