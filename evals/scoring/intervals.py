"""The uncertainty of a figure: 95 % intervals, and the two paired tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from evals.result import Interval

Case = TypeVar("Case")
Floats = NDArray[Any]

RESAMPLES = 1000
SEED = 20251114
WILSON = "Wilson"
BOOTSTRAP = f"percentile bootstrap over papers ({RESAMPLES} resamples, seed {SEED})"


def wilson(hits: Sequence[bool]) -> Interval | None:
    """Return the Wilson score interval of a share (Wilson, JASA 22, 1927; scipy). None of nothing."""
    if not hits:
        return None
    found = stats.binomtest(sum(hits), len(hits)).proportion_ci(confidence_level=0.95, method="wilson")
    return float(found.low), float(found.high)


def bootstrap(
    cases: Sequence[Case],
    metric: Callable[[Sequence[Case]], float | None],
    stratum: Callable[[Case], bool] = lambda case: True,
) -> Interval | None:
    """Return the percentile bootstrap interval of a metric, resampling cases with a fixed seed.

    With ``stratum``, cases where it holds and where it does not are resampled apart: a resample keeps the number of
    relevant papers, so a metric that needs one stays defined. None when a stratum has fewer than two cases or the
    metric is undefined.
    """
    strata = [
        np.array([at for at, case in enumerate(cases) if stratum(case) is side], dtype=int) for side in (True, False)
    ]
    samples = [sample for sample in strata if sample.size]
    if not samples or min(sample.size for sample in samples) < 2 or metric(cases) is None:
        return None

    rng = np.random.default_rng(SEED)
    drawn = []
    for _ in range(RESAMPLES):
        at = np.concatenate([rng.choice(sample, sample.size) for sample in samples])
        value = metric([cases[each] for each in at])
        if value is not None:
            drawn.append(value)
    low, high = np.percentile(drawn, [2.5, 97.5])
    return float(low), float(high)


def average_precision_interval(
    relevant: Sequence[bool], scores: Sequence[float], less: Sequence[float] | None = None
) -> Interval | None:
    """Return the bootstrap interval of average precision, or, with ``less``, of how much it exceeds that of those
    scores.

    The same resamples as ``bootstrap`` would take with the relevant papers as a stratum, all computed at once: a
    resample is a count per paper, and average precision is the step sum over distinct scores, as in scikit-learn with
    these weights. None when fewer than two papers are relevant or fewer than two are not.
    """
    gold = np.array(relevant, dtype=bool)
    if min(gold.sum(), (~gold).sum()) < 2:
        return None
    counts = np.zeros((RESAMPLES, gold.size))
    rng = np.random.default_rng(SEED)
    for side in (gold, ~gold):
        counts[:, side] = rng.multinomial(side.sum(), np.full(side.sum(), 1 / side.sum()), size=RESAMPLES)
    drawn = weighted_average_precision(gold, np.array(scores), counts)
    if less is not None:
        drawn = drawn - weighted_average_precision(gold, np.array(less), counts)
    low, high = np.percentile(drawn, [2.5, 97.5])
    return float(low), float(high)


def weighted_average_precision(gold: Floats, scores: Floats, counts: Floats) -> Floats:
    """Return the average precision under each row of ``counts`` (resamples x papers), one value a row."""
    order = np.argsort(-scores, kind="stable")
    last_of_its_score = np.append(np.diff(scores[order]) != 0, True)
    read = np.cumsum(counts[:, order], axis=1)[:, last_of_its_score]
    found = np.cumsum(counts[:, order] * gold[order], axis=1)[:, last_of_its_score]
    precision = found / np.maximum(read, 1)
    gained = np.diff(found, axis=1, prepend=0) / found[:, -1:]
    return np.asarray((gained * precision).sum(axis=1))


def macro_f1_interval(gold: Sequence[str], first: Sequence[str]) -> Interval | None:
    """Return the bootstrap interval of the mean F1 of the leaves that list a paper of the resample, all computed at
    once.

    None for fewer than two papers.
    """
    if len(gold) < 2:
        return None
    counts = np.random.default_rng(SEED).multinomial(len(gold), np.full(len(gold), 1 / len(gold)), size=RESAMPLES)
    low, high = np.percentile(weighted_macro_f1(gold, first, counts), [2.5, 97.5])
    return float(low), float(high)


def weighted_macro_f1(gold: Sequence[str], first: Sequence[str], counts: Floats) -> Floats:
    """Return macro-F1 under each row of ``counts`` (resamples x papers), one value a row."""
    leaves = np.array(sorted(set(gold)))
    is_gold, is_first = np.array(gold)[:, None] == leaves, np.array(first)[:, None] == leaves
    listed = counts @ is_gold
    f1 = 2 * (counts @ (is_gold & is_first)) / np.maximum(listed + counts @ is_first, 1)
    present = listed > 0
    return np.asarray((f1 * present).sum(axis=1) / present.sum(axis=1))


def mcnemar(fixed: int, broken: int) -> float:
    """Return the exact two-sided p of McNemar's test (Psychometrika 12, 1947) from the two kinds of discordant pair.

    1.0 when no pair is discordant: nothing speaks for a difference.
    """
    discordant = fixed + broken
    return float(stats.binomtest(fixed, discordant, 0.5).pvalue) if discordant else 1.0
