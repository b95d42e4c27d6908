"""One request over HTTP: no key follows a redirect to another server, no address says more than scheme and host."""

from __future__ import annotations

import asyncio
import socket
import sys
import zlib
from contextlib import ExitStack
from pathlib import Path

import pytest
from pydantic import SecretStr

from agent.core.judging.answer import request_body
from agent.errors import ConfigError
from agent.judges.batches.api import BatchServer
from agent.judges.openai.connection import LARGEST_BODY, LARGEST_ERROR, MOST_MOVES, Connection, NoReply, TooSlow, remedy
from agent.judges.openai.endpoint import Endpoint
from agent.judges.openai.errors.meanings import Reply
from agent.tls import tls_context
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


@pytest.mark.parametrize("status", [301, 307, 308])
async def test_a_redirect_to_a_path_of_the_same_server_is_followed_and_kept(status: int) -> None:
    moved = Personality("moved", "", failing(status, ""), headers={"Location": "/v1/chat/completions"}, first=1)
    with OpenAIServer(personality=moved) as server:
        connection = Connection(Endpoint(base_url=f"{server.base_url}/", api_key=KEY), timeout=20)
        replies = [await connection.post(BODY) for _ in range(2)]
        await connection.close()
        assert len(server.calls) == 3
    assert [reply.status for reply in replies] == [200, 200]


@pytest.mark.parametrize(
    ("url", "address", "headers"),
    [
        ("http://h/v1/", "http://h/v1/chat/completions", {"Authorization": f"Bearer {KEY.get_secret_value()}"}),
        (
            "http://h/openai/deployments/mine?api-version=1",
            "http://h/openai/deployments/mine/chat/completions?api-version=1",
            {"api-key": KEY.get_secret_value()},
        ),
    ],
)
def test_an_address_with_a_version_keeps_it_and_takes_the_key_in_a_header_of_its_own(
    url: str, address: str, headers: dict[str, str]
) -> None:
    endpoint = Endpoint(base_url=url, api_key=KEY)
    assert (endpoint.at("/chat/completions"), endpoint.headers) == (address, headers)
    assert Endpoint(base_url=url).headers == {}


async def test_the_key_is_sent_once_in_the_header_that_the_address_wants() -> None:
    with OpenAIServer() as server:
        for query, sent in (("", "authorization"), ("?api-version=1", "api-key")):
            connection = Connection(Endpoint(base_url=server.base_url + query, api_key=KEY), timeout=20)
            await connection.post(BODY)
            await connection.close()
            held = [name for name, text in server.headers.items() if KEY.get_secret_value() in text]
            assert [name.lower() for name in held] == [sent]


def test_batches_are_told_apart_from_an_address_with_a_version() -> None:
    with pytest.raises(ConfigError, match="run without --batch"):
        BatchServer(Endpoint(base_url="http://h/openai/deployments/mine?api-version=1", api_key=KEY))


async def test_a_redirect_that_leads_to_itself_is_not_followed_for_ever() -> None:
    moved = Personality("moved", "", failing(307, ""), headers={"Location": "/v1/chat/completions"})
    with OpenAIServer(personality=moved) as server:
        with pytest.raises(ConfigError, match="has moved to another path of this server"):
            await judge_at(server, api_key=KEY).judge(night(1)[0])
        assert len(server.calls) == 1 + MOST_MOVES


async def test_a_redirect_to_what_is_no_address_ends_the_run_in_one_line() -> None:
    moved = Personality("moved", "", failing(307, ""), headers={"Location": "http://[1/v1/chat/completions"})
    with OpenAIServer(personality=moved) as server:
        with pytest.raises(ConfigError, match="has moved to an address that cannot be read"):
            await judge_at(server, api_key=KEY).judge(night(1)[0])
        assert len(server.calls) == 1


async def test_requests_that_are_redirected_together_go_by_the_address_that_each_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def answer(address: str, _body: object) -> Reply:
        await asyncio.sleep(0)
        moved = address == "http://h/v1/chat/completions"
        headers = {"location": "completions/"} if moved else {}
        return Reply(status=307 if moved else 200, headers=headers, text=address)

    connection = Connection(Endpoint(base_url="http://h/v1"), timeout=20)
    monkeypatch.setattr(connection, "_post", answer)
    replies = await asyncio.gather(*(connection.post(BODY) for _ in range(2)))
    await connection.close()
    assert [reply.text for reply in replies] == ["http://h/v1/chat/completions/"] * 2


async def test_certificates_that_cannot_be_read_end_the_run_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    tls_context.cache_clear()
    with OpenAIServer() as server, pytest.raises(ConfigError, match=r"missing\.pem: .*; let SSL_CERT_FILE name"):
        await judge_at(server).judge(night(1)[0])


async def test_a_host_that_cannot_exist_ends_the_run_in_one_line() -> None:
    where = Endpoint(base_url="http://models\u2026example/v1")
    with OpenAIServer() as server, pytest.raises(ConfigError, match="OPENAI_BASE_URL: Invalid IDNA hostname"):
        await judge_at(server, base_url=where.base_url).judge(night(1)[0])
    with pytest.raises(ConfigError, match="OPENAI_BASE_URL: Invalid IDNA hostname"):
        BatchServer(where)


async def test_a_server_to_which_no_connection_comes_about_was_sent_nothing() -> None:
    with ExitStack() as stack:
        full = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(8):  # the system takes these few, and lets all others wait
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        connection = Connection(Endpoint(base_url=f"http://127.0.0.1:{full.getsockname()[1]}/v1"), 0.4)
        with pytest.raises(NoReply, match=r"no connection within 0\.2 s") as raised:
            await connection.post(BODY)
        await connection.close()
    assert not isinstance(raised.value, TooSlow)
    assert not raised.value.sent
    assert "correct OPENAI_BASE_URL" in remedy(raised.value)


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


async def test_no_text_of_a_paper_is_kept_after_it_was_sent() -> None:
    texts = [" ".join(["TITLE:", *map(str, range(start, start + 900))]) for start in range(3)]
    before = [sys.getrefcount(text) for text in texts]
    with OpenAIServer() as server:
        connection = Connection(Endpoint(base_url=server.base_url, api_key=KEY), timeout=20)
        for text in texts:
            told = [{"role": "system", "content": "the list"}, {"role": "user", "content": text}]
            body = request_body("m", told, {}, mode="text")
            await connection.post(body)
        await connection.close()
    del text, told, body
    assert [sys.getrefcount(text) for text in texts] == before


BODY_OF_10 = b'{"a": [1]}'


def _answered(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\nContent-Length: %d\r\n\r\n" % len(body) + body


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"HTTP/1.0 200 OK\r\n\r\n" + BODY_OF_10, BODY_OF_10.decode()),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n" + BODY_OF_10, BODY_OF_10.decode()),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n" + BODY_OF_10 + b"\r\n", BODY_OF_10.decode()),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\ndata: {}\n\ndata: [DONE]\n\n", "data: {}\n\ndata: [DONE]\n\n"),
        (b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\ndata: {"finish_reason": null}\n\n', None),
        (b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\ndata: {"content": "it ends with [DONE] and"}\n\n', None),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 10\r\n\r\n" + BODY_OF_10, BODY_OF_10.decode()),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n" + BODY_OF_10[:9], None),
        (_answered(zlib.compress(BODY_OF_10)[2:-4]), BODY_OF_10.decode()),
        (_answered(zlib.compress(BODY_OF_10)), BODY_OF_10.decode()),
        (_answered("\xe9".encode("latin-1") + BODY_OF_10), "\ufffd" + BODY_OF_10.decode()),
        (b"\x15\x03\x01\x00\x02\x02\x46", None),
    ],
)
async def test_a_whole_answer_counts_whatever_is_wrong_around_it(body: bytes, text: str | None) -> None:
    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"TITLE: x")
        writer.write(body)
        writer.close()

    async with await asyncio.start_server(reply, "127.0.0.1") as server:
        port = server.sockets[0].getsockname()[1]
        connection = Connection(Endpoint(base_url=f"http://127.0.0.1:{port}/v1"), timeout=20)
        if text is None:
            with pytest.raises(NoReply):
                await connection.post(BODY)
        else:
            assert (await connection.post(BODY)).text == text
        await connection.close()


@pytest.mark.parametrize(
    ("reason", "sent", "remedied"),
    [
        ("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate in chain", False, "SSL_CERT_FILE"),
        ("[SSL: WRONG_VERSION_NUMBER] wrong version number", False, "http://"),
        ("illegal request line", True, "https://"),
        ("All connection attempts failed", False, "start it"),
        ("Server disconnected", True, ""),
    ],
)
def test_what_helps_against_a_reply_that_never_came(reason: str, sent: bool, remedied: str) -> None:
    assert remedied in remedy(NoReply(reason, sent=sent))
    assert bool(remedy(NoReply(reason, sent=sent))) is bool(remedied)
