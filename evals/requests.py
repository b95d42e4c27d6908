"""The questions of an evaluation as OpenAI Batch input: judge elsewhere, bring the answers back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from agent.core.judging import costs, questions
from agent.core.survey.survey import Survey
from agent.database.store import Store
from agent.settings import Settings
from agent.wiring.judges import asks_a_model, build_local, build_questions
from agent.wiring.lists import load_prices
from evals.material import Material
from evals.run import rounds


def build_requests(settings: Settings, survey: Survey, store: Store, material: Material) -> Iterator[dict[str, Any]]:
    """Yield one line per paper, its key or arXiv id as ``custom_id``; a paper in several parts is asked about once."""
    asked: set[str] = set()
    for each in rounds(material.listed, material.nights, material.picks):
        local = build_local(settings, survey, store, without=each.without, unlearned=each.reported)
        asking = build_questions(settings, survey, local)
        asking.prepare(each.tonight)
        for line in questions.request_lines(asking, [one for one in each.asked.values() if one.id not in asked]):
            asked.add(line["custom_id"])
            yield line


def estimate(settings: Settings, survey: Survey, store: Store, material: Material) -> dict[str, Any]:
    """Return what asking about every paper once would take, as the dry run of a night says it."""
    prompts, form = [], {}
    if asks_a_model(settings):
        for line in build_requests(settings, survey, store, material):
            prompts.append(line["body"]["messages"])
            form = line["body"]["response_format"]["json_schema"]["schema"]
    price = costs.price_of(settings.judge.model, load_prices(settings))
    expected = costs.estimate(prompts, settings.judge.max_output_tokens, price, form)
    model = settings.judge.model if prompts else None
    return {"papers": len(prompts), "model": model, **expected.model_dump(mode="json")}
