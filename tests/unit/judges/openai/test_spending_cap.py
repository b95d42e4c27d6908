"""The hard cap, the unknown price, the estimate."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from agent.core.judging import costs
from agent.core.judging.questions import estimate
from agent.errors import CapReached, ConfigError, JudgeError, PaperRefused
from agent.judges.openai.concurrency import ConcurrencyMemory
from agent.judges.openai.spending_cap import SpendingCap
from agent.records import Judgment
from tests.replicas.openai_faults import Fault
from tests.replicas.openai_personalities import Body, Completion, Personality, content, failing, form
from tests.replicas.openai_server import OpenAIServer
from tests.support.judge_cases import (
    LEAVES,
    PRICES,
    QUICK,
    STATIC,
    Memory,
    core,
    judge_all,
    judge_at,
    messages,
    night,
    questions,
)

NIGHT = night(30)
WORST = costs.most_usage(messages(NIGHT[0]), 4000, questions().schema).cost(PRICES["gpt-6-luna"])


async def test_a_cap_is_never_passed_and_the_rest_fails_with_the_reason() -> None:
    cap = WORST * 3 / 2
    with OpenAIServer(NIGHT) as server:
        judge = judge_at(server, cap=SpendingCap(cap))
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
    quick = QUICK.model_copy(update={"request_timeout": 0.5, "timeouts": 4})
    with OpenAIServer(NIGHT, faults=[Fault(kind, attempts=None)]) as server:
        with pytest.raises(JudgeError, match="cost cap"):
            await judge_at(server, cap=SpendingCap(WORST * 5 / 2), policy=quick).judge(NIGHT[0])
        assert len(server.calls) == 2


@pytest.mark.parametrize("status", [408, 502, 504, 524])
async def test_a_gateway_that_gave_up_waiting_may_have_made_an_answer_that_is_billed(status: int) -> None:
    gateway = Personality("gateway", "", failing(status, "upstream timed out"))
    with OpenAIServer(NIGHT, personality=gateway) as server:
        with pytest.raises(JudgeError, match="cost cap"):
            await judge_at(server, cap=SpendingCap(WORST * 5 / 2)).judge(NIGHT[0])
        assert len(server.calls) == 2


async def test_an_error_inside_an_answer_costs_nothing_unless_the_server_reports_tokens() -> None:
    said = {"error": {"message": "upstream", "code": 502}}
    used = {"usage": {"prompt_tokens": 9000, "completion_tokens": 20}}
    for body, calls in ((said, 0), (said | used, 2)):
        with OpenAIServer(NIGHT, personality=Personality("gateway", "", failing(200, body), first=2)) as server:
            judge = judge_at(server)
            await judge.judge(NIGHT[0])
        assert judge.usage.calls == 1 + calls
        assert (judge.usage.usd or 0) > (Decimal("0.0018") if calls else 0)


async def test_a_paper_that_waits_for_what_others_have_reserved_keeps_its_time() -> None:
    memory, papers = Memory(), NIGHT[:6]
    policy = QUICK.model_copy(update={"deadline": 1.0})
    with OpenAIServer(papers, latency=0.3) as server:
        ConcurrencyMemory(memory, server.base_url).save(6)
        found = await judge_all(judge_at(server, memory, cap=SpendingCap(WORST * 3 / 2), policy=policy), papers)
    assert all(isinstance(outcome, Judgment) for outcome in found.values()), found


async def test_two_judges_of_one_command_share_its_cap() -> None:
    cap = SpendingCap(WORST * 3 / 2)
    with OpenAIServer(NIGHT) as server:
        first = judge_at(server, cap=cap)
        await judge_all(first, NIGHT)
        asked = len(server.calls)
        found = await judge_all(judge_at(server, cap=cap), NIGHT)
    assert asked == len(server.calls)
    assert all(isinstance(reason, str) and reason.startswith("cost cap") for reason in found.values())


@pytest.mark.parametrize("kind", ["refusal", "content_filter"])
async def test_a_paper_refused_in_three_runs_waits_for_a_person_with_the_reason(kind: str) -> None:
    memory = Memory()
    with OpenAIServer(NIGHT, faults=[Fault(kind, attempts=None)]) as server:
        for _ in range(2):
            with pytest.raises(PaperRefused):
                await judge_at(server, memory).judge(NIGHT[0])
        judgment = await judge_at(server, memory).judge(NIGHT[0])
    assert judgment.unsure is not None
    assert judgment.unsure.startswith("not judged in 3 runs: the ")
    assert (judgment.primary, judgment.evidence) == (None, ())


@pytest.mark.parametrize("kind", ["rate_limit", "server_error"])
async def test_a_request_that_the_server_refused_costs_nothing(kind: str) -> None:
    with OpenAIServer(NIGHT, faults=[Fault(kind, attempts=2)]) as server:
        await judge_at(server, cap=SpendingCap(WORST * 3 / 2)).judge(NIGHT[0])
    assert len(server.calls) == 3


async def test_a_question_that_ends_in_the_middle_of_a_request_leaves_its_worst_case_spent() -> None:
    cap = SpendingCap(Decimal(1))
    reservation = cap.open(Decimal("0.6"))
    await reservation.admit()
    reservation.close(None)
    with pytest.raises(JudgeError, match=r"\$0\.6000 of \$1 is spent"):
        await cap.open(Decimal("0.6")).admit()


@pytest.mark.parametrize(
    "usage",
    [
        {},
        {"prompt_tokens": None, "completion_tokens": 3},
        {"prompt_tokens": 0, "completion_tokens": 0},
        {"prompt_tokens": -9000, "completion_tokens": 100},
        {"prompt_tokens": 9000, "completion_tokens": 100, "prompt_tokens_details": {"cached_tokens": 9001}},
        {"prompt_tokens": 3, "completion_tokens": 100},
        {"prompt_tokens": 10**7, "completion_tokens": 100},
    ],
)
async def test_counts_that_are_missing_or_cannot_be_cost_an_unknown_amount(usage: dict[str, Any]) -> None:
    with OpenAIServer(NIGHT) as server:
        completion = server.completion
        server.completion = lambda *asked: completion(*asked) | {"usage": usage}  # type: ignore[method-assign]
        cap = SpendingCap(WORST * 3 / 2)
        judge = judge_at(server, cap=cap)
        await judge.judge(NIGHT[0])
    assert judge.usage.usd is None
    assert cap.spent == WORST


async def test_a_cap_below_one_call_asks_nobody() -> None:
    with OpenAIServer(NIGHT) as server:
        with pytest.raises(JudgeError, match="cost cap"):
            await judge_at(server, cap=SpendingCap(WORST / 2)).judge(NIGHT[0])
        assert server.calls == []


async def test_a_cap_needs_a_price_for_every_model() -> None:
    with OpenAIServer(NIGHT) as server:
        with pytest.raises(ConfigError, match="needs a price for model 'llama'; known: gpt-6-luna"):
            judge_at(server, cap=SpendingCap(Decimal(1)), questions=questions(model="llama"))
        with pytest.raises(ConfigError, match="needs a price for model 'big'"):
            judge_at(server, cap=SpendingCap(Decimal(1)), questions=questions(second_model="big"))


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


async def test_a_verdict_whose_second_opinion_the_cap_cut_off_is_provisional_and_asked_again() -> None:
    asked, memory = questions(second_model="gpt-6-sol", look=lambda paper: cold), Memory()
    with OpenAIServer(NIGHT, answers=lambda paper_id, body: core()) as server:
        for _ in range(2):  # the second time the first answer is in memory
            with pytest.raises(CapReached, match=r"cost cap: .*provisional: core, 1\.selection; .*second opinion"):
                await judge_at(server, memory, cap=SpendingCap(WORST * 3 / 2), questions=asked).judge(NIGHT[0])
        judgment = await judge_at(server, memory, questions=asked).judge(NIGHT[0])
    assert judgment.unsure is None
    assert [call.model for call in server.calls] == ["gpt-6-luna", "gpt-6-sol"]


@pytest.mark.parametrize("flaw", ["wrong_enum", "bad_quote"])
async def test_an_answer_whose_repair_the_cap_cut_off_is_provisional_and_only_the_repair_asked_for_again(
    flaw: str,
) -> None:
    memory = Memory()
    with OpenAIServer(NIGHT, faults=[Fault(flaw)]) as server:
        with pytest.raises(CapReached, match=r"cost cap: .*lacks its repair: (relevance|evidence)"):
            await judge_at(server, memory, cap=SpendingCap(WORST * 101 / 100)).judge(NIGHT[0])
        judgment = await judge_at(server, memory).judge(NIGHT[0])
    assert judgment.unsure is None
    assert len(server.calls) == 2


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


@pytest.mark.parametrize("usage", [{}, {"prompt_tokens": 1, "completion_tokens": 1}])
async def test_counts_of_answers_in_no_form_are_believed_no_sooner_than_those_of_others(usage: dict[str, int]) -> None:
    empty = content(lambda given: "{}")

    def answers(completion: Completion, asked: Body) -> str:
        return empty(completion | {"usage": usage}, asked) if form(asked) else json.dumps(completion)

    cap = SpendingCap(WORST * 10)
    with OpenAIServer(NIGHT, personality=Personality("", "", answers=answers)) as server:
        judge = judge_at(server, cap=cap)
        await judge.judge(NIGHT[0])
    assert judge.usage.calls == len(server.calls) > 2
    assert judge.usage.usd is None
    assert WORST * (len(server.calls) - 1) < cap.spent < WORST * len(server.calls)


async def test_an_error_cannot_report_more_than_its_call_can_cost() -> None:
    body = {"error": {"message": "upstream", "code": 502}, "usage": {"prompt_tokens": 10**6, "completion_tokens": 20}}
    cap = SpendingCap(WORST * 10)
    with OpenAIServer(NIGHT, personality=Personality("gateway", "", failing(200, body), first=1)) as server:
        await judge_at(server, cap=cap).judge(NIGHT[0])
    assert WORST < cap.spent < 2 * WORST
