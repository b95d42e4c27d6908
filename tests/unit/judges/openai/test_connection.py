"""One request over HTTP: no key follows a redirect, no address says more than scheme and host."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from agent.errors import ConfigError
from agent.judges.openai.connection import LARGEST_BODY, LARGEST_ERROR, Connection, NoReply
from agent.judges.openai.endpoint import Endpoint
from tests.replicas.openai_personalities import Personality, failing
from tests.replicas.openai_server import OpenAIServer
from tests.support.judge_cases import judge_at, night

BODY = {"model": "m", "messages": [{"role": "user", "content": "TITLE: x"}]}
KEY = SecretStr("sk-canary-0123456789")


async def test_a_key_does_not_follow_a_redirect() -> None:
    with OpenAIServer() as elsewhere:
        away = Personality(
            "moved", "", failing(307, ""), headers={"Location": f"{elsewhere.base_url}/chat/completions"}
        )
        with OpenAIServer(personality=away) as server:
            with pytest.raises(ConfigError) as raised:
                await judge_at(server, api_key=KEY).judge(night(1)[0])
            assert len(server.calls) == 1
        assert elsewhere.calls == []
    assert f"has moved to {elsewhere.base_url.removesuffix('/v1')} (307)" in str(raised.value)


@pytest.mark.parametrize(
    ("url", "shown", "local"),
    [
        ("http://127.0.0.1:11434/v1", "http://127.0.0.1:11434", True),
        ("http://localhost/secret-path/v1", "http://localhost", True),
        ("http://[::1]:8080/v1", "http://[::1]:8080", True),
        ("https://user:pw@api.example/v1?key=1", "https://api.example", False),
        ("https://api.openai.com/v1", "https://api.openai.com", False),
    ],
)
def test_an_address_is_shown_as_scheme_and_host(url: str, shown: str, local: bool) -> None:
    endpoint = Endpoint(base_url=url)
    assert (endpoint.shown, endpoint.on_loopback) == (shown, local)


async def test_of_an_error_only_the_beginning_is_read() -> None:
    talkative = Personality("talkative", "", failing(400, "no " * 5_000_000))
    with OpenAIServer(personality=talkative) as server:
        connection = Connection(Endpoint(base_url=server.base_url), timeout=20)
        reply = await connection.post(BODY)
        await connection.close()
    assert reply.status == 400
    assert LARGEST_ERROR <= len(reply.text) < 10 * LARGEST_ERROR


async def test_a_body_without_end_is_not_read_to_the_end() -> None:
    big = Personality("big", "", answers=lambda completion, body: "x" * (LARGEST_BODY + 1))
    with OpenAIServer(personality=big) as server:
        connection = Connection(Endpoint(base_url=server.base_url), timeout=20)
        with pytest.raises(NoReply, match="larger than 16,000,000 bytes"):
            await connection.post(BODY)
        await connection.close()


async def test_what_is_sent_is_the_request_to_the_letter() -> None:
    body = {
        "model": "m",
        "messages": [
            {"role": "system", "content": 'the list of "sieves" \\ \n'},
            {"role": "user", "content": "TITLE: é \u2028", "name": "paper"},
        ],
        "response_format": {"type": "json_schema", "json_schema": {"schema": {"enum": ["§1", "messages"]}}},
        "stream": False,
    }
    with OpenAIServer() as server:
        connection = Connection(Endpoint(base_url=server.base_url, api_key=KEY), timeout=20)
        replies = [await connection.post(body) for _ in range(2)]
        await connection.close()
        assert [call.body for call in server.calls] == [body, body]
    assert [reply.status for reply in replies] == [200, 200]
