"""``triage status``: what it says of coverage and cost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.database.store import open_store
from agent.records import SAVED_LISTING, Coverage
from tests.conftest import ROOT
from tests.replicas.openai_server import OpenAIServer
from tests.support.cli import Commands

GARDENS = ROOT / "tests" / "fixtures" / "gardens"
CONFIG = ("--config", GARDENS / "triage.toml", "--json")


def test_an_incomplete_day_is_not_hidden_by_a_saved_listing_or_another_category(
    triage: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIAGE_SOURCE_CATEGORIES", '["cs.CL"]')
    day = datetime.now(UTC).date() - timedelta(days=2)
    short = Coverage(day=day, category="cs.CL", source="api", listed=3, complete=False, reason="broke off")
    saved = Coverage(day=day, category="cs.CL", source=SAVED_LISTING, listed=9, complete=True)
    other = Coverage(day=day, category="cs.AI", source="api", listed=9, complete=True)
    with open_store(triage.state, exclusive=True) as store:
        store.save_coverage([short, saved, other])
    assert triage("status", *CONFIG).json["coverage"] == [short.model_dump(mode="json")]


def test_a_run_at_an_unknown_price_leaves_the_sum_unknown(triage: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    assert triage("status", *CONFIG).json["usd"] == 0
    night = ("run", *CONFIG, "--source", Path(GARDENS / "night.jsonl"), "--deliver", "none")
    with OpenAIServer() as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        triage(*night, "--judge", "openai", "--model", "our-own", "--no-cap")
    assert triage("status", *CONFIG).json["usd"] is None
