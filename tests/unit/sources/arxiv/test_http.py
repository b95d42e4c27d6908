from __future__ import annotations

import pytest

from agent.errors import SourceError
from agent.sources.arxiv.http import ArxivHttp, BadAnswer
from tests.replicas.arxiv_server import ArxivServer
from tests.support.arxiv_night import SkippingClock, http, week

PAPERS = week()


def get(server: ArxivServer, client: ArxivHttp) -> bytes:
    return client.get(f"{server.api_url}?search_query=cat:cs.CL", bytes)


def test_retry_after_is_obeyed_and_counts_on_top_of_nothing_else() -> None:
    clock = SkippingClock()
    with ArxivServer(PAPERS, plan=lambda kind, number: "429 retry-after" if number == 0 else "") as server:
        assert get(server, http(clock, delay=0.0)).startswith(b"<?xml")
    assert clock.skipped == pytest.approx(2.0)


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


@pytest.mark.parametrize("fault", ["hang", "drip", "drip in the head"])
def test_an_answer_that_never_ends_is_given_up(fault: str) -> None:
    clock = SkippingClock()
    with ArxivServer(PAPERS, plan=lambda kind, number: fault) as server:
        started = clock.now()
        with pytest.raises(SourceError, match="no answer within"):
            get(server, http(clock, timeout=0.1, attempts=2, delay=0.0))
        assert clock.now() - started < 2.0


def test_what_the_reader_refuses_is_asked_for_again() -> None:
    seen: list[bytes] = []

    def read(body: bytes) -> int:
        seen.append(body)
        if len(seen) < 3:
            raise BadAnswer("not yet")
        return len(seen)

    with ArxivServer(PAPERS) as server:
        assert http().get(f"{server.api_url}?search_query=cat:cs.CL", read) == 3


@pytest.mark.parametrize("url", ["localhost:8000/rss", "ftp://127.0.0.1/rss", "http://[::1/rss", "http://h:port/rss"])
def test_an_address_that_is_none_is_an_error_at_once(url: str) -> None:
    client = http()
    with pytest.raises(SourceError, match="check the endpoint"):
        client.get(url, bytes)
    assert client.requests == 1


def test_an_unreachable_server_is_a_source_error() -> None:
    with pytest.raises(SourceError, match="no answer: ConnectError"):
        http().get("http://127.0.0.1:9/", bytes)
