"""The judge against a server that fails in every way a server can."""

from __future__ import annotations

import asyncio
import json
import socket
from collections import Counter
from contextlib import nullcontext
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from agent.core.judging.completions import RawAnswer
from agent.core.judging.costs import estimated_tokens
from agent.core.judging.questions import Messages
from agent.errors import ConfigError, JudgeError
from agent.judges.openai.concurrency import ConcurrencyMemory
from agent.judges.openai.retry_policy import RetryPolicy, retry_after
from agent.judges.openai.sending import WEB_PAGES
from agent.judges.openai.server_features import Features
from agent.judges.openai.server_state import TOO_MANY_LOST
from agent.judges.openai.spending_cap import Reservation, SpendingCap
from agent.judges.openai.stored_answers import Asking
from agent.records import Judgment
from tests.replicas.openai_faults import Fault
from tests.replicas.openai_personalities import (
    Body,
    Completion,
    Personality,
    Refusal,
    error,
    failing,
    form,
    with_usage,
)
from tests.replicas.openai_server import OpenAIServer
from tests.support.fakes import paper
from tests.support.judge_cases import QUICK, Memory, judge_all, judge_at, night, questions

PAPER = paper(abstract="We filter web text with a small model. It learns more from it.")
NIGHT = night(25)
PASSING = [
    "rate_limit", "server_error", "unavailable", "reset", "drip", "hang", "garbled", "no_schema", "invalid_json",
    "wrong_enum", "invented_leaf", "bad_quote", "empty", "fenced", "chatty", "refusal", "length", "content_filter",
]  # fmt: skip
LASTING = {
    "rate_limit": "429",
    "server_error": "500",
    "unavailable": "503",
    "reset": "cannot reach",
    "drip": "no answer within",
    "hang": "no answer within",
    "garbled": "no JSON",
    "insufficient_quota": "quota",
    "context_length": "context length",
    "invalid_json": "no valid answer",
    "wrong_enum": "no valid answer",
    "refusal": "refused",
    "length": "length limit",
    "content_filter": "content filter",
    "empty": "empty",
}


def policy(kind: str) -> RetryPolicy:
    """Long enough for a busy machine; short only where the fault is a server that does not end."""
    return QUICK.model_copy(update={"request_timeout": 1.5} if kind in ("drip", "hang") else {})


@pytest.fixture(scope="module")
def undisturbed() -> dict[str, Judgment | str]:
    """What the night comes to without faults."""

    async def run() -> dict[str, Judgment | str]:
        with OpenAIServer(NIGHT) as server:
            return await judge_all(judge_at(server), NIGHT)

    return asyncio.run(run())


@pytest.mark.parametrize("kind", PASSING)
async def test_a_fault_that_a_retry_can_heal_on_a_fifth_of_the_papers_changes_no_verdict(
    kind: str, undisturbed: dict[str, Judgment | str]
) -> None:
    faults = [Fault(kind, share=0.2, seed=7)]
    with OpenAIServer(NIGHT, faults=faults) as server:
        judge = judge_at(server, policy=policy(kind))
        assert await judge_all(judge, NIGHT) == undisturbed
    hit = [p.id for p in NIGHT if faults[0].hits(p.id, 1)]
    assert 3 <= len(hit) <= 8
    for asked in NIGHT:
        outcomes = [call.outcome for call in server.calls_of(asked.id)]
        assert len(outcomes) <= 2
        assert "answer" not in outcomes[:-1], "a paper with a valid answer was asked about again"
        assert len(outcomes) == 1 or kind not in ("fenced", "chatty")
    assert judge.usage.model_dump(include=set(server.tokens())) == server.tokens()


@pytest.mark.parametrize(("kind", "reason"), LASTING.items())
async def test_a_lasting_fault_on_a_fifth_of_the_papers_fails_these_with_a_reason_and_no_other(
    kind: str, reason: str, undisturbed: dict[str, Judgment | str]
) -> None:
    fault = Fault(kind, share=0.2, seed=7, attempts=None)
    brief_policy = policy(kind).model_copy(update={"attempts": 2})
    with OpenAIServer(NIGHT, faults=[fault]) as server:
        found = await judge_all(judge_at(server, policy=brief_policy), NIGHT)
    assert found.keys() == undisturbed.keys()
    for asked in NIGHT:
        if fault.hits(asked.id, 1):
            outcome = found[asked.id]
            assert isinstance(outcome, str)
            assert reason in outcome
            assert "\n" not in outcome
        else:
            assert found[asked.id] == undisturbed[asked.id]


async def test_several_faults_in_one_night_change_no_verdict(undisturbed: dict[str, Judgment | str]) -> None:
    faults = [Fault(kind, share=0.2, seed=seed) for seed, kind in enumerate(["reset", "server_error", "wrong_enum"])]
    with OpenAIServer(NIGHT, faults=faults) as server:
        assert await judge_all(judge_at(server), NIGHT) == undisturbed


@pytest.mark.parametrize("kind", ["insufficient_quota", "context_length"])
async def test_quota_and_bad_requests_are_not_retried(kind: str) -> None:
    with OpenAIServer([PAPER], faults=[Fault(kind, attempts=None)]) as server:
        with pytest.raises(JudgeError):
            await judge_at(server).judge(PAPER)
        assert len(server.calls) == 1


async def test_the_number_of_attempts_is_the_configured_one_and_the_client_adds_none() -> None:
    with OpenAIServer([PAPER], faults=[Fault("server_error", attempts=None)]) as server:
        with pytest.raises(JudgeError, match="500: The server had an error"):
            await judge_at(server).judge(PAPER)
        assert len(server.calls) == QUICK.attempts


async def test_a_server_that_is_down_is_asked_for_less_only_once_in_a_run() -> None:
    with OpenAIServer(NIGHT[:2], faults=[Fault("unavailable", attempts=None)]) as server:
        await judge_all(judge_at(server), NIGHT[:2])
    asked = Counter("response_format" in call.body for call in server.calls)
    assert asked == {True: 2 * QUICK.attempts, False: 2}


@pytest.mark.parametrize(
    "passing", [(500, "Internal error"), (400, error("Failed to generate JSON.", code="json_validate_failed"))]
)
async def test_nothing_is_left_out_for_good_after_errors_that_passed(passing: tuple[int, object]) -> None:
    memory = Memory()
    with OpenAIServer(NIGHT[:3], personality=Personality("", "", failing(*passing), first=2)) as server:
        found = await judge_all(judge_at(server, memory), NIGHT[:3])
    assert not [outcome for outcome in found.values() if isinstance(outcome, str)]
    kept = [row["features"] for key, row in memory.items() if key.startswith("server-features")]
    assert all(Features.model_validate(row) == Features() for row in kept)


async def test_who_finds_out_what_a_server_takes_is_not_kept_from_it_by_those_who_wait_for_that() -> None:
    memory, papers, busy = Memory(), NIGHT[:4], [True, True]

    def refuse(body: Body) -> tuple[int, object] | None:
        if form(body) == "json_schema":
            return 400, error("json_schema is not supported")
        return (503, "busy") if busy and busy.pop() else None

    policy = QUICK.model_copy(update={"deadline": 3.0, "first_wait": 0.2, "longest_backoff": 0.4})
    with OpenAIServer(papers, personality=Personality("", "", refuse)) as server:
        ConcurrencyMemory(memory, server.base_url).save(2)
        found = await judge_all(judge_at(server, memory, concurrency=2, policy=policy), papers)
    assert all(isinstance(outcome, Judgment) for outcome in found.values()), found


async def test_how_a_server_counts_is_found_out_once_where_a_prompt_seems_to_be_cut() -> None:
    cut = with_usage(lambda usage: {"prompt_tokens": 2050, "completion_tokens": 90})
    with OpenAIServer(NIGHT[:4], personality=Personality("cuts", "ollama", answers=cut)) as server:
        found = await judge_all(judge_at(server), NIGHT[:4])
    assert all("raise num_ctx" in str(reason) for reason in found.values())
    assert len(server.calls) == 4 + 1


async def test_who_finds_out_how_a_server_counts_is_not_kept_from_it_by_those_who_wait_for_that() -> None:
    memory, papers, busy = Memory(), NIGHT[:4], [True]

    def finds_out(body: Body) -> bool:
        return bool(body["messages"][0]["content"].startswith("["))

    def count(completion: Completion, body: Body) -> str:
        counted = completion["usage"]["prompt_tokens"] if finds_out(body) else 400
        return json.dumps(completion | {"usage": {"prompt_tokens": counted, "completion_tokens": 100}})

    def refuse(body: Body) -> tuple[int, object] | None:
        return (503, "busy") if finds_out(body) and busy and busy.pop() else None

    policy = QUICK.model_copy(update={"deadline": 3.0, "first_wait": 0.2, "longest_backoff": 0.4})
    with OpenAIServer(papers, personality=Personality("", "", refuse, answers=count)) as server:
        ConcurrencyMemory(memory, server.base_url).save(2)
        found = await judge_all(judge_at(server, memory, concurrency=2, policy=policy), papers)
    assert all(isinstance(outcome, Judgment) for outcome in found.values()), found


async def test_how_a_server_counts_is_asked_again_as_long_as_it_did_not_answer() -> None:
    long = [{"role": "user", "content": "We filter web text. " * 2000}]
    few, whole = (
        RawAnswer(content="{}", input_tokens=count, output_tokens=9) for count in (400, estimated_tokens(long))
    )
    replies = [few, JudgeError("503"), few, whole]

    async def send(model: str, messages: Messages, reservation: Reservation) -> RawAnswer:
        reply = replies.pop(0)
        if isinstance(reply, JudgeError):
            raise reply
        return reply

    asking = Asking(questions(), Memory(), {}, SpendingCap(None))
    with pytest.raises(JudgeError, match="cut the prompt"):
        await asking.answer(long, bool, send)
    assert (await asking.answer(long, bool, send)).content == "{}"
    assert not replies


@pytest.mark.parametrize("value", ["1", "date:2"])
async def test_the_server_s_retry_after_is_waited_for(value: str) -> None:
    fault = Fault("rate_limit", retry_after=value)
    with OpenAIServer([PAPER], faults=[fault]) as server:
        began = datetime.now(UTC)
        await judge_at(server).judge(PAPER)
        waited = (datetime.now(UTC) - began).total_seconds()
    assert 0.9 < waited < 10


async def test_a_paper_that_is_kept_waiting_ends_at_its_deadline() -> None:
    until = QUICK.model_copy(update={"deadline": 0.3, "longest_wait": 120.0})
    fault = Fault("rate_limit", attempts=None, retry_after="0.25")
    with OpenAIServer([PAPER], faults=[fault]) as server, pytest.raises(JudgeError, match=r"no answer within 0\.3 s"):
        await judge_at(server, policy=until).judge(PAPER)


NOON = datetime(2025, 11, 13, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("3", 3.0),
        ("0.5", 0.5),
        ("-4", 0.0),
        ("Thu, 13 Nov 2025 12:01:30 GMT", 90.0),
        ("Thu, 13 Nov 2025 11:00:00 GMT", 0.0),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(value: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": value}, NOON) == seconds


@pytest.mark.parametrize(("value", "seconds"), [("1500", 1.5), ("-1", 0.0), ("soon", 7.0), ("nan", 7.0), ("", 7.0)])
def test_milliseconds_win_over_retry_after_where_they_can_be_read(value: str, seconds: float) -> None:
    assert retry_after({"retry-after-ms": value, "retry-after": "7"}, NOON) == seconds


@given(st.text())
def test_no_retry_after_can_break_the_client(value: str) -> None:
    seconds = retry_after({"retry-after": value}, NOON)
    assert seconds is None or seconds >= 0


def test_the_default_patience_honours_two_minutes() -> None:
    assert RetryPolicy().longest_wait == 120


async def test_a_wrong_key_ends_the_run_in_one_line_without_repeating_the_key() -> None:
    with OpenAIServer(NIGHT, key="right") as server:
        judge = judge_at(server, api_key=SecretStr("sk-wrong-key"))
        with pytest.raises(ConfigError, match=r"does not accept the key \(401\); check OPENAI_API_KEY") as raised:
            await judge.judge(PAPER)
        assert len(server.calls) == 1
    assert "sk-wrong" not in str(raised.value)


@pytest.mark.parametrize(
    "words",
    [
        "Incorrect API key provided: sk-ca****6789. You can find your key at",
        "Received API Key = sk-...6789, Key Hash (Token) = 88dc28d0f030c55ed4ab77ed8faf098196cb",
        "canary-0123456789 is not one of ours, 456789 ends it",
    ],
)
async def test_what_a_server_says_of_a_key_is_shown_without_parts_of_the_key(words: str) -> None:
    refusing = Personality("refusing", "", failing(401, {"error": words}))
    with OpenAIServer(NIGHT, personality=refusing) as server, pytest.raises(ConfigError) as raised:
        await judge_at(server, api_key=SecretStr("sk-canary-0123456789")).judge(PAPER)
    shown = str(raised.value)
    assert "***" in shown and "the server: " in shown
    assert not any(part in shown for part in ("canary", "6789", "sk-", "88dc28"))


@pytest.mark.parametrize("before", [185, 290])
@pytest.mark.parametrize("reply", [(400, "{}"), (400, error("{}")), (200, "{}"), (200, {"said": "{}"})])
async def test_no_part_of_a_key_is_shown_where_the_server_s_words_are_cut(
    reply: tuple[int, str | dict[str, object]], before: int
) -> None:
    key = "sk-proj-0123456789abcdefghijklmnopqrstuvwxyz"
    words = f"{'x' * before} {key}"
    body = json.loads(json.dumps(reply[1]).replace("{}", words))
    server = OpenAIServer([PAPER], personality=Personality("", "", failing(reply[0], body)))
    with server, pytest.raises(JudgeError) as raised:
        await judge_at(server, api_key=SecretStr(key)).judge(PAPER)
    assert "xxx" in str(raised.value)
    assert "proj-0" not in str(raised.value)


async def test_an_unknown_model_is_known_by_its_code_where_the_words_do_not_name_it() -> None:
    with (
        OpenAIServer(NIGHT, faults=[Fault("no_deployment", attempts=None)]) as server,
        pytest.raises(ConfigError, match=r"does not know model 'gpt-6-luna' \(404\)"),
    ):
        await judge_at(server).judge(PAPER)


async def test_an_unknown_model_ends_the_run_in_one_line() -> None:
    with (
        OpenAIServer(NIGHT, models=["other"]) as server,
        pytest.raises(ConfigError, match=r"does not know model 'gpt-6-luna' \(404\)"),
    ):
        await judge_at(server).judge(PAPER)


async def test_a_base_url_without_v1_ends_the_run_with_a_hint() -> None:
    with OpenAIServer(NIGHT) as server:
        judge = judge_at(server, base_url=server.base_url.removesuffix("/v1"))
        with pytest.raises(ConfigError, match="OPENAI_BASE_URL usually ends in /v1"):
            await judge.judge(PAPER)


async def test_a_web_page_instead_of_an_answer_ends_the_run_with_the_same_hint() -> None:
    with (
        OpenAIServer(NIGHT, faults=[Fault("web_page", attempts=None)]) as server,
        pytest.raises(ConfigError, match=r"answers with a web page \(Welcome\); OPENAI_BASE_URL usually ends in /v1"),
    ):
        await judge_at(server).judge(PAPER)


async def test_a_web_page_that_a_gateway_shows_for_a_moment_ends_nothing() -> None:
    with OpenAIServer(NIGHT, faults=[Fault("web_page", attempts=2)]) as server:
        assert (await judge_at(server).judge(PAPER)).paper_id == PAPER.id


LOGIN_PAGE = "<!doctype html><title>University</title><form action='/login'><input type='password'></form>"
BRIEFLY_AWAY = "<html><title>Service briefly unavailable</title>Back soon. <a href='/login'>Sign in</a></html>"


@pytest.mark.parametrize("pages", [1, 2])
async def test_a_passing_page_with_a_link_to_sign_in_ends_nothing(pages: int) -> None:
    passing = Personality("passing", "", failing(200, BRIEFLY_AWAY), first=pages)
    with OpenAIServer(NIGHT, personality=passing) as server:
        assert (await judge_at(server).judge(PAPER)).paper_id == PAPER.id
        assert len(server.calls) == pages + 1


@pytest.mark.parametrize("page", [LOGIN_PAGE, BRIEFLY_AWAY])
async def test_a_page_to_sign_in_at_that_stays_is_named_after_as_many_tries_as_any_page(page: str) -> None:
    staying = Personality("staying", "", failing(200, page))
    with OpenAIServer(NIGHT, personality=staying) as server:
        with pytest.raises(ConfigError, match="wants someone to log in"):
            await judge_at(server).judge(PAPER)
        assert len(server.calls) == WEB_PAGES


async def test_a_limit_of_a_day_that_is_free_again_in_a_moment_costs_no_paper() -> None:
    words = "Rate limit reached for requests per day (RPD). Please try again in 0.01s."
    short = Personality("short", "", failing(429, error(words)), first=1)
    with OpenAIServer(NIGHT, personality=short) as server:
        found = await judge_all(judge_at(server), NIGHT)
    assert not [outcome for outcome in found.values() if isinstance(outcome, str)]


async def test_a_limit_of_a_day_that_lasts_longer_than_a_paper_may_take_is_not_waited_for() -> None:
    words = "Rate limit reached for requests per day (RPD). Please try again in 7h12m."
    with OpenAIServer(NIGHT, personality=Personality("long", "", failing(429, error(words)))) as server:
        with pytest.raises(JudgeError, match="it asks to wait 25920 s: run again then"):
            await judge_at(server).judge(PAPER)
        assert len(server.calls) == 1


async def test_a_key_refused_after_some_papers_fails_only_the_rest() -> None:
    with OpenAIServer(NIGHT, key="x") as server:
        judge = judge_at(server, concurrency=1)
        await judge.judge(NIGHT[0])
        server.key = "another"
        for asked in NIGHT[1:4]:
            with pytest.raises(JudgeError, match="401"):
                await judge.judge(asked)
        assert len(server.calls) == 1 + 6 + 5 + 1, "believed after a few refusals in a row"


async def test_a_key_that_is_refused_once_among_answers_is_tried_again_unless_it_has_expired() -> None:
    for words, calls in (("invalid_token", 3), ("The access token has expired", 2)):
        refused: list[str] = []

        def refuse(body: Body, words: str = words, refused: list[str] = refused) -> Refusal | None:
            if "Study 2" not in body["messages"][-1]["content"] or refused:
                return None
            refused.append(words)
            return 401, error(words)

        with OpenAIServer(NIGHT, personality=Personality("renewing", "oauth2-proxy", refuses=refuse)) as server:
            judge = judge_at(server, concurrency=1)
            await judge.judge(NIGHT[0])
            with pytest.raises(JudgeError, match="expired") if calls == 2 else nullcontext():
                await judge.judge(NIGHT[1])
            assert len(server.calls) == calls


@pytest.mark.parametrize("body", ["<html><h1>Request blocked.</h1></html>", error("input did not pass the screening")])
async def test_a_first_paper_that_is_turned_away_for_its_words_ends_no_night(body: object) -> None:
    def refuse(asked: Body) -> Refusal | None:
        return (403, body) if "Study 1." in asked["messages"][-1]["content"].replace("\n", ".") else None

    with OpenAIServer(NIGHT, personality=Personality("careful", "", refuses=refuse)) as server:
        found = await judge_all(judge_at(server), NIGHT)
    assert [paper_id for paper_id, outcome in found.items() if isinstance(outcome, str)] == [NIGHT[0].id]


async def test_a_server_that_is_gone_from_its_address_for_a_moment_is_waited_for_once_it_has_answered() -> None:
    gone: list[str] = []

    def restart(asked: Body) -> Refusal | None:
        if "Study 2" not in asked["messages"][-1]["content"] or len(gone) == 2:
            return None
        gone.append("no pod")
        return 404, "default backend - 404"

    with OpenAIServer(NIGHT, personality=Personality("restarting", "kubernetes", refuses=restart)) as server:
        judge = judge_at(server, concurrency=1)
        for asked in NIGHT[:2]:
            assert (await judge.judge(asked)).paper_id == asked.id


async def test_a_body_that_is_no_text_is_asked_for_once() -> None:
    packed = Personality("packed", "", answers=lambda completion, asked: b"\x1b\x2f\x01\xf8\x8d\xd4" * 9)
    with OpenAIServer(NIGHT, personality=packed) as server:
        with pytest.raises(JudgeError, match="it may be compressed"):
            await judge_at(server).judge(PAPER)
        assert len(server.calls) == 1


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def test_a_server_that_is_down_fails_every_paper_and_soon_nobody_is_asked() -> None:
    with OpenAIServer(NIGHT) as server:
        judge = judge_at(server, base_url=f"http://127.0.0.1:{free_port()}/v1", concurrency=2)
        found = await judge_all(judge, NIGHT)
    reasons = [outcome for outcome in found.values() if isinstance(outcome, str)]
    assert len(reasons) == len(NIGHT)
    assert all("cannot reach the model server at http://127.0.0.1" in reason for reason in reasons)
    assert sum(reason.startswith("not asked") for reason in reasons) >= len(NIGHT) - 7


@pytest.mark.parametrize("kind", ["insufficient_quota", "context_length"])
async def test_papers_refused_at_once_do_not_stop_a_night_whose_first_answers_take_longer(kind: str) -> None:
    fault = Fault(kind, share=0.4, seed=3, attempts=None)
    hit = {asked.id for asked in NIGHT if fault.hits(asked.id, 1)}
    with OpenAIServer(NIGHT, faults=[fault], latency=0.3) as server:
        found = await judge_all(judge_at(server), NIGHT)
    assert len(hit) > TOO_MANY_LOST
    assert {paper_id for paper_id, outcome in found.items() if isinstance(outcome, str)} == hit


async def test_what_is_stored_is_still_judged_when_the_server_is_down() -> None:
    memory = Memory()
    with OpenAIServer(NIGHT) as server:
        before = await judge_all(judge_at(server, memory), NIGHT[20:])
        judge = judge_at(server, memory, base_url=f"http://127.0.0.1:{free_port()}/v1")
        found = await judge_all(judge, NIGHT)
    assert {paper_id: found[paper_id] for paper_id in before} == before


async def test_the_key_is_in_no_representation_of_the_judge_and_in_no_stored_answer() -> None:
    memory = Memory()
    with OpenAIServer([PAPER]) as server:
        judge = judge_at(server, memory, api_key=SecretStr("sk-secret"))
        await judge.judge(PAPER)
    assert "sk-secret" not in repr(vars(judge)) + repr(memory)


async def test_attempts_for_one_paper_are_spread_out() -> None:
    spread = RetryPolicy(attempts=4, first_wait=1.0, longest_backoff=8.0)
    waits = [spread.backoff(attempt) for attempt in range(1, 6)]
    assert all(later >= sooner - 1 for sooner, later in pairwise(waits))
    assert max(waits) <= 8
