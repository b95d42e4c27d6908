"""State folders of earlier versions: opened without a loss, and never left half migrated."""

from __future__ import annotations

import fcntl
import json
import random
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from agent.database import migrations
from agent.database.connection import sqlite_engine, writing
from agent.database.store import open_store
from agent.database.tables import LISTS, VERSION, metadata
from agent.errors import ConfigError
from agent.records import Bucket, Coverage, Decision, Draft, JudgeIdentity, Judgment, Paper, PaperRecord, RunReport
from tests.support import killed_migration
from tests.support.cli import Commands
from tests.support.decision_log import read_log
from tests.support.old_states import DUMPS, make_old_state
from tests.support.processes import Child

Rows = list[tuple[Any, ...]]


def ask(file: Path, query: str) -> Rows:
    with closing(sqlite3.connect(file)) as database:
        return database.execute(query).fetchall()


def content(file: Path) -> Mapping[str, Rows]:
    """Return all rows of all tables."""
    tables = [name for (name,) in ask(file, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    return {name: sorted(ask(file, f"SELECT * FROM {name}"), key=repr) for name in tables}


@pytest.mark.parametrize("name", DUMPS)
def test_every_row_of_an_old_state_comes_back_from_the_new_one(name: str, tmp_path: Path) -> None:
    file = make_old_state(name, tmp_path / "state")

    def old(query: str) -> Rows:
        return ask(file.with_name(f"triage.sqlite3.before-{VERSION}"), query)

    with open_store(tmp_path / "state", exclusive=False) as store:
        for paper_id, text in old("SELECT id, paper FROM papers"):
            assert store.paper(paper_id) == Paper.model_validate_json(text)
        texts = [text for (text,) in old("SELECT record FROM records ORDER BY key")]
        assert store.records() == tuple(map(PaperRecord.model_validate_json, texts))
        texts = [text for (text,) in old("SELECT paper FROM background ORDER BY id")]
        assert store.background() == tuple(map(Paper.model_validate_json, texts))
        for paper_id, judge, text in old("SELECT paper_id, judge, judgment FROM judgments"):
            paper = store.paper(paper_id)
            assert paper is not None
            judged = store.judgments([paper], JudgeIdentity.model_validate_json(judge))[paper.id]
            assert judged == Judgment.model_validate_json(text)
        for paper_id, text in old("SELECT paper_id, judgment FROM judgments GROUP BY paper_id HAVING max(rowid)"):
            assert store.latest_judgment(paper_id) == Judgment.model_validate_json(text)
        for key, answer in old("SELECT key, answer FROM answers WHERE key NOT LIKE 'arxiv:%'"):
            assert store.get(key) == json.loads(answer)
        said = {
            key[6:]: json.loads(text)["paper"] for key, text in old("SELECT * FROM answers WHERE key LIKE 'arxiv%'")
        }
        assert store.arxiv_answers(said) == {
            name: Paper.model_validate(paper) if paper else None for name, paper in said.items()
        }
        ended = old("SELECT finished, report FROM runs ORDER BY finished DESC, id DESC")
        assert store.runs(99) == tuple(
            (datetime.fromisoformat(at), RunReport.model_validate_json(text)) for at, text in ended
        )
        texts = [text for (text,) in old("SELECT row FROM coverage ORDER BY day, category, source")]
        assert store.coverage(date(2000, 1, 1)) == tuple(map(Coverage.model_validate_json, texts))
        kept = "SELECT draft FROM drafts WHERE kind IS NULL ORDER BY run_id, rowid"
        assert store.open_drafts() == tuple(Draft.model_validate_json(text) for (text,) in old(kept))
        decided = old("SELECT draft, decision FROM drafts WHERE kind IS NOT NULL ORDER BY decided_at, rowid")
        assert store.decisions() == tuple(
            (Draft.model_validate_json(draft), Decision.model_validate_json(decision)) for draft, decision in decided
        )
        assert set(store.drafted()) == {paper_id for (paper_id,) in old("SELECT paper_id FROM drafts")}
        away = old("SELECT paper_id FROM dismissed ORDER BY dismissed_at DESC, paper_id")
        assert store.dismissed() == tuple(paper_id for (paper_id,) in away)
        asked = old(
            "SELECT DISTINCT paper_id FROM outcomes WHERE bucket IN ('drafted', 'queued', 'rejected', 'failed')"
        )
        assert {paper_id for night in store.nights().values() for paper_id in night} == {one for (one,) in asked}
        assert len(read_log(store)) == len(decided) + len(away)


def test_the_fixtures_hold_every_kind_of_row() -> None:
    """A table that is empty in all fixtures would be migrated unseen."""
    lines = [line for dump in DUMPS.values() for line in dump.read_text("utf-8").splitlines()]
    filled = {line.split('"')[1] for line in lines if line.startswith("INSERT INTO")}
    assert filled == {"papers", "records", "background", "judgments", "answers", "runs", "outcomes", "drafts",
                      "dismissed", "coverage"}  # fmt: skip


def test_what_was_decided_on_the_old_state_is_what_status_tells(triage: Commands) -> None:
    make_old_state("gardens-pull-request", triage.state)
    told = triage("status", "--json").json
    assert {row["paper_id"]: (row["kind"], row["section"]) for row in told["decisions"]} == {
        "2511.90001": ("rejected", None),
        "2511.90002": ("edited", "prune"),
        "2511.90005": ("moved", "water"),
    }
    assert len(told["runs"]) == 3


def test_the_copy_beside_a_migrated_database_is_the_old_one(tmp_path: Path) -> None:
    file = make_old_state("gardens-local", tmp_path / "state")
    before = content(file)
    with open_store(tmp_path / "state", exclusive=True) as store:
        assert store.latest_outcomes()["2511.90011"] is Bucket.QUEUED
    assert content(file.with_name(f"triage.sqlite3.before-{VERSION}")) == before
    assert sorted(path.name for path in file.parent.iterdir()) == ["lock", file.name, f"{file.name}.before-{VERSION}"]


def test_an_old_state_in_use_by_a_run_is_not_migrated_under_it(tmp_path: Path) -> None:
    file = make_old_state("empty", tmp_path / "state")
    before = content(file)
    with (
        (tmp_path / "state" / "lock").open("w") as lock,
        pytest.raises(ConfigError, match="in use by another run"),
    ):
        fcntl.flock(lock, fcntl.LOCK_EX)  # as programs did that had no schema version
        with open_store(tmp_path / "state", exclusive=False):
            pass
    assert content(file) == before


def test_a_state_of_a_newer_program_is_refused_in_one_line_and_stays_as_it_was(triage: Commands) -> None:
    with open_store(triage.state, exclusive=True):
        pass
    file = triage.state / "triage.sqlite3"
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '17'")
    before = file.read_bytes()
    ended = triage("status")
    assert (ended.code, file.read_bytes()) == (2, before)
    assert "has schema version 17" in ended.line
    assert f"versions up to {VERSION}" in ended.line
    assert "upgrade paper-triage" in ended.line


def test_the_migrations_end_at_the_tables_of_this_program(tmp_path: Path) -> None:
    assert ScriptDirectory.from_config(migrations.config(LISTS)).get_current_head() == str(VERSION)
    make_old_state("empty", tmp_path / "old")
    for folder in ("old", "new"):
        with open_store(tmp_path / folder, exclusive=True):
            pass
        engine = sqlite_engine(tmp_path / folder / "triage.sqlite3")
        with engine.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        engine.dispose()


def test_revision_one_is_the_schema_that_had_no_version(tmp_path: Path) -> None:
    engine = sqlite_engine(tmp_path / "first.sqlite3")
    with writing(engine) as connection:
        migrations.upgrade(connection, LISTS, "1")
    engine.dispose()
    columns = "SELECT m.name, c.name, c.pk FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'"
    made = [row for row in ask(tmp_path / "first.sqlite3", columns) if row[0] != "alembic_version"]
    assert sorted(made) == sorted(ask(make_old_state("empty", tmp_path / "old"), columns))


@pytest.mark.parametrize("kills", [8, pytest.param(20, marks=pytest.mark.slow)])
def test_a_migration_that_is_killed_anywhere_leaves_the_old_database_or_the_new_one(tmp_path: Path, kills: int) -> None:
    counted, err = tmp_path / "counted.txt", tmp_path / "err.txt"
    file = make_old_state("gardens-local", tmp_path / "whole")
    old = content(file)
    assert Child(killed_migration.open_each, ([(file.parent, 0)], counted), err).wait() == 0, err.read_text()
    new, statements = content(file), int(counted.read_text())
    assert "decision_log" in new and statements > 40
    moments = [*random.Random(11).sample(range(1, statements), kills - 1), statements]
    killed = [(make_old_state("gardens-local", tmp_path / f"killed-{number}").parent, number) for number in moments]
    assert Child(killed_migration.open_each, (killed, counted), err).wait() == 0, err.read_text()
    for state, _ in killed:
        assert content(state / file.name) in (old, new)
        with open_store(state, exclusive=True):
            pass
        assert content(state / file.name) == new
        assert content(state / f"{file.name}.before-{VERSION}") == old


def test_the_log_of_a_migrated_state_begins_with_what_is_known(tmp_path: Path) -> None:
    make_old_state("gardens-local", tmp_path / "state")
    with open_store(tmp_path / "state", exclusive=True) as store:
        log = [(row.kind, row.paper_id, row.decided_at) for row in read_log(store)]
        (dismissed,) = store.dismissed()
        ((_, refused),) = store.decisions()
    assert [row[:2] for row in log] == [("rejected", refused.paper_id), ("dismissed", dismissed)]
    assert all(at is not None and at.tzinfo is UTC for _, _, at in log)
