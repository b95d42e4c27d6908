"""State folders as earlier versions of the program left them, made from ``tests/fixtures/state``."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from tests.conftest import ROOT

DUMPS: Final = {path.stem: path for path in sorted((ROOT / "tests" / "fixtures" / "state").glob("*.sql"))}
"""By name, SQL dumps of databases without a schema version. Each was written by typing the commands of that program:

``gardens-local``: sync from a file, two nights, refusing, placing and dismissing on the review page, audit, eval;
``gardens-openai``: a night with a model of which one paper failed, the same with recorded answers, then with the local
judge; ``gardens-pull-request``: three nights in whose pull request a draft was edited, deleted and moved;
``gardens-arxiv``: a night without arXiv, one with, a killed one, a backfill; ``sample-local``: some of the sample
listing; ``empty``: status.
"""


def make_old_state(name: str, folder: Path) -> Path:
    """Write the database of this name into the folder, which is made; return its path."""
    folder.mkdir(parents=True)
    file = folder / "triage.sqlite3"
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.executescript(DUMPS[name].read_text("utf-8"))
    return file
