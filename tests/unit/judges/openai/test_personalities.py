"""The judge against model servers as their users describe them: each judges the night, or says why it cannot."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from agent.errors import ConfigError, JudgeError
from agent.records import Judgment
from tests.replicas.openai_gateways import GATEWAYS
from tests.replicas.openai_personalities import PERSONALITIES, Personality
from tests.replicas.openai_reports import REPORTS
from tests.replicas.openai_server import OpenAIServer
from tests.support.judge_cases import QUICK, Memory, judge_all, judge_at, night

NIGHT = night(3)
ALL = [*PERSONALITIES, *GATEWAYS, *REPORTS]
HASTY = QUICK.model_copy(update={"first_wait": 0.001, "longest_backoff": 0.01, "longest_wait": 0.02})
JUDGED = [each for each in ALL if not each.fails and not each.ends]
FAILED = [each for each in ALL if each.fails]
ENDED = [each for each in ALL if each.ends]
PASSING = (
    "vllm, a crash on the grammar",
    "a form refused in 200, in Chinese",
    "a form refused as if down",
    "a gateway that waits for no whole answer",
)
"""Servers whose refusal looks like a passing failure: what was left out is asked for again by the next run."""


def named(personality: Personality) -> str:
    return personality.name


@pytest.fixture(scope="module")
def undisturbed() -> dict[str, tuple[int, str | None]]:
    """What the night comes to on a server that does all as OpenAI's."""

    async def run() -> dict[str, Judgment | str]:
        with OpenAIServer(NIGHT) as server:
            return await judge_all(judge_at(server), NIGHT)

    return verdicts(asyncio.run(run()))


def verdicts(found: dict[str, Judgment | str]) -> dict[str, tuple[int, str | None]]:
    failed = {paper_id: outcome for paper_id, outcome in found.items() if isinstance(outcome, str)}
    assert not failed
    return {paper_id: (j.grade, j.primary) for paper_id, j in found.items() if isinstance(j, Judgment)}


@pytest.mark.parametrize("personality", JUDGED, ids=named)
async def test_the_night_is_judged_as_on_any_other_server(
    personality: Personality, undisturbed: dict[str, tuple[int, str | None]]
) -> None:
    memory = Memory()
    with OpenAIServer(NIGHT, personality=personality) as server:
        assert verdicts(await judge_all(judge_at(server, memory, policy=HASTY), NIGHT)) == undisturbed
        learnt = len(server.calls)
        later = Memory({key: value for key, value in memory.items() if key.startswith("server-features")})
        assert verdicts(await judge_all(judge_at(server, later, policy=HASTY), NIGHT[:1]))
    if not personality.first and personality.name not in PASSING:
        assert learnt - len(NIGHT) <= 16, "found out once, with few requests"
        assert len(server.calls) - learnt <= 2, "and known to the next run"


@pytest.mark.parametrize("personality", FAILED, ids=named)
async def test_each_paper_fails_with_the_server_s_own_words_and_no_answer_is_believed(personality: Personality) -> None:
    with OpenAIServer(NIGHT, personality=personality) as server:
        found = await judge_all(judge_at(server, policy=HASTY), NIGHT)
    for reason in found.values():
        assert isinstance(reason, str)
        assert personality.fails in reason
        assert "Error code" not in reason
        assert "\n" not in reason


@pytest.mark.parametrize("personality", ENDED, ids=named)
async def test_what_is_wrong_for_all_papers_ends_the_run_after_one_request_or_two(personality: Personality) -> None:
    with OpenAIServer(NIGHT, personality=personality) as server:
        judge = judge_at(server, policy=HASTY)
        with pytest.raises(ConfigError) as raised:
            with suppress(JudgeError):
                await judge.judge(NIGHT[0])
            await judge.judge(NIGHT[1])
        assert len(server.calls) == (2 if "(403)" in str(raised.value) else 1), "a 403 may be about the paper"
    assert personality.ends in str(raised.value)
    assert "secret" not in str(raised.value)
