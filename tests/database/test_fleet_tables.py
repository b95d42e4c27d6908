"""What the lists of a database share: arXiv's pace, a night's reading, and the money of a day."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from agent.database import migrations
from agent.database.connection import writing
from agent.database.schema import schema_version
from agent.database.shared.arxiv_pace import SharedPace
from agent.database.shared.database import NIGHTS_FILE, FileDatabase, SharedDatabase
from agent.database.shared.listings import SharedListings
from agent.database.shared.nights import FleetNights
from agent.database.shared.postgres import end_sessions
from agent.database.shared.queue import end_sessions_of, end_worker_on, rescue_turn
from agent.database.shared.tables import FLEET, VERSION, shared_metadata
from agent.errors import ConfigError
from tests.support.postgres import another_database

NOON = datetime(2026, 7, 15, 12, tzinfo=UTC)
PAUSE = 0.1


@pytest.fixture
def database(shared_state: str) -> SharedDatabase:
    return SharedDatabase(shared_state, "here")


@pytest.fixture(params=["sqlite", "postgresql"])
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> SharedDatabase | FileDatabase:
    """A database that no program has opened yet."""
    if request.param == "sqlite":
        return FileDatabase(tmp_path)
    return SharedDatabase(request.getfixturevalue("shared_state"))


def test_the_migrations_end_at_the_tables_of_this_program(shared: SharedDatabase | FileDatabase) -> None:
    assert ScriptDirectory.from_config(migrations.config(FLEET)).get_current_head() == str(VERSION)
    with writing(shared.engine) as connection:
        shared_metadata.drop_all(connection)
        connection.execute(text("DROP TABLE fleet_alembic_version"))
        migrations.upgrade(connection, FLEET)
        context = MigrationContext.configure(connection, opts={"version_table": FLEET.version_table})
        assert compare_metadata(context, shared_metadata) == []


def test_nights_of_a_program_that_had_no_versions_are_kept(shared: SharedDatabase | FileDatabase) -> None:
    FleetNights(shared).begin("gardens", "1", NOON, most=1.0, limit=None)
    with shared.engine.begin() as connection:
        connection.execute(text("DROP TABLE fleet_alembic_version"))
        connection.execute(text("DROP TABLE fleet_listings"))
    vars(shared).pop("engine")  # as the next program opens it
    assert FleetNights(shared).spent_on(NOON.date()) == {"gardens": 1.0}
    with shared.engine.connect() as connection:
        assert inspect(connection).has_table("fleet_listings")
        assert schema_version(connection, FLEET) == VERSION


def test_a_fleet_of_a_newer_program_is_refused(shared: SharedDatabase | FileDatabase) -> None:
    with shared.engine.begin() as connection:
        connection.execute(text("UPDATE fleet_alembic_version SET version_num = '17'"))
    vars(shared).pop("engine")
    with pytest.raises(ConfigError, match=r"has schema version 17, .* upgrade paper-triage"):
        FleetNights(shared).latest()


def test_turns_are_taken_one_at_a_time_with_the_pause_between_them(database: SharedDatabase) -> None:
    assert database.engine
    spans: list[tuple[float, float]] = []

    def ask() -> None:
        pace = SharedPace(SharedDatabase(database.url.render_as_string(False)), PAUSE, longest=60.0)
        for _ in range(3):
            pace.begin()
            began = time.monotonic()
            spans.append((began, time.monotonic()))
            pace.end()

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spans.sort()
    assert len(spans) == 9
    assert all(later[0] - earlier[1] >= PAUSE for earlier, later in pairwise(spans))


def test_the_turn_of_one_that_died_is_over_after_its_longest_time(database: SharedDatabase) -> None:
    SharedPace(database, 60.0, longest=0.05).begin()
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        time.sleep(seconds)

    other = SharedPace(database, 60.0, longest=60.0, sleep=sleep)
    other.begin()
    assert sum(waits) <= 0.06


def test_a_rescuer_whose_database_is_away_hears_a_designed_error(shared_state: str) -> None:
    with another_database(shared_state) as address:
        database = SharedDatabase(address)
        assert database.engine
    with pytest.raises(ConfigError, match='database "another" does not exist'), rescue_turn(database):
        pass
    for end in (lambda: end_sessions_of(database, 1), lambda: end_worker_on(database, "gardens")):
        with pytest.raises(ConfigError, match='database "another" does not exist'):
            end()


def test_a_reading_is_made_once_while_others_wait_for_it(database: SharedDatabase) -> None:
    assert database.engine
    listings, found = SharedListings(database), []

    def read() -> None:
        with listings.one_reader("tonight") as known:
            found.append(known)
            if known is None:
                listings.keep("tonight", "{}")

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (found.count(None), found.count("{}")) == (1, 3)
    with listings.one_reader("another night") as known:
        assert known is None


def test_a_reading_outlives_the_session_that_held_its_turn(database: SharedDatabase) -> None:
    listings = SharedListings(database)
    with listings.one_reader("tonight"):
        assert end_sessions(database.engine, database.session) == 1, "as the server does after a quarter of an hour"
        listings.keep("tonight", "{}")
    with listings.one_reader("tonight") as known:
        assert known == "{}"


def test_the_money_of_a_day_is_shared_and_a_killed_night_counts_in_full(shared_state: str) -> None:
    check_money(SharedDatabase(shared_state, "here"))


def test_so_it_is_in_a_file_for_one_machine(tmp_path: Path) -> None:
    check_money(FileDatabase(tmp_path / "folder"))
    (tmp_path / "no folder").touch()
    with pytest.raises(ConfigError, match=r"no folder: .*; make the folder of fleet\.toml writable"):
        FleetNights(FileDatabase(tmp_path / "no folder")).spent_on(NOON.date())
    (tmp_path / NIGHTS_FILE).write_text("no database " * 99)
    with pytest.raises(ConfigError, match=rf"{NIGHTS_FILE}: file is not a database; make it and its folder writable"):
        FleetNights(FileDatabase(tmp_path)).spent_on(NOON.date())


def check_money(database: SharedDatabase | FileDatabase) -> None:
    nights = FleetNights(database)
    first, granted = nights.begin("a", "1", NOON, most=1.0, limit=2.5)
    assert granted == 1.0
    _, killed = nights.begin("b", "1", NOON, most=1.0, limit=2.5)
    assert killed == 1.0
    third, rest = nights.begin("c", "1", NOON, most=1.0, limit=2.5)
    assert rest == 0.5
    assert nights.begin("d", "1", NOON, most=1.0, limit=2.5)[1] == 0.0
    nights.end(first, NOON, code=0, line="done", spent=0.2)
    nights.end(third, NOON, code=4, line="in part", spent=0.5)
    assert nights.begin("d", "1", NOON, most=1.0, limit=2.5)[1] == pytest.approx(0.8)
    assert nights.begin("e", "1", NOON, most=None, limit=2.5)[1] is None
    assert nights.begin("e", "1", NOON.replace(day=16), most=1.0, limit=2.5)[1] == 1.0
    assert nights.spent_on(NOON.date())["a"] == 0.2
    latest = nights.latest()
    assert {name: (each.code, each.line) for name, each in latest.items()} == {"a": (0, "done"), "c": (4, "in part")}
