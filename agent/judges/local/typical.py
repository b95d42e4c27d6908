"""The papers that are the most typical of their leaf, for prompts that have no room for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import HashingVectorizer

from agent.core.survey.known_papers import Known

_words = HashingVectorizer(n_features=2**16, alternate_sign=False, stop_words="english", dtype=np.float64)
"""Learns nothing from other texts, so that a paper that is left out leaves no trace in the order of the rest."""


def rank_by_typicality(papers: Sequence[Known]) -> dict[str, tuple[Known, ...]]:
    """Return the papers of each leaf that one may learn from, the most typical first, equals in the order given.

    A paper is typical of its leaf when it is nearer (cosine of word counts) to the mean of the leaf than to the mean
    of the list.
    """
    of_leaf: dict[str, list[int]] = {}
    for place, known in enumerate(papers):
        for leaf in known.exemplary_leaves:
            of_leaf.setdefault(leaf, []).append(place)
    if not of_leaf:
        return {}
    vectors = sparse.vstack([_vector(f"{known.title}\n{known.operation or known.text}") for known in papers]).tocsr()
    general = _nearness(vectors, vectors)
    ranked = {}
    for leaf, places in of_leaf.items():
        own = vectors[places]
        order = np.argsort(general[places] - _nearness(own, own), kind="stable")
        ranked[leaf] = tuple(papers[places[position]] for position in order)
    return ranked


def _nearness(rows: sparse.csr_matrix, group: sparse.csr_matrix) -> NDArray[np.float64]:
    """Return the cosine of each row (of length one, or empty) with the mean of the group."""
    mean = np.asarray(group.mean(axis=0)).ravel()
    near: NDArray[np.float64] = rows @ (mean / (np.linalg.norm(mean) or 1.0))
    return near


@lru_cache(maxsize=20_000)
def _vector(text: str) -> sparse.csr_matrix:
    return _words.transform([text])
