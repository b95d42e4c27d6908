"""The cost of one look at a server is bounded, whatever it sends."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.deliveries.notifications import Notifier
from agent.sources.probe import probe
from agent.tls import tls_context
from tests.replicas.arxiv_server import ArxivServer
from tests.support.arxiv_night import week


@pytest.mark.parametrize("bomb", ["gzip bomb", "brotli", "long text", "endless length"])
def test_an_answer_made_to_exhaust_is_a_problem_and_not_read(bomb: str) -> None:
    with ArxivServer(week(), plan=lambda kind, number: bomb) as server:
        seen = probe(server.api_url)
    assert (seen.status, seen.body) == (None, None)
    assert seen.problem


def test_a_feed_is_an_answer_without_json() -> None:
    with ArxivServer(week()) as server:
        seen = probe(f"{server.api_url}?search_query=cat:cs.CL")
    assert (seen.status, seen.body, seen.problem) == (200, None, None)


def test_certificates_that_cannot_be_read_are_a_problem_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "gone.pem"))
    tls_context.cache_clear()
    try:
        assert "gone.pem" in (probe("https://127.0.0.1:9/").problem or "")
        notifier = Notifier(ping_url="https://127.0.0.1:9/ping")
        with notifier.watching():
            pass
        assert ["127.0.0.1:9 could not be notified" in each and "gone.pem" in each for each in notifier.problems] == [
            True
        ]
    finally:
        tls_context.cache_clear()
