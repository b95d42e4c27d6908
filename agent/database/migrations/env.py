"""The script that Alembic runs for every command: it migrates in the transaction that the caller opened."""

from __future__ import annotations

from alembic import context

given = context.config.attributes
context.configure(connection=given["connection"], version_table=given["version_table"])
context.run_migrations()
