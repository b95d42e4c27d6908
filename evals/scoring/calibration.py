"""The worth of the chances of being in scope that scores stand for: reliability, expected calibration error, risk
against coverage, and the 95 % threshold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter

import numpy as np

from evals.result import Calibration, Ranked
from evals.scoring import metrics

BINS = 10


def calibrate(cases: Sequence[Ranked]) -> Calibration:
    """Return the calibration of the chances of being in scope that the scores stand for.

    Failed judgments have no score: left out, except in the threshold, which cannot keep a core paper that has none.
    """
    rows = reliability(cases)
    threshold = keep_95_core(cases)
    kept = (
        None
        if threshold is None
        else metrics.share([case.score is not None and case.score >= threshold for case in cases])
    )
    return Calibration(
        ece=expected_calibration_error(rows),
        reliability=rows,
        risk_coverage=risk_coverage(cases),
        keep_95_core=threshold,
        kept=kept,
    )


def reliability(cases: Sequence[Ranked]) -> tuple[tuple[float, float, int], ...]:
    """Return (mean chance, share in scope, papers) for each of ten equal bins of the chance that holds a paper."""
    chances = [(case.expected, case.gold >= metrics.IN_SCOPE) for case in cases if case.expected is not None]
    return bin_chances(chances)


def bin_chances(papers: Iterable[tuple[float, bool]]) -> tuple[tuple[float, float, int], ...]:
    """Return (mean chance, share in scope, papers) for each of ten equal bins that holds a paper, which is its chance
    and whether it is in scope."""
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for paper in papers:
        bins[min(int(paper[0] * BINS), BINS - 1)].append(paper)
    means = ((np.mean(each, axis=0), len(each)) for each in bins if each)
    return tuple((float(chance), float(relevant), papers) for (chance, relevant), papers in means)


def expected_calibration_error(rows: Sequence[tuple[float, float, int]]) -> float | None:
    """Return the mean gap between chance and share in scope, weighted by papers (Naeini et al., AAAI 2015)."""
    total = sum(n for _, _, n in rows)
    return sum(abs(score - observed) * n for score, observed, n in rows) / total if total else None


def risk_coverage(cases: Sequence[Ranked]) -> tuple[tuple[float, float], ...]:
    """Return (share of papers decided, share of those decided wrongly), deciding the surest papers first.

    A decision is the judge's grade being 2 or more; it is as sure as the chance that it is right. Papers that are
    equally sure are decided together (El-Yaniv and Wiener, JMLR 11, 2010).
    """
    decisions = [
        (case.grade >= metrics.IN_SCOPE, case.gold >= metrics.IN_SCOPE, case.expected)
        for case in cases
        if case.expected is not None and case.grade is not None
    ]
    judged = [(chance if said else 1 - chance, said != right) for said, right, chance in decisions]
    points: list[tuple[float, float]] = []
    decided = mistaken = 0
    for _, equally_sure in groupby(sorted(judged, reverse=True), key=itemgetter(0)):
        wrong = [each for _, each in equally_sure]
        decided, mistaken = decided + len(wrong), mistaken + sum(wrong)
        points.append((decided / len(judged), mistaken / decided))
    return tuple(points)


def keep_95_core(cases: Sequence[Ranked]) -> float | None:
    """Return the highest score threshold that keeps 95 % of the core papers.

    None when there is no core paper, or when too many of them have no score for any threshold to keep 95 %.
    """
    core = [case for case in cases if case.gold >= metrics.CORE]
    scores = sorted((case.score for case in core if case.score is not None), reverse=True)
    enough = metrics.needed(len(core))
    return scores[enough - 1] if core and len(scores) >= enough else None
