"""The outcome of an evaluation: the cases that metrics are computed from, and the result that is printed, saved and
compared."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict

from agent.records import Grade, JudgeIdentity, Record, Usage

Interval = tuple[float, float]
"""A 95 % interval, (low, high)."""


class PlacedPaper(Record):
    """One catalog paper and where the judge put it. A failed judgment has nothing in ``top``: wrong at every level.

    ``gold`` holds every leaf that lists the paper, ``top`` up to three ranked leaves, ``chosen`` the primary and
    secondary leaves. ``odd`` marks a paper all of whose entries are odd placements (kept in the list, not learned
    from).
    """

    key: str
    gold: tuple[str, ...]
    top: tuple[str, ...]
    chosen: tuple[str, ...] = ()
    odd: bool = False


class Ranked(Record):
    """One labelled paper of a night. ``grade`` and ``score`` are null for a failed judgment: last in its night's
    ranking.

    ``read`` says whether the paper is within its day's review budget when the day is ranked by score. ``chance`` is the
    chance of being in scope that the score stands for; null: the score is taken for one.
    """

    id: str
    day: date
    gold: Grade
    grade: Grade | None
    score: float | None
    chance: float | None = None
    read: bool = False

    @property
    def expected(self) -> float | None:
        """The chance of being in scope, as far as the judge said one."""
        return self.score if self.chance is None else self.chance


class Pick(Record):
    """A catalog paper on the night it was announced: its rank (1 = first) among the ``of`` papers of that night.

    A failed judgment has the last rank, and is found within no number of papers: the night may be a short one.
    """

    key: str
    id: str
    rank: int
    of: int
    read: bool = False
    failed: bool = False

    def within(self, most: int) -> bool:
        """Return whether a reader of the ``most`` best papers of the night finds it."""
        return self.rank <= most and not self.failed


class Result(BaseModel):
    """Base of what is read back from a file: unknown fields are ignored, as in every input format."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class PlacedItem(Result):
    """``PlacedPaper`` as it is published: no text of the paper."""

    key: str
    gold: tuple[str, ...]
    top: tuple[str, ...]
    odd: bool = False


class RankedItem(Result):
    """``Ranked`` as it is published: no text of the paper."""

    id: str
    day: date
    grade: Grade | None
    gold: Grade
    score: float | None


class PickItem(Result):
    """``Pick`` as it is published."""

    key: str
    id: str
    rank: int
    of: int
    failed: bool = False

    def within(self, most: int) -> bool:
        """Return whether a reader of the ``most`` best papers of the night finds it."""
        return self.rank <= most and not self.failed


class SectionScore(Result):
    """One leaf: how many papers it lists, how many of them were put there first, and among the first three."""

    n: int
    top1: float
    top3: float


class Placement(Result):
    """Placement of the headline papers: shares in [0, 1], null when there is no such paper."""

    n: int
    top1: float | None
    top1_ci: Interval | None
    top3: float | None
    top3_ci: Interval | None
    section: float | None
    section_ci: Interval | None
    tier: float | None
    tier_ci: Interval | None
    macro_f1: float | None


class PlacementPart(Placement):
    """Placement of one group of papers, item by item. ``set_match``: of papers listed twice, the share whose leaves are
    exactly the chosen ones."""

    set_match: float | None
    set_match_n: int
    items: tuple[PlacedItem, ...]


class PlacementResult(PlacementPart):
    """The headline, the same without odd placements, the leaves one by one, and the groups that are reported apart."""

    macro_f1_ci: Interval | None
    intervals: str
    without_odd: Placement
    per_section: dict[str, SectionScore]
    apart: dict[str, PlacementPart]
    data: str


class Calibration(Result):
    """How far the score can be read as a chance of being in scope.

    ``reliability`` rows are (mean chance, share in scope, papers) of one bin;
    ``risk_coverage`` rows are (share of papers decided, share of those decided wrongly), surest first.

    ``keep_95_core`` is the score threshold that would have kept 95 % of the core papers, ``kept`` the share of all
    papers at or above it.
    """

    ece: float | None
    reliability: tuple[tuple[float, float, int], ...]
    risk_coverage: tuple[tuple[float, float], ...]
    keep_95_core: float | None
    kept: float | None


class Relevance(Result):
    """The quality of a ranking of labelled papers, at the prevalence of the night. Null: undefined (no such paper)."""

    n: int
    core: int
    in_scope: int
    ap_core: float | None
    ap_core_ci: Interval | None
    ap_in_scope: float | None
    ap_in_scope_ci: Interval | None
    recall_core_at_budget: float | None
    recall_core_at_budget_ci: Interval | None
    precision_at_budget: float | None
    precision_at_budget_ci: Interval | None
    read_per_accepted: float | None
    work_saved_at_95: float | None
    work_saved_at_95_ci: Interval | None


class RelevanceResult(Relevance):
    """All nights pooled, then each day. ``confusion[gold][grade]``, grades 0-3, the last column failed judgments."""

    intervals: str
    budget: int
    confusion: tuple[tuple[int, ...], ...]
    per_day: dict[str, Relevance]
    calibration: Calibration
    unlabelled: int
    labels_without_paper: int
    items: tuple[RankedItem, ...]
    data: str


class RetrospectiveResult(Result):
    """Ranks of the papers that the maintainers picked, each among the papers of its own night."""

    n: int
    budget: int
    recall_at_budget: float | None
    recall_at_budget_ci: Interval | None
    recall_at_20: float | None
    recall_at_20_ci: Interval | None
    median_rank: float | None
    median_rank_ci: Interval | None
    intervals: str
    items: tuple[PickItem, ...]
    data: str


class EvalResult(Result):
    """``triage eval --json``. A part that was not asked for is null; ``failed`` counts papers without a valid
    judgment."""

    judge: JudgeIdentity
    placement: PlacementResult | None
    relevance: RelevanceResult | None
    retrospective: RetrospectiveResult | None
    failed: int
    cost: Usage
