"""``triage run`` with the real ``openai`` client, against a server that speaks its protocol."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from agent.records import Window
from agent.sources.files.listing import ListingFile
from tests.conftest import ROOT
from tests.replicas.openai_answers import plain_answer
from tests.replicas.openai_faults import Fault
from tests.replicas.openai_personalities import Personality, error
from tests.replicas.openai_server import OpenAIServer
from tests.support import processes
from tests.support.cli import Commands

NIGHT = ROOT / "tests" / "fixtures" / "night.jsonl"
CATEGORIES = ("cs.CL", "cs.LG", "cs.AI", "cs.IR", "cs.SE")
PAPERS = ListingFile(NIGHT, CATEGORIES, True).listing(Window()).papers
RUN = ("run", "--source", NIGHT, "--judge", "openai", "--json")
GARDENS = ("run", "--config", ROOT / "tests" / "fixtures" / "gardens" / "triage.toml", "--source", NIGHT)
SMALL = (*GARDENS, "--judge", "openai", "--json")
"""The same night for another list: a small one is quicker to read, where it does not matter which it is."""


@pytest.fixture(autouse=True)
def _categories(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIAGE_SOURCE_CATEGORIES", json.dumps(CATEGORIES))


def point_at(server: OpenAIServer, monkeypatch: pytest.MonkeyPatch, key: str = "x") -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
    monkeypatch.setenv("OPENAI_API_KEY", key)


def verdicts(path: Path) -> dict[str, tuple[Any, ...]]:
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return {row["paper_id"]: (row["grade"], row["primary"], row["score"], row["bucket"]) for row in rows}


def batch_line(paper_id: str, body: Any) -> dict[str, Any]:
    """Return the line of Batch output that answers one line of input, as the server would."""
    message = {"role": "assistant", "content": json.dumps(plain_answer(paper_id, body))}
    completion = {"model": body["model"], "choices": [{"index": 0, "finish_reason": "stop", "message": message}]}
    return {"custom_id": paper_id, "response": {"status_code": 200, "body": completion}}


def test_every_paper_is_judged_and_the_cost_is_what_the_server_counted(
    triage: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    with OpenAIServer(PAPERS) as server:
        point_at(server, monkeypatch)
        ended = triage(*RUN)
    report = ended.json
    assert ended.code == 0
    assert sum(report["buckets"].values()) == report["listed"] == len(PAPERS)
    asked = {call.paper_id for call in server.calls}
    assert len(asked) == report["listed"] - report["buckets"]["off_category"]
    counted = server.tokens()
    cost = report["cost"]
    assert {name: cost[name] for name in counted} == counted
    assert cost["usd"] > 0
    prefixes = {call.body["messages"][0]["content"] for call in server.calls}
    assert len(prefixes) == 1, "the static prompt must be the same bytes for every paper"


def test_a_server_whose_context_is_shorter_than_known_is_asked_with_the_compact_prompt(
    triage: Commands, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(body: Mapping[str, Any]) -> tuple[int, object] | None:
        tokens = sum(len(message["content"]) for message in body["messages"]) // 4
        text = (
            f"This model's maximum context length is 16384 tokens. However, your messages resulted in {tokens} tokens."
        )
        return (400, error(text, code="context_length_exceeded")) if tokens > 16384 else None

    with OpenAIServer(PAPERS, personality=Personality("short", "-", refuses=refuse)) as server:
        point_at(server, monkeypatch)
        ended = triage(*RUN, "--judgments", tmp_path / "rows.jsonl")
    assert ended.code == 0 and ended.json["buckets"]["failed"] == 0
    judged = [
        row["judge"] for row in map(json.loads, (tmp_path / "rows.jsonl").read_text().splitlines()) if row["judge"]
    ]
    assert judged and {judge["prompt"].partition("@")[0] for judge in judged} == {"judge/v1"}
    lengths = [len(call.body["messages"][0]["content"]) for call in server.calls]
    assert max(lengths) > 60_000, "the full prompt is tried first, since the model is known to hold it"


def test_a_second_run_and_a_recorded_judge_ask_nothing(triage: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    with OpenAIServer(PAPERS) as server:
        point_at(server, monkeypatch)
        first = triage(*SMALL).json
        asked = len(server.calls)
        triage(*SMALL, "--rejudge")
        assert len(server.calls) == asked
    recorded = triage(*GARDENS, "--judge", "recorded", "--rejudge", "--json").json
    assert recorded["buckets"]["failed"] == 0
    assert recorded["cost"]["calls"] == 0
    assert first["cost"]["calls"] == asked


def test_faults_that_a_retry_can_heal_change_no_verdict(
    triage: Commands, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with OpenAIServer(PAPERS) as server:
        point_at(server, monkeypatch)
        triage(*SMALL, "--judgments", tmp_path / "calm.jsonl", state=tmp_path / "calm")
    faults = [Fault("server_error", share=0.2, seed=1), Fault("invalid_json", share=0.2, seed=2)]
    with OpenAIServer(PAPERS, faults=faults) as server:
        point_at(server, monkeypatch)
        triage(*SMALL, "--judgments", tmp_path / "stormy.jsonl", state=tmp_path / "stormy")
    assert verdicts(tmp_path / "stormy.jsonl") == verdicts(tmp_path / "calm.jsonl")


def test_requests_go_out_and_answers_come_back_to_the_same_verdicts(
    triage: Commands, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with OpenAIServer(PAPERS) as server:
        point_at(server, monkeypatch)
        triage(*SMALL, "--judgments", tmp_path / "live.jsonl", state=tmp_path / "live")
        plan = triage(*SMALL, "--requests", tmp_path / "q.jsonl", state=tmp_path / "elsewhere").json
        lines = [json.loads(line) for line in (tmp_path / "q.jsonl").read_text().splitlines()]
        assert plan["papers"] == len(lines)
    monkeypatch.delenv("OPENAI_API_KEY")
    monkeypatch.delenv("OPENAI_BASE_URL")
    batch = [batch_line(line["custom_id"], line["body"]) for line in lines]
    random.Random(1).shuffle(batch)
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in batch))
    arguments = (*GARDENS, "--answers", tmp_path / "a.jsonl", "--json")
    ended = triage(*arguments, "--judgments", tmp_path / "back.jsonl", state=tmp_path / "elsewhere")
    assert ended.code == 0
    assert verdicts(tmp_path / "back.jsonl") == verdicts(tmp_path / "live.jsonl")


def test_answers_that_are_missing_or_broken_are_failures(triage: Commands, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("not json\n")
    ended = triage(*GARDENS, "--answers", tmp_path / "a.jsonl", "--json")
    assert ended.code == 4
    assert ended.json["buckets"]["failed"] == ended.json["listed"] - ended.json["buckets"]["off_category"]


def test_bytes_that_are_no_text_cost_the_line_they_are_in_and_not_the_file(triage: Commands, tmp_path: Path) -> None:
    triage(*SMALL, "--requests", tmp_path / "q.jsonl", state=tmp_path / "elsewhere")
    lines = [json.loads(line) for line in (tmp_path / "q.jsonl").read_text().splitlines()]
    answers = [json.dumps(batch_line(line["custom_id"], line["body"])).encode() for line in lines]
    (tmp_path / "a.jsonl").write_bytes(
        b"\n".join([b"\xff\xfe" + answers[0], *answers[1:-1], answers[-1][:90] + b"\xc3"])
    )
    ended = triage(*GARDENS, "--answers", tmp_path / "a.jsonl", "--json")
    assert {failure["paper_id"] for failure in ended.json["failures"]} == {
        lines[place]["custom_id"] for place in (0, -1)
    }


def test_a_model_without_a_price_costs_null_and_takes_no_cap(triage: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    with OpenAIServer(PAPERS) as server:
        point_at(server, monkeypatch)
        assert triage(*RUN, "--model", "our-own", "--no-cap").json["cost"]["usd"] is None
        asked = len(server.calls)
        for cap in ((), ("--max-cost", "1")):
            refused = triage(*RUN, "--model", "our-own", *cap)
            assert (refused.code, "our-own" in refused.line, "--no-cap" in refused.line) == (2, True, True)
    assert len(server.calls) == asked


def test_over_the_cap_papers_are_failed_and_asked_by_the_next_run(
    triage: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    with OpenAIServer(PAPERS) as server:
        point_at(server, monkeypatch)
        capped = triage(*SMALL, "--max-cost", "0.002")
        failed = capped.json["buckets"]["failed"]
        assert (capped.code, failed > 0) == (4, True)
        assert all("cost cap" in failure["reason"] for failure in capped.json["failures"])
        assert triage(*SMALL).json["buckets"]["failed"] == 0
        assert max(Counter(call.paper_id for call in server.calls).values()) == 1


@pytest.mark.parametrize(
    ("server", "key", "wrong", "said"),
    [
        ({"key": "right"}, "wrong", (), "OPENAI_API_KEY"),
        ({"models": ["other"]}, "x", (), "gpt-6-luna"),
        ({}, "x", ("--max-cost", "0"), "max-cost"),
    ],
    ids=["wrong key", "unknown model", "cap of 0"],
)
def test_a_server_that_refuses_us_is_one_line_and_exit_2(
    triage: Commands,
    monkeypatch: pytest.MonkeyPatch,
    server: dict[str, Any],
    key: str,
    wrong: tuple[str, ...],
    said: str,
) -> None:
    with OpenAIServer(PAPERS, **server) as running:
        point_at(running, monkeypatch, key)
        ended = triage(*SMALL, *wrong)
    assert (ended.code, said in ended.line) == (2, True)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OPENAI_BASE_URL", "127.0.0.1:8000/v1"),
        ("OPENAI_BASE_URL", "http://[bad/v1"),
        ("OPENAI_API_KEY", "sk-\u201cquoted\u201d"),
    ],
)
def test_what_can_be_no_address_or_key_is_one_line_and_exit_2(
    triage: Commands, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "x")
    monkeypatch.setenv(name, value)
    ended = triage(*SMALL)
    assert (ended.code, name in ended.line) == (2, True)
    assert "quoted" not in ended.line


def test_a_base_url_without_v1_is_said_to_be_one(triage: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    with OpenAIServer(PAPERS) as server:
        point_at(server, monkeypatch)
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url.removesuffix("/v1"))
        ended = triage(*SMALL)
    assert (ended.code, "/v1" in ended.line) == (2, True)


def test_after_kills_at_any_moment_no_paper_was_paid_for_twice_but_those_in_flight(
    triage: Commands, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with OpenAIServer(PAPERS, latency=0.15) as server:
        point_at(server, monkeypatch)
        monkeypatch.setenv("TRIAGE_JUDGE_CONCURRENCY", "4")
        in_flight = 0
        for kill in range(3):
            before = len(server.calls)
            child = processes.triage(*SMALL, "--state", triage.state, err=tmp_path / "err.txt")
            deadline = time.monotonic() + 30
            while len(server.calls) < before + 2 + kill and child.alive and time.monotonic() < deadline:
                time.sleep(0.01)
            child.kill()
            in_flight += 4
        monkeypatch.delenv("TRIAGE_JUDGE_CONCURRENCY")
        assert triage(*SMALL).json["buckets"]["failed"] == 0
    calls = Counter(call.paper_id for call in server.calls)
    assert sum(calls.values()) - len(calls) <= in_flight
