"""The databases that hold what belongs to no list: on PostgreSQL, or a file where one machine has the whole fleet."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Final

from sqlalchemy import URL, Engine

from agent.database.connection import sqlite_engine
from agent.database.schema import bring_up_to_date
from agent.database.shared.postgres import describe, designed_errors, open_engine, read_url, session_name
from agent.database.shared.tables import FLEET
from agent.errors import ConfigError

NIGHTS_FILE: Final = "nights.sqlite3"


class SharedDatabase:
    """Its sessions last as long as one transaction, so there is nothing to close. ``session`` is what they are called.

    Every method raises ConfigError when the database cannot be used.
    """

    def __init__(self, address: str, session: str | None = None) -> None:
        self.url = read_url(address)
        self.session = session or session_name()

    @cached_property
    def engine(self) -> Engine:
        """The database, with the fleet's tables made or migrated."""
        engine = open_engine(self.url, self.session, brief=True)
        with designed_errors(self.url):
            bring_up_to_date(engine, describe(self.url), FLEET)
        return engine


class FileDatabase:
    """The shared tables of one machine, as a file in ``folder``; ``session`` as in ``SharedDatabase``.

    Every method raises ConfigError when the file cannot be used.
    """

    def __init__(self, folder: Path, session: str | None = None) -> None:
        self._file = folder / NIGHTS_FILE
        self.url = URL.create("sqlite", database=str(self._file))
        self.session = session or session_name()

    @cached_property
    def engine(self) -> Engine:
        """The database, with the fleet's tables made or migrated."""
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(
                f"{self._file.parent}: {error.strerror}; make the folder of fleet.toml writable"
            ) from None
        engine = sqlite_engine(self._file, brief=True)
        with designed_errors(self.url):
            bring_up_to_date(engine, describe(self.url), FLEET)
        return engine
