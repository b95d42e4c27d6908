"""Agreement of two readers: the figures are scikit-learn's, the interval is that of resampled papers."""

from __future__ import annotations

import pytest
from sklearn.metrics import cohen_kappa_score

from agent.records import Label
from agent.review.agreement import GRADES, compare, kappa

FIRST = [0, 0, 1, 2, 3, 3, 2, 0, 1, 0, 3, 2]
SECOND = [0, 1, 1, 2, 3, 2, 2, 0, 0, 0, 3, 3]


@pytest.mark.parametrize("weights", [None, "quadratic"])
def test_kappa_is_scikit_learn_s_and_lies_in_its_interval(weights: str | None) -> None:
    found = kappa(list(zip(FIRST, SECOND, strict=True)), GRADES if weights else None)
    assert found.value == pytest.approx(cohen_kappa_score(FIRST, SECOND, weights=weights))
    assert (found.n, found.same) == (12, 8)
    assert found.low is not None and found.high is not None
    assert found.low <= found.value <= found.high


def test_the_interval_narrows_with_more_papers() -> None:
    few = kappa(list(zip(FIRST, SECOND, strict=True)))
    many = kappa(list(zip(FIRST, SECOND, strict=True)) * 20)
    assert many.high - many.low < (few.high - few.low) / 2


def test_a_grade_that_nobody_gave_still_lies_between_those_beside_it() -> None:
    first, second = [0, 2, 3, 3, 0], [0, 3, 3, 2, 3]
    found = kappa(list(zip(first, second, strict=True)), GRADES)
    assert found.value == pytest.approx(cohen_kappa_score(first, second, labels=GRADES, weights="quadratic"))
    assert found.value != pytest.approx(cohen_kappa_score(first, second, weights="quadratic"))


@pytest.mark.parametrize("pairs", [[], [(1, 1), (1, 1)]])
def test_kappa_of_one_answer_only_is_not_defined(pairs: list[tuple[int, int]]) -> None:
    found = kappa(pairs)
    assert (found.value, found.low, found.high) == (None, None, None)


def test_full_agreement_is_one_and_has_no_difference() -> None:
    labels = {f"{n}": Label(id=f"{n}", grade=3 if n % 2 else 0, primary="a" if n % 2 else None) for n in range(10)}
    found = compare("ben", list(labels), labels, labels)
    assert (found.grades.value, found.in_scope.value, found.n, found.differences) == (1.0, 1.0, 10, ())


def test_differences_come_largest_first_and_sections_count_where_both_say_in_scope() -> None:
    mine = {"a": Label(id="a", grade=3, primary="x"), "b": Label(id="b", grade=0, primary=None),
            "c": Label(id="c", grade=2, primary="x"), "d": Label(id="d", grade=1, primary=None)}  # fmt: skip
    theirs = {"a": Label(id="a", grade=3, primary="y"), "b": Label(id="b", grade=3, primary="x"),
              "c": Label(id="c", grade=2, primary="x")}  # fmt: skip
    found = compare("ben", ["a", "b", "c", "d"], mine, theirs)
    assert [each.paper_id for each in found.differences] == ["b", "a"]
    assert (found.n, found.sections.n, found.sections.same) == (3, 2, 1)
