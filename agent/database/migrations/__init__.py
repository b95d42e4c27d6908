"""The schema versions, oldest first: append-only, and run by Alembic from inside the package.

``versions/`` holds those of the lists' tables, ``fleet_versions/`` those of the tables that belong to no list; each
database keeps the version of either. Revision 1 is the schema that had no version yet. A new revision gets the next
number, and ``VERSION`` in the ``tables.py`` of its tables with it.
"""

from __future__ import annotations

from typing import Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from agent.database.schema import Schema

HERE: Final = "agent.database:migrations"
"""This package, as Alembic finds the files of one."""


def config(schema: Schema, connection: Connection | None = None) -> Config:
    """Return the settings of Alembic for a schema, and for an open connection."""
    found = Config()
    found.set_main_option("script_location", HERE)
    found.set_main_option("path_separator", "newline")
    found.set_main_option("version_locations", f"{HERE}/{schema.revisions}")
    found.attributes.update(connection=connection, version_table=schema.version_table)
    return found


def upgrade(connection: Connection, schema: Schema, version: str = "head") -> None:
    """Bring the schema in the database of an open transaction to a version. The transaction stays open."""
    command.upgrade(config(schema, connection), version)
