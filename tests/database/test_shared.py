"""A state on PostgreSQL: who has a list, what ends a run, and what is said of a database that cannot be used."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from agent.database.shared import postgres
from agent.database.store import Store, open_shared_store
from agent.database.tables import VERSION
from agent.errors import ConfigError, DatabaseLostError, InUseError, StateError
from tests.conftest import ROOT
from tests.support.fakes import judgment, paper
from tests.support.postgres import WITH_PASSWORD, another_database

HOLDER = """
import sys
from pathlib import Path
from agent.database.store import open_shared_store
with open_shared_store(sys.argv[1], Path(sys.argv[2]), "gardens", exclusive=True, session="the other one"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def anyone(shared_state: str) -> Iterator[Engine]:
    engine = create_engine(shared_state)
    yield engine
    engine.dispose()


def wait_until_free(engine: Engine, name: str) -> None:
    """Wait until the server has seen that the session with a list's lock is gone: it drops the lock only then."""
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL lock_timeout = '60s'"))
        lock = "SELECT pg_advisory_xact_lock(hashtextextended(:lock, 0))"
        connection.execute(text(lock), {"lock": postgres.lock_text(name)})


def test_a_list_has_one_run_at_a_time_and_is_free_again_when_that_was_killed(
    shared_state: str, anyone: Engine, tmp_path: Path
) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, shared_state, str(tmp_path)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        with (
            pytest.raises(InUseError, match=r"list gardens in .* is in use by another run \(the other one\)"),
            open_shared_store(shared_state, tmp_path, "gardens", exclusive=True),
        ):
            pass
        with open_shared_store(shared_state, tmp_path, "gardens", exclusive=False) as store:
            assert store.runs(1) == ()
        with open_shared_store(shared_state, tmp_path, "kitchens", exclusive=True) as store:
            assert store.runs(1) == ()
    finally:
        os.kill(holder.pid, signal.SIGKILL)
        holder.communicate()
    wait_until_free(anyone, "gardens")
    with open_shared_store(shared_state, tmp_path, "gardens", exclusive=True) as store:
        assert store.runs(1) == ()


def test_a_run_whose_session_was_ended_writes_nothing_more(shared_state: str, anyone: Engine, tmp_path: Path) -> None:
    def interrupted(store: Store) -> None:
        store.save_papers([paper("2511.00001")])
        assert postgres.end_sessions(anyone, "frozen") == 1
        with open_shared_store(shared_state, tmp_path, "gardens", exclusive=True) as other:
            other.save_judgments([(paper("2511.00001"), judgment("2511.00001", 0.9))])
        store.save_papers([paper("2511.00002")])

    with (
        pytest.raises(DatabaseLostError, match="the connection was lost; what was done so far is kept, run again"),
        open_shared_store(shared_state, tmp_path, "gardens", exclusive=True, session="frozen") as store,
    ):
        interrupted(store)
    with pytest.raises(DatabaseLostError):
        store.save_papers([paper("2511.00002")])
    with open_shared_store(shared_state, tmp_path, "gardens", exclusive=True) as store:
        assert (store.paper("2511.00001"), store.paper("2511.00002")) == (paper("2511.00001"), None)
        assert store.latest_judgment("2511.00001") == judgment("2511.00001", 0.9)


def test_what_the_server_refuses_in_the_middle_of_a_run_leaves_it_done_in_part(
    shared_state: str, tmp_path: Path
) -> None:
    for exclusive, expected in ((True, StateError), (False, ConfigError)):
        with (
            pytest.raises(expected, match="no_such_table"),
            open_shared_store(shared_state, tmp_path, "gardens", exclusive=exclusive) as store,
            store.engine.connect() as connection,
        ):
            connection.execute(text("SELECT 1 FROM no_such_table"))


def test_only_the_sessions_of_this_database_are_ended(shared_state: str, anyone: Engine) -> None:
    with another_database(shared_state) as other:
        theirs = postgres.open_engine(postgres.read_url(other), "triage worker 1")
        with theirs.connect() as connection:
            assert postgres.end_sessions(anyone, "triage worker 1") == 0
            assert connection.execute(text("SELECT 1")).scalar() == 1
        theirs.dispose()


def test_the_session_of_a_worker_that_holds_a_list_is_ended_and_no_other(
    shared_state: str, anyone: Engine, tmp_path: Path
) -> None:
    def open_it(session: str) -> AbstractContextManager[Store]:
        return open_shared_store(shared_state, tmp_path, "gardens", exclusive=True, session=session)

    with open_it("by hand"):
        assert postgres.end_holder(anyone, "gardens", "triage worker ") == 0
    with pytest.raises(DatabaseLostError), open_it("triage worker 1") as store:
        assert postgres.end_holder(anyone, "kitchens", "triage worker ") == 0
        assert postgres.end_holder(anyone, "gardens", "triage worker ") == 1
        with open_it("triage worker 2"):
            store.runs(1)


def test_two_that_open_an_empty_database_at_once_make_it_once(shared_state: str, tmp_path: Path) -> None:
    open_each = "import sys; from pathlib import Path; from agent.database.store import open_shared_store as o\n"
    open_each += "with o(sys.argv[1], Path(sys.argv[2]), 'gardens', exclusive=False): pass"
    command = [sys.executable, "-c", open_each, shared_state, str(tmp_path)]
    both = [subprocess.Popen(command, cwd=ROOT) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]


def said(address: str, folder: Path) -> str:
    with pytest.raises(ConfigError) as raised, open_shared_store(address, folder, "gardens", exclusive=True):
        pass
    return str(raised.value)


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    line = said("postgresql+psycopg://ann:secret@127.0.0.1:1/triage", tmp_path)
    assert line.startswith("PostgreSQL database triage at 127.0.0.1:1: ")
    assert "Connection refused" in line and "that the server runs" in line
    assert "secret" not in line and "\n" not in line


def test_a_database_that_is_not_there(shared_state: str, tmp_path: Path) -> None:
    line = said(shared_state.replace("/postgres?", "/nothing?"), tmp_path)
    assert 'database "nothing" does not exist; make it: createdb nothing' in line


def test_a_wrong_password_is_told_and_never_shown(
    shared_state: str, anyone: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with anyone.begin() as connection:
        connection.execute(text(f"DROP ROLE IF EXISTS {WITH_PASSWORD}"))
        connection.execute(text(f"CREATE ROLE {WITH_PASSWORD} SUPERUSER LOGIN PASSWORD 'right-one'"))
    address = shared_state.replace(f"//{os.path.basename(shared_state.split('@')[0])}@", f"//{WITH_PASSWORD}@")
    monkeypatch.setenv("PGPASSWORD", "wrong-one")
    line = said(address, tmp_path)
    assert "password authentication failed" in line and "PGPASSWORD" in line
    assert "wrong-one" not in line
    line = said(address.replace("@", ":wrong-two@"), tmp_path)
    assert "wrong-two" not in line
    monkeypatch.setenv("PGPASSWORD", "right-one")
    with open_shared_store(address, tmp_path, "gardens", exclusive=True) as store:
        assert store.runs(1) == ()


def test_a_driver_that_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    assert "pip install 'paper-triage[postgres]'" in said("postgresql+psycopg://127.0.0.1/triage", tmp_path)


@pytest.mark.parametrize(
    "address",
    ["mysql://ann:secret@db/triage", "triage", "postgresql://ann:secret@db", "postgresql://ann:secret@db:x/t"],
)
def test_an_address_that_is_none_of_a_postgresql_database(address: str, tmp_path: Path) -> None:
    line = said(address, tmp_path)
    assert "such as postgresql+psycopg://" in line and "secret" not in line


def test_a_database_of_a_newer_program(shared_state: str, anyone: Engine, tmp_path: Path) -> None:
    with open_shared_store(shared_state, tmp_path, "gardens", exclusive=True):
        pass
    with anyone.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '77'"))
    line = said(shared_state, tmp_path)
    assert f"has schema version 77, and this program knows versions up to {VERSION}: upgrade paper-triage" in line
