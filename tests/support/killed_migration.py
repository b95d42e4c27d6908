"""Processes that open an older state folder and are killed (-9) before their n-th statement or commit."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.engine import Engine

from agent.database.store import open_store


def open_each(deaths: Sequence[tuple[Path, int]], counted: Path) -> None:
    """Open every folder in a process of its own, which dies before the statement with this number, counted from 1.

    Number 0 is survived, and the number of all statements is then written to ``counted``. All are forks of this
    process, which has no threads and has imported everything. Exits 1 when one ended in another way than it should.
    """
    for folder, number in deaths:
        child = os.fork()
        if child == 0:
            _open(folder, number, counted)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status != (signal.SIGKILL if number else 0):
            raise SystemExit(1)


def _open(folder: Path, number: int, counted: Path) -> None:
    seen = 0

    def count(*_: object) -> None:
        nonlocal seen
        seen += 1
        if seen == number:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", count)
    event.listen(Engine, "commit", count)
    with open_store(folder, exclusive=True):
        counted.write_text(str(seen))
