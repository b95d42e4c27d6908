"""Tokens and dollars per 1,000 papers at the committed prices, live and in batches.

Prompts are those of the sample listing, at four characters a token. An answer counts ``TYPICAL_OUTPUT`` tokens, as the
program estimates, and beside that as many as were counted in answers (``answers.py``).
"""

from __future__ import annotations

import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from agent.core.judging import costs, questions
from agent.records import Usage, Window
from agent.settings import load_settings
from agent.sources.files.listing import ListingFile
from agent.wiring import judges
from agent.wiring.lists import load_prices, load_survey
from agent.wiring.state import open_state
from evals.benchmarks.speed import answers

ROOT: Final = Path(__file__).resolve().parents[3]
PAPERS: Final = 1000
PROMPTS: Final = ("judge/v1", "judge/v3")


def measure(prompt: str) -> list[dict[str, Any]]:
    """Return tokens and dollars of a prompt: for answers of the assumed length, and of the length counted."""
    with tempfile.TemporaryDirectory() as state:
        given = load_settings(ROOT / "triage.toml", Path(state), judge={"prompt": prompt})
        listing = ListingFile(ROOT / "data" / "sample_listing.jsonl", given.source.categories, True)
        papers = listing.listing(Window()).papers
        with open_state(given, exclusive=True) as store:
            survey = load_survey(given, store)
            local = judges.build_local(given, survey, store)
            local.prepare(papers)
            asked = judges.build_questions(given, survey, local)
            prices = load_prices(given)
            usage = questions.estimate(asked, papers, prices).usage
    price, half = prices[asked.model], costs.batch_prices(prices)[asked.model]
    lengths = {"assumed": costs.TYPICAL_OUTPUT, "counted": answers.load()["mean"]}
    return [
        {"prompt": prompt, "model": asked.model, "answers": f"{length} {kind}"} | _row(usage, length, price, half)
        for kind, length in lengths.items()
    ]


def _row(usage: Usage, length: int, price: costs.Price, half: costs.Price) -> dict[str, Any]:
    """Return tokens and dollars of ``PAPERS`` papers with answers of ``length`` tokens, live and in batches."""
    told = usage.model_copy(update={"output_tokens": length * usage.calls})
    fresh = told.model_copy(update={"cached_input_tokens": 0})

    def dollars(of: Usage, price: costs.Price) -> float:
        return round(float((costs.cost(of, price) or Decimal(0)) * PAPERS / usage.calls), 2)

    return {
        "input_tokens": round(usage.input_tokens * PAPERS / usage.calls),
        "cacheable_tokens": round(usage.cached_input_tokens * PAPERS / usage.calls),
        "output_tokens": length * PAPERS,
        "usd_live": dollars(told, price),
        "usd_batch": dollars(told, half),
        "usd_live_nothing_cached": dollars(fresh, price),
        "usd_batch_nothing_cached": dollars(fresh, half),
    }
