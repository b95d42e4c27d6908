"""``--batch``: a night asks in one call and is reported in a later one, at half the price."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from agent.database.store import open_store
from agent.records import Bucket
from tests.commands.test_run_openai import CATEGORIES, GARDENS, PAPERS, SMALL, point_at
from tests.replicas.openai_server import OpenAIServer
from tests.support.cli import Commands


@pytest.fixture(autouse=True)
def _categories(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIAGE_SOURCE_CATEGORIES", json.dumps(CATEGORIES))


def test_a_night_in_batches_ends_as_one_without_at_half_the_price(
    triage: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    with OpenAIServer(PAPERS) as server:
        point_at(server, monkeypatch)
        live = triage(*SMALL, state=triage.state.with_name("live")).json
        first = triage(*SMALL, "--batch")
        assert first.code == 0
        asked = first.json["buckets"]["batched"]
        assert asked == live["cost"]["calls"]
        assert "come back" in first.line
        calls = [triage(*SMALL, "--batch").json for _ in range(4)]
    assert [night["buckets"].get("batched", 0) for night in calls] == [asked, asked, asked, 0]
    last = calls[-1]
    judged = {name: last["buckets"][name] for name in ("drafted", "queued", "rejected", "failed")}
    assert judged == {name: live["buckets"][name] for name in judged}
    assert sorted(d["paper_id"] for d in last["drafts"]) == sorted(d["paper_id"] for d in live["drafts"])
    assert last["cost"]["output_tokens"] == live["cost"]["output_tokens"]
    assert 0 < Decimal(last["cost"]["usd"]) <= Decimal(live["cost"]["usd"]) * Decimal("0.6")
    assert set(server.batches.paid.values()) == {1}


def test_a_dry_run_of_batches_estimates_what_they_cost_and_needs_what_they_need(
    triage: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = (*GARDENS, "--json", "--dry-run", "--batch")
    refused = triage(*batch)
    assert (refused.code, "OPENAI_API_KEY" in refused.line) == (2, True)
    monkeypatch.setenv("OPENAI_API_KEY", "x")
    plain, half = triage(*GARDENS, "--json", "--dry-run").json, triage(*batch).json
    assert half["papers"] == plain["papers"] > 0
    assert float(half["worst_usd"]) == pytest.approx(float(plain["worst_usd"]) / 2)


def test_a_night_without_batches_leaves_the_papers_of_a_batch_alone(
    triage: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    with OpenAIServer(PAPERS) as server:
        point_at(server, monkeypatch)
        asked = triage(*SMALL, "--batch").json["buckets"]["batched"]
        plain = triage(*SMALL)
        assert plain.json["cost"]["calls"] == 0
        assert f"{asked} papers wait in batches" in plain.line
    with open_store(triage.state, exclusive=False) as store:
        assert list(store.latest_outcomes().values()).count(Bucket.BATCHED) == asked


def test_batches_are_for_models_and_bring_their_answers_themselves(triage: Commands) -> None:
    assert "--batch asks a model" in triage(*SMALL, "--judge", "local", "--batch").line
    assert "leave --requests and --answers out" in triage(*SMALL, "--batch", "--requests", "x.jsonl").line
