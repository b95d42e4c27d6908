"""The space in which the local judge compares texts: TF-IDF vectors, and their places in a space of few dimensions.

Nothing here is learned from a label: the vocabulary, its weights and the dimensions (latent semantic analysis,
Deerwester et al. 1990) come from the definitions and from announcements as they are.
"""

from __future__ import annotations

import hashlib
import itertools
import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.preprocessing import normalize
from sklearn.utils.extmath import randomized_svd
from threadpoolctl import threadpool_limits

from agent.judges.local.sentences import claims

Floats = NDArray[np.float64]

# Chosen by cross-validation inside the labelled background papers: evals/tuning.py.
_RAREST: Final = 0.0005
"""Share of the texts that a term must be in: two of the 3,000 of a background, one of a few hundred."""
_PIECES: Final = 0.7
"""Weight of word pieces against words: they see that ``synthesise`` and ``synthesis`` are near."""
_PIECE: Final = 4
"""Characters of a word piece."""
_DIMENSIONS: Final = 200
_MAIN: Final = 100
"""So many first dimensions count twice: in a place of their own, and among all."""
_FEW: Final = 1000
"""Up to so many texts the dimensions are computed exactly; of more, by random projections with a fixed seed."""
_NO_DIMENSION: Final = 1e-9
"""A squared singular value that is nothing but rounding: of texts that are there twice."""


_WORD: Final = re.compile(r"\w\w+")


class Text(NamedTuple):
    """``whole``: what words are read from. ``claim``: title and contribution, what word pieces are read from."""

    whole: str
    claim: str


@lru_cache(maxsize=8192)
def text_of(title: str, abstract: str) -> Text:
    """Return a paper's text as it is compared."""
    return Text(f"{title}\n{abstract}", "\n".join([title, *claims(abstract)]))


@dataclass(frozen=True)
class Terms:
    """A vocabulary, and for each term its weight: the smoothed inverse document frequency."""

    names: tuple[str, ...]
    weights: Floats

    def weigh(self, counts: sparse.csr_matrix) -> sparse.csr_matrix:
        """Return the TF-IDF rows of term counts: 1 + log(tf), times the weights, each row of length one."""
        weighed = counts.astype(np.float64)
        weighed.data = (1 + np.log(weighed.data)) * self.weights[weighed.indices]
        return normalize(weighed, copy=False)


class Space:
    """Places texts. ``dimensions`` holds one row per direction and one column per term, words before pieces.

    ``seen`` are places that are known already, by the digest of their text.
    """

    def __init__(
        self,
        words: Terms,
        pieces: Terms,
        dimensions: NDArray[np.float32],
        definitions: tuple[str, ...],
        seen: Mapping[bytes, Floats] | None = None,
    ) -> None:
        self.words = words
        self.pieces = pieces
        self.dimensions = dimensions
        self.seen = dict(seen or {})
        self._definitions = definitions
        self._pieces_of: dict[str, list[int]] = {}
        self._projection = dimensions.T.astype(np.float64)

    @cached_property
    def definitions(self) -> sparse.csr_matrix:
        """One TF-IDF row per definition."""
        return self.vectors([Text(each, each) for each in self._definitions])

    @cached_property
    def definition_places(self) -> Floats:
        return self.place_vectors(self.definitions)

    def vectors(self, texts: Sequence[Text]) -> sparse.csr_matrix:
        """Return one TF-IDF row per text. The product of two rows says how alike they are: 0 to 1 + _PIECES squared."""
        words = self.words.weigh(_count([self._words_in(text.whole) for text in texts], len(self.words.names)))
        pieces = self.pieces.weigh(self._count_pieces([text.claim for text in texts]))
        return sparse.hstack([words, _PIECES * pieces], format="csr")

    def place_vectors(self, vectors: sparse.csr_matrix) -> Floats:
        """Return the place of each TF-IDF row, of length one (zero for a text without a known term): half of it in the
        main dimensions, half in all of them."""
        found = np.asarray(vectors @ self._projection)
        places: Floats = np.hstack([normalize(found[:, :_MAIN]), normalize(found)]) / math.sqrt(2)
        return places

    def places(self, texts: Sequence[Text]) -> Floats:
        """Return one place per text, and remember it: what is learned from is asked for each time a judge is built."""
        keys = [digest(text) for text in texts]
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in self.seen}
        if missing:
            found = self.place_vectors(self.vectors(list(missing.values())))
            self.seen |= dict(zip(missing, found, strict=True))
        columns = self.dimensions.shape[0] + min(self.dimensions.shape[0], _MAIN)
        return np.array([self.seen[key] for key in keys]).reshape(len(keys), columns)

    @cached_property
    def word_places(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self.words.names)}

    def _words_in(self, text: str) -> list[int]:
        """Return the columns of the known words of a text, as scikit-learn's CountVectorizer finds them."""
        return [place for place in map(self.word_places.get, _WORD.findall(text.lower())) if place is not None]

    def _count_pieces(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """Return one row per text: how often each known piece is in it, as scikit-learn's char_wb counts."""
        words, tokens = _count_tokens(texts)
        return _in_order(words @ _count([self._pieces_in(token) for token in tokens], len(self.pieces.names)))

    def _pieces_in(self, word: str) -> list[int]:
        """Return the columns of the known pieces of a word, found once: most words of a text are in others."""
        columns = self._pieces_of.get(word)
        if columns is None:
            padded = f" {word} "
            cut = (padded[at : at + _PIECE] for at in range(max(len(padded) - _PIECE, 0) + 1))
            columns = [self._piece_places[piece] for piece in cut if piece in self._piece_places]
            self._pieces_of[word] = columns
        return columns

    @cached_property
    def _piece_places(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self.pieces.names)}


def _count(columns: Sequence[Sequence[int]], width: int) -> sparse.csr_matrix:
    """Return one row per list, holding how often each column is in it."""
    starts = np.cumsum([0, *(len(each) for each in columns)])
    flat = np.fromiter(itertools.chain.from_iterable(columns), dtype=np.int32, count=starts[-1])
    return _in_order(sparse.csr_matrix((np.ones(len(flat)), flat, starts), shape=(len(columns), width)))


def _in_order(counts: sparse.csr_matrix) -> sparse.csr_matrix:
    """Return the counts with the columns of each row in order, each once. To transpose twice orders them in linear
    time, which scipy's own sorting does not."""
    ordered = counts.tocsc().tocsr()
    ordered.sum_duplicates()
    return ordered


def _count_tokens(texts: Sequence[str]) -> tuple[sparse.csr_matrix, list[str]]:
    """Return how often each text has each token (whatever is between spaces, in lower case), and the tokens."""
    places: defaultdict[str, int] = defaultdict()
    places.default_factory = places.__len__  # a new token takes the next column
    rows = [list(map(places.__getitem__, text.lower().split())) for text in texts]
    return _count(rows, len(places)), list(places)


def digest(text: Text) -> bytes:
    """Return sixteen bytes that stand for a text."""
    return hashlib.sha256("\0".join(text).encode("utf-8", "replace")).digest()[:16]


class _Counts:
    """The counts of each term in each text: read once, weighed anew each time that other texts are left out."""

    def __init__(self, counts: sparse.csr_matrix, names: NDArray[np.object_]) -> None:
        self._counts = counts
        self._names = names

    def weigh(self, rows: Sequence[int]) -> tuple[Terms, sparse.csr_matrix]:
        """Return the terms as if there had been no other texts than those in ``rows``, and the TF-IDF of those."""
        counts = self._counts[rows]
        frequency = counts.getnnz(axis=0)
        columns = np.flatnonzero(frequency >= max(_RAREST * len(rows), 1))
        weights = np.log((1 + len(rows)) / (1 + frequency[columns])) + 1
        terms = Terms(tuple(self._names[columns].tolist()), weights)
        return terms, terms.weigh(counts[:, columns])


@lru_cache(maxsize=2)
def _read(corpus: tuple[Text, ...], definitions: tuple[str, ...]) -> tuple[_Counts, _Counts]:
    words = CountVectorizer(stop_words="english")
    pieces = CountVectorizer(analyzer="char_wb", ngram_range=(_PIECE, _PIECE))
    found = words.fit_transform([*(text.whole for text in corpus), *definitions])
    of_texts, tokens = _count_tokens([*(text.claim for text in corpus), *definitions])
    # Pieces stay within a token: those of each token are found once, however many texts have it.
    of_tokens = pieces.fit_transform(tokens)
    return (
        _Counts(found, words.get_feature_names_out()),
        _Counts(_in_order(of_texts @ of_tokens), pieces.get_feature_names_out()),
    )


def _main_dimensions(vectors: sparse.csr_matrix) -> Floats:
    """Return the right singular vectors of the largest singular values, one per row: at most ``_DIMENSIONS``."""
    with threadpool_limits(1):  # several threads may add up in another order
        if vectors.shape[0] > _FEW:
            dimensions: Floats = randomized_svd(vectors, n_components=_DIMENSIONS, n_iter=2, random_state=0)[2]
            return dimensions
        squares, left = np.linalg.eigh((vectors @ vectors.T).toarray())
    squares, left = squares[::-1][:_DIMENSIONS], left[:, ::-1][:, :_DIMENSIONS]
    real = squares > _NO_DIMENSION
    exact: Floats = np.asarray(vectors.T @ (left[:, real] / np.sqrt(squares[real]))).T
    return exact


@lru_cache(maxsize=2)
def build_space(
    corpus: tuple[Text, ...], definitions: tuple[str, ...], left_out: frozenset[int] = frozenset()
) -> Space:
    """Return the space of these texts, as if there were none of the corpus at the places ``left_out``.

    Asked for again, as evals do for each judge they build, it is the same one.
    """
    rows = [place for place in range(len(corpus) + len(definitions)) if place not in left_out]
    (words, word_rows), (pieces, piece_rows) = (counts.weigh(rows) for counts in _read(corpus, definitions))
    vectors = sparse.hstack([word_rows, _PIECES * piece_rows], format="csr")
    dimensions = _main_dimensions(vectors)
    space = Space(words, pieces, dimensions.astype(np.float32), definitions)
    space.definitions = vectors[-len(definitions) :]
    places = space.place_vectors(vectors[: -len(definitions)])
    space.seen = {digest(corpus[row]): place for row, place in zip(rows, places, strict=False)}
    return space
