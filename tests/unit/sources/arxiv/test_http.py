from __future__ import annotations

import socket
import sys
import time
from contextlib import ExitStack
from typing import Any

import pytest

from agent.errors import SourceError
from agent.records import Window
from agent.sources.arxiv.http import ArxivHttp, BadAnswer, LastRequest
from tests.replicas.arxiv_faults import BOMBS
from tests.replicas.arxiv_server import ArxivServer
from tests.support.arxiv_night import TONIGHT, SkippingClock, http, rss, week

PAPERS = week()


def get(server: ArxivServer, client: ArxivHttp) -> bytes:
    return client.get(f"{server.api_url}?search_query=cat:cs.CL", bytes)


def test_retry_after_is_obeyed_and_counts_on_top_of_nothing_else() -> None:
    clock = SkippingClock()
    with ArxivServer(PAPERS, plan=lambda kind, number: "429 retry-after" if number == 0 else "") as server:
        assert get(server, http(clock, delay=0.0)).startswith(b"<?xml")
    assert clock.skipped == pytest.approx(2.0)


def test_those_who_share_the_last_request_keep_the_pause_of_the_one_who_asks_next() -> None:
    clock, last = SkippingClock(), LastRequest()
    with ArxivServer(PAPERS) as server:
        for delay in (3.0, 3.0, 5.0):
            get(server, http(clock, delay=delay, last=last))
    assert clock.skipped == pytest.approx(3.0 + 5.0, abs=0.5)


def test_the_waits_grow_and_the_attempts_end() -> None:
    clock = SkippingClock()
    with ArxivServer(PAPERS, plan=lambda kind, number: "503") as server:
        with pytest.raises(SourceError, match=r"arXiv: HTTP 503 \(asked 5 times\)"):
            get(server, http(clock, delay=3.0, attempts=5, patience=600.0))
        assert len(server.calls) == 5
    assert clock.skipped == pytest.approx(3 + 6 + 12 + 24, abs=0.5)


def test_a_wait_beyond_the_deadline_is_not_waited_for() -> None:
    clock = SkippingClock()
    with ArxivServer(PAPERS, plan=lambda kind, number: "429 retry-after") as server, pytest.raises(SourceError):
        get(server, http(clock, patience=1.0))
    assert clock.skipped == 0.0


def test_a_wait_too_long_for_tonight_is_told() -> None:
    said = r"HTTP 503 \(asked once\); run again in 60 min: before that it wants no request"
    with ArxivServer(PAPERS, plan=lambda kind, number: "wait 3600") as server:
        with pytest.raises(SourceError, match=said):
            get(server, http())
        assert len(server.calls) == 1


def test_an_address_that_was_sent_on_to_is_asked_in_its_turn() -> None:
    clock = SkippingClock()
    with (
        ArxivServer(PAPERS) as other,
        ArxivServer(PAPERS, plan=lambda kind, number: f"moved {other.api_url}") as server,
    ):
        client = http(clock, delay=3.0)
        assert get(server, client).startswith(b"<?xml")
    assert clock.skipped == pytest.approx(3.0, abs=0.5)
    assert client.requests == len(server.calls) + len(other.calls) == 2


def test_addresses_that_send_on_in_a_circle_are_given_up_soon() -> None:
    with ArxivServer(PAPERS) as server:
        server.plan = lambda kind, number: f"moved {server.api_url}"
        with pytest.raises(SourceError, match="sends on from one address to the next"):
            get(server, http())
        assert len(server.calls) == 12


@pytest.mark.parametrize("fault", ["hang", "drip", "drip in the head"])
def test_an_answer_that_never_ends_is_given_up(fault: str) -> None:
    clock = SkippingClock()
    with ArxivServer(PAPERS, plan=lambda kind, number: fault) as server:
        started = clock.now()
        with pytest.raises(SourceError, match="no answer within"):
            get(server, http(clock, timeout=0.1, attempts=2, delay=0.0))
        assert clock.now() - started < 2.0


@pytest.mark.skipif(sys.platform != "linux", reason="needs more than one address of the loopback")
def test_addresses_of_a_host_that_hang_cost_little_of_the_time_of_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.sources.arxiv.http.LONGEST_CONNECT", 0.05)
    look_up = socket.getaddrinfo

    def with_two_that_hang(host: str, *rest: Any, **named: Any) -> list[Any]:
        return [found for name in ("127.0.0.2", "127.0.0.3", host) for found in look_up(name, *rest, **named)]

    with ArxivServer(PAPERS) as server, ExitStack() as opened:
        port = int(server.api_url.split(":")[2].split("/")[0])
        for name in ("127.0.0.2", "127.0.0.3"):
            silent = opened.enter_context(socket.socket())
            silent.bind((name, port))
            silent.listen(0)
            for _ in range(4):  # a full queue: whoever comes next gets no answer, not even a refusal
                waiting = opened.enter_context(socket.socket())
                waiting.setblocking(False)
                waiting.connect_ex((name, port))
        monkeypatch.setattr(socket, "getaddrinfo", with_two_that_hang)
        started = time.monotonic()
        assert get(server, http(timeout=10.0)).startswith(b"<?xml")
    assert 0.1 <= time.monotonic() - started < 5.0


def test_what_the_reader_refuses_is_asked_for_again() -> None:
    seen: list[bytes] = []

    def read(body: bytes) -> int:
        seen.append(body)
        if len(seen) < 3:
            raise BadAnswer("not yet")
        return len(seen)

    with ArxivServer(PAPERS) as server:
        assert http().get(f"{server.api_url}?search_query=cat:cs.CL", read) == 3


def test_content_that_stays_wrong_is_given_up_within_ten_seconds() -> None:
    def read(body: bytes) -> int:
        raise BadAnswer("an entry without its dates", lasting=True)

    clock = SkippingClock()
    with ArxivServer(PAPERS) as server:
        client = http(clock, delay=3.0)
        with pytest.raises(SourceError, match=r"an entry without its dates .asked 3 times"):
            client.get(f"{server.api_url}?search_query=cat:cs.CL", read)
    assert clock.skipped <= 10


@pytest.mark.parametrize("url", ["localhost:8000/rss", "ftp://127.0.0.1/rss", "http://[::1/rss", "http://h:port/rss"])
def test_an_address_that_is_none_is_an_error_at_once(url: str) -> None:
    client = http()
    with pytest.raises(SourceError, match="check the endpoint"):
        client.get(url, bytes)
    assert client.requests == 1


def test_an_unreachable_server_is_a_source_error() -> None:
    with pytest.raises(SourceError, match="no answer: ConnectError"):
        http().get("http://127.0.0.1:9/", bytes)


@pytest.mark.parametrize("bomb", BOMBS)
def test_an_answer_made_to_exhaust_is_one_line_and_is_not_asked_for_again(bomb: str) -> None:
    with ArxivServer(PAPERS, plan=lambda kind, number: bomb) as server:
        client = http(timeout=10.0)
        with pytest.raises(SourceError) as caught:
            rss(server, client).listing(Window(since=TONIGHT, until=TONIGHT))
        assert (len(server.calls), "\n" in str(caught.value)) == (1, False)
    assert "check" in str(caught.value)


def test_a_gzip_answer_is_read_and_a_length_padded_with_zeros_too() -> None:
    for fault in ("gzip", "padded length"):
        with ArxivServer(PAPERS, plan=lambda kind, number, fault=fault: fault) as server:  # type: ignore[misc]
            assert get(server, http()).startswith(b"<?xml")


def test_what_an_address_holds_besides_its_host_is_never_shown_and_follows_no_redirect() -> None:
    with (
        ArxivServer(PAPERS) as other,
        ArxivServer(PAPERS, plan=lambda kind, number: f"moved {other.api_url}") as server,
    ):
        url = server.api_url.replace("http://", "http://me:ghp_canary@") + "?key=ghp_canary"
        with pytest.raises(SourceError, match=r"has moved to http://127.0.0.1:\d+: set the endpoint") as caught:
            http().get(url, bytes)
        assert (other.calls, "canary" in str(caught.value)) == ([], False)
        assert http().get(f"{server.api_url}?search_query=cat:cs.CL", bytes).startswith(b"<?xml"), "nothing to hide"
