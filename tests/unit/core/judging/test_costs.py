"""Prices, costs and estimates."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.core.judging import costs as money
from agent.core.judging.costs import Price
from agent.errors import ConfigError
from agent.records import Usage

TABLE = '[models."small"]\ninput = 0.10\ncached_input = 0.01\noutput = 0.50\n'
SMALL = Price(input=0.10, cached_input=0.01, output=0.50)


def prompt(static: int, paper: int) -> list[dict[str, str]]:
    return [{"role": "system", "content": "s" * static}, {"role": "user", "content": "p" * paper}]


def test_prices_are_read_from_a_table() -> None:
    assert money.read_prices(TABLE) == {"small": SMALL}


@pytest.mark.parametrize(
    "text",
    ["[models", "[models.m]\ninput = 1\n", TABLE + "extra = 1\n", TABLE.replace("0.50", "-1"), "models = 3"],
)
def test_a_table_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="price table"):
        money.read_prices(text)


def test_the_shipped_table_holds_the_default_model() -> None:
    shipped = Path(__file__).resolve().parents[4] / "data" / "prices.toml"
    found = money.read_prices(shipped.read_text("utf-8"))["gpt-6-luna"]
    assert found.model_copy(update={"context": None}) == SMALL
    assert found.context and found.context > 100_000


@pytest.mark.parametrize(
    ("model", "price"),
    [("small", SMALL), ("small-2026-05-01", SMALL), ("small-2026", None), ("smaller", None), ("", None)],
)
def test_a_dated_snapshot_costs_what_its_model_costs(model: str, price: Price | None) -> None:
    assert money.price_of(model, {"small": SMALL}) == price


def test_cached_input_is_a_part_of_the_input() -> None:
    usage = Usage(calls=1, input_tokens=1_000_000, cached_input_tokens=400_000, output_tokens=2_000_000)
    assert money.cost(usage, SMALL) == pytest.approx(0.6 * 0.10 + 0.4 * 0.01 + 2 * 0.50)
    assert money.cost(usage, None) is None


def test_a_sum_with_an_unknown_part_is_unknown() -> None:
    known, unknown = Usage(calls=1, input_tokens=5, usd=0.25), Usage(calls=2, output_tokens=7, usd=None)
    assert money.total([known, known]).usd == 0.5
    assert money.total([known, unknown]) == Usage(calls=3, input_tokens=5, output_tokens=7, usd=None)
    assert money.total([]) == Usage()


def test_the_worst_case_is_above_the_estimate_of_the_same_call() -> None:
    asked = prompt(30_000, 2_000)
    told = money.estimate([asked], 4000, SMALL)
    assert told.usage.usd is not None
    assert money.worst_case(asked, 4000, SMALL) > 1.5 * told.usage.usd


def test_the_worst_case_counts_bytes_not_characters() -> None:
    latin, greek = ([{"role": "user", "content": letter * 1000}] for letter in "a\N{GREEK SMALL LETTER ALPHA}")
    assert money.worst_case(greek, 0, SMALL) == 2 * money.worst_case(latin, 0, SMALL)


def test_an_estimate_counts_the_shared_start_as_cached_from_the_second_call_on() -> None:
    told = money.estimate([prompt(32_000, 8_000)] * 3, 4000, SMALL)
    assert told.usage.calls == 3
    assert told.usage.input_tokens == 30_000
    assert told.usage.cached_input_tokens == 16_000
    assert told.static_share == pytest.approx(0.8)
    assert told.usage.usd == money.cost(told.usage, SMALL)


def test_an_estimate_without_a_price_has_tokens_only() -> None:
    told = money.estimate([prompt(100, 20)], 4000, None)
    assert told.usage.input_tokens == 30
    assert told.usage.usd is None
    assert told.worst_usd is None


def test_an_estimate_of_nothing_is_nothing() -> None:
    told = money.estimate([], 4000, SMALL)
    assert (told.usage, told.worst_usd, told.static_share) == (Usage(), 0, 0.0)
