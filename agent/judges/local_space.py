"""Where the local judge compares texts: TF-IDF vectors, and how near each text is to each definition.

Nothing here is learned from a label: the vocabulary comes from the definitions and from texts that nobody placed, so it
can be kept while single catalog papers are left out of everything that is.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, lru_cache

from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

# Chosen by leaving catalog papers out in turn: for the leaf, not for relevance.
_RAREST = 0.0005
"""Share of the texts that a term must be in: two of the 3,000 of a background, one of a few hundred."""
_PIECES = 0.7
"""Weight of word pieces against words: they see that ``synthesise`` and ``synthesis`` are near."""


class Space:
    """Built by ``space_of``. ``corpus`` holds the features, one row each, of the texts it is built from."""

    def __init__(self, corpus: tuple[str, ...], definitions: tuple[str, ...]) -> None:
        self._words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=_RAREST)
        self._pieces = TfidfVectorizer(analyzer="char_wb", ngram_range=(5, 5), sublinear_tf=True, min_df=_RAREST)
        words = self._words.fit_transform([*corpus, *definitions])
        self._pieces.fit([*corpus, *definitions])
        self._defining = words[len(corpus) :]
        self.corpus = self._with_nearest(words[: len(corpus)])
        self.definitions = self.topics(definitions)
        # Leaving one paper out after the other asks for all papers again and again.
        self.remember = lru_cache(maxsize=1)(lambda texts, topics: (self.features(texts), self.topics(topics)))

    def features(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """Return what relevance is learned from: the words, and as last column how near the nearest definition is."""
        return self._with_nearest(self._words.transform(texts))

    def topics(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """Return one row per text. The product of two rows says how alike they are: 0 to 1 + _PIECES squared."""
        words, pieces = (each.transform(texts) for each in (self._words, self._pieces))
        return sparse.hstack([words, _PIECES * pieces], format="csr")

    @cached_property
    def words(self) -> list[str]:
        """The word, or pair of words, of each feature but the last."""
        names: list[str] = self._words.get_feature_names_out().tolist()
        return names

    def _with_nearest(self, words: sparse.csr_matrix) -> sparse.csr_matrix:
        return sparse.hstack([words, (words @ self._defining.T).max(axis=1)], format="csr")


@lru_cache(maxsize=2)
def space_of(corpus: tuple[str, ...], definitions: tuple[str, ...]) -> Space:
    """Return the space of these texts; asked for again, as evals do for each judge they build, the same one."""
    return Space(corpus, definitions)
