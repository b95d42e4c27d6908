"""One night of a fleet: not done again by a later attempt, within the money of the day, and told to be tried again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from agent.commands.output import summary_line
from agent.database.shared.database import FileDatabase, SharedDatabase
from agent.database.shared.nights import FleetNights
from agent.errors import DatabaseLostError
from agent.jobs.fleet_file import Fleet, read_fleet
from agent.jobs.folders import OWN_FOLDER, load_list_settings
from agent.jobs.ledgers import NoLedger, open_ledger
from agent.jobs.night import Ledger, NightEnded, NightWanted, run_night
from agent.ports import Unwatched
from agent.records import Paper
from agent.wiring.state import open_state
from tests.conftest import ROOT
from tests.replicas.openai_answers import plain_answer
from tests.replicas.openai_server import OpenAIServer
from tests.unit.jobs.test_fleet_file import fleet_file

GARDENS = ROOT / "tests" / "fixtures" / "gardens"
NOON = datetime(2025, 11, 13, 12, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "postgresql":
        monkeypatch.setenv("TRIAGE_STATE_URL", request.getfixturevalue("shared_state"))


def fleet_of(folder: Path, *lines: str) -> Fleet:
    lists = []
    for name in ("first", "second"):
        shutil.copytree(GARDENS, folder / name)
        lists.append(f'[[lists]]\nname = "{name}"\nfolder = "{name}"')
    return read_fleet(fleet_file(folder, "\n".join((*lines, *lists))))


def night(
    fleet: Fleet, name: str = "first", job: int = 7, attempt: int = 0, ledger: Ledger | None = None, **overrides: Any
) -> NightEnded:
    given = {"source": {"kind": str(GARDENS / "night.jsonl")}, "judge": {"kind": "local"}} | overrides
    wanted = NightWanted(
        chosen=fleet.list_named(name),
        name="20251113-043000",
        job=job,
        attempt=attempt,
        deliver="patch",
        overrides=given,
    )
    kept = ledger or open_ledger(fleet, lambda: NOON)
    return run_night(fleet, wanted, Unwatched(), lambda: NOON, summarise=summary_line, ledger=kept)


@pytest.mark.usefixtures("database")
def test_a_night_that_was_done_is_not_done_again(tmp_path: Path) -> None:
    fleet = fleet_of(tmp_path)
    first = night(fleet)
    again = night(fleet, attempt=1)
    assert (first.code, again.code, again.retry) == (0, 0, False)
    assert again.line.endswith("done by an earlier attempt")
    with open_state(load_list_settings(fleet, fleet.list_named("first")), exclusive=False) as store:
        assert [report.run_id for _, report in store.runs(9)] == ["20251113-043000-7-0"]


@pytest.mark.usefixtures("database")
def test_the_money_of_the_day_is_shared_by_all_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet = fleet_of(tmp_path, "max_cost_usd_per_day = 0.001")
    rows = [json.loads(line) for line in (GARDENS / "night.jsonl").read_text().splitlines()]
    with OpenAIServer(Paper.model_validate(row) for row in rows) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-none")
        ended = [night(fleet, name, judge={"kind": "openai"}) for name in ("first", "second")]
        ended.append(night(fleet, job=8, judge={"kind": "openai"}))  # queued again by hand
    assert [(each.code, each.retry) for each in ended] == [(4, True)] * 3
    assert all("cost cap" in each.line for each in ended)
    assert not server.calls, "a call may cost more than what the fleet may spend"


@pytest.mark.usefixtures("database")
def test_what_a_night_spent_before_it_failed_counts_for_the_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet = fleet_of(tmp_path, "max_cost_usd_per_day = 5.0")
    settings = load_list_settings(fleet, fleet.list_named("first"))

    def answer(paper_id: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        if server.answered():
            with open_state(settings, exclusive=False) as store, store.engine.begin() as connection:
                connection.execute(text("DROP TABLE IF EXISTS judgments"))
        return plain_answer(paper_id, body)

    with OpenAIServer(answers=answer) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-none")
        failed = night(fleet, judge={"kind": "openai", "concurrency": 1})
    assert (failed.code, failed.retry, failed.report, failed.spent > 0) == (4, True, None, True)
    own = FileDatabase(tmp_path / OWN_FOLDER)
    nights = FleetNights(SharedDatabase(fleet.state_url) if fleet.state_url else own)
    assert nights.spent_on(NOON.date()) == {"first": round(failed.spent, 6)}


def test_without_a_database_a_killed_night_counts_with_all_it_could_have_spent(tmp_path: Path) -> None:
    fleet = fleet_of(tmp_path, "max_cost_usd_per_day = 5.0")
    wanted = NightWanted(chosen=fleet.list_named("first"))
    assert [open_ledger(fleet, lambda: NOON).begin(wanted, 3.0) for _ in range(3)] == [3.0, 2.0, 0.0]


def test_a_night_that_was_granted_no_money_is_left_to_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet = fleet_of(tmp_path, "max_cost_usd_per_day = 0.5")
    open_ledger(fleet, lambda: NOON).begin(NightWanted(chosen=fleet.list_named("second")), 1.0)
    with OpenAIServer() as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-none")
        ended = night(fleet, judge={"kind": "openai"})
        assert not server.calls
    assert (ended.code, ended.retry, "cost cap" in ended.line) == (4, False, True)


def test_the_attempts_at_a_night_share_the_cap_of_its_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet = fleet_of(tmp_path)
    judge = {"kind": "openai", "max_cost_usd": 0.0005, "max_output_tokens": 200, "concurrency": 1}
    rows = [json.loads(line) for line in (GARDENS / "night.jsonl").read_text().splitlines()]
    with OpenAIServer(Paper.model_validate(row) for row in rows) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-none")
        first, again = (night(fleet, attempt=attempt, judge=judge) for attempt in range(2))
        assert first.spent > 0
        assert f"of ${round(0.0005 - first.spent, 9):f}".rstrip("0") in again.line, "what the first attempt left"
        asked = len(server.calls)
        night(fleet, job=8, judge=judge)  # queued again by hand
        assert len(server.calls) > asked


def test_a_night_that_the_ledger_cannot_take_is_done_in_part_and_stops_no_other(tmp_path: Path) -> None:
    class Lost(NoLedger):
        def end(self, wanted: NightWanted, ended: NightEnded) -> None:
            raise DatabaseLostError("the ledger")

    ended = night(fleet_of(tmp_path), ledger=Lost())
    assert (ended.code, ended.retry, ended.report is not None) == (4, True, True)
    assert "what it spent could not be written down: the ledger: the connection was lost" in ended.line


def test_a_watcher_that_cannot_be_told_is_named_in_the_line_of_the_night(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIAGE_NOTIFY_PING_URL", "http://127.0.0.1:9/secret")
    fleet = fleet_of(tmp_path)
    ended = [night(fleet), night(fleet, "second", source={"kind": str(tmp_path / "missing.jsonl")})]
    assert [each.code for each in ended] == [0, 3]
    for each in ended:
        assert each.line.count("127.0.0.1:9 could not be notified (ConnectError)") == 1
        assert "secret" not in each.line


def test_what_may_help_later_is_tried_again_and_what_needs_a_person_is_not(tmp_path: Path) -> None:
    fleet = fleet_of(tmp_path)
    (tmp_path / "first" / "triage.toml").unlink()
    missing = night(fleet)
    assert (missing.code, missing.retry, "no triage.toml" in missing.line) == (2, False, True)
    with open_state(load_list_settings(fleet, fleet.list_named("second")), exclusive=True):
        in_use = night(fleet, "second")
    assert (in_use.code, in_use.retry, "in use by another run" in in_use.line) == (2, True, True)
