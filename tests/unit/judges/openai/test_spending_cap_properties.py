"""The cap holds whatever a server does: wrong counts, lost answers, two models, several nights, many at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.judging import costs
from agent.core.judging.completions import RawAnswer
from agent.errors import JudgeError
from agent.judges.openai.spending_cap import Reservation, SpendingCap
from agent.judges.openai.stored_answers import Asking
from agent.records import Usage
from tests.support.judge_cases import PRICES, Memory, core, night, questions

MODELS = ("gpt-6-luna", "gpt-6-sol")
NIGHTS = [night(12)[4 * n : 4 * n + 4] for n in range(3)]
ASKED = questions(second_model=MODELS[1], messages=lambda paper: [{"role": "user", "content": paper.abstract * 20}])
MOST = costs.most_usage(ASKED.messages(NIGHTS[0][0]), ASKED.max_output, ASKED.schema)

COUNTS = st.sampled_from([None, -5, 0, 1, 100, 300, 450, 900, 5_000, 10**9])
STEPS = st.sampled_from(["answer", "answer", "refused", "lost"])


class Bill:
    """A server with a script: what each request ends in, and which tokens each answer reports.

    ``dollars`` is what it may bill at worst: what it reports, where that can be, and all that the call can cost where
    it cannot, or where the answer was lost on the way.
    """

    def __init__(self, steps: list[str], counts: list[tuple[int | None, int | None, int | None]]) -> None:
        self.steps, self.counts = steps, counts
        self.dollars = Decimal(0)
        self.requests = 0

    def next(self) -> tuple[str, tuple[int | None, int | None, int | None]]:
        self.requests += 1
        at = self.requests - 1
        return self.steps[at % len(self.steps)], self.counts[at % len(self.counts)]

    async def send(self, model: str, messages: Any, reservation: Reservation) -> RawAnswer:
        """Ask up to four times, as the judge does, and return the answer."""
        most = costs.most_usage(messages, ASKED.max_output, ASKED.schema)
        for _ in range(4):
            await reservation.admit()
            step, (sent, cached, written) = self.next()
            await asyncio.sleep(0)
            if step == "refused":
                reservation.refused()
                continue
            if step == "lost":
                self.dollars += most.cost(PRICES[model])
                continue
            answer = RawAnswer(
                content=str(core()).replace("'", '"'),
                input_tokens=sent or 0,
                cached_input_tokens=cached or 0,
                output_tokens=written or 0,
                reported=bool(sent and written),
            )
            honest = answer.reported and costs.can_be(answer.usage, messages, most, answer.content)
            billed = costs.cost(answer.usage, PRICES[model]) if honest else most.cost(PRICES[model])
            self.dollars += billed or Decimal(0)
            return answer
        raise JudgeError("given up")


@pytest.mark.parametrize("at_once", [24, pytest.param(64, marks=pytest.mark.slow)])
@given(
    limit=st.integers(1, 40),
    steps=st.lists(STEPS, min_size=1, max_size=30),
    counts=st.lists(st.tuples(COUNTS, COUNTS, COUNTS), min_size=1, max_size=20),
)
def test_the_worst_bill_of_three_nights_is_never_above_the_cap(
    at_once: int, limit: int, steps: list[str], counts: list[tuple[int | None, int | None, int | None]]
) -> None:
    one_call = MOST.cost(PRICES[MODELS[1]])
    cap = SpendingCap(one_call * limit * at_once / 64 / 8)  # always too little for so many at a time
    bill, memory = Bill(steps, counts), Memory()
    spent = []
    for papers in NIGHTS:
        # A judge of its own for each night, as in a backfill, and all papers of it at a time.
        asking = Asking(ASKED, memory, PRICES, cap)

        async def one(paper: Any, asking: Asking = asking) -> None:
            for model in MODELS:
                try:
                    await asking.pay(model, ASKED.messages(paper), paper.id + model, bill.send)
                except JudgeError:
                    continue

        async def run(papers: Any = papers, one: Any = one) -> None:
            await asyncio.gather(*(one(papers[n % len(papers)]) for n in range(at_once)))

        asyncio.run(run())
        spent.append(asking.spent)
    assert cap.limit is not None
    assert bill.dollars <= cap.limit
    assert cap.spent == bill.dollars
    known = [usage.usd for usage in spent if usage.usd is not None]
    assert sum(known, Decimal(0)) <= cap.spent


def test_money_is_summed_exactly_in_any_order() -> None:
    prices: Mapping[str, costs.Price] = PRICES
    calls = [Usage(calls=1, input_tokens=n, output_tokens=n % 7) for n in range(1, 400)]
    paid = [call.model_copy(update={"usd": costs.cost(call, prices["gpt-6-luna"])}) for call in calls]
    assert costs.total(paid) == costs.total(reversed(paid)) == costs.total([costs.total(paid[:150]), *paid[150:]])
