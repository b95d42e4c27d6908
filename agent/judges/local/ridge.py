"""Kernel ridge regression (Saunders et al. 1998) over the places of texts.

Examples can be left out of what was learned exactly, without learning anew (Rifkin and Lippert 2007,
https://cbcl.mit.edu/publications/ps/MIT-CSAIL-TR-2007-025.pdf).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from copy import copy
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import lapack

from agent.errors import ConfigError
from agent.judges.local.threads import one_thread

Floats = NDArray[np.float64]


_BLOCK: Final = 256
"""Columns of a large matrix that are worked on at a time."""


class Solution(NamedTuple):
    """What a regression learned. ``coefficients`` has one row per example and one column per thing to estimate,
    ``diagonal`` is that of the inverse of the kernel matrix: it says how much each example speaks for itself."""

    coefficients: Floats
    diagonal: Floats


Solve = Callable[[], Solution]
Remember = Callable[[str, Solve], Solution]
"""Returns the solution that was kept under a key, or the one that it is given to find, which is then kept."""


class Ridge:
    """Kernel ridge regression. ``targets`` has one row per example and one column per thing to estimate.

    Two texts are alike by their ``places``, and by the terms that they share where ``vectors``, one TF-IDF row per
    example, come with a weight.
    """

    def __init__(
        self,
        places: Floats,
        targets: Floats,
        weights: Floats,
        penalty: float,
        nearness: float,
        vectors: tuple[sparse.csr_matrix, float] | None = None,
        remember: Callable[[Solve], Solution] | None = None,
    ) -> None:
        self._places = places
        self._targets = targets
        self._nearness = nearness
        self._penalties = penalty / weights
        self._terms, self._shared = vectors or (sparse.csr_matrix((len(places), 0)), 0.0)
        self._by_term = self._terms.T.tocsr()
        self._coefficients, self._diagonal = remember(self._solve) if remember else self._solve()
        self._of_terms: Floats = self._by_term @ self._coefficients

    def _solve(self) -> Solution:
        with one_thread():
            return Solution(self._inverse @ self._targets, np.diag(self._inverse).copy())

    @cached_property
    def _inverse(self) -> Floats:
        """The inverse of the kernel matrix, the penalties added: needed to learn, and to leave examples out."""
        with one_thread():
            kernel = self._near(self._places)
            if self._shared:
                _add_product(kernel, self._shared, self._terms, self._by_term)
            kernel[np.diag_indices_from(kernel)] += self._penalties
            return _invert(kernel)

    def estimate(
        self, places: Floats, without: Collection[int] = (), vectors: sparse.csr_matrix | None = None
    ) -> Floats:
        """Return one row per place: what is estimated by all examples but those in the rows ``without``."""
        coefficients = self._coefficients
        with one_thread():
            if without:
                coefficients = coefficients - self._said_by(without)
                coefficients[sorted(without)] = 0.0
            estimate: Floats = self._near(places) @ coefficients
            if vectors is not None:
                # What each term says of each thing is there already, unless some rows are left out.
                shared = (vectors @ self._by_term) @ coefficients if without else vectors @ self._of_terms
                estimate += self._shared * shared
        return estimate

    def estimate_each(self, places: Floats, without: Sequence[Collection[int]]) -> Floats:
        """Return one row per place, each with rows of its own left out: the i-th by all examples but those in
        ``without[i]``. By places alone, not by shared terms."""
        left_out = [tuple(rows) for rows in without]
        with one_thread():
            near = self._near(places)
            estimate: Floats = near @ self._coefficients
            said = {rows: self._said_by(rows) for rows in dict.fromkeys(left_out) if rows}
            for at, rows in enumerate(left_out):
                if rows:
                    estimate[at] -= near[at] @ said[rows]
        return estimate

    def _said_by(self, rows: Collection[int]) -> Floats:
        """Return what the coefficients lose when these rows are left out."""
        out = np.array(sorted(rows))
        inner = np.linalg.solve(self._inverse[np.ix_(out, out)], self._coefficients[out])
        lost: Floats = self._inverse[out].T @ inner  # its rows for its columns: it is symmetric
        return lost

    def estimate_examples(self, without: Collection[int] = ()) -> Floats:
        """Return for each example what the others say of it, those in the rows ``without`` having no say."""
        diagonal, coefficients = self._diagonal, self._coefficients
        if without:
            out = np.array(sorted(without))
            with one_thread():
                inner = np.linalg.solve(self._inverse[np.ix_(out, out)], self._inverse[out])
                diagonal = diagonal - np.einsum("ij,ji->i", self._inverse[:, out], inner)
                coefficients = coefficients - inner.T @ coefficients[out]
            diagonal[out] = 1.0
        left: Floats = self._targets - coefficients / diagonal[:, None]
        return left

    def without(self, rows: Collection[int]) -> Ridge:
        """Return what the examples but those in ``rows`` say: the same regression over the others, in their order."""
        out = np.array(sorted(rows))
        kept = np.setdiff1d(np.arange(len(self._targets)), out)
        rest = copy(self)
        rest._places, rest._targets = self._places[kept], self._targets[kept]
        rest._penalties, rest._terms = self._penalties[kept], self._terms[kept]
        with one_thread():
            inner = np.linalg.solve(self._inverse[np.ix_(out, out)], self._inverse[np.ix_(out, kept)])
            rest._inverse = self._inverse[np.ix_(kept, kept)] - self._inverse[np.ix_(kept, out)] @ inner
            rest._coefficients, rest._diagonal = rest._solve()
        rest._by_term = self._by_term[:, kept]
        rest._of_terms = rest._by_term @ rest._coefficients
        return rest

    def _near(self, places: Floats) -> Floats:
        near: Floats = places @ self._places.T
        near -= 1  # in place: the copies of a matrix of this size take longer than the steps
        near *= self._nearness
        return np.exp(near, out=near)


def _add_product(matrix: Floats, weight: float, rows: sparse.csr_matrix, columns: sparse.csr_matrix) -> None:
    """Add the weighed product of each row with each column, some columns at a time: no second matrix of that size is
    needed. Texts that share most of their terms are multiplied by columns that are not sparse."""
    pairs = float((np.diff(columns.indptr).astype(np.float64) ** 2).sum())
    sparsely = pairs < rows.nnz * rows.shape[0] / 5
    for at in range(0, columns.shape[1], _BLOCK):
        some = columns[:, at : at + _BLOCK]
        product = (rows @ some).toarray() if sparsely else rows @ np.ascontiguousarray(some.toarray())
        product *= weight
        matrix[:, at : at + _BLOCK] += product


def _invert(matrix: Floats) -> Floats:
    """Return the inverse of a symmetric positive definite matrix, by its Cholesky factor: half the work of any other.
    The matrix is overwritten. Raises ConfigError for any other, as of places that are no numbers."""
    factor, failed = lapack.dpotrf(matrix.T, lower=1, clean=1, overwrite_a=1)
    if failed or not np.isfinite(factor.diagonal()).all():  # OpenBLAS goes on with what is no number
        raise ConfigError(
            "the local judge cannot learn from its examples: not all of their places are numbers; remove the folder"
            " learned in the state folder (it is made anew), then run again"
        )
    inverse, _ = lapack.dpotri(factor, lower=1, overwrite_c=1)
    for at in range(0, len(inverse), _BLOCK):  # what stands below the diagonal, above it, too
        square = inverse[at : at + _BLOCK, at : at + _BLOCK]
        square += np.tril(square, -1).T
        inverse[at : at + _BLOCK, at + _BLOCK :] = inverse[at + _BLOCK :, at : at + _BLOCK].T
    symmetric: Floats = inverse.T  # the same, with its rows one after the other
    return symmetric
