"""Nights of several lists: one after the other, and by workers of whom one is killed and one stands still."""

from __future__ import annotations

import asyncio
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from agent import cli
from agent.database.shared.queue import worker_session
from agent.database.store import open_shared_store
from agent.errors import DatabaseLostError
from agent.jobs.fleet_file import read_fleet
from agent.jobs.queue import NightQueue
from evals.benchmarks.fleet.nights import FleetPlan, measure
from tests.conftest import ROOT
from tests.support.cli import Ended

GARDENS = ROOT / "tests" / "fixtures" / "gardens"
NIGHT = ["--source", GARDENS / "night.jsonl", "--judge", "local"]


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    """Two lists that can be read, and one that cannot."""
    for name in ("first", "second"):
        shutil.copytree(GARDENS, tmp_path / name)
    path = tmp_path / "fleet.toml"
    # Half a year away: a worker takes up a night whose time has just passed.
    cron = f"0 0 1 {(datetime.now(UTC).month + 5) % 12 + 1} *"
    names = ("first", "gone", "second")
    path.write_text("".join(f'[[lists]]\nname = "{name}"\nfolder = "{name}"\ncron = "{cron}"\n' for name in names))
    return path


def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: object) -> Ended:
    """Type a command that has no state folder of its own."""
    monkeypatch.setattr(sys, "argv", ["triage", *map(str, words)])
    capsys.readouterr()
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    out, err = capsys.readouterr()
    return Ended(int(stopped.value.code or 0), out, err)


def test_all_lists_are_taken_in_turn_and_the_worst_exit_code_counts(
    fleet: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = run(monkeypatch, capsys, "run", "--all", "--fleet", fleet, *NIGHT, "--json")
    assert ended.code == 2
    nights = {night["list"]: night for night in ended.json["nights"]}
    assert {name: night["exit"] for name, night in nights.items()} == {"first": 0, "gone": 2, "second": 0}
    assert [line.split(":")[0] for line in ended.err.splitlines()] == ["first", "gone", "second"]
    assert nights["first"]["report"]["drafts"] == nights["second"]["report"]["drafts"]
    for name in ("first", "second"):
        patch = Path(nights[name]["report"]["patch"])
        assert patch.parent == fleet.parent / name / ".triage" / "patches"


def test_every_command_of_a_fleet_reads_the_file_that_the_environment_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRIAGE_FLEET", str(tmp_path / "ours.toml"))
    days = ("--since", "2025-11-13", "--until", "2025-11-13")
    for words in (
        ("run", "--all"),
        ("worker",),
        ("fleet", "status"),
        ("fleet", "run"),
        ("fleet", "backfill", "a", *days),
    ):
        ended = run(monkeypatch, capsys, *words)
        assert (ended.code, f"{tmp_path / 'ours.toml'}: No such file" in ended.line) == (2, True)


@pytest.mark.parametrize("given", [("--show-prompt", "2511.00001"), ("--show-prompt", ""), ("--max-cost", "0")])
def test_what_concerns_one_list_is_refused_for_all(
    fleet: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], given: tuple[str, str]
) -> None:
    ended = run(monkeypatch, capsys, "run", "--all", "--fleet", fleet, *given)
    assert (ended.code, f"{given[0]} cannot be given with --all" in ended.line) == (2, True)


def test_a_worker_takes_the_queued_nights_and_the_status_tells_of_them(
    fleet: Path, shared_state: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRIAGE_STATE_URL", shared_state)
    monkeypatch.setenv("TRIAGE_SOURCE_KIND", str(GARDENS / "night.jsonl"))
    monkeypatch.setenv("TRIAGE_JUDGE_KIND", "local")
    queued = run(monkeypatch, capsys, "fleet", "run", "--fleet", fleet, "--json").json
    assert queued == {"queued": ["first", "gone", "second"], "waiting_already": []}
    assert run(monkeypatch, capsys, "fleet", "run", "first", "--fleet", fleet, "--json").json["queued"] == []
    status = run(monkeypatch, capsys, "fleet", "status", "--fleet", fleet, "--json").json
    assert [row["state"] for row in status["lists"]] == ["queued"] * 3
    assert all(datetime.fromisoformat(row["next_night"]) > datetime.now(UTC) for row in status["lists"])
    ended = run(monkeypatch, capsys, "worker", "--fleet", fleet, "--until-empty")
    assert ended.code == 0
    status = run(monkeypatch, capsys, "fleet", "status", "--fleet", fleet, "--json").json
    rows = {row["name"]: row for row in status["lists"]}
    assert {name: (row["state"], row["code"], row["open_drafts"]) for name, row in rows.items()} == {
        "first": ("idle", 0, 3),
        "gone": ("failed", 2, 0),
        "second": ("idle", 0, 3),
    }
    assert (status["workers"], status["usd_today"], status["limit"]) == ([], 0.0, None)
    shown = run(monkeypatch, capsys, "fleet", "status", "--fleet", fleet)
    assert "failed" in shown.out and "no cap" in shown.out


def test_a_backfill_is_one_job_a_day_whose_papers_are_judged_and_not_drafted(
    fleet: Path, shared_state: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRIAGE_STATE_URL", shared_state)
    monkeypatch.setenv("TRIAGE_SOURCE_KIND", str(GARDENS / "night.jsonl"))
    monkeypatch.setenv("TRIAGE_JUDGE_KIND", "local")
    days = ["--since", "2025-11-12", "--until", "2025-11-13", "--fleet", fleet, "--json"]
    assert run(monkeypatch, capsys, "fleet", "backfill", "first", *days).json == {
        "list": "first",
        "queued": ["2025-11-12", "2025-11-13"],
        "waiting_already": 0,
    }
    assert run(monkeypatch, capsys, "fleet", "backfill", "first", *days).json["waiting_already"] == 2
    run(monkeypatch, capsys, "worker", "--fleet", fleet, "--until-empty")
    row = run(monkeypatch, capsys, "fleet", "status", "--fleet", fleet, "--json").json["lists"][0]
    assert (row["state"], row["code"], row["open_drafts"]) == ("idle", 0, 0)
    assert row["queued_papers"] > 0


@pytest.mark.parametrize("forget", ["DELETE FROM", "UPDATE procrastinate_workers SET last_heartbeat = '2020-01-01' --"])
def test_the_night_of_a_worker_that_stands_still_goes_to_one_that_starts(
    forget: str, fleet: Path, shared_state: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRIAGE_STATE_URL", shared_state)
    monkeypatch.setenv("TRIAGE_SOURCE_KIND", str(GARDENS / "night.jsonl"))
    monkeypatch.setenv("TRIAGE_JUDGE_KIND", "local")
    run(monkeypatch, capsys, "fleet", "run", "first", "--fleet", fleet)
    queue = NightQueue(read_fleet(fleet))

    async def take_a_night() -> int:
        async with queue.opened():
            worker = await queue.app.job_manager.register_worker()
            assert await queue.app.job_manager.fetch_job(queues=None, worker_id=worker)
            return worker

    frozen = worker_session(asyncio.run(take_a_night()))
    with (
        pytest.raises(DatabaseLostError),
        open_shared_store(shared_state, fleet.parent, "first", exclusive=True, session=frozen) as store,
    ):
        with queue.database.engine.begin() as connection:
            connection.execute(text(f"{forget} procrastinate_workers"))
        ended = run(monkeypatch, capsys, "worker", "--fleet", fleet, "--until-empty")
        assert "is dead; the night is queued again" in ended.err
        store.runs(1)
    row = run(monkeypatch, capsys, "fleet", "status", "--fleet", fleet, "--json").json["lists"][0]
    assert (row["state"], row["code"], row["open_drafts"]) == ("idle", 0, 3)


def test_a_list_that_the_fleet_file_of_a_worker_does_not_name_yet_stays_queued(
    fleet: Path, shared_state: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRIAGE_STATE_URL", shared_state)
    run(monkeypatch, capsys, "fleet", "run", "second", "--fleet", fleet)
    older = fleet.with_name("older.toml")
    older.write_text(f"[[lists]]{fleet.read_text().split('[[lists]]')[1]}")
    ended = run(monkeypatch, capsys, "worker", "--fleet", older, "--until-empty")
    assert "triage: second: no list 'second' in the fleet; its lists are first" in ended.err
    row = run(monkeypatch, capsys, "fleet", "status", "--fleet", fleet, "--json").json["lists"][2]
    assert (row["state"], row["attempts"]) == ("queued", 1)


def test_a_queue_that_the_user_may_not_fill_is_a_designed_error(
    fleet: Path, shared_state: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRIAGE_STATE_URL", shared_state)
    engine = NightQueue(read_fleet(fleet)).database.engine
    with engine.begin() as connection:
        connection.execute(text("DROP ROLE IF EXISTS reader"))
        connection.execute(text("CREATE ROLE reader LOGIN"))
        connection.execute(text("GRANT ALL ON SCHEMA public TO reader"))
        connection.execute(text("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader"))
    user = str(engine.url.username)
    monkeypatch.setenv("TRIAGE_STATE_URL", shared_state.replace(f"//{user}@", "//reader@"))
    for command in (["fleet", "run"], ["worker", "--until-empty"]):
        ended = run(monkeypatch, capsys, *command, "--fleet", fleet)
        assert (ended.code, "permission denied" in ended.err, "TO reader" in ended.err) == (2, True, True)
    with engine.begin() as connection:
        connection.execute(text("DROP OWNED BY reader"))
        connection.execute(text("DROP ROLE reader"))
        connection.execute(text("DROP FUNCTION procrastinate_fetch_job_v2"))
    monkeypatch.setenv("TRIAGE_STATE_URL", shared_state)
    ended = run(monkeypatch, capsys, "worker", "--fleet", fleet, "--until-empty")
    assert (ended.code, "another version of procrastinate" in ended.err) == (2, True)


@pytest.mark.slow
def test_every_night_is_done_once_though_a_worker_is_killed_and_another_stands_still(
    shared_state: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIAGE_STATE_URL", shared_state)  # also taken back at the end
    result = measure(
        FleetPlan(lists=3, workers=3, papers=16, disturb=True, frozen_for=5.0), shared_state, tmp_path / "fleet"
    )
    assert result.violations == []
    assert result.asked_again > 0, "the disturbed nights had requests in flight"
