"""A ``triage`` that is killed (-9) in the middle of its judging: a part of the judgments is never saved."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterable

from agent import cli
from agent.database.store import Store
from agent.records import Judgment, Paper
from agent.workflow import graph


def run(*words: str) -> None:
    saved: list[int] = []
    keep = Store.save_judgments

    def save_some_then_die(self: Store, judged: Iterable[tuple[Paper, Judgment]]) -> None:
        if saved:
            os.kill(os.getpid(), signal.SIGKILL)
        some = list(judged)
        saved.append(len(some))
        keep(self, some)

    Store.save_judgments = save_some_then_die  # type: ignore[method-assign]
    graph.PAPERS_A_TASK = 2
    sys.argv = ["triage", "run", *words]
    cli.main()
