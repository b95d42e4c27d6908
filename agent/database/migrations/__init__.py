"""The schema versions, oldest first, in ``versions/``: append-only, and run by Alembic from inside the package.

Revision 1 is the schema that had no version yet. A new revision gets the next number, and ``VERSION`` in ``tables.py``
with it.
"""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection


def config(connection: Connection | None = None) -> Config:
    """Return the settings of Alembic for this package, and for an open connection."""
    found = Config()
    found.set_main_option("script_location", "agent.database:migrations")
    found.attributes["connection"] = connection
    return found


def upgrade(connection: Connection, version: str = "head") -> None:
    """Bring the database of an open transaction to a schema version. The transaction stays open."""
    command.upgrade(config(connection), version)
