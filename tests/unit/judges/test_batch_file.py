"""Judging elsewhere, and judging again from memory: the same verdicts as the live path."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agent.core.judging import completions
from agent.core.judging.questions import request_lines
from agent.core.judging.verdict import LocalView
from agent.errors import JudgeError
from agent.judges.batch_file import AnswersJudge
from agent.judges.recorded import RecordedJudge
from agent.records import Judgment, Usage
from tests.replicas.openai_faults import Fault
from tests.replicas.openai_server import OpenAIServer
from tests.support.judge_cases import LEAVES, Memory, core, judge_all, judge_at, night, questions

NIGHT = night(20)


def answered_elsewhere(server: OpenAIServer) -> list[str]:
    """Return a Batch output line for every request line, answered as the server would."""
    lines = []
    for request in request_lines(questions(), NIGHT):
        body = server.completion(request["body"], request["custom_id"], None)
        lines.append(json.dumps({"custom_id": request["custom_id"], "response": {"status_code": 200, "body": body}}))
    return lines


def without_judge(found: dict[str, Judgment | str]) -> dict[str, Any]:
    return {key: j.model_dump(exclude={"judge"}) if isinstance(j, Judgment) else j for key, j in found.items()}


async def test_answers_from_a_file_give_the_verdicts_of_the_live_path_in_any_order() -> None:
    with OpenAIServer(NIGHT) as server:
        live = await judge_all(judge_at(server), NIGHT)
        lines = answered_elsewhere(server)
    judge = AnswersJudge(questions(), completions.read_lines(reversed(lines)))
    assert await judge_all(judge, NIGHT) == live
    assert judge.usage.calls == 20
    assert judge.usage.usd is None


async def test_lost_and_damaged_lines_are_failures_of_their_own_papers_only() -> None:
    with OpenAIServer(NIGHT) as server:
        lines = answered_elsewhere(server)
    whole = await judge_all(AnswersJudge(questions(), completions.read_lines(lines)), NIGHT)
    lines[3] = lines[3][: len(lines[3]) // 2]
    del lines[7]
    found = await judge_all(AnswersJudge(questions(), completions.read_lines(lines)), NIGHT)
    failed = [key for key, outcome in found.items() if isinstance(outcome, str)]
    assert failed == [NIGHT[3].id, NIGHT[7].id]
    assert all(found[key] == whole[key] for key in found.keys() - set(failed))


async def test_a_request_line_is_what_the_live_judge_sends() -> None:
    with OpenAIServer(NIGHT) as server:
        await judge_all(judge_at(server), NIGHT)
    lines = {line["custom_id"]: line["body"] for line in request_lines(questions(), NIGHT)}
    asked = {call.paper_id: dict(call.body) for call in server.calls}
    assert [body.pop("stream") for body in asked.values()] == [False] * len(NIGHT)
    assert lines == asked


def test_a_paper_given_twice_is_asked_about_once() -> None:
    assert [line["custom_id"] for line in request_lines(questions(), [*NIGHT, *NIGHT])] == [paper.id for paper in NIGHT]


async def test_the_model_is_the_one_that_the_answers_name() -> None:
    with OpenAIServer(NIGHT) as server:
        lines = [line.replace("gpt-6-luna", "a-colleague-s") for line in answered_elsewhere(server)]
    judge = AnswersJudge(questions(), completions.read_lines(lines))
    assert judge.identity.model == "a-colleague-s"
    assert (await judge.judge(NIGHT[0])).judge == judge.identity
    mixed = AnswersJudge(questions(), completions.read_lines([*lines[:5], *answered_elsewhere(server)[5:]]))
    assert mixed.identity.model == "gpt-6-luna"


def given(content: str, **choice: Any) -> AnswersJudge:
    body = {"model": "m", "choices": [{"finish_reason": "stop", "message": {"content": content}} | choice]}
    line = json.dumps({"custom_id": NIGHT[0].id, "response": {"status_code": 200, "body": body}})
    doubted = {NIGHT[0].id: LocalView(relevance=0.0, leaves=LEAVES)}
    return AnswersJudge(questions(doubted, second_model="gpt-6-sol"), completions.read_lines([line]))


async def test_answers_from_a_file_get_neither_repair_nor_second_opinion() -> None:
    assert (await given(json.dumps(core())).judge(NIGHT[0])).unsure is None
    unquoted = await given(json.dumps(core(quote="no such words here"))).judge(NIGHT[0])
    assert unquoted.unsure == "no valid quote"
    with pytest.raises(JudgeError, match=r"no valid answer: the answer holds no JSON.*no repair round"):
        await given("core, I think").judge(NIGHT[0])
    with pytest.raises(JudgeError, match="length limit"):
        await given("{", finish_reason="length").judge(NIGHT[0])


async def test_a_paper_without_a_line_is_a_failure_that_says_so() -> None:
    with pytest.raises(JudgeError, match="no answer with this custom_id"):
        await given("{}").judge(NIGHT[1])


async def test_recorded_answers_give_the_same_verdicts_without_a_call() -> None:
    memory, faults = Memory(), [Fault("wrong_enum", share=0.3), Fault("empty", share=0.3, seed=1)]
    with OpenAIServer(NIGHT, faults=faults) as server:
        live = await judge_all(judge_at(server, memory), NIGHT)
    judge = RecordedJudge(questions(), memory)
    assert await judge_all(judge, NIGHT) == live
    assert judge.usage == Usage()


async def test_recorded_answers_of_a_server_without_schemas_are_found_too() -> None:
    memory = Memory()
    with OpenAIServer(NIGHT, faults=[Fault("no_schema", attempts=None)]) as server:
        live = await judge_all(judge_at(server, memory), NIGHT)
    assert await judge_all(RecordedJudge(questions(), memory), NIGHT) == live


async def test_a_paper_without_a_recorded_answer_is_a_failure_and_so_is_one_for_another_model() -> None:
    memory = Memory()
    with OpenAIServer(NIGHT) as server:
        await judge_at(server, memory).judge(NIGHT[0])
    with pytest.raises(JudgeError, match="no recorded answer of gpt-6-luna"):
        await RecordedJudge(questions(), memory).judge(NIGHT[1])
    with pytest.raises(JudgeError, match="no recorded answer of other"):
        await RecordedJudge(questions(model="other"), memory).judge(NIGHT[0])


async def test_recorded_second_opinions_are_replayed() -> None:
    memory = Memory()
    doubted = {paper.id: LocalView(relevance=0.01, leaves=LEAVES[:1]) for paper in NIGHT}
    asked = questions(doubted, second_model="gpt-6-sol")
    with OpenAIServer(NIGHT) as server:
        live = await judge_all(judge_at(server, memory, questions=asked), NIGHT)
    assert any(call.model == "gpt-6-sol" for call in server.calls)
    assert without_judge(await judge_all(RecordedJudge(asked, memory), NIGHT)) == without_judge(live)
