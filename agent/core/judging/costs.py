"""What calls cost: prices are data (``data/prices.toml``), tokens are what servers report, estimates say so."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence

from pydantic import Field, ValidationError

from agent.errors import ConfigError
from agent.records import Record, Usage

MILLION = 1_000_000
TYPICAL_OUTPUT = 500
"""Tokens of one answer, reasoning at low effort included: for estimates only."""


class Price(Record):
    """US dollars per million tokens. Reasoning tokens count as output.

    ``context`` is how many tokens a question and its answer may take together (None: not known).
    """

    context: int | None = Field(None, gt=0)

    input: float = Field(ge=0)
    cached_input: float = Field(ge=0)
    output: float = Field(ge=0)


class Estimate(Record):
    """What a run would ask for. ``usage.usd`` and ``worst_usd`` are null without a known price.

    ``usage`` assumes that the shared start of the prompt is cached from the second call on; ``worst_usd`` that nothing
    is, and that every answer is as long as it may be. ``static_share`` is the part of the input all calls share.
    """

    usage: Usage
    worst_usd: float | None
    static_share: float


def read_prices(text: str) -> dict[str, Price]:
    """Return the prices by model name from TOML: ``[models.NAME]`` with input, cached_input, output.

    Raises ConfigError for text that is no such table.
    """
    try:
        models = tomllib.loads(text).get("models", {})
        return {name: Price.model_validate(price) for name, price in models.items()}
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"price table: not valid TOML: {error}") from None
    except (ValidationError, AttributeError) as error:
        raise ConfigError(f"price table: [models.NAME] needs input, cached_input and output: {error}") from None


def price_of(model: str, prices: Mapping[str, Price]) -> Price | None:
    """Return the price of a model, a dated snapshot (``name-2026-05-01``) counting as its model; None: not known."""
    return prices.get(model) or prices.get(re.sub(r"-\d{4}-\d{2}-\d{2}$", "", model))


def cost(usage: Usage, price: Price | None) -> float | None:
    """Return the dollars of these tokens. Cached input is part of ``input_tokens``, as servers report it."""
    if price is None:
        return None
    fresh = max(0, usage.input_tokens - usage.cached_input_tokens)
    dollars = fresh * price.input + usage.cached_input_tokens * price.cached_input + usage.output_tokens * price.output
    return dollars / MILLION


def total(usages: Iterable[Usage]) -> Usage:
    """Return the sum; dollars are null as soon as one part's are."""
    parts = list(usages)
    dollars = [usage.usd for usage in parts if usage.usd is not None]
    return Usage(
        calls=sum(usage.calls for usage in parts),
        input_tokens=sum(usage.input_tokens for usage in parts),
        cached_input_tokens=sum(usage.cached_input_tokens for usage in parts),
        output_tokens=sum(usage.output_tokens for usage in parts),
        usd=sum(dollars) if len(dollars) == len(parts) else None,
    )


def worst_case(messages: Sequence[Mapping[str, str]], max_output: int, price: Price) -> float:
    """Return the dollars one call can cost: two bytes a token (English has about four), nothing cached, full output."""
    tokens = math.ceil(sum(len(message["content"].encode("utf-8", "replace")) for message in messages) / 2)
    return cost(Usage(input_tokens=tokens, output_tokens=max_output), price) or 0.0


def estimate(prompts: Sequence[Sequence[Mapping[str, str]]], max_output: int, price: Price | None) -> Estimate:
    """Return what asking these prompts once each would take, at four characters a token."""
    lengths = [sum(len(message["content"]) for message in messages) for messages in prompts]
    shared = len(prompts[0][0]["content"]) if prompts else 0
    usage = Usage(
        calls=len(prompts),
        input_tokens=sum(math.ceil(length / 4) for length in lengths),
        cached_input_tokens=shared // 4 * max(0, len(prompts) - 1),
        output_tokens=TYPICAL_OUTPUT * len(prompts),
        usd=None,
    )
    return Estimate(
        usage=usage.model_copy(update={"usd": cost(usage, price)}),
        worst_usd=None if price is None else sum(worst_case(m, max_output, price) for m in prompts),
        static_share=shared * len(prompts) / sum(lengths) if prompts else 0.0,
    )
