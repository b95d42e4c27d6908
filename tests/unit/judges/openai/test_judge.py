"""The judge against a real HTTP server: what is asked, what is kept, what is paid."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from agent.core.judging.answer import SCHEMA_KEYWORDS, json_schema
from agent.core.judging.verdict import LocalView, score
from agent.core.survey import taxonomy_questions
from agent.errors import JudgeError
from agent.judges.openai.concurrency import ConcurrencyMemory
from agent.records import Judgment, Paper
from tests.replicas.openai_faults import Fault
from tests.replicas.openai_gateways import cut_unless
from tests.replicas.openai_personalities import Body, Completion, Personality, content, error, form, needs, schema
from tests.replicas.openai_server import OpenAIServer
from tests.support.fakes import paper
from tests.support.judge_cases import (
    LEAVES,
    QUICK,
    STATIC,
    TAXONOMY,
    Memory,
    core,
    judge_all,
    judge_at,
    messages,
    night,
    questions,
)

PAPER = paper(abstract="We filter web text with a small model. It learns more from it.")


async def test_every_paper_is_judged_and_the_tokens_are_those_the_server_reported() -> None:
    papers = night(40)
    with OpenAIServer(papers) as server:
        judge = judge_at(server)
        found = await judge_all(judge, papers)
        assert all(isinstance(judgment, Judgment) for judgment in found.values())
        assert {j.grade for j in found.values() if isinstance(j, Judgment)} == {0, 1, 2, 3}
        tokens = server.tokens()
    usage = judge.usage
    assert usage.calls == len(server.calls) == 40
    assert usage.model_dump(include=set(tokens)) == tokens
    assert tokens["cached_input_tokens"] > 0
    fresh = usage.input_tokens - usage.cached_input_tokens
    expected = fresh * 100 + usage.cached_input_tokens * 10 + usage.output_tokens * 500
    assert usage.usd == Decimal(expected) / 10**9


async def test_no_more_papers_are_asked_about_at_a_time_than_allowed() -> None:
    papers = night(21)
    with OpenAIServer(papers, latency=0.3) as server:
        await judge_all(judge_at(server, concurrency=7), papers)
    assert 1 < server.peak <= 7


async def test_how_many_at_a_time_went_well_is_remembered_for_the_next_run() -> None:
    papers, answers = night(40), Memory()
    with OpenAIServer(papers) as server:
        await judge_all(judge_at(server, answers, concurrency=7), papers)
        assert 1 <= ConcurrencyMemory(answers, server.base_url).load(0) <= 7


async def test_the_first_message_is_the_same_for_every_paper_and_the_last_one_holds_the_paper() -> None:
    papers = night(5)
    with OpenAIServer(papers) as server:
        await judge_all(judge_at(server), papers)
    assert {call.body["messages"][0]["content"] for call in server.calls} == {STATIC}
    assert {call.paper_id for call in server.calls} == {p.id for p in papers}


async def test_a_request_asks_for_the_strict_schema_with_every_leaf_and_the_configured_effort() -> None:
    with OpenAIServer([PAPER]) as server:
        await judge_at(server).judge(PAPER)
    (body,) = (call.body for call in server.calls)
    form = body["response_format"]["json_schema"]
    assert form["strict"] is True
    assert form["schema"]["properties"]["leaves"]["items"]["enum"] == [*LEAVES, "NO_LEAF"]
    assert set(form["schema"]) <= SCHEMA_KEYWORDS
    assert body["reasoning_effort"] == "low"
    assert body["max_completion_tokens"] == 4000


async def test_an_empty_effort_is_not_sent() -> None:
    with OpenAIServer([PAPER]) as server:
        await judge_at(server, questions=questions(reasoning_effort="")).judge(PAPER)
    assert "reasoning_effort" not in server.calls[0].body


async def test_an_answer_once_received_is_never_asked_for_again() -> None:
    papers, memory = night(12), Memory()
    with OpenAIServer(papers) as server:
        first = judge_at(server, memory)
        before = await judge_all(first, papers)
        second = judge_at(server, memory)
        assert await judge_all(second, papers) == before
    assert len(server.calls) == 12
    assert second.usage.calls == 0
    assert second.usage.usd == 0
    assert second.replayed == first.usage


@pytest.mark.parametrize("answers_before_the_kill", [1, 9, 20])
async def test_a_run_that_was_cut_off_pays_again_only_for_what_was_in_flight(answers_before_the_kill: int) -> None:
    papers, memory = night(30), Memory()
    with OpenAIServer(papers, latency=0.01) as server:
        run = asyncio.create_task(judge_all(judge_at(server, memory, concurrency=4), papers))
        while len(memory) < answers_before_the_kill:
            await asyncio.sleep(0)
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)
        kept = set(memory)
        found = await judge_all(judge_at(server, memory, concurrency=4), papers)
    assert all(isinstance(judgment, Judgment) for judgment in found.values())
    twice = [p.id for p in papers if len(server.calls_of(p.id)) > 1]
    assert len(twice) <= 4
    assert len(server.calls) <= 30 + 4
    assert len(kept) < 30


async def test_a_flawed_answer_is_shown_to_the_model_once_with_its_error_and_the_paper_last() -> None:
    with OpenAIServer([PAPER], faults=[Fault("wrong_enum")]) as server:
        judgment = await judge_at(server).judge(PAPER)
    first, second = (call.body["messages"] for call in server.calls)
    assert [m["role"] for m in second] == ["system", "user", "assistant", "user"]
    assert second[:2] == first
    assert "maybe" in second[2]["content"]
    assert "relevance" in second[3]["content"]
    assert first[1]["content"] in second[3]["content"]
    assert judgment.paper_id == PAPER.id


async def test_an_answer_that_stays_flawed_after_one_repair_is_a_failure_and_its_tokens_are_counted() -> None:
    with OpenAIServer([PAPER], faults=[Fault("wrong_enum", attempts=None)]) as server:
        judge = judge_at(server)
        with pytest.raises(JudgeError, match="after one repair: relevance"):
            await judge.judge(PAPER)
        assert judge.usage.calls == len(server.calls) == 2
        assert judge.usage.input_tokens == server.tokens()["input_tokens"]


async def test_a_paper_that_failed_on_stored_answers_is_really_asked_again() -> None:
    memory = Memory()
    with OpenAIServer([PAPER], faults=[Fault("wrong_enum", attempts=2)]) as server:
        with pytest.raises(JudgeError):
            await judge_at(server, memory).judge(PAPER)
        judgment = await judge_at(server, memory).judge(PAPER)
    assert judgment.paper_id == PAPER.id
    assert len(server.calls) == 3


async def test_a_repair_that_was_cut_off_goes_on_from_the_stored_flawed_answer() -> None:
    memory = Memory()
    with OpenAIServer([PAPER], faults=[Fault("wrong_enum")]) as server:
        judge = judge_at(server, memory)
        run = asyncio.create_task(judge.judge(PAPER))
        while not memory:
            await asyncio.sleep(0)
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)
        await judge_at(server, memory).judge(PAPER)
    assert [len(call.body["messages"]) for call in server.calls].count(2) == 1


async def test_a_quote_that_stays_invalid_keeps_the_verdict_for_a_person_to_decide() -> None:
    with OpenAIServer([PAPER], faults=[Fault("bad_quote", attempts=None)]) as server:
        judgment = await judge_at(server).judge(PAPER)
    assert judgment.grade == 3
    assert judgment.evidence == ()
    assert judgment.unsure == "no valid quote"
    assert len(server.calls) == 2


@pytest.mark.parametrize("kind", ["refusal", "length", "content_filter", "empty"])
async def test_an_answer_that_says_nothing_gets_one_more_try(kind: str) -> None:
    with OpenAIServer([PAPER], faults=[Fault(kind)]) as server:
        judgment = await judge_at(server).judge(PAPER)
    assert judgment.paper_id == PAPER.id
    assert len(server.calls) == 2


@pytest.mark.parametrize(
    ("kind", "reason", "calls"),
    [
        ("refusal", "refused: I can't help", 2),
        ("length", "length limit", 3),  # the limit may be known by its old name only
        ("content_filter", "filter", 2),
        ("empty", "empty", 5),  # the forms may be what leaves it empty
    ],
)
async def test_an_answer_that_says_nothing_twice_is_a_failure(kind: str, reason: str, calls: int) -> None:
    with OpenAIServer([PAPER], faults=[Fault(kind, attempts=None)]) as server:
        judge = judge_at(server)
        with pytest.raises(JudgeError, match=reason):
            await judge.judge(PAPER)
    assert judge.usage.calls == len(server.calls) == calls


async def test_papers_under_way_together_learn_of_each_other_how_the_limit_is_called() -> None:
    papers, memory = night(6), Memory()
    old = Personality("old", "text-generation-webui", answers=cut_unless(lambda asked: "max_tokens" in asked))
    with OpenAIServer(papers, personality=old, latency=0.02) as server:
        ConcurrencyMemory(memory, server.base_url).save(3)
        found = await judge_all(judge_at(server, memory), papers)
        assert len(server.calls) <= 2 * len(papers)
    assert all(isinstance(judgment, Judgment) for judgment in found.values())


async def test_an_answer_in_few_words_about_a_busy_server_is_one() -> None:
    lines = "relevance: out\nleaves: NO_LEAF\nreason: A server under high load is no data."
    with OpenAIServer([PAPER], personality=Personality("terse", "", answers=content(lambda text: lines))) as server:
        judgment = await judge_at(server).judge(PAPER)
    assert (judgment.grade, len(server.calls)) == (0, 1)


async def test_a_short_draft_of_a_taxonomy_that_speaks_of_a_busy_server_is_an_answer() -> None:
    draft = "subject: serving under high load\nleaves:\n- id: a\n  definition: queues"
    terse = Personality("terse", "", answers=content(lambda text: draft))
    with OpenAIServer(personality=terse) as server:
        asked = questions(schema=taxonomy_questions.SCHEMA)
        answer = await judge_at(server, questions=asked).ask(messages(PAPER), lambda content: True)
    assert (answer.content, len(server.calls)) == (draft, 1)


async def test_answers_in_lines_are_in_the_form_that_was_asked_for() -> None:
    lines = "relevance: out\nleaves: NO_LEAF\nreason: It is about pots."
    papers = night(3)
    with OpenAIServer(papers, personality=Personality("terse", "", answers=content(lambda text: lines))) as server:
        judge = judge_at(server)
        for each in papers:
            await judge.judge(each)
        forms = {call.body.get("response_format", {}).get("type") for call in server.calls}
    assert (len(server.calls), forms) == (3, {"json_schema"})


async def test_of_a_paper_that_a_form_leaves_empty_the_model_is_asked_once_without_one() -> None:
    papers = night(3)

    def empty_in_a_form(completion: Completion, body: Body) -> str:
        empty = form(body) and "Study 2" in body["messages"][-1]["content"]
        return content(lambda text: "" if empty else text)(completion, body)

    memory = Memory()
    with OpenAIServer(papers, personality=Personality("moody", "deepseek docs", answers=empty_in_a_form)) as server:
        found = await judge_all(judge_at(server, memory, concurrency=1), papers)
    assert all(isinstance(judgment, Judgment) for judgment in found.values())
    assert [form(call.body) for call in server.calls] == ["json_schema", "json_schema", "", "json_schema"]
    assert not [key for key in memory if key.startswith("server-features")], "the form is asked for in later runs too"


@pytest.mark.parametrize("kind", ["fenced", "chatty"])
async def test_a_fence_or_words_around_the_answer_cost_no_further_call(kind: str) -> None:
    with OpenAIServer([PAPER], faults=[Fault(kind, attempts=None)]) as server:
        await judge_at(server).judge(PAPER)
    assert len(server.calls) == 1


@pytest.mark.parametrize("asked", [True, False])
async def test_a_fit_counts_where_it_was_asked_for_alone(asked: bool) -> None:
    given = questions(schema=json_schema(LEAVES, TAXONOMY.tier_ids, fit=asked))
    with OpenAIServer([PAPER], answers={PAPER.id: core(fit=90)}) as server:
        found = await judge_at(server, questions=given).judge(PAPER)
    assert found.score == score(3, 0.5, 90 if asked else None)


async def test_an_invented_leaf_that_stays_alone_is_a_failure() -> None:
    with (
        OpenAIServer([PAPER], faults=[Fault("invented_leaf", attempts=None)]) as server,
        pytest.raises(JudgeError, match=r"'99\.9' does not exist"),
    ):
        await judge_at(server).judge(PAPER)


async def test_a_server_that_refuses_schemas_is_asked_for_json_objects_for_the_rest_of_the_run() -> None:
    papers = night(6)
    with OpenAIServer(papers, faults=[Fault("no_schema", attempts=None)]) as server:
        found = await judge_all(judge_at(server, concurrency=1), papers)
    assert all(isinstance(judgment, Judgment) for judgment in found.values())
    modes = [call.body["response_format"]["type"] for call in server.calls]
    assert modes == ["json_schema"] + ["json_object"] * 6
    assert "schema" in server.calls[-1].body["response_format"]
    told = server.calls[-1].body["messages"][0]["content"]
    assert told.startswith(STATIC)
    assert '"NO_LEAF"' in told


async def test_a_server_that_refuses_any_format_is_told_the_form_in_words() -> None:
    papers = night(4)
    with OpenAIServer(papers, faults=[Fault("no_format", attempts=None)]) as server:
        found = await judge_all(judge_at(server, concurrency=1), papers)
    assert all(isinstance(judgment, Judgment) for judgment in found.values())
    assert ["response_format" in call.body for call in server.calls] == [True] * 3 + [False] * 4
    assert '"NO_LEAF"' in server.calls[-1].body["messages"][0]["content"]


async def test_a_server_that_knows_only_the_older_limit_is_given_that() -> None:
    papers = night(4)
    with OpenAIServer(papers, faults=[Fault("no_limit", attempts=None)]) as server:
        found = await judge_all(judge_at(server, concurrency=1), papers)
    assert all(isinstance(judgment, Judgment) for judgment in found.values())
    assert [call.body.get("max_tokens") for call in server.calls] == [None] + [4000] * 4
    assert ["max_completion_tokens" in call.body for call in server.calls] == [True] + [False] * 4


async def test_a_server_that_knows_little_is_asked_without_all_it_refuses() -> None:
    papers = night(8)
    faults = [Fault(kind, attempts=None) for kind in ("no_limit", "no_format", "no_effort")]
    with OpenAIServer(papers, faults=faults) as server:
        found = await judge_all(judge_at(server), papers)
        assert all(isinstance(judgment, Judgment) for judgment in found.values())
        asked = len(server.calls)
        await judge_all(judge_at(server, concurrency=1), papers)
    assert len(server.calls) - asked == 5 + len(papers), "what is learnt from one paper holds for all"


async def test_a_server_that_refuses_an_effort_is_asked_without_one() -> None:
    papers = night(4)
    with OpenAIServer(papers, faults=[Fault("no_effort", attempts=None)]) as server:
        found = await judge_all(judge_at(server, concurrency=1), papers)
    assert all(isinstance(judgment, Judgment) for judgment in found.values())
    assert ["reasoning_effort" in call.body for call in server.calls] == [True] + [False] * 4


DOUBTED = {PAPER.id: LocalView(relevance=0.01, leaves=LEAVES)}


def second_opinion(answer: dict[str, object]) -> OpenAIServer:
    return OpenAIServer([PAPER], answers=lambda paper_id, body: answer if body["model"] == "gpt-6-sol" else core())


async def test_a_second_opinion_is_not_asked_for_unless_configured() -> None:
    with second_opinion(core()) as server:
        judgment = await judge_at(server, questions=questions(DOUBTED)).judge(PAPER)
    assert judgment.unsure is None
    assert [call.model for call in server.calls] == ["gpt-6-luna"]


async def test_without_a_second_model_nobody_asks_for_the_leaves_of_the_local_judge() -> None:
    seen: list[str] = []

    def look(asked: Paper) -> LocalView:
        seen.append(asked.id)
        return DOUBTED[asked.id]

    with second_opinion(core()) as server:
        alone = await judge_at(server, questions=questions(look=look)).judge(PAPER)
        assert not seen
        await judge_at(server, questions=questions(look=look, second_model="gpt-6-sol")).judge(PAPER)
    assert alone.score == score(3, 0.5), "its relevance breaks ties all the same"
    assert seen == [PAPER.id]


async def test_an_uncontested_verdict_gets_no_second_opinion() -> None:
    with second_opinion(core()) as server:
        await judge_at(server, questions=questions(second_model="gpt-6-sol")).judge(PAPER)
    assert [call.model for call in server.calls] == ["gpt-6-luna"]


async def test_a_second_opinion_that_agrees_settles_a_contested_verdict() -> None:
    with second_opinion(core()) as server:
        judgment = await judge_at(server, questions=questions(DOUBTED, second_model="gpt-6-sol")).judge(PAPER)
    assert judgment.unsure is None
    assert [call.model for call in server.calls] == ["gpt-6-luna", "gpt-6-sol"]


async def test_a_second_opinion_that_disagrees_leaves_it_to_a_person() -> None:
    with second_opinion(core(relevance="out", leaves=[])) as server:
        judgment = await judge_at(server, questions=questions(DOUBTED, second_model="gpt-6-sol")).judge(PAPER)
    assert judgment.grade == 3
    assert judgment.unsure == "the second opinion disagrees: out"


async def test_a_second_opinion_that_cannot_be_had_leaves_it_to_a_person() -> None:
    with OpenAIServer([PAPER], answers={PAPER.id: core()}, models=["gpt-6-luna"]) as server:
        judgment = await judge_at(server, questions=questions(DOUBTED, second_model="gpt-6-sol")).judge(PAPER)
    assert judgment.unsure is not None
    assert "no second opinion" in judgment.unsure
    assert "gpt-6-sol" in judgment.unsure


async def test_a_refusal_in_memory_is_not_taken_for_an_answer() -> None:
    memory = Memory()
    with OpenAIServer([PAPER], faults=[Fault("refusal", attempts=2)]) as server:
        with pytest.raises(JudgeError, match="refused"):
            await judge_at(server, memory).judge(PAPER)
        judge = judge_at(server, memory)
        await judge.judge(PAPER)
    assert judge.replayed.calls == 0
    assert [len(call.body["messages"]) for call in server.calls] == [2, 2, 2]


async def test_a_prompt_too_long_for_the_context_is_asked_in_fewer_words_from_then_on() -> None:
    papers = night(4)
    compact = questions(
        messages=lambda asked: messages(asked)[1:],
        identity=questions().identity.model_copy(update={"prompt": "judge/short@1"}),
    )
    refusal = (400, error("maximum context length is 4096 tokens"))
    too_long = Personality("small", "", needs((lambda body: len(body["messages"]) > 1, refusal)))
    with OpenAIServer(papers, personality=too_long) as server:
        judge = judge_at(server, compact=compact)
        found = await judge_all(judge, papers)
    assert {j.judge.prompt for j in found.values() if isinstance(j, Judgment)} == {"judge/short@1"}
    assert judge.identity.prompt == "judge/short@1"
    assert len(server.calls) == 1 + len(papers)


async def test_a_known_context_that_is_too_short_asks_nobody() -> None:
    with OpenAIServer([PAPER]) as server:
        with pytest.raises(JudgeError, match=r"a context of 2048 tokens for a prompt of about \d+ tokens; raise it"):
            await judge_at(server, context=2048).judge(PAPER)
        assert server.calls == []


async def test_an_answer_cut_at_its_limit_names_the_setting() -> None:
    with (
        OpenAIServer([PAPER], faults=[Fault("length", attempts=None)]) as server,
        pytest.raises(JudgeError, match=r"length limit after \d+ tokens; raise \[judge\] max_output_tokens"),
    ):
        await judge_at(server).judge(PAPER)


async def test_a_slow_server_is_sent_one_request_at_a_time_and_asked_nothing_twice() -> None:
    papers = night(6)
    policy = QUICK.model_copy(update={"request_timeout": 3.0, "deadline": 10.0})
    with OpenAIServer(papers, latency=0.6, slots=1) as server:
        found = await judge_all(judge_at(server, policy=policy), papers)
    assert all(isinstance(judgment, Judgment) for judgment in found.values())
    assert len(server.calls) == len(papers)


async def test_what_the_second_model_does_not_take_is_still_asked_of_the_first() -> None:
    refusal = needs((lambda body: body["model"] == "gpt-6-sol" and "reasoning_effort" in body, (400, "Bad Request")))
    asked, papers = questions(DOUBTED, second_model="gpt-6-sol"), [PAPER, night(2)[1]]
    with OpenAIServer(papers, answers=lambda *_: core(), personality=Personality("two", "", refusal)) as server:
        await judge_all(judge_at(server, questions=asked, concurrency=1), papers)
    assert [("reasoning_effort" in call.body, call.model) for call in server.calls] == [
        (True, "gpt-6-luna"),
        (True, "gpt-6-sol"),
        (False, "gpt-6-sol"),
        (True, "gpt-6-luna"),
    ]


async def test_the_second_model_s_shorter_context_shortens_no_answer_of_the_first() -> None:
    long = error("The model's maximum context length is 11000 tokens. Your messages resulted in 10990 tokens.")
    refusal = needs((lambda body: body["model"] == "gpt-6-sol", (400, long)))
    asked, papers = questions(DOUBTED, second_model="gpt-6-sol"), [PAPER, night(2)[1]]
    with OpenAIServer(papers, answers=lambda *_: core(), personality=Personality("two", "", refusal)) as server:
        await judge_all(judge_at(server, questions=asked, concurrency=1), papers)
    asked_of_first = [call.body for call in server.calls if call.model == "gpt-6-luna"]
    assert [body["max_completion_tokens"] for body in asked_of_first] == [4000, 4000]


@pytest.mark.parametrize("remembers", [False, True])
async def test_where_no_form_helps_the_run_goes_back_to_the_form_that_the_server_took(remembers: bool) -> None:
    memory, papers = Memory(), night(8)
    refusal = needs((schema, (400, error("response_format json_schema is not supported"))))
    formless = Personality("formless", "", refusal, answers=content(lambda text: "I would say yes."))
    with OpenAIServer(papers, personality=Personality("strict", "", refusal)) as server:
        if remembers:
            await judge_at(server, memory).judge(PAPER)
        server.personality, begun = formless, len(server.calls)
        await judge_all(judge_at(server, memory, concurrency=1), papers)
        asked = [str(call.body.get("response_format", {}).get("type", "")) for call in server.calls[begun:]]
    assert asked.count("json_schema") == (0 if remembers else 1)
    assert {"json_object", ""} <= set(asked)
    assert set(asked[-6:]) == {"json_object"}
