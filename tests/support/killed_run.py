"""A ``triage`` that is killed (-9) in the middle of its judging: the third judgment never arrives."""

from __future__ import annotations

import os
import signal
import sys

from agent import cli
from agent.database.store import Store
from agent.records import Judgment, Paper


def run(*words: str) -> None:
    saved: list[str] = []
    keep = Store.save_judgment

    def save_two_then_die(self: Store, paper: Paper, judgment: Judgment) -> None:
        if len(saved) == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        saved.append(paper.id)
        keep(self, paper, judgment)

    Store.save_judgment = save_two_then_die  # type: ignore[method-assign]
    sys.argv = ["triage", "run", *words]
    cli.main()
