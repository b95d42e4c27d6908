"""Tokens and dollars per 1,000 papers at the committed prices, live and in batches.

Prompts are those of the sample listing, at four characters a token; an answer counts ``TYPICAL_OUTPUT`` tokens.
"""

from __future__ import annotations

import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from agent import settings as configuration
from agent.core.judging import costs, questions
from agent.records import Window
from agent.sources.files.listing import ListingFile
from agent.wiring import judges
from agent.wiring.lists import load_prices, load_survey
from agent.wiring.state import open_state

ROOT: Final = Path(__file__).resolve().parents[3]
PAPERS: Final = 1000
PROMPTS: Final = ("judge/v1", "judge/v2")


def measure(prompt: str) -> dict[str, Any]:
    """Return tokens and dollars of a prompt: live, in batches, and in batches whose server caches nothing."""
    with tempfile.TemporaryDirectory() as state:
        given = configuration.load(ROOT / "triage.toml", Path(state), judge={"prompt": prompt})
        listing = ListingFile(ROOT / "data" / "sample_listing.jsonl", given.source.categories, True)
        papers = listing.listing(Window()).papers
        with open_state(given, exclusive=True) as store:
            survey = load_survey(given, store)
            local = judges.build_local(given, survey, store)
            local.prepare(papers)
            asked = judges.build_questions(given, survey, local)
            prices = load_prices(given)
            usage = questions.estimate(asked, papers, prices).usage
    price = prices[asked.model]
    fresh = usage.model_copy(update={"cached_input_tokens": 0})

    def dollars(of: Any, price: costs.Price) -> float:
        return float((costs.cost(of, price) or Decimal(0)) * PAPERS / usage.calls)

    half = costs.batch_prices(prices)[asked.model]
    return {
        "prompt": prompt,
        "model": asked.model,
        "input_tokens": round(usage.input_tokens * PAPERS / usage.calls),
        "cacheable_tokens": round(usage.cached_input_tokens * PAPERS / usage.calls),
        "output_tokens": costs.TYPICAL_OUTPUT * PAPERS,
        "usd_live": round(dollars(usage, price), 2),
        "usd_live_nothing_cached": round(dollars(fresh, price), 2),
        "usd_batch": round(dollars(usage, half), 2),
        "usd_batch_nothing_cached": round(dollars(fresh, half), 2),
    }
