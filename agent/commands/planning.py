"""What a model would be asked tonight, without asking: one prompt, the Batch lines, or how much there is of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from agent.commands.options import write_lines
from agent.core.judging import questions
from agent.errors import ConfigError
from agent.ports import Services
from agent.records import Paper
from agent.settings import Settings
from agent.wiring import night as wiring


class Plan(NamedTuple):
    """What is printed instead of a night: as JSON, and in words."""

    json: object
    words: str


def plan(
    services: Services, settings: Settings, ids: Sequence[str], *, requests: Path | None, show_prompt: str | None
) -> Plan:
    """Return the messages about the paper ``show_prompt``, or how much there is to ask about the papers ``ids``; the
    Batch lines are written to ``requests``. Raises ConfigError for no such paper or a file that cannot be written."""
    asking = services.brief()
    if show_prompt is not None:
        messages = list(asking.messages(_paper(services, show_prompt)))
        return Plan(messages, "\n\n".join(message["content"] for message in messages))
    papers = [paper for paper_id in ids if (paper := services.store.paper(paper_id))]
    if requests is not None:
        write_lines(requests, questions.requests(asking, papers))
    expected = questions.estimate(asking, papers, wiring.load_prices(settings)).model_dump()
    found = {"papers": len(papers), "model": asking.model, **expected, "requests": str(requests) if requests else None}
    return Plan(found, "\n".join(f"{name}: {value}" for name, value in found.items()))


def _paper(services: Services, paper_id: str) -> Paper:
    paper = services.store.paper(paper_id)
    if paper is None:
        raise ConfigError(
            f"--show-prompt {paper_id}: no such paper in this listing or an earlier one; give its arXiv id"
        )
    return paper
