"""What a model would be asked tonight, without asking: one prompt, the Batch lines, or how much there is of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agent import wiring
from agent.core import brief
from agent.core.brief import Brief
from agent.errors import ConfigError
from agent.records import Paper
from agent.settings import Settings
from agent.workflow import Services


def papers_of(services: Services, ids: Sequence[str]) -> list[Paper]:
    return [paper for paper_id in ids if (paper := services.store.paper(paper_id))]


def prompt_of(services: Services, paper_id: str) -> list[dict[str, str]]:
    """Return the messages about one paper, of this listing or an earlier one. Raises ConfigError for no such paper."""
    paper = services.store.paper(paper_id)
    if paper is None:
        raise ConfigError(
            f"--show-prompt {paper_id}: no such paper in this listing or an earlier one; give its arXiv id"
        )
    return [dict(message) for message in services.brief().messages(paper)]


def estimate(settings: Settings, asking: Brief, papers: Sequence[Paper]) -> dict[str, Any]:
    """Return papers, model, tokens and dollars of asking about each paper once."""
    expected = brief.estimate(asking, papers, wiring.load_prices(settings))
    return {"papers": len(papers), "model": asking.model, **expected.model_dump()}
