"""Kernel ridge regression."""

from __future__ import annotations

import numpy as np
import pytest

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
