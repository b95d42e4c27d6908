"""Kernel ridge regression."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import sparse

from agent.errors import ConfigError
from agent.judges.local.ridge import Ridge


def test_a_place_that_is_no_number_is_told_in_one_line() -> None:
    places = np.eye(3)
    places[1] = np.nan
    with pytest.raises(ConfigError, match=r"not all of their places are numbers; remove the folder learned"):
        Ridge(places, np.ones((3, 1)), np.ones(3), penalty=0.4, nearness=3.5)


def test_what_is_learned_solves_the_equations_of_the_regression() -> None:
    places, targets = np.eye(3), np.array([[1.0], [0.0], [2.0]])
    ridge = Ridge(places, targets, np.ones(3), penalty=0.4, nearness=3.5)
    kernel = np.exp(3.5 * (places @ places.T - 1))
    expected = kernel @ np.linalg.solve(kernel + 0.4 * np.eye(3), targets)
    assert np.allclose(ridge.estimate(places), expected)


@pytest.mark.parametrize("density", [0.02, 0.4])
def test_many_examples_that_share_terms_are_learned_as_few_are(density: float) -> None:
    drawn = np.random.default_rng(0)
    places = drawn.normal(size=(600, 8))
    places /= np.linalg.norm(places, axis=1, keepdims=True)
    terms = sparse.random(600, 50, density, format="csr", random_state=0)
    targets, weights = drawn.normal(size=(600, 2)), np.full(600, 2.0)
    ridge = Ridge(places, targets, weights, penalty=0.4, nearness=3.5, vectors=(terms, 0.2))
    kernel = np.exp(3.5 * (places @ places.T - 1)) + 0.2 * (terms @ terms.T).toarray()
    inverse = np.linalg.inv(kernel + 0.2 * np.eye(600))
    learned = inverse @ targets
    assert np.allclose(ridge.estimate(places, vectors=terms), kernel @ learned)
    assert np.allclose(ridge.estimate_examples([3])[:, 0][4:9], _left_out(kernel, targets, 3)[4:9])


def _left_out(kernel: NDArray[np.float64], targets: NDArray[np.float64], row: int) -> NDArray[np.float64]:
    """Return what each example gets, for the first thing, from a regression that knows neither it nor ``row``."""
    found = np.zeros(len(targets))
    for each in range(4, 9):
        others = [at for at in range(len(targets)) if at not in (row, each)]
        matrix = kernel[np.ix_(others, others)] + 0.2 * np.eye(len(others))
        found[each] = kernel[each, others] @ np.linalg.solve(matrix, targets[others, 0])
    return found
