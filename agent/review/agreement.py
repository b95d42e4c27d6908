"""The agreement of two readers of a night: Cohen's kappa with its interval, and the papers on which they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from sklearn.metrics import cohen_kappa_score, confusion_matrix

from agent.records import NO_LEAF, Label, Record

GRADES: Final = (0, 1, 2, 3)
IN_SCOPE: Final = 2
RESAMPLES: Final = 1000
SEED: Final = 20251114


class Kappa(Record):
    """Cohen's kappa on ``n`` papers. ``value`` is null when it is not defined: both readers gave one answer only.

    ``low`` and ``high`` are the 95 % percentile bootstrap interval over papers, null when it is not defined either.
    """

    n: int
    same: int
    value: float | None
    low: float | None
    high: float | None


class Disagreement(NamedTuple):
    """A paper on which two readers differ."""

    paper_id: str
    mine: Label
    theirs: Label


class Agreement(Record):
    """The agreement of a reader with another one, ``name``, on the ``n`` papers that both have labelled.

    ``grades`` counts a difference by its square (quadratic weights), ``in_scope`` asks only for 2 and 3 against 0 and
    1, and ``sections`` compares the primary sections of the papers that both put in scope.
    """

    name: str
    n: int
    grades: Kappa
    in_scope: Kappa
    sections: Kappa
    differences: tuple[Disagreement, ...]


def compare(name: str, paper_ids: Sequence[str], mine: Mapping[str, Label], theirs: Mapping[str, Label]) -> Agreement:
    """Return how two readers agree on the papers that both have labelled, the largest differences first."""
    both = [(mine[paper_id], theirs[paper_id]) for paper_id in paper_ids if paper_id in mine and paper_id in theirs]
    scoped = [(a, b) for a, b in both if min(a.grade, b.grade) >= IN_SCOPE]
    different = [Disagreement(a.id, a, b) for a, b in both if (a.grade, a.primary) != (b.grade, b.primary)]
    different.sort(key=lambda each: -abs(each.mine.grade - each.theirs.grade))
    return Agreement(
        name=name,
        n=len(both),
        grades=kappa([(a.grade, b.grade) for a, b in both], scale=GRADES),
        in_scope=kappa([(int(a.grade >= IN_SCOPE), int(b.grade >= IN_SCOPE)) for a, b in both]),
        sections=kappa(_numbered([(a.primary or NO_LEAF, b.primary or NO_LEAF) for a, b in scoped])),
        differences=tuple(different),
    )


def kappa(pairs: Sequence[tuple[int, int]], scale: Sequence[int] | None = None) -> Kappa:
    """Return Cohen's kappa of pairs of answers (scikit-learn), with its bootstrap interval.

    ``scale`` are all answers in their order, where they are numbers at equal distances, which are then weighted
    quadratically; None for names.
    """
    same = sum(a == b for a, b in pairs)
    given = sorted({answer for pair in pairs for answer in pair})
    if len(given) < 2:
        return Kappa(n=len(pairs), same=same, value=None, low=None, high=None)
    answers = list(scale or given)
    first, second = np.array(pairs).T
    table = confusion_matrix(first, second, labels=answers)
    apart = np.subtract.outer(np.arange(len(answers)), np.arange(len(answers)))
    weight = (apart**2 if scale else apart != 0).astype(float)
    drawn = np.random.default_rng(SEED).multinomial(len(pairs), (table / table.sum()).ravel(), size=RESAMPLES)
    values = _kappas(drawn.reshape(RESAMPLES, *table.shape), weight)
    defined = values[np.isfinite(values)]
    low, high = (float(end) for end in np.percentile(defined, [2.5, 97.5])) if defined.size else (None, None)
    value = float(cohen_kappa_score(first, second, labels=answers, weights="quadratic" if scale else None))
    return Kappa(n=len(pairs), same=same, value=value, low=low, high=high)


def _kappas(tables: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return kappa of each of many tables at once, nan where both readers gave one answer only.

    A table holds how often one reader said the row and the other the column. One less the weighted disagreement over
    the one that chance would give: https://scikit-learn.org/stable/modules/model_evaluation.html#cohen-kappa
    """
    rows, columns = tables.sum(axis=2), tables.sum(axis=1)
    expected = rows[:, :, None] * columns[:, None, :] / tables.sum(axis=(1, 2))[:, None, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (tables * weight).sum(axis=(1, 2)) / (expected * weight).sum(axis=(1, 2))
    return np.asarray(1 - ratio)


def _numbered(pairs: Sequence[tuple[str, str]]) -> list[tuple[int, int]]:
    numbers = {leaf: number for number, leaf in enumerate(sorted({leaf for pair in pairs for leaf in pair}))}
    return [(numbers[a], numbers[b]) for a, b in pairs]
