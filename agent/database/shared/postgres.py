"""The sessions of a PostgreSQL database: its address, designed errors, and the lock of a list.

The lock is an advisory lock of the session (https://www.postgresql.org/docs/current/explicit-locking.html), which the
server drops when the session ends, however it ended. A run does all its work in the session that holds its lock: when
that is lost, the run can write nothing more, whoever goes on with the list meanwhile.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import URL, Engine, NullPool, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError

from agent.database.connection import END_THE_OTHER
from agent.errors import ConfigError, DatabaseLostError, DiskFullError, InUseError, StateError, TriageError

DRIVER: Final = "postgresql+psycopg"
EXAMPLE: Final = f"{DRIVER}://triage@db.example.org/triage"
_SERVERS: Final = ("postgresql", "postgres", DRIVER)
_CONNECT_SECONDS: Final = 10
_DEAD_SECONDS: Final = 30
"""After so long in silence the other machine is asked for a sign, every ten seconds, and given up after three."""

_DISK_FULL: Final = "53100"
"""https://www.postgresql.org/docs/current/errcodes-appendix.html"""

_IDLE_SECONDS: Final = 30
"""After so long of doing nothing within a transaction a brief session is ended."""


def read_url(given: str) -> URL:
    """Return the address of a PostgreSQL database. Raises ConfigError, which never repeats a password."""
    try:
        url = make_url(given)
        usable = url.drivername in _SERVERS and bool(url.database)
    except (ArgumentError, ValueError):
        usable = False
    if not usable:
        raise ConfigError(f"the address of the state's database is not usable; give one such as {EXAMPLE}")
    return url.set(drivername=DRIVER)


def describe(url: URL) -> str:
    """Return the words for a database in messages: never its password."""
    if url.drivername == "sqlite":
        return str(url.database)
    query = {name: value if isinstance(value, str) else value[0] for name, value in url.query.items()}
    host, port = url.host or query.get("host") or "this machine", url.port or query.get("port")
    return f"PostgreSQL database {url.database} at {host}" + (f":{port}" if port else "")


def session_name() -> str:
    """Return what the server lists the sessions of this process under, so that a person finds it."""
    return f"triage on {platform.node()[:40]}, process {os.getpid()}"


def open_engine(url: URL, session: str, *, lock: str | None = None, brief: bool = False) -> Engine:
    """Return an engine whose sessions are called ``session``; ``brief`` ones end with each transaction.

    With ``lock``, the name of a list, it has one session only, which takes the list's lock as it begins: connecting
    raises InUseError when another session has it, and DatabaseLostError when the one session was lost. Raises
    ConfigError when the driver is not installed.
    """
    settings: dict[str, Any] = {"application_name": session[:63], "keepalives_idle": _DEAD_SECONDS}
    if "connect_timeout" not in url.query:
        settings["connect_timeout"] = _CONNECT_SECONDS
    pool: dict[str, Any] = {"pool_size": 1, "max_overflow": 0} if lock is not None else {}
    if brief:
        pool = {"poolclass": NullPool}
        if "options" not in url.query:
            # A process that stands still in a transaction must not keep its locks from all others.
            settings["options"] = f"-c idle_in_transaction_session_timeout={_IDLE_SECONDS}s"
    try:
        engine = create_engine(url, connect_args=settings, **pool)
    except ModuleNotFoundError:
        raise ConfigError(
            "a state on PostgreSQL needs a driver: pip install 'paper-triage[postgres]', or remove [state] url"
        ) from None
    if lock is not None:
        _lock_first_session(engine, url, lock)
    return engine


def _lock_first_session(engine: Engine, url: URL, name: str) -> None:
    begun: list[object] = []

    @event.listens_for(engine, "connect")
    def _take_lock(connection: Any, _: object) -> None:
        if begun:
            connection.close()
            raise DatabaseLostError(describe(url))
        connection.autocommit = True
        with connection.cursor() as cursor:
            # A machine that vanished loses its sessions, and with them its locks, after a minute.
            for setting, value in (("idle", _DEAD_SECONDS), ("interval", 10), ("count", 3)):
                cursor.execute(f"SET tcp_keepalives_{setting} = {value}")
            cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [lock_text(name)])
            message = "" if cursor.fetchone()[0] else _in_use(cursor, url, name)
        if message:
            connection.close()
            raise InUseError(message)
        connection.autocommit = False
        begun.append(connection)


def lock_text(name: str) -> str:
    """Return the text whose hash is the key of a list's lock."""
    return f"paper-triage list {name}"


_HOLDERS: Final = """
pg_locks JOIN pg_stat_activity AS activity USING (pid)
WHERE locktype = 'advisory' AND objsubid = 1 AND granted AND database =
  (SELECT oid FROM pg_database WHERE datname = current_database())
  AND ((classid::bigint << 32) | objid::bigint) = hashtextextended(%(lock)s, 0)
"""
"""The locks of a name in this database, with the sessions that hold them."""


def _in_use(cursor: Any, url: URL, name: str) -> str:
    asked = f"SELECT activity.application_name FROM {_HOLDERS}"
    holder = cursor.execute(asked, {"lock": lock_text(name)}).fetchone()
    who = f" ({holder[0]})" if holder and holder[0] else ""
    return f"list {name} in {describe(url)} is in use by another run{who}; wait for it to end, or end it"


@contextmanager
def designed_errors(url: URL, *, begun: bool = False) -> Iterator[None]:
    """Turn what the driver raises in the block into a ConfigError (StateError in a run that has ``begun``), or into a
    DatabaseLostError for a session that was lost, or a DiskFullError.
    """
    try:
        yield
    except DBAPIError as error:
        raise designed_error(url, error, begun=begun) from None


def designed_error(url: URL, error: DBAPIError, *, begun: bool = False) -> TriageError:
    """Return the designed error for what the driver raised."""
    if error.connection_invalidated:
        return DatabaseLostError(describe(url))
    if getattr(error.orig, "sqlstate", None) == _DISK_FULL:
        return DiskFullError(describe(url))
    refused = refusal(url, error.orig)
    return StateError(refused) if begun else refused


def refusal(url: URL, error: BaseException | None) -> ConfigError:
    """Return the designed error for what the driver raised."""
    said = next(iter(str(error).strip().splitlines()), "no answer")
    return ConfigError(f"{describe(url)}: {said}; {_remedy(str(error), url)}")


def _remedy(said: str, url: URL) -> str:
    if url.drivername == "sqlite":
        if "locked" in said:
            return END_THE_OTHER
        return (
            "make it and its folder writable; if it is damaged, remove it: it only holds what the nights of today spent"
        )
    if "authentication failed" in said or "no password supplied" in said:
        return "give the password as PGPASSWORD, in ~/.pgpass, or in the address in TRIAGE_STATE_URL"
    if f'database "{url.database}" does not exist' in said:
        return f"make it: createdb {url.database}"
    if "procrastinate" in said and "does not exist" in said:
        return (
            "its queue was made by another version of procrastinate: install that one, or migrate the queue to this one"
        )
    if "permission denied for" in said and "schema" not in said:
        user = url.username or "USER"
        return f"grant it to the user: GRANT ALL ON ALL TABLES IN SCHEMA public TO {user}, and ON ALL SEQUENCES"
    if "permission denied" in said:
        return f"grant it to the user: GRANT ALL ON SCHEMA public TO {url.username or 'USER'}"
    return "check [state] url or TRIAGE_STATE_URL, and that the server runs and lets this machine in"


def end_sessions(engine: Engine, session: str) -> int:
    """End all sessions of that name in this database, and with them their locks; return how many there were."""
    ending = text(
        "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity "
        "WHERE application_name = :name AND datname = current_database() AND pid <> pg_backend_pid()"
    )
    with engine.connect() as connection:
        return int(connection.execute(ending, {"name": session[:63]}).scalar_one())


def end_holder(engine: Engine, name: str, prefix: str) -> int:
    """End the session that has the lock of a list, if its name begins with ``prefix``; return how many there were."""
    ending = (
        f"SELECT count(pg_terminate_backend(pid, 5000)) FROM {_HOLDERS} AND starts_with(application_name, %(prefix)s)"
    )
    with engine.connect() as connection:
        found = connection.exec_driver_sql(ending, {"lock": lock_text(name), "prefix": prefix})
        return int(found.scalar_one())
