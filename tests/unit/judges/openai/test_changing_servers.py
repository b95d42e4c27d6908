"""The judge against a server that changes in the middle of a night, or that is several, unlike each other."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from itertools import count

import pytest

from agent.errors import JudgeError
from agent.judges.openai.server_state import MOST_DOUBTED, TOO_MANY_LOST
from agent.records import Judgment
from tests.replicas.openai_faults import Fault
from tests.replicas.openai_personalities import Body, Personality, Refusal, error
from tests.replicas.openai_server import OpenAIServer
from tests.support.judge_cases import QUICK, judge_all, judge_at, night

NIGHT = night(25)
NO_MODEL = 404, error("The model `gpt-6-luna` does not exist.", code="model_not_found")
NO_KEY = 401, {"error": "Unauthorized"}


def uneven(refusal: Refusal) -> Callable[[Body], Refusal | None]:
    """Return a balancer that sends some papers twice to a server that refuses everything, before it asks another."""
    asked: Counter[str] = Counter()

    def refuse(body: Body) -> Refusal | None:
        paper = body["messages"][-1]["content"]
        asked[paper] += 1
        return refusal if re.search(r"Study \d*[369]\n", paper) and asked[paper] <= 2 else None

    return refuse


def after(answers: int, refusal: Refusal) -> Callable[[Body], Refusal | None]:
    turns = count(1)
    return lambda body: refusal if next(turns) > answers else None


@pytest.mark.parametrize("refusal", [NO_MODEL, NO_KEY])
async def test_one_of_several_servers_that_does_not_know_the_model_or_the_key_costs_no_paper(refusal: Refusal) -> None:
    with OpenAIServer(NIGHT, personality=Personality("uneven", "balancers", refuses=uneven(refusal))) as server:
        found = await judge_all(judge_at(server, concurrency=4), NIGHT)
    assert all(isinstance(outcome, Judgment) for outcome in found.values()), found


@pytest.mark.parametrize(
    ("refusal", "tries"),
    [
        (NO_MODEL, MOST_DOUBTED + 1),
        ((410, error("`gpt-6-luna` reached its end of life")), 0),
        ((404, error("The model gpt-6-luna has been retired")), 0),
        ((401, error("This API key has been revoked")), 0),
    ],
)
async def test_a_model_or_a_key_that_is_gone_is_believed_to_be_after_a_few_refusals(
    refusal: Refusal, tries: int
) -> None:
    with OpenAIServer(NIGHT, personality=Personality("changed", "", refuses=after(1, refusal))) as server:
        judge = judge_at(server, concurrency=1)
        await judge.judge(NIGHT[0])
        for asked in NIGHT[1:9]:
            with pytest.raises(JudgeError, match=r"does not know model|does not accept the key"):
                await judge.judge(asked)
        papers = 8 - (2 if tries else 0)  # the first two are what is tried again
        assert len(server.calls) == 1 + tries + papers


async def test_a_server_that_falls_silent_in_the_middle_of_a_night_is_not_waited_for_paper_by_paper() -> None:
    policy = QUICK.model_copy(update={"request_timeout": 0.3, "timeouts": 1})
    with OpenAIServer(NIGHT) as server:
        judge = judge_at(server, policy=policy)
        await judge.judge(NIGHT[0])
        server.faults = [Fault("hang", attempts=None)]
        found = await judge_all(judge, NIGHT[1:])
    reasons = [outcome for outcome in found.values() if isinstance(outcome, str)]
    assert len(reasons) == len(NIGHT) - 1
    assert all("no answer within" in reason for reason in reasons)
    assert len(server.calls) <= 1 + 2 * TOO_MANY_LOST


async def test_papers_of_which_a_model_only_thinks_are_not_paid_for_all_night() -> None:
    def thinks(completion: dict[str, object], body: Body) -> str:
        return json.dumps(completion | {"choices": [{"finish_reason": "length", "message": {"content": ""}}]})

    with OpenAIServer(NIGHT, personality=Personality("thinking", "reasoning models", answers=thinks)) as server:
        found = await judge_all(judge_at(server, concurrency=2), NIGHT)
    assert all("max_output_tokens" in str(outcome) for outcome in found.values())
    assert len(server.calls) <= 2 * (TOO_MANY_LOST + 2)


async def test_a_text_that_is_refused_with_a_link_to_read_more_is_not_asked_about_in_other_forms() -> None:
    flagged = error(
        "Invalid prompt: your prompt was flagged as potentially violating our usage policy: "
        "https://example.org/docs/guides/reasoning#advice-on-prompting",
        code="invalid_prompt",
    )

    def refuse(body: Body) -> Refusal | None:
        return (400, flagged) if "Study 2\n" in body["messages"][-1]["content"] else None

    with OpenAIServer(NIGHT, personality=Personality("strict", "OpenAI", refuses=refuse)) as server:
        judge = judge_at(server, concurrency=1)
        await judge.judge(NIGHT[0])
        with pytest.raises(JudgeError, match="refused the paper"):
            await judge.judge(NIGHT[1])
        assert len(server.calls) == 2
