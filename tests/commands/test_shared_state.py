"""The commands on a PostgreSQL database that two lists share, and a state that moves into it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from agent.database.tables import VERSION
from tests.conftest import ROOT
from tests.support.cli import Commands

GARDENS = ROOT / "tests" / "fixtures" / "gardens"
CONFIG = ["--config", GARDENS / "triage.toml"]
NIGHT = ["--source", GARDENS / "night.jsonl", "--judge", "local"]


def shown(triage: Commands) -> Any:
    """Return what status says of the list, without the times of its runs."""
    told = triage("status", *CONFIG, "--json").json
    changing = ("run_id", "patch", "ended", "duration_s")
    runs = [{key: value for key, value in run.items() if key not in changing} for run in told["runs"]]
    return {"runs": runs, "queue": told["queue"], "learned": told["learned"]}


def test_a_night_is_the_same_on_postgresql_as_on_sqlite(
    triage: Commands, shared_state: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = triage("run", *CONFIG, *NIGHT, "--json").json
    here = shown(triage)
    monkeypatch.setenv("TRIAGE_STATE_URL", shared_state)
    triage.state = tmp_path / "other"
    second = triage("run", *CONFIG, *NIGHT, "--json").json
    assert (second["buckets"], second["drafts"]) == (first["buckets"], first["drafts"])
    assert Path(second["patch"]).parent == triage.state / "patches"
    assert shown(triage) == here
    assert not (triage.state / "triage.sqlite3").exists()
    monkeypatch.setenv("TRIAGE_STATE_LIST", "another")
    assert shown(triage)["runs"] == []


def test_a_state_moves_with_all_its_rows_and_only_once(
    triage: Commands, shared_state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    triage("run", *CONFIG, *NIGHT)
    before = shown(triage)
    moved = triage("state", "copy", *CONFIG, "--to", shared_state, "--json")
    assert moved.code == 0
    assert (moved.json["list"], moved.json["rows"]["papers"], moved.json["rows"]["drafts"]) == ("gardens", 7, 3)
    engine = create_engine(shared_state)
    with engine.connect() as connection:
        for table, count in moved.json["rows"].items():
            assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == count
    engine.dispose()
    again = triage("state", "copy", *CONFIG, "--to", shared_state)
    assert (again.code, "already holds a list 'gardens'" in again.line) == (2, True)
    monkeypatch.setenv("TRIAGE_STATE_URL", shared_state)
    assert shown(triage) == before
    onto_itself = triage("state", "copy", *CONFIG, "--to", shared_state)
    assert (onto_itself.code, "is in PostgreSQL database" in onto_itself.line) == (2, True)


def test_a_copy_that_fails_leaves_nothing_behind(triage: Commands, shared_state: str, tmp_path: Path) -> None:
    triage("run", *CONFIG, *NIGHT)
    assert triage("status", *CONFIG, "--json", state=tmp_path / "empty").code == 0
    assert triage("state", "copy", *CONFIG, "--to", shared_state, state=tmp_path / "empty").code == 0
    engine = create_engine(shared_state)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE runs ADD CONSTRAINT no CHECK (id = '')"))
    ended = triage("state", "copy", *CONFIG, "--to", shared_state)
    assert (ended.code, 'violates check constraint "no"' in ended.err) == (2, True)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM papers")).scalar_one() == 0
    engine.dispose()


def test_a_password_on_the_command_line_is_refused_and_not_repeated(triage: Commands) -> None:
    ended = triage("state", "copy", *CONFIG, "--to", "postgresql://ann:secret@127.0.0.1/triage")
    assert (ended.code, "PGPASSWORD" in ended.line, "secret" in ended.line) == (2, True, False)


def test_doctor_tells_of_the_database(triage: Commands, shared_state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def state() -> Any:
        checks = triage("doctor", *CONFIG, "--offline", "--json").json["checks"]
        return next(check for check in checks if check["subject"] == "state")

    monkeypatch.setenv("TRIAGE_STATE_URL", shared_state)
    assert "to be made by the first run" in state()["found"]
    triage("run", *CONFIG, *NIGHT)
    assert state()["found"].startswith("list gardens in PostgreSQL database postgres at ")
    assert state()["found"].endswith(f"schema version {VERSION}")
    monkeypatch.setenv("TRIAGE_STATE_URL", "postgresql://ann:secret@127.0.0.1:1/triage")
    assert (state()["ready"], "secret" in str(state())) == (False, False)
    assert "that the server runs" in state()["remedy"]
