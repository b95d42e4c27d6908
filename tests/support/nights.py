"""Nights on the small list about gardens: the real graph and store, and one fake per port."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from agent.core.survey import taxonomy
from agent.core.survey.survey import Survey
from agent.database.store import Store
from agent.ports import NightPlan, Services
from agent.records import DecisionKind, Judgment, Paper, RunReport, Window
from agent.workflow.graph import run
from tests.conftest import ROOT
from tests.support.fakes import (
    IDENTITY,
    KeepingDelivery,
    ScriptedJudge,
    ScriptedSource,
    SilentProgress,
    judgment,
    paper,
)

GARDENS = ROOT / "tests" / "fixtures" / "gardens"
LIST = (GARDENS / "data" / "list.md").read_text()
TREE = taxonomy.parse({path.name: path.read_text() for path in (GARDENS / "taxonomy").glob("*.yaml")})
DRIP = paper("2401.00011", title="Drip by Drip: Learned Irrigation for Roof Gardens")
A, B, C = (paper(f"2511.0000{n}", title=f"Robot Number {n} for Plants") for n in (1, 2, 3))
CLOCK = itertools.count()
EARLIER = IDENTITY.model_copy(update={"model": "an earlier one"})


def said(one: Paper, score: float = 0.9, leaf: str | None = "water", **fields: object) -> Judgment:
    return judgment(one.id, score, leaf, **fields)


class Nights:
    """Runs one night after the other on the small list about gardens, with one memory."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.judge = ScriptedJudge({})
        self.delivery = KeepingDelivery()
        self.services: Services | None = None

    async def state(self, papers: Sequence[Paper] = (), *judgments: Judgment, **given: Any) -> Any:
        """Return the final state of a night; ``given`` replaces single services, or choices of its plan."""
        self.judge = ScriptedJudge({each.paper_id: each for each in judgments})
        at = datetime(2025, 11, 13, tzinfo=UTC) + timedelta(hours=next(CLOCK))
        survey = Survey.of(TREE, given.pop("catalog", LIST), (), ())
        plan: dict[str, Any] = {
            "run_id": f"{at:%Y%m%d-%H%M%S}",
            "window": Window(),
            "covered": (),
            "categories": ("cs.CL",),
            "cross_lists": True,
            "budget": 10,
            "min_score": 0.5,
        } | {name: given.pop(name) for name in list(given) if name in NightPlan.__dataclass_fields__}
        services: dict[str, Any] = {
            "plan": NightPlan(**plan),
            "survey": survey,
            "source": ScriptedSource(papers),
            "judge": self.judge,
            "delivery": self.delivery,
            "store": self.store,
            "nearest": lambda *_: (),
            "relevance": lambda one: 0.5,
            "now": lambda: at,
            "progress": SilentProgress(),
        } | given
        self.services = Services(**services)
        return await run(self.services)

    async def __call__(self, papers: Sequence[Paper] = (), *judgments: Judgment, **given: Any) -> RunReport:
        report: RunReport = (await self.state(papers, *judgments, **given))["report"]
        assert report.listed == sum(report.buckets.values())
        return report

    def decided(self) -> dict[str, tuple[DecisionKind, str | None]]:
        return {decision.paper_id: (decision.kind, decision.section) for _, decision in self.store.decisions()}


def counts(report: RunReport) -> dict[str, int]:
    return {bucket.value: count for bucket, count in report.buckets.items() if count}
