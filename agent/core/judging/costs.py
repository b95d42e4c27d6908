"""The cost of calls: prices are data (``data/prices.toml``), tokens are what servers report, estimates say so."""

from __future__ import annotations

import json
import math
import re
import string
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

from pydantic import Field, ValidationError

from agent.errors import ConfigError
from agent.records import Record, Usage, Usd

MILLION = 1_000_000
CHARACTERS_A_TOKEN = 4
"""Of English; other scripts have more tokens."""
TYPICAL_OUTPUT = 500
"""Tokens of one answer, reasoning at low effort included: for estimates only."""


class Price(Record):
    """US dollars per million tokens. Reasoning tokens count as output.

    ``cache_write`` is the price of input that is put into the server's memory (None: that of other input).
    ``context`` is how many tokens a question and its answer may take together (None: not known).
    """

    input: Decimal = Field(ge=0)
    cached_input: Decimal = Field(ge=0)
    output: Decimal = Field(ge=0)
    cache_write: Decimal | None = Field(None, ge=0)
    context: int | None = Field(None, gt=0)


FEWEST_MEASURED = 30
"""Answers whose mean length is taken instead of ``TYPICAL_OUTPUT``."""


class AnswerLength(Record):
    """The tokens of one answer: the mean of so many ``measured`` ones, or assumed (0)."""

    tokens: int = TYPICAL_OUTPUT
    measured: int = 0

    def __str__(self) -> str:
        source = f"the mean of {self.measured:,} earlier answers" if self.measured else "assumed"
        return f"{self.tokens:,} an answer, {source}"


ASSUMED = AnswerLength()


def mean_length(answered: Iterable[Usage]) -> AnswerLength:
    """Return the mean length of the answers in these usages, if there are enough of them."""
    all_of_it = total(answered)
    if all_of_it.calls < FEWEST_MEASURED or not all_of_it.output_tokens:
        return ASSUMED
    return AnswerLength(tokens=round(all_of_it.output_tokens / all_of_it.calls), measured=all_of_it.calls)


class Estimate(Record):
    """The requests that a run would make. ``usage.usd`` and ``worst_usd`` are null without a known price.

    ``usage`` assumes answers of the length ``answer``, and that the shared start of the prompt is cached from the
    second call on; ``worst_usd`` that nothing is, and that every answer is as long as it may be. ``static_share`` is
    the part of the input all calls share.
    """

    usage: Usage
    worst_usd: Usd | None
    static_share: float
    answer: AnswerLength


def read_prices(text: str, place: str = "price table") -> dict[str, Price]:
    """Return the prices by model name from TOML: ``[models.NAME]`` with input, cached_input, output.

    Raises ConfigError for text that is no such table; it begins with ``place``, where the text stands.
    """
    try:
        models = tomllib.loads(text, parse_float=Decimal).get("models", {})
        return {name: Price.model_validate(price) for name, price in models.items()}
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{place}: not valid TOML: {error}") from None
    except (ValidationError, AttributeError) as error:
        raise ConfigError(f"{place}: [models.NAME] needs input, cached_input and output: {error}") from None


def price_of(model: str, prices: Mapping[str, Price]) -> Price | None:
    """Return the price of a model, a dated snapshot (``name-2026-05-01``) counting as its model; None: not known."""
    return prices.get(model) or prices.get(re.sub(r"-\d{4}-\d{2}-\d{2}$", "", model))


def batch_prices(prices: Mapping[str, Price]) -> dict[str, Price]:
    """Return what the same tokens cost in a batch: half, https://platform.openai.com/docs/guides/batch."""
    return {name: _halved(price) for name, price in prices.items()}


def _halved(price: Price) -> Price:
    halves = {name: each / 2 for name, each in price if isinstance(each, Decimal)}
    return price.model_copy(update=halves)


def cost(usage: Usage, price: Price | None, cache_writes: int = 0) -> Decimal | None:
    """Return the dollars of these tokens. Cached input is part of ``input_tokens``, as servers report it, and so are
    ``cache_writes``, the tokens that were put into the server's memory."""
    if price is None:
        return None
    fresh = max(0, usage.input_tokens - usage.cached_input_tokens)
    kept = min(fresh, cache_writes) if price.cache_write is not None else 0
    dollars = (fresh - kept) * price.input + kept * (price.cache_write or 0)
    dollars += usage.cached_input_tokens * price.cached_input + usage.output_tokens * price.output
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
        usd=sum(dollars, Decimal(0)) if len(dollars) == len(parts) else None,
    )


def estimated_tokens(messages: Sequence[Mapping[str, str]]) -> int:
    """Return about how many tokens the messages are, by their characters."""
    return math.ceil(sum(len(message["content"]) for message in messages) / CHARACTERS_A_TOKEN)


@lru_cache(maxsize=16)
def most_tokens(text: str) -> int:
    """Return a bound on the tokens of a text: one a byte, but two ASCII letters or blanks are at most one token.

    Tokenizers differ; digits, marks and bytes outside ASCII may each be a token of their own.
    """
    data = text.encode("utf-8", "replace")
    others = len(data.translate(None, _LETTERS))
    return others + math.ceil((len(data) - others) / 2)


_LETTERS = (string.ascii_letters + " \n").encode()
MESSAGE_TOKENS = 16
"""Tokens that a chat template puts around one message, at most."""


class MostUsage(Record):
    """The most tokens that one call can use: no honest server can report more."""

    input: int
    output: int

    def cost(self, price: Price) -> Decimal:
        """Return the dollars of all of it, nothing cached, and all of it put into a cache where that is dearer."""
        kept = self.input if (price.cache_write or 0) > price.input else 0
        return cost(Usage(input_tokens=self.input, output_tokens=self.output), price, kept) or Decimal(0)


def most_usage(
    messages: Sequence[Mapping[str, str]], max_output: int, schema: Mapping[str, Any] | None = None
) -> MostUsage:
    """Return what one call with these messages can use.

    Servers count the ``schema`` of the answer as input, and some are told it twice.
    """
    texts = [*(message["content"] for message in messages), *([json.dumps(schema)] * 2 if schema else [])]
    return MostUsage(input=sum(most_tokens(text) + MESSAGE_TOKENS for text in texts), output=max_output)


FEWEST_CUT = 256
"""Tokens: no server has a context so small, so a smaller count is no cut prompt but a wrong count."""

CUT_SHARE = Decimal("0.6")


def cut_prompt(messages: Sequence[Mapping[str, str]], usage: Usage) -> bool:
    """Tell whether the server has cut the prompt: it reports far fewer tokens than the messages have.

    Counts that are below any context, or that leave out what was cached, are wrong counts, and no cut prompt.
    """
    reported = usage.input_tokens
    return usage.cached_input_tokens <= reported and FEWEST_CUT <= reported < _fewest_tokens(messages)


def can_be(usage: Usage, messages: Sequence[Mapping[str, str]], most: MostUsage, written: str) -> bool:
    """Tell whether these counts can be those of one call with these messages and the answer ``written``.

    Impossible: no input or no output, more cached than sent, far less than the text has, or more than ``most``.
    """
    return (
        0 <= usage.cached_input_tokens <= usage.input_tokens
        and _fewest_tokens(messages) <= usage.input_tokens <= most.input
        and max(1.0, len(written) / _LONGEST_TOKEN) <= usage.output_tokens <= most.output
    )


def _fewest_tokens(messages: Sequence[Mapping[str, str]]) -> Decimal:
    """Return the tokens that an uncut prompt has at least, by its characters."""
    return CUT_SHARE * sum(_squeezed(message["content"]) for message in messages) / CHARACTERS_A_TOKEN


@lru_cache(maxsize=16)
def _squeezed(text: str) -> int:
    """Return the characters of a text, runs of blanks counted as one: tokenizers have tokens for whole runs."""
    return len(" ".join(text.split()))


_LONGEST_TOKEN = 12
"""Characters that a token has at most, on average over an answer."""


def estimate(
    prompts: Sequence[Sequence[Mapping[str, str]]],
    max_output: int,
    price: Price | None,
    schema: Mapping[str, Any] | None = None,
    answer: AnswerLength = ASSUMED,
) -> Estimate:
    """Return what asking these prompts once each would take, by their characters."""
    lengths = [sum(len(message["content"]) for message in messages) for messages in prompts]
    shared = len(prompts[0][0]["content"]) if prompts else 0
    usage = Usage(
        calls=len(prompts),
        input_tokens=sum(math.ceil(length / CHARACTERS_A_TOKEN) for length in lengths),
        cached_input_tokens=shared // CHARACTERS_A_TOKEN * max(0, len(prompts) - 1),
        output_tokens=answer.tokens * len(prompts),
        usd=None,
    )
    return Estimate(
        usage=usage.model_copy(update={"usd": cost(usage, price)}),
        worst_usd=None
        if price is None
        else sum((most_usage(messages, max_output, schema).cost(price) for messages in prompts), Decimal(0)),
        static_share=shared * len(prompts) / sum(lengths) if prompts else 0.0,
        answer=answer,
    )
