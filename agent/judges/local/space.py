"""The space in which the local judge compares texts: TF-IDF vectors, and their places in a space of few dimensions.

Nothing here is learned from a label: the vocabulary, its weights and the dimensions (latent semantic analysis,
Deerwester et al. 1990) come from the definitions and from announcements as they are.
"""

from __future__ import annotations

import hashlib
import itertools
import math
import re
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS
from sklearn.preprocessing import normalize
from sklearn.utils.extmath import randomized_svd

from agent.judges.local.quoting.sentences import claims
from agent.judges.local.threads import one_thread

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


_WORD: Final = re.compile(r"\w+")
_WORD_OR_SPACE: Final = {code: chr(code).lower() if _WORD.match(chr(code)) else " " for code in range(128)}
"""For ``str.translate``: what remains of an ASCII text in lower case are its words and spaces."""
_TOKENS_KEPT: Final = 200_000
"""So many tokens are kept in mind with their pieces."""


_Numbers = Callable[[str], int | None]
"""Returns the number of a term, from 1 on: its column and one. None of a term that has none."""


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
        if not weighed.nnz:  # of no text, or by a vocabulary without a term, there is nothing to normalise
            return weighed
        weighed.data = (1 + np.log(weighed.data)) * self.weights[weighed.indices]
        return normalize(weighed, copy=False)


class _PiecesOfTokens(dict[str, bytes]):
    """The numbers of the pieces of a token: found once, since most tokens of a text are in others."""

    def __init__(self, number: _Numbers) -> None:
        self._number = number

    def __missing__(self, token: str) -> bytes:
        if len(self) >= _TOKENS_KEPT:
            self.clear()
        self[token] = found = _numbers_of(_cut(token), self._number)
        return found


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
        # Multiplied by from the right at each text, so laid out for that: one copy is all that is kept.
        self._projection = np.ascontiguousarray(dimensions.T)
        self.dimensions = self._projection.T
        self.seen = dict(seen or {})
        self._rows: tuple[dict[bytes, int], sparse.csr_matrix] = {}, sparse.csr_matrix((0, dimensions.shape[1]))
        self._definitions = definitions
        self._word_number = _number_names(words.names)
        self._pieces_of = _PiecesOfTokens(_number_names(pieces.names))

    @cached_property
    def definitions(self) -> sparse.csr_matrix:
        """One TF-IDF row per definition."""
        return self.vectors([Text(each, each) for each in self._definitions])

    @cached_property
    def definition_places(self) -> Floats:
        return self.place_vectors(self.definitions)

    def vectors(self, texts: Sequence[Text]) -> sparse.csr_matrix:
        """Return one TF-IDF row per text. The product of two rows says how alike they are: 0 to 1 + _PIECES squared."""
        words = [_numbers_of(split_words(text.whole), self._word_number) for text in texts]
        pieces = [_pieces_in(text.claim, self._pieces_of) for text in texts]
        rows = (
            self.words.weigh(_count(words, len(self.words.names))),
            _PIECES * self.pieces.weigh(_count(pieces, len(self.pieces.names))),
        )
        return sparse.hstack(rows, format="csr")

    def learned_vectors(self, texts: Sequence[Text]) -> sparse.csr_matrix:
        """Return what ``vectors`` does, of texts that are asked for each time a judge is built, and remember it: those
        that the space was made of are there already."""
        rows, known = self._rows
        keys = [digest(text) for text in texts]
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in rows}
        if missing:
            known = sparse.vstack([known, self.vectors(list(missing.values()))], format="csr")
            rows = rows | {key: row for row, key in enumerate(missing, start=len(rows))}
            self._rows = rows, known
        return known[[rows[key] for key in keys]]

    def keep_vectors(self, texts: Sequence[Text], vectors: sparse.csr_matrix) -> None:
        """Keep one TF-IDF row per text for ``learned_vectors``, and its place."""
        keys = [digest(text) for text in texts]
        self._rows = {key: row for row, key in enumerate(keys)}, vectors
        self.seen = dict(zip(keys, self.place_vectors(vectors), strict=True))

    def place_vectors(self, vectors: sparse.csr_matrix) -> Floats:
        """Return the place of each TF-IDF row, of length one (zero for a text without a known term): half of it in the
        main dimensions, half in all of them."""
        if not vectors.nnz:
            return np.zeros((vectors.shape[0], self._width))
        found = np.asarray(vectors.astype(np.float32) @ self._projection).astype(np.float64)
        places: Floats = np.hstack([normalize(found[:, :_MAIN]), normalize(found)]) / math.sqrt(2)
        return places

    def places(self, texts: Sequence[Text]) -> Floats:
        """Return one place per text, and remember it: what is learned from is asked for each time a judge is built."""
        keys = [digest(text) for text in texts]
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in self.seen}
        if missing:
            found = self.place_vectors(self.learned_vectors(list(missing.values())))
            self.seen |= dict(zip(missing, found, strict=True))
        return np.array([self.seen[key] for key in keys]).reshape(len(keys), self._width)

    @property
    def _width(self) -> int:
        """The number of columns of a place."""
        dimensions = len(self.dimensions)
        return dimensions + min(dimensions, _MAIN)


def split_words(text: str) -> list[str]:
    """Return the words of a text in lower case, also those of a single letter."""
    return text.translate(_WORD_OR_SPACE).split() if text.isascii() else _WORD.findall(text.lower())


def _tells(word: str) -> bool:
    return len(word) > 1 and word not in ENGLISH_STOP_WORDS


def _cut(token: str) -> Iterator[str]:
    """Yield the pieces of a token, as scikit-learn's char_wb cuts it."""
    padded = f" {token} "
    return (padded[at : at + _PIECE] for at in range(max(len(padded) - _PIECE, 0) + 1))


def _number_names(names: Iterable[str]) -> _Numbers:
    return {name: number for number, name in enumerate(names, start=1)}.get


def _numbers_of(terms: Iterable[str], number: _Numbers) -> bytes:
    """Return the numbers of the terms that have one, as int32: those of many texts are quickly joined so."""
    return array("i", filter(None, map(number, terms))).tobytes()


def _pieces_in(text: str, pieces: _PiecesOfTokens) -> bytes:
    """Return the numbers of the pieces of a text; its tokens are whatever is between spaces, in lower case."""
    return b"".join(map(pieces.__getitem__, text.lower().split()))


def _count(rows: Sequence[bytes], width: int) -> sparse.csr_matrix:
    """Return one row per text, from the numbers of its terms: how often each is in it."""
    starts = np.cumsum([0, *(len(each) // 4 for each in rows)])
    columns = np.frombuffer(b"".join(rows), dtype=np.int32) - np.int32(1)
    return _in_order(
        sparse.csr_matrix((np.ones(len(columns), dtype=np.int32), columns, starts), shape=(len(rows), width))
    )


def _in_order(counts: sparse.csr_matrix) -> sparse.csr_matrix:
    """Return the counts with the columns of each row in order, each once. To transpose twice orders them in linear
    time, which scipy's own sorting does not."""
    ordered = counts.tocsc().tocsr()
    ordered.sum_duplicates()
    return ordered


@lru_cache(maxsize=16_384)  # each text that is learned from is looked up by it several times
def digest(text: Text) -> bytes:
    """Return sixteen bytes that stand for a text."""
    return hashlib.sha256("\0".join(text).encode("utf-8", "replace")).digest()[:16]


class _Counts:
    """The counts of each term in each text: read once, weighed anew each time that other texts are left out."""

    def __init__(self, counts: sparse.csr_matrix, names: Sequence[str]) -> None:
        # In the order of their names: the random projections depend on it.
        order = sorted(range(len(names)), key=names.__getitem__)
        self._counts = counts[:, order]
        self._names = np.array(names, dtype=object)[order]

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
    """Return the counts of the words, but stop words and those of one letter, and the counts of the pieces."""
    words: defaultdict[str, int] = defaultdict(itertools.count(1).__next__)
    pieces: defaultdict[str, int] = defaultdict(itertools.count(1).__next__)
    pieces_of = _PiecesOfTokens(pieces.__getitem__)
    texts = [*corpus, *(Text(each, each) for each in definitions)]
    words_in = [_numbers_of(filter(_tells, split_words(text.whole)), words.__getitem__) for text in texts]
    pieces_in = [_pieces_in(text.claim, pieces_of) for text in texts]
    return (
        _Counts(_count(words_in, len(words)), list(words)),
        _Counts(_count(pieces_in, len(pieces)), list(pieces)),
    )


def _main_dimensions(vectors: sparse.csr_matrix) -> Floats:
    """Return the right singular vectors of the largest singular values, one per row: at most ``_DIMENSIONS``."""
    with one_thread():
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
    space.keep_vectors([corpus[row] for row in rows[: -len(definitions)]], vectors[: -len(definitions)])
    return space
