"""Prices, costs and estimates."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.judging import costs
from agent.core.judging.costs import Price
from agent.errors import ConfigError
from agent.records import Usage

TABLE = '[models."small"]\ninput = 0.10\ncached_input = 0.01\noutput = 0.50\n'
SMALL = Price(input=Decimal("0.10"), cached_input=Decimal("0.01"), output=Decimal("0.50"))


def prompt(static: int, paper: int) -> list[dict[str, str]]:
    return [{"role": "system", "content": "s" * static}, {"role": "user", "content": "p" * paper}]


def test_prices_are_read_from_a_table() -> None:
    assert costs.read_prices(TABLE) == {"small": SMALL}


@pytest.mark.parametrize(
    "text",
    ["[models", "[models.m]\ninput = 1\n", TABLE + "extra = 1\n", TABLE.replace("0.50", "-1"), "models = 3"],
)
def test_a_table_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="price table"):
        costs.read_prices(text)


def test_the_shipped_table_holds_the_default_model() -> None:
    shipped = Path(__file__).resolve().parents[4] / "data" / "prices.toml"
    found = costs.read_prices(shipped.read_text("utf-8"))["gpt-6-luna"]
    assert found.model_copy(update={"context": None}) == SMALL
    assert found.context and found.context > 100_000


@pytest.mark.parametrize(
    ("model", "price"),
    [("small", SMALL), ("small-2026-05-01", SMALL), ("small-2026", None), ("smaller", None), ("", None)],
)
def test_a_dated_snapshot_costs_what_its_model_costs(model: str, price: Price | None) -> None:
    assert costs.price_of(model, {"small": SMALL}) == price


def test_cached_input_is_a_part_of_the_input() -> None:
    usage = Usage(calls=1, input_tokens=1_000_000, cached_input_tokens=400_000, output_tokens=2_000_000)
    assert costs.cost(usage, SMALL) == Decimal("1.064")
    assert costs.cost(usage, None) is None


def test_a_sum_with_an_unknown_part_is_unknown() -> None:
    known, unknown = Usage(calls=1, input_tokens=5, usd=0.25), Usage(calls=2, output_tokens=7, usd=None)
    assert costs.total([known, known]).usd == 0.5
    assert costs.total([known, unknown]) == Usage(calls=3, input_tokens=5, output_tokens=7, usd=None)
    assert costs.total([]) == Usage()


def test_the_worst_case_is_above_the_estimate_of_the_same_call() -> None:
    asked = prompt(30_000, 2_000)
    told = costs.estimate([asked], 4000, SMALL)
    assert told.usage.usd is not None
    assert costs.most_usage(asked, 4000).cost(SMALL) > 2 * told.usage.usd


@pytest.mark.parametrize(("text", "most"), [("four", 2), ("2025", 4), ("\N{GREEK SMALL LETTER ALPHA}", 2), ("a, b", 3)])
def test_the_most_tokens_of_a_text_are_its_bytes_with_two_letters_to_a_token(text: str, most: int) -> None:
    assert costs.most_tokens(text) == most


@given(st.lists(st.integers(0, 10**9), max_size=30), st.randoms())
def test_a_sum_of_money_does_not_depend_on_the_order(tokens: list[int], order: Any) -> None:
    usages = [Usage(calls=1, input_tokens=n, usd=costs.cost(Usage(input_tokens=n), SMALL)) for n in tokens]
    shuffled = list(usages)
    order.shuffle(shuffled)
    one_by_one = Usage()
    for usage in shuffled:
        one_by_one = costs.total([one_by_one, usage])
    assert one_by_one == costs.total(usages)
    assert Usage.model_validate_json(one_by_one.model_dump_json()).input_tokens == sum(tokens)


SENT = prompt(8_000, 4_000)
MOST = costs.most_usage(SENT, 4000)


@pytest.mark.parametrize(
    ("counts", "can_be"),
    [
        ((3000, 2000, 300), True),
        ((3000, 0, 4000), True),
        ((0, 0, 300), False),
        ((3000, 0, 0), False),
        ((3000, 3001, 300), False),
        ((3000, -1, 300), False),
        ((1000, 0, 300), False),
        ((60_000, 0, 300), False),
        ((3000, 0, 4001), False),
        ((3000, 0, 2), False),
    ],
)
def test_counts_that_cannot_be_those_of_the_call_are_known(counts: tuple[int, int, int], can_be: bool) -> None:
    given_in, cached, out = counts
    usage = Usage(calls=1, input_tokens=given_in, cached_input_tokens=cached, output_tokens=out)
    assert costs.can_be(usage, SENT, MOST, "x" * 400) is can_be


@pytest.mark.parametrize(
    ("reported", "cached", "cut"),
    [(3000, 0, False), (1700, 0, True), (257, 0, True), (10, 0, False), (900, 2100, False)],
)
def test_a_prompt_that_the_server_cut_is_known_by_its_tokens(reported: int, cached: int, cut: bool) -> None:
    assert costs.cut_prompt(SENT, Usage(input_tokens=reported, cached_input_tokens=cached)) is cut


def test_an_estimate_counts_the_shared_start_as_cached_from_the_second_call_on() -> None:
    told = costs.estimate([prompt(32_000, 8_000)] * 3, 4000, SMALL)
    assert told.usage.calls == 3
    assert told.usage.input_tokens == 30_000
    assert told.usage.cached_input_tokens == 16_000
    assert told.static_share == pytest.approx(0.8)
    assert told.usage.usd == costs.cost(told.usage, SMALL)


def test_an_estimate_takes_answers_as_long_as_those_measured_once_there_are_some_tens() -> None:
    measured = costs.mean_length([Usage(calls=20, output_tokens=2_000), Usage(calls=10, output_tokens=1_600)])
    assert costs.estimate([prompt(100, 20)] * 4, 4000, SMALL, answer=measured).usage.output_tokens == 4 * 120
    assert str(measured) == "120 an answer, the mean of 30 earlier answers"


@pytest.mark.parametrize("used", [Usage(calls=29, output_tokens=2_900), Usage(calls=100), Usage()])
def test_answers_that_were_too_few_or_not_counted_say_nothing_of_their_length(used: Usage) -> None:
    assert str(costs.mean_length([used])) == "500 an answer, assumed"


def test_an_estimate_without_a_price_has_tokens_only() -> None:
    told = costs.estimate([prompt(100, 20)], 4000, None)
    assert told.usage.input_tokens == 30
    assert told.usage.usd is None
    assert told.worst_usd is None


def test_an_estimate_of_nothing_is_nothing() -> None:
    told = costs.estimate([], 4000, SMALL)
    assert (told.usage, told.worst_usd, told.static_share) == (Usage(), 0, 0.0)
