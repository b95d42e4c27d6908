"""The versions of a schema: a database is created with the current one, or migrated to it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, Engine, ExecutableDDLElement, MetaData, create_mock_engine, inspect, text
from sqlalchemy.engine.mock import MockConnection

from agent.database.connection import writing
from agent.errors import ConfigError


@dataclass(frozen=True)
class Schema:
    """Tables that change together: those of the lists, or those that belong to no list. A database may hold both.

    ``revisions`` is the folder of their migrations in ``migrations/``, and ``version`` the newest of these. A database
    keeps its version in ``version_table``; one with ``first_table`` but without a version has version 1.
    """

    metadata: MetaData
    version: int
    revisions: str
    version_table: str
    first_table: str


def bring_up_to_date(
    engine: Engine,
    name: str,
    schema: Schema,
    before: Callable[[], AbstractContextManager[object]] = nullcontext,
) -> None:
    """Give the database the current version of a schema: create it where there is none, or migrate an older one.

    Either happens in one transaction. ``before`` is entered around a migration, for what must be done first. ``name``
    is how messages call the database. Raises ConfigError for a database that a newer program wrote.
    """
    with engine.connect() as connection:
        found, current = schema_version(connection, schema), _is_current(connection, schema)
    if found > schema.version:
        raise ConfigError(
            f"{name} has schema version {found}, and this program knows versions up to {schema.version}: "
            "upgrade paper-triage, or use another state (--state, or [state] url)"
        )
    if found == 0:
        with writing(engine) as connection:
            if schema_version(connection, schema) == 0:
                _create(connection, schema)
    elif not current:
        from agent.database import migrations

        with before(), writing(engine) as connection:
            if not _is_current(connection, schema):
                migrations.upgrade(connection, schema)


def schema_version(connection: Connection, schema: Schema) -> int:
    """Return the version of a schema in a database: 0 where there is none, 1 for tables without a version."""
    tables = inspect(connection).get_table_names()
    if schema.version_table in tables:
        return int(connection.execute(text(f"SELECT version_num FROM {schema.version_table}")).scalar_one())
    return 1 if schema.first_table in tables else 0


def read_version(path: Path, schema: Schema) -> int:
    """Return what ``schema_version`` returns for a SQLite file, and change nothing.

    Raises ConfigError for a damaged file.
    """
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            names = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if schema.version_table not in names:
                return 1 if schema.first_table in names else 0
            return int(database.execute(f"SELECT version_num FROM {schema.version_table}").fetchone()[0])
    except sqlite3.Error as error:
        raise ConfigError(f"{path}: {error}") from None


def _is_current(connection: Connection, schema: Schema) -> bool:
    has_version = inspect(connection).has_table(schema.version_table)
    return has_version and schema_version(connection, schema) == schema.version


def _create(connection: Connection, schema: Schema) -> None:
    """Create the current schema at once, which needs no migration to be loaded."""
    for statement in _statements_of(schema.metadata, connection.dialect.name):
        connection.exec_driver_sql(statement)
    connection.execute(text(f"CREATE TABLE {schema.version_table} (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
    connection.execute(text(f"INSERT INTO {schema.version_table} VALUES (:version)"), {"version": str(schema.version)})


@cache
def _statements_of(metadata: MetaData, dialect: str) -> tuple[str, ...]:
    """Return what creates all tables and indexes, built once: that takes longer than to run it."""
    made: list[str] = []

    def keep(statement: ExecutableDDLElement, *_: object, **__: object) -> None:
        made.append(str(statement.compile(dialect=engine.dialect)))

    engine: MockConnection = create_mock_engine(f"{dialect}://", keep)
    metadata.create_all(engine, checkfirst=False)
    return tuple(made)


def copy_sqlite(path: Path, target: Path) -> None:
    """Copy a SQLite file with all that is committed, also from its write-ahead log. ``target`` appears when complete.

    Raises ConfigError when it cannot be written.
    """
    part = target.with_name(f"{target.name}.part")
    part.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(part)) as copy:
            source.backup(copy)
        os.replace(part, target)
    except (OSError, sqlite3.Error) as error:
        raise ConfigError(f"{target}: {error}; the copy before a migration needs a writable folder and space") from None
