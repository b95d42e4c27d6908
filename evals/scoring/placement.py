"""The sections in which a judge puts the papers of the list, each judged as if it were not listed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.records import Failure, Judgment
from evals.datasets import Listed
from evals.result import Interval, PlacedItem, PlacedPaper, Placement, PlacementPart, PlacementResult, SectionScore
from evals.scoring import intervals, metrics


@dataclass(frozen=True)
class Levels:
    """The parents of a leaf. ``headline`` leaves make the headline; papers listed only elsewhere are reported apart,
    grouped by ``group`` (the leaf's top-level section)."""

    section: Mapping[str, str]
    tier: Mapping[str, str]
    group: Mapping[str, str]
    headline: frozenset[str]


def place(listed: Listed, outcome: Judgment | Failure) -> PlacedPaper:
    """Turn one judgment into a case. A judge that names no ranked leaves is taken at its primary leaf."""
    if isinstance(outcome, Failure):
        return PlacedPaper(key=listed.key, gold=listed.gold, top=(), odd=listed.odd)
    primary = (outcome.primary,) if outcome.primary else ()
    chosen = tuple(dict.fromkeys((*primary, *outcome.secondary)))
    return PlacedPaper(key=listed.key, gold=listed.gold, top=outcome.top[:3] or primary, chosen=chosen, odd=listed.odd)


def score(cases: Sequence[PlacedPaper], levels: Levels, data: str) -> PlacementResult:
    """Score all cases. Headline: papers with at least one headline leaf; any listed leaf counts as right.

    ``data`` is the digest of the papers and leaves that were judged.
    """
    headline = [case for case in cases if not levels.headline.isdisjoint(case.gold)]
    groups: dict[str, list[PlacedPaper]] = {}
    for case in cases:
        if levels.headline.isdisjoint(case.gold):
            groups.setdefault(levels.group[case.gold[0]], []).append(case)
    return PlacementResult(
        **_part(headline, levels),
        macro_f1_ci=intervals.macro_f1_interval(*metrics.gold_and_first(headline)),
        intervals=f"95 %: {intervals.WILSON} for shares, {intervals.BOOTSTRAP} for macro_f1",
        without_odd=Placement(**_figures([case for case in headline if not case.odd], levels)),
        per_section=_leaf_by_leaf(cases),
        apart={group: PlacementPart(**_part(group_cases, levels)) for group, group_cases in sorted(groups.items())},
        data=data,
    )


def _part(cases: Sequence[PlacedPaper], levels: Levels) -> dict[str, Any]:
    return {
        **_figures(cases, levels),
        "set_match": metrics.set_match(cases),
        "set_match_n": sum(len(case.gold) > 1 for case in cases),
        "items": tuple(PlacedItem(key=case.key, gold=case.gold, top=case.top, odd=case.odd) for case in cases),
    }


def _figures(cases: Sequence[PlacedPaper], levels: Levels) -> dict[str, Any]:
    sections, tiers = metrics.coarsen(cases, levels.section), metrics.coarsen(cases, levels.tier)
    return {
        "n": len(cases),
        **_share("top1", metrics.hits_at(cases, 1)),
        **_share("top3", metrics.hits_at(cases, 3)),
        **_share("section", metrics.hits_at(sections, 1)),
        **_share("tier", metrics.hits_at(tiers, 1)),
        "macro_f1": metrics.macro_f1(cases),
    }


def _share(name: str, hits: Sequence[bool]) -> dict[str, float | Interval | None]:
    return {name: metrics.share(hits), f"{name}_ci": intervals.wilson(hits)}


def _leaf_by_leaf(cases: Sequence[PlacedPaper]) -> dict[str, SectionScore]:
    """Count a paper listed twice under both of its leaves: several leaves have one or two papers, so counts go with
    shares."""
    by_leaf: dict[str, list[PlacedPaper]] = {}
    for case in cases:
        for leaf in case.gold:
            by_leaf.setdefault(leaf, []).append(case)
    return {
        leaf: SectionScore(n=len(found), top1=metrics.top1(found) or 0.0, top3=metrics.top3(found) or 0.0)
        for leaf, found in sorted(by_leaf.items())
    }
