"""The hard cap, the unknown price, the estimate."""

from __future__ import annotations

import pytest

from agent.core.judging import costs
from agent.core.judging.questions import estimate
from agent.errors import ConfigError, JudgeError
from agent.judges.openai.spending_cap import Purse
from agent.records import Judgment
from tests.replicas.openai_faults import Fault
from tests.replicas.openai_server import OpenAIServer
from tests.support.judge_cases import (
    LEAVES,
    PRICES,
    QUICK,
    STATIC,
    core,
    judge_all,
    judge_at,
    messages,
    night,
    questions,
)

NIGHT = night(30)
WORST = costs.worst_case(messages(NIGHT[0]), 4000, PRICES["gpt-6-luna"])


async def test_a_cap_is_never_passed_and_the_rest_fails_with_the_reason() -> None:
    cap = WORST * 1.5
    with OpenAIServer(NIGHT) as server:
        judge = judge_at(server, cap=cap)
        found = await judge_all(judge, NIGHT)
    judged = [outcome for outcome in found.values() if isinstance(outcome, Judgment)]
    refused = [outcome for outcome in found.values() if isinstance(outcome, str)]
    assert judge.usage.usd is not None
    assert judge.usage.usd <= cap
    assert len(judged) == len(server.calls) == judge.usage.calls
    assert len(judged) > 1, "reservations are given back, so more papers fit than worst cases"
    assert refused
    assert all(reason.startswith("cost cap") for reason in refused)
    assert cap - judge.usage.usd < WORST, "it goes on until no further call is sure to fit"


@pytest.mark.parametrize("kind", ["reset", "garbled", "hang"])
async def test_an_answer_lost_on_the_way_counts_in_full_since_it_may_be_billed(kind: str) -> None:
    quick = QUICK.model_copy(update={"request_timeout": 0.5})
    with OpenAIServer(NIGHT, faults=[Fault(kind, attempts=None)]) as server:
        with pytest.raises(JudgeError, match="cost cap"):
            await judge_at(server, cap=WORST * 2.5, patience=quick).judge(NIGHT[0])
        assert len(server.calls) == 2


@pytest.mark.parametrize("kind", ["rate_limit", "server_error"])
async def test_a_request_that_the_server_refused_costs_nothing(kind: str) -> None:
    with OpenAIServer(NIGHT, faults=[Fault(kind, attempts=2)]) as server:
        await judge_at(server, cap=WORST * 1.5).judge(NIGHT[0])
    assert len(server.calls) == 3


async def test_a_question_that_ends_in_the_middle_of_a_request_leaves_its_worst_case_spent() -> None:
    purse = Purse(1.0)
    tab = purse.open(0.6)
    await tab.admit()
    tab.close(None)
    with pytest.raises(JudgeError, match=r"\$0\.6000 of \$1 is spent"):
        await purse.open(0.6).admit()


@pytest.mark.parametrize("usage", [{}, {"prompt_tokens": None, "completion_tokens": 3}])
async def test_usage_without_both_counts_costs_an_unknown_amount(usage: dict[str, int | None]) -> None:
    with OpenAIServer(NIGHT) as server:
        completion = server.completion
        server.completion = lambda *asked: completion(*asked) | {"usage": usage}  # type: ignore[method-assign]
        judge = judge_at(server)
        await judge.judge(NIGHT[0])
    assert judge.usage.usd is None


async def test_a_cap_below_one_call_asks_nobody() -> None:
    with OpenAIServer(NIGHT) as server:
        with pytest.raises(JudgeError, match="cost cap"):
            await judge_at(server, cap=WORST / 2).judge(NIGHT[0])
        assert server.calls == []


@pytest.mark.parametrize("cap", [0.0, -1.0, float("nan")])
async def test_a_cap_that_is_not_positive_is_refused(cap: float) -> None:
    with OpenAIServer(NIGHT) as server, pytest.raises(ConfigError, match="--max-cost"):
        judge_at(server, cap=cap)


async def test_a_cap_needs_a_price_for_every_model() -> None:
    with OpenAIServer(NIGHT) as server:
        with pytest.raises(ConfigError, match="needs a price for model 'llama'; known: gpt-6-luna"):
            judge_at(server, cap=1.0, questions=questions(model="llama"))
        with pytest.raises(ConfigError, match="needs a price for model 'big'"):
            judge_at(server, cap=1.0, questions=questions(second_model="big"))


async def test_a_model_without_a_price_costs_an_unknown_amount_and_not_nothing() -> None:
    with OpenAIServer(NIGHT) as server:
        judge = judge_at(server, questions=questions(model="llama"))
        await judge.judge(NIGHT[0])
    assert judge.usage.usd is None
    assert judge.usage.input_tokens > 0


async def test_a_server_that_reports_no_usage_costs_an_unknown_amount() -> None:
    with OpenAIServer(NIGHT, usage=False) as server:
        judge = judge_at(server)
        await judge.judge(NIGHT[0])
    assert judge.usage.calls == 1
    assert judge.usage.usd is None


async def test_a_second_opinion_that_the_cap_does_not_allow_leaves_it_to_a_person() -> None:
    asked = questions(second_model="gpt-6-sol", look=lambda paper: cold)
    with OpenAIServer(NIGHT, answers=lambda paper_id, body: core()) as server:
        judgment = await judge_at(server, cap=WORST * 1.5, questions=asked).judge(NIGHT[0])
    assert judgment.unsure is not None
    assert "no second opinion: cost cap" in judgment.unsure
    assert [call.model for call in server.calls] == ["gpt-6-luna"]


cold = questions().look(NIGHT[0]).model_copy(update={"relevance": 0.0, "leaves": LEAVES})


async def test_an_estimate_is_near_what_the_night_then_costs() -> None:
    told = estimate(questions(), NIGHT, PRICES)
    with OpenAIServer(NIGHT) as server:
        judge = judge_at(server)
        await judge_all(judge, NIGHT)
    assert told.usage.calls == 30
    assert told.usage.input_tokens == pytest.approx(judge.usage.input_tokens, rel=0.05)
    assert told.worst_usd is not None
    assert told.usage.usd is not None
    assert judge.usage.usd is not None
    assert judge.usage.usd < told.worst_usd
    assert told.usage.usd < told.worst_usd
    assert told.static_share > 0.7
    assert told.static_share == pytest.approx(
        len(STATIC) / (sum(sum(len(m["content"]) for m in messages(p)) for p in NIGHT) / 30), rel=0.01
    )
