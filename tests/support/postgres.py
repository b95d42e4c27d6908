"""A PostgreSQL server of the tests' own: in a folder of its own, reached by a Unix socket, gone at the end.

``python -m tests.support.postgres`` prints its address, empty where none is installed, and ends with its stdin.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import create_engine, text

WITH_PASSWORD: Final = "with_password"
"""The user from whom the server wants a password, once it is made; it lets in all others."""


def empty(url: str) -> None:
    """Take all tables away."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()


@contextmanager
def another_database(url: str) -> Iterator[str]:
    """Make a second database on the server, and drop it at the end or before, whoever uses it."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CREATE DATABASE another"))
        try:
            yield url.replace("/postgres?", "/another?")
        finally:
            connection.execute(text("DROP DATABASE IF EXISTS another WITH (FORCE)"))
    engine.dispose()


def find_programs() -> Path | None:
    """Return the folder of the newest installed server programs (Debian: ``apt-get install postgresql``), or None."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return max(found, key=lambda path: int(path.parent.name), default=None)


@contextmanager
def run_server(programs: Path) -> Iterator[str]:
    """Start a server, which refuses to run as root: then the user ``postgres`` runs it. Yield its SQLAlchemy URL."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    if os.geteuid() == 0:
        shutil.chown(folder, user)
    data = folder / "data"

    def call(program: str, *options: str) -> None:
        command = [str(programs / program), "-D", str(data), *options]
        as_user = user if os.geteuid() == 0 else None
        # What the server inherits stays open as long as it runs: a pipe would never end.
        with (folder / "log").open("a") as log:
            subprocess.run(command, cwd=folder, user=as_user, stdout=log, stderr=log, check=True)

    try:
        call("initdb", "--auth=trust", f"--username={user}", "--encoding=UTF8", "--no-sync")
        rules = data / "pg_hba.conf"
        rules.write_text(f"local all {WITH_PASSWORD} scram-sha-256\n{rules.read_text()}")
        call("pg_ctl", "start", "--wait", "-o", f"-c fsync=off -c listen_addresses='' -k {folder}")
        try:
            yield f"postgresql+psycopg://{user}@/postgres?host={folder}"
        finally:
            call("pg_ctl", "stop", "--mode=immediate")
    finally:
        shutil.rmtree(folder)


def main() -> None:
    programs = find_programs()
    if programs is None:
        sys.stdout.write("\n")
        return
    with run_server(programs) as url:
        sys.stdout.write(f"{url}\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
