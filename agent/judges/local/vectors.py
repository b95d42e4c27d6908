"""Where the local judge compares texts: TF-IDF vectors, and how near each text is to each definition.

Nothing here is learned from a label: the vocabulary comes from the definitions and from texts that nobody placed, so it
can be kept while single catalog papers are left out of everything that is.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property, lru_cache

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer

_RAREST = 0.0005
"""Share of the texts that a term must be in: two of the 3,000 of a background, one of a few hundred."""
_PIECES = 0.7
"""Weight of word pieces against words: they see that ``synthesise`` and ``synthesis`` are near. Chosen by leaving
catalog papers out in turn: for the leaf, not for relevance."""


class _Terms:
    """How often each text has each term: read once, weighed anew each time that other texts are left out."""

    def __init__(self, texts: tuple[str, ...], analysis: CountVectorizer) -> None:
        self.counts: sparse.csr_matrix = analysis.fit_transform(texts)
        self.names = analysis.get_feature_names_out()
        self.of = lru_cache(maxsize=16)(analysis.transform)


class _Weights:
    """TF-IDF as it would be had there been no other texts than those in ``rows``."""

    def __init__(self, terms: _Terms, rows: Sequence[int]) -> None:
        learned = terms.counts[rows]
        seen = learned.getnnz(axis=0) > 0
        self._terms = terms
        self._columns = slice(None) if seen.all() else np.flatnonzero(seen)
        self._transformer = TfidfTransformer(sublinear_tf=True).fit(learned[:, self._columns])

    @cached_property
    def names(self) -> list[str]:
        names: list[str] = self._terms.names[self._columns].tolist()
        return names

    def weigh(self, texts: Sequence[str]) -> sparse.csr_matrix:
        return self._weigh(self._terms.of(tuple(texts)))

    def weigh_rows(self, rows: slice) -> sparse.csr_matrix:
        """Weigh texts that the terms come from, by their places."""
        return self._weigh(self._terms.counts[rows])

    def _weigh(self, counts: sparse.csr_matrix) -> sparse.csr_matrix:
        known = counts[:, self._columns]
        return self._transformer.transform(known) if known.shape[0] else known


class Space:
    """Built by ``space_of``."""

    def __init__(self, words: _Weights, pieces: _Weights, definitions: tuple[str, ...], size: int) -> None:
        self._words = words
        self._pieces = pieces
        self._size = size
        # One column per definition, ready to be multiplied with: that is asked of every text.
        self._defining = words.weigh(definitions).T.tocsr()
        self.definitions = self.topics(definitions).T.tocsr()
        # With a background the space stays the same while one paper after the other is left out of what is learned.
        self.remember = lru_cache(maxsize=1)(lambda texts, topics: (self.features(texts), self.topics(topics)))

    @cached_property
    def corpus(self) -> sparse.csr_matrix:
        """The features of the texts it is built from, one row each."""
        return self._with_nearest(self._words.weigh_rows(slice(self._size)))

    def features(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """Return what relevance is learned from: the words, and as last column how near the nearest definition is."""
        return self._with_nearest(self._words.weigh(texts))

    def topics(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """Return one row per text. The product of two rows says how alike they are: 0 to 1 + _PIECES squared."""
        words, pieces = (each.weigh(texts) for each in (self._words, self._pieces))
        return sparse.hstack([words, _PIECES * pieces], format="csr")

    @property
    def words(self) -> list[str]:
        """The word, or pair of words, of each feature but the last."""
        return self._words.names

    def _with_nearest(self, words: sparse.csr_matrix) -> sparse.csr_matrix:
        return sparse.hstack([words, (words @ self._defining).max(axis=1)], format="csr")


@lru_cache(maxsize=2)
def _read(corpus: tuple[str, ...], definitions: tuple[str, ...]) -> tuple[_Terms, _Terms]:
    """Return the words and the word pieces of these texts."""
    texts = (*corpus, *definitions)
    words = CountVectorizer(ngram_range=(1, 2), stop_words="english", min_df=_RAREST)
    pieces = CountVectorizer(analyzer="char_wb", ngram_range=(5, 5), min_df=_RAREST)
    return _Terms(texts, words), _Terms(texts, pieces)


@lru_cache(maxsize=2)
def space_of(corpus: tuple[str, ...], definitions: tuple[str, ...], left_out: Collection[int] = frozenset()) -> Space:
    """Return the space of these texts, as if there were none of the corpus at the places ``left_out``.

    Asked for again, as evals do for each judge they build, it is the same one.
    """
    words, pieces = _read(corpus, definitions)
    rows = [place for place in range(len(corpus) + len(definitions)) if place not in left_out]
    return Space(_Weights(words, rows), _Weights(pieces, rows), definitions, len(corpus))
