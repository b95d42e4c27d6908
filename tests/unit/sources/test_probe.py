"""The cost of one look at a server is bounded, whatever it sends."""

from __future__ import annotations

import pytest

from agent.sources.probe import probe
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
